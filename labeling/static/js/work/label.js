/** The labeling page: joins the parts and listens to the person. */

import { alike } from "./alike.js";
import { Api } from "./api.js";
import { Outbox } from "./outbox.js";
import { Panels } from "./panels.js";
import { notices } from "./notices.js";
import { Queue } from "./queue.js";
import { Session } from "./session.js";
import { join } from "./joins.js";
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

outbox.addEventListener("stored", (event) => {
  if (event instanceof CustomEvent) view.left(event.detail.left);
});

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
join(page, session, view, queue, outbox);
void learn();
void notices(api);
if (location.hash === "#guideline") panels.toggle("guideline");
