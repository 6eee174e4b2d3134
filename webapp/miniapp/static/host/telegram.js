// Telegram: window.Telegram.WebApp of its own script (core.telegram.org/bots/webapps).

import { isDark, readable } from "./contrast.js";
import { dress, inset, onTheme } from "./dress.js";
import { absolute, openTab, save } from "./links.js";
import { loadScript } from "./script.js";

/** @typedef {import("./dress.js").Colour} Colour */
/** @typedef {import("./index.js").HostButton} HostButton */

/** Our colours by Telegram's names for them; the first that it has. @type {Record<Colour, string[]>} */
const COLOURS = {
  bg: ["bg_color"],
  "secondary-bg": ["secondary_bg_color"],
  text: ["text_color"],
  hint: ["subtitle_text_color", "hint_color"],
  link: ["link_color"],
  button: ["button_color"],
  "button-text": ["button_text_color"],
  section: ["section_bg_color", "bg_color"],
  accent: ["accent_text_color", "link_color"],
  danger: ["destructive_text_color"],
  separator: ["section_separator_color"],
};
/** What words are written in. @type {Colour[]} */
const WORDS = ["text", "hint", "link", "accent", "danger"];
const SCRIPT = "https://telegram.org/js/telegram-web-app.js?59";
/** How long a silent telegram.org is waited for, in milliseconds: without its script the page works with its own buttons. */
const PATIENCE = 4000;

/**
 * @param {import("./launch.js").Launch} launch
 * @returns {Promise<import("./index.js").Host>}
 */
export async function telegram(launch) {
  const app = await script();
  const given = new URLSearchParams(launch.raw);
  const data = app?.initData || (given.get("tgWebAppData") ?? "");
  const has = (/** @type {string} */ version) => Boolean(app?.isVersionAtLeast(version));
  if (app) wear(app, has);
  else wearFragment(given);
  app?.ready();
  app?.expand();
  if (has("7.7")) app.disableVerticalSwipes();
  const main = button(app?.MainButton ?? null);
  const secondary = button(has("7.10") ? app.SecondaryButton : null);

  return {
    kind: "telegram",
    start: startOf(data),
    credentials: () => (data ? { path: "/api/v1/auth/telegram", body: { init_data: data } } : null),
    mainButton: main,
    secondaryButton: secondary,
    backButton: back(has("6.1") ? app.BackButton : null),
    haptic: (touch) => has("6.1") && feel(app.HapticFeedback, touch),
    confirmClose: (wanted) => {
      if (!has("6.2")) return false;
      if (wanted) app.enableClosingConfirmation();
      else app.disableClosingConfirmation();
      return true;
    },
    openLink: (url) => (app ? app.openLink(absolute(url)) : openTab(url)),
    openMessenger: (url) => {
      if (!app) openTab(url);
      else if (/^https:\/\/t\.me\//.test(url)) app.openTelegramLink(url);
      else app.openLink(absolute(url));
    },
    close: () => {
      app?.close();
      return Boolean(app);
    },
    phone: () => (has("6.9") ? phone(app) : Promise.resolve(null)),
    allowMessages: () =>
      has("6.9") ? new Promise((tell) => app.requestWriteAccess((/** @type {boolean} */ allowed) => tell(Boolean(allowed)))) : Promise.resolve(false),
    download: (url, filename) => {
      // Telegram fetches the file by itself, which it does over HTTPS alone.
      if (has("8.0") && absolute(url).startsWith("https:")) app.downloadFile({ url: absolute(url), file_name: filename });
      else if (app) app.openLink(absolute(url));
      else save(url, filename);
    },
    onTheme,
  };
}

/** Telegram's own object, or null when its script doesn't come. @returns {Promise<any>} */
async function script() {
  const there = () => /** @type {any} */ (window).Telegram?.WebApp ?? null;
  if (!there()) {
    const meta = /** @type {HTMLMetaElement | null} */ (document.querySelector('meta[name="telegram-script"]'));
    try {
      await loadScript(meta?.content || SCRIPT, PATIENCE);
    } catch (trouble) {
      console.info("Telegram's script did not come", trouble);
    }
  }
  return there();
}

/** Wears Telegram's colours and edges, and follows them. @param {any} app @param {(version: string) => boolean} has */
function wear(app, has) {
  const theme = () => dress("telegram", app.colorScheme === "dark" ? "dark" : "light", colours(app.themeParams));
  const edges = () => {
    const [device, content] = [app.safeAreaInset ?? {}, app.contentSafeAreaInset ?? {}];
    const sum = (/** @type {string} */ side) => (device[side] ?? 0) + (content[side] ?? 0);
    inset({ top: sum("top"), right: sum("right"), bottom: sum("bottom"), left: sum("left") });
  };
  const height = () => {
    if (app.viewportStableHeight > 0) {
      document.documentElement.style.setProperty("--host-height", `${app.viewportStableHeight}px`);
    }
  };
  theme();
  height();
  app.onEvent("themeChanged", theme);
  app.onEvent("viewportChanged", (/** @type {any} */ change) => change?.isStateStable !== false && height());
  if (has("8.0")) {
    edges();
    app.onEvent("safeAreaChanged", edges);
    app.onEvent("contentSafeAreaChanged", edges);
  } else {
    inset(null);
  }
}

/** The colours that the launch brought, when the script isn't there to tell them. @param {URLSearchParams} given */
function wearFragment(given) {
  /** @type {Record<string, string>} */
  let params = {};
  try {
    params = JSON.parse(given.get("tgWebAppThemeParams") ?? "{}");
  } catch {
    // Then the system's theme is as good as any.
  }
  const found = colours(params);
  const dark = found.bg ? isDark(found.bg) : matchMedia("(prefers-color-scheme: dark)").matches;
  dress("telegram", dark ? "dark" : "light", found);
  inset(null);
}

/** @param {Record<string, string>} params @returns {Partial<Record<Colour, string>>} */
function colours(params) {
  /** @type {Partial<Record<Colour, string>>} */
  const found = {};
  for (const [name, sources] of Object.entries(COLOURS)) {
    const value = sources.map((source) => params?.[source]).find((each) => /^#[0-9a-f]{6}$/i.test(each ?? ""));
    if (value) found[/** @type {Colour} */ (name)] = value;
  }
  const grounds = [found.bg, found["secondary-bg"], found.section];
  for (const name of WORDS) {
    if (found[name] && found.bg) found[name] = readable(found[name], grounds);
  }
  if (found.button && found["button-text"]) found.button = readable(found.button, [found["button-text"]]);
  return found;
}

/** A button of Telegram's lower edge as ours. @param {any} its  null: there is none */
function button(its) {
  /** @type {HostButton | null} */
  let shown = null;
  its?.onClick(() => shown?.onClick());
  return (/** @type {HostButton | null} */ wanted) => {
    if (!its) return false;
    shown = wanted;
    if (!wanted) {
      its.hideProgress();
      its.hide();
      return true;
    }
    const active = wanted.enabled !== false && !wanted.busy;
    its.setParams({ text: wanted.text, is_active: active, is_visible: true });
    if (wanted.busy) its.showProgress(false);
    else if (its.isProgressVisible) {
      its.hideProgress();
      // Hiding the progress wakes the button.
      if (!active) its.disable();
    }
    return true;
  };
}

/** @param {any} its */
function back(its) {
  /** @type {(() => void) | null} */
  let pressed = null;
  its?.onClick(() => pressed?.());
  return (/** @type {(() => void) | null} */ wanted) => {
    if (!its) return false;
    pressed = wanted;
    if (wanted) its.show();
    else its.hide();
    return true;
  };
}

/** @param {any} haptics @param {import("./index.js").Touch} touch */
function feel(haptics, touch) {
  if (touch === "select") haptics.selectionChanged();
  else if (touch === "tap") haptics.impactOccurred("light");
  else haptics.notificationOccurred(touch);
}

/** Telegram sends the contact to the bot, too, which is what the server believes. @param {any} app */
function phone(app) {
  return new Promise((tell) =>
    app.requestContact((/** @type {boolean} */ sent, /** @type {any} */ answer) => {
      const number = sent ? String(answer?.responseUnsafe?.contact?.phone_number ?? "") : "";
      tell(number ? { phone: number.startsWith("+") ? number : `+${number}` } : null);
    }),
  );
}

/** What the link asked for. @param {string} data */
function startOf(data) {
  const query = new URLSearchParams(location.search);
  return new URLSearchParams(data).get("start_param") ?? query.get("tgWebAppStartParam") ?? "";
}
