// A button that wears its key (data-press) is pressed by it, as long as nobody types and it was not held down.
// @ts-check

const TYPING = "input:not([type=radio], [type=checkbox], [type=hidden]), textarea, select, [contenteditable]";

document.addEventListener("keydown", (event) => {
  if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.target instanceof Element && event.target.closest(TYPING)) return;
  const key = CSS.escape(event.key.length === 1 ? event.key.toLowerCase() : event.key);
  const button = document.querySelector(`button[data-press="${key}"]`);
  if (!(button instanceof HTMLButtonElement)) return;
  event.preventDefault();
  button.click();
});
