// A classic script for <head>: wears the host's look before the first paint, so that nothing flashes.
(() => {
  const root = document.documentElement;
  const frame = window.parent !== window && window.name ? `.${window.name}` : "";
  let worn = null;
  try {
    worn = JSON.parse(sessionStorage.getItem(`okoshko.dress${frame}`) ?? "null");
  } catch {
    // Nothing is kept here.
  }
  const fragment = new URLSearchParams(location.hash.slice(1));
  if (fragment.has("tgWebAppVersion")) {
    root.dataset.host = "telegram";
    try {
      const theme = JSON.parse(fragment.get("tgWebAppThemeParams") ?? "{}");
      const background = /^#[0-9a-f]{6}$/i.test(theme.bg_color) ? theme.bg_color : "";
      const light = (/** @type {number} */ at) => parseInt(background.slice(at, at + 2), 16);
      if (background) {
        root.dataset.theme = light(1) * 299 + light(3) * 587 + light(5) * 114 < 128000 ? "dark" : "light";
        root.style.setProperty("--host-bg", background);
        if (/^#[0-9a-f]{6}$/i.test(theme.text_color)) root.style.setProperty("--host-text", theme.text_color);
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
  if (root.dataset.host === "telegram") {
    // Telegram's script is asked for now: host/telegram.js needs it before anything else.
    const meta = document.querySelector('meta[name="telegram-script"]');
    const href = meta?.getAttribute("content");
    if (href) document.head.append(Object.assign(document.createElement("link"), { rel: "preload", as: "script", href }));
  }
  if (!root.dataset.theme) root.dataset.theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
})();
