// A line over time, drawn as SVG.
import { h } from "./dom.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 300, HEIGHT = 100;

/** @param {string} tag @param {Record<string, any>} attributes */
function draw(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/**
 * A chart of the last samples; `push` adds one.
 * @param {string} title @param {{ length?: number, format: (value: number) => string, names?: string[] }} options
 */
export function chart(title, { length = 90, format, names = [""] }) {
  /** @type {(number | null)[][]} */
  const series = names.map(() => []);
  const area = draw("path", { class: "area" });
  const lines = names.map((_, index) => draw("path", { class: index ? "path second" : "path" }));
  const svg = draw("svg", { class: "chart", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": title });
  svg.append(draw("path", { class: "rule", d: `M0 ${HEIGHT}H${WIDTH}M0 ${HEIGHT / 2}H${WIDTH}M0 0H${WIDTH}` }), area, ...lines);
  const now = h("b"), top = h("small", { class: "soft" });
  const element = h("section", { class: "panel" }, h("div", { class: "chart-head" }, h("h2", {}, title), now), svg, top);

  /** @param {(number | null)[]} values @param {number} most */
  function path(values, most) {
    const step = WIDTH / (length - 1), from = length - values.length;
    return values.map((value, index) => value === null ? "" :
      `${index && values[index - 1] !== null ? "L" : "M"}${((from + index) * step).toFixed(1)} ${(HEIGHT - value / most * HEIGHT).toFixed(1)}`).join("");
  }

  return {
    element,
    /** @param {...(number | null)} values */
    push(...values) {
      values.forEach((value, index) => { series[index].push(value); if (series[index].length > length) series[index].shift(); });
      const most = Math.max(1e-9, ...series.flat().map((value) => value ?? 0)) * 1.05;
      lines.forEach((line, index) => line.setAttribute("d", path(series[index], most)));
      if (series[0].length > 1 && !series[0].includes(null)) area.setAttribute("d", `${path(series[0], most)}L${WIDTH} ${HEIGHT}L${WIDTH - (series[0].length - 1) * WIDTH / (length - 1)} ${HEIGHT}Z`);
      now.textContent = values.map((value, index) => `${names[index]} ${value === null ? "–" : format(value)}`.trim()).join(" · ");
      top.textContent = `↑ ${format(most / 1.05)}`;
      svg.setAttribute("aria-label", `${title}: ${now.textContent}`);
    },
  };
}
