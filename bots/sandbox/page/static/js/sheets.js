// What slides over a phone's screen: questions, lists, alerts, toasts.

import { h, icon } from "./dom.js";
import { t } from "./page.js";

const TOAST_MS = 3200;

/** Sheets and toasts of one phone. */
export class Sheets {
  /** @param {HTMLElement} screen  what they cover */
  constructor(screen) {
    this.screen = screen;
    this.toasts = h("div.toasts", { role: "status", "aria-live": "polite" });
    screen.append(this.toasts);
    this.current = null;
  }

  /**
   * @param {string} title @param {(HTMLElement | null)[]} content @param {{kind?: string, onclose?: () => void}} [options]
   */
  open(title, content, { kind = "", onclose } = {}) {
    this.close();
    this.toasts.replaceChildren();
    const before = document.activeElement;
    const close = h("button.icon-button", { type: "button", "aria-label": t("sandbox.close"), onclick: () => this.close() }, icon("close"));
    const panel = h(
      `div.sheet${kind ? `.sheet-${kind}` : ""}`,
      { role: "dialog", "aria-modal": "true", "aria-label": title, tabindex: "-1" },
      h("header.sheet-top", {}, h("h2", {}, title), close),
      h("div.sheet-body", {}, content),
    );
    const shade = h("div.shade", { onclick: (event) => event.target === shade && this.close() }, panel);
    shade.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
      if (event.key === "Tab") keepFocus(event, panel);
    });
    this.screen.append(shade);
    this.current = { shade, before, onclose };
    (panel.querySelector("[data-focus]") ?? panel).focus({ preventScroll: true });
    return panel;
  }

  close() {
    if (!this.current) return;
    const { shade, before, onclose } = this.current;
    this.current = null;
    shade.remove();
    if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    onclose?.();
  }

  /**
   * A question with an answer or two. @param {{label: string, run: () => void, danger?: boolean}[]} actions
   * @param {() => void} [dismissed]  it was put away without an answer
   */
  ask(title, text, actions, dismissed) {
    let answered = false;
    const buttons = actions.map((action, place) =>
      h(
        `button.wide${action.danger ? ".danger" : ""}`,
        {
          type: "button",
          "data-focus": place === 0,
          onclick: () => {
            answered = true;
            this.close();
            action.run();
          },
        },
        action.label,
      ),
    );
    this.open(title, [text ? h("p.sheet-text", {}, text) : null, ...buttons], {
      kind: "ask",
      onclose: () => !answered && dismissed?.(),
    });
  }

  /** A callback's answer: gone by itself, or an alert with «OK». */
  toast(text, alert = false) {
    if (alert) {
      this.ask(t("sandbox.alert"), text, [{ label: t("sandbox.ok"), run: () => {} }]);
      return;
    }
    const note = h("p.toast", {}, text);
    this.toasts.replaceChildren(note);
    setTimeout(() => note.remove(), TOAST_MS);
  }
}

function keepFocus(event, panel) {
  const stops = [...panel.querySelectorAll("button, a[href], input, select, textarea")].filter(
    (element) => !element.disabled && element.offsetParent !== null,
  );
  if (!stops.length) return;
  const [first, last] = [stops[0], stops.at(-1)];
  if (event.shiftKey && (document.activeElement === first || document.activeElement === panel)) {
    event.preventDefault();
    last.focus();
  } else if (!event.shiftKey && document.activeElement === last) {
    event.preventDefault();
    first.focus();
  }
}
