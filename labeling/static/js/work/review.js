/** The review page: disputed items, one at a time, with all that was said of them. */

import { alike } from "./alike.js";
import { Api } from "./api.js";
import { Outbox } from "./outbox.js";
import { empty } from "./nothing.js";
import { Panels, listRefused, saveCopy } from "./panels.js";
import { Queue } from "./queue.js";
import { Session } from "./session.js";
import { listen } from "./controls.js";
import { ReviewView } from "./testimony.js";
import { part } from "./view.js";

/** @typedef {import("./types.js").PageData} PageData */

const AHEAD = 7; // disputed items held besides the current one: enough to come back to a hard one later

const page = /** @type {PageData} */ (JSON.parse(part("page").textContent ?? ""));
const api = new Api(page.api, page.token);
const view = new ReviewView(page);
const panels = new Panels();
const outbox = await Outbox.open(`${page.user} ${page.slug}`, api);

/** Decisions go first: what is left is told with them counted. */
async function sendFirst() {
  await outbox.flush();
}

const queue = new Queue(api, page.texts, AHEAD, sendFirst, "review");
const session = new Session(page, view, queue, outbox);

async function count() {
  const answer = await api.get("review").catch(() => null);
  if (!answer) return;
  view.left(answer.left);
  if (!answer.left && !session.current && queue.state !== "done") queue.again(); // it says that all is decided
}

async function learn() {
  const work = await api.get("work").catch(() => null);
  if (work) part("guideline-text").innerHTML = work.guideline.text_html; // made safe by the server
}

queue.addEventListener("ready", () => session.current ?? session.advance());
queue.addEventListener("empty", () => empty(view, queue, outbox, page));
queue.addEventListener("claimed", (event) => {
  if (event instanceof CustomEvent) view.left(event.detail.left);
  if (!session.current) session.nothing();
});
outbox.addEventListener("changed", () => {
  view.outbox(outbox);
  listRefused(outbox, page.texts);
  part("sign-in").hidden = outbox.trouble !== "signed-out";
  if (outbox.trouble === "not-a-member" && session.current) session.end(outbox.trouble);
});
outbox.addEventListener("stored", () => void count());

addEventListener("online", () => {
  void outbox.flush();
  queue.again();
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
  if (queue.lapsed()) {
    session.advance();
    view.hint(page.texts.lapsed);
  } else void queue.beat();
});

part("refused-save").addEventListener("click", () => saveCopy(outbox));
part("refused-discard").addEventListener("click", () => void outbox.giveUp(outbox.refused));

/** @type {(at: number) => void} */
const next = (at) => session.turn(1, at);
/** @type {(at: number) => void} */
const previous = (at) => session.turn(-1, at);
const keys = new Map([["j", next], ["arrowright", next], ["k", previous], ["arrowleft", previous]]);

for (const [id, act] of /** @type {const} */ ([["do-next", next], ["do-previous", previous]])) {
  part(id).addEventListener("mousedown", (event) => event.preventDefault());
  part(id).addEventListener("click", (event) => act(event.timeStamp));
}
keys.set("w", alike(page, api, session, panels));
listen(page, session, view, panels, keys);
view.outbox(outbox);
queue.refill();
void learn();
