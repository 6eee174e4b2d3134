"""VK's events as events of the dialogs.

Read by hand out of the JSON (dev.vk.com/ru/api/community-events/json-schema, version 5.199). An event is
untrusted in its form, and a payload in its meaning too: what is not as documented is no event, and a button
that is none of ours is an outdated one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bots.dialogs.event import Command, Incoming, Other, RawPress, Typed
from bots.vk.abilities import Abilities, abilities_of, language_of
from bots.vk.caps import PAYLOAD

#: What we ask VK for.
EVENTS: Final = ("message_new", "message_event", "message_allow", "message_deny", "group_join")

_COMMAND: Final = re.compile(r"/([A-Za-z0-9_]{1,32})(?:\s+(.*))?", re.DOTALL)
#: What VK's own «Начать» button writes, and people after it.
_BEGIN: Final = frozenset({"начать", "start", "старт"})
#: A start parameter, as links carry it: also good when it is typed.
_PARAMETER: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_TYPED_PARAMETER: Final = re.compile(r"(?:b|join|link)_[A-Za-z0-9_-]{1,59}")
#: Peers from here on are conversations of several people.
_CHATS_FROM: Final = 2_000_000_000
#: What a person can send besides text, by VK's name of the attachment.
_KINDS: Final = {
    "sticker": "sticker",
    "audio_message": "voice",
    "photo": "photo",
    "video": "video",
    "audio": "audio",
    "doc": "document",
    "graffiti": "photo",
    "poll": "poll",
}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in their private conversation with us."""

    user: str
    peer: str


@dataclass(frozen=True, slots=True)
class Inbound:
    """Somebody did something. ``query``: the press that waits for an answer. ``ref``: the parameter of the
    link that they came by. ``abilities`` and ``language``: of their app, None where it was not told.
    """

    incoming: Incoming
    person: Person
    query: str | None = None
    ref: str | None = None
    abilities: Abilities | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Reached:
    """They let us write, or forbade it. ``key``: the parameter that the permission was asked with."""

    person: Person
    reachable: bool
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Joined:
    """They joined the community, which at times comes with the permission to write."""

    person: Person


@dataclass(frozen=True, slots=True)
class Astray:
    """A press in a conversation of several people: only its spinner is to be stopped."""

    query: str
    user: str
    peer: str


Read = Inbound | Reached | Joined | Astray


def lane_of(event: Mapping[str, Any]) -> str:
    """Whose event it is: their events are worked on in order."""
    body = event.get("object")
    if isinstance(body, Mapping):
        message = body.get("message")
        person = message.get("from_id") if isinstance(message, Mapping) else body.get("user_id")
        if _is_id(person):
            return str(person)
    return ""


def read(event: Mapping[str, Any]) -> Read | None:
    """What an event means; None when nothing."""
    try:
        body = event["object"]
        match event["type"]:
            case "message_new":
                return _message(body["message"], body.get("client_info"))
            case "message_event":
                return _press(body)
            case "message_allow":
                return Reached(_person(body["user_id"]), reachable=True, key=_parameter(body.get("key")))
            case "message_deny":
                return Reached(_person(body["user_id"]), reachable=False)
            case "group_join" if _id(body["user_id"]) > 0:
                return Joined(_person(body["user_id"]))
    except (KeyError, TypeError, AttributeError, ValueError):
        return None
    return None


def _message(message: Mapping[str, Any], client_info: object) -> Inbound | None:
    """The community's own messages and those of conversations of several people are none of our business."""
    author, peer = _id(message["from_id"]), _id(message["peer_id"])
    if author <= 0 or peer >= _CHATS_FROM or message.get("action") is not None:
        return None
    return Inbound(
        _said(message),
        Person(str(author), str(peer)),
        ref=_parameter(message.get("ref")),
        abilities=abilities_of(client_info),
        language=language_of(client_info),
    )


def _said(message: Mapping[str, Any]) -> Incoming:
    payload = message.get("payload")
    if payload is not None:
        return _button(_loaded(payload))
    text = str(message.get("text") or "")
    words = text.strip()
    if words:
        if (command := _COMMAND.fullmatch(words)) is not None:
            return Command(command[1].lower(), (command[2] or "").strip())
        if words.casefold() in _BEGIN:
            return Command("start")
        if _TYPED_PARAMETER.fullmatch(words):
            return Command("start", words)
        return Typed(text)
    return Other(_kind(message))


def _kind(message: Mapping[str, Any]) -> str:
    if message.get("geo") is not None:
        return "location"
    for attachment in message.get("attachments") or ():
        return _KINDS.get(attachment.get("type"), "unknown")
    return "unknown"


def _button(payload: object) -> Incoming:
    """A text button: VK's own «Начать», one of ours, or a stranger's."""
    if isinstance(payload, Mapping) and payload.get("command") == "start":
        return Command("start")
    return RawPress(_ours(payload))


def _press(body: Mapping[str, Any]) -> Inbound | Astray:
    """A press. The buttons in place of the keyboard stand on no message."""
    author, peer, query = _id(body["user_id"]), _id(body["peer_id"]), str(body["event_id"])
    if peer >= _CHATS_FROM:
        return Astray(query, str(author), str(peer))
    number = body.get("conversation_message_id")
    payload = body.get("payload")
    return Inbound(
        RawPress(
            _ours(_loaded(payload) if isinstance(payload, str) else payload),
            str(number) if _is_id(number) and number else None,
        ),
        Person(str(author), str(peer)),
        query=query,
    )


def _ours(payload: object) -> str:
    """Our payload of a button's; empty for what is none, which no button of ours has."""
    ours = payload.get("p") if isinstance(payload, Mapping) else None
    return ours if isinstance(ours, str) and len(ours) <= PAYLOAD else ""


def _loaded(payload: object) -> object:
    if not isinstance(payload, str):
        return payload
    try:
        return json.loads(payload)
    except (ValueError, RecursionError):
        return None


def _parameter(value: object) -> str | None:
    return value if isinstance(value, str) and _PARAMETER.fullmatch(value) else None


def _person(user: object) -> Person:
    number = str(_id(user))
    return Person(number, number)


def _id(value: object) -> int:
    if not _is_id(value):
        raise TypeError("an id is a whole number")
    assert isinstance(value, int)
    return value


def _is_id(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
