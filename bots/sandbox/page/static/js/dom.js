// Elements without markup strings: a text of a person can never become HTML.

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {Node | string | number | null | undefined | false} Child */

/**
 * @param {string} tag  with classes: "div.bubble.own"
 * @param {Record<string, any>} [attributes]  "on…" are listeners, null and false are left out, true is empty
 * @param {...(Child | Child[])} children
 * @returns {HTMLElement}
 */
export function h(tag, attributes = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name);
  if (classes.length) element.className = classes.join(" ");
  return dress(element, attributes, children);
}

/** The same for drawings. */
export function s(tag, attributes = {}, ...children) {
  return dress(document.createElementNS(SVG, tag), attributes, children);
}

function dress(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  for (const child of children.flat()) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
  return element;
}

const PATHS = {
  back: "M15 5l-7 7 7 7",
  more: "M12 5.5v.01M12 12v.01M12 18.5v.01",
  send: "M4 12l16-8-6 16-3-6z",
  clip: "M8 12.5l6.5-6.5a3 3 0 0 1 4.3 4.3l-8.2 8.2a5 5 0 0 1-7-7L11 4",
  link: "M8 16L17 7M10 7h7v7",
  app: "M5 7h14v12H5zM5 10.5h14",
  copy: "M9 9h10v10H9zM5 15V5h10",
  close: "M6 6l12 12M18 6L6 18",
  plus: "M12 5v14M5 12h14",
  menu: "M5 7h14M5 12h14M5 17h14",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z",
  auto: "M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18",
  chevron: "M7 10l5 5 5-5",
  play: "M9 6l9 6-9 6z",
  forward: "M5 12h14M13 6l6 6-6 6",
  calendar: "M5 6h14v14H5zM5 10.5h14M9 3.5v4M15 3.5v4",
  file: "M7 3h7l4 4v14H7zM14 3v4h4",
  person: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4.5 20c.8-4 4-6 7.5-6s6.7 2 7.5 6",
};

/** A line drawing of 24 units. @param {keyof typeof PATHS} name */
export function icon(name) {
  return s(
    "svg",
    { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" },
    s("path", { d: PATHS[name] }),
  );
}

/** A drawn face: initials on a colour. @param {{initials: string, colour: number}} who */
export function face(who, size = "") {
  return h(`span.face.face-${who.colour}${size ? `.${size}` : ""}`, { "aria-hidden": "true" }, who.initials);
}
