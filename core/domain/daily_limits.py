"""Daily limits: what a staff member's date still has room for.

A service counts on the local date of its own start. A visit is one visit on a date however many services it
has there, so that the limit of visits closes whole dates for a staff member, and so does the limit of minutes
for each service by itself; only several services of one visit together can be too long where each of them is
not (:func:`binding`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Final
from uuid import UUID

from core.domain.local_time import day_starts
from core.domain.slot_options import Asked, Branch
from core.domain.spans import Span, Spans, intersection, merged
from core.domain.visit import Busy, DayLoad

_NOTHING: Final = DayLoad(0, 0)

#: A service of a visit: who does it, how many minutes after the visit's start, and for how many.
Part = tuple[UUID, int, int]


def full_dates(asked: Asked, busy: Busy, staff_id: UUID, minutes: int, span: Span) -> list[Span]:
    """The dates that ``span`` touches on which this staff member can't do a service of ``minutes`` more."""
    visits, most = asked.rules.max_visits_per_day, asked.rules.max_minutes_per_day
    first, last = asked.dates(span)
    found: list[Span] = []
    for at, day in enumerate(pairwise(day_starts(asked.zone, first, last))):
        load = busy.loads.get((staff_id, first + timedelta(days=at)), _NOTHING)
        if (visits is not None and load.visits >= visits) or (
            most is not None and load.minutes + minutes > most
        ):
            found.append(day)
    return found


def binding(asked: Asked, busy: Busy, branch: Branch, span: Span) -> list[Span]:
    """The visit starts in ``span`` at which some master of several services could be asked for more minutes
    than the date has left, though for no single service of them.
    """
    most = asked.rules.max_minutes_per_day
    if most is None or not asked.limited or len(branch.ways) == 1:
        return []
    longest: dict[UUID, list[int]] = {}
    for ways in branch.ways:
        parts = [part for way in ways for part in way.parts]
        for staff_id in {part.staff.id for part in parts}:
            minutes = max(part.duration for part in parts if part.staff.id == staff_id)
            longest.setdefault(staff_id, []).append(minutes)
    totals = [(staff_id, sum(each)) for staff_id, each in longest.items() if len(each) > 1]
    first, last = asked.dates((span[0], span[1] + asked.longest))
    found: list[Span] = []
    for at, (from_, until) in enumerate(pairwise(day_starts(asked.zone, first, last))):
        day = first + timedelta(days=at)
        if any(
            busy.loads.get((staff_id, day), _NOTHING).minutes + total > most for staff_id, total in totals
        ):
            found.append((from_ - asked.longest, until))
    return intersection(merged(found), [span])


def keeping(asked: Asked, busy: Busy, services: Iterable[Part], starts: Spans) -> Spans:
    """Those of a visit's starts at which all its masters keep their limits with these services of it."""
    counted: dict[UUID, list[tuple[int, int]]] = {}
    for staff_id, offset, minutes in services:
        counted.setdefault(staff_id, []).append((offset, minutes))
    if not counted or not starts:
        return starts
    first, last = asked.dates((starts[0][0], starts[-1][1] + asked.longest))
    days = day_starts(asked.zone, first, last)
    offsets = {offset for each in counted.values() for offset, _ in each}
    cuts = sorted({day - offset for day in days for offset in offsets})
    allowed = [
        (from_, until)
        for from_, until in pairwise(cuts)
        if all(
            _keeps(asked, busy, staff_id, _on_dates(each, from_, days, first))
            for staff_id, each in counted.items()
        )
    ]
    return intersection(starts, merged(allowed))


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
        load = busy.loads.get((staff_id, day), _NOTHING)
        if visits_limit is not None and load.visits + 1 > visits_limit:
            return False
        if minutes_limit is not None and load.minutes + more > minutes_limit:
            return False
    return True
