"""Which of a visit's possible starts are offered: those on the grid, and what the gap rule makes of them.

**Gaps.** A *stretch* of a master's free time is a run of minutes at which they are at work and nothing is
booked with them, buffers aside; only what lies on the local date of the visit's start counts. A visit leaves
an unusable remainder when one of its masters is left with a part of a stretch that nobody can book: the part
before the first of their services in a row, or the part after the last. Such a part is usable when something
that the master can be booked for online still fits in it, at a time of its own grid, with the buffers that it
and its neighbours need (between two the larger one counts). And it is nobody's fault when the service itself
could not begin any earlier (or, for the part after it, any later) in the stretch with its buffers, however
the rest of the visit is done. What joins a session leaves nothing that was not left before.

Notice, cut-off and the clock bear on which starts there are, never on what a start leaves: so what is listed
now is not refused a minute later.

``RANK`` marks starts that leave an unusable remainder. ``LIMIT`` drops them, except in a stretch of the first
service's master where none but these are left: then it keeps them all, marked. So a stretch never loses its
last start. A visit that joins a standing session has its start given, and is neither marked nor dropped.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Final, NamedTuple

from core.domain.catalog import GapMode
from core.domain.slot_gaps import Gaps
from core.domain.slot_grid import Grid, grid_of
from core.domain.slot_options import Branch
from core.domain.slot_reach import Reaching
from core.domain.slot_search import Search
from core.domain.slot_ways import Way
from core.domain.spans import merged, span_at

_MOST_LOOKED_AT: Final = 64
"""So many starts of one list are ranked by a look at their chains."""

CLEAN: Final = 0
LEAVING: Final = 1


class Ranked(NamedTuple):
    """Starts that are offered, in order: those that leave nothing unusable, and those that do. A start can
    be among both, by different chains.
    """

    clean: list[int]
    leaving: list[int]


class Offers:
    """What is offered of one search."""

    def __init__(self, search: Search) -> None:
        self.search = search
        self.gaps = None if search.asked.gaps is GapMode.OFF else Gaps(search)
        self.reaching = Reaching(search)
        self._clean = self.reaching if self.gaps is None else Reaching(search, self.gaps)
        self._offered: dict[int, Ranked] = {}
        self._ranks: dict[int, int] | None = None

    def grid(self, branch: Branch) -> Grid:
        """The grid of the starts at a location."""
        return grid_of(self.search.asked, branch.location, self.search.lo, self.search.hi)

    def of(self, branch: Branch, way: Way) -> Ranked:
        """The starts on the grid of chains that begin in this way."""
        found = self._offered.get(way.number)
        if found is None:
            points = self.grid(branch).points(self.reaching.reach(branch, way).free)
            if self.gaps is None or not points:
                found = Ranked(points, [])
            else:
                clean = self.grid(branch).points(self._clean.reach(branch, way).free)
                found = Ranked(clean, self._leaving(self.gaps, way, points, clean))
            self._offered[way.number] = found
        return found

    def ranks(self) -> dict[int, int]:
        """The ranks of the chains that are chosen, by start, for a visit without group services. Starts are
        left out where only a look at the chains can tell, unless there are too many of them: then their rank
        is that of the best chain there is, were it one with more changes of master.
        """
        if self._ranks is None:
            offered = [
                (branch, way, self.of(branch, way)) for branch in self._branches for way in branch.ways[0]
            ]
            bound = merged(span for branch in self._branches for span in self.reaching.bound(branch))
            left = {start for _, _, each in offered for starts in each for start in starts}
            unsure = {start for start in left if span_at(bound, start) is not None} if bound else set()
            left -= unsure
            self._ranks = {}
            if len(unsure) > _MOST_LOOKED_AT:
                clean = {start for _, _, each in offered for start in each.clean}
                self._ranks = {start: CLEAN if start in clean else LEAVING for start in unsure}
            for handovers in range(len(self.search.asked.query.items)):
                # The fewest changes of master come before all else.
                clean, leaving = self._with_handovers(offered, handovers)
                self._ranks.update(dict.fromkeys(left & leaving, LEAVING))
                self._ranks.update(dict.fromkeys(left & clean, CLEAN))
                left -= clean | leaving
                if not left:
                    break
        return self._ranks

    @property
    def _branches(self) -> tuple[Branch, ...]:
        return self.search.asked.branches

    def _with_handovers(
        self, offered: list[tuple[Branch, Way, Ranked]], handovers: int
    ) -> tuple[set[int], set[int]]:
        """The starts of chains with so many changes of master at most, that leave nothing and that do."""
        clean: set[int] = set()
        leaving: set[int] = set()
        for branch, way, ranked in offered:
            points = self.grid(branch).points
            clean.update(points(self._clean.reach_with(branch, way, handovers).free))
            if ranked.leaving:
                some = points(self.reaching.reach_with(branch, way, handovers).free)
                leaving.update(set(some).intersection(ranked.leaving))
        return clean, leaving

    def _leaving(self, gaps: Gaps, way: Way, points: list[int], clean: list[int]) -> list[int]:
        """The starts at which chains that leave something are offered."""
        if self.search.asked.gaps is GapMode.RANK:
            return points
        found: list[int] = []
        for lo, hi in gaps.stretches(way):
            if bisect_left(clean, lo) == bisect_left(clean, hi):
                found += points[bisect_left(points, lo) : bisect_left(points, hi)]
        return found


def has(starts: list[int], start: int) -> bool:
    """Whether a start is among others in order."""
    at = bisect_left(starts, start)
    return at < len(starts) and starts[at] == start
