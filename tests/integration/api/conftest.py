"""A small business behind the web application, on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp.test_utils import TestClient, TestServer
from redis.asyncio import Redis

from storage.database import Database
from storage.redis.holds import RedisHolds
from storage.unit_of_work import PgUnitOfWork
from tests.support.site import Site
from tests.support.world import SECRET, Core, Hands, World, make_business
from webapp.app import build_app
from webapp.wiring import Outside, Services


def services_of(core: Core) -> Services:
    """What the web application takes of the core."""
    return Services(
        catalogues=core.catalogues,
        availability=core.availability,
        bookings=core.bookings,
        clients=core.clients,
        directory=core.directory,
        tokens=core.tokens,
        sign_in=core.sign_in,
        team=core.team,
        members=core.members,
        mine=core.mine,
        linking=core.linking,
        admin=core.admin,
        closing=core.closing,
        requests=core.requests,
        holding=core.holding,
        live=core.live,
        phones=core.phones,
        clock=core.clock,
    )


@asynccontextmanager
async def serve(
    core: Core, world: World, clock: Hands, outside: Outside | None = None
) -> AsyncIterator[Site]:
    """The application on a free port."""
    app = build_app(services_of(core), secret=SECRET, outside=outside)
    async with TestClient(TestServer(app)) as http:
        yield Site(core, world, clock, http)


@pytest.fixture
async def core(database: str, redis_url: str) -> AsyncIterator[Core]:
    """The core's services on a fresh database."""
    db = await Database.connect(database)
    redis = Redis.from_url(redis_url)
    yield Core(PgUnitOfWork(db), RedisHolds(redis), Hands())
    await redis.aclose()
    await db.close()


@pytest.fixture
async def site(core: Core) -> AsyncIterator[Site]:
    """The application with one business."""
    assert isinstance(core.clock, Hands)
    async with serve(core, await make_business(core.uow), core.clock) as site:
        yield site
