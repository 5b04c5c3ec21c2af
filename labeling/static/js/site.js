// What every page shares: the theme's switch, menus that close by themselves, copying, class rows of a form.
// @ts-check

const THEMES = /** @type {const} */ (["system", "light", "dark"]);

/** @param {string} theme */
function showTheme(theme) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  for (const name of document.querySelectorAll("[data-theme-name]")) name.textContent = theme;
}

for (const button of document.querySelectorAll("[data-theme-switch]")) {
  button.addEventListener("click", () => {
    const now = localStorage.getItem("theme") ?? "system";
    const next = THEMES[(THEMES.findIndex((theme) => theme === now) + 1) % THEMES.length];
    if (next === "system") localStorage.removeItem("theme");
    else localStorage.setItem("theme", next);
    showTheme(next);
  });
}
showTheme(localStorage.getItem("theme") ?? "system");

/** @param {(menu: HTMLDetailsElement) => boolean} which */
function closeMenus(which) {
  for (const menu of document.querySelectorAll("details.me[open], details.menu[open], details.sure[open]")) {
    if (menu instanceof HTMLDetailsElement && which(menu)) menu.open = false;
  }
}
document.addEventListener("click", (event) => closeMenus((menu) => !menu.contains(/** @type {Node} */ (event.target))));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  closeMenus((menu) => {
    if (menu.contains(document.activeElement)) menu.querySelector("summary")?.focus();
    return true;
  });
});

for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.getAttribute("data-copy") ?? "");
    if (!(field instanceof HTMLInputElement)) return;
    field.select();
    await navigator.clipboard.writeText(field.value);
    button.textContent = button.getAttribute("data-copied");
  });
}
