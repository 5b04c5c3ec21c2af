/** One tab at a time. */

const HOLD = 20_000; // ms after which a tab that died with the lock is not waited for
const LOOK = 50; // ms between two looks at a taken lock

/**
 * Run `work` while no other tab of this browser runs any under the same name.
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export function alone(name, work) {
  // Browsers offer locks on secure pages only; elsewhere a note in the local storage does. Should two tabs
  // slip through at once, the same keys arrive twice, and the server stores each once.
  return navigator.locks ? navigator.locks.request(name, work) : byNote(name, work);
}

/** @template T @param {string} name @param {() => Promise<T>} work @returns {Promise<T>} */
async function byNote(name, work) {
  const mine = String(Math.random());
  while (!take(name, mine)) await new Promise((resolve) => setTimeout(resolve, LOOK));
  try {
    return await work();
  } finally {
    if (localStorage.getItem(name)?.endsWith(mine)) localStorage.removeItem(name);
  }
}

/** @param {string} name @param {string} mine */
function take(name, mine) {
  const note = localStorage.getItem(name);
  if (note && Number(note.split(" ")[0]) > Date.now()) return false;
  localStorage.setItem(name, `${Date.now() + HOLD} ${mine}`);
  return localStorage.getItem(name)?.endsWith(mine) ?? false;
}
