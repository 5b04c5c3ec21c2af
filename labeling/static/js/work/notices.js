/** Answers to the person's own questions, told quietly and once. */

import { part } from "./view.js";

/** @param {import("./api.js").Api} api */
export async function notices(api) {
  /** @type {{id: number, words: string}[]} */
  const rows = await api.get("notices").catch(() => []);
  if (!rows.length) return;
  const lines = rows.map(({ words }) => {
    const line = document.createElement("li");
    line.textContent = words;
    return line;
  });
  part("notice-list").replaceChildren(...lines);
  part("notice").hidden = false;
  part("notice-close").addEventListener("click", () => {
    part("notice").hidden = true;
  });
  await api.post("notices/seen", { ids: rows.map(({ id }) => id) }).catch(() => undefined);
}
