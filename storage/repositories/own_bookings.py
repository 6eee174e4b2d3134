"""Somebody's own visits, wherever they are a client."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.ports.repositories import BookingOrder, Page
from storage.repositories.booking_list import read_cursor, write_cursor
from storage.repositories.booking_rows import SELECT, booking_of
from storage.session import Session

# One messenger user has a few cards at most, so their bookings are few and come by the index of each card.
_MINE: Final = f"""
{SELECT} WHERE b.client_id IN (
    SELECT l.client_id FROM client_identities AS l WHERE l.identity_id = $1 AND ($2::uuid IS NULL OR l.business_id = $2))
"""
_COMING: Final = (
    "b.end_at > $3 AND b.status IN ('pending', 'deposit_required', 'confirmed', 'in_progress')"
    " AND ($5::timestamptz IS NULL OR (b.start_at, b.id) > ($5, $6::uuid)) ORDER BY b.start_at, b.id LIMIT $4"
)
_PAST: Final = (
    "(b.end_at <= $3 OR b.status IN ('completed', 'no_show')) AND b.status NOT IN ('cancelled', 'expired', 'draft')"
    " AND ($5::timestamptz IS NULL OR (b.start_at, b.id) < ($5, $6::uuid)) ORDER BY b.start_at DESC, b.id DESC LIMIT $4"
)


class OwnBookings:
    """See :class:`core.ports.own_bookings.OwnBookingRepository`."""

    def __init__(self, connection: Session) -> None:
        self._connection = connection

    async def coming(
        self, identity_id: UUID, business_id: UUID | None, now: datetime, *, limit: int, cursor: str | None
    ) -> Page:
        """By start."""
        return await self._page(_COMING, BookingOrder.START, cursor, limit, identity_id, business_id, now)

    async def past(
        self, identity_id: UUID, business_id: UUID | None, now: datetime, *, limit: int, cursor: str | None
    ) -> Page:
        """Latest first."""
        return await self._page(_PAST, BookingOrder.LATEST, cursor, limit, identity_id, business_id, now)

    async def _page(
        self, condition: str, order: BookingOrder, cursor: str | None, limit: int, *args: Any
    ) -> Page:
        after = read_cursor(cursor, order) if cursor else (None, None)
        found = await self._connection.fetch(f"{_MINE} AND {condition}", *args, limit + 1, *after)
        items = [booking_of(row) for row in found[:limit]]
        return Page(items, write_cursor(items[-1], order) if len(found) > limit else None)
