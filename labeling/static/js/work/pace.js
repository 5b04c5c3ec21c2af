/** How fast a person answers. */

const WINDOW = 5 * 60_000; // ms that count
const FEWEST = 3; // answers before a pace says anything
const LONGEST_GAP = 60_000; // ms; a longer one was a break

export class Pace {
  constructor() {
    /** @type {number[]} */
    this.times = [];
  }

  /** @param {number} now */
  add(now) {
    const last = this.times[this.times.length - 1];
    if (last !== undefined && now - last > LONGEST_GAP) this.times = [];
    this.times = [...this.times.filter((time) => now - time < WINDOW), now];
  }

  back() {
    this.times.pop();
  }

  /** Answers a minute; null while there are too few. */
  get perMinute() {
    const count = this.times.length;
    if (count < FEWEST) return null;
    return Math.round(((count - 1) * 60_000) / (this.times[count - 1] - this.times[0]));
  }
}
