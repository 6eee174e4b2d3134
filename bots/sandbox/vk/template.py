"""The ``template`` parameter: a carousel, read as strictly as VK does
(dev.vk.com/ru/api/bots/development/messages).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from bots.sandbox.model import CardFace, Rows
from bots.sandbox.vk.call import ApiCall
from bots.sandbox.vk.errors import bad
from bots.sandbox.vk.keyboard import read_button

_FIELDS = frozenset({"title", "description", "photo_id", "action", "buttons"})
_PHOTO = re.compile(r"(-?\d+)_(\d+)")


class Carousel(NamedTuple):
    """Cards and the buttons of each, one row a card."""

    cards: tuple[CardFace, ...]
    rows: Rows


def read_template(call: ApiCall) -> Carousel | None:
    """None when there is none. Raises ``VkError`` 100."""
    raw = call.params.text("template").strip()
    if not raw:
        return None
    try:
        template = json.loads(raw)
    except ValueError:
        raise bad("template should be valid JSON") from None
    elements = template.get("elements") if isinstance(template, dict) else None
    if not isinstance(elements, list) or template.get("type") != "carousel":
        raise bad("template is invalid")
    if not 1 <= len(elements) <= call.rules.carousel:
        raise bad(f"a carousel has 1 to {call.rules.carousel} elements")
    if call.params.text("keyboard").strip():
        raise bad("a carousel has no keyboard below it")
    if not all(isinstance(each, dict) for each in elements):
        raise bad("elements should be objects")
    if len({(frozenset(each), len(each.get("buttons", ()))) for each in elements}) != 1:
        raise bad("elements of a carousel should be of the same make")
    made = [_element(call, each) for each in elements]
    return Carousel(tuple(face for face, _ in made), tuple(row for _, row in made))


def _element(call: ApiCall, element: Mapping[str, Any]) -> tuple[CardFace, Any]:
    if unknown := element.keys() - _FIELDS:
        raise bad(f"unknown field {min(unknown)} of an element")
    title, text = element.get("title", ""), element.get("description", "")
    photo = element.get("photo_id")
    if not all(isinstance(each, str) for each in (title, text)) or (not title and photo is None):
        raise bad("an element has a title or a photo")
    if max(len(title), len(text)) > call.rules.card_text or (text and not title):
        raise bad(f"title and description are {call.rules.card_text} characters at most")
    action = element.get("action", {"type": "open_photo"})
    if not isinstance(action, dict) or action.get("type") not in {"open_photo", "open_link"}:
        raise bad("action of an element is invalid")
    buttons = element.get("buttons", [])
    if not isinstance(buttons, list) or not len(buttons) <= call.rules.card_buttons:
        raise bad(f"an element has {call.rules.card_buttons} buttons at most")
    row = tuple(read_button(button, call.rules) for button in buttons)
    return CardFace(title, text, _photo(call, photo) if photo is not None else ""), row


def _photo(call: ApiCall, photo: object) -> str:
    """The file of a photo that the community has uploaded."""
    match = _PHOTO.fullmatch(photo) if isinstance(photo, str) else None
    if match is not None and int(match[1]) == -call.bot.id:
        for stored in call.world.state.files.values():
            if stored.bot_id == call.bot.id and stored.path.startswith(f"photos/file_{match[2]}."):
                return stored.id
    raise bad("photo_id is invalid")
