// Small means that the other modules share.

/** @param {string} selector @param {ParentNode} [root] @returns {HTMLElement | null} */
export const one = (selector, root = document) => root.querySelector(selector);

/** @param {string} selector @param {ParentNode} [root] @returns {HTMLElement[]} */
export const all = (selector, root = document) => [...root.querySelectorAll(selector)].map((each) => /** @type {HTMLElement} */ (each));

/** Tells it to whoever listens to the page. @param {string} text */
export function say(text) {
  const place = one("#say");
  if (place && place.textContent !== text) place.textContent = text;
}

/** An event of htmx or of ours, with what it carries. @param {string} name @param {(detail: any, event: Event) => void} listener */
export function on(name, listener) {
  document.body.addEventListener(name, (event) => listener(/** @type {CustomEvent} */ (event).detail, event));
}

/** htmx, which is loaded before us. @returns {any} */
export const htmx = () => /** @type {any} */ (window).htmx;
