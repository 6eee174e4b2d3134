"""One-time links into messengers, and what moves from one card of a client to another."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from core.domain.client import ClientLink
from storage.session import Statements

#: How long a link is kept after its time: its opener is told that they have opened it already.
_KEPT: Final = timedelta(days=1)

_ADD: Final = """
INSERT INTO client_links (code_hash, business_id, client_id, booking_id, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)
"""
_FORGET: Final = "DELETE FROM client_links WHERE expires_at < $1"
_FIND: Final = """
SELECT business_id, client_id, booking_id, created_at, expires_at, used_by FROM client_links WHERE code_hash = $1
"""
_USE: Final = """
UPDATE client_links SET used_at = $3, used_by = $2 WHERE code_hash = $1 AND used_at IS NULL AND expires_at > $3
"""
_BOOKINGS_OF: Final = "SELECT id FROM bookings WHERE client_id = $1 ORDER BY id FOR UPDATE"
_HAND_OVER: Final = "UPDATE bookings SET client_id = $2, updated_at = $3 WHERE id = ANY($1)"
# By the booking, for there is an index on that; rows to members have no client.
_MESSAGES: Final = """
UPDATE outbox SET client_id = $2 WHERE booking_id = ANY($1) AND client_id IS NOT NULL AND client_id <> $2
"""
_IDENTITIES: Final = "UPDATE client_identities SET client_id = $2 WHERE client_id = $1"
# One that stands there too stays behind as a record.
_CONSENTS: Final = """
UPDATE consents AS c SET client_id = $2
WHERE c.client_id = $1 AND (c.withdrawn_at IS NOT NULL OR NOT EXISTS (
    SELECT FROM consents AS o
    WHERE o.client_id = $2 AND o.purpose = c.purpose AND o.version = c.version AND o.withdrawn_at IS NULL))
"""
_LINKS: Final = "UPDATE client_links SET client_id = $2 WHERE client_id = $1"
_FOLLOWERS: Final = "UPDATE clients SET merged_into = $2 WHERE merged_into = $1"
_GONE: Final = """
UPDATE clients SET merged_into = $2, phone = NULL, phone_verified = false, email = NULL, preferred_channel = NULL
WHERE id = $1
"""


class Links:
    """See :class:`core.ports.links.LinkRepository`."""

    def __init__(self, connection: Statements) -> None:
        self._connection = connection

    async def add(self, code_hash: bytes, link: ClientLink) -> None:
        """Keep the hash."""
        connection = self._connection
        await connection.execute(_FORGET, link.created_at - _KEPT)
        await connection.execute(
            _ADD,
            code_hash,
            link.business_id,
            link.client_id,
            link.booking_id,
            link.created_at,
            link.expires_at,
        )

    async def find(self, code_hash: bytes) -> ClientLink | None:
        """By the hash."""
        row = await self._connection.fetchrow(_FIND, code_hash)
        return None if row is None else ClientLink(**row)

    async def use(self, code_hash: bytes, identity_id: UUID, now: datetime) -> bool:
        """The update takes it, so of two that come at once one is late."""
        return (await self._connection.execute(_USE, code_hash, identity_id, now)).endswith(" 1")

    async def merge(self, gone: UUID, kept: UUID, now: datetime) -> Sequence[UUID]:
        """Bookings are locked first, in order, as every change of a booking does."""
        connection = self._connection
        moved = [row["id"] for row in await connection.fetch(_BOOKINGS_OF, gone)]
        await self.hand_over(moved, kept, now)
        for statement in (_IDENTITIES, _CONSENTS, _LINKS, _FOLLOWERS, _GONE):
            await connection.execute(statement, gone, kept)
        return moved

    async def hand_over(self, booking_ids: Collection[UUID], client_id: UUID, now: datetime) -> None:
        """Two updates."""
        if booking_ids:
            await self._connection.execute(_HAND_OVER, list(booking_ids), client_id, now)
            await self._connection.execute(_MESSAGES, list(booking_ids), client_id)
