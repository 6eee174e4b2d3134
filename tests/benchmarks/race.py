"""Many who want one place at the same moment: one has to win, at once, and nobody's transaction may hang."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

import asyncpg

from tests.benchmarks.http_rows import SIZE_MARKS, by_size
from tests.benchmarks.load import Connection, Request, written
from tests.benchmarks.salon import Salon
from tests.benchmarks.table import Row, Unit

RACERS: Final = 32
_RACES: Final = 60
_WARM: Final = 5


class _Raced(NamedTuple):
    """How long an answer took in all races (seconds, sorted), and what went wrong."""

    times: list[float]
    wrong: Sequence[str]
    deadlocks: int

    def after(self, part: float) -> float:
        """Milliseconds within which this part of the answers came."""
        return self.times[int(len(self.times) * part)] * 1000

    @property
    def faults(self) -> str:
        """For people."""
        found = [f"{len(self.wrong)} races without one winner ({self.wrong[0]})"] if self.wrong else []
        return ", ".join([*found, *([f"{self.deadlocks} deadlocks"] if self.deadlocks else [])])


async def race(salon: Salon, database: str) -> Row:
    """The 99th percentile of an answer's time over all races."""
    raced = await _raced(salon, database)
    return Row(
        f"{RACERS} racers on one slot, p99",
        raced.after(0.99),
        f"{_RACES} races, one winner each, {raced.deadlocks} deadlocks, p50 {raced.after(0.5):.0f} ms",
        (1000, 100, 30),
        Unit.MILLISECONDS,
        raced.faults,
    )


async def race_by_size(big: tuple[Salon, str], small: tuple[Salon, str]) -> Row:
    """How fast races end with many bookings by with few: the 99th percentiles, the other way round."""
    many, few = await _raced(*big), await _raced(*small)
    return Row(
        f"{RACERS} racers on one slot, 1 ÷ p99: {by_size(big[0], small[0])}",
        few.after(0.99) / many.after(0.99),
        f"1/{many.after(0.99):.0f} ms ÷ 1/{few.after(0.99):.0f} ms",
        SIZE_MARKS,
        Unit.RATIO,
        ", ".join(filter(None, (many.faults, few.faults))),
    )


async def _raced(salon: Salon, database: str) -> _Raced:
    before = await _deadlocks(database)
    connections = [await Connection.open(salon.port) for _ in range(RACERS)]
    times: list[float] = []
    wrong: list[str] = []
    for number in range(_WARM + _RACES):
        answers = await asyncio.gather(*map(_ask, connections, salon.race(RACERS)))
        statuses = Counter(status for _, status in answers)
        if statuses != {201: 1, 409: RACERS - 1}:
            wrong.append(", ".join(f"{count} × {status}" for status, count in sorted(statuses.items())))
        if number >= _WARM:
            times += [elapsed for elapsed, _ in answers]
    for connection in connections:
        connection.close()
    return _Raced(sorted(times), wrong, await _deadlocks(database) - before)


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
