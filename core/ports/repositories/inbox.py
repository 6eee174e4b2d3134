"""What the core asks of the database about incoming events."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol


class InboxEvent(NamedTuple):
    """An incoming event, stored before it is worked on.

    ``lane``: events of one lane are processed in order of arrival.
    """

    source: str
    event_id: str
    lane: str
    payload: Mapping[str, object]


class Lease(NamedTuple):
    """A process's word that it works on an event. ``holder``: its name, another one at each start.

    Its ``seconds`` are those of the database's own clock, the only one that all processes share.
    """

    holder: str
    seconds: float


class InboxRepository(Protocol):
    """Incoming events: each is stored once and takes effect once, though delivered twice."""

    async def put(
        self, events: Sequence[InboxEvent], now: datetime, lease: Lease | None = None
    ) -> Sequence[InboxEvent]:
        """Store, under ``lease``; those that were not there before come back."""
        ...

    async def claim(
        self, source: str, lease: Lease, *, limit: int, whoever_has_them: bool = False
    ) -> Sequence[InboxEvent]:
        """Take over what is stored, not done and under nobody's lease (any more), oldest first: what a crash
        left behind. ``whoever_has_them``: also what is under another's lease.
        """
        ...

    async def renew(self, source: str, lease: Lease, event_ids: Collection[str]) -> None:
        """``lease.seconds`` from now on for those of them that the holder has and are not done."""
        ...

    async def release(self, source: str, holder: str) -> None:
        """What the holder has and is not done is for others."""
        ...

    async def done(self, source: str, event_ids: Collection[str], now: datetime) -> None:
        """They took effect."""
        ...

    async def forget(self, before: datetime) -> int:
        """Delete what was done before that time (UTC); how many."""
        ...
