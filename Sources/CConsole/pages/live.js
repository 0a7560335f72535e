// The console's one connection: all groups that the key may hear, from ten minutes ago.
import { connect } from "/campana.js";
import { key } from "./api.js";
import { toast } from "./dom.js";
import { t } from "./texts.js";

/** How many events the console remembers. */
const REMEMBERED = 1000;
const MINUTE = 60_000;

class Live {
  /** @type {import("/campana.js").Hub | undefined} */ hub;
  /** @type {any[]} The newest last. */ events = [];
  /** @type {Map<string, { times: number[], last: string }>} */ groups = new Map();
  /** @type {any} */ limits;
  transport = "websocket";
  /** @type {Set<(event: any) => void>} */ #listeners = new Set();
  onstate = () => {};

  get state() { return this.hub?.state ?? "connecting"; }

  begin() {
    this.hub?.close();
    this.events = [];
    this.groups.clear();
    const forced = new URLSearchParams(location.search).get("transport");
    this.hub = connect({
      groups: ["**"], since: "10m", storage: null,
      transport: forced === "sse" || forced === "websocket" ? forced : undefined,
      token: async () => key.get() ?? "",
      onevent: (event) => this.#took(event),
      ongap: (gap) => toast(t(gap.reset ? "reset" : "gap"), true),
      onstate: (_, transport) => { this.transport = transport; this.onstate(); },
      onerror: (error) => toast(error.message, true),
      onframe: (frame) => { if (frame.type === "welcome") this.limits = frame.limits; },
    });
  }

  /** @param {any} event */
  #took(event) {
    this.events.push(event);
    if (this.events.length > REMEMBERED * 1.1) this.events.splice(0, this.events.length - REMEMBERED);
    const group = this.groups.get(event.group) ?? { times: [], last: "" };
    group.times.push(Date.parse(event.timestamp));
    group.last = event.timestamp;
    this.groups.set(event.group, group);
    for (const listener of this.#listeners) listener(event);
  }

  /** The groups of the last minute, the busiest first. */
  rates() {
    const from = Date.now() - MINUTE;
    for (const [name, group] of this.groups) {
      const first = group.times.findIndex((time) => time >= from);
      group.times = first < 0 ? [] : group.times.slice(first);
      if (!group.times.length) this.groups.delete(name);
    }
    return [...this.groups].map(([name, group]) => ({ name, rate: group.times.length, last: group.last })).sort((one, other) => other.rate - one.rate);
  }

  /**
   * Calls `listener` with each event from now on.
   * @param {(event: any) => void} listener @returns {() => void} what ends it
   */
  listen(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Calls `action` once a frame when events of these groups have come; a burst is one call.
   * @param {(event: any) => boolean} concerns @param {() => void} action @returns {() => void} what ends it
   */
  refresh(concerns, action) {
    let isPlanned = false;
    return this.listen((event) => {
      if (isPlanned || !concerns(event)) return;
      isPlanned = true;
      setTimeout(() => { isPlanned = false; action(); }, 50);
    });
  }
}

export const live = new Live();
