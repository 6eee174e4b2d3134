// Leaving the page as a plain browser does.

/** In a new tab, which learns nothing of this one. @param {string} url */
export function openTab(url) {
  press({ href: url, target: "_blank", rel: "noopener noreferrer" });
}

/** @param {string} url @param {string} filename */
export function save(url, filename) {
  press({ href: url, download: filename });
}

/** @param {Partial<HTMLAnchorElement>} attributes */
function press(attributes) {
  const link = Object.assign(document.createElement("a"), attributes);
  document.body.append(link);
  link.click();
  link.remove();
}

/** An address in full, for hosts that know nothing of this page's. @param {string} url */
export const absolute = (url) => new URL(url, location.href).href;
