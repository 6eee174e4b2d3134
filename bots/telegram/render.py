"""A laid screen as Telegram takes it: HTML and a keyboard. Pure; the one place where text is escaped.

Markup: core.telegram.org/bots/api#html-style. Keyboards are the Bot API's JSON objects.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from bots.dialogs.layout import ButtonKind, Laid, LaidButton, LaidSpan
from bots.dialogs.screen import Style, Tone
from bots.telegram.caps import CAPS

Json = dict[str, Any]

PARSE_MODE: Final = "HTML"

_TAGS: Final = {Style.BOLD: "b", Style.ITALIC: "i", Style.QUOTE: "blockquote"}
_STYLES: Final = {Tone.MAIN: "primary", Tone.DANGER: "danger"}
_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})
#: Stands in a cell that says nothing: a button without a text is refused.
_BLANK: Final = "\u2800"

REMOVE_KEYBOARD: Final[Json] = {"remove_keyboard": True}


class NothingToSay(ValueError):
    """A screen without words: Telegram has no such message. A mistake of ours."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message's text (HTML), its keyboard and what becomes of links' previews."""

    text: str
    markup: Json | None
    preview: Json


def render(laid: Laid, public_url: str, *, plain: bool = False) -> Rendered:
    """The message of ``laid``; ``public_url`` is where Mini App buttons lead, empty for no such buttons.

    ``plain``: no addresses at all, for when Telegram refuses one of them. Raises NothingToSay.
    """
    text = html(laid.spans, links=not plain)
    if not text.strip():
        raise NothingToSay(laid)
    return Rendered(text, keyboard(laid, public_url, plain=plain), _preview(laid.picture))


def escape(text: str) -> str:
    """``text`` as HTML."""
    return text.translate(_ESCAPES)


def html(spans: Sequence[LaidSpan], *, links: bool = True) -> str:
    """Spans as HTML. Neighbours of one look share their tags, so that a quote of two lines is one quote."""
    return "".join(_tagged(span, links=links) for span in _joined(spans))


def _tagged(span: LaidSpan, *, links: bool) -> str:
    text = escape(span.text)
    if span.link and links:
        text = f'<a href="{escape(span.link)}">{text}</a>'
    tag = _TAGS.get(span.style)
    return f"<{tag}>{text}</{tag}>" if tag else text


def _joined(spans: Sequence[LaidSpan]) -> Iterator[LaidSpan]:
    kept: LaidSpan | None = None
    for number, span in enumerate(spans):
        following = spans[number + 1] if number + 1 < len(spans) else None
        if kept is None:
            kept = span
        elif _like(kept, span) or (
            span.text == "\n" and kept.style is Style.QUOTE and following and _like(kept, following)
        ):
            kept = replace(kept, text=kept.text + span.text)
        else:
            yield kept
            kept = span
    if kept is not None:
        yield kept


def _like(one: LaidSpan, other: LaidSpan) -> bool:
    return one.style is other.style and one.link == other.link


def _preview(picture: str | None) -> Json:
    """A picture is shown as the preview of its address, above the text: such a message stays a text, which
    can be edited into any other screen. Other links get no preview.
    """
    if picture is None:
        return {"is_disabled": True}
    return {"url": picture, "prefer_large_media": True, "show_above_text": True}


def keyboard(laid: Laid, public_url: str, *, plain: bool = False) -> Json | None:
    """``reply_markup``, None without buttons."""
    button = _panel_button if laid.reply else _inline_button
    rows = _rows(
        (made for each in row if (made := button(each, public_url, plain=plain)) is not None)
        for row in laid.rows
    )
    if not rows:
        return None
    if laid.reply:
        return {"keyboard": rows, "resize_keyboard": True, "one_time_keyboard": True}
    return {"inline_keyboard": rows}


def _rows(rows: Iterable[Iterable[Json]]) -> list[list[Json]]:
    return [made for row in rows if (made := list(row))]


def _inline_button(button: LaidButton, public_url: str, *, plain: bool) -> Json | None:
    made = _labelled(button)
    match button.kind:
        case ButtonKind.PRESS:
            assert 0 < len(button.value.encode()) <= CAPS.payload, button
            made["callback_data"] = button.value
        case ButtonKind.LINK if not plain:
            made["url"] = button.value
        case ButtonKind.APP if not plain and public_url:
            made["web_app"] = {"url": app_address(public_url, button.value)}
        case _:
            return None
    return made


def _panel_button(button: LaidButton, public_url: str, *, plain: bool) -> Json | None:
    """A button in place of the phone's keyboard: it writes its label, or shares the contact. It can't lead
    anywhere; a Mini App opened from there would come without signed data.
    """
    del public_url, plain
    match button.kind:
        case ButtonKind.CONTACT:
            return _labelled(button) | {"request_contact": True}
        case ButtonKind.PRESS:
            return _labelled(button)
        case _:
            return None


def _labelled(button: LaidButton) -> Json:
    made: Json = {"text": button.label if button.label.strip() else _BLANK}
    if style := _STYLES.get(button.tone):
        made["style"] = style
    return made


def app_address(public_url: str, path: str) -> str:
    """The Mini App's address at ``path`` below ``/app``; ``path`` may be a query alone."""
    path = path.lstrip("/")
    return f"{public_url}/app{'' if not path or path[0] in '?#' else '/'}{path}"
