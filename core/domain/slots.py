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
from core.domain.crews import Calendar
from core.domain.local_time import day_start, day_starts, local_date
from core.domain.offer_rules import CLEAN, LEAVING, Offers
from core.domain.placement import best, seats_left
from core.domain.slot_gaps import Gaps
from core.domain.slot_grid import grid_of
from core.domain.slot_least import LeastChain
from core.domain.slot_options import Asked, Branch, ask
from core.domain.slot_reach import Reaching
from core.domain.slot_search import Chain, Link, Search
from core.domain.slot_ways import Crew, Way
from core.domain.spans import span_at
from core.domain.visit import Busy, DayStarts, FreeStart, Refusal, SlotQuery, to_minutes

_DAYS_AT_ONCE: Final = 7
_MARKED_FARTHER: Final = 30
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
    """The dates that have a free start. Each date is done with at its first one.

    The gap rule leaves every date one that has any.
    """
    asked = ask(catalogue, query)
    if isinstance(asked, Refusal):
        return frozenset()
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
            found.update(bisect_left(days, at + 1) - 1 for span in reach.joined for at in range(*span))
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
    then those of other dates; of two equally near the earlier one first. A start that the gap rule has marked
    counts as half an hour farther than it is.
    """
    asked = ask(catalogue, query)
    if isinstance(asked, Refusal):
        return ()
    at = to_minutes(around)
    day = around.astimezone(asked.zone).date()

    def nearness(start: FreeStart) -> tuple[int, int]:
        return abs(start.start - at) + start.rank * _MARKED_FARTHER, start.start

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
    staff_ids = frozenset(part.staff.id for way in ways for part in way.parts)
    return staff_ids | {room.id for way in ways for room in way.rooms}


class _Run(NamedTuple):
    """Starts that are had in one way. ``length`` None: it and the rank differ from start to start. ``crew``:
    who could be one of those who do it together, at each start.
    """

    staff: StaffMember
    starts: Sequence[int]
    length: int | None
    seats_left: int | None = None
    rank: int = 0
    chain: Chain | None = None
    crew: Callable[[int], tuple[StaffMember, ...]] | None = None

    def staff_at(self, start: int) -> tuple[StaffMember, ...]:
        """Who could begin."""
        return (self.staff,) if self.crew is None else self.crew(start)


class _Told(NamedTuple):
    """What is told of a start beside who could begin."""

    length: int
    rank: int


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
    offers = Offers(Search(catalogue, asked, busy, *bounds))
    length = _length(asked)
    several = len(query.items) > 1 or asked.branches[0].ways[0][0].crew is not None
    runs = _reached(offers, length) if several else _single(offers)
    ranks = {} if length is None or offers.gaps is None or asked.has_groups else offers.ranks()

    def told_at(start: int) -> _Told | None:
        if length is not None and start in ranks:
            return _Told(length, ranks[start])
        found = best(offers, start)
        return None if found is None else _Told(found[0].length, found[1])

    begin, end = asked.dates(bounds)
    days = day_starts(asked.zone, begin, end)
    for at in range(len(days) - 1):
        day = begin + timedelta(days=at)
        yield day, _of_day(runs, days[at], days[at + 1], Choice(asked.rules.any_staff, busy, day), told_at)


def _length(asked: Asked) -> int | None:
    """Minutes of the visit, where they don't depend on who does it or on a session that is joined."""
    durations = [
        {way.duration for branch in asked.branches for way in branch.ways[at]}
        for at in range(len(asked.query.items))
    ]
    known = all(len(one) == 1 for one in durations) and not asked.has_groups
    return sum(min(one) for one in durations) if known else None


def _single(offers: Offers) -> list[_Run]:
    """The runs of a visit of one service, each of one way or session."""
    search = offers.search
    found: list[_Run] = []
    for branch in search.asked.branches:
        for way in branch.ways[0]:
            clean, leaving = offers.of(branch, way)
            chain = Chain(branch, (Link(way, 0, True, True, None),))
            seats = seats_left(search, chain)
            sessions = search.joinable_at(branch, 0, way)
            if sessions:
                held = {session.start for session in sessions if not session.stands}
                on_grid = held.intersection(clean)
                clean = [start for start in clean if start not in held]
                for session in sessions:
                    if session.stands or session.start in on_grid:
                        joined = Chain(branch, (Link(way, 0, True, True, session),))
                        left = seats_left(search, joined)
                        found.append(_Run(way.staff, [session.start], joined.length, left, CLEAN, joined))
            found.append(_Run(way.staff, clean, way.duration, seats, CLEAN, chain))
            if leaving:
                kept = set(clean).union(session.start for session in sessions)
                starts = [start for start in leaving if start not in kept]
                found.append(_Run(way.staff, starts, way.duration, seats, LEAVING, chain))
    return [run for run in found if run.starts]


def _reached(offers: Offers, length: int | None) -> list[_Run]:
    """The runs of a visit of several services or masters, one for each master or crew who could begin it:
    chains are not built, because there are as many as all ways of all services multiplied.
    """
    found: list[_Run] = []
    for branch in offers.search.asked.branches:
        for way in branch.ways[0]:
            clean, leaving = offers.of(branch, way)
            joined = offers.reaching.reach(branch, way).joined
            points: Sequence[int] = clean
            if leaving or joined:
                points = sorted({*clean, *leaving, *(at for lo, hi in joined for at in range(lo, hi))})
            if points:
                known = length if offers.gaps is None else None
                crew = None if way.crew is None else _beginning(offers, branch, way, way.crew, leaving)
                found.append(_Run(way.staff, points, known, crew=crew))
    return found


def _beginning(
    offers: Offers, branch: Branch, way: Way, crew: Crew, leaving: Sequence[int]
) -> Callable[[int], tuple[StaffMember, ...]]:
    """Who of a crew could be one of those who begin a visit at its starts."""
    search = offers.search
    free = Calendar(crew, [search.staffed(part) for part in way.parts])
    clean, marked = free, frozenset(leaving)
    if offers.gaps is not None:
        clean = Calendar(crew, [offers.gaps.clean(part, True, True, 0) for part in way.parts])
    joined, bound = offers.reaching.reach(branch, way).joined, offers.reaching.bound(branch)

    def could(member: StaffMember, start: int, gaps: Gaps | None) -> bool:
        among = way._replace(crew=crew._replace(named=crew.named | {member.id}))
        choice = Choice(search.asked.rules.any_staff, search.busy, local_date(search.asked.zone, start))
        least = LeastChain(search, branch, choice, start, gaps)
        return any(least.find([among], joining=joining) is not None for joining in (False, True))

    def at(start: int) -> tuple[StaffMember, ...]:
        anyhow = offers.gaps is None or start in marked or span_at(joined, start) is not None
        members = (free if anyhow else clean).at(start)
        if span_at(bound, start) is None:
            return members
        # What they do besides may be too long together with it.
        gaps = None if anyhow else offers.gaps
        return tuple(member for member in members if could(member, start, gaps))

    return at


def _of_day(
    runs: list[_Run], lo: int, hi: int, choice: Choice, told_at: Callable[[int], _Told | None]
) -> tuple[FreeStart, ...]:
    """The free starts of a date ``[lo, hi)``: runs laid over each other, the best one first at each start."""
    parts = [(run, run.starts[bisect_left(run.starts, lo) : bisect_left(run.starts, hi)]) for run in runs]
    parts = [part for part in parts if part[1]]
    if len(parts) == 1:
        (staff, _, same_length, seats, rank, _, crew), starts = parts[0]
        if same_length is not None and crew is None:
            ids = (staff.id,)
            return tuple([FreeStart(start, start + same_length, ids, seats, rank) for start in starts])
    parts.sort(key=lambda part: [choice.key(part[0].chain, part[0].rank)] if part[0].chain else [])
    at: dict[int, list[int]] = {}
    for number, (_, starts) in enumerate(parts):
        for start in starts:
            at.setdefault(start, []).append(number)
    crewed = any(run.crew is not None for run, _ in parts)
    staff_ids: dict[tuple[int | UUID, ...], tuple[UUID, ...]] = {}
    found: list[FreeStart] = []
    for start in sorted(at):
        numbers = tuple(at[start])
        key: tuple[int | UUID, ...] = numbers
        if crewed:
            key = tuple(one.id for number in numbers for one in parts[number][0].staff_at(start))
        if key not in staff_ids:
            members = {one.id: one for number in numbers for one in parts[number][0].staff_at(start)}
            staff_ids[key] = tuple(one.id for one in sorted(members.values(), key=choice.staff_key))
        run = parts[numbers[0]][0]
        told = told_at(start) if run.length is None else _Told(run.length, run.rank)
        if told is not None:
            end = start + told.length
            found.append(FreeStart(start, end, staff_ids[key], run.seats_left, told.rank))
    return tuple(found)
