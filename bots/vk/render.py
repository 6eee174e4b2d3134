"""A laid screen as VK takes it: a plain text and a keyboard. Pure; the one place where VK's markup in what
people wrote is taken off its edge.

A bot's messages have no bold or italics; keyboards are as dev.vk.com/ru/api/bots/development/keyboard says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from bots.dialogs.layout import ButtonKind, Laid, LaidButton, LaidSpan
from bots.dialogs.screen import Style, Tone
from bots.vk.abilities import PRESENT, Abilities
from bots.vk.caps import CAPS, PAYLOAD

Json = dict[str, Any]

_COLOURS: Final = {Tone.PLAIN: "secondary", Tone.MAIN: "primary", Tone.DANGER: "negative"}
#: ``[club1|words]``, ``@club1 (words)`` and ``*club1`` become links in VK, whoever wrote them.
_BRACKET: Final = re.compile(r"\[(?=[^\[\]|]*\|)")
_MENTION: Final = re.compile(r"(?<!\w)([@*])(?=[A-Za-z_])")
_MARKS: Final = frozenset("[@*")
#: Invisible, and enough for VK not to see markup.
_BREAK: Final = "\u2060"
#: Stands in a cell that says nothing: a button without a label is refused.
_BLANK: Final = "\u2800"


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message's text and its keyboard (JSON), None without."""

    text: str
    keyboard: str | None


@dataclass(frozen=True, slots=True)
class Where:
    """The community whose message it is, its Mini App if it has one, and what the reader's app can show."""

    group_id: int
    app_id: int | None = None
    abilities: Abilities = PRESENT


def render(laid: Laid, where: Where, *, plain: bool = False) -> Rendered:
    """The message of ``laid``. ``plain``: only buttons to press, for when VK refuses the others."""
    lines = [plain_text(laid.spans)]
    if not where.abilities.can("open_link"):
        links = [each for row in laid.rows for each in row if each.kind is ButtonKind.LINK]
        lines += [f"{escape(button.label)}: {button.value}" for button in links]
    text = "\n".join(part for part in lines if part)
    return Rendered(text[: CAPS.text], keyboard(laid, where, plain=plain))


def escape(text: str) -> str:
    """``text`` without VK's own markup."""
    if not _MARKS.intersection(text):
        return text
    return _MENTION.sub(rf"\1{_BREAK}", _BRACKET.sub(f"[{_BREAK}", text))


def plain_text(spans: Iterable[LaidSpan]) -> str:
    """Spans as text: quotes in their marks, addresses written out."""
    return "".join(_said(span) for span in spans)


def _said(span: LaidSpan) -> str:
    text = escape(span.text)
    if span.style is Style.QUOTE and text.strip():
        text = f"«{text}»"
    if span.link and span.link != span.text:
        text = f"{text}: {span.link}"
    return text


def keyboard(laid: Laid, where: Where, *, plain: bool = False) -> str | None:
    """The ``keyboard`` parameter.

    An app without buttons under messages gets them in place of its keyboard, and that put away when there
    are none.
    """
    rows = [
        made
        for row in laid.rows
        if (made := [button for each in row if (button := _button(each, where, plain=plain)) is not None])
    ]
    if where.abilities.inline:
        return _json({"inline": True, "buttons": rows}) if rows else None
    if where.abilities.keyboard:
        return _json({"one_time": False, "inline": False, "buttons": rows})
    return None


def carousel(laid: Laid, where: Where, photos: Mapping[str, str]) -> str | None:
    """The ``template`` parameter of a screen with cards (dev.vk.com/ru/api/bots/development/messages: at
    most ten elements of the same make); None where it can't be shown so. ``photos``: VK's own, by address.
    """
    can = where.abilities
    if not laid.cards or not (can.carousel and can.inline and can.can("callback")):
        return None
    if any(card.picture not in photos for card in laid.cards):
        return None
    elements = [
        {
            "title": escape(card.title),
            "description": escape(card.text),
            "photo_id": photos[card.picture],
            "action": {"type": "open_photo"},
            "buttons": [
                made for each in card.buttons if (made := _button(each, where, plain=False)) is not None
            ],
        }
        for card in laid.cards
    ]
    return _json({"type": "carousel", "elements": elements})


def _button(button: LaidButton, where: Where, *, plain: bool) -> Json | None:
    can = where.abilities.can
    label = button.label if button.label.strip() else _BLANK
    match button.kind:
        case ButtonKind.PRESS:
            payload = _json({"p": button.value})
            assert len(payload) <= PAYLOAD, button
            action = {"type": "callback" if can("callback") else "text", "label": label, "payload": payload}
            return {"action": action, "color": _COLOURS[button.tone]}
        case ButtonKind.LINK if not plain and can("open_link"):
            return {"action": {"type": "open_link", "label": label, "link": button.value}}
        case ButtonKind.APP if not plain and where.app_id is not None and can("open_app"):
            app: Json = {
                "type": "open_app",
                "app_id": where.app_id,
                "owner_id": -where.group_id,
                "hash": button.value.lstrip("/"),
                "label": label,
            }
            return {"action": app}
        case _:
            return None


def _json(value: Json) -> str:
    return orjson.dumps(value).decode()
