"""The services on one database, with a pool that tests look into; the same as several processes have them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import pytest
from redis.asyncio import Redis

from storage.database import Database
from storage.redis.holds import RedisHolds
from storage.unit_of_work import PgUnitOfWork
from tests.concurrency.racing import OVERLAPS, ask, deadlocks, processes
from tests.support.world import Core, Hands, World, make_business


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


@pytest.fixture(params=[1, 3], ids=["one_process", "three_processes"])
async def cores(
    request: pytest.FixtureRequest, database: str, redis_url: str
) -> AsyncIterator[Sequence[Core]]:
    """One process, where equal wishes wait for each other, and three, where only PostgreSQL knows of all."""
    async with processes(database, redis_url, request.param) as cores:
        yield cores


@pytest.fixture
async def judged(database: str) -> AsyncIterator[None]:
    """Afterwards nothing overlaps, and PostgreSQL has counted no deadlock."""
    yield
    assert await ask(database, OVERLAPS) == 0
    assert await deadlocks(database) == 0
