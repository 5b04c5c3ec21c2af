/**
 * Letters on their way to the server: kept on the device first, sent in the order in which they were written, each
 * until the server has said that it has it. An undo is a letter too, so everything works without a network.
 */

import { alone } from "./alone.js";
import { Failure } from "./api.js";
import { Memory, openDevice } from "./device.js";

/** @typedef {import("./types.js").Letter} Letter */
/** @typedef {import("./api.js").Trouble} Trouble */

const GATHER = 800; // ms that a letter waits for others, so that one call carries several
const ENOUGH = 5; // letters that wait for no more
const MOST = 100; // answers the server takes in one call
const FIRST_PAUSE = 1_000; // ms after a failed call, then twice as long each time
const LONGEST_PAUSE = 30_000;

/** The letters that can be struck out with their undo, having never left the device.
 * @param {Letter[]} letters @param {Set<string>} fresh  Keys written in this page's life. */
export function struckOut(letters, fresh) {
  const undone = new Map(letters.filter((one) => one.kind === "undo").map((one) => [one.body.key, one]));
  const unsent = letters.filter((one) => undone.has(one.key) && (one.refused || (fresh.has(one.key) && !one.tried)));
  return unsent.flatMap((one) => [one, /** @type {Letter} */ (undone.get(one.key))]);
}

/** What goes into the next call: a run of answers, or one letter of another kind. @param {Letter[]} letters */
export function nextCall(letters) {
  if (letters[0].kind !== "answer") return letters.slice(0, 1);
  const end = letters.findIndex((one) => one.kind !== "answer");
  return letters.slice(0, Math.min(end < 0 ? letters.length : end, MOST));
}

export class Outbox extends EventTarget {
  /**
   * @param {string} owner
   * @param {import("./api.js").Api} api
   * @param {import("./device.js").Device | Memory} device
   */
  constructor(owner, api, device) {
    super();
    this.owner = owner;
    this.api = api;
    this.device = device;
    this.spare = new Memory();
    /** @type {Map<string, Letter>} */
    this.mine = new Map();
    /** @type {Set<string>} */
    this.fresh = new Set();
    /** @type {Letter[]} */
    this.letters = [];
    /** @type {Trouble | ""} */
    this.trouble = "";
    this.pause = 0;
    this.timer = 0;
    /** @type {Promise<void> | null} */
    this.sending = null;
    this.channel = new BroadcastChannel(`emerald-outbox ${owner}`);
    this.channel.onmessage = () => void this.count();
  }

  /** @param {string} owner @param {import("./api.js").Api} api */
  static async open(owner, api) {
    const outbox = new Outbox(owner, api, await openDevice());
    await outbox.count();
    return outbox;
  }

  get waiting() {
    return this.letters.filter((letter) => !letter.refused);
  }

  get refused() {
    return this.letters.filter((letter) => letter.refused);
  }

  /** Whether everything written is safe from a crash of this tab. */
  get durable() {
    return this.spare.letters.size === 0 && !(this.device instanceof Memory);
  }

  /** @param {Omit<Letter, "owner" | "tried" | "refused">} content */
  add(content) {
    const letter = { ...content, owner: this.owner, tried: false, refused: "" };
    const written = this.device.add(letter).catch(() => this.spare.add(letter));
    this.mine.set(letter.key, letter);
    this.fresh.add(letter.key);
    this.letters.push(letter);
    void written.then(() => this.plan());
    this.changed();
  }

  plan() {
    if (this.trouble === "signed-out" || this.trouble === "not-a-member") return;
    clearTimeout(this.timer);
    const wait = this.pause || (this.waiting.length >= ENOUGH ? 0 : GATHER);
    this.timer = window.setTimeout(() => void this.flush(), wait);
  }

  /** Send what waits; a second call joins the first. @returns {Promise<void>} */
  flush() {
    clearTimeout(this.timer);
    this.sending ??= this.send().finally(() => {
      this.sending = null;
    });
    return this.sending;
  }

  async send() {
    if (!navigator.onLine) return this.changed();
    try {
      await alone(`emerald-outbox ${this.owner}`, () => this.drain());
      this.recovered("");
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.recovered(error.trouble);
    }
    await this.count();
    if (this.waiting.length) this.plan();
  }

  /** @param {Trouble | ""} trouble */
  recovered(trouble) {
    this.trouble = trouble;
    this.pause = trouble ? Math.min(Math.max(this.pause * 2, FIRST_PAUSE), LONGEST_PAUSE) : 0;
  }

  async drain() {
    for (;;) {
      const letters = await this.all();
      const gone = struckOut(letters, this.fresh);
      const left = letters.filter((letter) => !letter.refused && !gone.includes(letter));
      await this.remove(gone);
      if (!left.length) return;
      await this.deliver(nextCall(left));
      await this.count();
      this.channel.postMessage("changed");
    }
  }

  /** @param {Letter[]} letters */
  async deliver(letters) {
    await this.put(letters.map((letter) => ({ ...letter, tried: true })));
    try {
      await this.call(letters);
    } catch (error) {
      if (!(error instanceof Failure) || error.trouble !== "refused") throw error;
      // One bad letter must not hold the others back: a refused run is sent again one by one.
      if (letters.length > 1) for (const letter of letters) await this.deliver([letter]);
      else await this.put([{ ...letters[0], tried: true, refused: error.message }]);
    }
  }

  /** @param {Letter[]} letters */
  async call(letters) {
    const [first] = letters;
    if (first.kind !== "answer") {
      await this.api.post(first.kind, first.body);
      return this.remove([first]);
    }
    const answer = await this.api.post("submit", { answers: letters.map((letter) => letter.body) });
    await this.settle(letters, answer.results);
    this.dispatchEvent(new CustomEvent("stored", { detail: answer }));
  }

  /** @param {Letter[]} letters @param {import("./types.js").Result[]} results */
  async settle(letters, results) {
    const fate = new Map(results.map((result) => [result.key, result]));
    const refused = letters.filter((letter) => fate.get(letter.key)?.status === "refused");
    await this.put(refused.map((one) => ({ ...one, tried: true, refused: fate.get(one.key)?.reason || "?" })));
    await this.remove(letters.filter((letter) => fate.has(letter.key) && !refused.includes(letter)));
  }

  /** Send what this page wrote while it goes away; what does not arrive is still on the device. */
  farewell() {
    const letters = [...this.mine.values()];
    if (!letters.length || !navigator.onLine || letters.some((letter) => letter.kind !== "answer")) return;
    const answers = letters.slice(0, MOST).map((letter) => letter.body);
    this.api.post("submit", { answers }, true).catch(() => undefined);
  }

  /** @param {Letter[]} letters  Refused ones that the person gave up. */
  async giveUp(letters) {
    await this.remove(letters);
    await this.count();
  }

  async all() {
    return [...(await this.device.all(this.owner)), ...(await this.spare.all(this.owner))];
  }

  /** @param {Letter[]} letters */
  async put(letters) {
    await this.device.put(letters.filter((one) => this.keeper(one) === this.device));
    await this.spare.put(letters.filter((one) => this.keeper(one) === this.spare));
  }

  /** @param {Letter[]} letters */
  async remove(letters) {
    await this.device.remove(letters.filter((one) => this.keeper(one) === this.device));
    await this.spare.remove(letters.filter((one) => this.keeper(one) === this.spare));
  }

  /** @param {Letter} letter */
  keeper(letter) {
    return (letter.sequence ?? 0) < 0 && !(this.device instanceof Memory) ? this.spare : this.device;
  }

  /** Look again at what lies on the device. */
  async count() {
    const before = new Set(this.mine.keys());
    const kept = await this.all();
    for (const { key } of kept) before.delete(key);
    for (const key of before) this.mine.delete(key);
    const known = new Set(kept.map((letter) => letter.key));
    this.letters = [...kept, ...[...this.mine.values()].filter((letter) => !known.has(letter.key))];
    this.changed();
  }

  changed() {
    this.dispatchEvent(new Event("changed"));
  }
}
