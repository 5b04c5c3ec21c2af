/** "Looks like these": verified items near the one that is shown, fetched when asked for and never before. */

import { Failure } from "./api.js";
import { fill, part } from "./view.js";

/** @typedef {{item: number, label: string, name: string, thumb: string, media: string}} Likeness */

/**
 * @param {import("./types.js").PageData} page
 * @param {import("./api.js").Api} api
 * @param {import("./session.js").Session} session
 * @param {import("./panels.js").Panels} panels
 * @returns {(at: number) => void}  Opens or closes the panel.
 */
export function alike(page, api, session, panels) {
  /** @param {Likeness} row */
  function shown(row) {
    const item = document.createElement("li");
    const media = page.medium === "image" ? document.createElement("img") : document.createElement("audio");
    if (media instanceof HTMLImageElement) Object.assign(media, { src: row.thumb, alt: "", loading: "lazy" });
    else Object.assign(media, { src: row.media, controls: true, preload: "none" });
    const word = document.createElement("span");
    word.textContent = row.label;
    item.append(media, word);
    return item;
  }

  async function learn() {
    const lease = session.current?.lease;
    const list = part("alike-list");
    list.replaceChildren();
    part("alike-words").textContent = page.texts.alike_none;
    if (!lease?.suggestion || !session.view.opened) return;
    part("alike-words").textContent = page.texts.alike_loading;
    try {
      const { likenesses } = await api.get(`leases/${lease.id}/likenesses`);
      if (session.current?.lease !== lease) return;
      list.replaceChildren(...likenesses.map(shown));
      const words = likenesses.length ? page.texts.alike_some : page.texts.alike_nothing;
      part("alike-words").textContent = fill(words, { name: lease.suggestion.name });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      part("alike-words").textContent = page.texts.alike_failed;
    }
  }

  function toggle() {
    panels.toggle("alike");
    if (panels.open === "alike") void learn();
  }

  // What was alike to the last item says nothing of the next one.
  const watch = new MutationObserver(() => panels.open === "alike" && panels.close());
  watch.observe(document.body, { attributes: true, attributeFilter: ["data-item"] });
  part("do-alike").addEventListener("mousedown", (event) => event.preventDefault());
  part("do-alike").addEventListener("click", (event) => {
    if (!event.isTrusted) return;
    document.body.classList.remove("more");
    part("more").setAttribute("aria-expanded", "false");
    toggle();
  });
  return toggle;
}
