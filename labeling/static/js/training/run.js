// A run's page while it goes on: every second the parts that changed are put in place, and the curve is drawn anew.
// @ts-check

import uPlot from "uplot";

/** @typedef {{loss?: number, validation_accuracy: number}} Point */

const EVERY = 1000; // milliseconds
const HEIGHT = 220; // pixels
const root = /** @type {HTMLElement} */ (document.getElementById("run"));
const place = /** @type {HTMLElement} */ (document.getElementById("chart"));

/** @type {uPlot | null} */
let plot = null;
let drawn = -1;

/** @returns {Point[]} */
function points() {
  return JSON.parse(document.getElementById("points")?.textContent ?? "[]");
}

/**
 * A colour of the page's own, worked out as a canvas understands it.
 * @param {string} name
 */
function token(name) {
  place.style.color = `var(${name})`;
  const colour = getComputedStyle(place).color;
  place.style.color = "";
  return colour;
}

/** @param {string} unit */
function axis(unit) {
  return { stroke: token("--quiet"), grid: { stroke: token("--line") }, ticks: { stroke: token("--line") }, label: unit };
}

/**
 * @param {unknown} _
 * @param {number[]} ticks
 */
function percents(_, ticks) {
  return ticks.map((tick) => `${Math.round(100 * tick)} %`);
}

function make() {
  const { accuracy = "", loss = "", step = "" } = root.dataset;
  plot?.destroy();
  plot = new uPlot(
    {
      width: place.clientWidth,
      height: HEIGHT,
      legend: { live: false },
      cursor: { show: false },
      scales: { x: { time: false }, share: { range: [0, 1] }, loss: {} },
      axes: [
        axis(step),
        { ...axis(accuracy), scale: "share", values: percents },
        { ...axis(loss), scale: "loss", side: 1, grid: { show: false } },
      ],
      series: [
        { label: step },
        { label: accuracy, scale: "share", stroke: token("--accent"), width: 2, spanGaps: true },
        { label: loss, scale: "loss", stroke: token("--class-6"), width: 2, dash: [6, 4], spanGaps: true },
      ],
    },
    [[], [], []],
    place,
  );
}

function draw() {
  const seen = points();
  if (seen.length === drawn || seen.length === 0) return;
  drawn = seen.length;
  if (plot === null) make();
  plot?.setData([
    seen.map((_, index) => index + 1),
    seen.map((point) => point.validation_accuracy),
    seen.map((point) => point.loss ?? null),
  ]);
}

/** @param {Document} fresh */
function put(fresh) {
  for (const part of fresh.querySelectorAll("[data-part]")) {
    const old = document.getElementById(part.id);
    if (old === null) document.getElementById("part-state")?.after(part);
    else if (old.innerHTML !== part.innerHTML || part.id === "part-state") replace(old, part);
  }
}

/**
 * @param {Element} old
 * @param {Element} part
 */
function replace(old, part) {
  const focused = old.contains(document.activeElement);
  const scrolled = old.querySelector(".log")?.scrollTop;
  const log = old.querySelector(".log");
  const atEnd = log !== null && log.scrollTop + log.clientHeight >= log.scrollHeight - 4;
  old.replaceWith(part);
  const box = part.querySelector(".log");
  if (box !== null) box.scrollTop = atEnd ? box.scrollHeight : (scrolled ?? 0);
  if (focused) /** @type {HTMLElement | null} */ (part.querySelector("[tabindex]"))?.focus();
}

function going() {
  return document.getElementById("part-state")?.dataset.going === "true";
}

async function look() {
  try {
    const answer = await fetch(root.dataset.live ?? "", { headers: { Accept: "text/html" } });
    if (answer.ok && !answer.redirected) put(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    // The network is away for a moment; the next look tries again.
  }
  draw();
  if (going()) setTimeout(look, EVERY);
  else for (const gone of document.querySelectorAll("[data-while-going]")) gone.remove();
}

draw();
if (going()) setTimeout(look, EVERY);
new ResizeObserver(() => plot?.setSize({ width: place.clientWidth, height: HEIGHT })).observe(place);

function redraw() {
  if (plot === null) return;
  make();
  drawn = -1;
  draw();
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
