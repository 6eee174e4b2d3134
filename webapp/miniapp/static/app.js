// The page's script: what only a browser can do. The screens themselves come from the server, whole or in parts;
// this wakes what they bring (data-… attributes say what) and lends them the host's buttons.

import { cart } from "./cart.js";
import { countdown } from "./countdown.js";
import { all, on, one } from "./dom.js";
import { fill, forgetComment, form, typed } from "./forms.js";
import { connect } from "./host/index.js";
import { follow, hear, noteScroll, picker } from "./picker.js";
import { api, attach, begin } from "./session.js";
import { keepVisit, keyFor, visitKeys } from "./visits.js";

/** @type {import("./host/index.js").Host | null} */
let host = null;
const root = document.documentElement;

/** Wakes a screen, or the part of it that came. @param {Element} part */
function wake(part) {
  const found = (/** @type {string} */ selector) => {
    const inside = all(selector, part);
    return part.matches(selector) ? [/** @type {HTMLElement} */ (part), ...inside] : inside;
  };
  for (const each of found("[data-cart]")) cart(/** @type {HTMLFormElement} */ (each));
  for (const each of found("[data-keep]")) form(/** @type {HTMLFormElement} */ (each));
  for (const each of found("[data-picker]")) picker(each);
  countdown();
  hear();
  dock();
}

/** The host's buttons stand for the page's own, where it has such. */
function dock() {
  if (!host) return;
  const main = /** @type {HTMLButtonElement | null} */ (one("[data-main]"));
  const shown = main && !main.closest("[hidden]");
  const has = host.mainButton(shown ? { text: (main.textContent ?? "").trim(), onClick: () => main.click() } : null);
  root.toggleAttribute("data-native-main", has && host.kind !== "web");
  const back = one("[data-back]");
  root.toggleAttribute("data-native-back", host.backButton(back ? () => back.click() : null));
  host.confirmClose(Boolean(one("[data-keep]")));
  const ask = one("[data-ask-phone]");
  if (ask) ask.hidden = host.kind === "web";
}

/** A screen was changed for another one: its beginning is shown, and read. */
function begun() {
  window.scrollTo(0, 0);
  const heading = one("#screen h1");
  if (heading && !one("#screen [aria-invalid]")) heading.focus({ preventScroll: true });
}

async function askPhone() {
  const field = /** @type {HTMLInputElement | null} */ (one("[data-phone]"));
  const given = await host?.phone();
  if (!field || !given) return;
  fill(field, given.phone);
  if (given.sign) {
    const business = location.pathname.split("/")[2];
    await api("/api/v1/me/phone", { method: "POST", body: { business, phone: given.signed, sign: given.sign } }).catch(() => null);
  }
}

/** @param {string} name  whose text stands at the place for it */
function trouble(name) {
  const place = one("#trouble");
  if (!place) return;
  place.textContent = place.dataset[name] ?? "";
  place.hidden = false;
  host?.haptic("error");
  window.setTimeout(() => (place.hidden = true), 6000);
}

attach(document.body);

on("htmx:configRequest", (detail) => {
  const key = keyFor(detail.path, detail.formData ?? detail.parameters);
  if (key) detail.headers["Okoshko-Visit"] = key;
  if (detail.elt.matches?.("[data-keys]")) detail.parameters.keys = visitKeys();
  const { keep } = detail.elt.dataset ?? {};
  if (keep && one('[name="resumed"]', detail.elt)) Object.assign(detail.parameters, typed(keep));
});
on("htmx:beforeRequest", (detail) => {
  if (detail.elt.closest?.("[data-dock]") || detail.elt.matches?.("form.form")) host?.haptic("tap");
});
on("htmx:beforeSwap", (detail) => {
  if (detail.target?.id === "picker") noteScroll();
  // Somebody has gone on meanwhile: what was asked for the screen before is of no use. Here `elt` is the target;
  // one that has left the page says nothing that could be heard, so whoever may be late aims at the body.
  const aside = detail.elt === document.body;
  const late = aside && !detail.requestConfig.elt.isConnected;
  const busy = aside && one("[data-picker].htmx-request");
  if (late || busy) detail.shouldSwap = false;
});
on("htmx:load", (detail) => wake(detail.elt));
on("htmx:afterSwap", (detail) => {
  if (detail.target?.id === "screen") begun();
});
on("htmx:historyRestore", () => wake(document.body));
on("htmx:sendError", () => trouble("offline"));
on("htmx:timeout", () => trouble("offline"));
on("htmx:responseError", ({ xhr }) => trouble(xhr.status === 429 ? "busy" : xhr.status === 404 ? "lost" : "failed"));
on("okoshko:booked", (detail) => {
  keepVisit(detail);
  forgetComment(location.pathname.split("/")[2]);
});
on("okoshko:done", () => host?.haptic("success"));

document.addEventListener("change", (event) => {
  if (/** @type {Element} */ (event.target).closest("[data-cart]")) {
    host?.haptic("select");
    dock();
  }
});
document.addEventListener("click", (event) => {
  if (!host) return;
  const link = /** @type {HTMLAnchorElement | null} */ (/** @type {Element} */ (event.target).closest("a"));
  if (/** @type {Element} */ (event.target).closest("[data-ask-phone]")) void askPhone();
  if (!link || host.kind === "web") return;
  if ("download" in link.dataset) host.download(link.href, link.dataset.download ?? "");
  else if ("messenger" in link.dataset) host.openMessenger(link.href);
  else if ("open" in link.dataset) host.openLink(link.href);
  else return;
  event.preventDefault();
});

follow();
root.toggleAttribute("data-ready", true);
void connect().then((found) => {
  host = found;
  if (enters(found.start)) return;
  void begin(found);
  dock();
});

/** «Open the app» may say which business is meant only to the host: then its page is next. @param {string} start */
function enters(start) {
  const slug = /^b_([\w-]+)$/.exec(start)?.[1];
  if (!slug || !one("[data-entry]")) return false;
  location.replace(`/b/${slug}`);
  return true;
}
