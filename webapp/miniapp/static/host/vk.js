// VK, by its bridge.

import vkBridge from "@vkontakte/vk-bridge";

import { dress, inset, onTheme } from "./dress.js";
import { absolute, openTab, save } from "./links.js";
import { within } from "./script.js";

/** @typedef {import("./dress.js").Colour} Colour */

/** VK tells light or dark, not its colours: these are its usual ones, texts at 4.5:1 and more. @type {Record<"light" | "dark", Partial<Record<Colour, string>>>} */
const COLOURS = {
  light: {
    bg: "#ffffff",
    "secondary-bg": "#ebedf0",
    text: "#000000",
    hint: "#62697a",
    link: "#0068d6",
    button: "#1f73d6",
    "button-text": "#ffffff",
    section: "#ffffff",
    accent: "#0068d6",
    danger: "#cc2a2a",
    separator: "#d7d8d9",
  },
  dark: {
    bg: "#19191a",
    "secondary-bg": "#0a0a0a",
    text: "#e1e3e6",
    hint: "#939599",
    link: "#71aaeb",
    button: "#e1e3e6",
    "button-text": "#19191a",
    section: "#232324",
    accent: "#71aaeb",
    danger: "#ff7b73",
    separator: "#3b3c3e",
  },
};
/** Its own types bind each method to what it is given; ours stand in a table. @type {any} */
const bridge = vkBridge;
/** How long VK is waited for, in milliseconds. */
const PATIENCE = 3000;

/** @type {Record<import("./index.js").Touch, [string, object]>} */
const TOUCHES = {
  tap: ["VKWebAppTapticImpactOccurred", { style: "light" }],
  select: ["VKWebAppTapticSelectionChanged", {}],
  success: ["VKWebAppTapticNotificationOccurred", { type: "success" }],
  error: ["VKWebAppTapticNotificationOccurred", { type: "error" }],
};

/**
 * @param {import("./launch.js").Launch} launch
 * @returns {Promise<import("./index.js").Host>}
 */
export async function vk(launch) {
  const params = new URLSearchParams(launch.raw);
  follow();
  await within(bridge.send("VKWebAppInit"), PATIENCE).catch(() => console.info("VK did not answer"));
  /** @type {(name: string) => Promise<boolean>} */
  const can = (name) => within(bridge.supportsAsync(name), PATIENCE).catch(() => false);
  /** The answer, or null when VK can't or the person won't. @type {(name: string, given?: object) => Promise<any>} */
  const ask = async (name, given = {}) => {
    if (!(await can(name))) return null;
    return bridge.send(name, given).catch(() => null);
  };

  return {
    kind: "vk",
    start: startOf(launch.start),
    credentials: () => ({ path: "/api/v1/auth/vk", body: { launch_params: launch.raw } }),
    mainButton: () => false,
    secondaryButton: () => false,
    // VK's own «back» is the browser's history, which the pages keep in order.
    backButton: () => false,
    haptic: (touch) => void ask(...TOUCHES[touch]),
    confirmClose: () => false,
    openLink: openTab,
    openMessenger: openTab,
    close: () => {
      void ask("VKWebAppClose", { status: "success" });
      return true;
    },
    phone: async () => {
      const given = await ask("VKWebAppGetPhoneNumber");
      if (!given?.phone_number) return null;
      const number = String(given.phone_number);
      return { phone: number.startsWith("+") ? number : `+${number}`, signed: number, sign: given.sign };
    },
    allowMessages: async () => {
      const meta = /** @type {HTMLMetaElement | null} */ (document.querySelector('meta[name="vk-group"]'));
      const group = Number(params.get("vk_group_id") ?? meta?.content);
      if (!group) return false;
      return Boolean((await ask("VKWebAppAllowMessagesFromGroup", { group_id: group }))?.result);
    },
    download: async (url, filename) => {
      if (!(await ask("VKWebAppDownloadFile", { url: absolute(url), filename }))?.result) save(url, filename);
    },
    onTheme,
  };
}

/** Wears what VK says, from its first word on. */
function follow() {
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  wear(system);
  inset(null);
  bridge.subscribe((/** @type {any} */ event) => {
    const { type, data } = event.detail ?? {};
    if (type === "VKWebAppUpdateConfig") {
      if (data?.appearance || data?.scheme) wear(data.appearance ?? (/dark|gray/.test(data.scheme) ? "dark" : "light"));
      if (data?.insets) inset(data.insets);
    } else if (type === "VKWebAppUpdateInsets" && data?.insets) {
      inset(data.insets);
    }
  });
}

/** @param {string} appearance */
function wear(appearance) {
  const theme = appearance === "dark" ? "dark" : "light";
  dress("vk", theme, COLOURS[theme]);
}

/** The part after «#»: "b_demo", or "?b=demo" as our own buttons have it. @param {string} place */
function startOf(place) {
  const query = new URLSearchParams(place.startsWith("?") ? place : "");
  return query.has("b") ? `b_${query.get("b")}` : place;
}
