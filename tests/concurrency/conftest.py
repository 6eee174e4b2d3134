"""The services on one database, with a pool that tests look into."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from storage.database import Database
from storage.redis.holds import RedisHolds
from storage.unit_of_work import PgUnitOfWork
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
