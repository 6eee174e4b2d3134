"""Fifty HTTP clients want one slot, a hundred times over."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import datetime, timedelta

import asyncpg
import pytest
from aiohttp import ClientSession
from redis.asyncio import Redis

from storage.database import Database
from storage.redis.holds import RedisHolds
from storage.unit_of_work import PgUnitOfWork
from tests.integration.api.conftest import serve
from tests.support.site import Site
from tests.support.world import MONDAY, Core, Hands, make_business

CLIENTS = 50
ROUNDS = 100


async def deadlocks(dsn: str) -> int:
    """How many deadlocks PostgreSQL has counted in this database."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("SELECT pg_stat_force_next_flush()")
        return int(
            await connection.fetchval(
                "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
            )
        )
    finally:
        await connection.close()


def rounds(site: Site) -> list[datetime]:
    """A free start for each round: eight visits on each working day."""
    days = [MONDAY + timedelta(days=number) for number in range(30)]
    open_days = [day for day in days if day.weekday() < 6]
    starts = [site.world.at(11 + hour, day=day) for day in open_days for hour in range(8)]
    assert len(starts) >= ROUNDS
    return starts[:ROUNDS]


@pytest.mark.race
async def test_one_wins_and_the_others_are_told(database: str, redis_url: str) -> None:
    clock = Hands()
    db = await Database.connect(database)
    redis = Redis.from_url(redis_url)
    core = Core(PgUnitOfWork(db), RedisHolds(redis), clock)
    before = await deadlocks(database)
    async with (
        serve(core, await make_business(core.uow), clock) as site,
        ClientSession(base_url=site.http.make_url("/")) as http,
    ):

        async def try_for(start: datetime, number: int) -> tuple[int, str | None]:
            client = {"name": "Ольга", "phone": f"+7900{number:07d}"}
            path = f"{site.business}/bookings"
            async with http.post(path, json=site.wish(start, client=client)) as response:
                body = await response.json()
                return response.status, body.get("error", {}).get("code")

        numbers = iter(range(CLIENTS * ROUNDS))
        for start in rounds(site):
            tries = [try_for(start, next(numbers)) for _ in range(CLIENTS)]
            outcome = Counter(await asyncio.gather(*tries))
            assert outcome == {(201, None): 1, (409, "SLOT_CONFLICT"): CLIENTS - 1}

    connection = await asyncpg.connect(database)
    assert await connection.fetchval("SELECT count(*) FROM bookings") == ROUNDS
    await connection.close()
    await redis.aclose()
    await db.close()
    assert await deadlocks(database) == before
