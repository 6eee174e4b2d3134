"""Random salons for the property tests: small, odd, and around the days on which clocks change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from core.domain.catalog import (
    AddOn,
    AnyStaffChoice,
    BookingRules,
    Business,
    Catalogue,
    GapMode,
    Location,
    Offer,
    Room,
    RoomNeed,
    Service,
    ServiceRules,
    StaffMember,
)
from core.domain.schedule import Cycle, DatedException, ExceptionType, Parity, WeeklyHours, WorkingRule
from core.domain.visit import Busy, BusyClaim, BusySession, DayLoad, SlotQuery, VisitItem

#: Zones with the local dates on which their clocks change (forward, back), some of them at midnight, and some
#: that never do.
CHANGES: Final[dict[str, tuple[date, ...]]] = {
    "Europe/Moscow": (date(2026, 5, 12),),
    "Europe/London": (date(2026, 3, 29), date(2026, 10, 25)),
    "Asia/Kathmandu": (date(2026, 5, 12),),
    "Australia/Lord_Howe": (date(2026, 10, 4), date(2026, 4, 5)),
    "America/New_York": (date(2026, 3, 8), date(2026, 11, 1)),
    "Africa/Cairo": (date(2026, 4, 24), date(2026, 10, 29)),
    "America/Havana": (date(2026, 3, 8), date(2026, 11, 1)),
    "Asia/Beirut": (date(2026, 3, 29), date(2026, 10, 24)),
    "America/Santiago": (date(2026, 9, 6), date(2026, 4, 4)),
}
MINE: Final = UUID(int=0xB00C)
"""The booking that moves, where one does."""


def uid(kind: int, number: int) -> UUID:
    return UUID(int=kind << 32 | number)


def minutes(low: int, high: int, step: int = 5) -> st.SearchStrategy[int]:
    return st.integers(low // step, high // step).map(lambda count: count * step)


@dataclass(frozen=True)
class World:
    """A question and all that its answer depends on."""

    catalogue: Catalogue
    query: SlotQuery
    busy: Busy
    now: datetime
    first: date
    last: date

    def instant(self, minute: int) -> datetime:
        return datetime.fromtimestamp(minute * 60, UTC)


@st.composite
def intervals(draw: st.DrawFn, most: int = 2) -> tuple[tuple[int, int], ...]:
    """Wall-clock intervals of a date, long ones first, some of them over the hours that clocks change."""
    found = []
    for _ in range(draw(st.integers(min(most, 1), most))):
        start = draw(st.sampled_from((0, 0, 60, 90, 105, 120, 135, 150, 540, 600, 720, 1200)))
        length = draw(st.sampled_from((600, 480, 240, 90, 47, 1440)))
        found.append((start, min(1440, start + length)))
    return tuple(found)


@st.composite
def weeks(draw: st.DrawFn) -> WeeklyHours:
    if draw(st.booleans()):
        return (((0, 1440),),) * 7
    days = [draw(st.one_of(intervals(), intervals(), st.just(()))) for _ in range(2)]
    return tuple(days[at % 2] for at in range(7))


@st.composite
def rules_of(draw: st.DrawFn, around: date, places: list[UUID], most: int = 3) -> tuple[WorkingRule, ...]:
    found = []
    for start, end in draw(intervals(most)):
        condition = draw(st.sampled_from(("always", "always", "weekday", "parity", "cycle", "dates")))
        rule = WorkingRule(start, end, location_id=draw(st.sampled_from((None, None, *places))))
        match condition:
            case "weekday":
                rule = replace(rule, weekday=(around.weekday() + draw(st.integers(-1, 1))) % 7)
            case "parity":
                rule = replace(rule, parity=draw(st.sampled_from(Parity)))
            case "cycle":
                anchor = around + timedelta(days=draw(st.integers(-3, 3)))
                rule = replace(rule, cycle=Cycle(anchor, draw(st.integers(1, 3)), draw(st.integers(1, 3))))
            case "dates":
                since = around + timedelta(days=draw(st.integers(-2, 1)))
                rule = replace(
                    rule, valid_from=since, valid_until=since + timedelta(days=draw(st.integers(0, 3)))
                )
            case _:
                pass
        found.append(rule)
    return tuple(found)


@st.composite
def breaks_of(draw: st.DrawFn, places: list[UUID]) -> tuple[WorkingRule, ...]:
    starts = draw(st.lists(st.sampled_from((780, 60, 115, 615)), max_size=2))
    return tuple(
        WorkingRule(
            start,
            start + draw(st.sampled_from((30, 60, 15))),
            parity=draw(st.sampled_from((None, None, *Parity))),
            location_id=draw(st.sampled_from((None, None, *places))),
        )
        for start in starts
    )


@st.composite
def exceptions_of(
    draw: st.DrawFn, around: date, staff: list[UUID], places: list[UUID]
) -> tuple[DatedException, ...]:
    found = []
    for number in range(draw(st.sampled_from((0, 1, 2, 3)))):
        type_ = draw(
            st.sampled_from((ExceptionType.OPEN_CUSTOM, ExceptionType.OPEN_EXTRA, ExceptionType.CLOSED))
        )
        hours = draw(st.sampled_from(((60, 130), (100, 400), (540, 900), (600, 660), (1320, 1440), None)))
        start, end = hours or (None, None)
        found.append(
            DatedException(
                uid(9, number),
                around + timedelta(days=draw(st.integers(-1, 1))),
                type_,
                start,
                end,
                staff_id=draw(st.sampled_from((None, *staff))),
                location_id=draw(st.sampled_from((None, None, *places))),
            )
        )
    return tuple(found)


@st.composite
def services_of(
    draw: st.DrawFn, number: int, rooms: list[Room], addons: list[AddOn], around: date
) -> Service:
    duration = draw(st.sampled_from((30, 60, 20, 45, 90, 37)))
    processing = None
    if draw(st.integers(0, 2)) == 0:
        offset = draw(minutes(5, duration))
        processing = (offset, draw(minutes(5, 20)))
    capacity = draw(st.sampled_from((1, 3, 1)))
    return Service(
        uid(3, number),
        f"Service {number}",
        duration,
        1000 + number,
        buffer_before=draw(st.sampled_from((0, 0, 5, 20))),
        buffer_after=draw(st.sampled_from((0, 0, 10, 15, 60))),
        capacity=capacity,
        staff_needed=draw(st.sampled_from((1, 1, 1, 2, 2, 3))) if capacity == 1 else 1,
        online=draw(st.integers(0, 19)) != 19,
        archived=draw(st.integers(0, 11)) == 11,
        processing=processing,
        rooms=tuple(room.id for room in rooms if draw(st.booleans())),
        room_need=draw(st.sampled_from(RoomNeed)),
        addon_ids=tuple(addon.id for addon in addons),
        rules=draw(rules_of_service(around)),
    )


@st.composite
def rules_of_service(draw: st.DrawFn, around: date) -> ServiceRules:
    return ServiceRules(
        slot_step_minutes=draw(st.sampled_from((None, None, 25))),
        grid_start=draw(st.sampled_from((None, None, None, 5))),
        min_notice_minutes=draw(st.sampled_from((None, None, None, 0, 300))),
        horizon_days=draw(st.sampled_from((None, None, None, None, 1))),
        horizon_until=draw(st.sampled_from((None, None, None, None, around))),
        same_day_cutoff=draw(st.sampled_from((None, None, None, 540))),
        buffers_within_hours=draw(st.sampled_from((None, None, True, False))),
        max_visits_per_day=draw(st.sampled_from((None, None, None, 1))),
        max_minutes_per_day=draw(st.sampled_from((None, None, None, 120))),
        gap_mode=draw(st.sampled_from((None, None, None, None, *GapMode))),
    )


@st.composite
def rules(draw: st.DrawFn, around: date) -> BookingRules:
    return BookingRules(
        slot_step_minutes=draw(st.sampled_from((15, 30, 10, 60, 50))),
        grid_start=draw(st.sampled_from((0, 0, 10, 545))),
        min_notice_minutes=draw(st.sampled_from((0, 60, 7, 0, 0, 600))),
        horizon_days=draw(st.sampled_from((60, 60, 60, 60, 60, 1))),
        horizon_until=draw(st.sampled_from((None, None, None, around))),
        same_day_cutoff=draw(st.sampled_from((None, None, None, 600))),
        buffers_within_hours=draw(st.booleans()),
        max_visits_per_day=draw(st.sampled_from((None, None, 2))),
        max_minutes_per_day=draw(st.sampled_from((None, None, None, 180))),
        any_staff=draw(st.sampled_from(AnyStaffChoice)),
        gap_mode=draw(st.sampled_from((GapMode.OFF, GapMode.OFF, GapMode.RANK, GapMode.LIMIT))),
    )


@st.composite
def claims_of(draw: st.DrawFn, from_: int, until: int, lanes: int, most: int = 5) -> tuple[BusyClaim, ...]:
    found = []
    for _ in range(draw(st.integers(0, most))):
        start = from_ + draw(st.one_of(minutes(840, 1140), minutes(300, 540), minutes(0, until - from_)))
        end = start + draw(st.sampled_from((15, 30, 60, 200, 7)))
        lead, trail = (
            start - draw(st.sampled_from((0, 0, 10, 30))),
            end + draw(st.sampled_from((0, 0, 5, 45))),
        )
        owner = draw(st.sampled_from((None, uid(8, 1), MINE)))
        found.append(BusyClaim(lead, start, end, trail, draw(st.integers(0, lanes - 1)), owner))
    return tuple(found)


@st.composite
def busy_of(draw: st.DrawFn, catalogue: Catalogue, from_: int, until: int, days: list[date]) -> Busy:
    """Claims that may overlap (blocked time, holds), sessions with their claims, and any loads."""
    # Many of other days, so that the search looks for those that matter to it first.
    elsewhere = [
        BusyClaim(at, at, at + 10, at + 15)
        for number in range(20)
        for at in (from_ - 4000 - 30 * number, until + 4000 + 30 * number)
    ]
    claims: dict[UUID, list[BusyClaim]] = {}
    sessions: dict[UUID, list[BusySession]] = {}
    for staff_id in catalogue.staff:
        claims[staff_id] = [*draw(claims_of(from_, until, 1)), *(elsewhere if draw(st.booleans()) else ())]
    for room in catalogue.rooms.values():
        claims[room.id] = list(draw(claims_of(from_, until, room.places, 3)))
    groups = [service for service in catalogue.services.values() if service.capacity > 1]
    number = 0
    for service in groups:
        for staff_id, offered in catalogue.offers:
            if offered != service.id or draw(st.integers(0, 3)) == 3:
                continue
            number += 1
            start = draw(st.sampled_from((600, 630, 90, 110, 720))) + from_ + 300
            length = draw(st.sampled_from((service.duration, service.duration, service.duration, 30, 100)))
            seats = draw(st.sampled_from((1, 1, 2, 3)))
            owners = tuple(draw(st.sampled_from((uid(8, 1), MINE))) for _ in range(seats))
            session = BusySession(
                uid(7, number),
                service.id,
                staff_id,
                start,
                start + length,
                seats,
                draw(st.sampled_from((None, None, *catalogue.locations))),
                owners,
                draw(st.sampled_from((tuple(range(service.capacity))[-seats:], ()))),
            )
            sessions.setdefault(staff_id, []).append(session)
            taken = BusyClaim(
                start - service.buffer_before,
                start,
                session.end,
                session.end + service.buffer_after,
                session_id=session.id,
            )
            claims[staff_id].append(taken)
            for room_id in service.rooms:
                if draw(st.booleans()):
                    claims[room_id].append(taken)
    loads = {
        (staff_id, day): DayLoad(draw(st.integers(1, 2)), draw(minutes(0, 180, 30)))
        for staff_id in catalogue.staff
        for day in days
        if draw(st.booleans())
    }
    recent = {staff_id: draw(st.integers(0, 5)) for staff_id in catalogue.staff if draw(st.booleans())}
    return Busy(
        {key: tuple(sorted(value, key=lambda claim: claim.start)) for key, value in claims.items()},
        {key: tuple(sorted(value, key=lambda one: one.start)) for key, value in sessions.items()},
        loads,
        recent,
    )


@st.composite
def assistants_of(draw: st.DrawFn, service: Service, able: list[UUID]) -> tuple[UUID, ...]:
    """Who else was asked for, now and then; more than are needed don't count."""
    if service.staff_needed == 1 or not able or draw(st.integers(0, 3)):
        return ()
    return tuple(draw(st.lists(st.sampled_from(able), min_size=1, max_size=2, unique=True)))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """A random salon, what is busy in it, a question and the moment at which it is asked."""
    name = draw(st.sampled_from(sorted(CHANGES)))
    zone = ZoneInfo(name)
    around = draw(st.sampled_from(CHANGES[name]))
    places = [
        Location(
            uid(1, at),
            f"Place {at}",
            "",
            zone if at == 0 or draw(st.booleans()) else ZoneInfo(draw(st.sampled_from(sorted(CHANGES)))),
            draw(weeks()),
            position=-at,
        )
        for at in range(draw(st.sampled_from((1, 1, 2))))
    ]
    place_ids = [place.id for place in places]
    rooms = [
        Room(uid(2, at), draw(st.sampled_from(place_ids)), f"Room {at}", places=draw(st.integers(1, 2)))
        for at in range(draw(st.integers(0, 2)))
    ]
    addons = [AddOn(uid(4, at), f"Extra {at}", draw(minutes(0, 30)), 100 + at) for at in range(2)]
    services = [draw(services_of(at, rooms, addons, around)) for at in range(draw(st.integers(1, 3)))]
    staff = []
    offers = {}
    together = max(service.staff_needed for service in services) > 1
    for at in range(draw(st.integers(2, 4) if together else st.integers(1, 3))):
        member = StaffMember(
            uid(5, at),
            f"Master {at}",
            tuple(draw(st.lists(st.sampled_from(place_ids), unique=True, min_size=1))),
            rules=draw(rules_of(around, place_ids)) if draw(st.integers(0, 6)) != 6 else (),
            breaks=draw(breaks_of(place_ids)),
            follows_location=draw(st.sampled_from((True, False))),
            priority=draw(st.integers(0, 1)),
            position=draw(st.integers(0, 1)),
            archived=draw(st.integers(0, 9)) == 9,
        )
        staff.append(member)
        for service in services:
            if draw(st.integers(0, 4)) != 4:
                own, price = draw(st.sampled_from((None, None, 25, 80))), draw(st.sampled_from((None, 700)))
                offers[(member.id, service.id)] = Offer(member.id, service.id, own, price)
    catalogue = Catalogue(
        version=1,
        business=Business(uid(0, 0), "b", "B", zone, "en", "GBP", rules=draw(rules(around))),
        locations={place.id: place for place in places},
        services={service.id: service for service in services},
        staff={member.id: member for member in staff},
        offers=offers,
        addons={addon.id: addon for addon in addons},
        rooms={room.id: room for room in rooms},
        exceptions=draw(exceptions_of(around, [member.id for member in staff], place_ids)),
    )
    midnight = int(datetime(around.year, around.month, around.day, tzinfo=zone).timestamp()) // 60
    days = [around + timedelta(days=number) for number in range(-1, 2)]
    items = []
    done = [one for one in services if any(offered == one.id for _, offered in offers)] or services
    for _ in range(draw(st.sampled_from((1, 2, 1, 3, 1)))):
        service = draw(st.sampled_from(done))
        who = [member.id for member in staff if (member.id, service.id) in offers and not member.archived]
        with_addon = draw(st.integers(0, 3)) == 0
        items.append(
            VisitItem(
                service.id,
                named := draw(st.sampled_from((None, None, None, *who))),
                tuple(addon.id for addon in addons[: draw(st.integers(1, 2))]) if with_addon else (),
                draw(assistants_of(service, [one for one in who if one != named])),
            )
        )
    query = SlotQuery(
        tuple(items),
        location_id=draw(st.sampled_from((None, None, *place_ids))),
        seats=draw(
            st.sampled_from(
                (1, 2, 3)
                if all(catalogue.services[one.service_id].capacity > 1 for one in items)
                else (1, 1, 1, 1, 1, 1, 2)
            )
        ),
        ignore_booking=draw(st.sampled_from((None, MINE))),
        override=draw(st.integers(0, 5)) == 0,
        by_business=draw(st.integers(0, 4)) == 0,
    )
    return World(
        catalogue,
        query,
        draw(busy_of(catalogue, midnight - 300, midnight + 1600, days)),
        datetime.fromtimestamp((midnight + draw(st.sampled_from((-1500, -300, -1440, 0, 90, 611)))) * 60, UTC)
        + timedelta(seconds=draw(st.sampled_from((0, 0, 30)))),
        around + timedelta(days=draw(st.integers(-1, 0))),
        around + timedelta(days=draw(st.integers(0, 1))),
    )
