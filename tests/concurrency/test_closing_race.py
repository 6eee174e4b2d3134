"""A booking that is on its way while the day is being closed, or the service archived.

It was placed under rules that are no longer true when it is written. With the catalogue's version looked at
by the statement that writes it, it is refused or seen by whoever closes; without, it stands in a closed day.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from core.domain.booking import Booking
from core.domain.errors import NotFound, SlotNotOffered
from storage.database import Database
from storage.repositories.bookings import Bookings
from tests.support.visits import new_client, visit
from tests.support.waiting import somebody_waits
from tests.support.world import MONDAY, Core, World

pytestmark = pytest.mark.race

TUESDAY = MONDAY + timedelta(days=1)
CLOSE = {"date": str(TUESDAY), "reason": "Ремонт", "action": "cancel"}


async def written_during(
    core: Core, world: World, connected: Database, change: Callable[[], Awaitable[object]]
) -> Booking:
    """A booking that is placed, then kept from being written until ``change`` is done."""
    wish = world.wish(world.at(12, day=TUESDAY))
    assert wish.client is not None
    async with core.uow.begin() as tx:
        await tx.bookings.lock([f"phone:{world.id}:{wish.client.phone}"])
        assert await tx.clients.by_phone(world.id, wish.client.phone or "", verified=False) is None
        under_way = asyncio.create_task(core.bookings.create(world.visitor(), wish))
        await somebody_waits(connected)
        await change()
    return await under_way


async def close_day(core: Core, world: World) -> object:
    return await core.closing.close(world.owner(), world.id, CLOSE)


@pytest.fixture
def unguarded(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if nobody looked at the catalogue's version."""
    add = Bookings.add

    async def careless(self: Bookings, *made: object, under: int | None = None) -> bool:
        del under
        return await add(self, *made)  # type: ignore[arg-type]  # handed on as they came

    monkeypatch.setattr(Bookings, "add", careless)


async def test_placed_before_the_day_was_closed(core: Core, world: World, connected: Database) -> None:
    with pytest.raises(SlotNotOffered):
        await written_during(core, world, connected, lambda: close_day(core, world))


async def test_placed_before_the_service_was_archived(core: Core, world: World, connected: Database) -> None:
    with pytest.raises((SlotNotOffered, NotFound)):
        await written_during(
            core, world, connected, lambda: core.admin.archive_service(world.owner(), world.manicure)
        )


async def test_a_change_that_leaves_it_possible_costs_another_look(
    core: Core, world: World, connected: Database
) -> None:
    booking = await written_during(
        core,
        world,
        connected,
        lambda: core.admin.update_service(world.owner(), world.manicure, {"price": 170_000}),
    )
    assert booking.total.minor == 170_000


@pytest.mark.usefixtures("unguarded")
async def test_without_the_guard_it_stands_in_the_closed_day(
    core: Core, world: World, connected: Database
) -> None:
    booking = await written_during(core, world, connected, lambda: close_day(core, world))
    assert booking.start == world.at(12, day=TUESDAY)


async def test_written_and_not_yet_committed_is_seen_by_who_closes(
    core: Core, world: World, connected: Database
) -> None:
    client = await new_client(core.uow, world, core.clock.now())
    booking, claims, sessions = visit(world, client, world.at(12, day=TUESDAY))
    version = (await core.catalogues.get(world.id)).version
    async with core.uow.begin() as tx:
        assert await tx.bookings.add(booking, claims, sessions, under=version)
        closing = asyncio.create_task(core.closing.close(world.owner(), world.id, CLOSE))
        await somebody_waits(connected)
    assert (await closing).visits == 1


async def test_bookings_of_one_business_do_not_wait_for_each_other(
    core: Core, world: World, connected: Database
) -> None:
    client = await new_client(core.uow, world, core.clock.now())
    booking, claims, sessions = visit(world, client, world.at(12, day=TUESDAY))
    version = (await core.catalogues.get(world.id)).version
    async with core.uow.begin() as tx:
        assert await tx.bookings.add(booking, claims, sessions, under=version)
        async with asyncio.timeout(5):
            await core.bookings.create(world.visitor(), world.wish(world.at(15, day=TUESDAY)))
