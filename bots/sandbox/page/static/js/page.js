// What the server wrote into the page: its address, language and texts.

/** @type {{base: string, language: string, texts: Record<string, string>}} */
const page = JSON.parse(document.getElementById("page").textContent);

export const base = page.base;
export const language = page.language;

/**
 * A text of the catalogue with its {places} filled.
 * @param {string} name @param {Record<string, string | number>} [params] @returns {string}
 */
export function t(name, params = {}) {
  const text = page.texts[name] ?? name;
  return text.replace(/\{(\w+)\}/g, (whole, key) => (key in params ? String(params[key]) : whole));
}

/** Reads a remembered value; null when there is none or the browser keeps nothing. @param {string} name */
export function recall(name) {
  try {
    return localStorage.getItem(`okoshko.sandbox.${name}`);
  } catch {
    return null;
  }
}

/** @param {string} name @param {string} value */
export function remember(name, value) {
  try {
    localStorage.setItem(`okoshko.sandbox.${name}`, value);
  } catch {
    // Remembered for this visit alone.
  }
}
