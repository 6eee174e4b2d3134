"""The engine against the oracle: no start missing, none extra, and the same choice of master."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from itertools import combinations, count, pairwise
from typing import Any, TypeVar
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.domain.catalog import GapMode
from core.domain.placement import claims_of, opened, place, with_claims
from core.domain.schedule import DatedException, ExceptionType
from core.domain.slots import (
    days_with_starts,
    free_starts,
    nearest_starts,
    next_starts,
    resources_of,
    span_of,
)
from core.domain.visit import Busy, BusyClaim, FreeStart, Placement, Refusal, VisitItem, from_minutes
from core.domain.visit_rules import rules_of_query
from core.domain.working_time import working_time
from tests.unit.slots.oracle import Oracle, apart, lay, location_minutes, minutes_of, moment, staff_minutes
from tests.unit.slots.worlds import MINE, World, uid, worlds

Key = TypeVar("Key")
Value = TypeVar("Value")

#: Reasons that lie in the question or in the clock, and not in anybody's day.
BEFORE_ALL = {
    Refusal.IN_THE_PAST,
    Refusal.TOO_SOON,
    Refusal.TOO_FAR,
    Refusal.OFF_GRID,
}


def examples(number: int) -> settings:
    return settings(
        max_examples=number,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


def dates(world: World) -> list[date]:
    return [world.first + timedelta(days=number) for number in range((world.last - world.first).days + 1)]


def listed(world: World) -> dict[int, FreeStart]:
    """What the engine offers, by start."""
    days = free_starts(world.catalogue, world.query, world.busy, world.now, world.first, world.last)
    assert [day.date for day in days] == dates(world)
    for day in days:
        assert list(day.starts) == sorted(day.starts, key=lambda start: start.start)
        assert all(moment(one.start, world.catalogue.business.zone).date() == day.date for one in day.starts)
    return {start.start: start for day in days for start in day.starts}


def placed(world: World, start: int) -> Placement | Refusal:
    return place(world.catalogue, world.query, from_minutes(start), world.busy, world.now)


def new_ids() -> Callable[[], UUID]:
    numbers = count(1)
    return lambda: uid(77, next(numbers))


def oracle_of(world: World, *, any_minute: bool = False) -> Oracle:
    return Oracle(world.catalogue, world.query, world.busy, world.now, any_minute)


def price_of(world: World, item: VisitItem, staff_id: UUID) -> int:
    """By who leads: their own price or the service's, with the add-ons', for each seat."""
    own = world.catalogue.offers[staff_id, item.service_id].price
    price = world.catalogue.services[item.service_id].price if own is None else own
    return world.query.seats * (price + sum(world.catalogue.addons[addon].price for addon in item.addon_ids))


@examples(220)
@given(worlds())
def test_the_engine_lists_and_places_what_the_oracle_finds(world: World) -> None:
    oracle = oracle_of(world)
    expected = oracle.starts(world.first, world.last)
    got, items = listed(world), world.query.items
    assert sorted(got) == sorted(expected)
    for start, every in expected.items():
        day = moment(start, oracle.zone).date()
        first = {staff_id for one in every for staff_id in one.teams[0]}
        members = {staff_id: world.catalogue.staff[staff_id] for staff_id in first}
        order = sorted(members.values(), key=lambda member: oracle.staff_key(member, day))
        best = every[0]
        assert got[start] == FreeStart(
            start, best.end, tuple(member.id for member in order), best.seats_left, best.rank
        )
        placement = placed(world, start)
        assert isinstance(placement, Placement)
        assert placement[:2] == (start, best.end)
        assert (placement.seats_left, placement.rank) == (best.seats_left, best.rank)
        assert tuple(segment.staff_id for segment in placement.segments) == best.staff
        teams = tuple((lead, *sorted(others)) for lead, *others in best.teams)
        assert tuple(segment.staff_ids for segment in placement.segments) == teams
        assert {segment.location_id for segment in placement.segments} == {best.location_id}
        assert [segment.price for segment in placement.segments] == [
            price_of(world, item, segment.staff_id)
            for item, segment in zip(items, placement.segments, strict=True)
        ]
        assert (
            tuple(None if segment.opens_session else segment.session_id for segment in placement.segments)
            == best.sessions
        )


def eased(world: World, *, limits: bool = False, taken: Callable[[UUID], bool] = lambda _: True) -> World:
    """The same without the gap rule, without daily limits unless ``limits``, and with the claims on those
    resources alone.
    """
    off: dict[str, Any] = {} if limits else {"max_visits_per_day": None, "max_minutes_per_day": None}
    rules = replace(world.catalogue.business.rules, gap_mode=GapMode.OFF, **off)
    services = {
        key: replace(service, rules=replace(service.rules, gap_mode=None, **off))
        for key, service in world.catalogue.services.items()
    }
    claims = {key: found for key, found in world.busy.claims.items() if taken(key)}
    return replace(
        world,
        catalogue=replace(
            world.catalogue, business=replace(world.catalogue.business, rules=rules), services=services
        ),
        busy=replace(world.busy, claims=claims),
    )


@examples(70)
@given(worlds(), st.data())
def test_what_is_not_listed_is_refused_for_a_true_reason(world: World, data: st.DataObject) -> None:
    """Taken: it could be had but for what is taken. A limit, a gap: but for that alone."""
    override = world.query.override
    oracle = oracle_of(world, any_minute=override)
    expected = oracle.starts(world.first, world.last)

    @cache
    def starts(what: str) -> Collection[int]:
        world_of = {
            "hours": lambda: eased(world, taken=lambda _: False),
            "no rooms": lambda: eased(world, taken=lambda key: key not in world.catalogue.rooms),
            "free": lambda: eased(world),
            "within limits": lambda: eased(world, limits=True),
        }
        return oracle_of(world_of[what](), any_minute=override).starts(world.first, world.last).keys()

    joined = {one.start for standing in world.busy.sessions.values() for one in standing}
    minutes = [minute for day in dates(world) for minute, _ in minutes_of(oracle.zone, day)]
    off_raster = data.draw(st.lists(st.sampled_from(minutes), max_size=20))
    for minute in {*(minute for minute in minutes if minute % 15 == 0), *off_raster} - expected.keys():
        answer = placed(world, minute)
        assert isinstance(answer, Refusal)
        if not oracle.askable():
            continue
        if answer is Refusal.OUTSIDE_HOURS or answer in BEFORE_ALL:
            assert minute not in starts("hours")
        elif answer.is_conflict:
            # A session that is full stands where it stands, on the grid or not.
            assert minute in starts("hours") or minute in joined
            assert minute not in starts("free")
            if answer is Refusal.NO_ROOM:
                assert minute in starts("no rooms")
        elif answer is Refusal.DAILY_LIMIT:
            assert minute in starts("free")
            assert minute not in starts("within limits")
        elif answer is Refusal.LEAVES_GAP:
            assert minute in starts("within limits")
    if world.query.override:
        for minute in expected.keys() & {*off_raster, *minutes[::37]}:
            assert isinstance(placed(world, minute), Placement)


@examples(120)
@given(worlds(), st.sampled_from((0, 0, 9)))
def test_the_other_questions_agree_with_the_list(world: World, more_days: int) -> None:
    """Over more than a week too, at which the next starts are looked for at once."""
    world = replace(world, last=world.last + timedelta(days=more_days))
    asked = (world.catalogue, world.query, world.busy, world.now, world.first, world.last)
    starts = listed(world)
    zone = world.catalogue.business.zone
    assert days_with_starts(*asked) == {moment(start, zone).date() for start in starts}

    for limit in (1, 5, 1000):
        following = next_starts(*asked, limit=limit)
        assert len(following) == min(limit, len(starts))
        assert list(following) == sorted(following, key=lambda one: one.start)
        assert all(starts[one.start] == one for one in following)
        if rules_of_query(world.catalogue, world.query).gap_mode is GapMode.OFF:
            assert list(following) == [starts[start] for start in sorted(starts)][:limit]
    of_each_day = next_starts(*asked, limit=1000, per_day=1)
    assert [moment(one.start, zone).date() for one in of_each_day] == sorted(days_with_starts(*asked))

    around = minutes_of(zone, world.first)[700][0]
    nearest = nearest_starts(*asked, around=from_minutes(around), limit=4)
    order = sorted(
        starts.values(),
        key=lambda one: (
            moment(one.start, zone).date() != world.first,
            abs(one.start - around) + (30 if one.rank else 0),
            one.start,
        ),
    )
    assert list(nearest) == order[:4]


@examples(150)
@given(worlds())
def test_what_is_taken_was_free(world: World) -> None:
    """Claims of a placement keep apart from all others and from each other, by the two ranges."""
    starts = sorted(listed(world))
    sessions = {one.id: one for standing in world.busy.sessions.values() for one in standing}
    for start in starts[:3] + starts[-3:]:
        placement = placed(world, start)
        assert isinstance(placement, Placement)
        placement = opened(placement, new_ids())
        claims = claims_of(placement)
        assert list(claims) == sorted(claims, key=lambda claim: (claim.resource_id, claim.lane, claim.start))
        for one, other in combinations(claims, 2):
            if (one.resource_id, one.lane) == (other.resource_id, other.lane):
                assert one.end <= other.lead
                assert one.trail <= other.start
        for claim in claims:
            if claim.resource_id in sessions:
                session = sessions[claim.resource_id]
                # Without numbers the first ones are taken.
                lanes = session.lanes or range(session.seats_taken)
                taken = zip(lanes, session.booking_ids, strict=True)
                assert claim.lane not in {lane for lane, who in taken if who != world.query.ignore_booking}
                continue
            for busy in others(world, world.busy.claims.get(claim.resource_id, ()), claim.lane):
                assert apart(busy, claim.start, claim.end, claim.start - claim.lead, claim.trail - claim.end)
        assert sum(
            claim.resource_id in sessions or claim.resource_id.int >> 32 == 77 for claim in claims
        ) == sum(len(segment.seats) for segment in placement.segments)
        if not any(segment.seats for segment in placement.segments) and fixed(world):
            again = replace(world, busy=with_claims(world.busy, claims))
            answer = placed(again, start)
            assert isinstance(answer, Refusal)
            assert answer.is_conflict


def turned(mapping: Mapping[Key, Value]) -> dict[Key, Value]:
    """The same with its keys in the opposite order."""
    return dict(reversed(list(mapping.items())))


def fixed(world: World) -> bool:
    """Every service has its master, and there is one location: nothing is left to choose but the room."""
    return all(item.staff_id for item in world.query.items)


def others(world: World, claims: tuple[BusyClaim, ...], lane: int) -> list[BusyClaim]:
    """Claims on a lane that don't go away with the booking that moves."""
    mine = world.query.ignore_booking
    gone = {
        session.id
        for standing in world.busy.sessions.values()
        for session in standing
        if set(session.booking_ids) == {mine}
    }
    return [
        claim
        for claim in claims
        if claim.lane == lane
        and (claim.session_id not in gone if claim.session_id else mine is None or claim.booking_id != mine)
    ]


@examples(120)
@given(worlds())
def test_span_and_resources_are_all_that_has_to_be_read(world: World) -> None:
    from_, until = span_of(world.catalogue, world.query, world.first, world.last)
    resources = resources_of(world.catalogue, world.query)
    read = Busy(
        claims={
            resource: tuple(one for one in claims if one.lead < until and one.trail > from_)
            for resource, claims in world.busy.claims.items()
            if resource in resources
        },
        sessions={
            staff: tuple(one for one in sessions if one.start < until and one.end > from_)
            for staff, sessions in world.busy.sessions.items()
            if staff in resources
        },
        loads={key: load for key, load in world.busy.loads.items() if key[0] in resources},
        last_booked=world.busy.last_booked,
    )
    assert listed(replace(world, busy=read)) == listed(world)


@examples(100)
@given(worlds())
def test_the_same_question_has_the_same_answer(world: World) -> None:
    fresh = replace(world, catalogue=replace(world.catalogue))
    shuffled = replace(
        world,
        catalogue=replace(
            world.catalogue,
            staff=turned(world.catalogue.staff),
            offers=turned(world.catalogue.offers),
            locations=turned(world.catalogue.locations),
        ),
    )
    starts = listed(world)
    assert listed(fresh) == starts
    assert listed(shuffled) == starts
    for start in list(starts)[:5]:
        assert placed(shuffled, start) == placed(fresh, start) == placed(world, start)


@examples(60)
@given(worlds())
def test_a_question_that_was_asked_before_leaves_no_trace(world: World) -> None:
    """A catalogue remembers what it has worked out for a question; each has its own."""
    asked = world.query
    questions = [
        replace(asked, override=not asked.override),
        replace(asked, by_business=not asked.by_business),
        replace(asked, seats=asked.seats % 3 + 1),
        replace(asked, items=asked.items[:1]),
        replace(asked, items=tuple(replace(item, staff_id=None) for item in asked.items)),
        replace(asked, items=tuple(replace(item, addon_ids=()) for item in asked.items)),
        replace(asked, location_id=None if asked.location_id else uid(1, 0)),
        replace(asked, ignore_booking=None if asked.ignore_booking else MINE),
    ]
    for question in questions:
        anew = replace(world, catalogue=replace(world.catalogue), query=question)
        assert listed(replace(world, query=question)) == listed(anew)


@examples(120)
@given(worlds(), st.data())
def test_a_closure_takes_its_own_hours_and_no_others(world: World, data: st.DataObject) -> None:
    """Of a staff member, a location or the business: nothing but what it covers is lost, and nothing won."""
    day = world.first
    who = data.draw(st.sampled_from((None, *world.catalogue.staff)))
    where = data.draw(st.sampled_from((None, *world.catalogue.locations)))
    start, end = data.draw(st.sampled_from(((600, 660), (0, 1440), (100, 130), (1380, 1440))))
    closure = DatedException(uid(9, 99), day, ExceptionType.CLOSED, start, end, who, where)
    closed = replace(world.catalogue, exceptions=(*world.catalogue.exceptions, closure))
    for location in world.catalogue.locations.values():
        taken = lay(location.zone, day, start, end) if where in {None, location.id} else frozenset()
        for member in world.catalogue.staff.values():
            before, after = (
                {
                    minute
                    for lo, hi in working_time(one).staff_day(member.id, location.id, day)
                    for minute in range(lo, hi)
                }
                for one in (world.catalogue, closed)
            )
            assert after == (before - taken if who in {None, member.id} else before)


@examples(150)
@given(worlds())
def test_working_time_is_what_the_rules_say_minute_by_minute(world: World) -> None:
    hours = working_time(world.catalogue)
    for location in world.catalogue.locations.values():
        for day in dates(world):
            spans = hours.location_day(location.id, day)
            assert {minute for lo, hi in spans for minute in range(lo, hi)} == location_minutes(
                world.catalogue, location, day
            )
        for member in world.catalogue.staff.values():
            spans = hours.staff(member.id, location.id, world.first, world.last)
            assert all(one[1] < other[0] for one, other in pairwise(spans))
            assert {minute for lo, hi in spans for minute in range(lo, hi)} == set().union(
                *(staff_minutes(world.catalogue, member, location, day) for day in dates(world))
            )
