// Articles, what there is of them, their alerts, and movements that wait for approval.
import { ask } from "./api.js";
import { did, fill, field, h, table } from "./dom.js";
import { date } from "./format.js";
import { live } from "./live.js";
import { t } from "./texts.js";

const API = "/api/external";
const PHASES = /** @type {Record<string, string>} */ ({ pendiente: "warn", activa: "bad", reconocida: "warn", resuelta: "good" });

/** What an alert's or an article's own changes ask for: they have no event to wait for. */
let reload = () => {};

/** @param {HTMLElement} main */
export function show(main) {
  const alerts = h("section", { class: "panel", "aria-live": "polite" }), articles = h("section", { class: "panel" }), pending = h("section", { class: "panel" });
  const movement = movementForm();
  main.append(h("h1", {}, t("stock.title")), alerts, h("div", { class: "grid" }, articleForm(), movement.form), articles, pending);

  async function load() {
    try {
      const [stock, open, waiting] = await Promise.all([ask(`${API}/stock/?limit=100`), ask(`${API}/alertas/?limit=100`), ask(`${API}/movimientos/?estado=pendiente&limit=50`)]);
      fill(articles, h("h2", {}, t("stock.title")), stockTable(stock.stock));
      fill(alerts, h("h2", {}, t("stock.alerts")), alertTable(open.alertas));
      fill(pending, h("h2", {}, t("stock.pending")), pendingTable(waiting.movimientos));
      movement.choose(stock.stock);
    } catch (error) { fill(articles, h("p", { class: "fault" }, /** @type {Error} */ (error).message)); }
  }
  reload = load;
  load();
  return live.refresh((event) => event.group === "stock", load);
}

function articleForm() {
  return h("form", {
    class: "panel", onsubmit: async (/** @type {SubmitEvent} */ event) => {
      event.preventDefault();
      const form = /** @type {HTMLFormElement} */ (event.target), { nombre, umbral_minimo, umbral_recuperacion } = values(form);
      const body = { nombre, ...(umbral_minimo && { umbral_minimo: Number(umbral_minimo) }), ...(umbral_recuperacion && { umbral_recuperacion: Number(umbral_recuperacion) }) };
      if (await did(ask(`${API}/articulos/`, { method: "POST", body }))) { form.reset(); reload(); }
    },
  }, h("h2", {}, t("stock.new")), h("div", { class: "row" },
    field(t("stock.name"), { name: "nombre", required: true, class: "grow" }),
    field(t("stock.minimum"), { name: "umbral_minimo", inputmode: "decimal", pattern: "[0-9]+([.][0-9]+)?", size: 6 }),
    field(t("stock.recovery"), { name: "umbral_recuperacion", inputmode: "decimal", pattern: "[0-9]+([.][0-9]+)?", size: 6 }),
    h("button", {}, t("create"))));
}

function movementForm() {
  const article = /** @type {HTMLSelectElement} */ (h("select", { name: "articulo", required: true }));
  const kind = h("select", { name: "tipo" }, h("option", { value: "entrada" }, t("stock.in")), h("option", { value: "salida" }, t("stock.out")), h("option", { value: "ajuste" }, t("stock.adjust")));
  const form = h("form", {
    class: "panel", onsubmit: async (/** @type {SubmitEvent} */ event) => {
      event.preventDefault();
      const { articulo, tipo, cantidad, almacen } = values(/** @type {HTMLFormElement} */ (event.target));
      await did(ask(`${API}/movimientos/`, { method: "POST", body: { articulo: Number(articulo), tipo, cantidad: Number(cantidad), ...(almacen && { almacen }) } }));
    },
  }, h("h2", {}, t("stock.movement")), h("div", { class: "row" },
    h("label", { class: "grow" }, h("span", {}, t("stock.article")), article), h("label", {}, h("span", {}, t("stock.kind")), kind),
    field(t("stock.quantity"), { name: "cantidad", required: true, inputmode: "decimal", pattern: "-?[0-9]+([.][0-9]+)?", size: 6 }),
    field(t("stock.warehouse"), { name: "almacen", size: 10 }), h("button", {}, t("stock.book"))));
  return {
    form,
    /** Keeps what is chosen. @param {any[]} stock */
    choose(stock) {
      const chosen = article.value;
      fill(article, stock.map((each) => h("option", { value: each.articulo }, each.nombre)));
      if (chosen) article.value = chosen;
    },
  };
}

/** @param {any[]} stock */
function stockTable(stock) {
  const rows = stock.map((each) => [
    each.nombre, String(each.cantidad), each.umbral_minimo === null ? "–" : String(each.umbral_minimo),
    h("span", { class: each.bajo_umbral ? "badge bad" : "badge good" }, t(each.bajo_umbral ? "stock.below" : "stock.enough")),
    each.almacenes.map((/** @type {any} */ place) => `${place.almacen ?? "–"}: ${place.cantidad}`).join(", "), date(each.ultimo_movimiento)]);
  return table("", [{ title: t("stock.article") }, { title: t("stock.quantity"), number: true }, { title: t("stock.minimum"), number: true }, { title: "" }, { title: t("stock.warehouse") }, { title: t("stock.movement") }], rows, t("stock.empty"));
}

/** @param {any[]} alerts */
function alertTable(alerts) {
  const rows = alerts.map((alert) => [
    h("b", {}, alert.articulo), h("span", { class: `badge ${PHASES[alert.fase] ?? ""}` }, alert.fase),
    `${alert.cantidad_actual} / ${alert.umbral_minimo}`, date(alert.desde ?? alert.activada), [alert.reconocida_por, alert.nota].filter(Boolean).join(": "),
    [
      alert.fase === "activa" && h("button", { type: "button", class: "small", onclick: () => act(`${API}/alertas/${alert.articulo_id}/reconocer/`, { por: t("stock.console") }) }, t("stock.acknowledge")),
      h("button", { type: "button", class: "quiet small", onclick: () => act(`${API}/silencios/`, { articulo: alert.articulo_id, duracion_s: 3600, motivo: t("stock.console") }) }, t("stock.silence")),
    ]]);
  return table("", [{ title: t("stock.article") }, { title: t("stock.alert") }, { title: t("stock.quantity"), number: true }, { title: t("stock.since") }, { title: t("stock.who") }, { title: "", actions: true }], rows, t("stock.noalerts"));
}

/** @param {any[]} movements */
function pendingTable(movements) {
  const rows = movements.map((each) => [each.articulo_nombre, each.tipo, String(each.cantidad), each.almacen ?? "–", date(each.fecha),
    [h("button", { type: "button", class: "small", onclick: () => act(`${API}/movimientos/${each.id}/aprobar/`) }, t("stock.approve"))]]);
  return table("", [{ title: t("stock.article") }, { title: t("stock.kind") }, { title: t("stock.quantity"), number: true }, { title: t("stock.warehouse") }, { title: t("stock.since") }, { title: "", actions: true }], rows, t("none"));
}

/** @param {HTMLFormElement} form @returns {Record<string, string>} */
const values = (form) => Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));

/** @param {string} path @param {any} [body] */
async function act(path, body = {}) {
  if (await did(ask(path, { method: "POST", body }))) reload();
}
