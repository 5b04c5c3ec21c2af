/** One sound: played from memory, drawn as a wave, and known to have been heard or not. */

const LONG = 30; // seconds up to which a clip is heard to its end before it is judged
const LONG_SHARE = 0.5; // of a longer one, but never less than LONG seconds
const SLACK = 0.12; // seconds that a browser may cut off a clip's end
const RATES = [1, 1.25, 1.5];
const SVG = "http://www.w3.org/2000/svg";

/** How much of a clip must be heard, in seconds. @param {number} duration */
export function due(duration) {
  return duration <= LONG ? duration : Math.max(LONG, duration * LONG_SHARE);
}

/** Seconds covered by any of the ranges. @param {TimeRanges} ranges */
function covered(ranges) {
  let sum = 0;
  for (let index = 0; index < ranges.length; index += 1) sum += ranges.end(index) - ranges.start(index);
  return sum;
}

/** A path that fills the wave, mirrored, in a box of peaks.length x 2. @param {number[]} peaks */
function outline(peaks) {
  const bar = (/** @type {number} */ peak, /** @type {number} */ x) => {
    const half = Math.max(peak, 0.01);
    return `M${x} ${(1 - half).toFixed(3)}h.7v${(2 * half).toFixed(3)}h-.7z`;
  };
  return peaks.map(bar).join("");
}

/** @param {number[]} peaks @param {string} name */
function wave(peaks, name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${peaks.length || 1} 2`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", name);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", outline(peaks));
  svg.append(path);
  return svg;
}

/** @param {number} seconds */
export function clock(seconds) {
  const whole = Math.floor(seconds);
  const tenth = Math.floor((seconds - whole) * 10);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}.${tenth}`;
}

let rate = RATES[0];

/** The next speed, for this clip and all later ones. */
export function nextRate() {
  rate = RATES[(RATES.indexOf(rate) + 1) % RATES.length];
  return rate;
}

export class Clip {
  /**
   * @param {Blob} blob
   * @param {number[]} peaks  In [0, 1].
   * @param {number} duration  Seconds, as the server measured it.
   * @param {Record<string, string>} texts
   */
  constructor(blob, peaks, duration, texts) {
    this.texts = texts;
    this.duration = duration;
    this.audio = new Audio(URL.createObjectURL(blob));
    this.audio.preload = "auto";
    this.played = wave(peaks, "wave played");
    this.seek = document.createElement("input");
    this.state = document.createElement("p");
    this.onheard = () => {};
    this.told = false;
    this.finished = false;
    this.frame = 0;
    this.element = this.build(peaks);
    this.listen();
  }

  /** @param {number[]} peaks */
  build(peaks) {
    Object.assign(this.seek, { type: "range", min: "0", max: "1", step: "0.001", value: "0" });
    this.seek.ariaLabel = this.texts.position;
    this.state.className = "sound-state";
    const wrap = document.createElement("div");
    wrap.className = "wave-box";
    wrap.append(wave(peaks, "wave"), this.played, this.seek);
    const element = document.createElement("div");
    element.className = "sound";
    element.append(wrap, this.state);
    this.draw();
    return element;
  }

  listen() {
    this.seek.addEventListener("input", () => {
      this.audio.currentTime = Number(this.seek.value) * this.length;
      this.draw();
    });
    this.seek.addEventListener("pointerup", () => this.seek.blur());
    this.audio.addEventListener("ended", () => {
      this.finished = true;
    });
    for (const name of ["play", "pause", "ended", "seeked"]) this.audio.addEventListener(name, () => this.draw());
  }

  /** Seconds; files from a recorder do not tell theirs. */
  get length() {
    return Number.isFinite(this.audio.duration) ? this.audio.duration : this.duration;
  }

  /** Wait until it can play to its end without the network. @returns {Promise<void>} */
  ready() {
    return new Promise((resolve, reject) => {
      this.audio.addEventListener("canplaythrough", () => resolve(), { once: true });
      this.audio.addEventListener("error", () => reject(new Error("undecodable")), { once: true });
      this.audio.load();
    });
  }

  get heard() {
    const need = due(this.length);
    if (!need) return this.finished;
    return covered(this.audio.played) >= Math.max(need - SLACK, need / 2);
  }

  /** From the beginning; false where the browser wants a keystroke or tap first. @returns {Promise<boolean>} */
  async play() {
    this.audio.currentTime = 0;
    return this.resume();
  }

  /** @returns {Promise<boolean>} */
  async resume() {
    this.audio.playbackRate = rate;
    try {
      await this.audio.play();
      return true;
    } catch (error) {
      // A play that the next item cut short is no refusal.
      return !(error instanceof DOMException && error.name === "NotAllowedError");
    }
  }

  /** What Space does: short clips start again, long ones stop and go on. */
  async toggle() {
    if (this.length <= LONG || this.audio.ended) return this.play();
    if (this.audio.paused) return this.resume();
    this.audio.pause();
    return true;
  }

  faster() {
    this.audio.playbackRate = nextRate();
    this.draw();
  }

  stop() {
    this.audio.pause();
    cancelAnimationFrame(this.frame);
  }

  draw() {
    const share = this.length ? Math.min(this.audio.currentTime / this.length, 1) : 0;
    this.played.style.clipPath = `inset(0 ${(100 - share * 100).toFixed(2)}% 0 0)`;
    this.seek.value = String(share);
    const words = this.heard ? this.texts.heard : this.due();
    this.state.textContent = `${clock(this.audio.currentTime)} / ${clock(this.length)} · ${rate}× · ${words}`;
    if (this.heard && !this.told) this.tell();
    cancelAnimationFrame(this.frame);
    if (!this.audio.paused) this.frame = requestAnimationFrame(() => this.draw());
  }

  /** What is still to be heard, in words. */
  due() {
    if (this.length <= LONG) return this.texts.listen_first;
    return this.texts.listen_share.replace("{time}", clock(due(this.length)));
  }

  tell() {
    this.told = true;
    this.onheard();
  }

  discard() {
    this.stop();
    URL.revokeObjectURL(this.audio.src);
    this.audio.removeAttribute("src");
  }
}
