"""The sandbox's world: state and the few ways in which it changes. Each change is an event for whoever looks
on.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from pydantic import TypeAdapter

from bots.sandbox import views
from bots.sandbox.calls import Call, CallLog
from bots.sandbox.clock import ShiftableClock
from bots.sandbox.faults import Faults
from bots.sandbox.limits import WorldLimits
from bots.sandbox.model import (
    Attachment,
    Author,
    Bot,
    CardFace,
    Chat,
    Feed,
    FeedItem,
    Message,
    Messenger,
    Panel,
    Person,
    Press,
    Rows,
    Span,
    State,
    StoredFile,
    chat_key,
)
from bots.sandbox.signal import Signal

_STATE = TypeAdapter(State)
_FIRST_UPDATE = 100_000_001


class Unknown(LookupError):
    """There is no such person, bot, chat, message or file."""


class World:
    """People, bots, chats, files. No messenger's rules: those stand beside it and change it.

    ``events`` keeps the latest changes as ``(revision, kind, payload)``; ``changed`` fires after each.
    """

    def __init__(self, clock: ShiftableClock, limits: WorldLimits | None = None) -> None:
        self.clock = clock
        self.limits = limits or WorldLimits()
        self.state = State()
        self.changed = Signal()
        self.fed = Signal()
        self.closing = asyncio.Event()
        self.faults = Faults()
        self.calls = CallLog(self.limits, self._called)
        # A loaded state may be older than what a page has seen of the former run.
        self._epoch = secrets.token_hex(4)
        self.events: deque[tuple[int, str, dict[str, Any]]] = deque(maxlen=self.limits.events)

    # State on disk

    def dump(self) -> bytes:
        """Everything but the log and the planned faults, as JSON."""
        return _STATE.dump_json(self.state)

    def load(self, data: bytes) -> None:
        """Takes the state back, before it is served.

        Raises :class:`ValueError` when ``data`` is no such state.
        """
        self.state = _STATE.validate_json(data)
        for chat in self.state.chats.values():
            chat.typing_until = None

    # People and bots

    def add_person(
        self,
        first_name: str,
        last_name: str = "",
        *,
        language: str = "ru",
        phone: str | None = None,
        role: str = "",
        person_id: int | None = None,
    ) -> Person:
        """A new person; ``phone`` is E.164, empty for none, drawn from the id when left out. Raises
        :class:`ValueError` for no name, an id that is taken, or a full world.
        """
        first_name, last_name = first_name.strip(), last_name.strip()
        if not first_name:
            raise ValueError("a person needs a name")
        if len(self.state.people) >= self.limits.people:
            raise ValueError("the sandbox is full")
        number = person_id if person_id is not None else self.state.next_person_id
        if number in self.state.people:
            raise ValueError(f"there is a person {number} already")
        self.state.next_person_id = max(self.state.next_person_id, number + 1)
        if phone is None:
            phone = f"+7999{number:07d}"
        person = Person(number, first_name[:64], last_name[:64], language, phone, role)
        self.state.people[number] = person
        self.emit("person", {"person": views.person_view(person)})
        return person

    def find_person(self, name: str) -> Person | None:
        """Who has this full name, or this first name."""
        people = self.state.people.values()
        return next((person for person in people if person.name == name), None) or next(
            (person for person in people if person.first_name == name), None
        )

    def person(self, person_id: int) -> Person:
        """Raises :class:`Unknown`."""
        try:
            return self.state.people[person_id]
        except KeyError:
            raise Unknown(f"no person {person_id}") from None

    def add_bot(self, messenger: Messenger, token: str, username: str, name: str) -> Bot:
        """A bot's account; the number before the token's colon is its id. A known one keeps its chats and is
        renamed.

        Raises :class:`ValueError` for a token without a number or a username that another bot has.
        """
        head = token.split(":", 1)[0]
        if not head.isdigit():
            raise ValueError("a token begins with the bot's number and a colon")
        bot_id = int(head)
        known = self.state.bots.get(bot_id)
        if any(
            other.username.lower() == username.lower() and other.id != bot_id
            for other in self.state.bots.values()
        ):
            raise ValueError(f"@{username} is taken")
        if known is None:
            if len(self.state.bots) >= self.limits.bots:
                raise ValueError("the sandbox is full")
            known = self.state.bots[bot_id] = Bot(bot_id, messenger, token, username, name)
            self.state.feeds[bot_id] = Feed(next_number=_FIRST_UPDATE)
        known.messenger, known.token, known.username, known.name = messenger, token, username, name
        self.emit_bot(known)
        return known

    def bot(self, name: str | int) -> Bot:
        """By id or username, with or without «@». Raises :class:`Unknown`."""
        wanted = str(name).removeprefix("@").lower()
        for bot in self.state.bots.values():
            if wanted in {str(bot.id), bot.username.lower()}:
                return bot
        raise Unknown(f"no bot {name}")

    def bot_by_token(self, messenger: Messenger, token: str) -> Bot | None:
        for bot in self.state.bots.values():
            if bot.messenger is messenger and secrets.compare_digest(bot.token.encode(), token.encode()):
                return bot
        return None

    # Chats

    def open_chat(self, person: Person, bot: Bot) -> Chat:
        """The chat of the two; a new one is empty and not started."""
        key = chat_key(person.id, bot.id)
        chat = self.state.chats.get(key)
        if chat is None:
            chat = self.state.chats[key] = Chat(person.id, bot.id)
            self.emit_chat(chat)
        return chat

    def chat(self, person_id: int, bot_id: int) -> Chat | None:
        return self.state.chats.get(chat_key(person_id, bot_id))

    def post(
        self,
        chat: Chat,
        author: Author,
        text: str = "",
        *,
        spans: Sequence[Span] = (),
        rows: Rows = (),
        cards: tuple[CardFace, ...] = (),
        attachment: Attachment | None = None,
        reply_to: int | None = None,
        had_panel: bool = False,
    ) -> Message:
        """A new message in the chat, with the next number of the bot's box."""
        bot = self.state.bots[chat.bot_id]
        message = Message(
            id=bot.next_message_id,
            author=author,
            at=self.clock.now(),
            text=text,
            spans=tuple(spans),
            rows=rows,
            cards=cards,
            attachment=attachment,
            reply_to=reply_to,
            had_panel=had_panel,
        )
        bot.next_message_id += 1
        chat.messages.append(message)
        del chat.messages[: -self.limits.messages_per_chat]
        if author is Author.BOT:
            chat.typing_until = None
        self._emit_message(chat, message)
        return message

    def edit(self, chat: Chat, message: Message, text: str, spans: Sequence[Span], rows: Rows) -> None:
        """The bot writes the message anew. A change of buttons alone leaves no «edited» mark, as in the
        messengers.
        """
        if (text, tuple(spans)) != (message.text, message.spans):
            message.edited_at = self.clock.now()
        message.text, message.spans, message.rows = text, tuple(spans), rows
        message.version += 1
        self._emit_message(chat, message)

    def delete(self, chat: Chat, ids: set[int], *, by: Author) -> None:
        """The messages are gone for both sides."""
        chat.messages = [message for message in chat.messages if message.id not in ids]
        revision = self.emit("gone", {"chat": chat.key, "ids": sorted(ids)})
        if by is Author.BOT:
            chat.bot_revision = revision

    def set_panel(self, chat: Chat, panel: Panel | None) -> None:
        chat.panel = panel
        self.emit_chat(chat)

    def typing(self, chat: Chat, lasts: timedelta) -> None:
        chat.typing_until = self.clock.now() + lasts
        self.emit_chat(chat)

    def mark(self, chat: Chat, *, started: bool | None = None, blocked: bool | None = None) -> None:
        """The person started the bot, blocked it, or took it back."""
        chat.started = chat.started if started is None else started
        chat.blocked = chat.blocked if blocked is None else blocked
        self.emit_chat(chat)

    # Presses

    def press(self, chat: Chat, message_id: int, data: str) -> Press:
        """The person pressed a callback button; the bot is to answer."""
        number = self.state.next_press
        self.state.next_press += 1
        press = Press(
            id=str((chat.person_id << 32) + number),
            chat=chat.key,
            message_id=message_id,
            data=data,
            at=self.clock.now(),
        )
        self.state.presses[press.id] = press
        _drop_oldest(self.state.presses, self.limits.presses)
        self.emit("press", {"press": views.press_view(press)})
        return press

    def answer_press(self, press: Press, text: str, url: str, *, alert: bool) -> None:
        press.answered, press.text, press.alert, press.url = True, text, alert, url
        self.emit("press", {"press": views.press_view(press)})

    # Files

    def store_file(self, bot: Bot, folder: str, name: str, mime: str, content: bytes) -> StoredFile:
        """Keeps the bytes; the oldest files make room."""
        number = self.state.next_file
        self.state.next_file += 1
        suffix = f".{name.rsplit('.', 1)[1]}" if "." in name else ""
        stored = StoredFile(
            id=f"{folder[:1].upper()}Q{bot.id:x}A{number:06d}{secrets.token_hex(8)}",
            bot_id=bot.id,
            path=f"{folder}/file_{number}{suffix}",
            name=name,
            mime=mime,
            content=content,
        )
        self.state.files[stored.id] = stored
        _drop_oldest(self.state.files, self.limits.files)
        while sum(len(file.content) for file in self.state.files.values()) > self.limits.file_bytes:
            _drop_oldest(self.state.files, len(self.state.files) - 1)
        return stored

    def file(self, file_id: str) -> StoredFile:
        """Raises :class:`Unknown`."""
        try:
            return self.state.files[file_id]
        except KeyError:
            raise Unknown("no such file") from None

    # What goes to bots

    def feed(self, bot: Bot) -> Feed:
        return self.state.feeds[bot.id]

    def push(self, bot: Bot, kind: str, chat: Chat, payload: dict[str, Any]) -> FeedItem:
        """Puts an event in the bot's feed and wakes what delivers it."""
        feed = self.feed(bot)
        item = FeedItem(feed.next_number, kind, chat.key, payload, self.clock.now())
        feed.next_number += 1
        feed.items.append(item)
        del feed.items[: -self.limits.feed]
        self.fed.fire()
        return item

    # Events for whoever looks on

    def emit(self, kind: str, payload: dict[str, Any]) -> int:
        """Notes an event and wakes the lookers-on. Returns its revision."""
        self.state.revision += 1
        self.events.append((self.state.revision, kind, payload))
        self.changed.fire()
        return self.state.revision

    def emit_bot(self, bot: Bot) -> None:
        """The bot's account changed; what its chats show of it may have changed too."""
        self.emit("bot", {"bot": views.bot_view(bot)})
        for chat in self.state.chats.values():
            if chat.bot_id == bot.id:
                self.emit_chat(chat)

    def emit_chat(self, chat: Chat) -> None:
        bot, person = self.state.bots[chat.bot_id], self.state.people[chat.person_id]
        head = views.chat_view(chat, bot, person, self.clock.now(), messages=False)
        self.emit("chat", {"chat": head})

    @property
    def cursor(self) -> str:
        """Where the events stand now; ``since`` tells those after it."""
        return f"{self._epoch}.{self.state.revision}"

    def cursor_at(self, revision: int) -> str:
        return f"{self._epoch}.{revision}"

    def since(self, cursor: str) -> list[tuple[int, str, dict[str, Any]]] | None:
        """The events after ``cursor``; None when they are no longer kept, or it is from another run."""
        epoch, _, number = cursor.partition(".")
        if epoch != self._epoch or not number.isdigit():
            return None
        revision = int(number)
        if self.state.revision - revision > len(self.events):
            return None
        return [event for event in self.events if event[0] > revision]

    def close(self) -> None:
        """The server stops: long polls and event streams end at once."""
        self.closing.set()
        self.fed.fire()
        self.changed.fire()

    def _emit_message(self, chat: Chat, message: Message) -> None:
        revision = self.emit("message", {"chat": chat.key, "message": views.message_view(message)})
        if message.author is Author.BOT:
            chat.bot_revision = revision

    def _called(self, call: Call) -> None:
        self.emit("call", {"call": call.view()})


def _drop_oldest(items: dict[str, Any], limit: int) -> None:
    while len(items) > limit:
        del items[next(iter(items))]
