"""The ``keyboard`` parameter, read as strictly as VK does (dev.vk.com/ru/api/bots/development/keyboard)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bots.sandbox.model import Button, ButtonKind, Panel, Rows
from bots.sandbox.vk.errors import VkError, bad_keyboard
from bots.sandbox.vk.rules import VkRules

#: Which fields a button's action may have, and which of them it must have.
_ACTIONS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "text": (frozenset({"label", "payload"}), frozenset({"label"})),
    "callback": (frozenset({"label", "payload"}), frozenset({"label", "payload"})),
    "open_link": (frozenset({"label", "payload", "link"}), frozenset({"label", "link"})),
    "open_app": (
        frozenset({"label", "payload", "app_id", "owner_id", "hash"}),
        frozenset({"label", "app_id"}),
    ),
    "location": (frozenset({"payload"}), frozenset()),
    "vkpay": (frozenset({"payload", "hash"}), frozenset({"hash"})),
    "open_photo": (frozenset({"label", "payload"}), frozenset()),
}
_WIDE = frozenset({"open_link", "open_app", "location", "vkpay"})
_COLOURED = frozenset({"text", "callback"})
_COLOURS = frozenset({"primary", "secondary", "negative", "positive"})
_KINDS = {
    "text": ButtonKind.TEXT,
    "callback": ButtonKind.CALLBACK,
    "open_link": ButtonKind.URL,
    "open_app": ButtonKind.WEB_APP,
    "location": ButtonKind.LOCATION,
}
_FIELDS = frozenset({"one_time", "inline", "buttons", "author_id"})


@dataclass(frozen=True, slots=True)
class Keyboard:
    """``rows`` under the message, or a ``panel`` in its place; an ordinary one without buttons hides it."""

    rows: Rows = ()
    panel: Panel | None = None
    hides: bool = False


def read_keyboard(raw: str, rules: VkRules) -> Keyboard:
    """Raises ``VkError`` 911, and 912 where the community has bots switched off."""
    if not raw.strip():
        return Keyboard()
    if not rules.bots:
        raise VkError(912, "This is a chat bot feature, change this status in settings")
    if len(raw.encode()) > rules.keyboard_bytes:
        raise bad_keyboard("keyboard is too large")
    try:
        keyboard = json.loads(raw)
    except ValueError:
        raise bad_keyboard("keyboard should be valid JSON") from None
    if not isinstance(keyboard, dict) or not isinstance(keyboard.get("buttons"), list):
        raise bad_keyboard("buttons are required")
    if unknown := keyboard.keys() - _FIELDS:
        raise bad_keyboard(f"unknown field {min(unknown)}")
    inline = _flag(keyboard, "inline")
    one_time = _flag(keyboard, "one_time")
    rows = _rows(keyboard["buttons"], rules, inline=inline)
    if inline:
        return Keyboard(rows=rows)
    return Keyboard(panel=Panel(rows, one_time=one_time, resize=True) if rows else None, hides=not rows)


def _flag(keyboard: Mapping[str, Any], name: str) -> bool:
    value = keyboard.get(name, False)
    if not isinstance(value, bool):
        raise bad_keyboard(f"{name} should be boolean")
    return value


def _rows(raw: list[Any], rules: VkRules, *, inline: bool) -> Rows:
    most_rows, most_buttons = (
        (rules.inline_rows, rules.inline_buttons) if inline else (rules.panel_rows, rules.panel_buttons)
    )
    if len(raw) > most_rows:
        raise bad_keyboard(f"too many rows, {most_rows} is the most")
    rows = []
    for buttons in raw:
        if not isinstance(buttons, list) or not buttons:
            raise bad_keyboard("a row should be an array with buttons")
        if len(buttons) > rules.row:
            raise bad_keyboard(f"too many buttons in a row, {rules.row} is the most")
        made = tuple(read_button(button, rules) for button in buttons)
        if len(buttons) > 1 and any(button["action"]["type"] in _WIDE for button in buttons):
            raise bad_keyboard("a button of this type takes the whole row")
        rows.append(made)
    if sum(map(len, rows)) > most_buttons:
        raise bad_keyboard(f"too many buttons, {most_buttons} is the most")
    return tuple(rows)


def read_button(raw: Any, rules: VkRules) -> Button:
    """One button, of a keyboard or a card. Raises ``VkError`` 911."""
    action = raw.get("action") if isinstance(raw, dict) else None
    if not isinstance(action, dict):
        raise bad_keyboard("a button should have an action")
    kind = action.get("type")
    if not isinstance(kind, str) or kind not in _ACTIONS:
        raise bad_keyboard("unknown type of action")
    allowed, required = _ACTIONS[kind]
    given = action.keys() - {"type"}
    if given - allowed or raw.keys() - {"action", "color"}:
        raise bad_keyboard(f"unknown field of a {kind} button")
    if missing := required - given:
        raise bad_keyboard(f"{min(missing)} is required")
    colour = raw.get("color")
    if colour is not None and (kind not in _COLOURED or colour not in _COLOURS):
        raise bad_keyboard("color is invalid")
    label = action.get("label", "")
    if not isinstance(label, str) or ("label" in required and not label):
        raise bad_keyboard("label should be a string")
    if len(label) > rules.label:
        raise bad_keyboard(f"label is longer than {rules.label}")
    value = _payload(action, rules)
    if kind == "open_link":
        value = _link(action["link"])
    elif kind == "open_app":
        value = _app(action)
    return Button(label, _KINDS.get(kind, ButtonKind.OTHER), value, colour or "")


def _payload(action: Mapping[str, Any], rules: VkRules) -> str:
    payload = action.get("payload", "")
    if isinstance(payload, dict | list):
        payload = json.dumps(payload, ensure_ascii=False)
    if not isinstance(payload, str):
        raise bad_keyboard("payload should be JSON")
    if len(payload) > rules.payload:
        raise bad_keyboard(f"payload is longer than {rules.payload}")
    if payload:
        try:
            json.loads(payload)
        except ValueError:
            raise bad_keyboard("payload should be valid JSON") from None
    return payload


def _link(link: Any) -> str:
    if not isinstance(link, str) or not link.startswith(("http://", "https://")):
        raise bad_keyboard("link is invalid")
    return link


def _app(action: Mapping[str, Any]) -> str:
    """How the phone knows the app afterwards: ``vk-app:<number>#<hash>``."""
    number, hash_ = action["app_id"], action.get("hash", "")
    if not isinstance(number, int) or isinstance(number, bool) or number <= 0:
        raise bad_keyboard("app_id is invalid")
    if not isinstance(hash_, str) or not isinstance(action.get("owner_id", 0), int):
        raise bad_keyboard("owner_id or hash is invalid")
    return f"vk-app:{number}#{hash_}"
