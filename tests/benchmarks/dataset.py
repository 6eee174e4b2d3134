"""The one data set that Okoshko and the bare parts under it are measured on.

A master works 09:00-21:00 every day and has 20 visits of 15 minutes a day, at HH:00 and HH:15 from nine to
eighteen. A service takes 30 minutes and starts every 15: 18 free starts a day. There are 200 masters and 30
such days ahead, which makes 120,000 bookings.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from core.domain.catalog import Business, Catalogue, Location, MessageRules, Offer, Service, StaffMember
from core.domain.schedule import WorkingRule

ZONE: Final = ZoneInfo("Europe/Moscow")
MASTERS: Final = 200
DAYS: Final = 30
VISITS_A_DAY: Final = 20
FREE_A_DAY: Final = 18

#: Visits of half an hour that fit into a day beside those that stand in it, by their minute of the day.
GAPS: Final = (*range(9 * 60 + 30, 18 * 60, 60), *range(18 * 60 + 30, 21 * 60, 30))

#: Days after those with visits that can be booked too.
EMPTY_DAYS: Final = 26
EVERY_HALF_HOUR: Final = tuple(range(9 * 60, 21 * 60, 30))


def _id(kind: int, number: int = 0) -> UUID:
    """An id that is the same in every run."""
    return UUID(int=0x0190_0000_0000_7000_8000_0000_0000_0000 | kind << 32 | number)


BUSINESS: Final = _id(1)
LOCATION: Final = _id(2)
SERVICE: Final = _id(3)


def master(number: int) -> UUID:
    """The ``number``-th master, from 0."""
    return _id(4, number)


@dataclass(frozen=True, slots=True)
class Size:
    """How much of it there is: ``masters`` have visits, on the days ahead and on ``past_days`` before."""

    masters: int = MASTERS
    past_days: int = 0

    @property
    def bookings(self) -> int:
        """How many bookings that makes."""
        return self.masters * (DAYS + self.past_days) * VISITS_A_DAY

    @classmethod
    def of(cls, bookings: int) -> Size:
        """So much past that there are at least ``bookings``."""
        return cls(MASTERS, max(0, -(-bookings // (MASTERS * VISITS_A_DAY)) - DAYS))


def first_day() -> date:
    """The first of the days ahead: the day after tomorrow, so that the notice never matters."""
    return datetime.now(ZONE).date() + timedelta(days=2)


def instant(day: date, minute: int) -> datetime:
    """A minute of a local date in UTC."""
    return datetime.combine(day, time(minute // 60, minute % 60), ZONE).astimezone(UTC)


def catalogue() -> Catalogue:
    """The salon."""
    members = [
        StaffMember(master(n), f"Master {n:03}", (LOCATION,), (WorkingRule(9 * 60, 21 * 60),), position=n)
        for n in range(MASTERS)
    ]
    return Catalogue(
        version=1,
        # Without quiet hours, so that reminders can be measured at night.
        business=Business(
            BUSINESS, "bench", "Bench", ZONE, "ru", "RUB", messages=MessageRules(quiet_from=0, quiet_until=0)
        ),
        locations={LOCATION: Location(LOCATION, "Salon", "", ZONE, (((9 * 60, 21 * 60),),) * 7)},
        services={SERVICE: Service(SERVICE, "Haircut", 30, 150_000)},
        staff={member.id: member for member in members},
        offers={(member.id, SERVICE): Offer(member.id, SERVICE) for member in members},
    )


def free_places(masters: int) -> list[tuple[int, datetime]]:
    """(master, start) of all visits that can still be made: on the days with visits, in an order without
    order, then on the empty days after them.
    """
    order = random.Random(2026)
    places: list[tuple[int, datetime]] = []
    for days, minutes in ((range(DAYS), GAPS), (range(DAYS, DAYS + EMPTY_DAYS), EVERY_HALF_HOUR)):
        dates = [first_day() + timedelta(days=n) for n in days]
        more = [(n, instant(day, minute)) for n in range(masters) for day in dates for minute in minutes]
        order.shuffle(more)
        places += more
    return places
