// Who is connected, to what, how far behind; and who got an event.
import { ask } from "./api.js";
import { did, fill, field, h, table } from "./dom.js";
import { bytes, date, number } from "./format.js";
import { live } from "./live.js";
import { t } from "./texts.js";

const EVERY = 2000;
const VERDICTS = /** @type {Record<string, string>} */ ({ delivered: "good", lagging: "warn", forbidden: "bad", not_connected: "warn", filtered: "" });

/** @param {HTMLElement} main */
export function show(main) {
  const list = h("section", { class: "panel" }), groups = h("section", { class: "panel" }), traced = h("div", { "aria-live": "polite" });
  const cursor = live.events.at(-1)?.cursor ?? "";
  const trace = h("form", {
    class: "panel", onsubmit: async (/** @type {SubmitEvent} */ event) => {
      event.preventDefault();
      const { cursor } = Object.fromEntries(new FormData(/** @type {HTMLFormElement} */ (event.target)));
      await did(ask(`/events/${encodeURIComponent(String(cursor))}/trace`).then((answer) => fill(traced, traceOf(answer))));
    },
  }, h("h2", {}, t("connections.trace")), h("div", { class: "row" }, field(t("connections.cursor"), { name: "cursor", value: cursor, required: true, class: "grow" }), h("button", {}, t("connections.show"))), traced);
  main.append(h("h1", {}, t("connections.title")), list, h("div", { class: "grid" }, groups, trace));

  async function load() {
    try {
      const [connected, log] = await Promise.all([ask("/connections?limit=200"), ask("/groups?limit=200")]);
      fill(list, h("p", { class: "soft" }, t("connections.count", { n: number(connected.total) })), connectionTable(connected.connections));
      fill(groups, h("h2", {}, t("connections.allgroups")), groupTable(log.groups));
    } catch (error) { fill(list, h("p", { class: "fault" }, /** @type {Error} */ (error).message)); }
  }
  /** @param {any[]} connections */
  function connectionTable(connections) {
    const rows = connections.map((each) => [
      each.principal, h("span", { class: "mono" }, each.address), each.transport, h("span", { class: "mono" }, each.groups.join(", ")),
      number(each.lag ?? 0), bytes(each.queue_bytes), date(each.since),
      [h("button", { type: "button", class: "bad small", "aria-label": `${t("connections.end")}: ${each.address}`, onclick: async () => { if (await did(ask(`/connections/${each.id}`, { method: "DELETE" }))) load(); } }, t("connections.end"))]]);
    return table("", [{ title: t("connections.principal") }, { title: t("connections.address") }, { title: t("connections.transport") }, { title: t("connections.groups") }, { title: t("connections.lag"), number: true }, { title: t("connections.queue"), number: true }, { title: t("connections.since") }, { title: "", actions: true }], rows, t("connections.empty"));
  }
  load();
  const timer = setInterval(load, EVERY);
  return () => clearInterval(timer);
}

/** @param {any[]} groups */
function groupTable(groups) {
  const rows = groups.map((each) => [h("span", { class: "mono" }, each.group), number(each.seq), number(each.kept), number(each.consumers)]);
  return table("", [{ title: t("connections.group") }, { title: "seq", number: true }, { title: t("connections.events"), number: true }, { title: t("connections.subscribers"), number: true }], rows, t("none"));
}

/** @param {any} trace */
function traceOf(trace) {
  const counts = Object.entries(trace.summary).map(([verdict, count]) => h("span", { class: `badge ${VERDICTS[verdict]}` }, `${verdict}: ${count}`));
  const rows = trace.consumers.map((/** @type {any} */ each) => [
    each.principal, h("span", { class: "mono" }, each.address ?? "–"), h("span", { class: `badge ${VERDICTS[each.verdict]}` }, each.verdict), each.why]);
  return [
    h("p", { class: "row" }, counts),
    table("", [{ title: t("connections.principal") }, { title: t("connections.address") }, { title: t("connections.verdict") }, { title: t("connections.reason") }], rows, t("none")),
    h("pre", { class: "json" }, JSON.stringify(trace.event, null, 2))];
}
