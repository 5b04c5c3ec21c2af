/** Keys, taps and clicks. */

import { names, typing } from "./keys.js";
import { part } from "./view.js";

/** @typedef {import("./types.js").Label} Label */
/** @typedef {import("./session.js").Session} Session */
/** @typedef {(at: number) => void} Act  Given when the key went down. */

const REASONS = ["broken", "unclear", "unpleasant", "other"];
const YES_NO = ["y", "n"];

/**
 * @param {import("./types.js").PageData} page
 * @param {Session} session
 * @param {import("./view.js").View} view
 * @param {import("./panels.js").Panels} panels
 * @param {Map<string, Act>} own  Keys of this page alone.
 */
export function listen(page, session, view, panels, own = new Map()) {
  const note = /** @type {HTMLInputElement} */ (part("skip-note"));
  const question = /** @type {HTMLInputElement} */ (part("ask-note"));

  /** @param {string} reason @param {number} at */
  function skip(reason, at) {
    panels.close();
    session.skip(reason, note.value.trim(), at);
    note.value = "";
  }

  /** @param {number} at */
  function ask(at) {
    panels.close();
    session.skip("unclear", question.value.trim(), at);
    question.value = "";
  }

  /** @param {boolean} yes @param {number} at */
  function judge(yes, at) {
    const supposed = session.current?.lease.supposed;
    if (!supposed || (supposed.after_ms && !view.opened)) return;
    const choice = yes ? { label: supposed.label, rejected: null } : { label: null, rejected: supposed.label };
    session.answer(choice, yes ? "yes" : "no", at);
  }

  /** @param {number} label @param {number} at */
  function choose(label, at) {
    session.answer({ label, rejected: null }, `label-${label}`, at);
  }

  /** @param {number} at */
  function accept(at) {
    const suggestion = session.current?.lease.suggestion;
    if (page.mode === "confirm" && session.current?.lease.supposed) judge(true, at);
    else if (suggestion && view.opened && view.buttons.has(suggestion.label)) choose(suggestion.label, at);
  }

  async function play() {
    const clip = session.current?.clip;
    if (clip && (await clip.toggle())) view.hint("");
  }

  /** @type {Map<string, Act>} */
  const acts = new Map([
    ["enter", accept],
    [" ", () => void play()],
    ["z", () => void session.undo()],
    ["x", () => panels.toggle("skip")],
    ["g", () => panels.toggle("guideline")],
    ["f", () => panels.toggle("ask")],
    ["?", () => panels.toggle("keys")],
    ...own,
  ]);
  if (page.medium === "sound" && !page.labels.some((label) => label.key === "r")) {
    acts.set("r", () => session.current?.clip?.faster());
  }
  // An owner's keys come before the page's own; yes and no before all, where there is something to confirm.
  for (const label of page.labels) acts.set(label.key, (at) => choose(label.id, at));

  /** @param {string} name @returns {Act | undefined} */
  function meaning(name) {
    if (panels.open === "skip" && /^[1-4]$/.test(name)) return (at) => skip(REASONS[Number(name) - 1], at);
    if (panels.open && name === "escape") return () => panels.close();
    if (panels.open === "skip" && !"xz?g ".includes(name)) return undefined;
    if (page.mode === "confirm" && YES_NO.includes(name)) return (at) => judge(name === "y", at);
    return acts.get(name);
  }

  addEventListener("keydown", (event) => {
    session.queue.touch();
    if (event.key === "Escape" && typing(event.target)) return panels.close();
    const found = names(event).map(meaning).find(Boolean);
    const button = event.target instanceof Element && event.target.closest("button, a, summary");
    const presses = button && (event.key === "Enter" || event.key === " ");
    // A held key says nothing twice, neither as a shortcut nor as the press of a focused button.
    if (event.repeat && (found || presses)) return event.preventDefault();
    if (!found || presses || !event.isTrusted) return;
    event.preventDefault();
    found(event.timeStamp);
  });

  let pressed = 0; // when the finger or mouse came down
  addEventListener("pointerdown", (event) => {
    pressed = event.timeStamp;
    session.queue.touch();
  });

  /** On a phone: the rest of the buttons. @param {boolean} open */
  function more(open) {
    document.body.classList.toggle("more", open);
    part("more").setAttribute("aria-expanded", String(open));
  }

  /** @param {string} id @param {Act} act */
  function click(id, act) {
    const button = part(id);
    // A tapped button must not take the focus: the next Space or Enter would press it again.
    button.addEventListener("mousedown", (event) => event.preventDefault());
    button.addEventListener("click", (event) => {
      if (!event.isTrusted) return;
      if (id !== "more") more(false);
      act(event.detail ? Math.min(pressed, event.timeStamp) : event.timeStamp);
    });
  }

  for (const label of page.labels) click(`label-${label.id}`, (at) => choose(label.id, at));
  if (page.mode === "confirm") {
    click("yes", (at) => judge(true, at));
    click("no", (at) => judge(false, at));
  }
  for (const reason of REASONS) click(`skip-${reason}`, (at) => skip(reason, at));
  click("do-undo", () => void session.undo());
  click("do-skip", () => panels.toggle("skip"));
  click("do-unclear", () => panels.toggle("ask"));
  click("do-guideline", () => panels.toggle("guideline"));
  click("do-keys", () => panels.toggle("keys"));
  click("outbox", () => panels.toggle("letters"));
  click("more", () => more(!document.body.classList.contains("more")));
  if (page.medium === "sound") {
    click("do-play", () => void play());
    click("do-rate", () => session.current?.clip?.faster());
  }
  part("ask-form").addEventListener("submit", (event) => {
    event.preventDefault();
    ask(event.timeStamp);
  });
  part("skip-form").addEventListener("submit", (event) => {
    event.preventDefault();
    skip("other", event.timeStamp);
  });
}
