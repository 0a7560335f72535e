// The stream of events as it comes, and a form to publish one.
import { fill, field, h, toast } from "./dom.js";
import { clock } from "./format.js";
import { live } from "./live.js";
import { t } from "./texts.js";

/** How many are shown at once. */
const SHOWN = 300;

/** @param {HTMLElement} main */
export function show(main) {
  const list = h("ol", { class: "events", "aria-label": t("events.title") });
  const note = h("span", { class: "soft", role: "status" });
  const filter = /** @type {HTMLInputElement} */ (h("input", { type: "search", placeholder: t("events.filter.hint"), "aria-label": t("events.filter"), oninput: () => draw() }));
  const pause = h("button", { type: "button", class: "quiet", "aria-pressed": "false", onclick: () => toggle() }, t("events.pause"));
  const clear = h("button", { type: "button", class: "quiet", onclick: () => { live.events = []; draw(); } }, t("events.clear"));
  main.append(
    h("div", { class: "bar" }, h("h1", {}, t("events.title")), h("div", { class: "row" }, note, filter, pause, clear)),
    h("div", { class: "panel" }, list), publishForm());

  let isPaused = false, waiting = 0, isPlanned = false;
  /** @type {any[]} */
  let fresh = [];
  const wanted = (/** @type {any} */ event) => !filter.value || JSON.stringify(event).toLowerCase().includes(filter.value.toLowerCase());

  function draw() {
    fresh = [];
    fill(list, live.events.filter(wanted).slice(-SHOWN).reverse().map((event) => row(event, false)));
    told();
  }
  /** Puts what has come since on top, once a frame. */
  function add() {
    isPlanned = false;
    list.querySelector(".empty")?.remove();
    list.prepend(...fresh.slice(-SHOWN).reverse().map((event) => row(event, true)));
    fresh = [];
    while (list.childElementCount > SHOWN) list.lastElementChild?.remove();
    told();
  }
  function told() {
    if (!list.childElementCount) list.append(h("li", { class: "empty" }, t("events.empty")));
    const shown = list.querySelectorAll("details").length;
    note.textContent = isPaused ? t("events.paused", { n: waiting }) : t("events.shown", { n: shown });
  }
  function toggle() {
    isPaused = !isPaused;
    waiting = 0;
    pause.textContent = t(isPaused ? "events.resume" : "events.pause");
    pause.setAttribute("aria-pressed", String(isPaused));
    if (isPaused) told(); else draw();
  }
  draw();
  return live.listen((event) => {
    if (isPaused) { waiting += 1; return told(); }
    if (!wanted(event)) return;
    fresh.push(event);
    if (!isPlanned) { isPlanned = true; setTimeout(add, 30); }
  });
}

/** @param {any} event @param {boolean} isFresh */
function row(event, isFresh) {
  const { type, group, seq, cursor, timestamp, ...payload } = event;
  return h("li", { class: isFresh ? "fresh" : undefined, "data-cursor": cursor }, h("details", {},
    h("summary", {}, h("time", { datetime: timestamp }, clock(timestamp)), h("span", { class: "mono" }, group), h("b", {}, type), h("span", { class: "mono soft" }, JSON.stringify(Object.values(payload)[0] ?? null))),
    h("pre", {}, JSON.stringify(event, null, 2))));
}

function publishForm() {
  const data = h("textarea", { name: "data", rows: 3, spellcheck: "false" });
  /** @type {any} */ (data).value = '{"texto": "hola"}';
  return h("form", { class: "panel", onsubmit: publish },
    h("h2", {}, t("publish.title")),
    h("div", { class: "row" },
      field(t("publish.group"), { name: "group", value: "avisos", required: true, class: "grow" }),
      field(t("publish.type"), { name: "type", value: "message", required: true, class: "grow" })),
    h("label", {}, t("publish.data"), data),
    h("div", { class: "row end" }, h("button", {}, t("publish.send"))));
}

/** @param {SubmitEvent} event */
async function publish(event) {
  event.preventDefault();
  const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
  const text = (/** @type {string} */ name) => String(form.get(name));
  let data;
  try { data = JSON.parse(text("data")); } catch (error) { return toast(t("publish.bad", { reason: /** @type {Error} */ (error).message }), true); }
  try {
    const answer = await live.hub?.publish(text("group"), text("type"), data);
    toast(t("publish.done", { cursor: answer?.cursor }));
  } catch (error) { toast(/** @type {Error} */ (error).message, true); }
}
