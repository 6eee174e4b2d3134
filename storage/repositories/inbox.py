"""Incoming events, each stored once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from asyncpg import Connection, Record

from core.ports.repositories import InboxEvent

_PUT: Final = """
INSERT INTO inbox (source, event_id, lane, payload, received_at)
SELECT e.source, e.event_id, e.lane, e.payload, $5
FROM unnest($1::text[], $2::text[], $3::text[], $4::jsonb[]) WITH ORDINALITY AS e (source, event_id, lane, payload, place)
ORDER BY e.place
ON CONFLICT DO NOTHING RETURNING source, event_id
"""
_PENDING: Final = """
SELECT source, event_id, lane, payload FROM inbox WHERE source = $1 AND done_at IS NULL
ORDER BY number LIMIT $2
"""


class Inbox:
    """See :class:`core.ports.repositories.InboxRepository`."""

    def __init__(self, connection: Connection[Record]) -> None:
        self._connection = connection

    async def put(self, events: Sequence[InboxEvent], now: datetime) -> Sequence[InboxEvent]:
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
        )
        fresh = {(row["source"], row["event_id"]) for row in found}
        kept: list[InboxEvent] = []
        for event in events:
            if (event.source, event.event_id) in fresh:
                fresh.discard((event.source, event.event_id))
                kept.append(event)
        return kept

    async def pending(self, source: str, *, limit: int) -> Sequence[InboxEvent]:
        """In the order of their coming."""
        return [InboxEvent(*row) for row in await self._connection.fetch(_PENDING, source, limit)]

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
