/** The labeling page: joins the parts and listens to the person. */

import { alike } from "./alike.js";
import { Api } from "./api.js";
import { Outbox } from "./outbox.js";
import { empty } from "./nothing.js";
import { Panels, listRefused, saveCopy } from "./panels.js";
import { notices } from "./notices.js";
import { Queue } from "./queue.js";
import { Session } from "./session.js";
import { listen } from "./controls.js";
import { View, fill, part } from "./view.js";

/** @typedef {import("./types.js").PageData} PageData */

const AHEAD = 5;

const page = /** @type {PageData} */ (JSON.parse(part("page").textContent ?? ""));
const wanted = new URLSearchParams(location.search).get("ahead");
const api = new Api(page.api, page.token);
const view = new View(page);
const panels = new Panels();
const outbox = await Outbox.open(`${page.user} ${page.slug}`, api);

/** Answers that waited for the network go first: the items they are about would be handed out again. */
async function sendFirst() {
  if (outbox.trouble || !outbox.fresh.size) await outbox.flush();
}

const queue = new Queue(api, page.texts, wanted === null ? AHEAD : Number(wanted), sendFirst);
const session = new Session(page, view, queue, outbox);

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
outbox.addEventListener("stored", (event) => {
  if (event instanceof CustomEvent) view.left(event.detail.left);
});

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

/** The guideline's text, and what this person has done before. */
async function learn() {
  const work = await api.get("work").catch(() => null);
  if (!work) return;
  part("guideline-text").innerHTML = work.guideline.text_html; // made safe by the server
  part("guideline-examples").innerHTML = work.guideline.examples_html;
  view.left(work.left);
  view.pace(work.mine.per_minute || null);
  const { checked, warning } = work.mine;
  if (warning) view.hint(warning);
  else if (checked) view.hint(fill(page.texts.checked, checked));
}

listen(page, session, view, panels, new Map([["w", alike(page, api, session, panels)]]));
view.outbox(outbox);
queue.refill();
void learn();
void notices(api);
if (location.hash === "#guideline") panels.toggle("guideline");
