"""What a person sees, before any messenger or language: a :class:`Screen`.

Words are message ids with parameters (:class:`T`), resolved in the reader's language when the screen is laid
out. What people or businesses wrote themselves is :class:`Raw` and is escaped by the messenger's renderer, in
one place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from bots.dialogs.values import Value


@dataclass(frozen=True, slots=True)
class T:
    """A text of the catalogue. ``count`` picks the plural form and fills ``{count}``."""

    msgid: str
    params: Mapping[str, Value | T | Raw] = field(default_factory=dict)
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Raw:
    """Words that are not ours: names, addresses, comments."""

    text: str


Words = T | Raw


def t(msgid: str, /, **params: Value | T | Raw) -> T:
    """Short for :class:`T`."""
    return T(msgid, params)


def n(msgid: str, count: int, /, **params: Value | T | Raw) -> T:
    """A text with a plural."""
    return T(msgid, params, count)


class Style(StrEnum):
    """How a span looks."""

    PLAIN = "plain"
    BOLD = "bold"
    ITALIC = "italic"
    QUOTE = "quote"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one look; ``link`` makes it lead somewhere."""

    words: Words
    style: Style = Style.PLAIN
    link: str | None = None


Line = tuple[Span, ...]


def line(*spans: Span | Words) -> Line:
    """A line of text: spans one after another."""
    return tuple(span if isinstance(span, Span) else Span(span) for span in spans)


def bold(words: Words) -> Span:
    """Bold words."""
    return Span(words, Style.BOLD)


def quote(words: Words) -> Span:
    """Quoted words: a comment, an answer."""
    return Span(words, Style.QUOTE)


BLANK: Line = ()


class Tone(StrEnum):
    """What a button does to one's mood: the messenger may colour it."""

    PLAIN = "plain"
    MAIN = "main"
    DANGER = "danger"


@dataclass(frozen=True, slots=True)
class Action:
    """What a press means to the step that showed the button. ``args`` are JSON values."""

    name: str
    args: tuple[str | int | bool | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Act:
    """A button that belongs to this showing of the screen; it dies with it."""

    label: Words
    action: Action
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Verb:
    """A button that outlives sessions (reminders, master cards): a signed verb on an object.

    ``arg``: a short word or number.
    """

    label: Words
    verb: str
    target: str
    arg: str = ""
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Link:
    """A button that opens an address."""

    label: Words
    url: str


@dataclass(frozen=True, slots=True)
class OpenApp:
    """A button that opens the Mini App at ``path`` (below ``/app``)."""

    label: Words
    path: str = ""


@dataclass(frozen=True, slots=True)
class AskContact:
    """A button that offers one's own phone number, where the messenger can; nothing elsewhere."""

    label: Words


@dataclass(frozen=True, slots=True)
class Inert:
    """A cell of a grid that can't be pressed: a calendar's day with nothing free, a weekday's name."""

    label: Words


Button = Act | Verb | Link | OpenApp | AskContact | Inert
Row = tuple[Button, ...]


def act(label: Words, name: str, *args: str | int | bool | None, tone: Tone = Tone.PLAIN) -> Act:
    """Short for :class:`Act`."""
    return Act(label, Action(name, args), tone)


@dataclass(frozen=True, slots=True)
class Card:
    """A choice with its picture. ``picture``: an https address."""

    title: Words
    text: Words
    picture: str
    button: Act


@dataclass(frozen=True, slots=True)
class Choices:
    """Any number of like buttons, laid ``columns`` to a row and paged by what the messenger can show.

    ``grid`` True keeps rows whole (a calendar): a messenger that can't show them so gets only the pressable
    cells. ``cards``: the same choices with pictures, for messengers that can show those side by side.
    """

    items: tuple[Button, ...]
    columns: int = 1
    grid: bool = False
    cards: tuple[Card, ...] = ()


@dataclass(frozen=True, slots=True)
class File:
    """A file that goes with a screen."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Place:
    """A point on the map with its name and address."""

    latitude: float
    longitude: float
    title: str
    address: str


@dataclass(frozen=True, slots=True)
class Screen:
    """One message: lines, choices (paged), then fixed rows of buttons, the way back last and left.

    ``keep``: a receipt that stays in the chat; what follows is a new message, so its buttons should be
    :class:`Verb`.
    """

    lines: tuple[Line, ...]
    choices: Choices | None = None
    rows: tuple[Row, ...] = ()
    file: File | None = None
    place: Place | None = None
    picture: str | None = None
    keep: bool = False

    def with_lines(self, *lines: Line) -> Screen:
        """The same screen with these lines above its own."""
        return replace(self, lines=(*lines, BLANK, *self.lines))
