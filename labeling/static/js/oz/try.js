// Ask by hand what a product would ask by the API, and say what one made of the answer.
// @ts-check
import { newKey } from "../work/device.js";

/** @typedef {{id: string, state: string, label: string | null, ask_again: string | null, reason?: string}} Told */
/** @type {{api: string, token: string, texts: Record<string, string>}} */
const page = JSON.parse(/** @type {HTMLElement} */ (document.getElementById("page")).textContent ?? "{}");
/** @param {string} id */
const at = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
let address = "";
let key = "";

/** @param {string} url @param {RequestInit} options @returns {Promise<Told>} */
async function call(url, options) {
  const response = await fetch(url, { headers: { "X-CSRFToken": page.token }, credentials: "same-origin", ...options });
  const told = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(told.reason ?? `HTTP ${response.status}`);
  return told;
}

/** @param {Told} told */
function show(told) {
  address = `${page.api}/${told.id}`;
  at("label").textContent = told.label ?? "";
  at("state").textContent = told.label ? "" : page.texts.waiting;
  at("again").hidden = told.label !== null;
  at("feedback").hidden = told.label === null;
}

/** @param {() => Promise<Told>} question */
async function ask(question) {
  at("answer").hidden = false;
  at("label").textContent = "";
  at("state").textContent = page.texts.asking;
  at("again").hidden = at("feedback").hidden = true;
  try {
    show(await question());
  } catch (error) {
    at("state").textContent = page.texts.failed.replace("%s", error instanceof Error ? error.message : "");
  }
}

/** @param {File} file */
function preview(file) {
  const element = file.type.startsWith("audio/") ? document.createElement("audio") : new Image();
  element.src = URL.createObjectURL(file);
  if (element instanceof HTMLImageElement) element.alt = file.name;
  else element.controls = true;
  at("preview").replaceChildren(element);
}

at("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  const [file] = /** @type {HTMLInputElement} */ (at("file")).files ?? [];
  const body = new FormData();
  body.append("file", file);
  key = newKey();
  preview(file);
  void ask(() => call(page.api, { method: "POST", body }));
});
at("again").addEventListener("click", () => void ask(() => call(`${address}?wait=30`, {})));
at("feedback").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = new FormData(/** @type {HTMLFormElement} */ (at("feedback")));
  const comment = /** @type {HTMLInputElement} */ (at("comment")).value;
  const body = JSON.stringify({ key, useful: form.get("useful") === "yes", comment });
  const headers = { "X-CSRFToken": page.token, "Content-Type": "application/json" };
  call(`${address}/feedback`, { method: "POST", headers, body }).then(
    () => {
      at("feedback").hidden = true;
      at("state").textContent = page.texts.thanks;
    },
    (error) => (at("state").textContent = page.texts.failed.replace("%s", error.message)),
  );
});
