// Numbers and times as people read them.
import { language } from "./texts.js";

/** @param {number} value @param {number} [digits] */
export const number = (value, digits = 0) => new Intl.NumberFormat(language(), { maximumFractionDigits: digits }).format(value);

/** @param {number} value A count of bytes. */
export function bytes(value) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let at = 0;
  while (value >= 1024 && at < units.length - 1) { value /= 1024; at += 1; }
  return `${number(value, value < 10 && at ? 1 : 0)} ${units[at]}`;
}

/** @param {number} seconds */
export function duration(seconds) {
  if (seconds < 1) return `${number(seconds * 1000, seconds < 0.01 ? 1 : 0)} ms`;
  if (seconds < 60) return `${number(seconds, 1)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3600)} h`;
}

/** The time of day, to the millisecond. @param {string | undefined | null} timestamp RFC 3339 */
export function clock(timestamp) {
  if (!timestamp) return "–";
  return new Date(timestamp).toLocaleTimeString(language(), { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, hourCycle: "h23" });
}

/** @param {string | undefined | null} timestamp RFC 3339 */
export function date(timestamp) {
  return timestamp ? new Date(timestamp).toLocaleString(language(), { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" }) : "–";
}
