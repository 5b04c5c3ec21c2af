/** What the labeling and the review page share: their parts told of each other, of the network and of the tab. */

import { empty } from "./nothing.js";
import { listRefused, saveCopy } from "./panels.js";
import { part } from "./view.js";

/** @typedef {import("./outbox.js").Outbox} Outbox */
/** @typedef {import("./queue.js").Queue} Queue */
/** @typedef {import("./session.js").Session} Session */
/** @typedef {import("./types.js").PageData} PageData */
/** @typedef {import("./view.js").View} View */

/** @param {PageData} page @param {Session} session @param {View} view @param {Queue} queue @param {Outbox} outbox */
export function join(page, session, view, queue, outbox) {
  joinQueue(page, session, view, queue, outbox);
  joinOutbox(page, session, view, outbox);
  joinTab(page, session, view, queue, outbox);
  view.outbox(outbox);
  queue.refill();
}

/** @type {typeof join} */
function joinQueue(page, session, view, queue, outbox) {
  queue.addEventListener("ready", () => session.current ?? session.advance());
  queue.addEventListener("empty", () => empty(view, queue, outbox, page));
  queue.addEventListener("claimed", (event) => {
    if (event instanceof CustomEvent) view.left(event.detail.left);
    if (!session.current) session.nothing();
  });
}

/** @param {PageData} page @param {Session} session @param {View} view @param {Outbox} outbox */
function joinOutbox(page, session, view, outbox) {
  outbox.addEventListener("changed", () => {
    view.outbox(outbox);
    listRefused(outbox, page.texts);
    part("sign-in").hidden = outbox.trouble !== "signed-out";
    if (outbox.trouble === "not-a-member" && session.current) session.end(outbox.trouble);
  });
  part("refused-save").addEventListener("click", () => saveCopy(outbox));
  part("refused-discard").addEventListener("click", () => void outbox.giveUp(outbox.refused));
}

/** Whether the item shown is somebody else's by now: then the next one comes in its place, and the person is told.
 * @param {PageData} page @param {Session} session @param {View} view @param {Queue} queue */
function moveOn(page, session, view, queue) {
  if (!queue.lapsed()) return false;
  session.current?.clip?.stop();
  session.news = page.texts.lapsed;
  session.advance();
  if (!session.current) view.hint(page.texts.lapsed);
  return true;
}

/** @type {typeof join} */
function joinTab(page, session, view, queue, outbox) {
  addEventListener("online", () => {
    void outbox.flush();
    queue.again();
    void queue.beat();
  });
  addEventListener("offline", () => outbox.changed());
  addEventListener("pagehide", () => {
    outbox.farewell();
    queue.farewell();
  });
  // A page brought back from the browser's memory has given its items away.
  addEventListener("pageshow", (event) => event.persisted && location.reload());
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      session.current?.clip?.stop();
      void outbox.flush();
      return;
    }
    queue.drop();
    if (!moveOn(page, session, view, queue)) void queue.beat();
  });
  queue.addEventListener("lost", () => moveOn(page, session, view, queue));
}
