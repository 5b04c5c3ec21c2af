/** One person at work: what is shown now, what they say of it, and what can be taken back. */

import { newKey } from "./device.js";
import { History } from "./history.js";
import { afterPaint } from "./keys.js";
import { prepare } from "./media.js";
import { Pace } from "./pace.js";
import { fill } from "./view.js";

/** @typedef {import("./types.js").Choice} Choice */
/** @typedef {import("./types.js").PageData} PageData */
/** @typedef {import("./types.js").Prepared} Prepared */

// Nobody sees a picture and answers it within 200 ms: the earliest answers in people's go/no-go tasks take about 250 ms
// (Thorpe, Fize and Marlot 1996). What comes sooner is the second half of a double tap.
const LEAST_LOOK = 200;

/** Tell whoever observes how long the page took; nothing is kept. @param {number} start @param {number} end */
function measure(start, end) {
  performance.measure("key-to-paint", { start, end });
  performance.clearMeasures("key-to-paint");
}

export class Session {
  /**
   * @param {PageData} page
   * @param {import("./view.js").View} view
   * @param {import("./queue.js").Queue} queue
   * @param {import("./outbox.js").Outbox} outbox
   */
  constructor(page, view, queue, outbox) {
    this.page = page;
    this.view = view;
    this.queue = queue;
    this.outbox = outbox;
    this.history = new History(outbox.owner);
    this.pace = new Pace();
    /** @type {Prepared | null} */
    this.current = null;
    this.shownAt = Infinity; // until its frame is on the screen
    /** @type {number | undefined} */
    this.asked = undefined;
    this.news = ""; // told beside the next item
  }

  /** Whether a keystroke or tap of that moment can be meant for the current item. @param {number} at */
  meant(at) {
    return this.current !== null && at >= this.shownAt + LEAST_LOOK;
  }

  /**
   * @param {Choice} choice
   * @param {string} button  Its id.
   * @param {number} at  When the key went down, on the clock of performance.now().
   */
  answer(choice, button, at) {
    if (!this.current || !this.meant(at) || this.current.failure) return;
    if (this.current.clip && !this.current.clip.heard) return this.view.hint(this.current.clip.due());
    const { lease } = this.current;
    const key = newKey();
    const milliseconds = Math.round(at - this.shownAt);
    const body = { lease: lease.id, key, ...choice, milliseconds, answered_at: new Date().toISOString() };
    this.pace.add(at);
    this.leave(key, "answer", this.said(choice), body, at);
    this.view.flash(button);
  }

  /** @param {Choice} choice */
  said(choice) {
    const label = this.page.labels.find((one) => one.id === (choice.label ?? choice.rejected));
    return choice.label === null ? fill(this.page.texts.not_this, { name: label?.name ?? "?" }) : (label?.name ?? "?");
  }

  /** @param {string} reason @param {string} note @param {number} at */
  skip(reason, note, at) {
    if (!this.current || !this.meant(at)) return;
    const key = newKey();
    const body = { lease: this.current.lease.id, key, reason, note };
    this.leave(key, "skip", this.page.texts.skipped, body, at);
  }

  /**
   * Write the letter first, then show the next item.
   * @param {string} key
   * @param {"answer" | "skip"} kind
   * @param {string} what
   * @param {Record<string, unknown>} body
   * @param {number} at
   */
  leave(key, kind, what, body, at) {
    const { current } = this;
    if (!current) return;
    this.outbox.add({ key, kind, lease: current.lease.id, what, body });
    current.clip?.stop();
    this.history.add(key, current);
    this.advance(at);
  }

  /** Show the next item, or say why there is none. @param {number} [at]  When the person asked for it. */
  advance(at = this.asked) {
    this.current = null;
    this.asked = at;
    const next = this.queue.take();
    if (next && next.lease.guideline_version > this.page.guideline) return this.renew();
    if (next) this.show(next, at);
    else this.nothing();
    setTimeout(() => this.queue.refill());
  }

  /** Another item ahead, this one to be judged later. @param {1 | -1} step @param {number} at */
  turn(step, at) {
    const before = this.current;
    const next = this.queue.turn(step);
    if (!next) return this.view.hint(this.page.texts.no_other);
    before?.clip?.stop();
    this.show(next, at);
  }

  /** @param {Prepared} prepared @param {number} [at]  When the key went down that brought it. */
  show(prepared, at) {
    this.current = prepared;
    this.asked = undefined;
    this.shownAt = Infinity;
    this.view.item(prepared);
    if (this.news) this.view.hint(this.news);
    this.news = "";
    afterPaint((now) => this.painted(prepared, now, at));
  }

  /** @param {Prepared} prepared @param {number} now @param {number} [at] */
  painted(prepared, now, at) {
    if (this.current !== prepared) return;
    this.shownAt = now;
    document.body.dataset.shown = now.toFixed();
    if (at !== undefined) measure(at, now);
    this.view.pace(this.pace.perMinute);
    const { suggestion, supposed } = prepared.lease;
    const opinion = suggestion && this.view.opened ? this.view.words(suggestion) : "";
    const claim = supposed && (this.view.opened || !supposed.after_ms) ? supposed.name : "";
    this.view.say([this.page.texts.next_item, claim, opinion].filter(Boolean).join(" "));
    this.view.glanced(prepared);
    if (prepared.clip) void this.begin(prepared.clip);
  }

  /** @param {import("./clip.js").Clip} clip */
  async begin(clip) {
    clip.onheard = () => this.view.hint("");
    if (!(await clip.play())) this.view.hint(this.page.texts.press_space);
  }

  /** There is nothing to show: it is on its way, or there is none. */
  nothing() {
    const { texts } = this.page;
    if (this.queue.entries.length || this.queue.claiming || this.queue.state === "work") {
      return this.view.message("loading", texts.loading, "");
    }
    this.queue.dispatchEvent(new Event("empty"));
  }

  /** Take the last step back; the item that was on its way comes after it. */
  async undo() {
    const step = this.history.back();
    if (!step) return this.view.hint(this.page.texts.nothing_to_undo);
    this.pace.back();
    this.current?.clip?.stop();
    const body = { key: step.key };
    this.outbox.add({ key: newKey(), kind: "undo", lease: step.lease.id, what: this.page.texts.undo, body });
    const kept = this.history.take(step.key);
    const prepared = kept ?? (await prepare(step.lease, this.page.texts));
    this.queue.interrupt(step.lease, prepared);
    this.show(prepared);
    this.view.hint(this.page.texts.undone);
  }

  /** Nothing more can be done here. @param {import("./api.js").Trouble} trouble */
  end(trouble) {
    this.current?.clip?.stop();
    this.current = null;
    this.queue.state = trouble;
    this.queue.entries = [];
    this.nothing();
  }

  /** The guideline has changed since this page was made: begin anew, with it open. */
  renew() {
    this.view.message("loading", this.page.texts.new_guideline, "");
    location.hash = "guideline";
    location.reload();
  }
}
