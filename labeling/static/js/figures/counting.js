// The frame of a page whose figures are being counted: asks for the page until it is there, then shows it.
// @ts-check

export {}; // a module: its names are its own

const EVERY = 1000; // ms
const COUNTING = 202;

async function ask() {
  const answer = await fetch(location.href, { credentials: "same-origin" }).catch(() => null);
  if (answer && answer.status !== COUNTING && answer.status < 500) location.reload();
  else setTimeout(ask, EVERY);
}

setTimeout(ask, EVERY);
