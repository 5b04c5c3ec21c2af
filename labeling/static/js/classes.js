// Rows of classes: moving, retiring and adding them without a reload. Without this script the form still works:
// emptying a name retires a class, the last two rows add one.
// @ts-check

const list = /** @type {HTMLOListElement} */ (document.getElementById("class-rows"));
const add = /** @type {HTMLButtonElement} */ (document.getElementById("class-add"));
const blank = /** @type {HTMLLIElement} */ (list.lastElementChild?.cloneNode(true));

/** @param {Element} row @returns {HTMLInputElement} */
const nameOf = (row) => /** @type {HTMLInputElement} */ (row.querySelector("[name=class_name]"));

/** @param {string} word @param {() => void} act @returns {HTMLButtonElement} */
function button(word, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "button second small";
  made.textContent = word;
  made.addEventListener("click", act);
  return made;
}

/** @param {Element} row @param {number} by */
function move(row, by) {
  const other = by < 0 ? row.previousElementSibling : row.nextElementSibling;
  if (!other) return;
  if (by < 0) other.before(row);
  else other.after(row);
}

/** Retiring empties the name and keeps it aside, so that one press brings it back.
 * @param {Element} row @param {HTMLButtonElement} switcher */
function retire(row, switcher) {
  const name = nameOf(row);
  const gone = name.dataset.was !== undefined;
  if (gone) {
    name.value = name.dataset.was ?? "";
    delete name.dataset.was;
  } else {
    name.dataset.was = name.value;
    name.value = "";
  }
  name.readOnly = !gone;
  name.placeholder = gone ? "" : (name.dataset.was ?? "");
  row.classList.toggle("retired", !gone);
  switcher.textContent = (gone ? list.dataset.retire : list.dataset.back) ?? "";
}

/** @param {Element} row */
function equip(row) {
  const up = button(list.dataset.up ?? "", () => { move(row, -1); up.focus(); });
  const down = button(list.dataset.down ?? "", () => { move(row, 1); down.focus(); });
  const out = button(list.dataset.retire ?? "", () => retire(row, out));
  const tools = document.createElement("span");
  tools.className = "row nowrap";
  tools.append(up, down, out);
  for (const [each, word] of /** @type {[HTMLButtonElement, string][]} */ ([[up, "up"], [down, "down"], [out, "retire"]])) {
    each.setAttribute("aria-label", `${list.dataset[word] ?? ""}: ${nameOf(row).value || nameOf(row).placeholder}`);
  }
  row.append(tools);
}

for (const row of [...list.children]) {
  equip(row);
}
add.hidden = false;
add.addEventListener("click", () => {
  const row = /** @type {HTMLLIElement} */ (blank.cloneNode(true));
  list.append(row);
  equip(row);
  nameOf(row).focus();
});
