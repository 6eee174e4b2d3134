// A chat on a phone's screen: head, messages, lower edge.

import { bubble } from "./bubble.js";
import { Composer } from "./composer.js";
import { face, h, icon } from "./dom.js";
import { post } from "./net.js";
import { t } from "./page.js";
import { address, state } from "./store.js";
import { day } from "./when.js";

const NEAR_BOTTOM = 120;

/** One chat, of one person with one bot. */
export class ChatScreen {
  /**
   * @param {any} person @param {any} bot @param {import("./sheets.js").Sheets} sheets
   * @param {{back: () => void, link: (url: string) => boolean, app: (chat: ChatScreen, url: string, address: string) => void}} phone
   */
  constructor(person, bot, sheets, phone) {
    this.person = person;
    this.bot = bot;
    this.sheets = sheets;
    this.phone = phone;
    this.key = `${person.id}:${bot.id}`;
    /** A deep link's parameter that waits for «Start». @type {string | null} */
    this.parameter = null;
    /** @type {Map<number, HTMLElement>} */
    this.bubbles = new Map();
    this.deeds = {
      press: (message, row, column, button) => this.press(message, row, column, button),
      follow: (kind, target) => this.follow(kind, target),
      remove: (message) => this.remove(message),
    };
    this.composer = new Composer({
      send: (text) => this.do("send", { text }),
      start: (parameter) => this.start(parameter),
      panel: (row, column, button) => this.pressPanel(row, column, button),
      attach: () => this.attach(),
      app: (url) => this.app(url),
    });
    this.status = h("span.chat-status");
    this.list = h("div.messages", { role: "log", "aria-label": t("sandbox.chat", { name: bot.name }), tabindex: "0" });
    this.element = h("div.chat", {}, this.head(), this.list, this.composer.element);
    this.typingTimer = 0;
    this.atBottom = true;
    this.list.addEventListener("scroll", () => {
      this.atBottom = this.nearBottom();
    });
    this.list.addEventListener("pointerdown", () => this.composer.closeCommands());
    new ResizeObserver(() => this.atBottom && this.toBottom(false)).observe(this.list);
    this.drawAll();
  }

  get vk() {
    return this.bot.messenger === "vk";
  }

  get chat() {
    return state.chats.get(this.key);
  }

  head() {
    return h(
      "header.chat-top",
      {},
      h("button.icon-button", { type: "button", "aria-label": t("sandbox.chats"), onclick: () => this.phone.back() }, icon("back")),
      face(this.bot),
      h("span.chat-title", {}, h("span.chat-name", {}, this.bot.name), this.status),
      h("button.icon-button", { type: "button", "aria-label": t("sandbox.more"), onclick: () => this.more() }, icon("more")),
    );
  }

  drawAll() {
    this.bubbles.clear();
    this.list.replaceChildren();
    const { messages } = this.chat;
    if (!messages.length) this.list.append(this.welcome());
    for (const message of messages) this.append(message);
    this.drawHead();
    this.toBottom(false);
  }

  welcome() {
    return h(
      "div.welcome",
      {},
      h("strong", {}, t("sandbox.chat.empty", { name: this.bot.name })),
      h("span", {}, this.bot.description || t("sandbox.chat.hint")),
    );
  }

  drawHead() {
    const chat = this.chat;
    this.composer.draw(chat, this.parameter);
    clearTimeout(this.typingTimer);
    const left = (chat.typing_until ?? 0) - Date.now();
    const typing = left > 0;
    const rest = this.vk ? "sandbox.status.community" : "sandbox.status.bot";
    const blocked = this.vk ? "sandbox.status.forbidden" : "sandbox.status.blocked";
    this.status.textContent = t(chat.blocked ? blocked : typing ? "sandbox.status.typing" : rest);
    this.status.classList.toggle("typing", typing);
    if (typing) this.typingTimer = setTimeout(() => this.drawHead(), left);
  }

  /** A message is new or was edited. */
  changed(message) {
    const drawn = this.bubbles.get(message.id);
    this.list.querySelector(".welcome")?.remove();
    const near = this.nearBottom();
    if (drawn) {
      const fresh = this.draw(message);
      fresh.classList.add("flash");
      drawn.replaceWith(fresh);
    } else {
      this.append(message).classList.add("arrives");
    }
    if (near || message.author === "person") this.toBottom(!drawn);
    this.drawHead();
  }

  gone(ids) {
    for (const id of ids) {
      this.bubbles.get(id)?.remove();
      this.bubbles.delete(id);
    }
    if (!this.chat.messages.length) this.drawAll();
  }

  /** The bot answered a press. */
  answered(press) {
    const keys = this.bubbles.get(press.message_id)?.querySelectorAll(".waiting") ?? [];
    for (const key of keys) key.classList.remove("waiting");
    if (press.text) this.sheets.toast(press.text, press.alert);
    if (press.url?.startsWith("vk-app:")) void this.app(press.url);
    else if (press.url) this.follow("url", press.url);
  }

  append(message) {
    const date = day(new Date(message.at));
    if (this.list.lastElementChild?.dataset.day !== date) {
      this.list.append(h("div.date", { "data-day": date }, h("span", {}, date)));
    }
    const drawn = this.draw(message);
    drawn.dataset.day = date;
    this.list.append(drawn);
    return drawn;
  }

  draw(message) {
    const replied = message.reply_to ? this.chat.messages.find((item) => item.id === message.reply_to) : null;
    const drawn = bubble(message, replied, this.deeds);
    drawn.dataset.day = day(new Date(message.at));
    this.bubbles.set(message.id, drawn);
    return drawn;
  }

  nearBottom() {
    return this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < NEAR_BOTTOM;
  }

  toBottom(smooth) {
    this.atBottom = true;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    requestAnimationFrame(() =>
      this.list.scrollTo({ top: this.list.scrollHeight, behavior: smooth && !calm ? "smooth" : "auto" }),
    );
  }

  async do(deed, body = {}) {
    try {
      return await post(`chats/${this.person.id}/${this.bot.id}/${deed}`, body);
    } catch (refused) {
      this.sheets.toast(t("sandbox.refused", { why: refused.message }));
      return null;
    }
  }

  async start(parameter) {
    this.parameter = null;
    await this.do("start", { parameter });
    this.drawHead();
  }

  press(message, row, column, button) {
    if (button.kind === "callback" || button.kind === "text") void this.pressCallback(message, row, column);
    else this.pressOwn(button);
  }

  async pressCallback(message, row, column) {
    const done = await this.do("press", { message_id: message.id, row, column });
    if (!done) this.answered({ message_id: message.id, text: "", url: "" });
  }

  /** A button that the phone follows by itself. */
  pressOwn(button, signed = true) {
    if (button.kind === "url") this.follow("url", button.value);
    else if (button.kind === "web_app") void this.app(button.value, { signed });
    else if (button.kind === "copy") void this.copy(button.value);
    else this.sheets.toast(t("sandbox.key.other"));
  }

  pressPanel(row, column, button) {
    if (button.kind === "contact") {
      const { phone } = this.person;
      this.sheets.ask(t("sandbox.contact.title"), t("sandbox.contact.text", { name: this.bot.name, phone }), [
        { label: t("sandbox.contact.share"), run: () => this.do("panel", { row, column }) },
        { label: t("sandbox.cancel"), run: () => {} },
      ]);
    } else if (["text", "location", "callback"].includes(button.kind)) {
      void this.do("panel", { row, column });
    } else {
      this.pressOwn(button, false);
    }
  }

  /** Opens a Mini App. @param {string} url  of its button @param {{signed?: boolean, start?: string}} [options] */
  async app(url, { signed = true, start = "" } = {}) {
    const done = await this.do("app", { url, signed, start });
    if (done) this.phone.app(this, url, done.url);
  }

  async copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      this.sheets.toast(t("sandbox.copied"));
    } catch {
      this.sheets.toast(text);
    }
  }

  follow(kind, target) {
    if (kind === "bot_command") void this.do("send", { text: target });
    else if (kind === "mention") this.phone.link(target);
    else if (kind === "email") location.assign(`mailto:${target}`);
    else if (kind === "phone_number") void this.copy(target);
    else if (kind !== "hashtag" && !this.phone.link(target)) {
      const url = /^[a-z][a-z0-9+.-]*:/i.test(target) ? target : `https://${target}`;
      if (/^https?:/i.test(url)) window.open(url, "_blank", "noopener,noreferrer");
    }
  }

  remove(message) {
    this.sheets.ask(t("sandbox.message.delete"), t("sandbox.message.delete.text"), [
      { label: t("sandbox.delete"), danger: true, run: () => this.do("delete_message", { message_id: message.id }) },
      { label: t("sandbox.cancel"), run: () => {} },
    ]);
  }

  attach() {
    const offers = [
      ["sticker", t("sandbox.kind.sticker"), {}],
      ["photo", t("sandbox.kind.photo"), {}],
      ["voice", t("sandbox.kind.voice"), {}],
      ["location", t("sandbox.kind.location"), {}],
      ["contact", t("sandbox.contact.own"), {}],
      ["contact", t("sandbox.contact.foreign"), { phone: "+79995550101", first_name: t("sandbox.contact.somebody") }],
    ];
    // A conversation in VK carries no contact cards.
    const offered = offers.filter(([deed]) => !this.vk || deed !== "contact");
    const lines = offered.map(([deed, label, body]) =>
      h(
        "button.line",
        {
          type: "button",
          onclick: () => {
            this.sheets.close();
            void this.do(deed, body);
          },
        },
        h("span.line-text", {}, h("span.line-name", {}, label)),
      ),
    );
    this.sheets.open(t("sandbox.attach"), [h("div.lines", {}, lines)]);
  }

  more() {
    const { blocked } = this.chat;
    const [block, unblock] = this.vk ? ["sandbox.forbid", "sandbox.allow"] : ["sandbox.block", "sandbox.unblock"];
    this.sheets.ask(this.bot.name, address(this.bot), [
      { label: t(blocked ? unblock : block), danger: !blocked, run: () => this.do(blocked ? "unblock" : "block") },
      { label: t("sandbox.chat.clear"), danger: true, run: () => this.do("delete_chat") },
      { label: t("sandbox.cancel"), run: () => {} },
    ]);
  }
}
