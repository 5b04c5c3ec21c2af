/** Sending an upload: files several a request, two requests at once; a zip in pieces, going on where it was. */

/** @typedef {import("./gather.js").Found} Found */
/** @typedef {{path: string, outcome: string, reason: string}} Outcome */
/**
 * @typedef {{id: number, name: string, state: string, reason: string, total: number | null, done: number, added: number,
 *   duplicate: number, refused: number, ignored: number, can_resume: boolean, size: number | null, received: number, outcomes?: Outcome[]}} Progress
 */

const FILES_A_REQUEST = 50;
const BYTES_A_REQUEST = 8 * 2 ** 20;
const AT_ONCE = 2;
const PIECE = 4 * 2 ** 20; // bytes of a zip's piece, as the server wants them
const PAUSES = [1000, 3000, 10_000]; // ms before each further try
const MANIFEST = /(^|\/)manifest\.(csv|jsonl)$/i;

/** A refusal that trying again does not mend. */
export class Refusal extends Error {}

export class Sender {
  /**
   * @param {string} address  Of the project's uploads.
   * @param {string} token  Against forged requests.
   */
  constructor(address, token) {
    this.address = address;
    this.token = token;
  }

  /** @param {string} name @returns {Promise<Progress>} */
  begin(name) {
    const headers = { "Content-Type": "application/json" };
    return this.call("", { method: "POST", headers, body: JSON.stringify({ name }) });
  }

  /** Begin a zip, or go on with the same file's: one that was changed since begins anew. @param {File} zip
   * @returns {Promise<Progress>} */
  beginZip(zip) {
    const headers = { "Content-Type": "application/json" };
    const body = JSON.stringify({ name: zip.name, size: zip.size, mark: String(zip.lastModified) });
    return this.call("/zip", { method: "POST", headers, body });
  }

  /** @param {number} id @returns {Promise<Progress>} */
  progress(id) {
    return this.call(`/${id}`, {});
  }

  /** @param {number} id @returns {Promise<Progress>} */
  finish(id) {
    return this.call(`/${id}/finish`, { method: "POST" });
  }

  /** Paths that arrived before, for instance before the page was reloaded. @param {number} id */
  async received(id) {
    /** @type {Set<string>} */
    const paths = new Set();
    let asked = "?page_size=5000";
    for (;;) {
      const answer = await this.call(`/${id}/files${asked}`, {});
      for (const row of answer.results) paths.add(row.path);
      if (!answer.next) return paths;
      asked = new URL(answer.next).search;
    }
  }

  /**
   * @param {number} id
   * @param {Found[]} files
   * @param {(outcomes: Outcome[]) => void} tell
   */
  async files(id, files, tell) {
    const manifests = files.filter((one) => MANIFEST.test(one.path));
    for (const one of manifests) await this.some(id, [one]);
    const queue = batches(files.filter((one) => !MANIFEST.test(one.path)));
    const lane = async () => {
      for (let batch = queue.shift(); batch; batch = queue.shift()) tell(await this.some(id, batch));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
  }

  /** @param {number} id @param {Found[]} batch @returns {Promise<Outcome[]>} */
  async some(id, batch) {
    const form = new FormData();
    for (const { path, file } of batch) {
      form.append("files", file, file.name);
      form.append("paths", path);
    }
    /** @type {Progress} */
    const answer = await this.call(`/${id}/files`, { method: "POST", body: form });
    return answer.outcomes ?? [];
  }

  /**
   * What the server has not of a zip, piece by piece.
   * @param {Progress} begun
   * @param {File} zip
   * @param {(progress: Progress) => void} tell
   * @returns {Promise<Progress>}
   */
  async archive(begun, zip, tell) {
    let progress = begun;
    while (progress.state === "receiving") {
      const start = progress.received;
      const form = new FormData();
      form.append("start", String(start));
      form.append("piece", zip.slice(start, start + PIECE), zip.name);
      progress = await this.call(`/${begun.id}/pieces`, { method: "POST", body: form });
      tell(progress);
    }
    return progress;
  }

  /** @param {string} path @param {RequestInit} options @returns {Promise<any>} */
  async call(path, options) {
    const headers = { Accept: "application/json", "X-CSRFToken": this.token, ...options.headers };
    for (const pause of [...PAUSES, 0]) {
      const response = await fetch(this.address + path, { ...options, headers }).catch(() => null);
      if (response?.ok) return response.json();
      if (response && response.status < 500) throw new Refusal(await reason(response));
      if (!pause) throw new Refusal(response ? await reason(response) : "");
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}

/** @param {Response} response @returns {Promise<string>} */
async function reason(response) {
  const problem = await response.json().catch(() => ({}));
  return problem.reason ?? response.statusText;
}

/** @param {Found[]} files @returns {Found[][]} */
function batches(files) {
  /** @type {Found[][]} */
  const made = [];
  let size = Infinity;
  for (const one of files) {
    const last = made.at(-1);
    if (!last || last.length >= FILES_A_REQUEST || size + one.file.size > BYTES_A_REQUEST) {
      made.push([one]);
      size = one.file.size;
    } else {
      last.push(one);
      size += one.file.size;
    }
  }
  return made;
}
