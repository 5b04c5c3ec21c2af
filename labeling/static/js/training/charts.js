// The charts of a run: drawn on canvas by uPlot, with words large enough for a phone. What a line is stands in the legend.
// @ts-check

import uPlot from "uplot";

/** @typedef {{loss?: number, validation_loss?: number, validation_accuracy: number, lr?: number, probe?: number[]}} Point */
/** @typedef {{label: string, scale: string, colour: string, dash?: number[], values: (number | null)[]}} Line */
/** @typedef {{words: DOMStringMap, points: Point[]}} Seen */

const HEIGHT = 240; // pixels
const NARROW = 480; // pixels: below it, fewer ticks
const FONT = 14; // pixels, on any screen
const COLOURS = 8; // of the page's palette

/**
 * A colour of the page's own, worked out as a canvas understands it.
 * @param {HTMLElement} place
 * @param {string} name
 */
function token(place, name) {
  place.style.color = `var(${name})`;
  const colour = getComputedStyle(place).color;
  place.style.color = "";
  return colour;
}

/**
 * @param {unknown} _
 * @param {number[]} ticks
 */
function percents(_, ticks) {
  return ticks.map((tick) => `${Math.round(100 * tick)} %`);
}

/**
 * @param {unknown} _
 * @param {number[]} ticks
 */
function short(_, ticks) {
  return ticks.map((tick) => (tick !== 0 && Math.abs(tick) < 0.01 ? tick.toExponential(0) : String(Number(tick.toPrecision(3)))));
}

/**
 * @param {HTMLElement} place
 * @param {string} scale
 * @param {number} side
 * @returns {uPlot.Axis}
 */
function axis(place, scale, side) {
  const narrow = place.clientWidth < NARROW;
  const lines = token(place, "--line");
  return {
    scale,
    side,
    font: `${FONT}px system-ui, sans-serif`,
    stroke: token(place, "--ink"),
    grid: { show: side !== 1, stroke: lines },
    ticks: { stroke: lines },
    size: side === 2 ? 32 : 60,
    space: side === 2 ? (narrow ? 72 : 48) : 40,
    values: scale === "share" ? percents : side === 2 ? undefined : short,
  };
}

/** @type {Record<string, (seen: Seen) => Line[]>} */
const LINES = {
  curve: ({ words, points }) => [
    { label: words.accuracy ?? "", scale: "share", colour: "--accent", values: points.map((point) => point.validation_accuracy) },
    { label: words.loss ?? "", scale: "loss", colour: "--class-6", dash: [6, 4], values: points.map((point) => point.loss ?? null) },
    ...(points.some((point) => point.validation_loss !== undefined)
      ? [{ label: words.unseen ?? "", scale: "loss", colour: "--class-5", dash: [2, 3], values: points.map((point) => point.validation_loss ?? null) }]
      : []),
  ],
  rate: ({ words, points }) => [
    { label: words.rate ?? "", scale: "loss", colour: "--class-5", values: points.map((point) => point.lr ?? null) },
  ],
  probe: ({ words, points }) => {
    const many = Math.max(0, ...points.map((point) => point.probe?.length ?? 0));
    return Array.from({ length: many }, (_, at) => ({
      label: `${words.item} ${at + 1}`,
      scale: "share",
      colour: `--class-${(at % COLOURS) + 1}`,
      dash: at % 2 ? [6, 4] : undefined,
      values: points.map((point) => point.probe?.[at] ?? null),
    }));
  },
};

/** One chart in its place, drawn anew when there is more to draw or the colours change. */
export class Chart {
  /** @param {HTMLElement} place */
  constructor(place) {
    this.place = place;
    /** @type {uPlot | null} */
    this.plot = null;
    this.drawn = -1;
    this.width = 0;
  }

  /** @param {Seen} seen */
  draw(seen) {
    const width = this.place.clientWidth;
    const same = this.drawn === seen.points.length && this.width === width;
    if (same || width === 0 || seen.points.length === 0) return;
    this.drawn = seen.points.length;
    this.width = width;
    const lines = LINES[this.place.dataset.chart ?? ""]?.(seen) ?? [];
    this.plot?.destroy();
    if (lines.length > 0) this.plot = new uPlot(this.options(lines, width, seen.words.step ?? ""), this.data(lines), this.place);
  }

  /** Forget what was drawn, so that the next draw does. */
  forget() {
    this.drawn = -1;
  }

  /**
   * @param {Line[]} lines
   * @returns {uPlot.AlignedData}
   */
  data(lines) {
    const steps = (lines[0]?.values ?? []).map((_, at) => at + 1);
    return [steps, ...lines.map((line) => line.values)];
  }

  /**
   * @param {Line[]} lines
   * @param {number} width
   * @param {string} step
   * @returns {uPlot.Options}
   */
  options(lines, width, step) {
    const scales = [...new Set(lines.map((line) => line.scale))];
    return {
      width,
      height: HEIGHT,
      legend: { live: false },
      cursor: { show: false },
      scales: { x: { time: false }, share: { range: [0, 1] }, loss: {} },
      axes: [axis(this.place, "x", 2), ...scales.map((scale, at) => axis(this.place, scale, at === 0 ? 3 : 1))],
      series: [
        { label: step },
        ...lines.map((line) => ({
          label: line.label,
          scale: line.scale,
          stroke: token(this.place, line.colour),
          width: 2,
          dash: line.dash,
          spanGaps: true,
          points: { show: false },
        })),
      ],
    };
  }
}
