"""What races share: processes on one database, many at once, and what is asked of PostgreSQL afterwards."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

import asyncpg
from redis.asyncio import Redis

from core.domain.errors import DomainError, TryAgain
from storage.database import Database
from storage.redis.holds import RedisHolds
from storage.unit_of_work import PgUnitOfWork
from tests.support.world import Core, Hands

RACERS: Final = 50
_CONNECTIONS: Final = 24

#: Pairs of active claims of one lane that are too near to each other, whoever holds them, and seats beyond a
#: session's capacity: the rule spelled out, without the constraints.
OVERLAPS: Final = """
SELECT (SELECT count(*) FROM claims a JOIN claims b USING (resource_id, lane)
        WHERE a.id < b.id AND a.active AND b.active
          AND (a.with_before && b.with_before OR a.with_after && b.with_after)
          AND coalesce(a.booking_id, a.session_id) <> coalesce(b.booking_id, b.session_id))
     + (SELECT count(*) FROM sessions s JOIN claims c ON c.resource_id = s.id
        WHERE c.active AND (NOT s.active OR c.lane >= s.capacity))
"""
_DEADLOCKS: Final = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
_OTHERS: Final = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
_UNGUARDED: Final = (
    "ALTER TABLE claims DROP CONSTRAINT ex_claims_with_before, DROP CONSTRAINT ex_claims_with_after"
)


@asynccontextmanager
async def processes(database: str, redis_url: str, number: int) -> AsyncIterator[Sequence[Core]]:
    """As many cores on one database, by one clock, as so many processes would have: what each remembers, and
    who waits for whom at its turnstile, is its own.
    """
    clock = Hands()
    async with AsyncExitStack() as stack:
        cores = []
        for _ in range(number):
            connected = await Database.connect(database, max_size=_CONNECTIONS // number)
            stack.push_async_callback(connected.close)
            redis = Redis.from_url(redis_url)
            stack.push_async_callback(redis.aclose)
            cores.append(Core(PgUnitOfWork(connected), RedisHolds(redis), clock))
        yield cores


def dealt(cores: Sequence[Core], number: int = RACERS) -> list[Core]:
    """The process of each of ``number`` people, who come to all processes in turn."""
    return list(itertools.islice(itertools.cycle(cores), number))


async def race(*runners: Coroutine[Any, Any, Any]) -> tuple[list[Any], list[BaseException]]:
    """Run side by side; results and errors, which are the domain's own: nobody is told to come again."""
    ended = await asyncio.gather(*runners, return_exceptions=True)
    errors = [each for each in ended if isinstance(each, BaseException)]
    unexpected = [each for each in errors if not isinstance(each, DomainError) or isinstance(each, TryAgain)]
    assert not unexpected, unexpected
    return [each for each in ended if not isinstance(each, BaseException)], errors


async def ask(database: str, sql: str, *args: object) -> int:
    """One number."""
    connection = await asyncpg.connect(database)
    try:
        found: int = await connection.fetchval(sql, *args)
    finally:
        await connection.close()
    return found


async def deadlocks(database: str) -> int:
    """How many PostgreSQL has counted, once all who asked something of it are gone and have told."""
    async with asyncio.timeout(10):
        while await ask(database, _OTHERS):  # noqa: ASYNC110 - PostgreSQL tells nobody
            await asyncio.sleep(0.005)
    return await ask(database, _DEADLOCKS)


async def unguard(database: str) -> None:
    """Take away what keeps claims apart, to see what a race comes to without it."""
    connection = await asyncpg.connect(database)
    try:
        await connection.execute(_UNGUARDED)
    finally:
        await connection.close()
