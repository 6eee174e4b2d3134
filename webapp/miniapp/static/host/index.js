// The one door to whatever the page is shown in. Each host has a module of the same shape, loaded
// when it is needed; who uses it need not know which.
//
//   const host = await connect();
//   if (!host.mainButton({ text: "Записаться", onClick: book })) showOwnButton();
//
// In <html> afterwards: data-host, data-theme, --host-* (telegram and vk), --safe-*, --host-height (telegram).
// The page says where Telegram's script is: <meta name="telegram-script" content="https://…">; and which VK
// community may ask to write, where the launch doesn't say: <meta name="vk-group" content="123">.

import { launched } from "./launch.js";
import { web } from "./web.js";

/**
 * @typedef {object} HostButton
 * @property {string} text
 * @property {() => void} onClick
 * @property {boolean} [enabled]  true when left out
 * @property {boolean} [busy]  shows that it is being done; can't be pressed then
 */

/** @typedef {"tap" | "select" | "success" | "error"} Touch */
/** @typedef {{path: string, body: Record<string, string>}} Credentials  what is posted to be signed in */

/**
 * `phone` begins with a plus. `sign` is the host's signature under `signed`, its own spelling of the number.
 * @typedef {{phone: string, signed?: string, sign?: string}} Phone
 */

/**
 * Functions that return boolean say whether the host did it: where not, the page has its own way.
 * @typedef {object} Host
 * @property {"telegram" | "vk" | "web"} kind
 * @property {string} start  what the link that led here asks for: "b_demo"; empty for nothing
 * @property {() => Credentials | null} credentials
 * @property {(button: HostButton | null) => boolean} mainButton  null hides it
 * @property {(button: HostButton | null) => boolean} secondaryButton
 * @property {(onClick: (() => void) | null) => boolean} backButton
 * @property {(touch: Touch) => void} haptic
 * @property {(wanted: boolean) => boolean} confirmClose
 * @property {(url: string) => void} openLink  outside of the host, in a browser
 * @property {(url: string) => void} openMessenger  a link of the messenger: t.me, vk.me
 * @property {() => boolean} close
 * @property {() => Promise<Phone | null>} phone  as the person's account has it; null: refused
 * @property {() => Promise<boolean>} allowMessages
 * @property {(url: string, filename: string) => void} download
 * @property {(listener: (theme: "light" | "dark") => void) => void} onTheme
 */

/** @type {Promise<Host> | null} */
let connected = null;

/** The host; the same one each time. Never throws: what can't be reached is the plain web. @returns {Promise<Host>} */
export function connect() {
  connected ??= pick();
  return connected;
}

/** @returns {Promise<Host>} */
async function pick() {
  const launch = launched();
  try {
    if (launch.kind === "telegram") return await (await import("./telegram.js")).telegram(launch);
    if (launch.kind === "vk") return await (await import("./vk.js")).vk(launch);
  } catch (trouble) {
    console.info("the host is silent", trouble);
  }
  return web(launch);
}
