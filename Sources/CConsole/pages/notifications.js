// The notifications of one consumer, and what of them was read.
import { ask } from "./api.js";
import { did, fill, field, h, table } from "./dom.js";
import { date } from "./format.js";
import { live } from "./live.js";
import { t } from "./texts.js";

const CONSUMER = "campana consumer";

/** @param {HTMLElement} main */
export function show(main) {
  let consumer = sessionStorage.getItem(CONSUMER) ?? "1";
  const list = h("section", { class: "panel", "aria-live": "polite" }), unread = h("span", { class: "badge warn" });
  const choose = h("form", {
    class: "row", onsubmit: (/** @type {SubmitEvent} */ event) => {
      event.preventDefault();
      consumer = String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get("consumer"));
      sessionStorage.setItem(CONSUMER, consumer);
      load();
    },
  }, field(t("notifications.consumer"), { name: "consumer", value: consumer, required: true }), h("button", { class: "quiet" }, t("notifications.show")));
  const send = h("form", {
    class: "panel", onsubmit: async (/** @type {SubmitEvent} */ event) => {
      event.preventDefault();
      const form = /** @type {HTMLFormElement} */ (event.target);
      if (await did(ask("/notifications", { method: "POST", body: { consumer, ...Object.fromEntries(new FormData(form)) } }))) form.reset();
    },
  }, h("div", { class: "row" }, field(t("notifications.type"), { name: "tipo", value: "aviso", required: true }), field(t("notifications.text"), { name: "contenido", required: true, class: "grow" }), h("button", {}, t("notifications.send"))));
  const readAll = h("button", { type: "button", class: "quiet", onclick: () => did(ask(`/notifications/read?consumer=${encodeURIComponent(consumer)}`, { method: "POST" })) }, t("notifications.readall"));
  main.append(h("div", { class: "bar" }, h("h1", {}, t("notifications.title")), choose), send, h("div", { class: "bar" }, unread, readAll), list);

  async function load() {
    const query = `consumer=${encodeURIComponent(consumer)}`;
    try {
      const [page, count] = await Promise.all([ask(`/notifications?${query}&limit=50`), ask(`/notifications/unread?${query}`)]);
      unread.textContent = t("notifications.unread", { n: count.unread });
      fill(list, tableOf(page.notifications));
    } catch (error) { fill(list, h("p", { class: "fault" }, /** @type {Error} */ (error).message)); }
  }
  load();
  return live.refresh((event) => event.group === `notifications:${consumer}`, load);
}

/** @param {any[]} notifications */
function tableOf(notifications) {
  const rows = notifications.map((each) => [
    h("b", {}, each.tipo), each.contenido, date(each.fecha_envio),
    h("span", { class: each.leida ? "badge" : "badge warn" }, t(each.leida ? "notifications.isread" : "notifications.isunread")),
    [
      !each.leida && h("button", { type: "button", class: "quiet small", onclick: () => did(ask(`/notifications/${each.id}/read`, { method: "POST" })) }, t("notifications.read")),
      h("button", { type: "button", class: "bad small", "aria-label": `${t("delete")}: ${each.contenido}`, onclick: () => did(ask(`/notifications/${each.id}`, { method: "DELETE" })) }, t("delete")),
    ]]);
  return table("", [{ title: t("notifications.type") }, { title: t("notifications.text") }, { title: t("notifications.sent") }, { title: t("notifications.state") }, { title: "", actions: true }], rows, t("notifications.empty"));
}
