"""Conditions of the labeling page that a script can wait for."""

# Playwright's own waiting evaluates strings, which the page's security policy forbids.
WAIT = """([condition, item]) => new Promise((resolve, reject) => {
  const { dataset } = document.body;
  const conditions = {
    settled: () => dataset.shown && performance.now() - Number(dataset.shown) > 220,
    heard: () => document.querySelector(".sound-state")?.textContent.endsWith("heard"),
    another: () => dataset.item !== String(item),
    item: () => dataset.item === String(item),
  };
  const until = performance.now() + 30_000;
  const look = () => {
    if (conditions[condition]()) resolve();
    else if (performance.now() > until) reject(new Error(`never ${condition}: ${document.body.innerText}`));
    else setTimeout(look, 10);
  };
  look();
})"""
