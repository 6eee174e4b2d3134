"""Updates of the Bot API as events of the dialogs.

Read by hand out of the JSON (core.telegram.org/bots/api#update): of an update with its hundred possible
objects the dialogs need five, and building the rest costs more than a whole answer. An update is untrusted in
its form: what is not as documented is no event.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bots.dialogs.event import Command, Contact, Incoming, Other, RawPress, Typed
from bots.dialogs.runtime import Sender
from core.domain.client import Channel

#: What we ask Telegram for.
ALLOWED_UPDATES: Final = ("message", "callback_query", "my_chat_member")

_COMMAND: Final = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@(\w+))?(?:\s+(.*))?", re.DOTALL)
#: What a person can send besides text, in the order in which it names a message that carries several.
_KINDS: Final = (
    "sticker",
    "voice",
    "photo",
    "video",
    "video_note",
    "animation",
    "audio",
    "document",
    "venue",
    "location",
    "poll",
    "dice",
    "game",
    "story",
    "paid_media",
    "checklist",
    "web_app_data",
)
#: Messages that Telegram writes by itself when something happens: nobody waits for an answer to them.
_SERVICE: Final = frozenset(
    {
        "pinned_message",
        "message_auto_delete_timer_changed",
        "connected_website",
        "passport_data",
        "proximity_alert_triggered",
        "chat_background_set",
        "successful_payment",
        "refunded_payment",
        "users_shared",
        "chat_shared",
        "gift",
        "unique_gift",
        "boost_added",
        "new_chat_photo",
        "delete_chat_photo",
        "new_chat_title",
        "video_chat_scheduled",
        "video_chat_started",
        "video_chat_ended",
        "video_chat_participants_invited",
    }
)


@dataclass(frozen=True, slots=True)
class Inbound:
    """Somebody did something. ``query_id``: the press that waits for an answer; ``album``: the group of
    photos that it is a part of.
    """

    incoming: Incoming
    sender: Sender
    query_id: str | None = None
    album: str | None = None


@dataclass(frozen=True, slots=True)
class Reached:
    """They blocked us, or let us write (again)."""

    user: str
    reachable: bool


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A command in a group: dialogs are held in private. ``language`` of who gave it."""

    chat: str
    language: str | None


@dataclass(frozen=True, slots=True)
class Astray:
    """A press that belongs to no private chat: only its spinner is to be stopped."""

    query_id: str
    chat: str


Read = Inbound | Reached | Elsewhere | Astray


def lane_of(update: Mapping[str, Any]) -> str:
    """Whose update it is: their updates are worked on in order."""
    for kind, body in update.items():
        if kind != "update_id" and isinstance(body, Mapping):
            person = body.get("from") or body.get("user") or body.get("chat")
            if isinstance(person, Mapping) and _is_id(person.get("id")):
                return str(person["id"])
    return ""


def read(update: Mapping[str, Any], account: str, username: str = "") -> Read | None:
    """What ``update`` means to our bot ``account`` (its id) named ``username``; None when nothing.

    Edited messages mean nothing: the answer to what was said first stands already below.
    """
    try:
        if (message := update.get("message")) is not None:
            return _message(message, account, username)
        if (query := update.get("callback_query")) is not None:
            return _press(query, account)
        if (member := update.get("my_chat_member")) is not None:
            return _membership(member)
    except (KeyError, TypeError, AttributeError, ValueError):
        return None
    return None


def _message(message: Mapping[str, Any], account: str, username: str) -> Read | None:
    chat, author = message["chat"], message.get("from")
    text = message.get("text")
    if chat["type"] != "private":
        return _in_group(chat, author, text, username)
    if author is None or author.get("is_bot"):
        return None
    sender = _sender(author, account, str(_id(chat)))
    if text is not None:
        return Inbound(_words(text), sender)
    if (card := message.get("contact")) is not None:
        return Inbound(_contact(card, author), sender)
    if "write_access_allowed" in message:
        return Reached(sender.user, reachable=True)
    if not _SERVICE.isdisjoint(message):
        return None
    kind = next((kind for kind in _KINDS if kind in message), "unknown")
    album = message.get("media_group_id")
    return Inbound(Other(kind), sender, album=str(album) if album is not None else None)


def _in_group(chat: Mapping[str, Any], author: Any, text: Any, username: str) -> Elsewhere | None:
    """A group's own talk is none of our business; a command that may be meant for us gets a word."""
    if chat["type"] not in {"group", "supergroup"} or not isinstance(text, str):
        return None
    command = _COMMAND.fullmatch(text)
    if command is None or (command[2] or username).lower() != username.lower():
        return None
    language = author.get("language_code") if isinstance(author, Mapping) else None
    return Elsewhere(str(_id(chat)), language)


def _press(query: Mapping[str, Any], account: str) -> Read:
    """A press. Its message may be long gone for Telegram itself (``InaccessibleMessage``): its number is
    there all the same.
    """
    author, message = query["from"], query.get("message")
    chat = message["chat"] if message is not None else None
    if chat is None or chat.get("type", "private") != "private":
        return Astray(str(query["id"]), str(_id(chat or author)))
    return Inbound(
        RawPress(str(query.get("data") or ""), str(message["message_id"]) if message else None),
        _sender(author, account, str(_id(chat))),
        query_id=str(query["id"]),
    )


def _membership(member: Mapping[str, Any]) -> Reached | None:
    """In a private chat this comes when the bot is blocked and when it is taken back."""
    if member["chat"]["type"] != "private":
        return None
    status = member["new_chat_member"]["status"]
    return Reached(str(_id(member["from"])), reachable=status not in {"kicked", "left"})


def _words(text: str) -> Command | Typed:
    command = _COMMAND.fullmatch(text.strip())
    if command is None:
        return Typed(text)
    return Command(command[1].lower(), (command[3] or "").strip())


def _contact(card: Mapping[str, Any], author: Mapping[str, Any]) -> Contact:
    """Only a card with the sender's own id is vouched for: anybody can send anybody's card.

    One's own number comes in full and at times without the plus.
    """
    own = card.get("user_id") is not None and card["user_id"] == author["id"]
    phone = str(card["phone_number"])
    if own and not phone.startswith("+"):
        phone = f"+{phone}"
    return Contact(phone, _name(card), own=own)


def _sender(author: Mapping[str, Any], account: str, peer: str) -> Sender:
    return Sender(
        channel=Channel.TELEGRAM,
        account=account,
        user=str(_id(author)),
        peer=peer,
        name=_name(author),
        username=author.get("username"),
        language=author.get("language_code"),
    )


def _name(person: Mapping[str, Any]) -> str:
    return " ".join(part for part in (person.get("first_name"), person.get("last_name")) if part)


def _id(body: Mapping[str, Any]) -> int:
    number = body["id"]
    if not _is_id(number):
        raise TypeError("an id is a whole number")
    return int(number)


def _is_id(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
