"""What there is in the sandbox: people, bots, chats, messages, presses, files. Plain data, of no one
messenger.

Offsets and lengths of spans count UTF-16 code units, as both Telegram and browsers do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from pydantic import ConfigDict


class Messenger(StrEnum):
    """Whose rules a bot lives by."""

    TELEGRAM = "telegram"
    VK = "vk"


class Author(StrEnum):
    """Who wrote a message."""

    BOT = "bot"
    PERSON = "person"


class ButtonKind(StrEnum):
    """What a button does when it is pressed."""

    CALLBACK = "callback"
    URL = "url"
    WEB_APP = "web_app"
    COPY = "copy"
    TEXT = "text"
    CONTACT = "contact"
    LOCATION = "location"
    OTHER = "other"


class AttachmentKind(StrEnum):
    """What a message carries besides text."""

    DOCUMENT = "document"
    PHOTO = "photo"
    STICKER = "sticker"
    VOICE = "voice"
    LOCATION = "location"
    VENUE = "venue"
    CONTACT = "contact"


@dataclass(slots=True)
class Person:
    """Somebody with a phone in the hand. ``phone`` is E.164 or empty; ``role`` is a hint for the page.

    ``old_app``: the messenger's app on that phone knows neither callback buttons nor Mini Apps (VK).
    """

    id: int
    first_name: str
    last_name: str = ""
    language: str = "ru"
    phone: str = ""
    role: str = ""
    old_app: bool = False

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True, slots=True)
class Command:
    """A line of the menu that «/» opens."""

    command: str
    description: str


@dataclass(slots=True)
class Webhook:
    """Where a bot wants its updates posted, and how that went last."""

    url: str
    secret: str = ""
    max_connections: int = 40
    last_error_at: datetime | None = None
    last_error: str = ""


@dataclass(slots=True)
class Bot:
    """A bot's account (in VK: a community). ``commands`` and ``texts`` are keyed by scope and language.

    ``settings``: what a community's owner can switch in VK.
    """

    id: int
    messenger: Messenger
    token: str
    username: str
    name: str
    commands: dict[str, list[Command]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    menus: dict[str, dict[str, Any]] = field(default_factory=dict)
    webhook: Webhook | None = None
    allowed_updates: list[str] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)
    next_message_id: int = 1


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of text that is bold, a link, code …; ``kind`` is the Bot API's word for it."""

    kind: str
    offset: int
    length: int
    url: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Button:
    """``value`` is callback data, an address or a text to copy, by ``kind``."""

    label: str
    kind: ButtonKind
    value: str = ""
    style: str = ""


Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """Buttons in place of the phone's keyboard."""

    rows: Rows
    one_time: bool = False
    resize: bool = False
    persistent: bool = False
    placeholder: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """One thing that a message carries; which fields are filled depends on ``kind``."""

    kind: AttachmentKind
    file_id: str = ""
    name: str = ""
    mime: str = ""
    size: int = 0
    width: int = 0
    height: int = 0
    seconds: int = 0
    emoji: str = ""
    latitude: float = 0.0
    longitude: float = 0.0
    title: str = ""
    address: str = ""
    phone: str = ""
    first_name: str = ""
    last_name: str = ""
    user_id: int | None = None


@dataclass(frozen=True, slots=True)
class CardFace:
    """A card of a carousel (VK). ``file_id``: its picture, empty without."""

    title: str
    text: str
    file_id: str = ""


@dataclass(slots=True)
class Message:
    """One bubble. ``version`` grows with each edit; ``had_panel`` marks what can never be edited. ``cards``
    stand side by side, each above its row of buttons.
    """

    id: int
    author: Author
    at: datetime
    text: str = ""
    spans: tuple[Span, ...] = ()
    rows: Rows = ()
    cards: tuple[CardFace, ...] = ()
    attachment: Attachment | None = None
    edited_at: datetime | None = None
    reply_to: int | None = None
    version: int = 1
    had_panel: bool = False


@dataclass(slots=True)
class Chat:
    """The private chat of one person with one bot. ``bot_revision`` is the revision of the bot's last visible
    deed.
    """

    person_id: int
    bot_id: int
    started: bool = False
    blocked: bool = False
    messages: list[Message] = field(default_factory=list)
    panel: Panel | None = None
    typing_until: datetime | None = None
    bot_revision: int = 0

    @property
    def key(self) -> str:
        return chat_key(self.person_id, self.bot_id)

    def message(self, message_id: int) -> Message | None:
        """The message with this id; the newest are found first."""
        return next((item for item in reversed(self.messages) if item.id == message_id), None)


def chat_key(person_id: int, bot_id: int) -> str:
    """How a chat is named in addresses and events."""
    return f"{person_id}:{bot_id}"


@dataclass(slots=True)
class Press:
    """A press of a callback button and what the bot answered to it."""

    id: str
    chat: str
    message_id: int
    data: str
    at: datetime
    answered: bool = False
    text: str = ""
    alert: bool = False
    url: str = ""


@dataclass(slots=True)
class StoredFile:
    """Bytes that a bot or a person sent; ``path`` is what downloads ask for."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    id: str
    bot_id: int
    path: str
    name: str
    mime: str
    content: bytes


@dataclass(slots=True)
class FeedItem:
    """An event on its way to a bot: an update of the Bot API, an event of VK."""

    number: int
    kind: str
    chat: str
    payload: dict[str, Any]
    at: datetime


@dataclass(slots=True)
class Feed:
    """What a bot has not confirmed yet."""

    next_number: int
    items: list[FeedItem] = field(default_factory=list)


@dataclass(slots=True)
class State:
    """All that survives a restart."""

    revision: int = 0
    next_person_id: int = 1001
    next_file: int = 1
    next_press: int = 1
    people: dict[int, Person] = field(default_factory=dict)
    bots: dict[int, Bot] = field(default_factory=dict)
    chats: dict[str, Chat] = field(default_factory=dict)
    presses: dict[str, Press] = field(default_factory=dict)
    files: dict[str, StoredFile] = field(default_factory=dict)
    feeds: dict[int, Feed] = field(default_factory=dict)


def utf16_length(text: str) -> int:
    """The length that messengers count: astral characters, most emoji among them, are two."""
    return len(text) + sum(ord(character) > 0xFFFF for character in text)
