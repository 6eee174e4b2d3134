"""The gap rule for one service of a visit: the starts at which nothing unusable is left beside it.

:mod:`core.domain.offer_rules` has the rule in words. All sets here are of visit starts.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple
from uuid import UUID

from core.domain.crews import enough
from core.domain.local_time import day_starts
from core.domain.slot_grid import grid_at, grid_of
from core.domain.slot_options import Filler, fillers
from core.domain.slot_search import Search
from core.domain.slot_ways import Way
from core.domain.spans import Span, Spans, intersection, merged, shifted


class _Room(NamedTuple):
    """Where a remainder of a stretch of free time can lie: on one date, in ``[begin, end)``, with what fills
    it beginning before ``until``. ``lo`` and ``hi`` bound the visit starts that leave it.
    """

    lo: int
    hi: int
    begin: int
    end: int
    until: int


class Gaps:
    """The gap rule over one search."""

    def __init__(self, search: Search) -> None:
        self._search = search
        first, last = search.asked.dates((search.since, search.until))
        self._dates = tuple(pairwise(day_starts(search.asked.zone, first, last)))
        self._free: dict[tuple[UUID, UUID], Spans] = {}
        self._filling: dict[tuple[UUID, UUID], list[tuple[Filler, list[int]]]] = {}
        self._together: dict[int, Way] = {}
        self._points: dict[tuple[int, int], list[int]] = {}
        self._before: dict[tuple[int, int], Spans] = {}
        self._after: dict[tuple[int, int], Spans] = {}
        self._clean: dict[tuple[int, bool, bool, int], Spans] = {}

    def clean(self, way: Way, lead: bool, trail: bool, offset: int) -> Spans:
        """The visit starts at which this way can begin ``offset`` minutes later and leaves nothing unusable:
        before it when it is the first service of its master in a row (``lead``), after it when it is the last
        (``trail``).
        """
        key = (way.number, lead, trail, offset)
        found = self._clean.get(key)
        if found is None and way.crew is not None:
            self._together.update((part.number, way) for part in way.parts)
            sets = [self.clean(part, lead, trail, offset) for part in way.parts]
            found = self._clean[key] = enough(way.crew, sets)
        if found is None:
            found = shifted(self._search.fitting(way, lead, trail), -offset)
            if found and lead:
                found = intersection(found, self._clean_before(way, offset))
            if found and trail:
                found = intersection(found, self._clean_after(way, offset))
            self._clean[key] = found
        return found

    def stretches(self, way: Way) -> list[Span]:
        """The stretches of free time of its staff member, or of enough of a crew, cut at the midnights of the
        business.
        """
        free = self._free_time(way)
        if way.crew is not None:
            free = enough(way.crew, [self._free_time(part) for part in way.parts])
        return intersection(free, self._dates)

    def _clean_before(self, way: Way, offset: int) -> Spans:
        key = (way.number, offset)
        found = self._before.get(key)
        if found is None:
            points, filling, buffer = self._starts(way, offset), self._fill(way), way.service.buffer_before
            spans: list[Span] = []
            for room in self._rooms(way, offset, offset):
                at = bisect_left(points, room.lo)
                if at == len(points) or points[at] >= room.hi:
                    spans.append((room.lo, room.hi))
                    continue
                spans.append((room.lo, points[at] + 1))
                ends = [
                    start + filler.duration + max(filler.after, buffer) - offset
                    for filler, starts in filling
                    if (start := _first(starts, room, filler.duration)) is not None
                ]
                if ends:
                    spans.append((max(min(ends), room.lo), room.hi))
            found = self._before[key] = merged(spans)
        return found

    def _clean_after(self, way: Way, offset: int) -> Spans:
        key = (way.number, offset)
        found = self._after.get(key)
        if found is None:
            points, filling, buffer = self._starts(way, offset), self._fill(way), way.service.buffer_after
            length = offset + way.duration
            spans: list[Span] = []
            for room in self._rooms(way, offset, length - 1):
                at = bisect_left(points, room.hi) - 1
                if at < 0 or points[at] < room.lo:
                    spans.append((room.lo, room.hi))
                    continue
                spans.append((points[at], room.hi))
                begins = [
                    start - max(filler.before, buffer) - length
                    for filler, starts in filling
                    if (start := _last(starts, room, filler.duration)) is not None
                ]
                if begins:
                    spans.append((room.lo, min(max(begins) + 1, room.hi)))
            found = self._after[key] = merged(spans)
        return found

    def _starts(self, way: Way, offset: int) -> list[int]:
        """The visit starts of the grid at which this way could be done, whatever the rest of the visit."""
        key = (way.number, offset)
        found = self._points.get(key)
        if found is None:
            search = self._search
            grid = grid_of(search.asked, way.location, search.since, search.until)
            fitting = shifted(self._with_others(way), -offset)
            found = grid.points(intersection(fitting, [(search.since, search.until)]))
            self._points[key] = found
        return found

    def _with_others(self, way: Way) -> Spans:
        """When it fits; where it is one of a crew, together with others of it."""
        whole = self._together.get(way.number)
        if whole is None or whole.crew is None:
            return self._search.fitting(way)
        with_them = whole.crew._replace(named=whole.crew.named | {way.staff.id})
        return enough(with_them, [self._search.fitting(part) for part in whole.parts])

    def _rooms(self, way: Way, offset: int, inside: int) -> Iterator[_Room]:
        """Where what this way leaves can lie, in the stretches that the minute ``inside`` after the visit's
        start lies in.
        """
        dates, at = self._dates, 0
        for begin, end in self._free_time(way):
            while at and dates[at][0] > begin - inside:
                at -= 1
            while at < len(dates) - 1 and dates[at][1] <= begin - inside:
                at += 1
            for day, next_day in dates[at:]:
                lo, hi = max(begin - inside, day), min(end - inside, next_day)
                if day >= end - inside:
                    break
                if lo < hi:
                    yield _Room(lo, hi, max(begin, day), end, next_day)

    def _free_time(self, way: Way) -> Spans:
        key = (way.staff.id, way.location.id)
        found = self._free.get(key)
        if found is None:
            found = self._free[key] = self._search.free_time(way.staff.id, way.location)
        return found

    def _fill(self, way: Way) -> list[tuple[Filler, list[int]]]:
        """What the staff member could be booked for beside it, each with its starts."""
        key = (way.staff.id, way.location.id)
        found = self._filling.get(key)
        if found is None:
            search = self._search
            span = search.since, search.until
            found = self._filling[key] = [
                (
                    one,
                    grid_at(way.location, *span, one.step, one.grid_start).points(
                        intersection(search.filled(way.staff.id, way.location, one), [span])
                    ),
                )
                for one in fillers(search.catalogue, way.staff.id, way.location)
            ]
        return found


def _first(starts: list[int], room: _Room, duration: int) -> int | None:
    """The first of these starts in a room at which ``duration`` fits."""
    at = bisect_left(starts, room.begin)
    return starts[at] if at < len(starts) and starts[at] + duration <= room.end else None


def _last(starts: list[int], room: _Room, duration: int) -> int | None:
    """The last of these starts in a room at which ``duration`` fits."""
    at = bisect_right(starts, min(room.end - duration, room.until - 1)) - 1
    return starts[at] if at >= 0 and starts[at] >= room.begin else None
