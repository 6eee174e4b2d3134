"""Many who want one place at the same moment: one has to win, at once, and nobody's transaction may hang."""

from __future__ import annotations

import asyncio
import time
from typing import Final

import asyncpg

from tests.benchmarks.http_rows import Salon
from tests.benchmarks.load import Connection, Request, written
from tests.benchmarks.table import Row, Unit

RACERS: Final = 32
_RACES: Final = 60
_WARM: Final = 5


async def race(salon: Salon, database: str) -> Row:
    """The 99th percentile of an answer's time over all races."""
    before = await _deadlocks(database)
    connections = [await Connection.open(salon.port) for _ in range(RACERS)]
    times: list[float] = []
    wrong = 0
    for number in range(_WARM + _RACES):
        answers = await asyncio.gather(*map(_ask, connections, salon.race(RACERS)))
        statuses = sorted(status for _, status in answers)
        wrong += statuses != [201] + [409] * (RACERS - 1)
        if number >= _WARM:
            times += [elapsed for elapsed, _ in answers]
    for connection in connections:
        connection.close()
    deadlocks = await _deadlocks(database) - before
    times.sort()
    p50, p99 = (times[int(len(times) * part)] * 1000 for part in (0.5, 0.99))
    faults = [f"{wrong} races without one winner"] if wrong else []
    faults += [f"{deadlocks} deadlocks"] if deadlocks else []
    return Row(
        f"{RACERS} racers on one slot, p99",
        p99,
        f"{_RACES} races, one winner each, {deadlocks} deadlocks, p50 {p50:.0f} ms",
        (1000, 100, 30),
        Unit.MILLISECONDS,
        ", ".join(faults),
    )


async def _ask(connection: Connection, request: Request) -> tuple[float, int]:
    begun = time.perf_counter()
    status = await connection.ask(written(request))
    return time.perf_counter() - begun, status


async def _deadlocks(database: str) -> int:
    connection = await asyncpg.connect(database)
    # Statistics of other backends arrive when these are idle; those of a deadlock at once.
    number: int = await connection.fetchval(
        "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    )
    await connection.close()
    return number
