// Light, dark, or as the system has it.

import { icon } from "./dom.js";
import { recall, remember, t } from "./page.js";

const ORDER = ["auto", "light", "dark"];
const ICONS = { auto: "auto", light: "sun", dark: "moon" };

const system = matchMedia("(prefers-color-scheme: dark)");

/** Whether the page is dark now. */
export function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : system.matches;
}

/** @param {() => void} listener @returns {() => void} what ends it */
export function onTheme(listener) {
  const watch = new MutationObserver(listener);
  watch.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  system.addEventListener("change", listener);
  return () => {
    watch.disconnect();
    system.removeEventListener("change", listener);
  };
}

/** @param {HTMLElement} button */
export function drawTheme(button) {
  let theme = ORDER.includes(recall("theme") ?? "") ? recall("theme") : "auto";
  const show = () => {
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    button.replaceChildren(icon(ICONS[theme]));
    button.setAttribute("aria-label", t(`sandbox.theme.${theme}`));
    button.title = t(`sandbox.theme.${theme}`);
  };
  button.addEventListener("click", () => {
    theme = ORDER[(ORDER.indexOf(theme) + 1) % ORDER.length];
    remember("theme", theme);
    show();
  });
  show();
}
