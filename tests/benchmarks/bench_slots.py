"""How fast the slot search is, without database or network: run this file, read the table.

The data are those that availability is measured on elsewhere: a master who works 09:00-21:00 every day, 20
visits of 15 minutes a day at HH:00 and HH:15, a service of 30 minutes, a step of 15: 18 free starts a day.
"""

from __future__ import annotations

import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from core.domain.catalog import (
    BookingRules,
    Business,
    Catalogue,
    GapMode,
    Location,
    Offer,
    Service,
    StaffMember,
)
from core.domain.placement import place
from core.domain.schedule import WorkingRule
from core.domain.slots import days_with_starts, free_starts, nearest_starts, next_starts
from core.domain.visit import Busy, BusyClaim, Placement, SlotQuery, VisitItem, to_minutes

ZONE = ZoneInfo("Europe/Moscow")
FIRST = date(2026, 3, 2)
DAYS = 30
LAST = FIRST + timedelta(days=DAYS - 1)
NOW = datetime(2026, 3, 1, 12, tzinfo=ZONE)
FREE_PER_DAY = 18


def _id(kind: int, number: int = 0) -> UUID:
    return UUID(int=kind << 64 | number)


def catalogue_of(staff: int, gap_mode: GapMode = GapMode.OFF) -> Catalogue:
    """A salon whose ``staff`` masters all do both of its services at any hour between nine and nine."""
    place_ = Location(_id(1), "Salon", "", ZONE, (((9 * 60, 21 * 60),),) * 7)
    services = [Service(_id(2, at), f"Service {at}", 30, 1000) for at in range(2)]
    members = [
        StaffMember(_id(3, at), f"Master {at}", (place_.id,), (WorkingRule(9 * 60, 21 * 60),), position=at)
        for at in range(staff)
    ]
    return Catalogue(
        version=1,
        business=Business(_id(0), "bench", "Bench", ZONE, "en", "RUB", rules=BookingRules(gap_mode=gap_mode)),
        locations={place_.id: place_},
        services={service.id: service for service in services},
        staff={member.id: member for member in members},
        offers={(m.id, s.id): Offer(m.id, s.id) for m in members for s in services},
    )


def busy_of(catalogue: Catalogue) -> Busy:
    """20 visits of 15 minutes a day for everybody."""
    midnights = [
        to_minutes(datetime.combine(FIRST, datetime.min.time(), ZONE)) + day * 1440 for day in range(DAYS)
    ]
    starts = [
        midnight + hour * 60 + minute for midnight in midnights for hour in range(9, 19) for minute in (0, 15)
    ]
    claims = tuple(BusyClaim(start, start, start + 15, start + 15) for start in starts)
    return Busy(claims=dict.fromkeys(catalogue.staff, claims))


def timed(work: Callable[[], object], seconds: float = 0.6) -> float:
    """Median microseconds of a call, once warm."""
    work()
    taken: list[float] = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until or len(taken) < 5:
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1e6


def main() -> None:
    """Print the table."""
    one, ten, fifty = catalogue_of(1), catalogue_of(10), catalogue_of(50)
    ranked = catalogue_of(1, GapMode.RANK)
    first = VisitItem(_id(2, 0), _id(3, 0))
    chosen = SlotQuery((first,))
    anybody = SlotQuery((VisitItem(_id(2, 0)),))
    both = SlotQuery((VisitItem(_id(2, 0)), VisitItem(_id(2, 1))))
    busy, busy10, busy50 = busy_of(one), busy_of(ten), busy_of(fifty)
    free = datetime.combine(FIRST, datetime.min.time(), ZONE) + timedelta(hours=9, minutes=30)
    evening = free + timedelta(hours=10)
    listed = free_starts(one, chosen, busy, NOW, FIRST, LAST)
    assert [len(day.starts) for day in listed] == [FREE_PER_DAY] * DAYS
    assert isinstance(place(one, chosen, free, busy, NOW), Placement)
    day_busy, day_busy10 = (
        Busy(claims={staff: claims[:20] for staff, claims in one_day.claims.items()})
        for one_day in (busy, busy10)
    )
    assert isinstance(place(ten, both, evening, day_busy10, NOW), Placement)

    def cold() -> object:
        fresh = replace(one)
        return free_starts(fresh, chosen, busy, NOW, FIRST, LAST)

    table: list[tuple[str, Callable[[], object]]] = [
        ("30 days, 1 master", lambda: free_starts(one, chosen, busy, NOW, FIRST, LAST)),
        ("30 days, 1 master, catalogue just read", cold),
        ("30 days, 1 master, gaps ranked", lambda: free_starts(ranked, chosen, busy, NOW, FIRST, LAST)),
        ("1 day, 1 master", lambda: free_starts(one, chosen, day_busy, NOW, FIRST, FIRST)),
        ("30 days, any of 10", lambda: free_starts(ten, anybody, busy10, NOW, FIRST, LAST)),
        ("30 days, any of 50", lambda: free_starts(fifty, anybody, busy50, NOW, FIRST, LAST)),
        ("30 days, two services, any of 10", lambda: free_starts(ten, both, busy10, NOW, FIRST, LAST)),
        ("month, 1 master: days with a start", lambda: days_with_starts(one, chosen, busy, NOW, FIRST, LAST)),
        (
            "month, any of 50: days with a start",
            lambda: days_with_starts(fifty, anybody, busy50, NOW, FIRST, LAST),
        ),
        ("next 3, any of 10", lambda: next_starts(ten, anybody, busy10, NOW, FIRST, LAST, limit=3)),
        ("nearest 3, 1 master", lambda: nearest_starts(one, chosen, busy, NOW, FIRST, LAST, around=free)),
        ("place, 1 master", lambda: place(one, chosen, free, day_busy, NOW)),
        ("place, refused", lambda: place(one, chosen, free - timedelta(minutes=30), day_busy, NOW)),
        ("place, two services, any of 10", lambda: place(ten, both, evening, day_busy10, NOW)),
    ]
    print(f"Python {platform.python_version()}, {platform.machine()}; medians of warm calls")
    for title, work in table:
        print(f"{title:<42} {timed(work):>10.1f} µs")


if __name__ == "__main__":
    main()
