// VK around a Mini App: the messages of @vkontakte/vk-bridge from a frame, and their answers.

import { language, t } from "./page.js";
import { isDark } from "./theme.js";

export class VkHost {
  /**
   * @param {import("./miniapp.js").MiniApp} app @param {import("./chat.js").ChatScreen} chat
   * @param {string} url  of the app's button
   */
  constructor(app, chat, url) {
    this.app = app;
    this.chat = chat;
    this.url = url;
    this.confirms = false;
    /** Each returns what VK answers, or throws a refusal. @type {Record<string, (params: any) => any>} */
    this.methods = {
      VKWebAppInit: () => {
        app.ready();
        this.themed();
        return { result: true };
      },
      VKWebAppGetConfig: () => this.config(),
      VKWebAppGetLaunchParams: () => {
        const params = new URL(app.opened.frame.src).searchParams;
        return Object.fromEntries([...params].filter(([name]) => name === "sign" || name.startsWith("vk_")));
      },
      VKWebAppGetUserInfo: () => {
        const { id, first_name, last_name } = chat.person;
        return { id, first_name, last_name };
      },
      VKWebAppGetPhoneNumber: () => this.phone(),
      VKWebAppAllowMessagesFromGroup: (params) => this.allow(Number(params.group_id)),
      VKWebAppTapticImpactOccurred: (params) => this.feel(params.style),
      VKWebAppTapticNotificationOccurred: (params) => this.feel(params.type),
      VKWebAppTapticSelectionChanged: () => this.feel("select"),
      VKWebAppDownloadFile: (params) => {
        app.save(String(params.url), String(params.filename));
        return { result: true };
      },
      VKWebAppCopyText: async (params) => {
        await chat.copy(String(params.text));
        return { result: true };
      },
      VKWebAppClose: () => {
        app.close();
        return { result: true };
      },
    };
  }

  /** @param {string} address */
  launch(address) {
    return address;
  }

  /** @param {any} message */
  hear(message) {
    if (message?.type !== "vk-connect" || typeof message.handler !== "string") return;
    void this.answer(message.handler, message.params ?? {});
  }

  async answer(handler, { request_id, ...params }) {
    if (handler === "SetSupportedHandlers") {
      this.tell(handler, { supportedHandlers: Object.keys(this.methods), request_id });
      return;
    }
    try {
      if (!this.methods[handler]) throw refusal("client_error", 6, "Unsupported platform");
      this.tell(`${handler}Result`, { ...(await this.methods[handler](params)), request_id });
    } catch (refused) {
      const told = refused.error_type ? refused : refusal("client_error", 1, String(refused.message ?? refused));
      this.tell(`${handler}Failed`, { ...told, request_id });
    }
  }

  /** @param {string} type @param {object} data */
  tell(type, data) {
    this.app.say({ type, data });
  }

  config() {
    return {
      app: "vkclient",
      appearance: isDark() ? "dark" : "light",
      scheme: isDark() ? "space_gray" : "bright_light",
      language,
      insets: { top: 0, right: 0, bottom: 0, left: 0 },
    };
  }

  themed() {
    this.tell("VKWebAppUpdateConfig", this.config());
  }

  feel(kind) {
    this.app.feel(kind);
    return { result: true };
  }

  phone() {
    const { person, bot } = this.chat;
    return this.asked(t("sandbox.contact.title"), t("sandbox.contact.text", { name: bot.name, phone: person.phone }), t("sandbox.contact.share"), async () => {
      const done = await this.chat.do("app_phone", { url: this.url });
      if (!done) throw denied();
      return { ...done.phone, is_verified: true };
    });
  }

  allow(group) {
    const { chat, bot } = this.chat;
    if (group !== bot.id) throw refusal("client_error", 5, "Invalid params");
    if (chat.started && !chat.blocked) return { result: true };
    return this.asked(t("sandbox.app.write"), t("sandbox.app.write.text", { name: bot.name }), t("sandbox.app.write.yes"), async () => {
      if (!(await this.chat.do("allow"))) throw denied();
      return { result: true };
    });
  }

  /** What `run` gives when the person agrees; a refusal otherwise. */
  asked(title, text, label, run) {
    return new Promise((done, failed) => {
      const no = () => failed(denied());
      const actions = [
        { label, run: () => run().then(done, failed) },
        { label: t("sandbox.cancel"), run: no },
      ];
      this.app.phone.sheets.ask(title, text, actions, no);
    });
  }
}

function refusal(error_type, error_code, error_reason) {
  return { error_type, error_data: { error_code, error_reason } };
}

const denied = () => refusal("client_error", 4, "User denied");
