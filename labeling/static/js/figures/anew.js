// A page that shows kept figures while fresh ones are counted: offers these once they are there.
// @ts-check

export {}; // a module: its names are its own

const EVERY = 2000; // ms
const note = document.querySelector("[data-figures-state]");

/** @param {HTMLElement} waiting */
async function look(waiting) {
  const answer = await fetch(waiting.dataset.figuresState ?? "", { credentials: "same-origin" }).catch(() => null);
  const told = answer?.ok ? await answer.json() : { counting: true };
  if (told.counting) setTimeout(look, EVERY, waiting);
  else for (const link of document.querySelectorAll("[data-figures-fresh]")) link.removeAttribute("hidden");
}

if (note instanceof HTMLElement) setTimeout(look, EVERY, note);
