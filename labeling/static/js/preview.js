// The guideline as annotators will see it, beside the field in which it is written. Without this script the page shows
// what was last saved.
// @ts-check

const PAUSE = 250; // ms without a keystroke before the server is asked

const field = /** @type {HTMLTextAreaElement} */ (document.querySelector("textarea[name=text]"));
const shown = /** @type {HTMLElement} */ (document.getElementById("preview"));
const token = /** @type {HTMLInputElement} */ (document.querySelector("[name=csrfmiddlewaretoken]"));
let timer = 0;
let asked = 0;

/** Answers may come back in another order than they were asked for: only the last one counts. */
async function show() {
  const mine = ++asked;
  const body = new URLSearchParams({ text: field.value, csrfmiddlewaretoken: token.value });
  const answer = await fetch(shown.dataset.address ?? "", { method: "POST", body }).catch(() => null);
  if (answer?.ok && mine === asked) shown.innerHTML = await answer.text(); // made safe by the server
}

field.addEventListener("input", () => {
  clearTimeout(timer);
  timer = window.setTimeout(() => void show(), PAUSE);
});
