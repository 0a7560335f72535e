// @ts-check
/**
 * The browser's client of a Campana hub: it hears of events, and misses none.
 *
 * It reconnects by itself and goes on behind the last event that its page has handled, also after a reload. Where WebSockets are blocked it
 * reads server-sent events instead. One client has one cursor; groups that join later begin where it stands.
 *
 * ```js
 * import { connect } from "/campana.js";
 * const hub = connect({ groups: ["tasks"], onevent: (event) => console.log(event.type, event.task) });
 * ```
 *
 * @typedef {{ type: string, group: string, seq: number, cursor: string, timestamp: string, [payload: string]: any }} HubEvent
 *   One event, as the log has it. `seq` counts within the group, from 1, without holes.
 * @typedef {{ group?: string, from?: string, to?: string, lost_at_most?: number, reset?: boolean }} Gap
 *   What the log no longer has; with `reset` the whole history is another, and what the page built from the old one may be wrong.
 * @typedef {"connecting" | "catching-up" | "live" | "waiting" | "refused" | "closed"} State
 *   `waiting` for the next try; `refused`: the hub does not want this client, and it does not come back by itself.
 * @typedef {object} Options
 * @property {string[]} groups Names or patterns: `tasks`, `stock:*`, `notifications:**`.
 * @property {string | URL} [url] The hub; the page's own origin by default.
 * @property {string} [since] Where to begin the first time: `now` (default), `earliest`, `10m`, a time, a cursor.
 * @property {(event: HubEvent) => void} [onevent] Called with each event, in order, once.
 * @property {(gap: Gap) => void} [ongap] Called where events are missing, at their place among the others.
 * @property {(state: State, transport: "websocket" | "sse") => void} [onstate] Called when the state changes.
 * @property {(error: { code: string, message: string }) => void} [onerror] Called with what the hub refuses.
 * @property {(frame: { type: string, [member: string]: any }) => void} [onframe] Called with each of the hub's own frames: `welcome`, `lag` …
 * @property {() => string | Promise<string>} [token] Gives a token or key for each connection, and again before one expires.
 * @property {Storage | null} [storage] Where the cursor is kept; `sessionStorage` by default, `null` for nowhere.
 * @property {"websocket" | "sse"} [transport] Takes this one, and never the other.
 */

/** Milliseconds. */
const FIRST_WAIT = 500, LONGEST_WAIT = 30_000, QUIET = 35_000, ANSWER = 10_000, SAVE = 250;
/** Close codes after which the same client would only be closed again. */
const REFUSALS = new Set([1002, 1003, 1007, 1009, 1010, 4003]);
/** Those with which the hub asks to stay away for a while: too many connections, too much in too short a time. */
const TOO_MANY = 4100, TOO_MUCH = 4129;
/** How many WebSockets may end before they were welcomed until they count as blocked. */
const BLOCKED = 2;

/**
 * Connects to a hub, and stays connected until `close()`.
 * @param {Options} options
 */
export const connect = (options) => new Hub(options);

export class Hub {
  /** @type {Options} */ #options;
  /** @type {URL} */ #url;
  /** @type {Set<string>} */ #groups;
  /** @type {string | undefined} */ #cursor;
  /** @type {State} */ #state = "closed";
  /** @type {{ send?: (frame: object) => void, close: () => void } | undefined} */ #transport;
  /** @type {Map<string, { frame: any, resolve: (answer: any) => void, reject: (error: any) => void }>} */ #publishes = new Map();
  #storageKey; #kind = /** @type {"websocket" | "sse"} */ ("websocket");
  #tries = 0; #unwelcomed = 0; #slot = -1; #ref = 0; #notBefore = 0;
  /** @type {any} */ #retry; /** @type {any} */ #watch; /** @type {any} */ #saving;
  #wake = () => this.#awake();
  #save = () => this.#saveNow();

  /** @param {Options} options */
  constructor(options) {
    this.#options = options;
    this.#url = new URL(options.url ?? "/", globalThis.location?.href);
    this.#groups = new Set(options.groups);
    this.#storageKey = `campana ${this.#url} ${[...this.#groups].sort()}`;
    try { this.#cursor = this.#storage?.getItem(this.#storageKey) ?? undefined; } catch { /* storage is forbidden here */ }
    this.#kind = options.transport ?? "websocket";
    for (const name of ["online", "pageshow"]) globalThis.addEventListener?.(name, this.#wake);
    globalThis.addEventListener?.("pagehide", this.#save);
    globalThis.document?.addEventListener("visibilitychange", this.#wake);
    this.#open();
  }

  /** @returns {State} */
  get state() { return this.#state; }
  /** The cursor behind which it would go on. */
  get cursor() { return this.#cursor; }
  get groups() { return [...this.#groups]; }

  /**
   * Listens to more groups, from where this client stands.
   * @param {string[]} groups
   */
  subscribe(groups) {
    const added = groups.filter((group) => !this.#groups.has(group));
    for (const group of added) this.#groups.add(group);
    // While it catches up, its cursor says nothing of groups that are live: they join when it has.
    if (this.#kind === "sse") this.#reopen();
    else if (this.#state === "live" && added.length) this.#subscribe(added, "now");
  }

  /** @param {string[]} groups */
  unsubscribe(groups) {
    for (const group of groups) this.#groups.delete(group);
    if (this.#kind === "sse") this.#reopen();
    else if (this.#transport) this.#ask({ type: "unsubscribe", groups });
  }

  /**
   * Publishes an event, once: what a lost connection leaves unanswered is asked again under the same key.
   * @param {string} group @param {string} event Its type. @param {any} data @param {string} [key]
   * @returns {Promise<{ cursor: string, seq: number }>} where it stands, once it is durable; an error with `code` where the hub refuses it
   */
  publish(group, event, data, key = randomKey()) {
    return new Promise((resolve, reject) => {
      const frame = { type: "publish", group, event, data, key, ref: `p${++this.#ref}` };
      this.#publishes.set(frame.ref, { frame, resolve, reject });
      if (this.#mayAsk) this.#inTurn(frame);
    });
  }

  /** Ends it for good; what was published and not answered is rejected. */
  close() {
    this.#end("closed");
  }

  // In

  /** @param {any} frame */
  #receive(frame) {
    if (frame.seq !== undefined && frame.ref === undefined) {  // no event has a `ref`, and each answer to this client has
      try { this.#options.onevent?.(frame); } catch (error) { reportError(error); }
      return this.#reached(frame.cursor);
    }
    if (frame.code !== "rate_limited" || !this.#tooMuch(frame.ref, frame.retry_after_ms)) this.#take(frame);
    this.#options.onframe?.(frame);
  }

  /** @param {any} frame */
  #take(frame) {
    this.#settled(frame.ref);
    switch (frame.type) {
      case "welcome": this.#welcomed(frame); break;
      case "subscribed": this.#subscribed(frame); break;
      case "caught_up": this.#reached(frame.cursor); this.#caughtUp(); break;
      case "bookmark": this.#reached(frame.cursor); break;
      case "lag": this.#become("catching-up"); break;
      case "gap": this.#options.ongap?.(frame); break;
      case "published": this.#answered(frame.ref, (publish) => publish.resolve(frame)); break;
      case "error": this.#failed(frame); break;
      case "goodbye": this.#slot = frame.reconnect_in_ms ?? -1; break;
      case "auth_expiring": this.#authenticate(); break;
    }
  }

  /** @param {{ cursor: string }} frame */
  #welcomed(frame) {
    this.#tries = this.#unwelcomed = 0;
    const since = this.#cursor ?? this.#options.since ?? "now";
    if (since === "now") this.#reached(frame.cursor);  // what happens before `subscribed` comes is not missed
    if (this.#groups.size) this.#subscribe([...this.#groups], this.#cursor ?? since);
    else this.#caughtUp();
    this.#publishAgain();
  }

  /** @param {{ resume: string, cursor: string }} frame */
  #subscribed(frame) {
    this.#tries = 0;
    if (frame.resume === "reset") this.#options.ongap?.({ reset: true });
    if (frame.resume === "live") { this.#reached(frame.cursor); this.#caughtUp(); }
  }

  #caughtUp() {
    const before = this.#joined;
    this.#become("live");
    const late = this.groups.filter((group) => !before.has(group));
    if (late.length && this.#kind === "websocket") this.#subscribe(late, "now");
  }

  /** @type {Set<string>} What the hub was asked for on this connection. */ #joined = new Set();

  /** @param {string[]} groups @param {string} since */
  #subscribe(groups, since) {
    for (const group of groups) this.#joined.add(group);
    this.#ask({ type: "subscribe", groups, since });
  }

  /** @param {{ ref?: any, code: string, message: string }} frame */
  #failed(frame) {
    if (!this.#answered(frame.ref, (publish) => publish.reject(Object.assign(new Error(frame.message), frame))))
      this.#options.onerror?.(frame);
  }

  /** @param {any} ref @param {(publish: any) => void} settle */
  #answered(ref, settle) {
    const publish = this.#publishes.get(ref);
    if (publish) settle(publish);
    return this.#publishes.delete(ref);
  }

  /** @param {string} cursor */
  #reached(cursor) {
    if (!cursor || this.#state === "closed") return;
    this.#cursor = cursor;
    this.#saving ??= setTimeout(this.#save, SAVE);
  }

  get #storage() {
    return this.#options.storage === undefined ? globalThis.sessionStorage : this.#options.storage;
  }

  #saveNow() {
    clearTimeout(this.#saving);
    this.#saving = undefined;
    try { if (this.#cursor) this.#storage?.setItem(this.#storageKey, this.#cursor); } catch { /* full, or forbidden */ }
  }

  async #authenticate() {
    const token = await this.#options.token?.();
    if (token && this.#kind === "websocket") this.#ask({ type: "auth", token });
  }

  // Rates

  /** @type {Map<any, any>} Frames beside publishes that the hub has not answered, by `ref`. */ #asked = new Map();
  /** @type {any[] | undefined} What waits since the hub said that it was too much: from then on one frame follows the answer to another. */ #waiting;
  /** @type {any} The `ref` of the one that is asked now. */ #turn;
  /** @type {any} */ #pause;
  #mayAsk = false;

  /** @param {any} frame */
  #ask(frame) {
    frame.ref = ++this.#ref;
    this.#asked.set(frame.ref, frame);
    this.#inTurn(frame);
  }

  /** @param {any} frame */
  #inTurn(frame) {
    if (this.#waiting) this.#waiting.push(frame);
    else this.#send(frame);
  }

  /** The hub has not acted upon a frame; it is asked again. @param {any} ref @param {number} [wait] @returns {boolean} whether it is one of ours */
  #tooMuch(ref, wait = 1000) {
    const frame = this.#frame(ref);
    if (!frame) return false;
    this.#waiting ??= [];
    if (ref === this.#turn) this.#waiting.unshift(frame);
    else this.#waiting.push(frame);
    this.#turn = undefined;
    this.#pause ??= setTimeout(() => { this.#pause = undefined; this.#next(); }, wait);
    return true;
  }

  #next() {
    if (this.#pause || this.#turn !== undefined || !this.#transport) return;
    const frame = this.#waiting?.shift();
    if (!frame) this.#waiting = undefined;
    else if (!this.#isWanted(frame)) this.#next();
    else { this.#turn = frame.ref; this.#send(frame); }
  }

  /** Whether nothing has settled it meanwhile. @param {any} frame */
  #isWanted(frame) {
    if (frame.type === "subscribe") frame.groups = frame.groups.filter((/** @type {string} */ group) => this.#groups.has(group));
    if (frame.type === "unsubscribe") frame.groups = frame.groups.filter((/** @type {string} */ group) => !this.#groups.has(group));
    return this.#frame(frame.ref) && frame.groups?.length !== 0;
  }

  /** @param {any} ref */
  #frame(ref) { return this.#publishes.get(ref)?.frame ?? this.#asked.get(ref); }

  /** There is an answer. @param {any} ref */
  #settled(ref) {
    if (ref === undefined) return;
    this.#asked.delete(ref);
    if (ref !== this.#turn) return;
    this.#turn = undefined;
    this.#next();
  }

  /** What another connection has left unanswered; one by one, if it was too much for the hub. */
  #publishAgain() {
    this.#mayAsk = true;
    for (const { frame } of this.#publishes.values()) this.#inTurn(frame);
    this.#next();
  }

  // Connections

  get #isOpen() { return this.#state === "live" || this.#state === "catching-up"; }

  /** @param {State} state */
  #become(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.#options.onstate?.(state, this.#kind);
  }

  /** @param {any} frame */
  #send(frame) {
    if (this.#transport?.send) this.#transport.send(frame);
    else if (frame.type === "publish") this.#post(frame);
  }

  async #open() {
    this.#become("connecting");
    this.#slot = -1;
    this.#joined = new Set();
    this.#asked = new Map();
    this.#mayAsk = false;
    clearTimeout(this.#pause);
    this.#pause = this.#turn = undefined;
    if (this.#waiting) this.#waiting = [];
    let isMine = true;
    /** @param {number} [code] @param {number} [wait] */
    const lost = (code, wait) => {
      if (!isMine) return;
      isMine = false;
      this.#lost(code, wait);
    };
    /** @param {any} [frame] */
    const received = (frame) => {
      if (!isMine) return;
      this.#sawLife();
      if (frame) this.#receive(frame);
    };
    const transport = { close: () => { isMine = false; } };
    this.#transport = transport;
    this.#sawLife();
    try {
      const token = await this.#options.token?.();
      if (!isMine) return;
      Object.assign(transport, (this.#kind === "sse" ? this.#stream : this.#socket).call(this, token, received, lost, () => { isMine = false; }));
    } catch (error) {
      reportError(error);
      lost();
    }
  }

  /** @param {string | undefined} token @param {(frame?: any) => void} received @param {(code?: number, wait?: number) => void} lost @param {() => void} forget */
  #socket(token, received, lost, forget) {
    const url = new URL("ws", this.#url);
    url.protocol = url.protocol.replace("http", "ws");
    const socket = new WebSocket(url, token ? ["campana.v1", `campana.bearer.${token}`] : ["campana.v1"]);
    this.#unwelcomed += 1;
    socket.onmessage = ({ data }) => received(JSON.parse(data));
    socket.onclose = ({ code }) => lost(code);
    return {
      send: (/** @type {any} */ frame) => { if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame)); },
      close: () => { forget(); socket.close(1000); },
    };
  }

  /** @param {string | undefined} token @param {(frame?: any) => void} received @param {(code?: number, wait?: number) => void} lost @param {() => void} forget */
  #stream(token, received, lost, forget) {
    const url = new URL("stream", this.#url);
    url.searchParams.set("groups", [...this.#groups].join());
    url.searchParams.set("since", this.#cursor ?? this.#options.since ?? "now");
    const abort = new AbortController();
    readEvents(url, this.#headers(token, { Accept: "text/event-stream" }), abort.signal, received).then(({ code, wait }) => lost(code, wait), () => lost());
    this.#publishAgain();
    return { close: () => { forget(); abort.abort(); } };
  }

  /** @param {string | undefined} token @param {Record<string, string>} headers */
  #headers(token, headers) {
    return token ? { ...headers, Authorization: `Bearer ${token}` } : headers;
  }

  /** @param {any} frame Where there is no WebSocket, a publish is a request of its own. */
  async #post({ group, event, data, key, ref }) {
    try {
      const headers = this.#headers(await this.#options.token?.(), { "Content-Type": "application/json", "Idempotency-Key": key });
      const response = await fetch(new URL("publish", this.#url), { method: "POST", headers, body: JSON.stringify({ group, type: event, data }) });
      const answer = await response.json();
      if (response.status === 429) return void this.#tooMuch(ref, retryAfter(response));
      if (response.ok) this.#answered(ref, (publish) => publish.resolve(answer));
      else if (response.status < 500) this.#failed({ ref, code: answer.code, message: answer.detail });
      this.#settled(ref);
    } catch { /* it is asked again with the next connection */ }
  }

  /** @param {number} [code] @param {number} [wait] */
  #lost(code = 1006, wait) {
    if (this.#state === "closed") return;
    clearTimeout(this.#watch);
    this.#transport = undefined;
    this.#mayAsk = false;
    if (REFUSALS.has(code)) return this.#end("refused");
    // Turn by turn, so that a WebSocket that was only away for a while is found again.
    if (!this.#options.transport)
      this.#kind = this.#kind === "websocket" && this.#unwelcomed >= BLOCKED ? "sse" : "websocket";
    const isTooMuch = code === TOO_MANY || code === TOO_MUCH;
    if (isTooMuch) this.#waiting ??= [];
    const most = isTooMuch ? LONGEST_WAIT : Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.#tries++);
    const isExpired = code === 4001 && this.#tries === 1;
    wait ??= isExpired ? 0 : this.#slot >= 0 ? this.#slot : most / 2 + Math.random() * most / 2;
    this.#notBefore = isTooMuch ? Date.now() + wait : 0;
    this.#become("waiting");
    this.#retry = setTimeout(() => this.#open(), wait);
  }

  #reopen() {
    clearTimeout(this.#retry);
    this.#transport?.close();
    this.#transport = undefined;
    this.#open();
  }

  /** @param {"closed" | "refused"} state */
  #end(state) {
    clearTimeout(this.#retry);
    clearTimeout(this.#watch);
    clearTimeout(this.#pause);
    this.#saveNow();
    this.#become(state);
    this.#transport?.close();
    this.#transport = undefined;
    for (const name of ["online", "pageshow"]) globalThis.removeEventListener?.(name, this.#wake);
    globalThis.removeEventListener?.("pagehide", this.#save);
    globalThis.document?.removeEventListener("visibilitychange", this.#wake);
    for (const { reject } of this.#publishes.values()) reject(new Error(`the client is ${state}`));
    this.#publishes.clear();
  }

  // Life

  /** A frame came: the next is waited for, then asked for, then the connection counts as dead. */
  #sawLife() {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => this.#probe(), QUIET);
  }

  #probe() {
    clearTimeout(this.#watch);
    this.#transport?.send?.({ type: "ping" });
    this.#watch = setTimeout(() => {
      this.#transport?.close();
      this.#lost();
    }, ANSWER);
  }

  /** The page is looked at again, or the network is back: a connection may have died unseen. */
  #awake() {
    if (globalThis.document?.visibilityState === "hidden") return this.#saveNow();
    if (this.#state === "waiting" && Date.now() >= this.#notBefore) this.#reopen();
    else if (this.#isOpen && this.#transport?.send) this.#probe();
  }
}

/**
 * Reads server-sent events (WHATWG HTML §9.2) until they end; `EventSource` itself cannot send a token.
 * @param {URL} url @param {Record<string, string>} headers @param {AbortSignal} signal @param {(frame?: any) => void} received
 * @returns {Promise<{ code?: number, wait?: number }>} the close code that the end stands for, and how long to stay away
 */
async function readEvents(url, headers, signal, received) {
  const response = await fetch(url, { headers, signal, cache: "no-store" });
  if (response.status === 401) return { code: 4001 };
  if (response.status === 403) return { code: 4003 };
  if (response.status === 429) return { code: TOO_MUCH, wait: retryAfter(response) };
  if (!response.ok || !response.body) return {};
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = "", data = ""; ;) {
    const { value, done } = await reader.read();
    if (done) return {};
    const lines = (rest + value).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line.startsWith("data:")) data += line.slice(5).trimStart();
      else if (line === "" && data) { received(JSON.parse(data)); data = ""; }
      else received();
    }
  }
}

/** @param {Response} response @returns {number} milliseconds after which the hub has room again */
const retryAfter = (response) => (Number(response.headers.get("Retry-After")) || 1) * 1000;

/** @returns {string} a key that nobody else makes; `crypto.randomUUID` is for secure contexts only */
function randomKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
