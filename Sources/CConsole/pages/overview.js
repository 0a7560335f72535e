// How the hub is: health, load, and the groups that speak most.
import { ask } from "./api.js";
import { chart } from "./chart.js";
import { fill, h, table } from "./dom.js";
import { bytes, clock, duration, number } from "./format.js";
import { live } from "./live.js";
import { t } from "./texts.js";

const EVERY = 2000;

/** @param {HTMLElement} main */
export function show(main) {
  const tiles = h("dl", { class: "tiles" }), rates = h("section", { class: "panel" }), limits = h("section", { class: "panel" });
  const published = chart(t("overview.published"), { format: (value) => number(value, 1) });
  const delivered = chart(t("overview.delivered"), { format: (value) => number(value, 1) });
  const latency = chart(t("overview.latency"), { format: duration, names: ["p50", "p99"] });
  main.append(h("h1", {}, t("nav.overview")), tiles, h("div", { class: "grid" }, published.element, delivered.element, latency.element), h("div", { class: "grid" }, rates, limits));

  /** @type {{ at: number, head: number, metrics: Metrics | undefined } | undefined} */
  let before;
  async function look() {
    const [status, metrics] = await Promise.all([ask("/status"), ask("/metrics").then(readMetrics, () => undefined)]);
    const at = performance.now();
    fill(tiles, tilesOf(status));
    fill(rates, ratesPanel());
    fill(limits, limitsPanel(status));
    if (before) {
      const seconds = (at - before.at) / 1000, then = before.metrics;
      published.push(Math.max(0, status.engine.head - before.head) / seconds);
      if (metrics && then) {
        delivered.push(Math.max(0, metrics.deliveries - then.deliveries) / seconds);
        latency.push(quantile(then, metrics, 0.5), quantile(then, metrics, 0.99));
      }
    }
    before = { at, head: status.engine.head, metrics };
  }
  const run = () => look().catch((error) => fill(tiles, h("p", { class: "fault" }, error.message)));
  run();
  const timer = setInterval(run, EVERY);
  return () => clearInterval(timer);
}

/** @param {any} status */
function tilesOf(status) {
  const { connections, engine } = status, isOK = status.system_status.overall === "OK";
  const tile = (/** @type {string} */ name, /** @type {any} */ value, /** @type {any} */ more = "") =>
    h("div", { class: "tile" }, h("dt", {}, t(`overview.${name}`)), h("dd", {}, value, more && h("small", {}, ` ${more}`)));
  return [
    tile("health", h("span", { class: isOK ? "badge good" : "badge bad" }, t(isOK ? "overview.ok" : "overview.degraded")), status.system_status.reason),
    tile("websockets", number(connections.websocket), `+ ${number(connections.stream)} ${t("overview.streams")}`),
    tile("subscriptions", number(connections.subscriptions)),
    tile("groups", number(status.groups)),
    tile("events", number(status.events), bytes(engine.event_bytes)),
    tile("head", number(engine.head)),
    tile("disk", bytes(engine.disk_bytes)),
    tile("memory", bytes(status.resident_bytes)),
    tile("queue", number(engine.queued)),
    tile("uptime", duration(status.uptime_seconds), `v${status.version}`),
  ];
}

function ratesPanel() {
  const rows = live.rates().slice(0, 12).map((group) => [h("span", { class: "mono" }, group.name), number(group.rate), clock(group.last)]);
  return [h("h2", {}, t("rates.title")), table("", [{ title: t("rates.group") }, { title: t("rates.rate"), number: true }, { title: t("rates.last") }], rows, t("events.empty"))];
}

/** @param {any} status */
function limitsPanel(status) {
  const limits = live.limits ?? {};
  const rows = Object.entries(limits).map(([name, value]) => [t(`limit.${name}`), name.endsWith("bytes") ? bytes(value) : number(value)]);
  rows.push([t("overview.loops"), number(status.loops)], [t("overview.commits"), number(status.engine.largest_commit)]);
  return [h("h2", {}, t("overview.limits")), table("", [{ title: "" }, { title: "", number: true }], rows, t("none"))];
}

/** @typedef {{ deliveries: number, buckets: [number, number][] }} Metrics */

/** Reads what is drawn from Prometheus' text. @param {string} text @returns {Metrics} */
function readMetrics(text) {
  /** @type {Map<number, number>} */
  const buckets = new Map();
  let deliveries = 0;
  for (const line of text.split("\n")) {
    const bucket = /^campana_http_request_seconds_bucket\{.*le="([^"]+)".*\} (\S+)/.exec(line);
    if (bucket) {
      const bound = bucket[1] === "+Inf" ? Infinity : Number(bucket[1]);
      buckets.set(bound, (buckets.get(bound) ?? 0) + Number(bucket[2]));
    } else if (line.startsWith("campana_deliveries_total")) deliveries += Number(line.split(" ").pop());
  }
  return { deliveries, buckets: [...buckets].sort(([one], [other]) => one - other) };
}

/** Below how many seconds this part of the requests between two looks was answered. @param {Metrics} then @param {Metrics} now @param {number} part */
function quantile(then, now, part) {
  const counts = now.buckets.map(([bound, count], index) => /** @type {[number, number]} */ ([bound, count - (then.buckets[index]?.[1] ?? 0)]));
  const all = counts.at(-1)?.[1] ?? 0;
  if (!all) return null;
  const found = counts.find(([, count]) => count >= all * part)?.[0] ?? null;
  return found === Infinity ? counts.at(-2)?.[0] ?? null : found;
}
