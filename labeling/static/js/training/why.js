// The page of an item that the worker is still explaining looks again.
// @ts-check

const EVERY = 1000; // milliseconds
const MOST = 60; // looks: a file that cannot be read is never explained

const looks = Number(new URL(location.href).searchParams.get("look") ?? 0);
if (document.querySelector("[data-again]") !== null && looks < MOST) {
  setTimeout(() => location.replace(`${location.pathname}?look=${looks + 1}`), EVERY);
}
