"""A booking that is on its way while the day is being closed, or the service archived.

It was placed under rules that are no longer true when it is written. With the catalogue's version looked at
by the statement that writes it, it is refused or seen by whoever closes; without, it stands in a closed day.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from core.domain.booking import Booking
from core.domain.errors import NotFound, SlotNotOffered
from storage.database import Database
from storage.redis.holds import RedisHolds
from storage.repositories.bookings import Bookings
from storage.unit_of_work import PgUnitOfWork
from tests.support.visits import new_client, visit
from tests.support.world import MONDAY, Core, Hands, World, make_business

pytestmark = pytest.mark.race

TUESDAY = MONDAY + timedelta(days=1)
CLOSE = {"date": str(TUESDAY), "reason": "Ремонт", "action": "cancel"}

_WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
)


@pytest.fixture
async def connected(database: str) -> AsyncIterator[Database]:
    opened = await Database.connect(database, max_size=20)
    yield opened
    await opened.close()


@pytest.fixture
async def core(connected: Database, redis_url: str) -> AsyncIterator[Core]:
    redis = Redis.from_url(redis_url)
    yield Core(PgUnitOfWork(connected), RedisHolds(redis), Hands())
    await redis.aclose()


@pytest.fixture
async def world(core: Core) -> World:
    return await make_business(core.uow)


async def somebody_waits(connected: Database) -> None:
    """Until a transaction waits for another one's lock."""
    async with asyncio.timeout(10):
        while not await connected.pool.fetchval(_WAITING):  # noqa: ASYNC110 - PostgreSQL tells nobody
            await asyncio.sleep(0.005)


async def written_during(
    core: Core, world: World, connected: Database, change: Callable[[], Awaitable[object]]
) -> Booking:
    """A booking that is placed, then kept from being written until ``change`` is done."""
    wish = world.wish(world.at(12, day=TUESDAY))
    assert wish.client is not None
    async with core.uow.begin() as tx:
        await tx.bookings.lock([f"phone:{world.id}:{wish.client.phone}"])
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
