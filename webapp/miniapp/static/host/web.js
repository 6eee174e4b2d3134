// A browser: the page has its own buttons, the system its theme.

import { dress, inset, onTheme } from "./dress.js";
import { openTab, save } from "./links.js";

/**
 * @param {import("./launch.js").Launch} launch
 * @returns {import("./index.js").Host}
 */
export function web(launch) {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const wear = () => dress("web", dark.matches ? "dark" : "light");
  dark.addEventListener("change", wear);
  wear();
  inset(null);
  return {
    kind: "web",
    start: new URLSearchParams(location.search).get("startapp") ?? launch.start,
    credentials: () => null,
    mainButton: () => false,
    secondaryButton: () => false,
    backButton: () => false,
    haptic: () => {},
    confirmClose: () => false,
    openLink: openTab,
    openMessenger: openTab,
    close: () => false,
    phone: async () => null,
    allowMessages: async () => false,
    download: save,
    onTheme,
  };
}
