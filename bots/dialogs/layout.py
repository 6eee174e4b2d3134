"""Lays a screen out for one reader: words in their language, buttons within the messenger's limits, payloads
bound to the revision. Pure.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from bots.dialogs.caps import Caps
from bots.dialogs.fit import PAGE, fit
from bots.dialogs.payload import Signer, screen_payload
from bots.dialogs.screen import (
    Act,
    Action,
    AskContact,
    Button,
    File,
    Inert,
    Line,
    Link,
    OpenApp,
    Place,
    Raw,
    Screen,
    Style,
    T,
    Tone,
    Verb,
    Words,
)
from bots.dialogs.values import word
from locales import Texts

#: The action of a cell that can't be pressed: acknowledged, nothing happens.
NOTHING: Final = "_nothing"


class ButtonKind(StrEnum):
    """What a laid button does."""

    PRESS = "press"
    LINK = "link"
    APP = "app"
    CONTACT = "contact"


@dataclass(frozen=True, slots=True)
class LaidSpan:
    """Text of one look, not yet escaped."""

    text: str
    style: Style = Style.PLAIN
    link: str | None = None


@dataclass(frozen=True, slots=True)
class LaidButton:
    """A button with its final label. ``value``: payload, address or app path, by kind."""

    label: str
    kind: ButtonKind
    value: str = ""
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class LaidCard:
    """A choice with its picture: its own button first, then those that stand below all choices."""

    title: str
    text: str
    picture: str
    buttons: tuple[LaidButton, ...]


@dataclass(frozen=True, slots=True)
class Laid:
    """What a messenger renders. ``cards``: another way to show the same buttons.

    ``actions`` belong to the payloads ``rev.0``, ``rev.1`` …; ``reply``: a reply keyboard, whose presses come
    back as typed labels.
    """

    spans: tuple[LaidSpan, ...]
    rows: tuple[tuple[LaidButton, ...], ...]
    actions: tuple[Action, ...] = ()
    labels: tuple[str, ...] = ()
    reply: bool = False
    page: int = 0
    file: File | None = None
    place: Place | None = None
    picture: str | None = None
    cards: tuple[LaidCard, ...] = ()

    @property
    def plain(self) -> str:
        """The text without looks."""
        return "".join(span.text for span in self.spans)

    def digest(self) -> str:
        """What the reader sees, in short: equal digests need no edit.

        Payloads are left out, they change with each revision.
        """
        seen = [f"{span.style} {span.link} {span.text}" for span in self.spans]
        for row in self.rows:
            seen += ["", *(f"{button.kind} {button.tone} {button.label}" for button in row)]
        if self.file or self.place or self.picture:
            seen.append(repr((self.file, self.place, self.picture)))
        seen += [f"{card.title} {card.text} {card.picture}" for card in self.cards]
        return hashlib.blake2s("\0".join(seen).encode(), digest_size=12).hexdigest()


def say(words: Words, texts: Texts) -> str:
    """The words in this language."""
    if isinstance(words, Raw):
        return words.text
    params = {
        name: say(value, texts) if isinstance(value, T | Raw) else word(value, texts)
        for name, value in words.params.items()
    }
    if words.count is not None:
        return texts.n(words.msgid, words.count, **params)
    return texts.t(words.msgid, **params)


def layout(screen: Screen, texts: Texts, caps: Caps, *, rev: int, signer: Signer, page: int = 0) -> Laid:
    """See the module. Raises DoesNotFit when the fixed rows alone are too many."""
    fitted = fit(screen, caps, page)
    actions: list[Action] = []
    labels: list[str] = []
    reply = caps.contact and any(isinstance(button, AskContact) for row in fitted.rows for button in row)

    def lay(button: Button) -> LaidButton:
        label = shorten(_capital(say(button.label, texts), button.label), caps.label)
        match button:
            case Act():
                actions.append(button.action)
                labels.append(label)
                return LaidButton(label, ButtonKind.PRESS, screen_payload(rev, len(actions) - 1), button.tone)
            case Inert():
                actions.append(Action(NOTHING))
                labels.append(label)
                return LaidButton(label, ButtonKind.PRESS, screen_payload(rev, len(actions) - 1))
            case Verb():
                return LaidButton(
                    label,
                    ButtonKind.PRESS,
                    signer.verb(button.verb, UUID(button.target), button.arg),
                    button.tone,
                )
            case Link():
                return LaidButton(label, ButtonKind.LINK, button.url)
            case OpenApp():
                return LaidButton(label, ButtonKind.APP, button.path)
            case AskContact():
                return LaidButton(label, ButtonKind.CONTACT)

    rows = tuple(tuple(lay(button) for button in row) for row in fitted.rows)
    return Laid(
        spans=_spans(screen.lines, texts, caps),
        rows=rows,
        actions=tuple(actions),
        labels=tuple(labels),
        reply=reply,
        page=fitted.page,
        file=screen.file,
        place=screen.place,
        picture=screen.picture,
        cards=_cards(screen, fitted.rows, rows, texts, caps),
    )


def _cards(
    screen: Screen,
    shown: tuple[tuple[Button, ...], ...],
    rows: tuple[tuple[LaidButton, ...], ...],
    texts: Texts,
    caps: Caps,
) -> tuple[LaidCard, ...]:
    """The choices of this page as cards; none when one of them has no card. A card has no keyboard below
    it, so the way on and the way back are on each.
    """
    if screen.choices is None or not caps.cards:
        return ()
    known = {card.button.action: card for card in screen.choices.cards}
    pairs = [pair for row, laid in zip(shown, rows, strict=True) for pair in zip(row, laid, strict=True)]
    chosen = [(known[b.action], laid) for b, laid in pairs if isinstance(b, Act) and b.action in known]
    rest = [(b, laid) for b, laid in pairs if not (isinstance(b, Act) and b.action in known)]
    if not 0 < len(chosen) <= caps.cards or any(b in screen.choices.items for b, _ in rest):
        return ()
    arrows = [laid for b, laid in rest if isinstance(b, Act) and b.action.name == PAGE][1:]
    ways = [laid for b, laid in rest if not (isinstance(b, Act) and b.action.name == PAGE)]
    tail = (*arrows, *ways)[: caps.card_buttons - 1]
    return tuple(
        LaidCard(
            shorten(say(card.title, texts), caps.card_text),
            shorten(_capital(say(card.text, texts), card.text), caps.card_text),
            card.picture,
            (laid, *tail),
        )
        for card, laid in chosen
    )


def _capital(text: str, words: Words) -> str:
    """Our own words begin a line or a button with a capital, whatever value stands first; others' don't
    change.
    """
    return text[:1].upper() + text[1:] if isinstance(words, T) else text


def shorten(text: str, limit: int) -> str:
    """``text`` within ``limit`` characters, an ellipsis where it was cut; never cut inside a joined emoji's
    tail.
    """
    if len(text) <= limit:
        return text
    return text[: limit - 1].rstrip("\u200d\ufe0f ") + "…"


def _spans(lines: tuple[Line, ...], texts: Texts, caps: Caps) -> tuple[LaidSpan, ...]:
    spans: list[LaidSpan] = []
    left = caps.text - 1  # the last place is the ellipsis's
    for number, line in enumerate(lines):
        if number:
            if left < 1:
                return (*spans, LaidSpan("…"))
            spans.append(LaidSpan("\n"))
            left -= 1
        for place, span in enumerate(line):
            text = say(span.words, texts)
            if not place:
                text = _capital(text, span.words)
            size = caps.measure(text)
            if size > left:
                return (*spans, LaidSpan(_cut(text, left, caps) + "…", span.style, span.link))
            if text:
                spans.append(LaidSpan(text, span.style, span.link))
                left -= size
    return tuple(spans)


def _cut(text: str, limit: int, caps: Caps) -> str:
    """The beginning of ``text`` that fits; no character measures less than one."""
    text = text[:limit]
    while caps.measure(text) > limit:
        text = text[:-1]
    return text.rstrip("\u200d\ufe0f ")
