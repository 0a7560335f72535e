// The console's frame: where we are, whether we are connected, in which language and colours.
import { key, whenUnauthenticated } from "./api.js";
import { fill, h } from "./dom.js";
import { live } from "./live.js";
import { language, otherLanguage, t } from "./texts.js";
import * as overview from "./overview.js";
import * as events from "./events.js";
import * as tasks from "./tasks.js";
import * as notifications from "./notifications.js";
import * as stock from "./stock.js";
import * as webhooks from "./webhooks.js";
import * as connections from "./connections.js";

/**
 * A view fills the page and gives back what ends it.
 * @type {Record<string, { show: (main: HTMLElement) => (() => void) | void }>}
 */
const views = { overview, events, tasks, notifications, stock, webhooks, connections };
const THEME = "campana theme";
const element = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
/** @type {(() => void) | void} */
let leave;

function here() {
  const name = location.hash.replace(/^#\//, "");
  return name in views ? name : "overview";
}

function show() {
  leave?.();
  const main = element("main"), name = here();
  fill(element("nav"), Object.keys(views).map((each) =>
    h("a", { href: `#/${each}`, "aria-current": each === name ? "page" : undefined }, t(`nav.${each}`))));
  element("nav").querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  document.title = `${t(`nav.${name}`)} · Campana`;
  fill(main);
  leave = views[name].show(main);
}

function frame() {
  document.documentElement.lang = language();
  for (const each of document.querySelectorAll("[data-t]")) each.textContent = t(/** @type {HTMLElement} */ (each).dataset.t ?? "");
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const theme = localStorage.getItem(THEME) ?? (dark ? "dark" : "light");
  document.documentElement.dataset.theme = theme;
  element("theme").textContent = t(theme === "dark" ? "theme.light" : "theme.dark");
  element("theme").setAttribute("aria-label", `${t("theme.label")}: ${element("theme").textContent}`);
  element("language").textContent = t("language");
  element("language").setAttribute("aria-label", t("language.label"));
  element("account").textContent = t(key.get() ? "logout" : "login");
  showState();
}

function showState() {
  const state = element("state");
  state.dataset.state = live.state;
  state.dataset.transport = live.transport;
  state.textContent = t(`state.${live.state}`) + (live.transport === "sse" && live.state === "live" ? " (SSE)" : "");
}

// A key, for as long as the tab lives.

const login = /** @type {HTMLDialogElement} */ (element("login"));
const form = /** @type {HTMLFormElement} */ (login.querySelector("form"));

function askForKey() {
  if (login.open) return;
  const fault = /** @type {HTMLElement} */ (login.querySelector(".fault"));
  fault.hidden = !key.get();
  fault.textContent = t("login.refused");
  form.reset();
  login.showModal();
}

form.addEventListener("submit", () => {
  key.set(/** @type {HTMLInputElement} */ (form.elements.namedItem("key")).value.trim());
  begin();
});
login.querySelector("button[value=cancel]")?.addEventListener("click", () => login.close());
element("account").addEventListener("click", () => {
  if (!key.get()) return askForKey();
  key.set(undefined);
  begin();
});
element("language").addEventListener("click", () => { otherLanguage(); frame(); show(); });
element("theme").addEventListener("click", () => {
  localStorage.setItem(THEME, document.documentElement.dataset.theme === "dark" ? "light" : "dark");
  frame();
});
addEventListener("hashchange", () => { show(); element("main").focus(); });
whenUnauthenticated(askForKey);
live.onstate = () => { showState(); if (live.state === "refused") askForKey(); };

function begin() {
  live.begin();
  frame();
  show();
}

begin();
