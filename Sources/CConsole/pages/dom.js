// What the views are written with. No text of a peer ever becomes markup: everything is a text node.

/**
 * Makes an element.
 * @param {string} tag @param {Record<string, any>} [properties] `onclick` and the like are listeners; `class`, `data-…`, `aria-…` attributes.
 * @param {...(Node | string | number | null | undefined | false | (Node | string)[])} children
 * @returns {HTMLElement}
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked") /** @type {any} */ (element)[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  append(element, children);
  return element;
}

/** @param {Element} element @param {any[]} children */
function append(element, children) {
  for (const child of children.flat()) if (child !== null && child !== undefined && child !== false) element.append(child instanceof Node ? child : String(child));
}

/** Puts other children in the place of an element's. @param {Element} element @param {...any} children */
export function fill(element, ...children) {
  element.replaceChildren();
  append(element, children);
}

/**
 * A table that becomes cards where it is narrow.
 * @param {string} caption @param {{ title: string, number?: boolean, actions?: boolean }[]} columns @param {any[][]} rows @param {string} empty
 */
export function table(caption, columns, rows, empty) {
  if (!rows.length) return h("p", { class: "empty" }, empty);
  const kind = (/** @type {any} */ column) => (column.number ? "number" : column.actions ? "actions" : undefined);
  return h("div", { class: "scroll" }, h("table", { class: "cards" },
    h("caption", {}, caption),
    h("thead", {}, h("tr", {}, columns.map((column) => h("th", { scope: "col", class: kind(column) }, column.title)))),
    h("tbody", {}, rows.map((row) => h("tr", {}, row.map((cell, index) =>
      h("td", { class: kind(columns[index]), "data-label": columns[index].title }, cell)))))));
}

/** A labelled field. @param {string} text @param {Record<string, any>} properties @param {string} [tag] @param {any[]} [children] */
export const field = (text, properties, tag = "input", children = []) =>
  h("label", { class: properties.class }, h("span", {}, text), h(tag, { ...properties, class: undefined }, ...children));

/** Says something for a while, to the eye and to screen readers. @param {string} text @param {boolean} [isBad] */
export function toast(text, isBad = false) {
  const note = h("div", { class: isBad ? "toast bad" : "toast" }, text);
  document.getElementById("toasts")?.append(note);
  setTimeout(() => note.remove(), isBad ? 9000 : 4000);
}

/** Waits for an answer, and says what was refused; what was done is brought by its event. @param {Promise<any>} answer */
export async function did(answer) {
  try { await answer; return true; } catch (error) { toast(/** @type {Error} */ (error).message, true); return false; }
}
