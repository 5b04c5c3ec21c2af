/** What was said of the item that is shown: people's answers, what is likely, and the model's opinion. */

import { View, fill, part } from "./view.js";

/** @typedef {import("./types.js").Review} Review */
/** @typedef {import("./types.js").Said} Said */

/** @param {string} tag @param {string} name @param {string} words */
function made(tag, name, words) {
  const element = document.createElement(tag);
  element.className = name;
  element.textContent = words;
  return element;
}

export class ReviewView extends View {
  /** @param {import("./types.js").Prepared} prepared */
  item(prepared) {
    super.item(prepared);
    const { review, suggestion } = prepared.lease;
    if (review) this.tell(review, suggestion);
  }

  /** @param {"loading" | "empty"} state @param {string} title @param {string} words @param {HTMLElement[]} more */
  message(state, title, words, more = []) {
    super.message(state, title, words, more);
    for (const id of ["said", "likely", "thinks", "came", "why"]) part(id).replaceChildren();
  }

  /** @param {Review} review @param {import("./types.js").Lease["suggestion"]} suggestion */
  tell(review, suggestion) {
    part("said").replaceChildren(...review.answers.map((said) => this.said(said)));
    if (!review.answers.length) part("said").append(made("li", "quiet", this.texts.no_answers));
    part("likely").replaceChildren(...review.posterior.map((row) => this.likely(row.name, row.probability)));
    part("thinks").textContent = suggestion ? this.words(suggestion) : this.silent(review);
    part("thinks").classList.toggle("opinion", suggestion !== null);
    part("why").replaceChildren(...review.why.map((sentence) => made("li", "", sentence)));
    part("came").textContent = review.supposed ? fill(this.texts.came_as, { name: review.supposed }) : "";
  }

  /** @param {Review} review */
  silent(review) {
    return review.heldout ? this.texts.heldout : this.texts.no_opinion;
  }

  /** @param {Said} said */
  said(said) {
    const row = made("li", said.counts ? "" : "weightless", "");
    const words = said.refused ? fill(this.texts.not_said, { name: said.said }) : said.said;
    row.append(made("strong", "", words), made("span", "who-said", said.who), made("span", "quiet small", this.trust(said)));
    return row;
  }

  /** How far this person is to be believed in this. @param {Said} said */
  trust(said) {
    const notes = [];
    if (!said.counts) notes.push(this.texts.weighs_nothing);
    if (said.right === null) notes.push(this.texts.not_measured);
    else {
      const text = said.basis ? this.texts.right : this.texts.right_pool;
      notes.push(fill(text, { percent: this.percent.format(said.right), n: this.numbers.format(said.basis) }));
    }
    if (said.saw_suggestion) notes.push(this.texts.saw_model);
    return notes.join(" · ");
  }

  /** @param {string} name @param {number} probability */
  likely(name, probability) {
    const row = made("div", "likely-row", "");
    const bar = document.createElement("progress");
    Object.assign(bar, { max: 1, value: probability, ariaLabel: name });
    row.append(made("span", "", name), bar, made("span", "number", this.percent.format(probability)));
    return row;
  }
}
