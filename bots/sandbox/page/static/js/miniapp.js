// A Mini App on a phone: a frame with the app in it, and around it what the messenger draws.

import { face, h, icon } from "./dom.js";
import { base, t } from "./page.js";
import { TelegramHost } from "./miniapp-telegram.js";
import { VkHost } from "./miniapp-vk.js";
import { onTheme } from "./theme.js";

const HOSTS = { telegram: TelegramHost, vk: VkHost };
/** An app that never says that it is ready is shown all the same, after so many milliseconds. */
const PATIENCE = 4000;

/** @typedef {{text: string, visible: boolean, active: boolean, busy: boolean, color: string, ink: string}} HostKey */

/** The Mini App of one phone; there is one at a time. */
export class MiniApp {
  /** @param {import("./phone.js").Phone} phone */
  constructor(phone) {
    this.phone = phone;
    /** @type {any} */
    this.opened = null;
    window.addEventListener("message", (event) => {
      if (this.opened && event.source === this.opened.frame.contentWindow) this.opened.host.hear(event.data);
    });
  }

  /**
   * @param {import("./chat.js").ChatScreen} chat  where it was opened
   * @param {string} url  of its button @param {string} address  signed, to be opened
   */
  open(chat, url, address) {
    this.close();
    const name = chat.bot.name;
    const frame = h("iframe.app-frame", { title: name, name: `phone-${this.phone.side}`, allow: "clipboard-write" });
    const lead = h("button.icon-button.app-lead", { type: "button", onclick: () => this.lead() });
    const close = h(
      "button.icon-button.app-close",
      { type: "button", "aria-label": t("sandbox.app.close"), onclick: () => this.leave() },
      icon("close"),
    );
    const more = h("button.icon-button", { type: "button", "aria-label": t("sandbox.more"), onclick: () => this.more() }, icon("more"));
    const keys = h("footer.app-keys", { hidden: true });
    const cover = h("div.app-cover", { role: "status" }, face(chat.bot, "large"), h("span", {}, t("sandbox.app.opening")));
    const element = h(
      "section.app",
      { role: "dialog", "aria-label": `${name}, ${t("sandbox.app.kind")}` },
      h(
        "header.app-top",
        {},
        lead,
        h("span.app-title", {}, h("span.app-name", {}, name), h("span.app-kind", {}, t("sandbox.app.kind"))),
        h("span.app-capsule", {}, more, close),
      ),
      h("div.app-body", {}, frame, cover),
      keys,
    );
    const host = new HOSTS[chat.bot.messenger](this, chat, url);
    const before = document.activeElement;
    this.opened = { chat, frame, lead, keys, cover, element, host, before, main: null, secondary: null, back: false };
    this.drawLead();
    this.origin = new URL(here(address)).origin;
    this.opened.unfollow = onTheme(() => host.themed());
    this.opened.waits = setTimeout(() => this.ready(), PATIENCE);
    this.phone.main.inert = true;
    this.phone.screen.append(element);
    frame.src = host.launch(here(address));
    frame.focus({ preventScroll: true });
  }

  /** Whatever it was about: it is gone at once. */
  close() {
    if (!this.opened) return;
    const { element, unfollow, waits, before } = this.opened;
    clearTimeout(waits);
    unfollow();
    this.opened = null;
    element.remove();
    this.phone.main.inert = false;
    if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
  }

  /** The person closes it; an app with something unsaved asks first. */
  leave() {
    if (!this.opened?.host.confirms) {
      this.close();
      return;
    }
    this.phone.sheets.ask(t("sandbox.app.leave"), t("sandbox.app.leave.text"), [
      { label: t("sandbox.app.leave.yes"), danger: true, run: () => this.close() },
      { label: t("sandbox.cancel"), run: () => {} },
    ]);
  }

  /** Says something to the app. @param {any} message */
  say(message) {
    this.opened?.frame.contentWindow?.postMessage(message, this.origin);
  }

  ready() {
    this.opened?.cover.remove();
  }

  /** The button at the upper left: back, where the app has somewhere to go back to. @param {boolean} shown */
  setBack(shown) {
    this.opened.back = shown;
    this.drawLead();
  }

  drawLead() {
    const { lead, back } = this.opened;
    lead.classList.toggle("is-back", back);
    lead.setAttribute("aria-label", t(back ? "sandbox.app.back" : "sandbox.app.close"));
    lead.replaceChildren(icon(back ? "back" : "close"));
  }

  lead() {
    if (this.opened.back) this.opened.host.back();
    else this.leave();
  }

  /** The buttons below the app. @param {"main" | "secondary"} which @param {HostKey} key */
  setKey(which, key) {
    this.opened[which] = key;
    const { keys, main, secondary, host } = this.opened;
    const draw = (each, name) =>
      each?.visible
        ? h(
            `button.app-key.app-key-${name}${each.busy ? ".busy" : ""}`,
            { type: "button", disabled: !each.active, "aria-busy": each.busy ? "true" : null, onclick: () => host.key(name) },
            h("span", {}, each.text),
          )
        : null;
    const drawn = [draw(secondary, "secondary"), draw(main, "main")].filter(Boolean);
    for (const button of drawn) {
      const { color, ink } = button.classList.contains("app-key-main") ? main : secondary;
      if (color) button.style.setProperty("--key-back", color);
      if (ink) button.style.setProperty("--key-front", ink);
    }
    const focused = keys.contains(document.activeElement) ? document.activeElement.className.includes("main") : null;
    keys.hidden = !drawn.length;
    keys.replaceChildren(...drawn);
    if (focused !== null) keys.querySelector(focused ? ".app-key-main" : ".app-key-secondary")?.focus();
  }

  /** A tremble that a hand would feel. @param {string} kind */
  feel(kind) {
    const { device } = this.phone;
    device.dataset.felt = kind;
    device.getAnimations().forEach((each) => each.id === "felt" && each.cancel());
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const far = kind === "error" ? 4 : kind === "success" ? 3 : 1.5;
    const steps = [0, far, -far, far / 2, 0].map((x) => ({ transform: `translateX(${x}px)` }));
    device.animate(steps, { duration: 180, id: "felt" });
  }

  /** A link out of the app: to a bot on this phone, or to a browser. @param {string} url */
  follow(url) {
    const target = new URL(url, location.href);
    const query = target.searchParams;
    const here = target.origin === location.origin && target.pathname.replace(/\/$/, "") === base && query.has("bot");
    const link = here ? `https://t.me/${query.get("bot")}?start=${query.get("start") ?? ""}` : url;
    if (this.phone.link(link)) return;
    if (/^https?:$/.test(target.protocol)) window.open(target.href, "_blank", "noopener,noreferrer");
  }

  /** @param {string} url @param {string} name */
  save(url, name) {
    const link = h("a", { href: url, download: name });
    link.click();
    this.phone.sheets.toast(t("sandbox.app.saved", { name }));
  }

  more() {
    this.phone.sheets.ask(this.opened.chat.bot.name, t("sandbox.app.kind"), [
      {
        label: t("sandbox.app.reload"),
        run: () => {
          const { chat, host } = this.opened;
          void chat.app(host.url);
        },
      },
      { label: t("sandbox.app.close"), run: () => this.leave() },
      { label: t("sandbox.cancel"), run: () => {} },
    ]);
  }
}

/** The demo knows itself by a loopback address, whatever address this page was opened at. @param {string} address */
function here(address) {
  const url = new URL(address, location.href);
  const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (loopback && url.protocol === "http:" && url.port === location.port) {
    return `${location.origin}${url.pathname}${url.search}${url.hash}`;
  }
  return url.href;
}
