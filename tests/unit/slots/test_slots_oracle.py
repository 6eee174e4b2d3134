"""The engine against the oracle: no start missing, none extra, and the same choice of master."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations, count, pairwise
from typing import TypeVar
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.domain.catalog import GapMode
from core.domain.placement import claims_of, opened, place, with_claims
from core.domain.slots import (
    days_with_starts,
    free_starts,
    nearest_starts,
    next_starts,
    resources_of,
    span_of,
)
from core.domain.visit import Busy, BusyClaim, FreeStart, Placement, Refusal, from_minutes
from core.domain.working_time import working_time
from tests.unit.slots.oracle import Oracle, apart, location_minutes, minutes_of, moment, staff_minutes
from tests.unit.slots.worlds import World, uid, worlds

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


@examples(220)
@given(worlds())
def test_the_engine_lists_and_places_what_the_oracle_finds(world: World) -> None:
    oracle = oracle_of(world)
    expected = oracle.starts(world.first, world.last)
    got = listed(world)
    assert sorted(got) == sorted(expected)
    for start, every in expected.items():
        day = moment(start, oracle.zone).date()
        members = {one.staff[0]: world.catalogue.staff[one.staff[0]] for one in every}
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
        assert {segment.location_id for segment in placement.segments} == {best.location_id}
        assert (
            tuple(None if segment.opens_session else segment.session_id for segment in placement.segments)
            == best.sessions
        )


@examples(70)
@given(worlds(), st.data())
def test_what_is_not_listed_is_refused_for_a_true_reason(world: World, data: st.DataObject) -> None:
    oracle = oracle_of(world, any_minute=world.query.override)
    expected = oracle.starts(world.first, world.last)
    strict = world.catalogue.business.rules
    generous = replace(strict, gap_mode=GapMode.OFF, max_visits_per_day=None, max_minutes_per_day=None)
    relaxed = World(
        replace(world.catalogue, business=replace(world.catalogue.business, rules=generous)),
        world.query,
        replace(world.busy, claims={}),
        world.now,
        world.first,
        world.last,
    )
    possible = oracle_of(relaxed, any_minute=world.query.override).starts(world.first, world.last)
    minutes = [minute for day in dates(world) for minute, _ in minutes_of(oracle.zone, day)]
    off_raster = data.draw(st.lists(st.sampled_from(minutes), max_size=20))
    for minute in {*(minute for minute in minutes if minute % 15 == 0), *off_raster} - expected.keys():
        answer = placed(world, minute)
        assert isinstance(answer, Refusal)
        if not oracle.askable():
            continue
        if answer is Refusal.OUTSIDE_HOURS:
            assert minute not in possible
        elif answer.is_conflict or answer in {Refusal.DAILY_LIMIT, Refusal.LEAVES_GAP}:
            assert minute in possible or not oracle.any_minute
        elif answer in BEFORE_ALL:
            assert minute not in possible
    if world.query.override:
        for minute in expected.keys() & {*off_raster, *minutes[::37]}:
            assert isinstance(placed(world, minute), Placement)


@examples(120)
@given(worlds())
def test_the_other_questions_agree_with_the_list(world: World) -> None:
    asked = (world.catalogue, world.query, world.busy, world.now, world.first, world.last)
    starts = listed(world)
    zone = world.catalogue.business.zone
    assert days_with_starts(*asked) == {moment(start, zone).date() for start in starts}

    for limit in (1, 5, 1000):
        following = next_starts(*asked, limit=limit)
        assert len(following) == min(limit, len(starts))
        assert list(following) == sorted(following, key=lambda one: one.start)
        assert all(starts[one.start] == one for one in following)
        if world.catalogue.business.rules.gap_mode is GapMode.OFF:
            assert list(following) == [starts[start] for start in sorted(starts)][:limit]
    of_each_day = next_starts(*asked, limit=1000, per_day=1)
    assert [moment(one.start, zone).date() for one in of_each_day] == sorted(days_with_starts(*asked))

    around = minutes_of(zone, world.first)[700][0]
    nearest = nearest_starts(*asked, around=from_minutes(around), limit=4)
    order = sorted(
        starts.values(),
        key=lambda one: (moment(one.start, zone).date() != world.first, abs(one.start - around), one.start),
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
                taken = zip(session.lanes, session.booking_ids, strict=True)
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
