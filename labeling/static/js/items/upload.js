/** The upload page: a place to drop files, and a card that says how each upload goes. */

import { chosen, dropped, parcels } from "./gather.js";
import { Refusal, Sender } from "./send.js";

/** @typedef {import("./gather.js").Found} Found */
/** @typedef {import("./gather.js").Parcel} Parcel */
/** @typedef {import("./send.js").Outcome} Outcome */
/** @typedef {import("./send.js").Progress} Progress */

const POLL = 1000; // ms between looks at an upload that the worker has
const REFUSALS_SHOWN = 100;
const OVER = new Set(["done", "failed"]);

const page = /** @type {HTMLElement} */ (document.querySelector("[data-uploads]"));
const words = page.dataset;
const sender = new Sender(words.uploads ?? "", /** @type {HTMLInputElement} */ (page.querySelector("[name=csrfmiddlewaretoken]")).value);
const place = /** @type {HTMLElement} */ (page.querySelector("[data-drop]"));
const list = /** @type {HTMLElement} */ (page.querySelector("[data-list]"));
const pattern = /** @type {HTMLTemplateElement} */ (page.querySelector("template"));
const counts = new Intl.NumberFormat(document.documentElement.lang);

/** @param {number} bytes */
const megabytes = (bytes) => counts.format(Math.ceil(bytes / 2 ** 20));

/** One upload's card. */
class Card {
  /** @param {string} name */
  constructor(name) {
    const copy = /** @type {DocumentFragment} */ (pattern.content.cloneNode(true));
    this.element = /** @type {HTMLElement} */ (copy.firstElementChild);
    this.counted = { added: 0, duplicate: 0, refused: 0 };
    this.part("name").textContent = name;
    list.prepend(copy);
  }

  /** @param {string} name @returns {HTMLElement} */
  part(name) {
    return /** @type {HTMLElement} */ (this.element.querySelector(`[data-part=${name}]`));
  }

  /** @param {string} text */
  say(text) {
    this.part("state").textContent = text;
  }

  /** @param {number} done @param {number} total */
  bar(done, total) {
    const bar = /** @type {HTMLProgressElement} */ (this.part("bar"));
    bar.max = Math.max(total, 1);
    bar.value = done;
  }

  /** @param {Outcome[]} outcomes */
  tell(outcomes) {
    for (const one of outcomes) {
      if (one.outcome in this.counted) this.counted[/** @type {"added"} */ (one.outcome)] += 1;
      if (one.outcome === "refused") this.refuse(one);
    }
    this.figures(this.counted);
  }

  /** @param {{added: number, duplicate: number, refused: number}} figures */
  figures(figures) {
    for (const kind of /** @type {const} */ (["added", "duplicate", "refused"])) {
      this.part(kind).textContent = counts.format(figures[kind]);
    }
  }

  /** @param {Outcome} one */
  refuse(one) {
    const refusals = this.part("refusals");
    const box = /** @type {HTMLDetailsElement} */ (refusals.parentElement);
    box.hidden = false;
    if (refusals.childElementCount >= REFUSALS_SHOWN) return;
    const line = document.createElement("li");
    const path = document.createElement("span");
    path.className = "mono";
    path.textContent = one.path;
    line.append(path, ` ${one.reason}`);
    refusals.append(line);
  }

  /** @param {Progress} progress */
  end(progress) {
    this.figures(progress);
    this.bar(1, 1);
    this.say(progress.state === "failed" ? `${words.stopped} ${progress.reason}` : (words.done ?? ""));
    this.element.dataset.state = progress.state;
    this.link(progress.id);
  }

  /** @param {number} id */
  link(id) {
    const link = /** @type {HTMLAnchorElement} */ (this.part("link"));
    link.href = `${words.page}/${id}`;
    link.hidden = false;
  }

  /** @param {unknown} error @param {() => void} again */
  fail(error, again) {
    const said = error instanceof Refusal && error.message ? error.message : words.offline;
    this.say(`${words.stopped} ${said}`);
    this.element.dataset.state = "failed";
    const button = this.part("again");
    button.hidden = false;
    button.onclick = () => {
      button.hidden = true;
      this.element.dataset.state = "";
      again();
    };
    if (said === words.offline) addEventListener("online", () => button.hidden || button.click(), { once: true });
    if (!(error instanceof Refusal)) throw error;
  }
}

/** @param {Parcel} parcel @param {Card} card */
async function send(parcel, card) {
  try {
    card.say(words.beginning ?? "");
    const begun = parcel.zip ? await sender.beginZip(parcel.zip) : await sender.begin(parcel.name);
    if (begun.state !== "receiving") await follow(begun, card);
    else if (parcel.zip) await sendZip(begun, parcel.zip, card);
    else await sendFiles(begun, parcel.files, card);
  } catch (error) {
    card.fail(error, () => void send(parcel, card));
  }
}

/** @param {Progress} begun @param {File} zip @param {Card} card */
async function sendZip(begun, zip, card) {
  /** @param {Progress} progress */
  const show = (progress) => {
    card.bar(progress.received, zip.size);
    card.say(`${words.sending} ${megabytes(progress.received)} / ${megabytes(zip.size)} MB`);
  };
  show(begun);
  await follow(await sender.archive(begun, zip, show), card);
}

/** @param {Progress} begun @param {Found[]} files @param {Card} card */
async function sendFiles(begun, files, card) {
  const before = begun.done ? await sender.received(begun.id) : new Set();
  const left = files.filter((one) => !before.has(one.path));
  let done = files.length - left.length;
  card.counted = { added: begun.added, duplicate: begun.duplicate, refused: begun.refused };
  card.figures(card.counted);
  const show = () => {
    card.bar(done, files.length);
    const here = before.size ? ` ${words.before?.replace("0", counts.format(files.length - left.length))}` : "";
    card.say(`${words.sending} ${counts.format(done)} / ${counts.format(files.length)}.${here}`);
  };
  show();
  await sender.files(begun.id, left, (outcomes) => {
    done += outcomes.length;
    card.tell(outcomes);
    show();
  });
  card.end(await sender.finish(begun.id));
}

/** Look at an upload that the worker has, until it is over. @param {Progress} progress @param {Card} card */
async function follow(progress, card) {
  card.link(progress.id);
  while (!OVER.has(progress.state)) {
    card.figures(progress);
    card.bar(progress.done, progress.total ?? 1);
    const total = progress.total === null ? "…" : counts.format(progress.total);
    card.say(`${progress.state === "queued" ? words.waiting : words.reading} ${counts.format(progress.done)} / ${total}`);
    await new Promise((resolve) => setTimeout(resolve, POLL));
    progress = await sender.progress(progress.id);
  }
  card.end(progress);
}

/** @param {Found[]} found */
function take(found) {
  page.querySelector("[data-empty]")?.remove();
  for (const parcel of parcels(found, words.loose ?? "")) void send(parcel, new Card(parcel.name));
}

for (const kind of ["dragenter", "dragover"]) {
  place.addEventListener(kind, (event) => {
    event.preventDefault();
    place.classList.add("over");
  });
}
place.addEventListener("dragleave", () => place.classList.remove("over"));
place.addEventListener("drop", (event) => {
  event.preventDefault();
  place.classList.remove("over");
  if (event.dataTransfer) void dropped(event.dataTransfer).then(take);
});
for (const input of page.querySelectorAll("input[type=file]")) {
  if (!(input instanceof HTMLInputElement)) continue;
  input.addEventListener("change", () => {
    if (input.files) take(chosen(input.files));
    input.value = "";
  });
}
for (const element of page.querySelectorAll("[data-going]")) {
  // What the worker still has when the page opens goes on being shown.
  if (!(element instanceof HTMLElement)) continue;
  const card = new Card(element.dataset.name ?? "");
  element.remove();
  sender.progress(Number(element.dataset.going)).then((progress) => follow(progress, card), () => undefined);
}
