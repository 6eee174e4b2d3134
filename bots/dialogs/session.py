"""A conversation's memory: which step of which flow, its data, the screen that stands in the chat and what
its buttons mean.

Kept as versioned JSON per (channel, account, user) with a time to live and a lock, so that a restart forgets
nothing and one person's updates never run side by side.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import orjson

from bots.dialogs.screen import Action

VERSION: Final = 1
TTL_SECONDS: Final = 14 * 24 * 3600


@dataclass(frozen=True, slots=True)
class SessionKey:
    """Whose session: channel, our bot or community, and the user there."""

    channel: str
    account: str
    user: str

    def __str__(self) -> str:
        return f"{self.channel}:{self.account}:{self.user}"


@dataclass(slots=True)
class Place:
    """A point of a conversation: flow, step and its data (JSON)."""

    flow: str
    step: str
    data: dict[str, Any]


@dataclass(slots=True)
class Session:
    """See the module. ``rev`` grows with every screen shown; ``actions`` and ``labels`` are those of the
    screen shown as ``rev``.

    ``message_id`` the screen's message; ``digest`` what it shows; ``reply`` True: its buttons are a reply
    keyboard (asking for a contact). ``last``: the press that was served last, to know a double tap.
    ``identity``, ``client``, ``business``: ids, so that a press needs no look-up. ``met``: when the person
    was last noted (epoch minutes), 0: to be noted anew. ``asked``: they were asked to let us write.
    """

    place: Place | None = None
    trail: list[Place] = field(default_factory=list)
    page: int = 0
    rev: int = 0
    actions: list[Action] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    message_id: str | None = None
    digest: str = ""
    reply: bool = False
    last: str = ""
    locale: str = ""
    identity: str = ""
    business: str = ""
    name: str = ""
    met: int = 0
    asked: bool = False

    def dump(self) -> bytes:
        """The stored form."""
        return orjson.dumps(
            {
                "v": VERSION,
                "place": _place_out(self.place) if self.place else None,
                "trail": [_place_out(place) for place in self.trail],
                "page": self.page,
                "rev": self.rev,
                "actions": [[a.name, *a.args] for a in self.actions],
                "labels": self.labels,
                "message_id": self.message_id,
                "digest": self.digest,
                "reply": self.reply,
                "last": self.last,
                "locale": self.locale,
                "identity": self.identity,
                "business": self.business,
                "name": self.name,
                "met": self.met,
                "asked": self.asked,
            }
        )

    @classmethod
    def load(cls, raw: bytes | None) -> Session:
        """From the stored form; a new one when there is none or it is of another version."""
        if not raw:
            return cls()
        stored = orjson.loads(raw)
        if stored.pop("v", None) != VERSION:
            return cls(rev=int(stored.get("rev", 0)) + 1)
        place = stored.pop("place")
        return cls(
            place=_place_in(place) if place else None,
            trail=[_place_in(each) for each in stored.pop("trail")],
            actions=[Action(name, tuple(args)) for name, *args in stored.pop("actions")],
            **stored,
        )


def _place_out(place: Place) -> list[Any]:
    return [place.flow, place.step, place.data]


def _place_in(stored: list[Any]) -> Place:
    return Place(*stored)


class Opened(Protocol):
    """A session under lock."""

    @property
    def raw(self) -> bytes | None:
        """Its stored form, None when there is none."""
        ...

    @property
    def token(self) -> str:
        """The lock's token."""
        ...


class SessionStore(Protocol):
    """Keeps sessions."""

    async def open(self, key: str) -> Opened:
        """Read and lock, waiting for another holder of the lock: one round trip when it is free."""
        ...

    async def save(self, key: str, raw: bytes, token: str, ttl: int) -> bool:
        """Write and unlock, if the lock is still ours: one round trip."""
        ...

    async def release(self, key: str, token: str) -> None:
        """Unlock without writing."""
        ...
