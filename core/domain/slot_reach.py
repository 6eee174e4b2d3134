"""Chains without building them one by one: there are as many as all ways of all services multiplied.

What can follow in a visit depends on little of what went before: which service is next, how long the visit
has gone on, and whether the same master goes on. So the sets of starts, and the best chain at one start, are
put together from the end of the visit backwards, each part once. That works as long as every link can be
judged by itself (:attr:`core.domain.slot_options.Asked.is_plain`).
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Final, NamedTuple

from core.domain.choice import Choice, StaffKey
from core.domain.slot_options import Branch, Way
from core.domain.slot_search import Chain, Link, Search
from core.domain.spans import Spans, intersection, merged, shifted, span_at, union

_NONE: Final[Spans] = ()


class Reach(NamedTuple):
    """The starts of all chains that begin in one way: those that the grid binds, and those that it doesn't
    because a standing session is joined.
    """

    free: Spans
    joined: Spans


class Reaching:
    """The starts of visits, from the sets of one search."""

    def __init__(self, search: Search) -> None:
        self._search = search
        self._reached: dict[tuple[int, int, int, bool], Reach] = {}
        self._onward: dict[tuple[int, int, int], Reach] = {}

    def reach(self, branch: Branch, way: Way) -> Reach:
        """The starts of all chains that begin in this way."""
        return self._reach(branch, 0, way, 0, False)

    def _reach(self, branch: Branch, index: int, way: Way, offset: int, goes_on: bool) -> Reach:
        """Visit starts from which this way does service ``index``, ``offset`` minutes later, and the rest can
        follow. ``goes_on``: the same master did the service before.
        """
        key = (index, way.number, offset, goes_on)
        found = self._reached.get(key)
        if found is not None:
            return found
        search = self._search
        lead = not goes_on
        after = offset + way.duration
        # The same master may follow here too: buffers between are stricter than none, and add nothing.
        free, joined = self._both(way, lead, True, offset, self._rest(branch, index + 1, after))
        for following in branch.ways[index + 1] if index + 1 < len(branch.ways) else ():
            if following.staff.id == way.staff.id:
                rest = self._reach(branch, index + 1, following, after, True)
                more = self._both(way, lead, False, offset, rest)
                free, joined = union(free, more.free), union(joined, more.joined)
        for session in () if goes_on else search.joinable_at(branch, index, way):
            start = session.start - offset
            rest = self._rest(branch, index + 1, offset + session.end - session.start)
            if search.lo <= start < search.hi and (span_at(rest.free, start) or span_at(rest.joined, start)):
                joined = union(joined, [(start, start + 1)])
        found = self._reached[key] = Reach(free, joined)
        return found

    def _rest(self, branch: Branch, index: int, offset: int) -> Reach:
        """Visit starts from which services from ``index`` on can be done, by whomever."""
        if index == len(branch.ways):
            return Reach([(self._search.lo, self._search.hi)], _NONE)
        key = (branch.ways[0][0].number, index, offset)
        found = self._onward.get(key)
        if found is None:
            following = [self._reach(branch, index, way, offset, False) for way in branch.ways[index]]
            found = self._onward[key] = Reach(
                merged(span for one in following for span in one.free),
                merged(span for one in following for span in one.joined),
            )
        return found

    def _both(self, way: Way, lead: bool, trail: bool, offset: int, rest: Reach) -> Reach:
        """Visit starts that suit this way and the rest."""
        own = shifted(self._search.fitting(way, lead, trail), -offset)
        return Reach(intersection(own, rest.free), intersection(own, rest.joined) if rest.joined else _NONE)


class _Entry(Enum):
    """How a chain comes to a link: from another master or from nothing; from the same master going on; or
    from the same master, but only to join a standing session.
    """

    FRESH = auto()
    GOING_ON = auto()
    JOINING = auto()


class _Tail(NamedTuple):
    """The end of a chain, in the order of :mod:`core.domain.choice`."""

    handovers: int
    opened: int
    staff: tuple[StaffKey, ...]
    new: tuple[bool, ...]
    links: tuple[Link, ...]


class LeastChain:
    """The chain that is chosen for one start of a location, all chains considered."""

    def __init__(self, search: Search, branch: Branch, choice: Choice, at: int) -> None:
        self._search = search
        self._branch = branch
        self._choice = choice
        self._at = at
        self._tails: dict[tuple[int, int, int, _Entry, bool], _Tail | None] = {}

    def find(self, *, joining: bool) -> Chain | None:
        """The chosen chain; None when there is none. ``joining``: it has to join a standing session."""
        tails = [self._tail(0, way, 0, _Entry.FRESH, joining) for way in self._branch.ways[0]]
        found = _least([tail for tail in tails if tail is not None])
        return None if found is None else Chain(self._branch, found.links, [(self._at, self._at + 1)])

    def _tail(self, index: int, way: Way, offset: int, entry: _Entry, joining: bool) -> _Tail | None:
        """The least end of a chain from this way of service ``index`` on."""
        key = (index, way.number, offset, entry, joining)
        if key not in self._tails:
            found: list[_Tail] = []
            if entry is not _Entry.JOINING:
                found += self._new(index, way, offset, entry is _Entry.FRESH, joining)
            if entry is not _Entry.GOING_ON:
                found += self._joined(index, way, offset)
            self._tails[key] = _least(found)
        return self._tails[key]

    def _new(self, index: int, way: Way, offset: int, lead: bool, joining: bool) -> list[_Tail]:
        """Ends in which this way takes time of its own."""
        found: list[_Tail] = []
        search, at = self._search, self._at + offset
        if span_at(search.fitting(way, lead, True), at):
            link = Link(way, offset, lead, True, None)
            found += self._followed(index, link, _Entry.JOINING, joining)
        if index + 1 < len(self._branch.ways) and span_at(search.fitting(way, lead, False), at):
            link = Link(way, offset, lead, False, None)
            found += self._followed(index, link, _Entry.GOING_ON, joining)
        return found

    def _joined(self, index: int, way: Way, offset: int) -> list[_Tail]:
        """Ends in which this way joins a standing session."""
        found: list[_Tail] = []
        for session in self._search.joinable_at(self._branch, index, way):
            if session.start == self._at + offset:
                found += self._followed(index, Link(way, offset, True, True, session), _Entry.FRESH, False)
        return found

    def _followed(self, index: int, link: Link, same_entry: _Entry, joining: bool) -> list[_Tail]:
        """A link with the least ends that can follow it. ``same_entry``: how the same master would follow;
        when that is without a buffer, nobody else does.
        """
        staff = link.way.staff
        is_new = link.session is None
        opened = int(is_new and link.way.is_group)
        order = self._choice.staff_key(staff)
        if index + 1 == len(self._branch.ways):
            return [] if joining else [_Tail(0, opened, (order,), (is_new,), (link,))]
        found: list[_Tail] = []
        for way in self._branch.ways[index + 1]:
            same = way.staff.id == staff.id
            if not same and same_entry is _Entry.GOING_ON:
                continue
            tail = self._tail(index + 1, way, link.end, same_entry if same else _Entry.FRESH, joining)
            if tail is not None:
                found.append(
                    _Tail(
                        tail.handovers + (not same),
                        tail.opened + opened,
                        (order, *tail.staff),
                        (is_new, *tail.new),
                        (link, *tail.links),
                    )
                )
        return found


def _least(tails: list[_Tail]) -> _Tail | None:
    return min(tails, key=lambda tail: tail[:4], default=None)
