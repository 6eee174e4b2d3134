// What the page looks like inside its host: attributes and variables of <html>.

import { keep, recall } from "./kept.js";

/** @typedef {"light" | "dark"} Theme */
/** @typedef {"bg" | "secondary-bg" | "text" | "hint" | "link" | "button" | "button-text" | "section" | "accent" | "danger" | "separator"} Colour */
/** @typedef {{top: number, right: number, bottom: number, left: number}} Insets  in CSS pixels */

const KEY = "dress";
const SIDES = /** @type {const} */ (["top", "right", "bottom", "left"]);

/** @type {{host: string, theme: Theme, colours: Partial<Record<Colour, string>>}} */
const worn = { host: "web", theme: "light", colours: {} };
/** @type {Set<(theme: Theme) => void>} */
const listeners = new Set();

/**
 * Puts it on, and keeps it for the next page of this frame, which wears it before its first paint (see early.js).
 * @param {string} host @param {Theme} theme @param {Partial<Record<Colour, string>>} [colours]
 */
export function dress(host, theme, colours = {}) {
  const root = document.documentElement;
  const before = recall(KEY)?.colours ?? {};
  for (const name of Object.keys({ ...before, ...worn.colours })) root.style.removeProperty(`--host-${name}`);
  const changed = worn.theme !== theme;
  Object.assign(worn, { host, theme, colours });
  root.dataset.host = host;
  root.dataset.theme = theme;
  for (const [name, value] of Object.entries(colours)) root.style.setProperty(`--host-${name}`, value);
  keep(KEY, host === "web" ? null : worn);
  if (changed) for (const listener of listeners) listener(theme);
}

/** @param {(theme: Theme) => void} listener  called at each change */
export function onTheme(listener) {
  listeners.add(listener);
}

/** Room that the host's own edges take. @param {Insets | null} insets  null: as the browser says */
export function inset(insets) {
  for (const side of SIDES) {
    const value = insets ? `${Math.max(0, insets[side] || 0)}px` : `env(safe-area-inset-${side}, 0px)`;
    document.documentElement.style.setProperty(`--safe-${side}`, value);
  }
}
