/** Calls to the server: JSON in, JSON out, failures sorted by what can be done about them. */

/** @typedef {"offline" | "busy" | "signed-out" | "not-a-member" | "refused"} Trouble */

const PATIENCE = 15_000; // ms; a call that takes longer is taken for a dead network

/** A call that did not come through, and why. */
export class Failure extends Error {
  /** @param {Trouble} trouble @param {string} reason */
  constructor(trouble, reason) {
    super(reason);
    this.trouble = trouble;
  }
}

/**
 * @param {number} status
 * @param {{type?: string, field?: string, reason?: string}} problem
 * @returns {Trouble}
 */
export function sorted(status, problem) {
  if (status === 401 || problem.type === "not-authenticated" || problem.reason?.startsWith("CSRF")) return "signed-out";
  if ((status === 403 || status === 404) && problem.field === "project") return "not-a-member";
  return status >= 500 || [408, 425, 429].includes(status) ? "busy" : "refused";
}

export class Api {
  /** @param {string} base @param {string} token */
  constructor(base, token) {
    this.base = base;
    this.token = token;
  }

  /** @param {string} name @returns {Promise<any>} */
  get(name) {
    return this.call(name, { headers: { Accept: "application/json" } });
  }

  /**
   * @param {string} name
   * @param {unknown} body
   * @param {boolean} keepalive  Whether the call outlives the page.
   * @returns {Promise<any>}
   */
  post(name, body, keepalive = false) {
    const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": this.token };
    return this.call(name, { method: "POST", headers, body: JSON.stringify(body), keepalive });
  }

  /** Give leases back while the page goes away. @param {number[]} leases */
  beacon(leases) {
    const form = new URLSearchParams({ leases: leases.join(","), csrfmiddlewaretoken: this.token });
    navigator.sendBeacon(this.base + "release", form);
  }

  /** @param {string} name @param {RequestInit} options @returns {Promise<any>} */
  async call(name, options) {
    const response = await reach(this.base + name, options);
    const body = await response.json().catch(() => ({}));
    if (response.ok || Array.isArray(body.results)) return body; // refused answers, each with its reason
    throw new Failure(sorted(response.status, body), body.reason ?? `HTTP ${response.status}`);
  }
}

/** @param {string} address @param {RequestInit} [options] @returns {Promise<Response>} */
export async function reach(address, options) {
  try {
    return await fetch(address, { credentials: "same-origin", signal: AbortSignal.timeout(PATIENCE), ...options });
  } catch {
    throw new Failure("offline", "");
  }
}
