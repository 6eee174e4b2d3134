"""What is left of something, and fifty who want it: the last seat of a group, the last of two rooms; and that
these races are real, for with the constraints taken away they make doubles.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, timedelta
from itertools import cycle

import pytest

from core.domain.booking import Booking
from core.domain.errors import SlotConflict
from core.domain.visit import VisitItem
from core.services.booking import CreateBooking
from tests.concurrency.racing import OVERLAPS, RACERS, ask, dealt, processes, race, unguard
from tests.concurrency.storm import five_masters
from tests.support.world import MONDAY, Core, World

pytestmark = pytest.mark.race

LastOne = Callable[[Sequence[Core], World, date], Awaitable[list[Booking]]]

DAYS = [MONDAY + timedelta(days=number) for number in range(1, 5)]


@pytest.fixture
async def world(cores: Sequence[Core]) -> World:
    return await five_masters(cores[0])


async def winners(cores: Sequence[Core], world: World, wishes: Sequence[CreateBooking]) -> list[Booking]:
    """Who had what was left; the others are told that it is gone."""
    people = zip(dealt(cores, len(wishes)), wishes, strict=True)
    made, refused = await race(*(core.bookings.create(world.visitor(), wish) for core, wish in people))
    assert {type(error) for error in refused} <= {SlotConflict}
    return made


async def last_slot(cores: Sequence[Core], world: World, day: date) -> list[Booking]:
    """Anna at noon."""
    noon, manicure = world.at(12, day=day), (VisitItem(world.manicure, world.anna),)
    return await winners(cores, world, [world.wish(noon, items=manicure) for _ in range(RACERS)])


async def last_seat(cores: Sequence[Core], world: World, day: date) -> list[Booking]:
    """Somebody has three of four seats."""
    noon, yoga = world.at(12, day=day), (VisitItem(world.yoga),)
    first = await cores[0].bookings.create(world.visitor(), world.wish(noon, items=yoga, seats=3))
    made = await winners(cores, world, [world.wish(noon, items=yoga) for _ in range(RACERS)])
    assert {booking.segments[0].session_id for booking in made} == {first.segments[0].session_id}
    return made


async def last_room(cores: Sequence[Core], world: World, day: date) -> list[Booking]:
    """Somebody has one of two rooms; the masters who shall work in the other one are all free."""
    noon = world.at(12, day=day)
    anybody = (VisitItem(world.massage),)
    first = await cores[0].bookings.create(world.visitor(), world.wish(noon, items=anybody))
    everybody = (await cores[0].catalogues.get(world.id)).staff
    masters = cycle(sorted({*everybody} - first.staff_ids))
    wishes = [world.wish(noon, items=(VisitItem(world.massage, next(masters)),)) for _ in range(RACERS)]
    made = await winners(cores, world, wishes)
    (room,) = {booking.segments[0].room_ids for booking in made}
    assert room != first.segments[0].room_ids
    return made


@pytest.mark.usefixtures("judged")
@pytest.mark.parametrize("last", [last_slot, last_seat, last_room])
async def test_one_of_fifty_has_the_last_one(cores: Sequence[Core], world: World, last: LastOne) -> None:
    for day in DAYS:
        assert len(await last(cores, world, day)) == 1


@pytest.mark.parametrize("last", [last_slot, last_seat, last_room])
async def test_without_the_constraints_several_have_it(database: str, redis_url: str, last: LastOne) -> None:
    """Processes that look before they write, each of them as careful as with the constraints."""
    async with processes(database, redis_url, 3) as three:
        world = await five_masters(three[0])
        await unguard(database)
        had = [len(await last(three, world, day)) for day in DAYS]
    assert max(had) > 1
    assert await ask(database, OVERLAPS) > 0
