// One phone on the desk: who holds it, its list of chats, the open chat.

import { summary } from "./attachments.js";
import { ChatScreen } from "./chat.js";
import { face, h, icon } from "./dom.js";
import { MiniApp } from "./miniapp.js";
import { post } from "./net.js";
import { recall, remember, t } from "./page.js";
import { choosePerson, roleOf } from "./people.js";
import { Sheets } from "./sheets.js";
import { address, botsOf, chatKey, now, on, state } from "./store.js";
import { time } from "./when.js";

const LINK = /^(?:https?:\/\/)?(?:t\.me\/|vk\.me\/|vk\.com\/|@)([A-Za-z]\w{3,31})(?:\?(?:start|ref)=([\w-]*))?\/?$/;
/** Links that open a Mini App: of a Telegram bot, of VK (of a community). */
const BOT_APP = /^(?:https?:\/\/)?t\.me\/([A-Za-z]\w{3,31})\?startapp(?:=([\w-]*))?$/;
const VK_APP = /^(?:https?:\/\/)?vk\.(?:com|ru)\/app(\d+)(?:_-(\d+))?(?:#([\w-]*))?$/;
const MESSENGERS = ["telegram", "vk"];

/** @typedef {{person: number | null, bot: number | null, messenger?: string}} Held */

export class Phone {
  /**
   * @param {HTMLElement} seat @param {string} side  "left" or "right"
   * @param {{shown: () => boolean, show: () => void}} desk  on a narrow desk one phone is shown at a time
   */
  constructor(seat, side, desk) {
    this.seat = seat;
    this.side = side;
    this.desk = desk;
    /** Which messenger is open on the phone; a chat brings its own. */
    this.messenger = MESSENGERS[0];
    /** @type {Held} */
    this.held = { person: null, bot: null };
    /** @type {ChatScreen | null} */
    this.chat = null;
    this.chip = h("button.chip", { type: "button", onclick: () => this.chipPressed() });
    this.clock = h("span.phone-time");
    this.main = h("div.screen-main");
    this.screen = h("div.screen", {}, this.statusBar(), this.main);
    this.device = h("div.device", { "data-messenger": this.messenger }, this.screen);
    this.sheets = new Sheets(this.screen);
    this.app = new MiniApp(this);
    seat.append(this.chip, this.device);
    on("chat", ({ chat }) => this.chatChanged(chat));
    on("message", ({ chat, message }) => this.messageChanged(chat, message));
    on("gone", ({ chat, ids }) => this.chat?.key === chat && this.chat.gone(ids));
    on("press", ({ press }) => press.answered && this.chat?.key === press.chat && this.chat.answered(press));
    on("bot", () => !this.chat && this.draw());
    on("clock", () => this.tick());
    setInterval(() => this.tick(), 1000);
  }

  statusBar() {
    return h(
      "div.status-bar",
      { "aria-hidden": "true" },
      this.clock,
      h("span.island"),
      h("span.status-icons", {}, h("span.signal"), h("span.battery")),
    );
  }

  tick() {
    this.clock.textContent = time(now());
  }

  /** @param {Held} wanted */
  hold(wanted) {
    const person = wanted.person !== null && state.people.has(wanted.person) ? wanted.person : null;
    const bot = wanted.bot !== null && state.bots.has(wanted.bot) ? wanted.bot : null;
    const messenger = state.bots.get(bot)?.messenger ?? wanted.messenger;
    if (messenger && MESSENGERS.includes(messenger)) this.messenger = messenger;
    this.device.dataset.messenger = this.messenger;
    this.held = { person, bot, messenger: this.messenger };
    remember(this.side, JSON.stringify(this.held));
    this.sheets.close();
    this.app.close();
    this.draw();
  }

  /** What this phone showed when the page was last open. @returns {Held | null} */
  recalled() {
    try {
      return JSON.parse(recall(this.side) ?? "null");
    } catch {
      return null;
    }
  }

  chipPressed() {
    if (!this.desk.shown()) {
      this.chip.classList.remove("news");
      this.desk.show();
    } else {
      choosePerson(this.sheets, this.held.person, (id) => this.hold({ ...this.held, person: id }));
    }
  }

  draw() {
    this.tick();
    this.drawChip();
    const person = state.people.get(this.held.person);
    const bot = state.bots.get(this.held.bot);
    if (person && bot) {
      if (state.chats.has(chatKey(person.id, bot.id))) this.openChat(person, bot);
      else void this.openLink(bot.username);
    } else {
      this.chat = null;
      this.main.replaceChildren(this.list(person));
    }
  }

  drawChip() {
    const person = state.people.get(this.held.person);
    const name = person?.name ?? t("sandbox.people.nobody");
    this.chip.replaceChildren(
      person ? face(person) : h("span.face.face-new", {}, icon("person")),
      h("span.line-text", {}, h("span.line-name", {}, name), h("span.line-hint", {}, person ? roleOf(person) : t("sandbox.people.choose"))),
      icon("chevron"),
    );
    this.chip.setAttribute("aria-label", t("sandbox.people.holds", { name }));
  }

  openChat(person, bot) {
    const key = chatKey(person.id, bot.id);
    if (this.chat?.key === key) {
      this.chat.drawAll();
      return;
    }
    this.chat = new ChatScreen(person, bot, this.sheets, {
      back: () => this.hold({ person: person.id, bot: null }),
      link: (url) => this.link(url),
      app: (chat, url, at) => this.app.open(chat, url, at),
    });
    this.main.replaceChildren(this.chat.element);
    this.chat.toBottom(false);
  }

  /** Opens a link to a bot or to its Mini App inside the phone. @returns {boolean} whether it is one */
  link(url) {
    if (this.appLink(url.trim())) return true;
    const name = LINK.exec(url.trim())?.[1].toLowerCase();
    const bots = [...state.bots.values()];
    if (!name || !bots.some((bot) => [bot.username.toLowerCase(), `club${bot.id}`].includes(name))) return false;
    void this.openLink(url);
    return true;
  }

  /** @param {string} url @returns {boolean} whether it leads to a Mini App */
  appLink(url) {
    const ofBot = BOT_APP.exec(url);
    const ofVk = VK_APP.exec(url);
    const bot = ofBot
      ? botsOf("telegram").find((each) => each.username.toLowerCase() === ofBot[1].toLowerCase())
      : ofVk && botsOf("vk").find((each) => !ofVk[2] || String(each.id) === ofVk[2]);
    if (!bot || this.held.person === null) return false;
    void this.openLink(bot.username).then(() => {
      const target = ofBot ? this.chat?.chat.menu?.web_app?.url : `vk-app:${ofVk[1]}`;
      if (target) void this.chat?.app(target, { start: (ofBot ? ofBot[2] : ofVk[3]) ?? "" });
      else this.sheets.toast(t("sandbox.link.nowhere"));
    });
    return true;
  }

  async openLink(link) {
    try {
      const opened = await post("open", { person: this.held.person, link });
      if (!state.chats.has(opened.chat.key)) state.chats.set(opened.chat.key, { ...opened.chat, typing_until: 0 });
      this.hold({ person: opened.chat.person_id, bot: opened.chat.bot_id });
      if (this.chat && opened.start) {
        this.chat.parameter = opened.start;
        this.chat.drawHead();
      }
    } catch {
      this.sheets.toast(t("sandbox.link.nowhere"));
    }
  }

  list(person) {
    const search = h("input.search", {
      type: "search",
      "aria-label": t("sandbox.link.label"),
      placeholder: t(`sandbox.link.placeholder.${this.messenger}`),
      autocomplete: "off",
      disabled: !person,
    });
    const form = h(
      "form.search-form",
      {
        onsubmit: (event) => {
          event.preventDefault();
          const wanted = search.value.trim();
          if (wanted && !this.appLink(wanted)) void this.openLink(wanted);
        },
      },
      search,
    );
    const bots = person ? botsOf(this.messenger) : [];
    const last = (bot) => state.chats.get(chatKey(person.id, bot.id))?.messages.at(-1) ?? null;
    const inOrder = [...bots].sort((a, b) => (last(b)?.at ?? "").localeCompare(last(a)?.at ?? ""));
    const lines = inOrder.map((bot) => this.botLine(person, bot, last(bot)));
    return h(
      "div.chats",
      {},
      h("header.chats-top", {}, h("div.chats-head", {}, h("h2", {}, t("sandbox.chats")), this.switch()), form),
      lines.length ? h("div.lines", {}, lines) : h("p.empty", {}, t(person ? "sandbox.chats.none" : "sandbox.people.first")),
    );
  }

  /** The messengers that this phone has, where there is more than one. */
  switch() {
    const there = MESSENGERS.filter((messenger) => botsOf(messenger).length);
    if (there.length < 2) return null;
    const choices = there.map((messenger) =>
      h(
        "button.switch-key",
        {
          type: "button",
          "aria-pressed": String(messenger === this.messenger),
          onclick: () => this.hold({ person: this.held.person, bot: null, messenger }),
        },
        t(`sandbox.messenger.${messenger}`),
      ),
    );
    return h("div.switch", { role: "group", "aria-label": t("sandbox.messenger") }, choices);
  }

  botLine(person, bot, message) {
    return h(
      "button.line",
      { type: "button", onclick: () => this.hold({ person: person.id, bot: bot.id }) },
      face(bot, "large"),
      h(
        "span.line-text",
        {},
        h("span.line-name", {}, bot.name),
        h("span.line-hint", {}, message ? summary(message) : address(bot)),
      ),
      message ? h("time.line-time", { datetime: message.at }, time(new Date(message.at))) : null,
    );
  }

  chatChanged(chat) {
    if (this.chat?.key === chat.key) this.chat.drawHead();
  }

  messageChanged(key, message) {
    if (this.chat?.key === key) this.chat.changed(message);
    else if (!this.chat) this.draw();
    if (message.author === "bot" && key.startsWith(`${this.held.person}:`) && !this.desk.shown()) {
      this.chip.classList.add("news");
    }
  }
}
