"""The engine against the oracle: no start missing, none extra, and the same choice of master."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from core.domain.catalog import MAX_DURATION, GapMode
from core.domain.placement import claims_of, opened, place, with_claims
from core.domain.slots import (
    days_with_starts,
    free_starts,
    nearest_starts,
    next_starts,
    resources_of,
    span_of,
)
from core.domain.visit import Busy, BusyClaim, Claim, FreeStart, Placement, Refusal, from_minutes
from core.domain.working_time import working_time
from tests.unit.slots.oracle import Oracle, apart, location_minutes, moment, staff_minutes
from tests.unit.slots.worlds import World, uid, worlds

examples = settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def listed(world: World) -> dict[int, FreeStart]:
    """What the engine offers, by start."""
    days = free_starts(world.catalogue, world.query, world.busy, world.now, world.first, world.last)
    assert [day.date for day in days] == [
        world.first + timedelta(days=number) for number in range((world.last - world.first).days + 1)
    ]
    for day in days:
        assert list(day.starts) == sorted(day.starts, key=lambda start: start.start)
        assert all(
            moment(start.start, world.catalogue.business.zone).date() == day.date for start in day.starts
        )
    return {start.start: start for day in days for start in day.starts}


def placed(world: World, start: int) -> Placement | Refusal:
    return place(world.catalogue, world.query, from_minutes(start), world.busy, world.now)


def new_ids() -> object:
    numbers = iter(range(1000))
    return lambda: uid(77, next(numbers))


@examples
@given(worlds())
def test_the_engine_lists_what_the_oracle_finds(world: World) -> None:
    oracle = Oracle(world.catalogue, world.query, world.busy, world.now)
    expected = oracle.starts(world.first, world.last)
    got = listed(world)
    assert sorted(got) == sorted(expected)
    for start, every in expected.items():
        day = moment(start, oracle.zone).date()
        members = {
            world.catalogue.staff[one.staff[0]].id: world.catalogue.staff[one.staff[0]] for one in every
        }
        order = sorted(members.values(), key=lambda member: oracle.staff_key(member, day))
        best = every[0]
        assert got[start] == FreeStart(
            start, best.end, tuple(member.id for member in order), best.seats_left, best.rank
        )
        placement = placed(world, start)
        assert isinstance(placement, Placement)
        assert placement.end == best.end
        assert placement.rank == best.rank
        assert placement.seats_left == best.seats_left
        assert tuple(segment.staff_id for segment in placement.segments) == best.staff
        assert {segment.location_id for segment in placement.segments} == {best.location_id}
        assert (
            tuple(None if segment.opens_session else segment.session_id for segment in placement.segments)
            == best.sessions
        )
