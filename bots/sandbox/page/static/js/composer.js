// The lower edge of a chat: text, commands, things to attach, the panel of buttons.

import { h, icon } from "./dom.js";
import { t } from "./page.js";

const TALLEST = 120;

/**
 * @typedef {object} ComposerDeeds
 * @property {(text: string) => void} send
 * @property {(parameter: string) => void} start
 * @property {(row: number, column: number, button: any) => void} panel
 * @property {() => void} attach
 * @property {(url: string) => void} app
 */

/** Redrawn when the chat's head changes; what was typed stays. */
export class Composer {
  /** @param {ComposerDeeds} deeds */
  constructor(deeds) {
    this.deeds = deeds;
    this.chat = null;
    this.input = h("textarea", { rows: 1, "aria-label": t("sandbox.write"), placeholder: t("sandbox.write") });
    this.input.addEventListener("input", () => this.typed());
    this.input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.submit();
      }
      if (event.key === "Escape") this.commands.hidden = true;
    });
    this.sendButton = h(
      "button.icon-button.send",
      { type: "button", "aria-label": t("sandbox.send"), onclick: () => this.submit() },
      icon("send"),
    );
    this.menuButton = h("button.menu-button", { type: "button", onclick: () => this.menu() });
    this.attachButton = h(
      "button.icon-button",
      { type: "button", "aria-label": t("sandbox.attach"), onclick: () => deeds.attach() },
      icon("clip"),
    );
    this.commands = h("div.commands", { hidden: true, role: "group", "aria-label": t("sandbox.commands") });
    this.bar = h("div.bar", {}, this.menuButton, this.attachButton, this.input, this.sendButton);
    this.startButton = h("button.start", { type: "button", onclick: () => deeds.start(this.parameter) });
    this.panel = h("div.panel", { role: "group", "aria-label": t("sandbox.panel") });
    this.element = h("footer.composer", {}, this.commands, this.startButton, this.bar, this.panel);
    this.parameter = "";
  }

  /** @param {any} chat @param {string | null} parameter  of a deep link that waits for «Start», null for none */
  draw(chat, parameter) {
    const other = this.chat?.key !== chat.key;
    this.chat = chat;
    this.parameter = parameter ?? "";
    if (other) {
      this.input.value = "";
      this.commands.hidden = true;
    }
    const waits = chat.blocked || !chat.started || parameter !== null;
    this.startButton.hidden = !waits;
    this.startButton.textContent = t(chat.blocked ? "sandbox.restart" : "sandbox.start");
    this.bar.hidden = waits;
    this.input.placeholder = chat.panel?.placeholder || t("sandbox.write");
    this.drawMenu();
    this.drawPanel(waits ? null : chat.panel);
    this.typed();
  }

  drawMenu() {
    const app = this.chat.menu?.type === "web_app" ? this.chat.menu : null;
    this.menuButton.hidden = !app && !this.chat.commands.length;
    this.menuButton.replaceChildren(icon(app ? "app" : "menu"), h("span", {}, app ? app.text : t("sandbox.menu")));
    this.menuButton.setAttribute("aria-label", app ? app.text : t("sandbox.menu"));
  }

  drawPanel(panel) {
    this.panel.hidden = !panel;
    this.panel.classList.toggle("tall", Boolean(panel && !panel.resize));
    const rows = (panel?.rows ?? []).map((row, y) =>
      h(
        "div.row",
        {},
        row.map((button, x) =>
          h(
            `button.panel-key${button.style ? `.style-${button.style}` : ""}`,
            { type: "button", title: button.label, onclick: () => this.deeds.panel(y, x, button) },
            button.label,
          ),
        ),
      ),
    );
    this.panel.replaceChildren(...rows);
  }

  menu() {
    if (this.chat.menu?.type === "web_app") {
      this.deeds.app(this.chat.menu.web_app.url);
      return;
    }
    if (this.commands.hidden) this.offer("");
    else this.commands.hidden = true;
  }

  typed() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, TALLEST)}px`;
    this.sendButton.disabled = !this.input.value.trim();
    const text = this.input.value;
    if (/^\/\w*$/.test(text)) this.offer(text.slice(1));
    else this.commands.hidden = true;
  }

  closeCommands() {
    this.commands.hidden = true;
  }

  offer(prefix) {
    const fitting = this.chat.commands.filter((item) => item.command.startsWith(prefix.toLowerCase()));
    this.commands.hidden = fitting.length === 0;
    this.commands.replaceChildren(
      ...fitting.map((item) =>
        h(
          "button.command",
          {
            type: "button",
            onclick: () => {
              this.input.value = "";
              this.typed();
              this.deeds.send(`/${item.command}`);
            },
          },
          h("span.command-name", {}, `/${item.command}`),
          h("span.command-text", {}, item.description),
        ),
      ),
    );
  }

  submit() {
    const text = this.input.value.trim();
    if (!text) return;
    this.input.value = "";
    this.typed();
    this.deeds.send(text);
  }
}
