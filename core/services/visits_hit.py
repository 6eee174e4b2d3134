"""Which open bookings stand in closed time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Final
from uuid import UUID

from core.domain.booking import OPEN, Booking
from core.domain.closure import hitting
from core.domain.schedule import DatedException, ExceptionType
from core.ports.repositories import BookingFilter
from core.ports.unit_of_work import Transaction

_PAGE: Final = 200
#: The wall clocks of all zones, and a visit that began the day before.
_AROUND: Final = timedelta(days=2)


async def visits_hit(
    tx: Transaction, business_id: UUID, exceptions: Sequence[DatedException]
) -> list[Booking]:
    """The open bookings within the time that these exceptions close, by start."""
    closing = [each for each in exceptions if each.type is ExceptionType.CLOSED]
    if not closing:
        return []
    staff_ids = {each.staff_id for each in closing}
    where = BookingFilter(
        start_from=datetime.combine(min(each.date for each in closing), time(), UTC) - _AROUND,
        start_until=datetime.combine(max(each.date for each in closing), time(), UTC) + _AROUND,
        staff_id=next(iter(staff_ids)) if len(staff_ids) == 1 else None,
        statuses=OPEN,
    )
    found: list[Booking] = []
    cursor: str | None = None
    while True:
        page = await tx.bookings.list(business_id, where, limit=_PAGE, cursor=cursor)
        found += [booking for booking in page.items if hitting(closing, booking)]
        cursor = page.next_cursor
        if cursor is None:
            return found
