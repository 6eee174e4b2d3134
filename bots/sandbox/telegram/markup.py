"""``reply_markup``: checked, and made buttons and panels of the sandbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bots.sandbox.model import Button, ButtonKind, Panel, Rows, utf16_length
from bots.sandbox.telegram.errors import ApiError, bad
from bots.sandbox.telegram.params import Params
from bots.sandbox.telegram.rules import TelegramRules
from bots.sandbox.telegram.urls import app_url, button_url

_INLINE_ACTIONS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)
_PANEL_ACTIONS = (
    "request_contact",
    "request_location",
    "web_app",
    "request_poll",
    "request_users",
    "request_chat",
)
_STYLES = frozenset({"danger", "success", "primary"})


@dataclass(frozen=True, slots=True)
class Markup:
    """``rows`` go under the message; ``panel`` replaces the keyboard, ``remove`` takes the panel away."""

    rows: Rows = ()
    panel: Panel | None = None
    remove: bool = False
    force_reply: bool = False

    @property
    def locks(self) -> bool:
        """A message with it can never be edited (it is no inline keyboard)."""
        return self.panel is not None or self.remove or self.force_reply


def read_markup(params: Params, rules: TelegramRules) -> Markup:
    """The call's ``reply_markup``. Raises ``ApiError``."""
    raw = params.json("reply_markup", "reply keyboard markup")
    if raw is None or raw == {}:
        return Markup()
    if not isinstance(raw, dict):
        raise bad("object expected as reply markup")
    if "inline_keyboard" in raw:
        rows = _rows(raw["inline_keyboard"], "inline keyboard", rules, inline=True)
        _within(rows, rules.keyboard_row, rules.keyboard_buttons)
        return Markup(rows=rows)
    if "keyboard" in raw:
        rows = _rows(raw["keyboard"], "keyboard", rules, inline=False)
        _within(rows, rules.panel_row, rules.panel_buttons)
        if not rows:
            raise bad("reply keyboard must not be empty")
        placeholder = str(raw.get("input_field_placeholder") or "")
        if len(placeholder) > 64:
            raise bad("input field placeholder is too long")
        return Markup(
            panel=Panel(
                rows=rows,
                one_time=raw.get("one_time_keyboard") is True,
                resize=raw.get("resize_keyboard") is True,
                persistent=raw.get("is_persistent") is True,
                placeholder=placeholder,
            )
        )
    if raw.get("remove_keyboard") is True:
        return Markup(remove=True)
    if raw.get("force_reply") is True:
        return Markup(force_reply=True)
    raise bad("object expected as reply markup")


def inline_only(markup: Markup) -> Rows:
    """For edits. Raises ``ApiError`` when it is another kind of keyboard."""
    if markup.locks:
        raise bad("inline keyboard expected")
    return markup.rows


def inline_json(rows: Rows) -> dict[str, Any]:
    """``InlineKeyboardMarkup``."""
    return {"inline_keyboard": [[_inline_json(button) for button in row] for row in rows]}


def _within(rows: Rows, longest: int, most: int) -> None:
    if any(len(row) > longest for row in rows) or sum(len(row) for row in rows) > most:
        raise bad("reply markup is too long")


def _rows(raw: Any, what: str, rules: TelegramRules, *, inline: bool) -> Rows:
    if not isinstance(raw, list):
        raise bad(f'field "{what.replace(" ", "_")}" must be of type Array')
    rows: list[tuple[Button, ...]] = []
    for row in raw:
        if not isinstance(row, list):
            raise bad(f"can't parse {what}: row must be an Array")
        buttons = tuple(_inline_button(item, rules) if inline else _panel_button(item, rules) for item in row)
        if buttons:
            rows.append(buttons)
    return tuple(rows)


def _label(raw: dict[str, Any], what: str) -> str:
    label = raw.get("text")
    if not isinstance(label, str):
        raise bad(f'can\'t parse {what}: Field "text" must be of type String')
    if not label.strip():
        raise bad(f"can't parse {what}: button text must be non-empty")
    return label.strip()


def _action(raw: dict[str, Any], known: tuple[str, ...], what: str) -> str | None:
    given = [name for name in known if raw.get(name) not in (None, False)]
    if len(given) > 1:
        raise bad(f"can't parse {what}: a button must have exactly one action, got {', '.join(given)}")
    return given[0] if given else None


def _style(raw: dict[str, Any], what: str) -> str:
    style = raw.get("style") or ""
    if style and style not in _STYLES:
        raise bad(f"can't parse {what}: unknown button style")
    return str(style)


def _web_app(raw: dict[str, Any], what: str, rules: TelegramRules) -> str:
    url = raw["web_app"].get("url") if isinstance(raw["web_app"], dict) else None
    if not isinstance(url, str):
        raise bad(f"can't parse {what}: Web App URL is empty")
    return app_url(url, what=f"{what} Web App URL", local=rules.local_urls)


def _inline_button(raw: Any, rules: TelegramRules) -> Button:
    what = "inline keyboard button"
    if not isinstance(raw, dict):
        raise bad(f"can't parse {what}: expected an Object")
    label, style = _label(raw, what), _style(raw, what)
    action = _action(raw, _INLINE_ACTIONS, what)
    if action is None:
        raise bad(f"can't parse {what}: Text buttons are unallowed in the inline keyboard")
    match action:
        case "callback_data":
            data = raw[action]
            if not isinstance(data, str) or not 1 <= len(data.encode()) <= rules.callback_bytes:
                raise ApiError(400, "Bad Request: BUTTON_DATA_INVALID")
            return Button(label, ButtonKind.CALLBACK, data, style)
        case "url":
            url = button_url(str(raw[action]), what=f"{what} URL", local=rules.local_urls)
            return Button(label, ButtonKind.URL, url, style)
        case "web_app":
            return Button(label, ButtonKind.WEB_APP, _web_app(raw, what, rules), style)
        case "copy_text":
            text = raw[action].get("text") if isinstance(raw[action], dict) else None
            if not isinstance(text, str) or not 1 <= utf16_length(text) <= rules.copy_units:
                raise bad("BUTTON_COPY_TEXT_INVALID")
            return Button(label, ButtonKind.COPY, text, style)
        case _:
            return Button(label, ButtonKind.OTHER, action, style)


def _panel_button(raw: Any, rules: TelegramRules) -> Button:
    what = "keyboard button"
    if isinstance(raw, str):
        raw = {"text": raw}
    if not isinstance(raw, dict):
        raise bad(f"can't parse {what}: expected an Object")
    label, style = _label(raw, what), _style(raw, what)
    match _action(raw, _PANEL_ACTIONS, what):
        case None:
            return Button(label, ButtonKind.TEXT, "", style)
        case "request_contact":
            return Button(label, ButtonKind.CONTACT, "", style)
        case "request_location":
            return Button(label, ButtonKind.LOCATION, "", style)
        case "web_app":
            return Button(label, ButtonKind.WEB_APP, _web_app(raw, what, rules), style)
        case other:
            return Button(label, ButtonKind.OTHER, other, style)


def _inline_json(button: Button) -> dict[str, Any]:
    body: dict[str, Any] = {"text": button.label}
    if button.style:
        body["style"] = button.style
    match button.kind:
        case ButtonKind.CALLBACK:
            body["callback_data"] = button.value
        case ButtonKind.URL:
            body["url"] = button.value
        case ButtonKind.WEB_APP:
            body["web_app"] = {"url": button.value}
        case ButtonKind.COPY:
            body["copy_text"] = {"text": button.value}
        case _:
            body[button.value] = True if button.value == "pay" else {}
    return body
