// Telegram around a Mini App: the events that its web clients and apps in frames exchange
// (core.telegram.org/api/bots/webapps, core.telegram.org/api/web-events).

import { t } from "./page.js";
import { isDark } from "./theme.js";

/** The usual themes. @type {Record<"light" | "dark", Record<string, string>>} */
const THEMES = {
  light: {
    bg_color: "#ffffff",
    secondary_bg_color: "#f0f0f4",
    text_color: "#101418",
    hint_color: "#8a949d",
    link_color: "#2481cc",
    button_color: "#2f8fe0",
    button_text_color: "#ffffff",
    header_bg_color: "#ffffff",
    accent_text_color: "#1c80cc",
    section_bg_color: "#ffffff",
    section_header_text_color: "#5d6b78",
    section_separator_color: "#e3e6ea",
    subtitle_text_color: "#7a858f",
    destructive_text_color: "#d93a3a",
    bottom_bar_bg_color: "#f4f5f7",
  },
  dark: {
    bg_color: "#17212b",
    secondary_bg_color: "#0f1720",
    text_color: "#f5f7fa",
    hint_color: "#7d8e9e",
    link_color: "#6ab3f3",
    button_color: "#4a9be0",
    button_text_color: "#ffffff",
    header_bg_color: "#1d2733",
    accent_text_color: "#6ab2f2",
    section_bg_color: "#1d2936",
    section_header_text_color: "#6ab3f3",
    section_separator_color: "#101921",
    subtitle_text_color: "#8496a6",
    destructive_text_color: "#ef6b6b",
    bottom_bar_bg_color: "#1d2733",
  },
};

export class TelegramHost {
  /**
   * @param {import("./miniapp.js").MiniApp} app @param {import("./chat.js").ChatScreen} chat
   * @param {string} url  of the app's button
   */
  constructor(app, chat, url) {
    this.app = app;
    this.chat = chat;
    this.url = url;
    this.confirms = false;
    /** The contact that was shared last, as the app asks for it afterwards. */
    this.contact = "";
    this.answers = {
      web_app_ready: () => app.ready(),
      web_app_close: () => app.close(),
      web_app_request_theme: () => this.themed(),
      web_app_request_viewport: () => this.viewport(),
      web_app_request_safe_area: () => this.tell("safe_area_changed", { top: 0, right: 0, bottom: 0, left: 0 }),
      web_app_request_content_safe_area: () =>
        this.tell("content_safe_area_changed", { top: 0, right: 0, bottom: 0, left: 0 }),
      web_app_setup_main_button: (data) => this.setKey("main", data),
      web_app_setup_secondary_button: (data) => this.setKey("secondary", data),
      web_app_setup_back_button: (data) => app.setBack(Boolean(data.is_visible)),
      web_app_setup_closing_behavior: (data) => {
        this.confirms = Boolean(data.need_confirmation);
      },
      web_app_trigger_haptic_feedback: (data) => app.feel(data.notification_type ?? data.impact_style ?? "select"),
      web_app_open_link: (data) => app.follow(String(data.url)),
      web_app_open_tg_link: (data) => app.follow(`https://t.me${data.path_full}`),
      web_app_open_popup: (data) => this.popup(data),
      web_app_request_phone: () => this.askPhone(),
      web_app_request_write_access: () => this.askToWrite(),
      web_app_invoke_custom_method: (data) => this.invoke(data),
      web_app_request_file_download: (data) => {
        app.save(String(data.url), String(data.file_name));
        this.tell("file_download_requested", { status: "downloading" });
      },
    };
  }

  /** The address with the theme that the app is to begin with. @param {string} address */
  launch(address) {
    const joined = address.includes("#") ? "&" : "#";
    return `${address}${joined}tgWebAppThemeParams=${encodeURIComponent(JSON.stringify(this.theme()))}`;
  }

  /** @param {any} message */
  hear(message) {
    let event;
    try {
      event = JSON.parse(message);
    } catch {
      return;
    }
    this.answers[event?.eventType]?.(event.eventData ?? {});
  }

  /** @param {string} eventType @param {object} [eventData] */
  tell(eventType, eventData = {}) {
    this.app.say(JSON.stringify({ eventType, eventData }));
  }

  theme() {
    return THEMES[isDark() ? "dark" : "light"];
  }

  themed() {
    this.tell("theme_changed", { theme_params: this.theme() });
  }

  viewport() {
    const { clientWidth, clientHeight } = this.app.opened.frame;
    this.tell("viewport_changed", { width: clientWidth, height: clientHeight, is_expanded: true, is_state_stable: true });
  }

  setKey(which, data) {
    this.app.setKey(which, {
      text: String(data.text ?? ""),
      visible: Boolean(data.is_visible) && Boolean(String(data.text ?? "").trim()),
      active: data.is_active !== false,
      busy: Boolean(data.is_progress_visible),
      color: data.color ?? "",
      ink: data.text_color ?? "",
    });
    this.viewport();
  }

  key(which) {
    this.tell(`${which}_button_pressed`);
  }

  back() {
    this.tell("back_button_pressed");
  }

  popup({ title, message, buttons }) {
    const labels = { ok: t("sandbox.ok"), close: t("sandbox.close"), cancel: t("sandbox.cancel") };
    const actions = (buttons ?? []).map((button) => ({
      label: button.text || labels[button.type] || t("sandbox.ok"),
      danger: button.type === "destructive",
      run: () => this.tell("popup_closed", { button_id: button.id }),
    }));
    this.app.phone.sheets.ask(title || this.chat.bot.name, String(message ?? ""), actions, () => this.tell("popup_closed"));
  }

  askPhone() {
    const { person, bot } = this.chat;
    const refuse = () => this.tell("phone_requested", { status: "cancelled" });
    const share = async () => {
      const done = await this.chat.do("app_phone", { url: this.url });
      if (!done) return refuse();
      this.contact = done.phone.response;
      this.tell("phone_requested", { status: "sent" });
    };
    const actions = [
      { label: t("sandbox.contact.share"), run: () => void share() },
      { label: t("sandbox.cancel"), run: refuse },
    ];
    this.app.phone.sheets.ask(t("sandbox.contact.title"), t("sandbox.contact.text", { name: bot.name, phone: person.phone }), actions, refuse);
  }

  askToWrite() {
    const { chat, bot } = this.chat;
    const tell = (status) => this.tell("write_access_requested", { status });
    if (chat.started && !chat.blocked) return tell("allowed");
    const allow = async () => tell((await this.chat.do("allow")) ? "allowed" : "cancelled");
    const actions = [
      { label: t("sandbox.app.write.yes"), run: () => void allow() },
      { label: t("sandbox.cancel"), run: () => tell("cancelled") },
    ];
    this.app.phone.sheets.ask(t("sandbox.app.write"), t("sandbox.app.write.text", { name: bot.name }), actions, () => tell("cancelled"));
  }

  invoke({ req_id, method }) {
    if (method === "getRequestedContact") this.tell("custom_method_invoked", { req_id, result: this.contact });
    else this.tell("custom_method_invoked", { req_id, error: "UNKNOWN_METHOD" });
  }
}
