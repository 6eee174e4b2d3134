"""What spares work on hot paths changes no answer: remembered starts, and daily loads that are not read."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.domain.slots import free_starts
from core.domain.visit import Busy
from core.services.reading import loads_matter
from core.services.remembered import RememberedStarts
from tests.unit.slots.worlds import World, worlds

few = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@few
@given(world=worlds(), later=st.lists(st.integers(0, 3 * 24 * 60 * 60), max_size=4), drop=st.booleans())
def test_remembered_starts_are_those_of_now(world: World, later: list[int], drop: bool) -> None:
    remembered = RememberedStarts()
    busy = Busy() if drop else world.busy
    for seconds in (0, *sorted(later)):
        for taken in (world.busy, world.busy, busy):
            now = world.now + timedelta(seconds=seconds)
            found = remembered.free_starts(
                world.catalogue, world.query, taken, now=now, first=world.first, last=world.last
            )
            assert found == free_starts(world.catalogue, world.query, taken, now, world.first, world.last)


@few
@given(worlds())
def test_an_unchanged_answer_is_the_same_object(world: World) -> None:
    remembered = RememberedStarts()
    asked = {"now": world.now, "first": world.first, "last": world.last}
    first = remembered.free_starts(world.catalogue, world.query, world.busy, **asked)  # type: ignore[arg-type]
    again = remembered.free_starts(
        world.catalogue,
        world.query,
        replace(world.busy),
        **asked,  # type: ignore[arg-type]
    )
    assert again is first
    newer = replace(world.catalogue)
    fresh = remembered.free_starts(newer, world.query, world.busy, **asked)  # type: ignore[arg-type]
    assert fresh == first


@few
@given(worlds())
def test_loads_that_are_not_read_change_nothing(world: World) -> None:
    if loads_matter(world.catalogue, world.query):
        return
    light = replace(world.busy, loads={}, last_booked={})
    span = (world.now, world.first, world.last)
    assert free_starts(world.catalogue, world.query, light, *span) == free_starts(
        world.catalogue, world.query, world.busy, *span
    )
