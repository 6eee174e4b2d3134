"""The questions that are asked of a calendar, and their answers.

All are pure: the catalogue says what is offered, ``busy`` what is taken (of :func:`resources_of`, within
:func:`span_of`), ``now`` (aware) what is past. Dates are local dates of the business's zone, both ends
included. What can't be asked at all (an unknown service, a master who doesn't do it) has no starts;
:func:`core.domain.placement.place` says why.

An override lists the starts of the grid, so that the list stays readable, though it may begin at any minute.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from core.domain.catalog import Catalogue, StaffMember
from core.domain.choice import Choice
from core.domain.local_time import day_start, day_starts
from core.domain.offer_rules import offered
from core.domain.placement import best, seats_left
from core.domain.slot_grid import grid_of
from core.domain.slot_options import Asked, ask
from core.domain.slot_reach import Reaching
from core.domain.slot_search import Chain, Search
from core.domain.visit import Busy, DayStarts, FreeStart, Refusal, SlotQuery, to_minutes

_DAYS_AT_ONCE: Final = 7
_EARLIEST: Final = date(1972, 1, 1)
_LATEST: Final = date(9990, 1, 1)


def free_starts(  # noqa: PLR0917 - what every question takes
    catalogue: Catalogue, query: SlotQuery, busy: Busy, now: datetime, first: date, last: date
) -> tuple[DayStarts, ...]:
    """All free starts of each date asked, in order; a date without any is there too."""
    found = dict(_listed(catalogue, query, busy, now, first, last))
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return tuple(DayStarts(day, found.get(day, ())) for day in days)


def window(
    catalogue: Catalogue, query: SlotQuery, now: datetime, first: date, last: date
) -> tuple[int, int] | None:
    """The starts ``[from, until)`` that ``now`` leaves of the dates asked; None without any.

    It is all that an answer takes from ``now``: same catalogue, busy time and window, same free starts.
    """
    asked = ask(catalogue, query)
    return None if isinstance(asked, Refusal) else _bounds(asked, now, first, last)


def days_with_starts(  # noqa: PLR0917 - what every question takes
    catalogue: Catalogue, query: SlotQuery, busy: Busy, now: datetime, first: date, last: date
) -> frozenset[date]:
    """The dates that have a free start. Each date is done with at its first one."""
    asked = ask(catalogue, query)
    if isinstance(asked, Refusal):
        return frozenset()
    if not asked.is_plain:
        listed = _listed(catalogue, query, busy, now, first, last)
        return frozenset(day for day, starts in listed if starts)
    bounds = _bounds(asked, now, first, last)
    if bounds is None:
        return frozenset()
    lo, hi = bounds
    reaching = Reaching(Search(catalogue, asked, busy, lo, hi))
    begin, end = asked.dates(bounds)
    days = day_starts(asked.zone, begin, end)
    found: set[int] = set()
    for branch in asked.branches:
        grid = grid_of(asked, branch.location, lo, hi)
        for way in branch.ways[0]:
            if len(found) == len(days) - 1:
                break
            reach = reaching.reach(branch, way)
            found |= grid.days(reach.free, days)
            found.update(bisect_left(days, start + 1) - 1 for start, _ in reach.joined)
    return frozenset(begin + timedelta(days=at) for at in found)


def next_starts(  # noqa: PLR0917 - what every question takes
    catalogue: Catalogue,
    query: SlotQuery,
    busy: Busy,
    now: datetime,
    first: date,
    last: date,
    *,
    limit: int,
    per_day: int | None = None,
) -> tuple[FreeStart, ...]:
    """The next ``limit`` free starts over all masters, at most ``per_day`` of one date, in order of time.

    Where the gap rule ranks starts, those of a date that leave no gap go before those that do.
    """
    asked = ask(catalogue, query)
    bounds = None if isinstance(asked, Refusal) else _bounds(asked, now, first, last)
    if isinstance(asked, Refusal) or bounds is None:
        return ()
    first, last = asked.dates(bounds)
    found: list[FreeStart] = []
    while first <= last and len(found) < limit:
        until = min(last, first + timedelta(days=_DAYS_AT_ONCE - 1))
        for _, starts in _listed(catalogue, query, busy, now, first, until):
            count = limit - len(found) if per_day is None else min(per_day, limit - len(found))
            ranked = sorted(starts, key=lambda start: (start.rank, start.start))[:count]
            found += sorted(ranked, key=lambda start: start.start)
        first = until + timedelta(days=1)
    return tuple(found)


def nearest_starts(  # noqa: PLR0917 - what every question takes
    catalogue: Catalogue,
    query: SlotQuery,
    busy: Busy,
    now: datetime,
    first: date,
    last: date,
    *,
    around: datetime,
    limit: int = 3,
) -> tuple[FreeStart, ...]:
    """The free starts nearest to ``around`` (aware), best first: those of its own date, before and after it,
    then those of other dates; of two equally near the earlier one first.
    """
    asked = ask(catalogue, query)
    if isinstance(asked, Refusal):
        return ()
    at = to_minutes(around)
    day = around.astimezone(asked.zone).date()

    def nearness(start: FreeStart) -> tuple[int, int]:
        return abs(start.start - at), start.start

    found: list[FreeStart] = []
    if first <= day <= last:
        same = _listed(catalogue, query, busy, now, day, day)
        found = sorted((start for _, starts in same for start in starts), key=nearness)
    if len(found) < limit:
        listed = _listed(catalogue, query, busy, now, first, last)
        others = (start for other, starts in listed if other != day for start in starts)
        found += sorted(others, key=nearness)
    return tuple(found[:limit])


def span_of(catalogue: Catalogue, query: SlotQuery, first: date, last: date) -> tuple[int, int]:
    """The epoch minutes ``[from, until)`` whose busy time bears on starts from ``first`` to ``last``."""
    zone = catalogue.business.zone
    from_ = day_start(zone, min(max(first, _EARLIEST), _LATEST))
    until = day_start(zone, min(max(last, _EARLIEST), _LATEST) + timedelta(days=1))
    asked = ask(catalogue, query)
    if isinstance(asked, Refusal):
        return from_, until
    return from_ - asked.before, until + asked.longest + asked.after


def resources_of(catalogue: Catalogue, query: SlotQuery) -> frozenset[UUID]:
    """The staff members and rooms whose busy time bears on a query."""
    asked = ask(catalogue, query)
    if isinstance(asked, Refusal):
        return frozenset()
    ways = [way for branch in asked.branches for ways in branch.ways for way in ways]
    return frozenset(way.staff.id for way in ways) | {room.id for way in ways for room in way.rooms}


class _Run(NamedTuple):
    """Starts that are had in one way. ``length`` None: it differs from start to start."""

    staff: StaffMember
    starts: Sequence[int]
    length: int | None
    seats_left: int | None = None
    rank: int = 0
    chain: Chain | None = None


def _bounds(asked: Asked, now: datetime, first: date, last: date) -> tuple[int, int] | None:
    """The starts ``[from, until)`` of the dates asked that notice and horizon leave; None without any."""
    lo, hi = asked.bounds(now)
    if lo >= hi:
        return None
    begin, end = asked.dates((lo, hi))
    if last < first or last < begin or first > end:
        return None
    return (
        max(lo, day_start(asked.zone, first)) if first > begin else lo,
        min(hi, day_start(asked.zone, last + timedelta(days=1))) if last < end else hi,
    )


def _listed(  # noqa: PLR0917 - what every question takes
    catalogue: Catalogue, query: SlotQuery, busy: Busy, now: datetime, first: date, last: date
) -> Iterator[tuple[date, tuple[FreeStart, ...]]]:
    """The dates within notice and horizon with their free starts, in order."""
    asked = ask(catalogue, query)
    bounds = None if isinstance(asked, Refusal) else _bounds(asked, now, first, last)
    if isinstance(asked, Refusal) or bounds is None:
        return
    search = Search(catalogue, asked, busy, *bounds)
    many = asked.is_plain and len(query.items) > 1
    runs = _reached(search) if many else _chained(catalogue, search, busy)

    def length_at(start: int) -> int:
        found = best(catalogue, search, busy, start)
        assert found is not None
        return found[0].length

    begin, end = asked.dates(bounds)
    days = day_starts(asked.zone, begin, end)
    for at in range(len(days) - 1):
        day = begin + timedelta(days=at)
        yield day, _of_day(runs, days[at], days[at + 1], Choice(asked.rules.any_staff, busy, day), length_at)


def _chained(catalogue: Catalogue, search: Search, busy: Busy) -> list[_Run]:
    """The runs of all chains."""
    asked = search.asked
    found: list[_Run] = []
    for branch in asked.branches:
        grid = grid_of(asked, branch.location, search.lo, search.hi)
        for chain in search.chains(branch):
            for rank, starts in offered(catalogue, search, chain, grid, busy):
                staff = chain.links[0].way.staff
                found.append(_Run(staff, starts, chain.length, seats_left(search, chain), rank, chain))
    return found


def _reached(search: Search) -> list[_Run]:
    """The runs of a visit of several services, one for each master who could begin it: chains are not built,
    because there are as many as all ways of all services multiplied.
    """
    asked = search.asked
    durations = [
        {way.duration for branch in asked.branches for way in branch.ways[at]}
        for at in range(len(asked.query.items))
    ]
    known = all(len(one) == 1 for one in durations) and not asked.has_groups
    length = sum(min(one) for one in durations) if known else None
    reaching = Reaching(search)
    found: list[_Run] = []
    for branch in asked.branches:
        grid = grid_of(asked, branch.location, search.lo, search.hi)
        for way in branch.ways[0]:
            reach = reaching.reach(branch, way)
            points = grid.points(reach.free)
            if reach.joined:
                points = sorted({*points, *(start for start, _ in reach.joined)})
            if points:
                found.append(_Run(way.staff, points, length))
    return found


def _of_day(
    runs: list[_Run], lo: int, hi: int, choice: Choice, length_at: Callable[[int], int]
) -> tuple[FreeStart, ...]:
    """The free starts of a date ``[lo, hi)``: runs laid over each other, the best one first at each start."""
    parts = [(run, run.starts[bisect_left(run.starts, lo) : bisect_left(run.starts, hi)]) for run in runs]
    parts = [part for part in parts if part[1]]
    if len(parts) == 1:
        (staff, _, same_length, seats, rank, _), starts = parts[0]
        if same_length is not None:
            ids = (staff.id,)
            return tuple([FreeStart(start, start + same_length, ids, seats, rank) for start in starts])
    parts.sort(key=lambda part: [choice.key(part[0].chain, part[0].rank)] if part[0].chain else [])
    at: dict[int, list[int]] = {}
    for number, (_, starts) in enumerate(parts):
        for start in starts:
            at.setdefault(start, []).append(number)
    staff_ids: dict[tuple[int, ...], tuple[UUID, ...]] = {}
    found: list[FreeStart] = []
    for start in sorted(at):
        numbers = tuple(at[start])
        if numbers not in staff_ids:
            members = {parts[number][0].staff.id: parts[number][0].staff for number in numbers}
            staff_ids[numbers] = tuple(one.id for one in sorted(members.values(), key=choice.staff_key))
        run = parts[numbers[0]][0]
        length = length_at(start) if run.length is None else run.length
        found.append(FreeStart(start, start + length, staff_ids[numbers], run.seats_left, run.rank))
    return tuple(found)
