"""Services that several masters do together: who of them, how long, for how much."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from core.domain.catalog import (
    AnyStaffChoice,
    BookingRules,
    Business,
    Catalogue,
    Location,
    Offer,
    Service,
    StaffMember,
)
from core.domain.placement import claims_of, place
from core.domain.schedule import DatedException, ExceptionType, WorkingRule
from core.domain.slots import days_with_starts, free_starts, resources_of
from core.domain.visit import (
    Booked,
    Busy,
    BusyClaim,
    DayLoad,
    FreeStart,
    Placement,
    Refusal,
    SlotQuery,
    VisitItem,
    from_minutes,
    to_minutes,
)

DAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
HERE, LOOK = UUID(int=1), UUID(int=100)


def staff(number: int) -> UUID:
    return UUID(int=1000 + number)


def salon(
    masters: int = 3,
    *,
    needed: int = 2,
    own: dict[int, tuple[int | None, int | None]] | None = None,
    rules: BookingRules | None = None,
    **service: object,
) -> Catalogue:
    """Masters 0, 1, 2 … who all do one service together, ten to six; ``own``: their duration and price."""
    people = [
        StaffMember(staff(at), f"Мастер {at}", (HERE,), follows_location=True, priority=at, position=at)
        for at in range(masters)
    ]
    look = Service(LOOK, "Образ", 60, 500_000, staff_needed=needed)
    return Catalogue(
        version=1,
        business=Business(
            UUID(int=2),
            "b",
            "B",
            ZoneInfo("UTC"),
            "ru",
            "RUB",
            rules=rules or BookingRules(slot_step_minutes=30, min_notice_minutes=0),
        ),
        locations={HERE: Location(HERE, "Тут", "", ZoneInfo("UTC"), (((600, 1080),),) * 7)},
        services={LOOK: replace(look, **service)},  # type: ignore[arg-type]  # names are checked by the dataclass
        staff={one.id: one for one in people},
        offers={
            (one.id, LOOK): Offer(one.id, LOOK, *(own or {}).get(at, ())) for at, one in enumerate(people)
        },
    )


def query(*named: int) -> SlotQuery:
    """The first one named leads."""
    ids = [staff(at) for at in named]
    return SlotQuery((VisitItem(LOOK, ids[0] if ids else None, (), tuple(ids[1:])),))


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(DAY.year, DAY.month, DAY.day, hour, minute, tzinfo=UTC)


def taken(number: int, start: datetime, minutes: int) -> tuple[UUID, tuple[BusyClaim, ...]]:
    first = to_minutes(start)
    return staff(number), (BusyClaim(first, first, first + minutes, first + minutes),)


def placed(catalogue: Catalogue, asked: SlotQuery, start: datetime, busy: Busy | None = None) -> Placement:
    found = place(catalogue, asked, start, busy or Busy(), NOW)
    assert isinstance(found, Placement)
    return found


def listed(catalogue: Catalogue, asked: SlotQuery, busy: Busy | None = None) -> dict[str, FreeStart]:
    (day,) = free_starts(catalogue, asked, busy or Busy(), NOW, DAY, DAY)
    return {from_minutes(one.start).strftime("%H:%M"): one for one in day.starts}


def test_all_of_them_are_claimed_for_all_of_it() -> None:
    claims = claims_of(placed(salon(buffer_after=15), query(), at(12)))
    noon = to_minutes(at(12))
    assert [(one.resource_id, one.lead, one.start, one.end, one.trail) for one in claims] == [
        (staff(number), noon, noon, noon + 60, noon + 75) for number in (0, 1)
    ]


def test_processing_time_frees_all() -> None:
    claims = claims_of(placed(salon(processing=(20, 20)), query(), at(12)))
    noon = to_minutes(at(12))
    assert sorted((one.resource_id, one.start - noon, one.end - noon) for one in claims) == [
        (staff(0), 0, 20),
        (staff(0), 40, 60),
        (staff(1), 0, 20),
        (staff(1), 40, 60),
    ]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (AnyStaffChoice.LEAST_LOADED, (2, 1)),
        (AnyStaffChoice.PRIORITY, (0, 1)),
        (AnyStaffChoice.LEAST_RECENT, (1, 2)),
    ],
)
def test_they_are_chosen_as_any_master_is(rule: AnyStaffChoice, expected: tuple[int, int]) -> None:
    busy = Busy(
        loads={
            (staff(0), DAY): DayLoad(1, 90),
            (staff(1), DAY): DayLoad(1, 60),
            (staff(2), DAY): DayLoad(1, 30),
        },
        last_booked={staff(0): 30, staff(1): 10, staff(2): 20},
    )
    rules = BookingRules(slot_step_minutes=30, min_notice_minutes=0, any_staff=rule)
    (segment,) = placed(salon(rules=rules), query(), at(12), busy).segments
    assert segment.staff_ids == tuple(map(staff, expected))


def test_who_is_asked_for_leads_and_the_others_are_anybody() -> None:
    (segment,) = placed(salon(), query(2), at(12)).segments
    assert segment.staff_ids == (staff(2), staff(0))
    (segment,) = placed(salon(4, needed=3), query(2, 3), at(12)).segments
    assert segment.staff_ids == (staff(2), staff(0), staff(3))


def test_it_lasts_as_long_as_the_slowest_needs() -> None:
    catalogue = salon(own={2: (90, None)})
    assert placed(catalogue, query(), at(12)).end == to_minutes(at(13))
    assert placed(catalogue, query(2), at(12)).end == to_minutes(at(13, 30))
    busy = Busy(claims=dict([taken(1, at(11), 120)]))
    found = placed(catalogue, query(), at(12), busy)
    assert found.segments[0].staff_ids == (staff(0), staff(2))
    assert found.end == to_minutes(at(13, 30))
    assert listed(catalogue, query(), busy)["12:00"].end == to_minutes(at(13, 30))


def test_its_price_is_that_of_who_leads() -> None:
    catalogue = salon(own={2: (None, 700_000)})
    assert placed(catalogue, query(), at(12)).segments[0].price == 500_000
    assert placed(catalogue, query(2), at(12)).segments[0].price == 700_000
    assert placed(catalogue, query(0, 2), at(12)).segments[0].price == 500_000


def test_what_was_agreed_on_stays_where_the_same_one_leads() -> None:
    """A visit that moves is as long and costs as much as it did; by somebody else it is theirs."""
    catalogue = salon(own={2: (None, 700_000)})
    booked = Booked(staff(0), 75, 450_000)
    (item,) = query(0, 1).items
    moved = placed(catalogue, SlotQuery((replace(item, booked=booked),)), at(12))
    assert (moved.end - moved.start, moved.segments[0].price) == (75, 450_000)
    (item,) = query(2).items
    moved = placed(catalogue, SlotQuery((replace(item, booked=booked),)), at(12))
    assert (moved.end - moved.start, moved.segments[0].price) == (60, 700_000)


def test_more_who_were_named_than_are_needed_do_not_count() -> None:
    """A visit of two, of a service that one does now."""
    (segment,) = placed(salon(needed=1), query(1, 2), at(12)).segments
    assert segment.staff_ids == (staff(1),)
    (segment,) = placed(salon(), query(1, 2, 0), at(12)).segments
    assert segment.staff_ids == (staff(1), staff(2))


def test_a_start_needs_so_many_who_are_free_all_the_while() -> None:
    """Whoever they are: one leaves when another comes back."""
    busy = Busy(claims=dict([taken(0, at(12), 60), taken(1, at(13), 60), taken(2, at(15), 60)]))
    starts = listed(salon(), query(), busy)
    assert {name: one.staff_ids for name, one in starts.items() if name in {"12:00", "13:00", "15:00"}} == {
        "12:00": (staff(1), staff(2)),
        "13:00": (staff(0), staff(2)),
        "15:00": (staff(0), staff(1)),
    }
    assert "12:30" not in starts, "0 is busy until 13, 1 from then on"
    assert starts["10:00"].staff_ids == (staff(0), staff(1), staff(2))
    refused = place(salon(), query(), at(12, 30), busy, NOW)
    assert refused is Refusal.TAKEN


def test_hours_and_limits_are_those_of_each() -> None:
    closed = DatedException(UUID(int=9), DAY, ExceptionType.CLOSED, 720, 780, staff_id=staff(1))
    pair = replace(salon(2), exceptions=(closed,))
    assert {"11:30", "12:00", "12:30"}.isdisjoint(listed(pair, query()))
    assert {"11:00", "13:00"} <= listed(pair, query()).keys()
    rules = BookingRules(slot_step_minutes=30, min_notice_minutes=0, max_visits_per_day=1)
    full = Busy(loads={(staff(1), DAY): DayLoad(1, 30)})
    assert not listed(salon(2, rules=rules), query(), full)
    assert listed(salon(3, rules=rules), query(), full)["12:00"].staff_ids == (staff(0), staff(2))
    assert place(salon(2, rules=rules), query(), at(12), full, NOW) is Refusal.DAILY_LIMIT


def test_they_are_of_one_place() -> None:
    """Two who work in two branches are no pair."""
    there = UUID(int=3)
    catalogue = salon(2)
    member = replace(catalogue.staff[staff(1)], location_ids=(there,))
    apart = replace(
        catalogue,
        locations={**catalogue.locations, there: replace(catalogue.locations[HERE], id=there)},
        staff={**catalogue.staff, member.id: member},
    )
    assert place(apart, query(), at(12), Busy(), NOW) is Refusal.STAFF_DOES_NOT_DO_IT
    assert not apart.bookable_services()
    assert catalogue.bookable_services() == (catalogue.services[LOOK],)
    assert not salon(1).bookable_services()


def test_what_bears_on_it_is_of_all_who_could() -> None:
    assert resources_of(salon(5), query()) == {staff(number) for number in range(5)}


def test_thirty_masters_are_not_tried_in_every_combination() -> None:
    """Four of thirty are 27,405 crews; half of the masters are away by turns."""
    catalogue = salon(30, needed=4)
    hours = {
        one.id: replace(one, follows_location=False, rules=(WorkingRule(600 + 10 * at, 900 + 6 * at),))
        for at, one in enumerate(catalogue.staff.values())
    }
    catalogue = replace(catalogue, staff=hours)
    began = time.process_time()
    last = date(2027, 1, 20)
    found = free_starts(catalogue, query(), Busy(), NOW, DAY, last)
    assert len(days_with_starts(catalogue, query(), Busy(), NOW, DAY, last)) == 59
    assert sum(len(day.starts) for day in found) > 500
    for start in found[0].starts:
        placed(catalogue, query(), from_minutes(start.start))
    assert time.process_time() - began < 1.5
