/** Sending an upload's files: several a request, two requests at once, tried again when the network drops. */

/** @typedef {import("./gather.js").Found} Found */
/** @typedef {{path: string, outcome: string, reason: string}} Outcome */
/**
 * @typedef {{id: number, name: string, state: string, reason: string, total: number | null, done: number, added: number,
 *   duplicate: number, refused: number, ignored: number, can_resume: boolean, outcomes?: Outcome[]}} Progress
 */

const FILES_A_REQUEST = 50;
const BYTES_A_REQUEST = 8 * 2 ** 20;
const AT_ONCE = 2;
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
    for (let page = 1; ; page++) {
      const answer = await this.call(`/${id}/files?page_size=5000&page=${page}`, {});
      for (const row of answer.results) paths.add(row.path);
      if (!answer.next) return paths;
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
   * A zip in one stream; fetch cannot tell how far it is.
   * @param {number} id
   * @param {File} zip
   * @param {(share: number) => void} tell
   * @returns {Promise<Progress>}
   */
  archive(id, zip, tell) {
    const form = new FormData();
    form.append("archive", zip, zip.name);
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open("POST", `${this.address}/${id}/files`);
      request.setRequestHeader("X-CSRFToken", this.token);
      request.responseType = "json";
      request.upload.onprogress = (event) => tell(event.loaded / event.total);
      request.onerror = () => reject(new Refusal(""));
      request.onload = () => {
        if (request.status < 300) resolve(request.response);
        else reject(new Refusal(request.response?.reason ?? request.statusText));
      };
      request.send(form);
    });
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
