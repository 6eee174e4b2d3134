"""A business's bookings, page by page: keyset paging, by an index for each order.

A cursor names the last row of a page and the order it was in. Rows that come or go meanwhile move no other row
to another page.
"""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from core.domain.booking import Booking
from core.domain.errors import InvalidInput
from core.ports.repositories import BookingFilter, BookingOrder, Page
from storage.repositories.booking_rows import SELECT, booking_of
from storage.session import Session

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class _Order(NamedTuple):
    column: str
    descending: bool

    @property
    def clause(self) -> str:
        """Equal times are told apart by the key."""
        way = " DESC" if self.descending else ""
        return f"b.{self.column}{way}, b.id{way}"

    @property
    def beyond(self) -> str:
        """The condition of the rows behind a cursor; {} are its parameters."""
        sign = "<" if self.descending else ">"
        return f"(b.{self.column}, b.id) {sign} ({{}}::timestamptz, {{}}::uuid)"


_ORDERS: Final = {
    BookingOrder.START: _Order("start_at", False),
    BookingOrder.LATEST: _Order("start_at", True),
    BookingOrder.CREATED: _Order("created_at", False),
    BookingOrder.NEWEST: _Order("created_at", True),
}

# Only the conditions that were given: a plan for all of them at once would suit none. {} are their parameters.
_CONDITIONS: Final = (
    "b.start_at >= {}",
    "b.start_at < {}",
    (
        "EXISTS (SELECT FROM booking_segments AS s WHERE s.booking_id = b.id"
        " AND (s.staff_id = {0}::uuid OR s.assistant_ids @> ARRAY[{0}::uuid]))"
    ),
    "b.client_id = {}",
    "b.status = ANY({}::text[])",
    "b.source = ANY({}::text[])",
)


async def list_bookings(
    connection: Session,
    business_id: UUID,
    where: BookingFilter,
    order: BookingOrder,
    *,
    limit: int,
    cursor: str | None,
) -> Page:
    """A page. Raises InvalidInput (``cursor``) for one that is none, or of another order."""
    given: list[tuple[str, tuple[Any, ...]]] = [
        (condition, (value,))
        for condition, value in zip(
            _CONDITIONS,
            (
                where.start_from,
                where.start_until,
                where.staff_id,
                where.client_id,
                None if where.statuses is None else sorted(where.statuses),
                None if where.sources is None else sorted(where.sources),
            ),
            strict=True,
        )
        if value is not None
    ]
    if cursor:
        given.append((_ORDERS[order].beyond, read_cursor(cursor, order)))
    sql, args = f"{SELECT} WHERE b.business_id = $1", [business_id, limit + 1]
    for condition, values in given:
        places = [f"${len(args) + place}" for place in range(1, len(values) + 1)]
        sql += f" AND {condition.format(*places)}"
        args += values
    found = await connection.fetch(f"{sql} ORDER BY {_ORDERS[order].clause} LIMIT $2", *args)
    items = [booking_of(row) for row in found[:limit]]
    return Page(items, write_cursor(items[-1], order) if len(found) > limit else None)


def write_cursor(last: Booking, order: BookingOrder) -> str:
    """Where a page of this order ended."""
    moment = last.start if _ORDERS[order].column == "start_at" else last.created_at
    text = f"{order}.{(moment - _EPOCH) // _MICROSECOND}.{last.id.hex}"
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def read_cursor(cursor: str, order: BookingOrder) -> tuple[datetime, UUID]:
    """The time and the key behind which to go on. Raises InvalidInput (``cursor``)."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        name, micros, key = text.split(".")
        if name != order:
            raise InvalidInput("cursor", "unknown")
        return _EPOCH + int(micros) * _MICROSECOND, UUID(hex=key)
    except (ValueError, OverflowError, binascii.Error):
        raise InvalidInput("cursor", "unknown") from None
