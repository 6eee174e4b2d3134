"""Incoming events, each stored once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from asyncpg import Connection, Record

from core.ports.repositories import InboxEvent, Lease

_PUT: Final = """
INSERT INTO inbox (source, event_id, lane, payload, received_at, claimed_by, leased_until)
SELECT e.source, e.event_id, e.lane, e.payload, $5, $6, statement_timestamp() + make_interval(secs => $7)
FROM unnest($1::text[], $2::text[], $3::text[], $4::jsonb[]) WITH ORDINALITY AS e (source, event_id, lane, payload, place)
ORDER BY e.place
ON CONFLICT DO NOTHING RETURNING source, event_id
"""
_CLAIM: Final = """
WITH free AS (
    SELECT source, event_id FROM inbox
    WHERE source = $1 AND done_at IS NULL
      AND ($5 AND claimed_by IS DISTINCT FROM $2 OR leased_until IS NULL OR leased_until <= statement_timestamp())
    ORDER BY number LIMIT $4 FOR UPDATE SKIP LOCKED
), claimed AS (
    UPDATE inbox SET claimed_by = $2, leased_until = statement_timestamp() + make_interval(secs => $3)
    FROM free WHERE (inbox.source, inbox.event_id) = (free.source, free.event_id)
    RETURNING inbox.source, inbox.event_id, inbox.lane, inbox.payload, inbox.number
)
SELECT source, event_id, lane, payload FROM claimed ORDER BY number
"""
_RENEW: Final = """
UPDATE inbox SET leased_until = statement_timestamp() + make_interval(secs => $3)
WHERE source = $1 AND claimed_by = $2 AND event_id = ANY($4) AND done_at IS NULL
"""
_RELEASE: Final = """
UPDATE inbox SET claimed_by = NULL, leased_until = NULL WHERE source = $1 AND claimed_by = $2 AND done_at IS NULL
"""


class Inbox:
    """See :class:`core.ports.repositories.InboxRepository`."""

    def __init__(self, connection: Connection[Record]) -> None:
        self._connection = connection

    async def put(
        self, events: Sequence[InboxEvent], now: datetime, lease: Lease | None = None
    ) -> Sequence[InboxEvent]:
        """Those that were new, in the order given."""
        if not events:
            return []
        found = await self._connection.fetch(
            _PUT,
            [event.source for event in events],
            [event.event_id for event in events],
            [event.lane for event in events],
            [dict(event.payload) for event in events],
            now,
            lease and lease.holder,
            lease and float(lease.seconds),
        )
        fresh = {(row["source"], row["event_id"]) for row in found}
        kept: list[InboxEvent] = []
        for event in events:
            if (event.source, event.event_id) in fresh:
                fresh.discard((event.source, event.event_id))
                kept.append(event)
        return kept

    async def claim(
        self, source: str, lease: Lease, *, limit: int, whoever_has_them: bool = False
    ) -> Sequence[InboxEvent]:
        """In the order of their coming."""
        found = await self._connection.fetch(
            _CLAIM, source, lease.holder, float(lease.seconds), limit, whoever_has_them
        )
        return [InboxEvent(*row) for row in found]

    async def renew(self, source: str, lease: Lease, event_ids: Collection[str]) -> None:
        """One statement for all."""
        await self._connection.execute(_RENEW, source, lease.holder, float(lease.seconds), list(event_ids))

    async def release(self, source: str, holder: str) -> None:
        """One statement for all."""
        await self._connection.execute(_RELEASE, source, holder)

    async def done(self, source: str, event_ids: Collection[str], now: datetime) -> None:
        """Kept for a while, so that a late repetition is known."""
        await self._connection.execute(
            "UPDATE inbox SET done_at = $3 WHERE source = $1 AND event_id = ANY($2)",
            source,
            list(event_ids),
            now,
        )

    async def forget(self, before: datetime) -> int:
        """How many."""
        status = await self._connection.execute("DELETE FROM inbox WHERE done_at < $1", before)
        return int(status.rpartition(" ")[2])
