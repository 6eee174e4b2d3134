// The emulator's own window.Telegram.WebApp, written from the documented interface
// (core.telegram.org/bots/webapps) and the events of core.telegram.org/api/web-events.
// In production a Mini App loads Telegram's script instead.
(() => {
  "use strict";
  const frame = window.parent === window ? null : window.parent;
  const STORE = `__telegram__initParams${window.name ? `.${window.name}` : ""}`;

  /** The launch data: of the address, on later pages of the frame what was kept of it. */
  function launchParams() {
    const fragment = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
    let kept = {};
    try {
      kept = JSON.parse(sessionStorage.getItem(STORE) ?? "{}");
      if ("tgWebAppVersion" in fragment) sessionStorage.setItem(STORE, JSON.stringify(fragment));
    } catch {
      // Nothing is kept here.
    }
    return "tgWebAppVersion" in fragment ? fragment : kept;
  }

  const params = launchParams();
  const version = params.tgWebAppVersion ?? "6.0";
  const initData = params.tgWebAppData ?? "";
  const listeners = new Map();
  const requests = new Map();
  let lastRequest = 0;
  let themeParams = parsed(params.tgWebAppThemeParams) ?? {};
  const viewport = { height: window.innerHeight, expanded: true };
  const insets = { safe: noInset(), content: noInset() };
  let closingConfirmation = false;
  let swipes = true;

  function parsed(text) {
    try {
      return JSON.parse(text);
    } catch {
      return null;
    }
  }

  function noInset() {
    return { top: 0, right: 0, bottom: 0, left: 0 };
  }

  function tell(eventType, eventData = {}) {
    frame?.postMessage(JSON.stringify({ eventType, eventData }), "*");
  }

  function emit(name, payload) {
    for (const listener of [...(listeners.get(name) ?? [])]) listener.call(WebApp, payload);
  }

  function isVersionAtLeast(wanted) {
    const [own, other] = [version, String(wanted)].map((each) => each.split(".").map(Number));
    for (let place = 0; place < Math.max(own.length, other.length); place += 1) {
      const difference = (own[place] || 0) - (other[place] || 0);
      if (difference) return difference > 0;
    }
    return true;
  }

  function needs(wanted) {
    if (!isVersionAtLeast(wanted)) throw new Error("WebAppMethodUnsupported");
  }

  function applyTheme() {
    const root = document.documentElement;
    for (const [name, value] of Object.entries(themeParams)) {
      root.style.setProperty(`--tg-theme-${name.replaceAll("_", "-")}`, value);
    }
    root.style.setProperty("--tg-color-scheme", colorScheme());
  }

  function colorScheme() {
    const colour = /^#([0-9a-f]{6})$/i.exec(themeParams.bg_color ?? "");
    if (!colour) return "light";
    const [red, green, blue] = [0, 2, 4].map((at) => parseInt(colour[1].slice(at, at + 2), 16));
    return Math.sqrt(0.299 * red ** 2 + 0.587 * green ** 2 + 0.114 * blue ** 2) < 120 ? "dark" : "light";
  }

  function applyViewport() {
    document.documentElement.style.setProperty("--tg-viewport-height", `${viewport.height}px`);
    document.documentElement.style.setProperty("--tg-viewport-stable-height", `${viewport.height}px`);
  }

  /** A button that the phone draws below the app. */
  function bottomButton(kind, pressed, defaults) {
    const state = { text: defaults.text, color: "", textColor: "", isVisible: false, isActive: true, isProgressVisible: false };
    const apply = () => {
      tell(`web_app_setup_${kind}_button`, {
        is_visible: state.isVisible,
        is_active: state.isActive,
        is_progress_visible: state.isProgressVisible,
        text: state.text,
        color: button.color,
        text_color: button.textColor,
      });
      return button;
    };
    const set = (change) => {
      if (change.text !== undefined) {
        const text = String(change.text).trim();
        if (!text || text.length > 64) throw new Error("WebAppBottomButtonParamInvalid");
        state.text = text;
      }
      if (change.color !== undefined) state.color = change.color || "";
      if (change.text_color !== undefined) state.textColor = change.text_color || "";
      if (change.is_visible !== undefined) state.isVisible = Boolean(change.is_visible);
      if (change.is_active !== undefined) state.isActive = Boolean(change.is_active);
      return apply();
    };
    const button = {
      type: kind,
      get text() { return state.text; },
      set text(text) { set({ text }); },
      get color() { return state.color || defaults.color(); },
      set color(color) { set({ color }); },
      get textColor() { return state.textColor || defaults.textColor(); },
      set textColor(text_color) { set({ text_color }); },
      get isVisible() { return state.isVisible; },
      set isVisible(is_visible) { set({ is_visible }); },
      get isActive() { return state.isActive; },
      set isActive(is_active) { set({ is_active }); },
      get isProgressVisible() { return state.isProgressVisible; },
      setText: (text) => set({ text }),
      show: () => set({ is_visible: true }),
      hide: () => set({ is_visible: false }),
      enable: () => set({ is_active: true }),
      disable: () => set({ is_active: false }),
      showProgress(leaveActive) {
        state.isActive = Boolean(leaveActive);
        state.isProgressVisible = true;
        return apply();
      },
      hideProgress() {
        state.isActive = true;
        state.isProgressVisible = false;
        return apply();
      },
      setParams: set,
      onClick(listener) { WebApp.onEvent(pressed, listener); return button; },
      offClick(listener) { WebApp.offEvent(pressed, listener); return button; },
    };
    return button;
  }

  /** A button in the phone's head. */
  function headButton(kind, pressed, since) {
    let visible = false;
    const set = (shown) => {
      needs(since);
      visible = Boolean(shown);
      tell(`web_app_setup_${kind}_button`, { is_visible: visible });
      return button;
    };
    const button = {
      get isVisible() { return visible; },
      set isVisible(shown) { set(shown); },
      show: () => set(true),
      hide: () => set(false),
      onClick(listener) { WebApp.onEvent(pressed, listener); return button; },
      offClick(listener) { WebApp.offEvent(pressed, listener); return button; },
    };
    return button;
  }

  function haptic(data) {
    needs("6.1");
    tell("web_app_trigger_haptic_feedback", data);
    return WebApp.HapticFeedback;
  }

  function invoke(method, given, callback) {
    needs("6.9");
    lastRequest += 1;
    const req_id = String(lastRequest);
    requests.set(req_id, callback);
    tell("web_app_invoke_custom_method", { req_id, method, params: given });
  }

  /** Who waits for the answer to a question; there is one of each kind at a time. */
  const waiting = { contact: null, write: null, popup: null, download: null };

  function wait(kind, callback, trouble) {
    if (waiting[kind]) throw new Error(trouble);
    waiting[kind] = callback ?? (() => {});
  }

  function waited(kind) {
    const callback = waiting[kind];
    waiting[kind] = null;
    return callback ?? (() => {});
  }

  /** The contact as it is handed to the page: raw, and read. */
  function readContact(response) {
    const fields = Object.fromEntries(new URLSearchParams(response));
    return { status: "sent", response, responseUnsafe: { ...fields, contact: parsed(fields.contact) } };
  }

  const hears = {
    main_button_pressed: () => emit("mainButtonClicked"),
    secondary_button_pressed: () => emit("secondaryButtonClicked"),
    back_button_pressed: () => emit("backButtonClicked"),
    settings_button_pressed: () => emit("settingsButtonClicked"),
    theme_changed: ({ theme_params }) => {
      themeParams = theme_params ?? {};
      applyTheme();
      emit("themeChanged");
    },
    viewport_changed: ({ height, is_expanded, is_state_stable }) => {
      viewport.height = height;
      viewport.expanded = Boolean(is_expanded);
      applyViewport();
      emit("viewportChanged", { isStateStable: Boolean(is_state_stable) });
    },
    safe_area_changed: (edges) => {
      insets.safe = edges;
      emit("safeAreaChanged");
    },
    content_safe_area_changed: (edges) => {
      insets.content = edges;
      emit("contentSafeAreaChanged");
    },
    popup_closed: ({ button_id = null }) => {
      waited("popup")(button_id);
      emit("popupClosed", { button_id });
    },
    write_access_requested: ({ status }) => {
      waited("write")(status === "allowed");
      emit("writeAccessRequested", { status });
    },
    phone_requested: ({ status }) => {
      const told = waited("contact");
      if (status !== "sent") {
        told(false, { status });
        emit("contactRequested", { status });
        return;
      }
      invoke("getRequestedContact", {}, (error, response) => {
        const answer = error ? { status } : readContact(response);
        told(!error, answer);
        emit("contactRequested", answer);
      });
    },
    custom_method_invoked: ({ req_id, result, error }) => {
      const told = requests.get(req_id);
      requests.delete(req_id);
      told?.(error ?? null, result);
    },
    file_download_requested: ({ status }) => {
      waited("download")(status === "downloading");
      emit("fileDownloadRequested", { status });
    },
  };

  const WebApp = {
    initData,
    initDataUnsafe: Object.fromEntries(
      [...new URLSearchParams(initData)].map(([name, value]) => [name, /^[[{]/.test(value) ? parsed(value) : value]),
    ),
    version,
    platform: params.tgWebAppPlatform ?? "unknown",
    get colorScheme() { return colorScheme(); },
    get themeParams() { return themeParams; },
    get isExpanded() { return viewport.expanded; },
    get viewportHeight() { return viewport.height; },
    get viewportStableHeight() { return viewport.height; },
    get safeAreaInset() { return insets.safe; },
    get contentSafeAreaInset() { return insets.content; },
    get isClosingConfirmationEnabled() { return closingConfirmation; },
    get isVerticalSwipesEnabled() { return swipes; },
    isVersionAtLeast,
    MainButton: null,
    SecondaryButton: null,
    BackButton: null,
    SettingsButton: null,
    HapticFeedback: {
      impactOccurred: (impact_style) => haptic({ type: "impact", impact_style }),
      notificationOccurred: (notification_type) => haptic({ type: "notification", notification_type }),
      selectionChanged: () => haptic({ type: "selection_change" }),
    },
    onEvent(name, listener) {
      if (!listeners.has(name)) listeners.set(name, new Set());
      listeners.get(name).add(listener);
    },
    offEvent(name, listener) {
      listeners.get(name)?.delete(listener);
    },
    ready: () => tell("web_app_ready"),
    expand: () => tell("web_app_expand"),
    close: () => tell("web_app_close"),
    enableClosingConfirmation: () => confirmClosing(true),
    disableClosingConfirmation: () => confirmClosing(false),
    enableVerticalSwipes: () => allowSwipes(true),
    disableVerticalSwipes: () => allowSwipes(false),
    openLink(url) {
      const target = new URL(url, location.href);
      if (!/^https?:$/.test(target.protocol)) throw new Error("WebAppTgUrlInvalid");
      tell("web_app_open_link", { url: target.href });
    },
    openTelegramLink(url) {
      const target = new URL(url);
      if (!/^(www\.)?t(elegram)?\.me$/.test(target.hostname)) throw new Error("WebAppTgUrlInvalid");
      tell("web_app_open_tg_link", { path_full: target.pathname + target.search });
    },
    showPopup({ title = "", message = "", buttons = [{ type: "close", id: "" }] }, callback) {
      needs("6.2");
      if (!message || message.length > 256 || title.length > 64 || buttons.length < 1 || buttons.length > 3) {
        throw new Error("WebAppPopupParamInvalid");
      }
      wait("popup", callback, "WebAppPopupOpened");
      tell("web_app_open_popup", { title, message, buttons: buttons.map((each) => ({ type: "default", id: "", ...each })) });
    },
    showAlert: (message, callback) => WebApp.showPopup({ message }, callback && (() => callback())),
    showConfirm: (message, callback) =>
      WebApp.showPopup({ message, buttons: [{ type: "ok", id: "ok" }, { type: "cancel", id: "" }] }, callback && ((id) => callback(id === "ok"))),
    requestContact(callback) {
      needs("6.9");
      wait("contact", callback, "WebAppContactRequested");
      tell("web_app_request_phone");
    },
    requestWriteAccess(callback) {
      needs("6.9");
      wait("write", callback, "WebAppWriteAccessRequested");
      tell("web_app_request_write_access");
    },
    downloadFile({ url, file_name }, callback) {
      needs("8.0");
      if (new URL(url).protocol !== "https:") throw new Error("WebAppDownloadFileParamInvalid");
      wait("download", callback, "WebAppDownloadFilePopupOpened");
      tell("web_app_request_file_download", { url, file_name });
    },
    hideKeyboard: () => document.activeElement?.blur?.(),
  };

  function confirmClosing(wanted) {
    needs("6.2");
    closingConfirmation = wanted;
    tell("web_app_setup_closing_behavior", { need_confirmation: wanted });
  }

  function allowSwipes(wanted) {
    needs("7.7");
    swipes = wanted;
    tell("web_app_setup_swipe_behavior", { allow_vertical_swipe: wanted });
  }

  WebApp.MainButton = bottomButton("main", "mainButtonClicked", {
    text: "Continue",
    color: () => themeParams.button_color ?? "#2f8fe0",
    textColor: () => themeParams.button_text_color ?? "#ffffff",
  });
  WebApp.SecondaryButton = bottomButton("secondary", "secondaryButtonClicked", {
    text: "Cancel",
    color: () => themeParams.bottom_bar_bg_color ?? "#f4f5f7",
    textColor: () => themeParams.button_color ?? "#2f8fe0",
  });
  WebApp.BackButton = headButton("back", "backButtonClicked", "6.1");
  WebApp.SettingsButton = headButton("settings", "settingsButtonClicked", "7.0");

  window.addEventListener("message", (event) => {
    if (!frame || event.source !== frame) return;
    const message = parsed(event.data);
    hears[message?.eventType]?.(message.eventData ?? {});
  });
  // A page that is left takes its buttons along, as the apps do when another page of the frame begins.
  for (const kind of ["main", "secondary", "back"]) tell(`web_app_setup_${kind}_button`, { is_visible: false });
  tell("web_app_setup_closing_behavior", { need_confirmation: false });

  applyTheme();
  applyViewport();
  for (const name of ["theme", "viewport", "safe_area", "content_safe_area"]) tell(`web_app_request_${name}`);
  window.Telegram = { WebApp };
})();
