// Dates and times in the sandbox's zone.

import { language } from "./page.js";
import { zone } from "./store.js";

const kept = new Map();

function format(name, options) {
  const key = `${name}|${zone()}`;
  if (!kept.has(key)) {
    kept.set(key, new Intl.DateTimeFormat(language, { timeZone: zone(), ...options }));
  }
  return kept.get(key);
}

/** "18:30" @param {Date} date */
export const time = (date) =>
  format("time", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(date);

/** "18:30:05" @param {Date} date */
export const seconds = (date) =>
  format("seconds", { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }).format(date);

/** "26 ноября" @param {Date} date */
export const day = (date) => format("day", { day: "numeric", month: "long" }).format(date);

/** "среда, 26 ноября" @param {Date} date */
export const weekday = (date) =>
  format("weekday", { weekday: "long", day: "numeric", month: "long" }).format(date);

/** "ср, 26 нояб." @param {Date} date */
export const shortDay = (date) =>
  format("short", { weekday: "short", day: "numeric", month: "short" }).format(date);

/** What a wall clock in the zone shows. @param {Date} date */
export function wall(date) {
  const parts = format("parts", {
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  }).formatToParts(date);
  const found = Object.fromEntries(parts.map((part) => [part.type, Number(part.value)]));
  return found;
}

/** For <input type="datetime-local">. @param {Date} date */
export function local(date) {
  const at = wall(date);
  const two = (number) => String(number).padStart(2, "0");
  return `${at.year}-${two(at.month)}-${two(at.day)}T${two(at.hour)}:${two(at.minute)}`;
}

/** The instant at which a wall clock in the zone shows this. Twice, since the first guess may cross a DST change. */
export function instant(year, month, dayOfMonth, hour, minute) {
  const wanted = Date.UTC(year, month - 1, dayOfMonth, hour, minute);
  let guess = wanted;
  for (let round = 0; round < 2; round += 1) {
    const at = wall(new Date(guess));
    guess += wanted - Date.UTC(at.year, at.month - 1, at.day, at.hour, at.minute, at.second);
  }
  return new Date(guess);
}
