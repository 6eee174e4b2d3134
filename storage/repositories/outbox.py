"""Outgoing messages: queued with the change that causes them, taken by SKIP LOCKED under a lease."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from asyncpg import Record

from core.domain.client import Channel
from core.domain.message import MessageKind, OutgoingMessage, Priority
from core.ports.cause import CAUSE
from core.ports.repositories import Backlog, ClaimedMessage, SentCopy
from storage.session import Session

_MESSAGE: Final = """o.id, o.business_id, o.kind, o.dedup_key, o.due_at, o.client_id, o.member_id, o.identity_id, o.booking_id,
       o.params, o.priority, o.not_after, o.edit_of, o.request_id"""
# Who takes a row moves it out of reach until the lease ends: then it is simply due again.
_CLAIM: Final = f"""
WITH due AS (
    SELECT id FROM outbox
    WHERE status = 'queued' AND available_at <= $1
    ORDER BY priority, available_at, id LIMIT $2 FOR UPDATE SKIP LOCKED
), taken AS (
    UPDATE outbox AS o SET available_at = $3, attempts = o.attempts + 1 FROM due WHERE o.id = due.id RETURNING o.*
)
SELECT {_MESSAGE}, o.attempts, t.channel, t.account_key, t.peer_id, t.external_id
FROM taken AS o LEFT JOIN outbox AS t ON t.id = o.edit_of AND t.status = 'sent'
ORDER BY o.priority, o.due_at, o.id
"""
# As above, of those rows whose first address is one of ours ($4 channels, $5 account keys), that have none, or that have
# been due since $6. The order of addresses is the sweep's: where it is to be shown, else as clients' identities go.
_CLAIM_OWN: Final = _CLAIM.replace(
    """
    SELECT id FROM outbox
    WHERE status = 'queued' AND available_at <= $1
    ORDER BY priority, available_at, id LIMIT $2 FOR UPDATE SKIP LOCKED
""",
    """
    SELECT o.id FROM outbox AS o LEFT JOIN outbox AS shown ON shown.id = o.edit_of LEFT JOIN LATERAL (
        SELECT i.channel, i.account_key
        FROM (SELECT o.identity_id AS id WHERE o.identity_id IS NOT NULL
              UNION ALL SELECT l.identity_id FROM client_identities AS l
              WHERE o.identity_id IS NULL AND l.client_id = o.client_id
              UNION ALL SELECT l.identity_id FROM member_identities AS l
              WHERE o.identity_id IS NULL AND l.member_id = o.member_id) AS known
        JOIN identities AS i ON i.id = known.id LEFT JOIN clients AS c ON c.id = o.client_id
        WHERE i.reachable
        ORDER BY coalesce(i.channel = coalesce(shown.channel, o.params -> 'shown_in' ->> 0)
                          AND i.account_key = coalesce(shown.account_key, o.params -> 'shown_in' ->> 1), false) DESC,
                 coalesce(i.channel = c.preferred_channel, false) DESC, i.last_seen_at DESC, i.id
        LIMIT 1
    ) AS best ON true
    WHERE o.status = 'queued' AND o.available_at <= $1
      AND (best.channel IS NULL OR o.due_at <= $6
           OR (best.channel, best.account_key) IN (SELECT * FROM unnest($4::text[], $5::text[])))
    ORDER BY o.priority, o.available_at, o.id LIMIT $2 FOR UPDATE OF o SKIP LOCKED
""",
)
_SENT: Final = """
UPDATE outbox SET status = 'sent', channel = $2, account_key = $3, peer_id = $4, external_id = $5, finished_at = $6,
                  last_error = NULL
WHERE id = $1
"""
_FAILED: Final = """
UPDATE outbox SET last_error = $2, available_at = coalesce($3, available_at),
                  status = CASE WHEN $3::timestamptz IS NULL THEN 'dead' ELSE 'queued' END,
                  finished_at = CASE WHEN $3::timestamptz IS NULL THEN $4::timestamptz END
WHERE id = $1 AND status = 'queued'
"""
_DROPPED: Final = """
UPDATE outbox SET status = 'dropped', last_error = $2, finished_at = $3 WHERE id = $1 AND status = 'queued'
"""
_POSTPONED: Final = """
UPDATE outbox SET available_at = $2, attempts = greatest(attempts - 1, 0) WHERE id = $1 AND status = 'queued'
"""
_REPLAY: Final = """
UPDATE outbox SET status = 'queued', available_at = $2, attempts = 0, finished_at = NULL WHERE id = $1 AND status = 'dead'
"""
_DROP_FOR_BOOKING: Final = """
UPDATE outbox SET status = 'dropped', last_error = 'superseded'
WHERE booking_id = $1 AND status = 'queued' AND kind = ANY($2)
"""
_DROP_DAY_CLOSED: Final = """
UPDATE outbox SET status = 'dropped', last_error = 'superseded'
WHERE booking_id = ANY($1) AND kind = 'day_closed' AND status = 'queued' AND NOT EXISTS (
    SELECT FROM jsonb_array_elements(params -> 'visits') AS told WHERE (told ->> 'booking')::uuid <> ALL($1))
"""
_REMINDER_WAITS: Final = """
SELECT EXISTS (SELECT FROM outbox WHERE booking_id = $1 AND kind = 'reminder' AND status = 'queued' AND params -> 'minutes' = $2)
"""
_DROP_REMINDERS: Final = """
UPDATE outbox SET status = 'dropped', last_error = 'told_together', finished_at = $3
WHERE booking_id = ANY($1) AND kind = 'reminder' AND status = 'queued' AND params -> 'minutes' = $2
"""
_CARDS: Final = f"""
SELECT {_MESSAGE} FROM outbox AS o
WHERE o.booking_id = $1 AND o.member_id IS NOT NULL AND o.kind = ANY($2) AND o.status IN ('queued', 'sent')
ORDER BY o.id
"""
_BACKLOG: Final = """
SELECT waiting.*, (SELECT count(*) FROM outbox WHERE status = 'dead')
FROM (SELECT count(*), min(due_at) FROM outbox WHERE status = 'queued' AND available_at <= $1) AS waiting
"""
_NEXT_DUE: Final = "SELECT min(available_at) FROM outbox WHERE status = 'queued'"


def message_of(row: Record) -> OutgoingMessage:
    """A row as the core knows it."""
    return OutgoingMessage(
        id=row["id"],
        business_id=row["business_id"],
        kind=MessageKind(row["kind"]),
        dedup_key=row["dedup_key"],
        due_at=row["due_at"],
        client_id=row["client_id"],
        member_id=row["member_id"],
        identity_id=row["identity_id"],
        booking_id=row["booking_id"],
        params=row["params"],
        priority=Priority(row["priority"]),
        not_after=row["not_after"],
        edit_of=row["edit_of"],
        request_id=row["request_id"],
    )


class Outbox:
    """See :class:`core.ports.repositories.OutboxRepository`."""

    def __init__(self, connection: Session) -> None:
        self._connection = connection

    async def add(self, messages: Sequence[OutgoingMessage]) -> None:
        """Put off; written sorted by key, so that rivals don't deadlock. They keep what caused them."""
        cause = CAUSE.get()
        self._connection.add_messages(
            [
                {
                    "id": m.id,
                    "business_id": m.business_id,
                    "kind": m.kind,
                    "dedup_key": m.dedup_key,
                    "due_at": m.due_at,
                    "client_id": m.client_id,
                    "member_id": m.member_id,
                    "identity_id": m.identity_id,
                    "booking_id": m.booking_id,
                    "params": dict(m.params),
                    "priority": int(m.priority),
                    "not_after": m.not_after,
                    "edit_of": m.edit_of,
                    "request_id": m.request_id or cause,
                }
                for m in messages
            ]
        )

    async def drop_for_booking(self, booking_id: UUID, kinds: Collection[MessageKind]) -> None:
        """Those that are not sent yet."""
        await self._connection.execute(_DROP_FOR_BOOKING, booking_id, list(kinds))

    async def drop_day_closed(self, booking_ids: Collection[UUID]) -> None:
        """By the bookings' index: the row's booking is one of those that it tells of."""
        await self._connection.execute(_DROP_DAY_CLOSED, list(booking_ids))

    async def reminder_waits(self, booking_id: UUID, minutes: int) -> bool:
        """By the booking's index."""
        waits: bool = await self._connection.fetchval(_REMINDER_WAITS, booking_id, minutes)
        return waits

    async def drop_reminders(self, booking_ids: Collection[UUID], minutes: int, now: datetime) -> None:
        """With why."""
        await self._connection.execute(_DROP_REMINDERS, list(booking_ids), minutes, now)

    async def sent_cards(self, booking_id: UUID, kinds: Collection[MessageKind]) -> Sequence[OutgoingMessage]:
        """Sent or on their way."""
        return [message_of(row) for row in await self._connection.fetch(_CARDS, booking_id, list(kinds))]

    async def claim(
        self,
        now: datetime,
        *,
        limit: int,
        lease_seconds: int,
        accounts: Collection[tuple[Channel, str]] | None = None,
        waited_since: datetime | None = None,
    ) -> Sequence[ClaimedMessage]:
        """Take up to ``limit``."""
        until = now + timedelta(seconds=lease_seconds)
        if accounts is None:
            found = await self._connection.fetch(_CLAIM, now, limit, until)
        else:
            ours = sorted(accounts)
            channels, keys = [channel for channel, _ in ours], [key for _, key in ours]
            found = await self._connection.fetch(_CLAIM_OWN, now, limit, until, channels, keys, waited_since)
        return [ClaimedMessage(message_of(row), row["attempts"], _copy_of(row)) for row in found]

    async def mark_sent(self, message_id: UUID, copy: SentCopy, now: datetime) -> None:
        """With where it is."""
        await self._connection.execute(_SENT, message_id, *copy, now)

    async def mark_dropped(self, message_id: UUID, reason: str, now: datetime) -> None:
        """With why."""
        await self._connection.execute(_DROPPED, message_id, reason, now)

    async def mark_failed(
        self, message_id: UUID, error: str, next_attempt_at: datetime | None, now: datetime
    ) -> None:
        """Again later, or dead."""
        await self._connection.execute(_FAILED, message_id, error[:500], next_attempt_at, now)

    async def postpone(self, message_id: UUID, due_at: datetime, now: datetime) -> None:
        """No failure."""
        del now
        await self._connection.execute(_POSTPONED, message_id, due_at)

    async def replay(self, message_id: UUID, now: datetime) -> bool:
        """False when it is not dead."""
        return (await self._connection.execute(_REPLAY, message_id, now)).endswith(" 1")

    async def next_due(self) -> datetime | None:
        """Leases count too."""
        due: datetime | None = await self._connection.fetchval(_NEXT_DUE)
        return due

    async def backlog(self, now: datetime) -> Backlog:
        """One round trip."""
        row = await self._connection.fetchrow(_BACKLOG, now)
        assert row is not None
        due, oldest, dead = row
        return Backlog(due, (now - oldest).total_seconds() if oldest else 0.0, dead)


def _copy_of(row: Record) -> SentCopy | None:
    if row["external_id"] is None:
        return None
    return SentCopy(Channel(row["channel"]), row["account_key"], row["peer_id"], row["external_id"])
