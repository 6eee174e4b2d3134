"""Bookings and rules made of nothing, for tests of the pure core."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from core.domain.booking import Booking, BookingSource, BookingStatus, Segment
from core.domain.money import Money

MOSCOW = ZoneInfo("Europe/Moscow")
NOON = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
"""12:00 in Moscow."""


def uid(number: int) -> UUID:
    """A recognisable identifier."""
    return UUID(int=number)


def booking(start: datetime = NOON, minutes: int = 60, **changes: object) -> Booking:
    """A confirmed manicure in Moscow."""
    end = start + timedelta(minutes=minutes)
    segment = Segment(
        id=uid(50),
        service_id=uid(10),
        service_title="Маникюр",
        staff_id=uid(20),
        staff_name="Анна",
        start=start,
        end=end,
        buffer_before=0,
        buffer_after=0,
        price=150_000,
    )
    made = Booking(
        id=uid(1),
        business_id=uid(2),
        client_id=uid(3),
        location_id=uid(4),
        status=BookingStatus.CONFIRMED,
        source=BookingSource.TELEGRAM,
        start=start,
        end=end,
        zone=MOSCOW,
        segments=(segment,),
        total=Money(150_000, "RUB"),
        created_at=start - timedelta(days=3),
        updated_at=start - timedelta(days=3),
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # names are checked by the dataclass
