/** What stands in the item's place when there is no item, and what to do about it. */

import { fill } from "./view.js";

/** @param {string} words @param {() => void} act */
function button(words, act) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "button";
  element.textContent = words;
  element.addEventListener("click", act);
  return element;
}

/** @param {string} words @param {string} address */
function link(words, address) {
  const element = document.createElement("a");
  element.className = "button";
  element.href = address;
  element.textContent = words;
  return element;
}

/**
 * @param {import("./view.js").View} view
 * @param {import("./queue.js").Queue} queue
 * @param {import("./outbox.js").Outbox} outbox
 * @param {import("./types.js").PageData} page
 */
export function empty(view, queue, outbox, page) {
  const { texts } = page;
  const waiting = outbox.waiting.length + outbox.refused.length;
  const kept = waiting ? fill(texts.kept, { n: waiting }) : texts.kept_none;
  const again = button(texts.look_again, () => queue.again());
  /** @param {HTMLElement} first  What one rather does. */
  const or = (first) => (again.classList.add("second"), [first, again]);
  const seconds = Math.round(queue.pause / 1000);
  const cases = {
    work: () => view.message("loading", texts.loading, ""),
    done: () => view.message("empty", texts.done, texts.done_why, or(link(texts.home, page.home))),
    "nothing-now": () => view.message("empty", texts.nothing_now, fill(texts.nothing_why, { n: seconds }), [again]),
    paused: () => view.message("empty", texts.paused, `${queue.reason} ${texts.paused_why} ${kept}`, or(link(texts.home, page.home))),
    offline: () => view.message("empty", texts.offline, `${texts.offline_why} ${kept}`, [again]),
    busy: () => view.message("empty", texts.busy, `${texts.busy_why} ${kept}`, [again]),
    refused: () => view.message("empty", texts.busy, `${queue.reason} ${kept}`, [again]),
    "signed-out": () => view.message("empty", texts.signed_out, kept, [link(texts.sign_in, page.signIn)]),
    "not-a-member": () => view.message("empty", texts.removed, `${texts.removed_why} ${kept}`, [link(texts.home, page.home)]),
  };
  cases[queue.state]();
}
