"""A text with its entities, as it will stand in a chat: parsed, trimmed, measured, links found."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from bots.sandbox.model import Span, utf16_length
from bots.sandbox.telegram.errors import bad
from bots.sandbox.telegram.html import BrokenMarkup, parse_html

_FOUND = (
    ("url", re.compile(r"(?:https?://|tg://)[^\s<>\"]+|(?<![\w@.])t\.me/[\w?=&%/-]+", re.IGNORECASE)),
    ("email", re.compile(r"(?<![\w.])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    ("bot_command", re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?(?![\w/])")),
    ("mention", re.compile(r"(?<![\w@.])@[A-Za-z]\w{3,31}")),
    ("hashtag", re.compile(r"(?<![\w#])#\w*[^\W\d]\w*")),
)
_GIVEN = frozenset(
    {
        "bold",
        "italic",
        "underline",
        "strikethrough",
        "spoiler",
        "code",
        "pre",
        "text_link",
        "blockquote",
        "expandable_blockquote",
        "url",
        "email",
        "mention",
        "hashtag",
        "cashtag",
        "bot_command",
        "phone_number",
        "date_time",
    }
)
_FOREIGN = frozenset({"text_mention", "custom_emoji"})
_VERBATIM = frozenset({"code", "pre", "text_link"})
_TRAILING = ".,;:!?)»\"'"


def formatted(source: str, parse_mode: str, entities: Any, *, most: int, limit: int, what: str) -> _Text:
    """Text and spans of an outgoing message; at most ``most`` entities are kept, as the server does.

    Raises ``ApiError``: markup that can't be parsed, or more than ``limit`` UTF-16 units after parsing
    (``what`` is too long). An empty text is the caller's to judge: a caption may be one.
    """
    mode = parse_mode.lower()
    if mode == "html":
        try:
            text, spans = parse_html(source)
        except BrokenMarkup as broken:
            raise bad(f"can't parse entities: {broken}") from None
    elif mode in {"markdown", "markdownv2"}:
        raise bad("can't parse entities: the sandbox reads HTML and entities, not Markdown")
    elif mode:
        raise bad("unsupported parse_mode")
    else:
        text, spans = source, _given(source, entities)
    text, spans = _trimmed(text.replace("\r", ""), spans)
    if utf16_length(text) > limit:
        raise bad(f"{what} is too long")
    return text, _ordered([*spans, *found(text, spans)])[:most]


_Text = tuple[str, tuple[Span, ...]]


def found(text: str, given: Iterable[Span] = ()) -> list[Span]:
    """Links, addresses, commands, mentions and hashtags that stand in ``text`` outside of code and links."""
    taken = [(span.offset, span.offset + span.length) for span in given if span.kind in _VERBATIM]
    spans: list[Span] = []
    for kind, pattern in _FOUND:
        for match in pattern.finditer(text):
            piece = match.group().rstrip(_TRAILING) if kind == "url" else match.group()
            offset, length = utf16_length(text[: match.start()]), utf16_length(piece)
            if length and all(offset >= end or offset + length <= start for start, end in taken):
                taken.append((offset, offset + length))
                spans.append(Span(kind, offset, length))
    return spans


def entities_json(spans: Iterable[Span]) -> list[dict[str, Any]]:
    """As ``MessageEntity`` objects."""
    return [
        {
            "type": span.kind,
            "offset": span.offset,
            "length": span.length,
            **({"url": span.url} if span.url and span.kind == "text_link" else {}),
            **({"language": span.language} if span.language else {}),
        }
        for span in spans
    ]


def _given(text: str, entities: Any) -> list[Span]:
    """``MessageEntity`` objects of a call, checked."""
    if entities in (None, "", []):
        return []
    if not isinstance(entities, list):
        raise bad("can't parse entities: expected an Array")
    total, spans = utf16_length(text), []
    for entity in entities:
        if not isinstance(entity, dict):
            raise bad("can't parse MessageEntity: expected an Object")
        kind, offset, length = entity.get("type"), entity.get("offset"), entity.get("length")
        if not isinstance(kind, str) or kind not in _GIVEN | _FOREIGN:
            raise bad("can't parse MessageEntity: unsupported type specified")
        if not isinstance(offset, int) or not isinstance(length, int) or isinstance(offset, bool):
            raise bad("can't parse MessageEntity: offset and length must be Integers")
        if offset < 0 or length <= 0 or offset + length > total:
            raise bad("entity beginning or end is outside of the text")
        if kind not in _FOREIGN:
            spans.append(
                Span(kind, offset, length, str(entity.get("url", "")), str(entity.get("language", "")))
            )
    return spans


def _trimmed(text: str, spans: list[Span]) -> tuple[str, list[Span]]:
    """No white space around, spans moved and cut accordingly."""
    left = utf16_length(text) - utf16_length(text.lstrip())
    text = text.strip()
    total, kept = utf16_length(text), []
    for span in spans:
        start = max(span.offset - left, 0)
        end = min(span.offset - left + span.length, total)
        if end > start:
            kept.append(replace(span, offset=start, length=end - start))
    return text, kept


def _ordered(spans: Iterable[Span]) -> tuple[Span, ...]:
    return tuple(sorted(set(spans), key=lambda span: (span.offset, -span.length, span.kind)))
