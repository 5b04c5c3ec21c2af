/** What a person dropped or chose, as files with their paths; folders are walked. */

/** @typedef {{path: string, file: File}} Found */

/**
 * @param {DataTransfer} transfer
 * @returns {Promise<Found[]>}
 */
export async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const found = await Promise.all(entries.map((entry) => walk(entry)));
  return found.flat();
}

/**
 * @param {FileList} files
 * @returns {Found[]}
 */
export function chosen(files) {
  return [...files].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
}

/**
 * @param {FileSystemEntry} entry
 * @returns {Promise<Found[]>}
 */
async function walk(entry) {
  const path = entry.fullPath.replace(/^\//, "");
  if (entry.isFile) {
    const leaf = /** @type {FileSystemFileEntry} */ (entry);
    const file = await new Promise((resolve, reject) => leaf.file(resolve, reject));
    return [{ path, file }];
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  /** @type {Found[]} */
  const found = [];
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return found;
    for (const child of some) found.push(...(await walk(child)));
  }
}

/** One upload: a zip by itself, or the files of one folder. @typedef {{name: string, zip: File | null, files: Found[]}} Parcel */

/**
 * Zips go one by one, files together by their folder.
 * @param {Found[]} found
 * @param {string} loose  The name of files that lie in no folder.
 * @returns {Parcel[]}
 */
export function parcels(found, loose) {
  const isZip = (/** @type {Found} */ one) => !one.path.includes("/") && one.path.toLowerCase().endsWith(".zip");
  /** @type {Parcel[]} */
  const made = found.filter(isZip).map((one) => ({ name: one.path, zip: one.file, files: [] }));
  /** @type {Map<string, Found[]>} */
  const folders = new Map();
  for (const one of found) {
    if (isZip(one)) continue;
    const folder = one.path.includes("/") ? one.path.split("/", 1)[0] : loose;
    const there = folders.get(folder);
    if (there) there.push(one);
    else folders.set(folder, [one]);
  }
  for (const [name, files] of folders) made.push({ name, zip: null, files });
  return made;
}
