"""What the stack itself can do: aiohttp and asyncpg alone, with the least code that answers the questions.

``GET /day`` and ``GET /month`` read a master's visits and sweep them for free starts; ``POST /visits`` is one
insert under an exclusion constraint; ``POST /lost`` is the same for a time that is taken. Nothing is checked.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import uvloop
from aiohttp import web
from asyncpg import Pool, Range

from tests.benchmarks.dataset import DAYS, FREE_A_DAY, MASTERS, ZONE, first_day, instant

POOL: web.AppKey[Pool[Any]] = web.AppKey("pool")

_TAKEN = """
SELECT lower(during), upper(during) FROM taken
WHERE master_id = $1 AND lower(during) >= $2 AND lower(during) < $3 AND status IN ('pending', 'confirmed')
ORDER BY lower(during)
"""
_INSERT = "INSERT INTO taken (master_id, during) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING id"
_HALF_HOUR = timedelta(minutes=30)
_FAR = datetime(2050, 1, 1, tzinfo=UTC)

Handler = Callable[[web.Request], Awaitable[web.Response]]


def free_times(days: int, offset: int) -> Handler:
    """A handler that answers the free starts of ``days`` days of one master after another."""
    masters = itertools.cycle(range(MASTERS))
    first = instant(first_day() + timedelta(days=offset), 0)
    begins = int(first.timestamp()) // 60

    async def handle(request: web.Request) -> web.Response:
        async with request.app[POOL].acquire() as connection:
            rows = await connection.fetch(_TAKEN, next(masters), first, first + timedelta(days=days))
        taken = [(int(start.timestamp()) // 60, int(end.timestamp()) // 60) for start, end in rows]
        found = []
        at = 0
        for day in range(days):
            start, closing = begins + day * 1440 + 9 * 60, begins + day * 1440 + 21 * 60
            while start + 30 <= closing:
                while at < len(taken) and taken[at][1] <= start:
                    at += 1
                if at < len(taken) and taken[at][0] < start + 30:
                    start += -(-(taken[at][1] - start) // 15) * 15
                else:
                    found.append(datetime.fromtimestamp(start * 60, ZONE).isoformat())
                    start += 15
        assert len(found) == FREE_A_DAY * days
        return web.json_response({"slots": found})

    return handle


def visits() -> Handler:
    """A handler that writes the next free visit."""
    numbers = itertools.count()

    async def handle(request: web.Request) -> web.Response:
        await request.json()
        number = next(numbers)
        return await _insert(request, number % MASTERS, _FAR + number // MASTERS * _HALF_HOUR)

    return handle


async def lost(request: web.Request) -> web.Response:
    """A visit that somebody else has."""
    await request.json()
    return await _insert(request, 0, instant(first_day(), 9 * 60))


async def _insert(request: web.Request, master: int, start: datetime) -> web.Response:
    async with request.app[POOL].acquire() as connection:
        made = await connection.fetchval(_INSERT, master, Range(start, start + _HALF_HOUR))
    if made is None:
        return web.json_response({"error": "taken"}, status=409)
    return web.json_response({"id": made, "master": master, "start": start.isoformat()}, status=201)


async def make_app(database: str) -> web.Application:
    """The application on eight connections."""
    app = web.Application()
    app[POOL] = await asyncpg.create_pool(database, min_size=8, max_size=8)
    app.add_routes(
        [
            web.get("/day", free_times(1, 7)),
            web.get("/month", free_times(DAYS, 0)),
            web.post("/visits", visits()),
            web.post("/lost", lost),
        ]
    )
    return app


def main() -> None:
    """``python -m tests.benchmarks.bare_server DATABASE PORT``."""
    uvloop.install()
    web.run_app(make_app(sys.argv[1]), host="127.0.0.1", port=int(sys.argv[2]), print=None, access_log=None)


if __name__ == "__main__":
    main()
