"""Rules that a chain as a whole must keep: daily limits, and gaps.

**Gaps.** A free window is a run of minutes at which the masters of a chain could begin it, within one local
date. Its first and its last start that are really offered are the tightest there are. A start in between
leaves an *unusable remainder* when it begins later than the first, or earlier than the last, by less than
the shortest service that one of these masters can be booked for. ``RANK`` marks such starts, ``LIMIT`` drops
them, except where a window has no other: then it keeps them all, marked. So a window never loses its last
start.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple
from uuid import UUID

from core.domain.catalog import Catalogue, GapMode
from core.domain.choice import NOTHING
from core.domain.local_time import day_starts
from core.domain.slot_grid import Grid
from core.domain.slot_options import Asked, shortest_service
from core.domain.slot_search import Chain, Search
from core.domain.spans import Span, Spans, intersection, merged
from core.domain.visit import Busy


class Ranked(NamedTuple):
    """Starts of a chain that are offered, in order, and whether they leave an unusable remainder (1 or 0)."""

    rank: int
    starts: list[int]


def offered(catalogue: Catalogue, search: Search, chain: Chain, grid: Grid, busy: Busy) -> list[Ranked]:
    """The starts of a chain that grid, daily limits and gap rule leave."""
    asked = search.asked
    starts = within_limits(asked, busy, chain) if asked.limited else chain.starts
    if chain.joins:
        return [Ranked(0, [from_ for from_, _ in starts])] if starts else []
    points = grid.points(starts)
    if not points:
        return []
    if asked.gaps is GapMode.OFF:
        return [Ranked(0, points)]
    shortest = min(shortest_service(catalogue, link.way.staff.id) for link in chain.links)
    return _by_gaps(points, _by_date(search.windows(chain), asked, points), shortest, asked.gaps)


def within_limits(asked: Asked, busy: Busy, chain: Chain) -> Spans:
    """The starts of a chain that keep the daily limits of all its masters.

    A master's services of the visit are counted on the local date of each; a session joined costs nothing.
    """
    counted: dict[UUID, list[tuple[int, int]]] = {}
    for link in chain.links:
        if link.session is None:
            counted.setdefault(link.way.staff.id, []).append((link.offset, link.way.duration))
    if not counted or not chain.starts:
        return chain.starts
    first, last = asked.dates((chain.starts[0][0], chain.starts[-1][1] + asked.longest))
    days = day_starts(asked.zone, first, last)
    offsets = {offset for services in counted.values() for offset, _ in services}
    cuts = sorted({day - offset for day in days for offset in offsets})
    allowed: list[Span] = []
    for from_, until in pairwise(cuts):
        if all(
            _keeps(asked, busy, staff_id, _on_dates(services, from_, days, first))
            for staff_id, services in counted.items()
        ):
            allowed.append((from_, until))
    return intersection(chain.starts, merged(allowed))


def _on_dates(
    services: list[tuple[int, int]], start: int, days: Sequence[int], first: date
) -> dict[date, int]:
    """Minutes by local date of services (offset, minutes) of a visit that begins at ``start``."""
    found: dict[date, int] = {}
    for offset, minutes in services:
        day = first + timedelta(days=bisect_right(days, start + offset) - 1)
        found[day] = found.get(day, 0) + minutes
    return found


def _keeps(asked: Asked, busy: Busy, staff_id: UUID, minutes: dict[date, int]) -> bool:
    visits_limit, minutes_limit = asked.rules.max_visits_per_day, asked.rules.max_minutes_per_day
    for day, more in minutes.items():
        load = busy.loads.get((staff_id, day), NOTHING)
        if visits_limit is not None and load.visits + 1 > visits_limit:
            return False
        if minutes_limit is not None and load.minutes + more > minutes_limit:
            return False
    return True


def _by_date(windows: Spans, asked: Asked, points: list[int]) -> list[Span]:
    """Free windows, cut at the local midnights around ``points``."""
    first, last = asked.dates((points[0], points[-1] + 1))
    days = day_starts(asked.zone, first, last)
    return intersection(windows, list(pairwise(days)))


def _by_gaps(points: list[int], windows: list[Span], shortest: int, mode: GapMode) -> list[Ranked]:
    clean: list[int] = []
    leaving: list[int] = []
    for lo, hi in windows:
        inside = points[bisect_left(points, lo) : bisect_left(points, hi)]
        if not inside:
            continue
        first, last = inside[0], inside[-1]
        good = [
            point for point in inside if not (0 < point - first < shortest or 0 < last - point < shortest)
        ]
        clean += good
        if mode is GapMode.RANK or not good:
            kept = set(good)
            leaving += [point for point in inside if point not in kept]
    return [Ranked(rank, starts) for rank, starts in ((0, clean), (1, leaving)) if starts]
