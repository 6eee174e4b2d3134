"""Repositories on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from core.domain.client import Client
from storage.database import Database
from storage.redis.holds import RedisHolds
from storage.unit_of_work import PgUnitOfWork
from tests.support.visits import new_client
from tests.support.world import Core, Hands, World, make_business


@pytest.fixture
def clock() -> Hands:
    """Monday 23 November 2026, 9:00 in Moscow."""
    return Hands()


@pytest.fixture
async def connected(database: str) -> AsyncIterator[Database]:
    """The pool."""
    opened = await Database.connect(database, max_size=20)
    yield opened
    await opened.close()


@pytest.fixture
def uow(connected: Database) -> PgUnitOfWork:
    """The unit of work."""
    return PgUnitOfWork(connected)


@pytest.fixture
async def world(uow: PgUnitOfWork) -> World:
    """«Окошко» with two masters."""
    return await make_business(uow)


@pytest.fixture
async def client(uow: PgUnitOfWork, world: World, clock: Hands) -> Client:
    """Olga, who books."""
    return await new_client(uow, world, clock.now())


@pytest.fixture
async def core(uow: PgUnitOfWork, redis_url: str, clock: Hands) -> AsyncIterator[Core]:
    """The services over them."""
    redis = Redis.from_url(redis_url)
    yield Core(uow, RedisHolds(redis), clock)
    await redis.aclose()
