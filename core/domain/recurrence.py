"""Visits that come again: when each of a series would be, by the wall clock.

A visit at 10:00 every second Wednesday is at 10:00 in summer and in winter. Where clocks go forward over the
time of one occurrence, it is at the end of the gap; where they go back and it comes twice, at the first of
the two. The first visit is the instant that was asked for, whichever of the two it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from core.domain.errors import InvalidInput
from core.domain.local_time import interval
from core.domain.visit import Refusal

MAX_WEEKS: Final = 12
"""Longest time between two visits of a series, in weeks."""

MAX_VISITS: Final = 26
"""Most visits of a series: half a year of weeks. Keeps its one transaction bounded."""


@dataclass(frozen=True, slots=True)
class SeriesPlan:
    """How a visit is to come again: ``times`` visits in all, ``every_weeks`` apart.

    What can't be had as it falls is resolved by its number, from 0: ``replaced`` gives it another start,
    ``left_out`` does without it.
    """

    every_weeks: int
    times: int
    replaced: Mapping[int, datetime] = field(default_factory=dict)
    left_out: frozenset[int] = frozenset()

    def check(self) -> None:
        """Raises InvalidInput (``every_weeks``, ``times``, ``replaced``, ``left_out``)."""
        if not 1 <= self.every_weeks <= MAX_WEEKS:
            raise InvalidInput("every_weeks", "out_of_range", min=1, max=MAX_WEEKS)
        if not 2 <= self.times <= MAX_VISITS:
            raise InvalidInput("times", "out_of_range", min=2, max=MAX_VISITS)
        numbers = range(self.times)
        if not set(self.replaced) <= set(numbers):
            raise InvalidInput("replaced", "out_of_range", min=0, max=self.times - 1)
        if not self.left_out < set(numbers):
            raise InvalidInput("left_out", "out_of_range", min=0, max=self.times - 1)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One visit of a series. ``wanted``: when it falls; ``start``: when it would be, both UTC.

    ``refusal``: why it can't be had then, with the nearest starts that can, best first. ``booked``: it is
    there already.
    """

    number: int
    wanted: datetime
    start: datetime
    left_out: bool = False
    booked: bool = False
    refusal: Refusal | None = None
    offers: tuple[datetime, ...] = ()

    @property
    def taken(self) -> bool:
        """Whether it is to be booked."""
        return not self.left_out and not self.booked


def laid_out(start: datetime, zone: ZoneInfo, plan: SeriesPlan, *, booked: bool = False) -> list[Occurrence]:
    """The visits of a series before anything was checked; ``booked``: the first one is there already."""
    return [
        Occurrence(
            number=number,
            wanted=wanted,
            start=plan.replaced.get(number, wanted).astimezone(UTC),
            left_out=number in plan.left_out,
            booked=booked and number == 0,
        )
        for number, wanted in enumerate(occurrences(start, zone, plan.every_weeks, plan.times))
    ]


def occurrences(start: datetime, zone: ZoneInfo, every_weeks: int, times: int) -> tuple[datetime, ...]:
    """The starts (UTC) of ``times`` visits, ``every_weeks`` apart on the wall of ``zone``; ``start`` (aware)
    is the first.
    """
    if every_weeks < 1 or times < 1:
        raise ValueError("a series goes on from week to week")
    later = (_at(start, zone, every_weeks * number) for number in range(1, times))
    return (start.astimezone(UTC), *later)


def _at(start: datetime, zone: ZoneInfo, weeks: int) -> datetime:
    local = start.astimezone(zone)
    day = local.date() + timedelta(weeks=weeks)
    minute = local.hour * 60 + local.minute
    # A gap is empty from any wall time in it: what begins there begins at its end.
    first, _ = interval(zone, day, minute, minute + 1)
    return datetime.fromtimestamp(first * 60, UTC)
