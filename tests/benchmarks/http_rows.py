"""Requests over HTTP: to Okoshko, and to the bare server or to Okoshko with other data."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count, islice
from pathlib import Path
from typing import Final

import aiohttp

from tests.benchmarks.dataset import (
    DAYS,
    FREE_A_DAY,
    MASTERS,
    SERVICE,
    first_day,
    free_places,
    instant,
    master,
)
from tests.benchmarks.load import Load, Request, press
from tests.benchmarks.table import Row, Unit

_BUSINESS: Final = "/api/v1/businesses/bench"
#: More bookings a second than anybody expects, so that no start is asked for twice.
_MOST_BOOKINGS: Final = 1000

Ask = Callable[[float], Sequence[Request]]


@dataclass(slots=True)
class Salon:
    """An Okoshko that answers at ``port``, with visits of ``masters`` masters."""

    port: int
    masters: int = MASTERS
    places: Iterator[tuple[int, datetime]] = field(init=False)
    _phones: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.places = iter(free_places(self.masters))

    def availability(self, days: int, offset: int) -> list[Request]:
        """Free starts of one master after another."""
        first = first_day() + timedelta(days=offset)
        last = first + timedelta(days=days - 1)
        where = f"{_BUSINESS}/availability?service_id={SERVICE}&from={first}&to={last}"
        return [Request("GET", f"{where}&staff_id={master(n)}") for n in range(self.masters)]

    def bookings(self, number: int) -> list[Request]:
        """New bookings, each of a new client at a time that nobody has."""
        places = list(islice(self.places, number))
        if len(places) < number:
            raise RuntimeError("no free places are left: measure shorter, or less often")
        return [self._booking(*place) for place in places]

    def lost(self) -> list[Request]:
        """A booking of a time that somebody has."""
        return [self._booking(0, instant(first_day(), 9 * 60))]

    def race(self, racers: int) -> list[Request]:
        """Many clients who want one place."""
        place = next(self.places)
        return [self._booking(*place) for _ in range(racers)]

    def _booking(self, number: int, start: datetime) -> Request:
        body = {
            "service_id": str(SERVICE),
            "staff_id": str(master(number)),
            "start_ts": start.isoformat(),
            "client": {"name": "Olga", "phone": f"+7900{next(self._phones):07}"},
            "consent": True,
        }
        return Request("POST", f"{_BUSINESS}/bookings", json.dumps(body, separators=(",", ":")))

    async def check(self) -> None:
        """The answers are right: 18 free starts a day. Raises AssertionError."""
        async with aiohttp.ClientSession(f"http://127.0.0.1:{self.port}") as session:
            async with session.get(self.availability(DAYS, 0)[-1].path) as response:
                days = (await response.json())["days"]
            assert [len(day["slots"]) for day in days] == [FREE_A_DAY] * DAYS


@dataclass(frozen=True, slots=True)
class Kind:
    """A question that both sides are asked. ``refused``: the right answer is no."""

    title: str
    marks: tuple[float, float, float]
    ours: Callable[[Salon, float], Sequence[Request]]
    bare: Request
    refused: bool = False


KINDS: Final = {
    "day": Kind(
        "one-day GET",
        (0.3, 0.6, 1.0),
        lambda salon, _: salon.availability(1, 7),
        Request("GET", "/day"),
    ),
    "month": Kind(
        "30-day GET",
        (0.35, 1.0, 3.0),
        lambda salon, _: salon.availability(DAYS, 0),
        Request("GET", "/month"),
    ),
    "lost": Kind(
        "a POST that loses (409)",
        (0.15, 0.30, 0.60),
        lambda salon, _: salon.lost(),
        Request("POST", "/lost", "{}"),
        refused=True,
    ),
    "post": Kind(
        "POST booking",
        (0.10, 0.20, 0.35),
        lambda salon, seconds: salon.bookings(int(seconds * _MOST_BOOKINGS)),
        Request("POST", "/visits", "{}"),
    ),
}


@dataclass(slots=True)
class Bench:
    """How long and how often, and where the generator keeps its requests."""

    folder: Path
    seconds: float
    rounds: int

    async def against_bare(self, kind: Kind, salon: Salon, bare: int) -> Row:
        """Ours by the bare server's, taken in turns."""
        return await self._row(
            f"{kind.title} ÷ bare",
            kind,
            (salon.port, lambda seconds: kind.ours(salon, seconds)),
            (bare, lambda _: [kind.bare]),
            kind.marks,
        )

    async def by_size(self, kind: Kind, big: Salon, small: Salon) -> Row:
        """With many bookings by with few."""
        return await self._row(
            f"{kind.title}: many bookings ÷ few",
            kind,
            (big.port, lambda seconds: kind.ours(big, seconds)),
            (small.port, lambda seconds: kind.ours(small, seconds)),
            (0.7, 0.9, 1.0),
        )

    async def _row(
        self,
        title: str,
        kind: Kind,
        one: tuple[int, Ask],
        other: tuple[int, Ask],
        marks: tuple[float, float, float],
    ) -> Row:
        await self._press(*one, seconds=1)
        await self._press(*other, seconds=1)
        upper, lower = [], []
        for _ in range(self.rounds):
            upper.append(await self._press(*one, seconds=self.seconds))
            lower.append(await self._press(*other, seconds=self.seconds))
        ratio = _rate(upper) / _rate(lower)
        made_of = f"{_told(upper)} ÷ {_told(lower)}"
        return Row(title, ratio, made_of, marks, Unit.RATIO, _faults(kind, [*upper, *lower]))

    async def _press(self, port: int, ask: Ask, *, seconds: float) -> Load:
        return await press(self.folder, port, ask(seconds), seconds)


def _rate(loads: Sequence[Load]) -> float:
    """The median: a busy neighbour spoils one measurement, not most."""
    return statistics.median(load.rate for load in loads)


def _told(loads: Sequence[Load]) -> str:
    return f"{_rate(loads):,.0f}/s (p99 {statistics.median(load.p99 for load in loads):.0f} ms)"


def _faults(kind: Kind, loads: Sequence[Load]) -> str:
    wrong = sum(load.requests - load.refused if kind.refused else load.refused for load in loads)
    return f"{wrong} answers" if wrong else ""
