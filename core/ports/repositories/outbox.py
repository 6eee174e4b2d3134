"""What the core asks of the database about outgoing messages."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from core.domain.client import Channel
from core.domain.message import MessageKind, OutgoingMessage


class SentCopy(NamedTuple):
    """Where a sent message ended up."""

    channel: Channel
    account_key: str
    peer_id: str
    external_id: str


class ClaimedMessage(NamedTuple):
    """An outgoing message taken for sending, with where its edit goes when it is one.

    ``attempts`` counts this one. ``edit_target`` None: what it edits has not been sent (yet).
    """

    message: OutgoingMessage
    attempts: int
    edit_target: SentCopy | None


class Backlog(NamedTuple):
    """How the outbox stands: messages due and not sent, the age of the oldest in seconds, dead ones."""

    due: int
    oldest_seconds: float
    dead: int


class OutboxRepository(Protocol):
    """Outgoing messages."""

    async def add(self, messages: Sequence[OutgoingMessage]) -> None:
        """Queue; a ``dedup_key`` that is there already is left alone. Listeners are woken at the commit."""
        ...

    async def drop_for_booking(self, booking_id: UUID, kinds: Collection[MessageKind]) -> None:
        """Queued messages of a booking that have lost their sense."""
        ...

    async def drop_day_closed(self, booking_ids: Collection[UUID]) -> None:
        """Queued messages about closed days that tell of these bookings and of no other."""
        ...

    async def reminder_waits(self, booking_id: UUID, minutes: int) -> bool:
        """Whether a booking's reminder of that many minutes before is still to go out."""
        ...

    async def drop_reminders(self, booking_ids: Collection[UUID], minutes: int, now: datetime) -> None:
        """Reminders of bookings that another one's reminder has told of."""
        ...

    async def sent_cards(self, booking_id: UUID, kinds: Collection[MessageKind]) -> Sequence[OutgoingMessage]:
        """Messages about a booking to members that were sent or will be (queued, being sent).

        An edit of each is queued behind it.
        """
        ...

    async def claim(
        self,
        now: datetime,
        *,
        limit: int,
        lease_seconds: int,
        accounts: Collection[tuple[Channel, str]] | None = None,
        waited_since: datetime | None = None,
    ) -> Sequence[ClaimedMessage]:
        """Take due messages by ``FOR UPDATE SKIP LOCKED``: most urgent first; a lease that ran out counts as
        free.

        ``accounts``: only what is to go out by one of these bots and communities, or can't go out at all; of
        the rest only what has been due since ``waited_since``. None: everything.
        """
        ...

    async def mark_sent(self, message_id: UUID, copy: SentCopy, now: datetime) -> None:
        """It went out."""
        ...

    async def mark_dropped(self, message_id: UUID, reason: str, now: datetime) -> None:
        """It has lost its sense and will not go out."""
        ...

    async def mark_failed(
        self, message_id: UUID, error: str, next_attempt_at: datetime | None, now: datetime
    ) -> None:
        """Try again at that time (UTC); None: dead, kept for replay."""
        ...

    async def postpone(self, message_id: UUID, due_at: datetime, now: datetime) -> None:
        """Put a claimed message back until ``due_at`` (UTC).

        It is no failure: the attempts are as they were before the claim.
        """
        ...

    async def replay(self, message_id: UUID, now: datetime) -> bool:
        """Queue a dead message again."""
        ...

    async def next_due(self) -> datetime | None:
        """When the earliest queued message is due."""
        ...

    async def backlog(self, now: datetime) -> Backlog:
        """How the outbox stands now."""
        ...
