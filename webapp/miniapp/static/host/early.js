// A classic script for <head>: wears the host's look before the first paint, so that nothing flashes, and asks for
// the scripts that the host will need (data-telegram and data-vk of its own tag: their addresses).

import { isDark } from "./contrast.js";
import { recall } from "./kept.js";

const root = document.documentElement;
const tag = /** @type {HTMLScriptElement | null} */ (document.currentScript);
const worn = recall("dress");
const fragment = new URLSearchParams(location.hash.slice(1));
if (fragment.has("tgWebAppVersion")) {
  root.dataset.host = "telegram";
  try {
    const theme = JSON.parse(fragment.get("tgWebAppThemeParams") ?? "{}");
    const given = (/** @type {string} */ name) => /^#[0-9a-f]{6}$/i.test(theme[name]);
    if (given("bg_color")) {
      root.dataset.theme = isDark(theme.bg_color) ? "dark" : "light";
      root.style.setProperty("--host-bg", theme.bg_color);
      if (given("text_color")) root.style.setProperty("--host-text", theme.text_color);
    }
  } catch {
    // The host tells its theme again later.
  }
} else if (/[?&]vk_app_id=/.test(location.search)) {
  root.dataset.host = "vk";
} else if (worn) {
  root.dataset.host = worn.host;
  root.dataset.theme = worn.theme;
  for (const [name, value] of Object.entries(worn.colours)) root.style.setProperty(`--host-${name}`, String(value));
} else {
  root.dataset.host = "web";
}
if (!root.dataset.theme) root.dataset.theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";

for (const href of (tag?.dataset[root.dataset.host ?? ""] ?? "").split(" ").filter(Boolean)) ask("modulepreload", href);
if (root.dataset.host === "telegram") {
  const href = document.querySelector('meta[name="telegram-script"]')?.getAttribute("content");
  if (href) ask("preload", href);
}

/** @param {string} rel @param {string} href */
function ask(rel, href) {
  document.head.append(Object.assign(document.createElement("link"), { rel, href }, rel === "preload" && { as: "script" }));
}
