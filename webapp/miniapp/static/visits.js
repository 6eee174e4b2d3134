// The keys of visits that were booked on this device: who books without an account has nothing else to show.
// A key is sent only with requests about its own visit, in a header.

import { keepHere, recallHere } from "./host/kept.js";

const KEY = "visits";
const MOST = 40;
/** A visit is remembered for so long after its end, in seconds. */
const KEPT = 180 * 24 * 3600;

/** @typedef {{id: string, key: string, end: number}} Visit */

/** @returns {Visit[]} newest first */
function visits() {
  const found = recallHere(KEY);
  return Array.isArray(found) ? found : [];
}

/** @param {Visit} visit */
export function keepVisit(visit) {
  const now = Date.now() / 1000;
  const others = visits().filter((each) => each.id !== visit.id && each.end > now - KEPT);
  keepHere(KEY, [visit, ...others].slice(0, MOST));
}

/** All of them, as the list of one's own visits sends them. */
export const visitKeys = () => visits().map((each) => each.key).join(" ");

/** The key of the visit that a request is about: `/visit/<id>…`, or `m=<id>` when it is being moved. @param {string} path @param {any} values */
export function keyFor(path, values) {
  const about = /\/visit\/([\w-]{22})/.exec(path)?.[1] ?? /[?&]m=([\w-]{22})/.exec(path)?.[1] ?? values?.get?.("m");
  return visits().find((each) => each.id === about)?.key ?? null;
}
