/** What the page shows. Nothing here decides anything. */

/** @typedef {import("./types.js").PageData} PageData */
/** @typedef {import("./types.js").Prepared} Prepared */

const FLASH = 80; // ms

/** @param {string} id @returns {HTMLElement} */
export function part(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`no #${id}`);
  return element;
}

/** @param {string} text @param {Record<string, string | number>} values */
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** How long the person looks before the suggestion comes. @param {import("./types.js").Lease} lease */
function waits(lease) {
  return lease.suggestion?.after_ms ?? 0;
}

export class View {
  /** @param {PageData} page */
  constructor(page) {
    this.page = page;
    this.texts = page.texts;
    this.stage = part("stage");
    this.opinion = part("opinion");
    this.hintLine = part("hint");
    /** @type {Map<number, HTMLButtonElement>} */
    this.buttons = new Map();
    for (const button of document.querySelectorAll("button[data-label]")) {
      if (button instanceof HTMLButtonElement) this.buttons.set(Number(button.dataset.label), button);
    }
    this.numbers = new Intl.NumberFormat(document.documentElement.lang);
    this.percent = new Intl.NumberFormat(document.documentElement.lang, { style: "percent" });
    this.hintTimer = 0;
    this.opened = true; // the suggestion may be seen, and accepted
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.glance = undefined;
  }

  /** @param {Prepared} prepared */
  item(prepared) {
    this.stage.replaceChildren(prepared.element);
    document.body.dataset.state = prepared.failure ? "broken" : "work";
    document.body.dataset.item = String(prepared.lease.item.id);
    delete document.body.dataset.shown;
    clearTimeout(this.glance);
    this.opened = !waits(prepared.lease);
    this.mark(this.opened ? prepared.lease.suggestion : null);
    this.supposed(this.opened || !prepared.lease.supposed?.after_ms ? prepared.lease.supposed : null);
    this.hint("");
  }

  /** What comes only after a first look, counted from the item's being on the screen. @param {Prepared} prepared */
  glanced(prepared) {
    if (this.opened) return;
    this.glance = setTimeout(() => {
      this.opened = true;
      this.mark(prepared.lease.suggestion);
      this.supposed(prepared.lease.supposed);
      if (prepared.lease.suggestion) this.say(this.words(prepared.lease.suggestion));
    }, waits(prepared.lease));
  }

  /** The model's opinion, marked as its own. @param {import("./types.js").Lease["suggestion"]} suggestion */
  mark(suggestion) {
    for (const button of this.buttons.values()) {
      if (button.classList.contains("suggested")) this.unmark(button);
    }
    const button = suggestion && this.buttons.get(suggestion.label);
    this.opinion.textContent = suggestion && button ? this.words(suggestion) : "";
    button?.classList.add("suggested");
    button?.setAttribute("aria-describedby", "opinion");
  }

  /** @param {HTMLButtonElement} button */
  unmark(button) {
    button.classList.remove("suggested");
    button.removeAttribute("aria-describedby");
  }

  /** @param {NonNullable<import("./types.js").Lease["suggestion"]>} suggestion */
  words(suggestion) {
    const { model, name, confidence } = suggestion;
    const sure = confidence >= 0.95 ? "very_sure" : confidence >= 0.75 ? "fairly_sure" : "hardly_sure";
    const percent = this.percent.format(confidence);
    const text = fill(this.texts.suggests, { model, name, sure: this.texts[sure], percent });
    return text.charAt(0).toLocaleUpperCase() + text.slice(1);
  }

  /** In confirm mode: whose claim is to be judged. @param {import("./types.js").Lease["supposed"]} supposed */
  supposed(supposed) {
    if (this.page.mode !== "confirm") return;
    part("claim").classList.toggle("absent", !supposed);
    part("claim-label").textContent = supposed ? fill(this.texts.is_this, { name: supposed.name }) : "";
    part("claim-source").textContent = supposed ? fill(this.texts.supposed_by, { source: supposed.source }) : "";
    for (const id of ["yes", "no"]) /** @type {HTMLButtonElement} */ (part(id)).disabled = !supposed;
  }

  /** @param {"loading" | "empty"} state @param {string} title @param {string} words @param {HTMLElement[]} more */
  message(state, title, words, more = []) {
    const box = document.createElement("div");
    box.className = "message";
    const heading = document.createElement("h2");
    heading.textContent = title;
    const text = document.createElement("p");
    text.textContent = words;
    box.append(heading, text, ...more);
    this.stage.replaceChildren(box);
    clearTimeout(this.glance);
    document.body.dataset.state = state;
    delete document.body.dataset.item;
    delete document.body.dataset.shown;
    this.mark(null);
    this.supposed(null);
    this.say(`${title} ${words}`);
  }

  /** @param {string} id  Of the button that was chosen. */
  flash(id) {
    const button = part(id);
    button.classList.add("flash");
    setTimeout(() => button.classList.remove("flash"), FLASH);
  }

  /** A short word on why nothing happened. @param {string} words */
  hint(words) {
    if (this.hintLine.textContent !== words) this.hintLine.textContent = words;
  }

  /** To screen readers. @param {string} words */
  say(words) {
    part("announcer").textContent = words;
  }

  /** @param {number | null} left */
  left(left) {
    if (left !== null && left !== undefined) {
      part("left").textContent = fill(this.texts.left, { n: this.numbers.format(left) });
    }
  }

  /** @param {number | null} perMinute */
  pace(perMinute) {
    if (perMinute !== null) part("pace").textContent = fill(this.texts.per_minute, { n: Math.round(perMinute) });
  }

  /** @param {import("./outbox.js").Outbox} outbox */
  outbox(outbox) {
    const button = part("outbox");
    const words = this.outboxWords(outbox);
    if (button.textContent !== words) button.textContent = words;
    button.dataset.state = outbox.refused.length ? "refused" : outbox.trouble ? "waiting" : "well";
  }

  /** @param {import("./outbox.js").Outbox} outbox */
  outboxWords(outbox) {
    const [waiting, refused] = [outbox.waiting.length, outbox.refused.length];
    if (refused) return fill(this.texts.refused, { n: refused });
    if (!waiting) return this.texts.all_sent;
    if (outbox.trouble === "signed-out") return fill(this.texts.waiting_signed_out, { n: waiting });
    if (outbox.trouble === "not-a-member") return fill(this.texts.waiting_removed, { n: waiting });
    if (!navigator.onLine || outbox.trouble) return fill(this.texts.waiting_offline, { n: waiting });
    return fill(outbox.durable ? this.texts.waiting : this.texts.waiting_unsafe, { n: waiting });
  }
}
