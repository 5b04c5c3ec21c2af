// A run's page while it goes on: every second the parts that changed are put in place, and the charts are drawn anew.
// @ts-check

import { Chart } from "./charts.js";

const EVERY = 1000; // milliseconds
const root = /** @type {HTMLElement} */ (document.getElementById("run"));
const charts = [.../** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-chart]"))].map((place) => new Chart(place));

/** @returns {import("./charts.js").Point[]} */
function points() {
  return JSON.parse(document.getElementById("points")?.textContent ?? "[]");
}

function draw() {
  const seen = { words: root.dataset, points: points() };
  for (const box of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-with]"))) {
    const name = /** @type {"lr" | "probe"} */ (box.dataset.with);
    const has = seen.points.some((point) => name === "lr" ? point.lr !== undefined : (point.probe?.length ?? 0) > 0);
    if (has) box.hidden = false;
  }
  for (const chart of charts) chart.draw(seen);
}

/** @param {Document} fresh */
function put(fresh) {
  let before = document.getElementById("part-state");
  for (const part of fresh.querySelectorAll("[data-part]")) {
    const old = document.getElementById(part.id);
    if (old === null) before?.after(part);
    else if (old.innerHTML !== part.innerHTML || part.id === "part-state") replace(old, part);
    before = document.getElementById(part.id) ?? before;
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
  if (old instanceof HTMLDetailsElement && part instanceof HTMLDetailsElement) part.open = old.open; // as the owner left it
  old.replaceWith(part);
  const box = part.querySelector(".log");
  if (box !== null) box.scrollTop = atEnd ? box.scrollHeight : (scrolled ?? 0);
  if (focused) /** @type {HTMLElement | null} */ (part.querySelector("[tabindex], summary"))?.focus();
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

function redraw() {
  for (const chart of charts) chart.forget();
  draw();
}

draw();
if (going()) setTimeout(look, EVERY);
new ResizeObserver(draw).observe(root);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
