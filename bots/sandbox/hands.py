"""What a person can do with the phone: open a bot, write, press, share, block, delete. The same in every
messenger.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Sequence
from typing import Protocol

from bots.sandbox.model import (
    Attachment,
    AttachmentKind,
    Author,
    Button,
    ButtonKind,
    Chat,
    Message,
    Messenger,
    Person,
    Press,
    StoredFile,
)
from bots.sandbox.world import Unknown, World

_START = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LINK = re.compile(
    r"(?:https?://|tg://resolve\?domain=)?(?:t\.me/|vk\.me/|vk\.com/|@)?(?P<bot>[A-Za-z]\w{3,31})"
    r"(?:[?&](?:start|ref)=(?P<start>[\w-]*))?/?"
)
#: How VK calls a community that has no name of its own.
_COMMUNITY = re.compile(r"(?:club|public)(\d+)")


class Refused(Exception):
    """The phone doesn't let the person do that; the message says why."""


class MessengerSide(Protocol):
    """How one messenger carries a person's deeds to a bot. ``has_contacts``: cards can be sent."""

    @property
    def has_contacts(self) -> bool: ...

    def write(
        self, chat: Chat, text: str, attachment: Attachment | None, reply_to: int | None
    ) -> list[Message]: ...

    def press(self, chat: Chat, press: Press) -> None: ...

    def blocked(self, chat: Chat, *, blocked: bool) -> None: ...

    def start(self, chat: Chat, parameter: str) -> list[Message]: ...

    def tap(self, chat: Chat, button: Button) -> list[Message]: ...

    def app_url(self, chat: Chat, url: str, *, start: str = "", signed: bool = True) -> str: ...

    def app_phone(self, chat: Chat, url: str) -> dict[str, str]: ...

    def allowed(self, chat: Chat) -> None: ...


class Hands:
    """Everybody's hands. Each method raises :class:`Refused` or ``Unknown`` and then has changed nothing."""

    def __init__(self, world: World, messengers: dict[Messenger, MessengerSide]) -> None:
        self._world = world
        self._messengers = messengers

    def open(self, person: Person, link: str) -> tuple[Chat, str]:
        """The chat that a username or a link leads to, and the link's start parameter."""
        match = _LINK.fullmatch(link.strip())
        if match is None:
            raise Refused(f"no bot behind {link!r}")
        community = _COMMUNITY.fullmatch(match["bot"])
        bot = self._world.bot(community[1] if community else match["bot"])
        start = match["start"] or ""
        if start and not _START.fullmatch(start):
            raise Refused("a start parameter has up to 64 characters A-Z a-z 0-9 _ -")
        return self._world.open_chat(person, bot), start

    def start(self, chat: Chat, parameter: str = "") -> list[Message]:
        """The «Start» button of an empty chat or a deep link."""
        if parameter and not _START.fullmatch(parameter):
            raise Refused("a start parameter has up to 64 characters A-Z a-z 0-9 _ -")
        self._begin(chat)
        return self._side(chat).start(chat, parameter)

    def send(self, chat: Chat, text: str, *, reply_to: int | None = None) -> list[Message]:
        """Writes to the bot. Whoever writes to a blocked bot takes it back first, as the apps do."""
        if not text.strip():
            raise Refused("an empty message can't be sent")
        return self._write(chat, text, None, reply_to)

    def press(self, chat: Chat, message_id: int, row: int, column: int, *, times: int = 1) -> list[Press]:
        """Presses a callback button, ``times`` in one go. Other buttons but those that write (:meth:`tap`)
        do nothing for the bot: the phone follows them.
        """
        message = self._message(chat, message_id)
        button = _button(message.rows, row, column)
        if button.kind is not ButtonKind.CALLBACK:
            return []
        return self.press_data(chat, message_id, button.value, times=times)

    def tap(self, chat: Chat, message_id: int, row: int, column: int) -> list[Message]:
        """Presses a button under a message that writes its label (VK); nothing for other buttons."""
        button = _button(self._message(chat, message_id).rows, row, column)
        if button.kind is not ButtonKind.TEXT:
            return []
        self._begin(chat)
        return self._side(chat).tap(chat, button)

    def press_data(self, chat: Chat, message_id: int, data: str, *, times: int = 1) -> list[Press]:
        """A press with any data: of a message's old version, or one that was forged."""
        if chat.blocked:
            raise Refused("the bot is blocked")
        presses = [self._world.press(chat, message_id, data) for _ in range(times)]
        for press in presses:
            self._side(chat).press(chat, press)
        return presses

    def press_panel(self, chat: Chat, row: int, column: int) -> list[Message] | list[Press]:
        """Presses a button in place of the keyboard: writes its text, shares the own contact or place, or is
        a press that stands on no message (VK).
        """
        if chat.panel is None:
            raise Refused("there is no panel of buttons")
        button = _button(chat.panel.rows, row, column)
        if chat.panel.one_time:
            self._world.set_panel(chat, None)
        match button.kind:
            case ButtonKind.CONTACT:
                return self.share_contact(chat)
            case ButtonKind.LOCATION:
                return self.send_location(chat, 55.7649, 37.6056)
            case ButtonKind.TEXT:
                self._begin(chat)
                return self._side(chat).tap(chat, button)
            case ButtonKind.CALLBACK:
                return self.press_data(chat, 0, button.value)
            case _:
                return []

    def share_contact(
        self,
        chat: Chat,
        *,
        phone: str = "",
        first_name: str = "",
        user_id: int | None = None,
        own: bool = True,
    ) -> list[Message]:
        """A contact card: one's own, or any other, with or without the ``user_id`` of somebody in the
        messenger.
        """
        if not self._side(chat).has_contacts:
            raise Refused("no cards can be sent here")
        person = self._world.person(chat.person_id)
        if own:
            if not person.phone:
                raise Refused(f"{person.name} has no phone number")
            card = Attachment(
                AttachmentKind.CONTACT,
                phone=person.phone,
                first_name=person.first_name,
                last_name=person.last_name,
                user_id=person.id,
            )
        else:
            card = Attachment(
                AttachmentKind.CONTACT, phone=phone, first_name=first_name or "Contact", user_id=user_id
            )
        return self._write(chat, "", card, None)

    def send_sticker(self, chat: Chat, emoji: str = "😀") -> list[Message]:
        stored = self._store(chat, "stickers", "sticker.webp", "image/webp", b"RIFF\x04\0\0\0WEBP")
        card = Attachment(
            AttachmentKind.STICKER, stored.id, stored.name, stored.mime, len(stored.content), emoji=emoji
        )
        return self._write(chat, "", card, None)

    def send_photo(self, chat: Chat, content: bytes = b"", caption: str = "") -> list[Message]:
        """A photo; a small drawn one when no ``content`` is given."""
        content = content or _drawn_photo()
        stored = self._store(chat, "photos", "photo.png", "image/png", content)
        card = Attachment(
            AttachmentKind.PHOTO, stored.id, stored.name, stored.mime, len(content), width=64, height=64
        )
        return self._write(chat, caption, card, None)

    def send_voice(self, chat: Chat, seconds: int = 3) -> list[Message]:
        stored = self._store(chat, "voice", "voice.oga", "audio/ogg", b"OggS")
        card = Attachment(
            AttachmentKind.VOICE, stored.id, stored.name, stored.mime, len(stored.content), seconds=seconds
        )
        return self._write(chat, "", card, None)

    def send_location(self, chat: Chat, latitude: float, longitude: float) -> list[Message]:
        place = Attachment(AttachmentKind.LOCATION, latitude=latitude, longitude=longitude)
        return self._write(chat, "", place, None)

    def block(self, chat: Chat) -> None:
        """Stops and blocks the bot."""
        if not chat.blocked:
            self._world.mark(chat, blocked=True)
            self._side(chat).blocked(chat, blocked=True)

    def unblock(self, chat: Chat) -> None:
        if chat.blocked:
            self._world.mark(chat, blocked=False)
            self._side(chat).blocked(chat, blocked=False)

    def delete_message(self, chat: Chat, message_id: int) -> None:
        """Deletes for both sides, so the bot can edit it no more."""
        self._message(chat, message_id)
        self._world.delete(chat, {message_id}, by=Author.PERSON)

    def delete_chat(self, chat: Chat) -> None:
        """Deletes the history for both sides; the bot may still write."""
        self._world.delete(chat, {message.id for message in chat.messages}, by=Author.PERSON)
        self._world.set_panel(chat, None)

    def app_url(self, chat: Chat, url: str, *, start: str = "", signed: bool = True) -> str:
        """Where a Mini App's button leads this person, or a link to it with a ``start`` parameter."""
        if start and not _START.fullmatch(start):
            raise Refused("a start parameter has up to 64 characters A-Z a-z 0-9 _ -")
        return self._side(chat).app_url(chat, url, start=start, signed=signed)

    def share_phone(self, chat: Chat, url: str) -> dict[str, str]:
        """The number that the Mini App at ``url`` asked for, in the messenger's words; where there are cards,
        the bot gets one, too.
        """
        person = self._world.person(chat.person_id)
        if not person.phone:
            raise Refused(f"{person.name} has no phone number")
        side = self._side(chat)
        given = side.app_phone(chat, url)
        if side.has_contacts:
            self.share_contact(chat)
        return given

    def allow(self, chat: Chat) -> None:
        """Lets the bot write, as a Mini App asks for; nothing for one that may."""
        if not chat.started or chat.blocked:
            self._world.mark(chat, started=True, blocked=False)
            self._side(chat).allowed(chat)

    def _write(
        self, chat: Chat, text: str, attachment: Attachment | None, reply_to: int | None
    ) -> list[Message]:
        self._begin(chat)
        return self._side(chat).write(chat, text, attachment, reply_to)

    def _begin(self, chat: Chat) -> None:
        """Whoever writes may be written to."""
        self.unblock(chat)
        if not chat.started:
            self._world.mark(chat, started=True)

    def _side(self, chat: Chat) -> MessengerSide:
        return self._messengers[self._world.state.bots[chat.bot_id].messenger]

    def _store(self, chat: Chat, folder: str, name: str, mime: str, content: bytes) -> StoredFile:
        return self._world.store_file(self._world.state.bots[chat.bot_id], folder, name, mime, content)

    def _message(self, chat: Chat, message_id: int) -> Message:
        message = chat.message(message_id)
        if message is None:
            raise Unknown(f"no message {message_id} in the chat")
        return message


def _button(rows: Sequence[Sequence[Button]], row: int, column: int) -> Button:
    if 0 <= row < len(rows) and 0 <= column < len(rows[row]):
        return rows[row][column]
    raise Unknown(f"no button in row {row}, column {column}")


def _drawn_photo(side: int = 64) -> bytes:
    """A PNG of a lit window at dusk (RFC 2083), so that a photo needs no file."""
    dusk, lit, dark = b"\x2b\x2d\x5b", b"\xff\xb8\x4d", b"\x3d\x41\x78"
    lines = bytearray()
    for y in range(side):
        lines.append(0)
        for x in range(side):
            in_window = 16 <= x < 48 and 12 <= y < 52
            frame = in_window and (x in {31, 32} or y in {31, 32})
            pane = lit if x > 32 and y < 31 else dark
            lines += dusk if not in_window or frame else pane

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(lines), 9))
        + chunk(b"IEND", b"")
    )
