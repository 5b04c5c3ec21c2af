/** Fetches and decodes an item before its turn. */

import { Failure, reach } from "./api.js";
import { Clip } from "./clip.js";
import { picture } from "./picture.js";

/** @typedef {import("./types.js").Lease} Lease */
/** @typedef {import("./types.js").Prepared} Prepared */
/** @typedef {Record<string, string>} Texts */

const PAUSES = [500, 1_000, 2_000, 5_000, 10_000]; // ms between tries while the network is away; the last one repeats

/** The bytes; null where the server will not give them. @param {string} address @returns {Promise<Response | null>} */
async function fetched(address) {
  for (let tries = 0; ; tries += 1) {
    try {
      const response = await reach(address);
      if (response.status < 500) return response.ok ? response : null;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSES[Math.min(tries, PAUSES.length - 1)]));
  }
}

/** @param {Lease} lease @param {string} words @returns {Prepared} */
function unusable(lease, words) {
  const element = document.createElement("p");
  element.className = "message";
  element.textContent = words;
  return { lease, element, clip: null, failure: words, discard: () => undefined };
}

/** @param {Lease} lease @param {Texts} texts @returns {Promise<Prepared>} */
async function image(lease, texts) {
  // Not every browser reads every format (TIFF, say): the thumbnail, which all can read, stands in.
  for (const address of [lease.item.media, lease.item.thumb]) {
    const response = address && (await fetched(address));
    if (!response) continue;
    try {
      return { lease, clip: null, failure: "", ...(await picture(await response.blob(), texts.picture_to_judge)) };
    } catch {
      continue;
    }
  }
  return unusable(lease, texts.cannot_show);
}

/** @param {string | null} address @returns {Promise<number[]>} */
async function peaks(address) {
  const response = address && (await fetched(address));
  const body = response ? await response.json() : [];
  return Array.isArray(body) ? body : (body.peaks ?? []);
}

/** @param {Lease} lease @param {Texts} texts @returns {Promise<Prepared>} */
async function sound(lease, texts) {
  const [response, wave] = await Promise.all([fetched(lease.item.media), peaks(lease.item.peaks)]);
  if (!response) return unusable(lease, texts.cannot_play);
  const clip = new Clip(await response.blob(), wave, lease.item.duration ?? 0, texts);
  try {
    await clip.ready();
  } catch {
    clip.discard();
    return unusable(lease, texts.cannot_play);
  }
  return { lease, element: clip.element, clip, failure: "", discard: () => clip.discard() };
}

/** @param {Lease} lease @param {Texts} texts @returns {Promise<Prepared>} */
export function prepare(lease, texts) {
  return lease.item.kind === "sound" ? sound(lease, texts) : image(lease, texts);
}
