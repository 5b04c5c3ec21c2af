/** The review page: disputed items, one at a time, with all that was said of them. */

import { alike } from "./alike.js";
import { Api } from "./api.js";
import { Outbox } from "./outbox.js";
import { Panels } from "./panels.js";
import { Queue } from "./queue.js";
import { Session } from "./session.js";
import { join } from "./joins.js";
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
  if (!work) return;
  part("guideline-text").innerHTML = work.guideline.text_html; // made safe by the server
  part("guideline-examples").innerHTML = work.guideline.examples_html;
}

outbox.addEventListener("stored", () => void count());

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
join(page, session, view, queue, outbox);
void learn();
