// Tasks: made, completed, deleted, and live from every window.
import { ask } from "./api.js";
import { did, fill, field, h, table } from "./dom.js";
import { date } from "./format.js";
import { live } from "./live.js";
import { t } from "./texts.js";

const PAGE = 50;

/** @param {HTMLElement} main */
export function show(main) {
  const list = h("section", { class: "panel", "aria-live": "polite" });
  const filter = /** @type {HTMLSelectElement} */ (h("select", { "aria-label": t("tasks.filter"), onchange: () => load() },
    h("option", { value: "" }, t("tasks.all")), h("option", { value: "false" }, t("tasks.open")), h("option", { value: "true" }, t("tasks.done"))));
  main.append(h("div", { class: "bar" }, h("h1", {}, t("tasks.title")), filter), newTask(), list);
  let asked = 0;

  async function load() {
    const mine = ++asked;
    try {
      const { tasks } = await ask(`/tasks?limit=${PAGE}${filter.value && `&completed=${filter.value}`}`);
      if (mine === asked) fill(list, tableOf(tasks));
    } catch (error) { fill(list, h("p", { class: "fault" }, /** @type {Error} */ (error).message)); }
  }
  load();
  return live.refresh((event) => event.group === "tasks", load);
}

function newTask() {
  return h("form", {
    class: "panel", onsubmit: async (/** @type {SubmitEvent} */ event) => {
      event.preventDefault();
      const form = /** @type {HTMLFormElement} */ (event.target);
      const { title, description } = Object.fromEntries(new FormData(form));
      if (await did(ask("/tasks", { method: "POST", body: { title, description } }))) form.reset();
    },
  }, h("h2", {}, t("tasks.new")),
  h("div", { class: "row" }, field(t("tasks.name"), { name: "title", required: true, class: "grow" }), field(t("tasks.description"), { name: "description", class: "grow" }), h("button", {}, t("create"))));
}

/** @param {any[]} tasks */
function tableOf(tasks) {
  const rows = tasks.map((task) => [
    h("span", { class: task.completed ? "done" : undefined }, task.title), task.description, date(task.created_at),
    h("span", { class: task.completed ? "badge good" : "badge" }, t(task.completed ? "tasks.done" : "tasks.open")),
    [
      h("button", { type: "button", class: "quiet small", onclick: () => did(ask(`/tasks/${encodeURIComponent(task.id)}`, { method: "PATCH", body: { completed: !task.completed } })) }, t(task.completed ? "tasks.reopen" : "tasks.complete")),
      h("button", { type: "button", class: "bad small", "aria-label": `${t("delete")}: ${task.title}`, onclick: () => did(ask(`/tasks/${encodeURIComponent(task.id)}`, { method: "DELETE" })) }, t("delete")),
    ]]);
  return table("", [{ title: t("tasks.name") }, { title: t("tasks.description") }, { title: t("tasks.created") }, { title: t("tasks.state") }, { title: "", actions: true }], rows, t("tasks.empty"));
}
