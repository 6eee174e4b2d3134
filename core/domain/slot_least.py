"""The chain that is chosen for one start, all chains considered, in the order of :mod:`core.domain.choice`.

The best end of a chain depends on little of what went before it, so that each is found once. The daily limit
of minutes looks at a chain as a whole: where the best one breaks it, chains are tried in order until one
doesn't.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum, auto
from heapq import heappop, heappush
from itertools import islice
from typing import Final, NamedTuple

from core.domain.choice import Choice
from core.domain.crews import StaffKey, best_crew, crews
from core.domain.daily_limits import Part, binding, keeping
from core.domain.slot_gaps import Gaps
from core.domain.slot_options import Branch
from core.domain.slot_search import Chain, Link, Search
from core.domain.slot_ways import Crew, Way
from core.domain.spans import span_at

_MOST_TRIED: Final = 4000
"""So many beginnings of chains are tried at most, where the best chain is too much for somebody."""


class _Entry(Enum):
    """How a chain comes to a link: from another master or from nothing; from the same master going on; or
    from the same master, but only to join a session.
    """

    FRESH = auto()
    GOING_ON = auto()
    JOINING = auto()


class _State(NamedTuple):
    """Where a chain stands: the number of the next service, the way that does it, when, how the chain comes
    to it, and whether it still has to join a standing session.
    """

    number: int
    way: Way
    offset: int
    entry: _Entry
    joining: bool

    @property
    def key(self) -> tuple[int, int, int, _Entry, bool]:
        """What makes it the same state."""
        return self.number, self.way.number, self.offset, self.entry, self.joining


class _Tail(NamedTuple):
    """The end of a chain, in the order of :mod:`core.domain.choice`."""

    handovers: int
    opened: int
    staff: tuple[StaffKey, ...]
    new: tuple[bool, ...]
    links: tuple[Link, ...]


_END: Final = _Tail(0, 0, (), (), ())


class LeastChain:
    """The chain that is chosen for one start of a location; with ``gaps`` it leaves nothing unusable."""

    def __init__(
        self, search: Search, branch: Branch, choice: Choice, at: int, gaps: Gaps | None = None
    ) -> None:
        self._search = search
        self._branch = branch
        self._choice = choice
        self._at = at
        self._gaps = gaps
        self._tails: dict[tuple[int, int, int, _Entry, bool], _Tail | None] = {}
        self._binding = search.minds_limits and binding(search.asked, search.busy, branch, (at, at + 1))

    def find(self, ways: Sequence[Way], *, joining: bool) -> Chain | None:
        """The chosen chain of those that begin in one of ``ways``; None when there is none. ``joining``: it
        has to join a standing session.
        """
        begun = [_State(0, way, 0, _Entry.FRESH, joining) for way in ways]
        found = _least([tail for tail in map(self._tail, begun) if tail is not None])
        if found is None:
            return None
        if not self._keeps_limits(found.links):
            found = self._least_within_limits(begun)
        return None if found is None else Chain(self._branch, found.links)

    def _tail(self, state: _State) -> _Tail | None:
        """The least end of a chain from this state on."""
        key = state.key
        if key not in self._tails:
            found: list[_Tail] = []
            for link, entry, joining in self._links(state):
                if state.number + 1 == len(self._branch.ways):
                    if not joining:
                        found.append(self._before(link, _END))
                    continue
                ends = map(self._tail, self._following(state.number, link, entry, joining))
                found += [self._before(link, tail) for tail in ends if tail is not None]
            self._tails[key] = _least(found)
        return self._tails[key]

    def _links(self, state: _State, *, every: bool = False) -> Iterator[tuple[Link, _Entry, bool]]:
        """The links that are possible in a state; how the same master would follow each, and whether a
        session has still to be joined. When the same master goes on without a buffer, nobody else does.
        ``every``: of a crew each that could do it, rather than the best.
        """
        index, way, offset, entry, joining = state
        if way.crew is not None:
            if self._is_free(way, True, True, offset):
                for team in self._teams(way.crew, offset, every=every):
                    yield Link(way, offset, True, True, None, team), _Entry.FRESH, joining
            return
        if entry is not _Entry.JOINING:
            lead = entry is _Entry.FRESH
            if self._is_free(way, lead, True, offset):
                yield Link(way, offset, lead, True, None), _Entry.JOINING, joining
            if index + 1 < len(self._branch.ways) and self._is_free(way, lead, False, offset):
                yield Link(way, offset, lead, False, None), _Entry.GOING_ON, joining
        if entry is not _Entry.GOING_ON:
            for session in self._search.joinable_at(self._branch, index, way):
                if session.start == self._at + offset:
                    link = Link(way, offset, True, True, session)
                    yield link, _Entry.FRESH, joining and not session.stands

    def _is_free(self, way: Way, lead: bool, trail: bool, offset: int) -> bool:
        if self._gaps is not None:
            return span_at(self._gaps.clean(way, lead, trail, offset), self._at) is not None
        return span_at(self._search.fitting(way, lead, trail), self._at + offset) is not None

    def _teams(self, crew: Crew, offset: int, *, every: bool) -> Iterator[tuple[Way, ...]]:
        """Who of a crew does it ``offset`` minutes after the start."""
        free = [part for part in crew.parts if self._has_time(part, offset)]
        if every:
            yield from islice(crews(crew, free, self._choice.staff_key), _MOST_TRIED)
        elif (team := best_crew(crew, free, self._choice.staff_key)) is not None:
            yield team

    def _has_time(self, part: Way, offset: int) -> bool:
        if self._gaps is not None:
            return self._is_free(part, True, True, offset)
        return span_at(self._search.staffed(part), self._at + offset) is not None

    def _following(self, index: int, link: Link, entry: _Entry, joining: bool) -> Iterator[_State]:
        for way in self._branch.ways[index + 1]:
            same = way.is_by(link.way)
            if same or entry is not _Entry.GOING_ON:
                yield _State(index + 1, way, link.end, entry if same else _Entry.FRESH, joining)

    def _before(self, link: Link, tail: _Tail) -> _Tail:
        """A link with what follows it."""
        staff = sorted(self._choice.staff_key(worker.staff) for worker in link.workers)
        is_new = link.session is None
        handover = bool(tail.links) and link.way.hands_over(tail.links[0].way)
        return _Tail(
            tail.handovers + handover,
            tail.opened + (is_new and link.way.is_group),
            (*staff, *tail.staff),
            (is_new, *tail.new),
            (link, *tail.links),
        )

    # Minutes of several services together

    def _keeps_limits(self, links: Sequence[Link]) -> bool:
        search, at = self._search, self._at
        if not self._binding:
            return True
        parts: list[Part] = [
            (worker.staff.id, link.offset, worker.duration)
            for link in links
            if not link.joins
            for worker in link.workers
        ]
        return bool(keeping(search.asked, search.busy, parts, [(at, at + 1)]))

    def _least_within_limits(self, begun: Sequence[_State]) -> _Tail | None:
        """The same of the chains that keep all limits: beginnings are gone on with in the order of the best
        that could become of each.
        """
        waiting: list[tuple[tuple[object, ...], int, tuple[Link, ...], _State | None]] = []
        pushed = 0
        beginnings: list[tuple[tuple[Link, ...], _State | None]] = [((), state) for state in begun]
        while pushed < _MOST_TRIED:
            for links, state in beginnings:
                tail = self._whole(links, state)
                if tail is not None:
                    pushed += 1
                    heappush(waiting, (tail[:4], pushed, links, state))
            if not waiting:
                return None
            _, _, links, at = heappop(waiting)
            if at is None:
                return self._whole(links, None)
            beginnings = list(self._longer(links, at))
        return None

    def _whole(self, links: tuple[Link, ...], state: _State | None) -> _Tail | None:
        """A beginning with the least end; ``state`` None: it has come to its end."""
        tail = _END if state is None else self._tail(state)
        for link in reversed(links):
            tail = None if tail is None else self._before(link, tail)
        return tail

    def _longer(
        self, links: tuple[Link, ...], state: _State
    ) -> Iterator[tuple[tuple[Link, ...], _State | None]]:
        """A beginning with one link more that keeps all limits, and where each stands then."""
        for link, entry, joining in self._links(state, every=True):
            more = (*links, link)
            if not self._keeps_limits(more):
                continue
            if state.number + 1 < len(self._branch.ways):
                for following in self._following(state.number, link, entry, joining):
                    yield more, following
            elif not joining:
                yield more, None


def _least(tails: list[_Tail]) -> _Tail | None:
    return min(tails, key=lambda tail: tail[:4], default=None)
