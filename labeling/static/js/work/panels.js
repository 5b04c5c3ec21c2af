/** The panels at the side: guideline, keys, skip, question, outbox. One is open at a time; nothing behind it is blocked. */

import { fill, part } from "./view.js";

/** @typedef {"guideline" | "alike" | "keys" | "skip" | "ask" | "letters"} Name */

const NAMES = /** @type {Name[]} */ (["guideline", "alike", "keys", "skip", "ask", "letters"]);

export class Panels {
  constructor() {
    /** @type {Name | ""} */
    this.open = "";
    /** @type {Element | null} */
    this.before = null;
    for (const button of document.querySelectorAll("[data-close]")) button.addEventListener("click", () => this.close());
  }

  /** @param {Name} name */
  toggle(name) {
    if (this.open === name) return this.close();
    if (!this.open) this.before = document.activeElement;
    for (const other of NAMES) part(`panel-${other}`).hidden = other !== name;
    this.open = name;
    const first = part(`panel-${name}`).querySelector("#ask-note");
    (first instanceof HTMLElement ? first : part(`panel-${name}`)).focus();
    this.expanded();
  }

  close() {
    if (!this.open) return;
    part(`panel-${this.open}`).hidden = true;
    this.open = "";
    this.expanded();
    if (this.before instanceof HTMLElement && this.before !== document.body) this.before.focus();
  }

  expanded() {
    for (const button of document.querySelectorAll("[aria-controls]")) {
      const target = button.getAttribute("aria-controls");
      button.setAttribute("aria-expanded", String(target === `panel-${this.open}`));
    }
  }
}

/** The letters that the server refused, each with its reason. @param {import("./outbox.js").Outbox} outbox
 * @param {Record<string, string>} texts */
export function listRefused(outbox, texts) {
  const rows = outbox.refused.map((letter) => {
    const row = document.createElement("li");
    row.textContent = fill(texts.refused_row, { what: letter.what, reason: letter.refused });
    return row;
  });
  part("refused-list").replaceChildren(...rows);
  part("refused").hidden = rows.length === 0;
  part("letters-words").textContent = fill(outbox.waiting.length ? texts.letters_waiting : texts.letters_none, {
    n: outbox.waiting.length,
  });
}

/** Hand the person a file with the refused letters. @param {import("./outbox.js").Outbox} outbox */
export function saveCopy(outbox) {
  const link = document.createElement("a");
  const text = JSON.stringify(outbox.refused, null, 2);
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = "answers-not-accepted.json";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1_000);
}
