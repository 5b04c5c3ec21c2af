/** From a keystroke to what is meant by it. */

const TYPING = "input:not([type=range]), textarea, select, [contenteditable]";

/** Whether somebody is writing text there. @param {EventTarget | null} target */
export function typing(target) {
  return target instanceof Element && target.closest(TYPING) !== null;
}

/** The key by its place, for keyboards whose letters or digits are others. @param {string} code */
function byPlace(code) {
  const match = /^(?:Key|Digit|Numpad)([A-Z0-9])$/.exec(code);
  return match ? match[1].toLowerCase() : "";
}

/**
 * @param {KeyboardEvent} event
 * @returns {string[]}  What the key may be called, the likeliest first; empty where it is no shortcut.
 */
export function names(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return [];
  return [event.key.toLowerCase(), byPlace(event.code)].filter(Boolean);
}

/** Calls back after the frame that shows what was just changed. @param {(at: number) => void} shown */
export function afterPaint(shown) {
  requestAnimationFrame(() => {
    // The frame's own work comes right after this callback; a message is dealt with after it.
    const channel = new MessageChannel();
    channel.port1.onmessage = () => shown(performance.now());
    channel.port2.postMessage(null);
  });
}
