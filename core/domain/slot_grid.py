"""The grid of starts: wall-clock times at a location that are a step apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import NamedTuple

from core.domain.catalog import Location
from core.domain.local_time import Piece, grid, local_date
from core.domain.slot_options import Asked
from core.domain.spans import Spans


class Grid(NamedTuple):
    """The wall-clock grid of a location over the starts of a search."""

    pieces: tuple[Piece, ...]
    step: int

    def points(self, spans: Spans) -> list[int]:
        """The minutes of a set that are on the grid, in order."""
        step = self.step
        found: list[int] = []
        if len(self.pieces) == 1:
            wall = self.pieces[0].wall
            for lo, hi in spans:
                found.extend(range(lo + (-lo - wall) % step, hi, step))
            return found
        for lo, hi, wall in self._cut(spans):
            found.extend(range(lo + (-lo - wall) % step, hi, step))
        return found

    def has(self, minute: int) -> bool:
        """Whether a minute is on the grid."""
        return any(
            piece.start <= minute < piece.end and (minute + piece.wall) % self.step == 0
            for piece in self.pieces
        )

    def days(self, spans: Spans, days: Sequence[int]) -> set[int]:
        """Which days have a minute of the set that is on the grid: indexes into ``days``, the first minutes
        of each and of the one after the last.
        """
        step = self.step
        found: set[int] = set()
        day = 0
        for lo, hi, wall in self._cut(spans):
            point = lo + (-lo - wall) % step
            while point < hi:
                while days[day + 1] <= point:
                    day += 1
                found.add(day)
                point = days[day + 1]
                point += (-point - wall) % step
        return found

    def _cut(self, spans: Spans) -> Iterator[Piece]:
        """The set cut along the pieces of the grid."""
        at = 0
        for lo, hi in spans:
            while self.pieces[at].end <= lo:
                at += 1
            for start, end, wall in self.pieces[at:]:
                if start >= hi:
                    break
                yield Piece(max(lo, start), min(hi, end), wall)


def grid_of(asked: Asked, location: Location, lo: int, hi: int) -> Grid:
    """The grid for visit starts ``[lo, hi)``."""
    return grid_at(location, lo, hi, asked.step, asked.rules.grid_start % asked.step)


def grid_at(location: Location, lo: int, hi: int, step: int, grid_start: int) -> Grid:
    """The grid of starts ``[lo, hi)``, ``step`` apart and counted from ``grid_start`` (less than a step)."""
    first, last = local_date(location.zone, lo), local_date(location.zone, hi - 1)
    # Whole weeks, so that the same grid serves many searches.
    first -= timedelta(days=first.weekday())
    last += timedelta(days=6 - last.weekday())
    return Grid(grid(location.zone, first, last, step, grid_start), step)
