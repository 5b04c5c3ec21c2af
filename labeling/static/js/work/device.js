/** What is kept on this device: letters to the server, in IndexedDB, or in memory where the browser has none for us. */

/** @typedef {import("./types.js").Letter} Letter */

const STORE = "letters";

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** @returns {Promise<IDBDatabase>} */
function open() {
  const request = indexedDB.open("emerald", 1);
  request.onupgradeneeded = () => {
    const store = request.result.createObjectStore(STORE, { keyPath: "sequence", autoIncrement: true });
    store.createIndex("owner", "owner");
    store.createIndex("key", "key", { unique: true });
  };
  return done(request);
}

export class Device {
  /** @param {IDBDatabase} database */
  constructor(database) {
    this.database = database;
  }

  /** @param {IDBTransactionMode} mode */
  begin(mode) {
    return this.database.transaction(STORE, mode, { durability: "relaxed" });
  }

  /**
   * Write one letter; the write leaves this tab before the call returns, so a crash right after it loses nothing.
   * @param {Letter} letter
   * @returns {Promise<void>}
   */
  add(letter) {
    const transaction = this.begin("readwrite");
    transaction.objectStore(STORE).add(letter);
    transaction.commit();
    return new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
    });
  }

  /** @param {string} owner @returns {Promise<Letter[]>} */
  all(owner) {
    return done(this.begin("readonly").objectStore(STORE).index("owner").getAll(owner));
  }

  /** @param {Letter[]} letters */
  async put(letters) {
    const store = this.begin("readwrite").objectStore(STORE);
    await Promise.all(letters.map((letter) => done(store.put(letter))));
  }

  /** @param {Letter[]} letters */
  async remove(letters) {
    const store = this.begin("readwrite").objectStore(STORE);
    await Promise.all(letters.map((letter) => done(store.delete(/** @type {number} */ (letter.sequence)))));
  }
}

/** The same for a browser that will not store anything: lost with the tab, and the page says so. */
export class Memory {
  constructor() {
    /** @type {Map<number, Letter>} */
    this.letters = new Map();
    this.last = 0;
  }

  /** @param {Letter} letter */
  async add(letter) {
    this.last -= 1; // below nought, to be told apart from the database's own numbers
    this.letters.set(this.last, { ...letter, sequence: this.last });
  }

  /** @param {string} owner @returns {Promise<Letter[]>} */
  async all(owner) {
    return [...this.letters.values()].filter((letter) => letter.owner === owner);
  }

  /** @param {Letter[]} letters */
  async put(letters) {
    for (const letter of letters) this.letters.set(/** @type {number} */ (letter.sequence), letter);
  }

  /** @param {Letter[]} letters */
  async remove(letters) {
    for (const letter of letters) this.letters.delete(/** @type {number} */ (letter.sequence));
  }
}

/** @returns {Promise<Device | Memory>} */
export async function openDevice() {
  try {
    return new Device(await open());
  } catch {
    return new Memory();
  }
}

/** A random UUID, also where the page came by plain http from another machine. */
export function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
