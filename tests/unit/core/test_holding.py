"""Holding a start: masters, rooms and seats of groups, and what everybody else sees of it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from core.domain.catalog import BookingRules, GapMode
from core.domain.errors import SlotConflict, SlotNotOffered
from core.domain.visit import SlotQuery, VisitItem, from_minutes
from core.ports.holds import Held
from core.services.holding import Holding
from tests.support.memory import MemoryHolds, memory
from tests.support.world import MONDAY, Core, Hands, World, make_business

NOON = "12:00"


@pytest.fixture
def core() -> Core:
    """The services on memory."""
    return Core(memory()[0], MemoryHolds(), Hands())


@pytest.fixture
async def world(core: Core) -> World:
    """«Окошко»: four seats of yoga with Maria."""
    return await make_business(core.uow)


async def seats_left(core: Core, world: World, query: SlotQuery, owner: str | None = None) -> dict[str, int]:
    """The free starts of Monday with the seats left."""
    (day,) = await core.availability.days(world.id, query, MONDAY, MONDAY, owner=owner)
    return {
        f"{from_minutes(start.start).astimezone(world.zone):%H:%M}": start.seats_left or 0
        for start in day.starts
    }


async def test_seats_of_a_group_are_held(core: Core, world: World) -> None:
    yoga = world.query(world.yoga, seats=3)
    held = await core.holding.hold(world.id, yoga, world.at(12), "one")
    assert held.expires_at == core.clock.now() + timedelta(minutes=3)
    assert await core.holding.mine(world.id, "one") == held
    one = world.query(world.yoga)
    assert (await seats_left(core, world, one))[NOON] == 1
    assert (await seats_left(core, world, one, "one"))[NOON] == 4, "one's own hold is free to oneself"
    assert NOON not in await seats_left(core, world, yoga), "three more don't fit in"
    assert NOON not in await seats_left(core, world, world.query(staff=world.maria)), "she leads the class"
    assert "12:30" not in await seats_left(core, world, one), "nor does she begin another one meanwhile"
    other = await core.holding.hold(world.id, one, world.at(12), "other")
    assert await core.holding.mine(world.id, "other") == other
    assert NOON not in await seats_left(core, world, one)
    with pytest.raises(SlotConflict):
        await core.holding.hold(world.id, one, world.at(12), "late")


async def test_a_hold_of_seats_lapses_by_itself(core: Core, world: World) -> None:
    await core.holding.hold(world.id, world.query(world.yoga, seats=4), world.at(12), "one")
    clock = core.clock
    assert isinstance(clock, Hands)
    clock.on(seconds=180)
    assert await core.holding.mine(world.id, "one") is None
    assert (await seats_left(core, world, world.query(world.yoga)))[NOON] == 4


async def test_how_long_is_the_deployments_choice(core: Core, world: World) -> None:
    holding = Holding(core.uow, core.catalogues, core.holds, core.clock, seconds=600)
    held = await holding.hold(world.id, world.query(), world.at(12), "one")
    assert held.expires_at == core.clock.now() + timedelta(minutes=10)


async def test_seats_are_booked_beside_those_that_are_held(core: Core, world: World) -> None:
    """Whoever books first opens the session; the held seats are then held in it."""
    yoga = world.query(world.yoga, seats=2)
    await core.holding.hold(world.id, yoga, world.at(12), "one")
    first = await core.bookings.create(world.visitor(), world.wish(world.at(12), items=yoga.items))
    one = world.query(world.yoga)
    assert (await seats_left(core, world, one))[NOON] == 1
    wish = world.wish(world.at(12), items=yoga.items, seats=2)
    with pytest.raises(SlotConflict):
        await core.bookings.create(world.visitor(), wish)
    second = await core.bookings.create(
        world.visitor(), world.wish(world.at(12), items=yoga.items, seats=2, hold_owner="one")
    )
    assert first.segments[0].session_id == second.segments[0].session_id
    assert (await seats_left(core, world, one))[NOON] == 1
    assert await core.holding.mine(world.id, "one") is None


async def test_seats_of_a_standing_session_are_held(core: Core, world: World) -> None:
    one = world.query(world.yoga)
    await core.bookings.create(world.visitor(), world.wish(world.at(12), items=one.items, seats=2))
    for owner in ("one", "other"):
        await core.holding.hold(world.id, one, world.at(12), owner)
        assert await core.holding.mine(world.id, owner)
    assert NOON not in await seats_left(core, world, one)
    with pytest.raises(SlotConflict):
        await core.bookings.create(world.visitor(), world.wish(world.at(12), items=one.items))
    await core.bookings.create(world.visitor(), world.wish(world.at(12), items=one.items, hold_owner="other"))


@pytest.mark.parametrize("gaps", list(GapMode))
async def test_held_seats_leave_the_rest_whatever_the_gap_rule(core: Core, gaps: GapMode) -> None:
    world = await make_business(core.uow, rules=BookingRules(gap_mode=gaps))
    one = world.query(world.yoga)
    start = next(iter(await seats_left(core, world, one)))
    hour, minute = map(int, start.split(":"))
    await core.holding.hold(world.id, one, world.at(hour, minute), "one")
    assert (await seats_left(core, world, one))[start] == 3


async def test_a_session_takes_its_room_and_buffers_once() -> None:
    """Who comes second needs no room of their own; it is kept for whoever is left."""
    uow, state = memory()
    core = Core(uow, MemoryHolds(), Hands())
    world = await make_business(uow, services={"yoga": {"buffer_after": 15, "buffer_before": 10}})
    catalogue = world.catalogue
    yoga = replace(catalogue.services[world.yoga], rooms=(world.room,))
    state.catalogues[world.id] = replace(catalogue, services={**catalogue.services, world.yoga: yoga})
    one, massage = world.query(world.yoga), world.query(world.massage, world.anna)
    await core.holding.hold(world.id, one, world.at(12), "one")
    assert NOON not in await seats_left(core, world, massage)
    assert (await seats_left(core, world, one))[NOON] == 3
    await core.holding.hold(world.id, one, world.at(12), "other")
    await core.holding.release(world.id, "one")
    assert NOON not in await seats_left(core, world, massage)
    starts = set(await seats_left(core, world, world.query(staff=world.maria)))
    assert {"10:45", "13:15"} <= starts
    assert not {"11:00", "12:00", "13:00"} & starts, "the buffers are held too"
    booked = await core.bookings.create(world.visitor(), world.wish(world.at(12), items=one.items))
    assert booked.segments[0].room_ids == (world.room,)


async def test_a_visit_of_a_group_and_more_is_held_as_a_whole(core: Core, world: World) -> None:
    both = SlotQuery((VisitItem(world.manicure, world.anna, (world.design,)), VisitItem(world.yoga)))
    held = await core.holding.hold(world.id, both, world.at(12), "one")
    assert [(part.service_id, part.staff_ids, part.price) for part in held.parts] == [
        (world.manicure, (world.anna,), 180_000),
        (world.yoga, (world.maria,), 60_000),
    ]
    assert [part.start for part in held.parts[1:]] == [part.end for part in held.parts[:-1]]
    assert held.parts[0].addon_ids == (world.design,)
    assert NOON not in await seats_left(core, world, world.query(staff=world.anna))
    yoga = world.query(world.yoga)
    assert (await seats_left(core, world, yoga))["13:15"] == 3
    await core.holding.hold(world.id, SlotQuery(yoga.items, seats=3), world.at(13, 15), "three")
    with pytest.raises(SlotConflict):
        await core.holding.hold(world.id, both, world.at(12), "other")
    assert await core.holding.mine(world.id, "other") is None
    anna = world.query(staff=world.anna)
    await core.holding.release(world.id, "one")
    assert NOON in await seats_left(core, world, anna)


@pytest.mark.parametrize("gaps", list(GapMode))
@pytest.mark.parametrize("seats", [1, 2, 3])
async def test_what_is_listed_can_be_held_and_nothing_else(core: Core, gaps: GapMode, seats: int) -> None:
    """Beside a session that stands, seats that are held in it, and seats of one that nobody has opened."""
    world = await make_business(core.uow, rules=BookingRules(gap_mode=gaps))
    yoga = (VisitItem(world.yoga),)
    await core.bookings.create(world.visitor(), world.wish(world.at(12), items=yoga))
    await core.holding.hold(world.id, world.query(world.yoga), world.at(12), "one")
    await core.holding.hold(world.id, world.query(world.yoga, seats=2), world.at(16), "two")
    await core.holding.hold(world.id, world.query(staff=world.maria), world.at(17), "three")
    visits: list[tuple[VisitItem, ...]] = [yoga]
    if seats == 1:
        visits += [(VisitItem(world.manicure), *yoga), (*yoga, VisitItem(world.manicure))]
    for items in visits:
        query = SlotQuery(items, seats=seats)
        listed = set(await seats_left(core, world, query, "me"))
        held: set[str] = set()
        for quarter in range(10 * 4, 20 * 4):
            hour, minute = divmod(quarter * 15, 60)
            try:
                await core.holding.hold(world.id, query, world.at(hour, minute), "me")
            except (SlotConflict, SlotNotOffered):
                continue
            held.add(f"{hour:02}:{minute:02}")
        assert held == listed
        assert len(items) > 1 or ("12:00" in held) == (seats <= 2)
        assert len(items) > 1 or ("16:00" in held) == (seats <= 2)


class Together(MemoryHolds):
    """Nobody takes anything before ``count`` have looked."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self._barrier = asyncio.Barrier(count)
        self._looked: set[str | None] = set()

    async def others(
        self, business_id: UUID, resources: Collection[UUID], owner: str | None, now: int
    ) -> Sequence[Held]:
        """What the others hold, told when all have asked."""
        found = await super().others(business_id, resources, owner, now)
        if owner not in self._looked:
            self._looked.add(owner)
            await self._barrier.wait()
        return found


async def test_who_was_slower_gets_the_other_master() -> None:
    core = Core(memory()[0], Together(2), Hands())
    world = await make_business(core.uow)
    one, other = await asyncio.gather(
        *(core.holding.hold(world.id, world.query(), world.at(12), owner) for owner in ("one", "other"))
    )
    assert {*one.staff_ids, *other.staff_ids} == {world.anna, world.maria}


async def test_who_was_slower_gets_another_seat() -> None:
    core = Core(memory()[0], Together(5), Hands())
    world = await make_business(core.uow)
    held = await asyncio.gather(
        *(core.holding.hold(world.id, world.query(world.yoga), world.at(12), str(n)) for n in range(5)),
        return_exceptions=True,
    )
    assert [isinstance(each, SlotConflict) for each in held].count(True) == 1
    assert [await core.holding.mine(world.id, str(n)) is None for n in range(5)].count(True) == 1


async def test_without_a_store_nothing_is_promised(core: Core, world: World) -> None:
    holds = core.holds
    assert isinstance(holds, MemoryHolds)
    holds.away = True
    for service in (world.manicure, world.yoga):
        held = await core.holding.hold(world.id, world.query(service), world.at(12), "one")
        assert held.expires_at is None
        assert await core.holding.mine(world.id, "one") is None
