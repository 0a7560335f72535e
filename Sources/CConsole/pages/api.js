// The hub's public API, and nothing more: what the console does, anyone can.

const KEY = "campana key";
/** @type {() => void} */
let onUnauthenticated = () => {};

/** What to do when the hub wants to know who asks. @param {() => void} action */
export const whenUnauthenticated = (action) => { onUnauthenticated = action; };

/** The key of this tab; it is kept nowhere else. */
export const key = {
  get: () => sessionStorage.getItem(KEY) ?? undefined,
  /** @param {string | undefined} value */
  set: (value) => (value ? sessionStorage.setItem(KEY, value) : sessionStorage.removeItem(KEY)),
};

/** What the hub said no with: its `code`, its words, and each fault of the body. */
export class Refusal extends Error {
  /** @param {Response} response @param {any} problem */
  constructor(response, problem) {
    const faults = (problem.errors ?? []).map((/** @type {any} */ fault) => `${fault.pointer}: ${fault.detail}`);
    super([problem.detail ?? `${response.status} ${response.statusText}`, ...faults].join("\n"));
    this.status = response.status;
    this.code = problem.code;
  }
}

/**
 * Asks the hub.
 * @param {string} path @param {{ method?: string, body?: any, headers?: Record<string, string> }} [options]
 * @returns {Promise<any>} what it answered, read as JSON where it is
 */
export async function ask(path, { method = "GET", body, headers = {} } = {}) {
  /** @type {Record<string, string>} */
  const all = { Accept: "application/json", ...headers };
  const secret = key.get();
  if (secret) all.Authorization = `Bearer ${secret}`;
  if (body !== undefined) all["Content-Type"] = "application/json";
  if (method === "POST") all["Idempotency-Key"] = [...crypto.getRandomValues(new Uint32Array(4))].join("-");
  const response = await fetch(path, { method, headers: all, body: body === undefined ? undefined : JSON.stringify(body), cache: "no-store" });
  if (response.status === 401) onUnauthenticated();
  const type = response.headers.get("Content-Type") ?? "";
  const answer = /json/.test(type) ? await response.json() : await response.text();
  if (!response.ok) throw new Refusal(response, typeof answer === "object" ? answer : {});
  return answer;
}
