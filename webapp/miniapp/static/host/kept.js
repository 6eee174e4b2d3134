// What this frame remembers while it lives, and what this device remembers.

/**
 * A page may show us in several frames (the sandbox's phones): they share a store and are told apart by name.
 */
const frame = window.parent !== window && window.name ? `.${window.name}` : "";

/** @param {Storage} store @param {string} name @returns {any} null when there is none or the browser keeps nothing */
function read(store, name) {
  try {
    return JSON.parse(store.getItem(`okoshko.${name}${frame}`) ?? "null");
  } catch {
    return null;
  }
}

/** @param {Storage} store @param {string} name @param {any} value  null forgets it */
function write(store, name, value) {
  try {
    if (value === null) store.removeItem(`okoshko.${name}${frame}`);
    else store.setItem(`okoshko.${name}${frame}`, JSON.stringify(value));
  } catch {
    // A browser that keeps nothing forgets at the next page.
  }
}

/** @param {"localStorage" | "sessionStorage"} kind @returns {Storage} */
function store(kind) {
  try {
    return window[kind];
  } catch {
    return /** @type {Storage} */ (/** @type {unknown} */ (null));
  }
}

/** Until the frame or tab is closed. @param {string} name */
export const recall = (name) => read(store("sessionStorage"), name);
/** @param {string} name @param {any} value */
export const keep = (name, value) => write(store("sessionStorage"), name, value);
/** For all tabs of this device. @param {string} name */
export const recallHere = (name) => read(store("localStorage"), name);
/** @param {string} name @param {any} value */
export const keepHere = (name, value) => write(store("localStorage"), name, value);
/** A name that is this frame's own. @param {string} name */
export const own = (name) => `okoshko.${name}${frame}`;
