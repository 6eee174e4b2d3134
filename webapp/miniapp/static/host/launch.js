// How the page was opened: by Telegram, by VK, or by a browser.

import { keep, recall } from "./kept.js";

/**
 * `raw`: what the host gave us to prove who is there: Telegram's fragment, VK's query. `start`: VK's part after «#».
 * @typedef {{kind: "telegram" | "vk" | "web", raw: string, start: string}} Launch
 */

const KEY = "launch";

/**
 * The address says it on the first page; later pages of the same frame are told by what was kept.
 * @returns {Launch}
 */
export function launched() {
  const found = inAddress();
  if (found) {
    keep(KEY, found);
    return found;
  }
  const kept = recall(KEY);
  if (kept && (kept.kind === "telegram" || kept.kind === "vk")) return kept;
  return { kind: inTelegram() ? "telegram" : "web", raw: "", start: "" };
}

/** @returns {Launch | null} */
function inAddress() {
  const fragment = location.hash.slice(1);
  if (/(^|[?&])tgWebApp(Data|Version|Platform)=/.test(fragment)) {
    return { kind: "telegram", raw: fragment, start: "" };
  }
  const query = location.search.slice(1);
  const params = new URLSearchParams(query);
  if (params.has("vk_app_id") && params.has("vk_user_id")) {
    return { kind: "vk", raw: query, start: fragment };
  }
  return null;
}

/** Telegram's own apps put this into the page before anything of it runs. */
function inTelegram() {
  return "TelegramWebviewProxy" in window;
}
