/** What this tab can take back, the newest last; it outlives a reload. */

/** @typedef {import("./types.js").Step} Step */
/** @typedef {import("./types.js").Prepared} Prepared */

const STEPS = 20;
const DECODED = 8; // steps whose media stay in memory

export class History {
  /** @param {string} owner */
  constructor(owner) {
    this.name = `emerald-steps ${owner}`;
    /** @type {Step[]} */
    this.steps = JSON.parse(sessionStorage.getItem(this.name) ?? "[]");
    /** @type {Map<string, Prepared>} */
    this.media = new Map();
  }

  /** @param {string} key @param {Prepared} prepared */
  add(key, prepared) {
    this.steps = [...this.steps, { key, lease: prepared.lease }].slice(-STEPS);
    this.media.set(key, prepared);
    const [oldest] = this.media.keys();
    if (this.media.size > DECODED) this.take(oldest)?.discard();
    this.save();
  }

  /** The last step, which counts as undone from now on. */
  back() {
    const step = this.steps.pop();
    this.save();
    return step;
  }

  /** The decoded media of a step, if they are still here. @param {string} key */
  take(key) {
    const prepared = this.media.get(key);
    this.media.delete(key);
    return prepared;
  }

  save() {
    sessionStorage.setItem(this.name, JSON.stringify(this.steps));
  }
}
