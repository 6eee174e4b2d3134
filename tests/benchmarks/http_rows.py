"""Requests over HTTP: to Okoshko, and to the bare server or to Okoshko with other data."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.benchmarks.dataset import DAYS
from tests.benchmarks.load import CONNECTIONS, Load, Request, press
from tests.benchmarks.salon import Salon, Supply
from tests.benchmarks.table import Row, Unit, counted

#: More requests a second than anybody expects of those that can be sent once.
_MOST: Final = 2000
#: How many may have been sent without having been counted as answered.
_UNDER_WAY: Final = 4 * CONNECTIONS
SIZE_MARKS: Final = (0.7, 0.9, 1.0)


@dataclass(frozen=True, slots=True)
class Kind:
    """A question that both sides are asked: ``ours`` again and again, or each of a ``supply`` once.

    ``refused``: the right answer is no. ``parts``: how many requests make one of what is counted.
    """

    title: str
    marks: tuple[float, float, float] | None
    bare: Request
    ours: Callable[[Salon], Sequence[Request]] | None = None
    supply: Callable[[Salon], Supply] | None = None
    refused: bool = False
    parts: int = 1


_DAY: Final = (0.3, 0.6, 1.0)
_MONTH: Final = (0.35, 1.0, 3.0)
_ADD: Final = Request("POST", "/visits", "{}")

KINDS: Final = {
    "day": Kind(
        "one-day GET, what is remembered",
        _DAY,
        Request("GET", "/day"),
        lambda salon: salon.availability(1, 7),
    ),
    "day-cold": Kind(
        "one-day GET, nothing remembered",
        _DAY,
        Request("GET", "/day"),
        lambda salon: salon.cold(1),
    ),
    "month": Kind(
        "30-day GET, what is remembered",
        _MONTH,
        Request("GET", "/month"),
        lambda salon: salon.availability(DAYS, 0),
    ),
    "month-cold": Kind(
        "30-day GET, nothing remembered",
        _MONTH,
        Request("GET", "/month"),
        lambda salon: salon.cold(DAYS),
    ),
    "lost": Kind(
        "a POST that loses (409)",
        (0.15, 0.30, 0.60),
        Request("POST", "/lost", "{}"),
        lambda salon: salon.lost(),
        refused=True,
    ),
    "post": Kind("POST booking", (0.10, 0.20, 0.35), _ADD, supply=lambda salon: salon.posts),
    "hold-post": Kind(
        "hold, then POST with it (2 requests)",
        None,
        _ADD,
        supply=lambda salon: salon.held_posts,
        parts=2,
    ),
}


@dataclass(frozen=True, slots=True)
class Side:
    """Who is asked, and what: of a ``supply`` that ends, or ``requests`` around again."""

    port: int
    requests: Sequence[Request] = ()
    supply: Supply | None = None
    parts: int = 1


@dataclass(slots=True)
class Bench:
    """How long and how often, and where the generator keeps its requests."""

    folder: Path
    seconds: float
    rounds: int

    async def against_bare(self, kind: Kind, salon: Salon, bare: int) -> Row:
        """Ours by the bare server's, taken in turns."""
        title = f"{kind.title} ÷ bare"
        return await self._row(title, kind, _side(kind, salon), Side(bare, [kind.bare]), kind.marks)

    async def by_size(self, kind: Kind, big: Salon, small: Salon) -> Row:
        """With many bookings by with few."""
        title = f"{kind.title}: {by_size(big, small)}"
        return await self._row(title, kind, _side(kind, big), _side(kind, small), SIZE_MARKS)

    async def _row(
        self, title: str, kind: Kind, one: Side, other: Side, marks: tuple[float, float, float] | None
    ) -> Row:
        await self._press(one, 1)
        await self._press(other, 1)
        upper, lower = [], []
        for _ in range(self.rounds):
            upper.append(await self._press(one, self.seconds))
            lower.append(await self._press(other, self.seconds))
        rate, other_rate = _rate(upper) / one.parts, _rate(lower) / other.parts
        made_of = f"{_told(rate, upper)} ÷ {_told(other_rate, lower)}"
        return Row(title, rate / other_rate, made_of, marks, Unit.RATIO, _faults(kind, [*upper, *lower]))

    async def _press(self, side: Side, seconds: float) -> Load:
        if side.supply is None:
            return await press(self.folder, side.port, side.requests, seconds)
        requests = side.supply.take(int(seconds * _MOST))
        load = await press(self.folder, side.port, requests, seconds)
        if load.requests > len(requests):
            raise RuntimeError("too few free places: measure shorter, or less often")
        side.supply.give_back(requests[load.requests + _UNDER_WAY :])
        return load


def by_size(big: Salon, small: Salon) -> str:
    """What two salons are told by."""
    return f"{counted(big.size.bookings)} ÷ {counted(small.size.bookings)} bookings"


def _side(kind: Kind, salon: Salon) -> Side:
    if kind.ours is not None:
        return Side(salon.port, kind.ours(salon))
    assert kind.supply is not None
    return Side(salon.port, supply=kind.supply(salon), parts=kind.parts)


def _rate(loads: Sequence[Load]) -> float:
    """The median: a busy neighbour spoils one measurement, not most."""
    return statistics.median(load.rate for load in loads)


def _told(rate: float, loads: Sequence[Load]) -> str:
    return f"{rate:,.0f}/s (p99 {statistics.median(load.p99 for load in loads):.0f} ms)"


def _faults(kind: Kind, loads: Sequence[Load]) -> str:
    wrong = sum(load.requests - load.refused if kind.refused else load.refused for load in loads)
    return f"{wrong} answers" if wrong else ""
