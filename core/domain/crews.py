"""Services that several masters do together: when enough of them are free, and who of those does it.

All of a crew are taken from the start of the service to its end, for as long as the slowest of them needs;
processing time frees all. A master who was asked for leads; the others are chosen as «any master» is, the
first ones by the order of :mod:`core.domain.choice`, and where nobody was asked for the first of all leads.
Who leads sets the price. A crew is chosen anew for each start, so that combinations are never listed: enough
of its people have to be free.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations, groupby
from operator import itemgetter
from typing import NamedTuple
from uuid import UUID

from core.domain.catalog import Catalogue, StaffMember
from core.domain.slot_ways import Crew, Way
from core.domain.spans import Span, Spans, intersection, span_at
from core.domain.visit import VisitItem

StaffKey = tuple[int, int, int, UUID]
"""A staff member's place in an order: numbers that count one after the other, the id at last."""


def enough(crew: Crew, sets: Sequence[Spans]) -> list[Span]:
    """The minutes that so many of these sets, one for each part, have in common that a crew can be made."""
    if len(sets) == crew.needed:
        common = list(sets[0])
        for other in sets[1:]:
            common = intersection(common, other)
        return common
    edges: list[tuple[int, int, int, int]] = []
    for part, own_set in zip(crew.parts, sets, strict=True):
        slow, named = int(part.staff.id in crew.slowest), int(part.staff.id in crew.named)
        for lo, hi in own_set:
            edges += ((lo, 1, slow, named), (hi, -1, -slow, -named))
    edges.sort()
    found: list[Span] = []
    since: int | None = None
    free = slowest = asked_for = 0
    for minute, group in groupby(edges, key=itemgetter(0)):
        for _, one, one_slow, one_named in group:
            free, slowest, asked_for = free + one, slowest + one_slow, asked_for + one_named
        able = free >= crew.needed and slowest > 0 and asked_for == len(crew.named)
        if able and since is None:
            since = minute
        elif since is not None and not able:
            found.append((since, minute))
            since = None
    return found


def crews(
    crew: Crew, free: Iterable[Way], order: Callable[[StaffMember], StaffKey]
) -> Iterator[tuple[Way, ...]]:
    """Those who could do it together out of the parts that are free, the best crew first; in each the one who
    leads first, the others by id.
    """
    free = sorted(free, key=lambda part: order(part.staff))
    named = [part for part in free if part.staff.id in crew.named]
    others = [part for part in free if part.staff.id not in crew.named]
    if len(named) < len(crew.named):
        return
    for more in combinations(others, crew.needed - len(named)):
        team = sorted((*named, *more), key=lambda part: order(part.staff))
        if any(part.staff.id in crew.slowest for part in team):
            lead = next((part for part in team if part.staff.id == crew.leads), team[0])
            rest = sorted((part for part in team if part is not lead), key=lambda part: part.staff.id)
            yield (lead, *rest)


def best_crew(
    crew: Crew, free: Iterable[Way], order: Callable[[StaffMember], StaffKey]
) -> tuple[Way, ...] | None:
    """The first of :func:`crews`, at once."""
    by_order = sorted(free, key=lambda part: (part.staff.id not in crew.named, order(part.staff)))
    slow = next((part for part in by_order if part.staff.id in crew.slowest), None)
    team = by_order[: crew.needed]
    if slow is not None and not any(part.staff.id in crew.slowest for part in team):
        team[-1] = slow
    return next(crews(crew, team, order), None)


def crews_within(
    crew: Crew, sets: Sequence[Spans], minutes: Spans
) -> Iterator[tuple[tuple[Way, ...], Spans]]:
    """Each that could do it within some minutes, in no order, and which of these it has free."""
    pairs = list(zip(crew.parts, sets, strict=True))
    pairs.sort(key=lambda pair: pair[0].staff.id not in crew.named)

    def going_on(at: int, team: tuple[Way, ...], left: Spans) -> Iterator[tuple[tuple[Way, ...], Spans]]:
        if len(team) == crew.needed:
            if any(part.staff.id in crew.slowest for part in team):
                yield team, left
            return
        # Those who were asked for come first, and are not passed over.
        last = at + 1 if len(team) < len(crew.named) else len(pairs) - (crew.needed - len(team)) + 1
        for place in range(at, last):
            common = intersection(left, pairs[place][1])
            if common:
                yield from going_on(place + 1, (*team, pairs[place][0]), common)

    yield from going_on(0, (), minutes)


class _Free(NamedTuple):
    lo: int
    hi: int
    members: tuple[StaffMember, ...]


class Calendar:
    """Who of a crew is free when: from the sets of its parts."""

    def __init__(self, crew: Crew, sets: Sequence[Spans]) -> None:
        self._parts = tuple(zip(crew.parts, sets, strict=True))
        self._last = _Free(0, 0, ())

    def at(self, minute: int) -> tuple[StaffMember, ...]:
        """Those who are free; asked in order of time it is quick."""
        if not self._last.lo <= minute < self._last.hi:
            self._last = self._around(minute)
        return self._last.members

    def _around(self, minute: int) -> _Free:
        """The same from this minute on until somebody comes or goes."""
        until: list[int] = []
        members: list[StaffMember] = []
        for part, spans in self._parts:
            span = span_at(spans, minute)
            if span is not None:
                members.append(part.staff)
                until.append(span[1])
            else:
                at = bisect_left(spans, (minute, minute))
                until += [spans[at][0]] if at < len(spans) else []
        return _Free(minute, min(until, default=minute + 1), tuple(members))


def with_masters(
    catalogue: Catalogue, items: tuple[VisitItem, ...], staff_ids: Sequence[UUID]
) -> tuple[VisitItem, ...]:
    """The services of a visit with the masters whom a placement is with: ``staff_ids`` in its order, of each
    service the one who leads first, or one master for all of it.

    Where these aren't as many as are needed it isn't certain who does what, and the services stay as they
    are. They do, too, where a master doesn't do theirs any more.
    """
    needed = [catalogue.services[item.service_id].staff_needed for item in items]
    if len(staff_ids) == 1 and sum(needed) == len(items):
        staff_ids = [staff_ids[0]] * len(items)
    if len(staff_ids) != sum(needed):
        return items
    found: list[VisitItem] = []
    rest = list(staff_ids)
    for item, count in zip(items, needed, strict=True):
        crew, rest = rest[:count], rest[count:]
        if any((staff_id, item.service_id) not in catalogue.offers for staff_id in crew):
            return items
        found.append(replace(item, staff_id=crew[0], assistant_ids=tuple(sorted(crew[1:]))))
    return tuple(found)
