"""All figures in one run: ``make bench``, or ``python -m tests.benchmarks`` with options.

Everything is measured against the bare parts under it in the same run, in turns, on servers of one kind: only
the ratios say something on another machine, or on a busy one.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvloop

from deploy.embedded import embedded_servers
from tests.benchmarks import programs
from tests.benchmarks.bot_api import LIMIT
from tests.benchmarks.dataset import Size
from tests.benchmarks.event_streams import event_streams
from tests.benchmarks.fill import make_bare, make_salon, new_database
from tests.benchmarks.http_rows import KINDS, Bench
from tests.benchmarks.machine import machine
from tests.benchmarks.pages import pages
from tests.benchmarks.race import race, race_by_size
from tests.benchmarks.salon import Salon
from tests.benchmarks.table import Row, Unit, counted, table

#: Ten thousand bookings: as much of each master's days as there is, of fewer masters.
_FEW: Final = Size(masters=17)
#: So many ranges of days that those few masters' free starts aren't remembered either.
_WINDOWS: Final = 24
_GROUPS: Final = (*KINDS, "race", "streams", "pages", "dialog", "reminders", "size")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says."""

    seconds: float
    rounds: int
    bookings: int
    only: frozenset[str]


def _asked() -> Asked:
    parser = argparse.ArgumentParser(prog="tests.benchmarks", description="Speed against the bare parts.")
    parser.add_argument("--seconds", type=float, default=3, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each side, in turns")
    parser.add_argument(
        "--bookings",
        type=int,
        default=1_000_000,
        help="how many are «many» (10000000 takes twenty minutes and 15 GB)",
    )
    parser.add_argument("--only", default="", help=f"some of {', '.join(_GROUPS)}; separated by commas")
    given = parser.parse_args()
    only = frozenset(filter(None, given.only.split(","))) or frozenset(_GROUPS)
    if unknown := only - frozenset(_GROUPS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    return Asked(given.seconds, given.rounds, given.bookings, only)


@dataclass(frozen=True, slots=True)
class Run:
    """One run: its folder, the servers, what is asked."""

    folder: Path
    postgres: str
    redis: str
    asked: Asked

    async def rows(self) -> AsyncIterator[Row]:
        """All rows that are asked for."""
        only = self.asked.only
        bench = Bench(self.folder, self.asked.seconds, self.asked.rounds)
        if only & {*KINDS, "race", "streams", "pages", "reminders"}:
            salon = await self._told("salon", lambda: make_salon(self.postgres, "salon", Size()))
            async for row in self._http(bench, salon):
                yield row
            if "reminders" in only:
                yield await self._reminders(salon)
        if "dialog" in only:
            for row in await self._dialogs():
                yield row
        if "size" in only:
            async for row in self._sizes(bench):
                yield row

    async def _http(self, bench: Bench, database: str) -> AsyncIterator[Row]:
        only = self.asked.only
        bare_database = await self._told("bare parts", lambda: make_bare(self.postgres, "bare", Size()))
        async with AsyncExitStack() as stack:
            salon = Salon(
                await stack.enter_async_context(programs.okoshko(self.folder, database, self.redis))
            )
            bare = await stack.enter_async_context(programs.bare(self.folder, bare_database))
            await salon.check()
            for name, kind in KINDS.items():
                if name in only:
                    yield await bench.against_bare(kind, salon, bare)
            if "race" in only:
                yield await race(salon, database)
            if "streams" in only:
                yield await event_streams(salon)
            if "pages" in only:
                async for row in pages(salon.port):
                    yield row

    async def _reminders(self, database: str) -> Row:
        async with programs.bot_api(self.folder) as port:
            told = await programs.told("reminders", database, self.redis, f"http://127.0.0.1:{port}")
        rate = told["taken"] / (told["seconds"] + 1 / LIMIT)
        return Row(
            "reminders, share of the messenger's limit",
            100 * rate / LIMIT,
            f"{told['taken']} in {told['seconds']:.1f} s, {told['refused']} refused, limit {LIMIT} a second",
            (90, 97, 99),
            Unit.PERCENT,
            f"{told['refused']} refused (429)" if told["refused"] else "",
        )

    async def _dialogs(self) -> list[Row]:
        database = await new_database(self.postgres, "dialogs")
        seconds = ("--seconds", str(self.asked.seconds))
        bare = await programs.told("dialogs", "bare", self.redis, *seconds)
        ours = await programs.told("dialogs", "telegram", self.redis, database, *seconds)
        vk = await programs.told("dialogs", "vk", self.redis, database, *seconds)
        vk_again = await programs.told("dialogs", "vk", self.redis, database, *seconds)
        ours_again = await programs.told("dialogs", "telegram", self.redis, database, *seconds)
        again = await programs.told("dialogs", "bare", self.redis, *seconds)
        rate = (bare["updates"] + again["updates"]) / 2
        made_of = f"{{:,.0f}}/s ÷ {rate:,.0f}/s"
        telegram = (ours["screens"] + ours_again["screens"]) / 2
        by_vk = (vk["screens"] + vk_again["screens"]) / 2
        return [
            Row(
                "dialog update, Telegram ÷ aiogram's FSM",
                ours["screens"] / rate,
                made_of.format(ours["screens"]),
                (0.5, 1.0, 1.5),
            ),
            Row(
                "… that reads the calendar for its screen",
                ours["calendars"] / rate,
                made_of.format(ours["calendars"]),
            ),
            Row(
                "dialog update, VK ÷ Telegram",
                by_vk / telegram,
                f"{by_vk:,.0f}/s ÷ {telegram:,.0f}/s",
                (0.9, 1.2, 2),
            ),
        ]

    async def _sizes(self, bench: Bench) -> AsyncIterator[Row]:
        many = Size.of(self.asked.bookings)
        big = await self._told(
            f"{counted(many.bookings)} bookings", lambda: make_salon(self.postgres, "big", many)
        )
        small = await self._told(
            f"{counted(_FEW.bookings)} bookings", lambda: make_salon(self.postgres, "small", _FEW)
        )
        async with AsyncExitStack() as stack:
            ports = [
                await stack.enter_async_context(programs.okoshko(self.folder, database, self.redis))
                for database in (big, small)
            ]
            salons = Salon(ports[0], many, _WINDOWS), Salon(ports[1], _FEW, _WINDOWS)
            for salon in salons:
                await salon.check()
            # The race comes first: bookings take what is free in the small salon.
            yield await race_by_size((salons[0], big), (salons[1], small))
            for kind in KINDS.values():
                yield await bench.by_size(kind, *salons)

    async def _told(self, what: str, make: Callable[[], Awaitable[str]]) -> str:
        begun = time.perf_counter()
        made = await make()
        print(f"  made: {what} in {time.perf_counter() - begun:.0f} s", flush=True)
        return made


def _new_folder() -> Path:
    """One that the servers' account can enter too."""
    folder = Path(tempfile.mkdtemp(prefix="okoshko-bench-"))
    folder.chmod(0o755)
    return folder


@asynccontextmanager
async def _run(asked: Asked) -> AsyncIterator[Run]:
    """Servers of our own, as durable as they come, in a folder that is gone afterwards."""
    folder = _new_folder()
    try:
        async with embedded_servers(folder) as servers:
            yield Run(folder, servers.database_url, servers.redis_url, asked)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def main() -> None:
    """Measure, and print the table."""
    asked = _asked()
    rows: list[Row] = []
    try:
        async with _run(asked) as run:
            print(await machine(run.postgres), flush=True)
            async for row in run.rows():
                print(f"  {row.title}: {row.value:.2f}{row.unit}  {row.verdict}  {row.made_of}", flush=True)
                rows.append(row)
    finally:
        # What was measured before something failed.
        if rows:
            print(f"\n{table(rows)}")


if __name__ == "__main__":
    uvloop.run(main())
