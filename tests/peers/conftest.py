"""A small business on a real database, or with no database at all."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from storage.database import Database
from storage.redis.holds import RedisHolds
from storage.unit_of_work import PgUnitOfWork
from tests.support.dialog import City
from tests.support.world import Core, Hands, World, make_business


@pytest.fixture
def clock() -> Hands:
    """Monday 23 November 2026, 9:00 in Moscow."""
    return Hands()


@pytest.fixture
async def core(database: str, redis_url: str, clock: Hands) -> AsyncIterator[Core]:
    """The core's services."""
    connected = await Database.connect(database)
    redis = Redis.from_url(redis_url)
    yield Core(PgUnitOfWork(connected), RedisHolds(redis), clock)
    await redis.aclose()
    await connected.close()


@pytest.fixture
async def world(core: Core) -> World:
    """«Окошко» with two masters."""
    return await make_business(core.uow)


@pytest.fixture
def city() -> City:
    """People, dialogs and services on memory."""
    return City()
