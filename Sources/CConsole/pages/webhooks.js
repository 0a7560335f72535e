// Webhooks: what they are for, how they fare, and another try.
import { ask } from "./api.js";
import { did, fill, field, h, table, toast } from "./dom.js";
import { clock, date, duration } from "./format.js";
import { t } from "./texts.js";

const EVENTS = ["stock_bajo", "alerta_generada", "movimiento_creado", "movimiento_aprobado"];
const STATES = /** @type {Record<string, string>} */ ({ delivered: "good", waiting: "warn", exhausted: "bad" });
const EVERY = 3000;

/** @param {HTMLElement} main */
export function show(main) {
  const list = h("section", { class: "panel", "aria-live": "polite" }), deliveries = h("section", { class: "panel", hidden: true });
  /** @type {any} */
  let open;
  main.append(h("h1", {}, t("webhooks.title")), newWebhook(), list, deliveries);

  async function load() {
    try {
      fill(list, tableOf((await ask("/webhooks")).webhooks));
      if (open) await showDeliveries(open);
    } catch (error) { fill(list, h("p", { class: "fault" }, /** @type {Error} */ (error).message)); }
  }
  /** @param {any} webhook */
  async function showDeliveries(webhook) {
    open = webhook;
    const answer = await ask(`/webhooks/${webhook.id}/deliveries?limit=50`);
    deliveries.hidden = false;
    fill(deliveries, h("h2", {}, `${t("webhooks.deliveries")}: ${webhook.nombre}`), deliveryTable(answer.deliveries));
  }
  /** @param {any[]} webhooks */
  function tableOf(webhooks) {
    const rows = webhooks.map((each) => [
      h("b", {}, each.nombre), h("span", { class: "mono" }, each.url), each.evento ?? each.groups.join(", "),
      h("span", { class: each.activo ? "badge good" : "badge warn", title: each.motivo }, t(each.activo ? "webhooks.active" : "webhooks.paused")),
      [
        h("button", { type: "button", class: "quiet small", onclick: () => showDeliveries(each) }, t("webhooks.deliveries")),
        act(each, "test", t("webhooks.test"), (answer) => toast(JSON.stringify(answer), !answer.delivered)),
        act(each, each.activo ? "pause" : "resume", t(each.activo ? "webhooks.pause" : "webhooks.resume")),
        act(each, "replay", t("webhooks.replay"), undefined, () => ({ since: new Date(Date.now() - 3_600_000).toISOString() })),
        h("button", { type: "button", class: "bad small", "aria-label": `${t("delete")}: ${each.nombre}`, onclick: () => done(ask(`/webhooks/${each.id}`, { method: "DELETE" })) }, t("delete")),
      ]]);
    return table("", [{ title: t("webhooks.name") }, { title: t("webhooks.url") }, { title: t("webhooks.event") }, { title: t("webhooks.state") }, { title: "", actions: true }], rows, t("webhooks.empty"));
  }
  /** @param {any} webhook @param {string} verb @param {string} title @param {(answer: any) => void} [then] @param {() => any} [body] */
  const act = (webhook, verb, title, then, body = () => ({})) => h("button", {
    type: "button", class: "quiet small", onclick: () => done(ask(`/webhooks/${webhook.id}/${verb}`, { method: "POST", body: body() }).then((answer) => then?.(answer))),
  }, title);
  /** @param {Promise<any>} answer */
  async function done(answer) { if (await did(answer)) load(); }

  function newWebhook() {
    return h("form", {
      class: "panel", onsubmit: async (/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        const form = /** @type {HTMLFormElement} */ (event.target), data = Object.fromEntries(new FormData(form));
        const groups = String(data.groups).split(",").map((each) => each.trim()).filter(Boolean);
        const body = { nombre: data.nombre, url: data.url, ...(groups.length ? { groups } : { evento: data.evento }) };
        await done(ask("/webhooks", { method: "POST", body }).then((made) => { form.reset(); secret.textContent = t("webhooks.secret", { secret: made.secret }); }));
      },
    }, h("h2", {}, t("webhooks.new")), h("div", { class: "row" },
      field(t("webhooks.name"), { name: "nombre", required: true, class: "grow" }), field(t("webhooks.url"), { name: "url", type: "url", required: true, class: "grow" }),
      h("label", {}, h("span", {}, t("webhooks.event")), h("select", { name: "evento" }, EVENTS.map((each) => h("option", { value: each }, each)))),
      field(t("webhooks.groups"), { name: "groups", placeholder: "stock:**, tasks" }), h("button", {}, t("create"))), secret);
  }
  load();
  const timer = setInterval(load, EVERY);
  return () => clearInterval(timer);
}

const secret = h("p", { class: "mono", role: "status" });

/** @param {any[]} deliveries */
function deliveryTable(deliveries) {
  const rows = deliveries.map((each) => {
    const last = each.attempts.at(-1);
    return [
      clock(last?.at), h("span", { class: "mono" }, each.group), each.type, h("span", { class: `badge ${STATES[each.state] ?? ""}` }, each.state),
      String(each.attempts.length), last ? `${last.status ?? last.error ?? ""}` : "–", last ? duration(last.duration_ms / 1000) : "–", each.next_try ? date(each.next_try) : "–",
      h("span", { class: "mono soft" }, String(last?.response ?? "").slice(0, 120))];
  });
  return table("", [{ title: t("webhooks.time") }, { title: t("webhooks.groups") }, { title: t("webhooks.event") }, { title: t("webhooks.state") }, { title: t("webhooks.attempts"), number: true }, { title: t("webhooks.status") }, { title: t("webhooks.took"), number: true }, { title: t("webhooks.next") }, { title: t("webhooks.answer") }], rows, t("webhooks.nodeliveries"));
}
