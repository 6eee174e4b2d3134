"""The starts of visits, without their chains: there are as many as all ways of all services multiplied.

What can follow in a visit depends on little of what went before: which service is next, how long the visit
has gone on, and whether the same master goes on. So the sets of starts are put together from the end of the
visit backwards, each part once. That works because every link is judged by itself: by free time, rooms and
full dates, and by the gap rule (:mod:`core.domain.slot_gaps`). Only where several services of one visit may
be too many minutes for a master together (:func:`core.domain.daily_limits.binding`) chains are tried one
after another, those that can't be reached left out, until every start in question has one.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final, NamedTuple

from core.domain.choice import Choice
from core.domain.crews import crews_within
from core.domain.daily_limits import Part, binding, keeping
from core.domain.local_time import local_date
from core.domain.slot_gaps import Gaps
from core.domain.slot_least import LeastChain
from core.domain.slot_options import Branch
from core.domain.slot_search import Search
from core.domain.slot_ways import Way
from core.domain.spans import Spans, clipped, intersection, merged, minus, shifted, span_at, union

_NONE: Final[Spans] = ()
_MOST_TRIED: Final = 400
"""So many chains of one master and date are tried at most; all of them can be reached."""


class Reach(NamedTuple):
    """The starts of all chains that begin in one way: those that the grid binds, and those that it doesn't
    because a standing session is joined.
    """

    free: Spans
    joined: Spans


class Reaching:
    """The starts of visits, from the sets of one search. With ``gaps`` those that leave nothing unusable."""

    def __init__(self, search: Search, gaps: Gaps | None = None) -> None:
        self._search = search
        self._gaps = gaps
        self._reached: dict[tuple[int, int, int, bool, int | None], Reach] = {}
        self._onward: dict[tuple[int, int, int, int | None], Reach] = {}
        self._kept: dict[int, Reach] = {}
        self._binding: dict[int, Spans] = {}

    def reach(self, branch: Branch, way: Way) -> Reach:
        """The starts of all chains that begin in this way."""
        found = self._kept.get(way.number)
        if found is None:
            found = self._reach(branch, 0, way, 0, False, None)
            bound = self.bound(branch)
            if bound:
                found = self._without_too_long(branch, way, found, bound)
            self._kept[way.number] = found
        return found

    def reach_with(self, branch: Branch, way: Way, handovers: int) -> Reach:
        """Those with so many changes of master at most, minutes of several services together aside."""
        return self._reach(branch, 0, way, 0, False, handovers)

    def bound(self, branch: Branch) -> Spans:
        """The starts at which several services together may be too many minutes for some master."""
        number = branch.ways[0][0].number
        found = self._binding.get(number)
        if found is None:
            search = self._search
            span = search.lo, search.hi
            found = binding(search.asked, search.busy, branch, span) if search.minds_limits else _NONE
            self._binding[number] = found
        return found

    def _reach(  # noqa: PLR0917 - what a part depends on
        self, branch: Branch, index: int, way: Way, offset: int, goes_on: bool, handovers: int | None
    ) -> Reach:
        """Visit starts from which this way does service ``index``, ``offset`` minutes later, and the rest can
        follow. ``goes_on``: the same master did the service before.
        """
        key = (index, way.number, offset, goes_on, handovers)
        found = self._reached.get(key)
        if found is not None:
            return found
        search = self._search
        lead = not goes_on
        after = offset + way.duration
        # The same master may follow here too: buffers between are stricter than none, and add nothing.
        free, joined = self._both(way, lead, True, offset, self._rest(branch, index + 1, after, handovers))
        for following in branch.ways[index + 1] if index + 1 < len(branch.ways) else ():
            if following.is_by(way):
                rest = self._reach(branch, index + 1, following, after, True, handovers)
                more = self._both(way, lead, False, offset, rest)
                free, joined = union(free, more.free), union(joined, more.joined)
        for session in () if goes_on else search.joinable_at(branch, index, way):
            start = session.start - offset
            rest = self._rest(branch, index + 1, offset + session.end - session.start, handovers)
            if not search.lo <= start < search.hi:
                continue
            if span_at(rest.joined, start) or (session.stands and span_at(rest.free, start)):
                joined = union(joined, [(start, start + 1)])
            elif span_at(rest.free, start):
                free = union(free, [(start, start + 1)])
        found = self._reached[key] = Reach(free, joined)
        return found

    def _rest(self, branch: Branch, index: int, offset: int, handovers: int | None) -> Reach:
        """Visit starts from which services from ``index`` on can be done, by whomever else."""
        if index == len(branch.ways):
            return Reach([(self._search.lo, self._search.hi)], _NONE)
        # To a crew, and from one, nobody hands over.
        handing = branch.ways[index - 1][0].crew is None and branch.ways[index][0].crew is None
        if handovers == 0 and handing:
            return Reach(_NONE, _NONE)
        key = (branch.ways[0][0].number, index, offset, handovers)
        found = self._onward.get(key)
        if found is None:
            left = None if handovers is None else handovers - handing
            following = [self._reach(branch, index, way, offset, False, left) for way in branch.ways[index]]
            found = self._onward[key] = Reach(
                merged(span for one in following for span in one.free),
                merged(span for one in following for span in one.joined),
            )
        return found

    def _both(self, way: Way, lead: bool, trail: bool, offset: int, rest: Reach) -> Reach:
        """Visit starts that suit this way and the rest."""
        if not (rest.free or rest.joined):
            return Reach(_NONE, _NONE)
        own = self._own(way, lead, trail, offset)
        return Reach(intersection(own, rest.free), intersection(own, rest.joined) if rest.joined else _NONE)

    def _own(self, way: Way, lead: bool, trail: bool, offset: int) -> Spans:
        if self._gaps is None:
            return shifted(self._search.fitting(way, lead, trail), -offset)
        return self._gaps.clean(way, lead, trail, offset)

    # Several services that are too long together

    def _without_too_long(self, branch: Branch, way: Way, found: Reach, bound: Spans) -> Reach:
        """``found`` without starts at which every chain asks too much of some master."""
        search = self._search
        free: Spans = minus(found.free, bound)
        for from_, until in bound:
            # Date by date, so that one that nobody has time on keeps no other one waiting.
            for at in range(from_, until, 24 * 60):
                wanted = clipped(found.free, at, min(until, at + 24 * 60))
                if wanted:
                    free = union(free, self._covered(branch, way, wanted))
        joined = [
            span
            for lo, hi in found.joined
            for span in ((at, at + 1) for at in range(lo, hi))
            if span_at(bound, span[0]) is None or self._joins_within_limits(branch, way, span[0])
        ]
        return Reach(intersection(free, [(search.lo, search.hi)]), merged(joined))

    def _covered(self, branch: Branch, way: Way, wanted: Spans) -> Spans:
        """Those of the starts wanted at which some chain from this way keeps all limits."""
        found: Spans = _NONE
        for starts in islice(self._keeping(branch, 0, way, 0, False, (), wanted), _MOST_TRIED):
            found = union(found, starts)
            if not minus(wanted, found):
                break
        return found

    def _keeping(  # noqa: PLR0917 - what a part depends on
        self,
        branch: Branch,
        index: int,
        way: Way,
        offset: int,
        goes_on: bool,
        done: tuple[Part, ...],
        starts: Spans,
    ) -> Iterator[Spans]:
        """The starts of one chain after another that goes on in this way and keeps all limits."""
        asked, busy = self._search.asked, self._search.busy
        if way.crew is not None:
            sets = [self._own(part, True, True, offset) for part in way.parts]
            free = intersection(starts, self._own(way, True, True, offset))
            for team, minutes in crews_within(way.crew, sets, free):
                parts = (*done, *((part.staff.id, offset, part.duration) for part in team))
                own = keeping(asked, busy, parts, minutes)
                yield from self._followed(branch, index, way, offset + way.duration, parts, own, True)
            return
        ended = index + 1 == len(branch.ways)
        parts = (*done, (way.staff.id, offset, way.duration))
        for trail in (True,) if ended else (False, True):
            own = keeping(
                asked, busy, parts, intersection(starts, self._own(way, not goes_on, trail, offset))
            )
            yield from self._followed(branch, index, way, offset + way.duration, parts, own, trail)
        for session in () if goes_on else self._search.joinable_at(branch, index, way):
            if not session.stands:
                at = session.start - offset
                own = keeping(asked, busy, parts, clipped(starts, at, at + 1))
                end = offset + session.end - session.start
                yield from self._followed(branch, index, way, end, parts, own, None)

    def _followed(  # noqa: PLR0917 - what a part depends on
        self,
        branch: Branch,
        index: int,
        way: Way,
        end: int,
        parts: tuple[Part, ...],
        own: Spans,
        trail: bool | None,
    ) -> Iterator[Spans]:
        """The same for what can follow: the same master where there is no buffer (``trail`` False), others
        where there is one, everybody after a session (None).
        """
        if not own:
            return
        if index + 1 == len(branch.ways):
            yield own
            return
        for following in branch.ways[index + 1]:
            same = following.is_by(way)
            if trail is not None and same is trail:
                continue
            goes_on = trail is False
            left = intersection(own, self._reach(branch, index + 1, following, end, goes_on, None).free)
            if left:
                yield from self._keeping(branch, index + 1, following, end, goes_on, parts, left)

    def _joins_within_limits(self, branch: Branch, way: Way, at: int) -> bool:
        search = self._search
        choice = Choice(search.asked.rules.any_staff, search.busy, local_date(search.asked.zone, at))
        return LeastChain(search, branch, choice, at).find([way], joining=True) is not None
