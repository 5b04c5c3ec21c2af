/** The items ahead: claimed in batches, decoded before their turn, kept alive while the person works. */

import { Failure } from "./api.js";
import { prepare } from "./media.js";

/** @typedef {import("./types.js").Lease} Lease */
/** @typedef {import("./types.js").Prepared} Prepared */
/** `reopened` by an undo, of which the server may not have heard yet.
 * @typedef {{lease: Lease, prepared: Prepared | null, until: number, reopened?: boolean}} Entry */

const LOW = 3; // items ahead below which more are claimed
const BEAT = 20_000; // ms between heartbeats
const HELD = 60; // seconds that a heartbeat keeps a lease for, where the server does not say
const IDLE = 120_000; // ms without a keystroke or tap after which leases are let go
const FIRST_PAUSE = 10_000; // ms until asking again where nothing was to be had
const LONGEST_PAUSE = 60_000;
const OFFLINE_PAUSE = 2_000;

export class Queue extends EventTarget {
  /**
   * @param {import("./api.js").Api} api
   * @param {Record<string, string>} texts
   * @param {number} ahead  Items to hold besides the current one.
   * @param {() => Promise<void>} before  Awaited before each claim.
   * @param {string} source  The call that gives items.
   */
  constructor(api, texts, ahead, before, source = "claim") {
    super();
    this.api = api;
    this.texts = texts;
    this.ahead = ahead;
    this.before = before;
    this.source = source;
    /** @type {Entry[]} */
    this.entries = [];
    /** @type {Entry | null} */
    this.current = null;
    this.claiming = false;
    /** @type {"work" | "nothing-now" | "done" | "paused" | import("./api.js").Trouble} */
    this.state = "work";
    this.reason = "";
    this.pause = 0;
    this.timer = 0;
    this.active = performance.now();
    setInterval(() => void this.beat(), BEAT);
  }

  /** The next item that is ready; it becomes the current one. @returns {Prepared | null} */
  take() {
    this.drop();
    const index = this.entries.findIndex((entry) => entry.prepared);
    this.current = index < 0 ? null : this.entries.splice(index, 1)[0];
    return this.current?.prepared ?? null;
  }

  /** Put the current item back in front, and another one in its place. @param {Lease} lease @param {Prepared} prepared */
  interrupt(lease, prepared) {
    if (this.current) this.entries.unshift(this.current);
    this.current = { lease, prepared, until: performance.now() + HELD * 1000, reopened: true };
  }

  /** Another item that is ready in place of the current one, which waits its turn. @param {1 | -1} step
   * @returns {Prepared | null} */
  turn(step) {
    this.drop();
    const ready = this.entries.filter((entry) => entry.prepared);
    const next = step > 0 ? ready[0] : ready[ready.length - 1];
    if (!next || !this.current) return null;
    const others = this.entries.filter((entry) => entry !== next);
    this.entries = step > 0 ? [...others, this.current] : [this.current, ...others];
    this.current = next;
    return next.prepared;
  }

  refill() {
    if (this.timer || this.claiming) return;
    const wanted = this.wanted();
    if (wanted > 0) void this.claim(wanted);
  }

  wanted() {
    const held = this.entries.length;
    if (!this.current && !held) return this.ahead + 1;
    return held < Math.min(LOW, this.ahead) ? this.ahead - held : 0;
  }

  /** @param {number} count */
  async claim(count) {
    this.claiming = true;
    const left = await this.ask(count).finally(() => {
      this.claiming = false;
    });
    this.dispatchEvent(new CustomEvent("claimed", { detail: { left } }));
  }

  /** @param {number} count @returns {Promise<number | null>}  What is left, as far as it is known. */
  async ask(count) {
    try {
      await this.before();
      const asked = performance.now();
      const claimed = await this.api.post(this.source, { count });
      this.receive(claimed, asked);
      return claimed.left;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.fail(error);
      return null;
    }
  }

  /** @param {import("./types.js").Claimed} claimed @param {number} asked */
  receive(claimed, asked) {
    this.state = claimed.state;
    this.reason = claimed.reason;
    for (const lease of claimed.leases) this.enter(lease, asked);
    if (claimed.leases.length) this.pause = 0;
    else this.later(Math.min(Math.max(this.pause * 1.5, FIRST_PAUSE), LONGEST_PAUSE));
  }

  /** @param {Lease} lease @param {number} asked */
  enter(lease, asked) {
    /** @type {Entry} */
    const entry = { lease, prepared: null, until: asked + lease.seconds_left * 1000 };
    this.entries.push(entry);
    void prepare(lease, this.texts).then((prepared) => {
      if (!this.entries.includes(entry)) return prepared.discard();
      entry.prepared = prepared;
      this.dispatchEvent(new Event("ready"));
    });
  }

  /** @param {Failure} failure */
  fail(failure) {
    this.state = failure.trouble;
    this.reason = failure.message;
    if (failure.trouble !== "signed-out" && failure.trouble !== "not-a-member") this.later(OFFLINE_PAUSE);
  }

  /** Ask again after a while. @param {number} pause */
  later(pause) {
    this.pause = pause;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.again(), pause);
  }

  again() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.refill();
  }

  get held() {
    return [...(this.current ? [this.current] : []), ...this.entries];
  }

  touch() {
    this.active = performance.now();
  }

  async beat() {
    const leases = this.held.map((entry) => entry.lease.id);
    if (!leases.length || document.hidden || performance.now() - this.active > IDLE) return;
    const asked = performance.now();
    const answer = await this.api.post("heartbeat", { leases }).catch(() => null);
    if (!answer) return;
    const until = asked + (answer.seconds_left ?? HELD) * 1000;
    const told = this.held.filter((entry) => leases.includes(entry.lease.id));
    const kept = told.filter((entry) => answer.held.includes(entry.lease.id));
    for (const entry of kept) entry.until = Math.max(entry.until, until);
    this.lose(told.filter((entry) => !kept.includes(entry) && !entry.reopened));
  }

  /** Others may have these items by now: those ahead go quietly. @param {Entry[]} entries */
  lose(entries) {
    if (!entries.length) return;
    for (const entry of entries) entry.until = -Infinity;
    this.drop();
    this.dispatchEvent(new Event("lost"));
    this.refill();
  }

  /** Let go of the items ahead whose time has run out; others may have them by now. */
  drop() {
    const now = performance.now();
    const late = this.entries.filter((entry) => entry.until < now);
    if (!late.length) return;
    this.entries = this.entries.filter((entry) => entry.until >= now);
    this.forget(late);
  }

  /** Whether the current item's time ran out; if so it is let go. */
  lapsed() {
    if (!this.current || this.current.until >= performance.now()) return false;
    this.forget([this.current]);
    this.current = null;
    return true;
  }

  /** @param {Entry[]} entries */
  forget(entries) {
    for (const entry of entries) entry.prepared?.discard();
    this.api.post("release", { leases: entries.map((entry) => entry.lease.id) }).catch(() => undefined);
  }

  /** Give everything back while the page goes away. */
  farewell() {
    const leases = this.held.map((entry) => entry.lease.id);
    if (leases.length) this.api.beacon(leases);
  }
}
