"""The search itself: sets of starts, cut and joined until only those that can be had are left.

For each way to do a service there is the set of minutes at which it could begin: working time gives it, busy
time and full rooms take from it. A visit is a *chain* of ways, one for each of its services, each beginning
when the one before it ends; the starts of a chain are what the sets of its links have in common, each moved
back by the link's offset. Two things make links depend on each other:

- between services of one master in one visit there are no buffers, so a link knows whether the same master
  goes on before and after it;
- a link may join a standing group session, which fixes its start. What a session takes is taken already, so
  it counts as any other busy time for the links beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from core.domain.catalog import Catalogue, Room
from core.domain.local_time import local_date
from core.domain.slot_options import Asked, Branch, Way
from core.domain.spans import (
    Span,
    Spans,
    clipped,
    covers,
    intersection,
    merged,
    minus,
    shifted,
    span_at,
    union,
)
from core.domain.visit import Busy, BusyClaim, BusySession
from core.domain.working_time import working_time

_NONE: Final[Spans] = ()
_MANY: Final = 32
"""So many claims that it pays to look for those near the search first."""


class Link(NamedTuple):
    """One service of a chain: how it is done, when (minutes after the visit's start), and with which buffers.

    ``session``: the standing group session it joins.
    """

    way: Way
    offset: int
    lead: bool
    trail: bool
    session: BusySession | None

    @property
    def length(self) -> int:
        """Minutes from its start to its end."""
        return self.way.duration if self.session is None else self.session.end - self.session.start

    @property
    def end(self) -> int:
        """Minutes from the visit's start to its end."""
        return self.offset + self.length


class Chain(NamedTuple):
    """A way to do a whole visit, and the starts at which it can be done."""

    branch: Branch
    links: tuple[Link, ...]
    starts: Spans

    @property
    def length(self) -> int:
        """Minutes of the visit."""
        return self.links[-1].end

    @property
    def joins(self) -> bool:
        """It joins a standing session, so that its start is given and needs no grid."""
        return any(link.session is not None for link in self.links)


class Search:
    """One search over visit starts ``[lo, hi)``.

    ``claims`` or ``rooms`` False leave busy staff or full rooms out of account: that is how a refusal finds
    its reason.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        asked: Asked,
        busy: Busy,
        lo: int,
        hi: int,
        *,
        claims: bool = True,
        rooms: bool = True,
    ) -> None:
        self.asked = asked
        self.lo, self.hi = lo, hi
        self._catalogue = catalogue
        self._busy = busy
        self._minds_claims = claims
        self._minds_rooms = rooms
        self._ignored = asked.query.ignore_booking
        self._left = frozenset(
            session.id
            for sessions in (busy.sessions.values() if self._ignored else ())
            for session in sessions
            if taken_seats(session, self._ignored) == () and session.booking_ids
        )
        self._staffed: dict[tuple[int, bool, bool], Spans] = {}
        self._fitting: dict[tuple[int, bool, bool], Spans] = {}
        self._joinable: dict[int, tuple[BusySession, ...]] = {}

    # Single ways

    def staffed(self, way: Way, lead: bool = True, trail: bool = True) -> Spans:
        """The minutes at which the staff member could begin: at work, and not busy."""
        before = way.service.buffer_before if lead else 0
        after = way.service.buffer_after if trail else 0
        key = (way.number, before > 0, after > 0)
        found = self._staffed.get(key)
        if found is None:
            found = self._hours(way, before, after)
            claims = self._claims_of_staff(way) if self._minds_claims and found else ()
            if claims:
                last = len(way.stretches) - 1
                holes: list[Span] = []
                for at, (offset, length) in enumerate(way.stretches):
                    holes += taken_starts(
                        claims, offset, length, before if at == 0 else 0, after if at == last else 0
                    )
                holes.sort()
                found = minus(found, holes)
            self._staffed[key] = found
        return found

    def fitting(self, way: Way, lead: bool = True, trail: bool = True) -> Spans:
        """The minutes at which it can begin, staff and rooms."""
        if not way.rooms or not self._minds_rooms:
            return self.staffed(way, lead, trail)
        key = (way.number, lead, trail)
        found = self._fitting.get(key)
        if found is None:
            found = self.staffed(way, lead, trail)
            if found:
                found = intersection(found, self._roomy(way, lead, trail))
            self._fitting[key] = found
        return found

    def free_lane(self, way: Way, room: Room, start: int, lead: bool, trail: bool) -> int | None:
        """The lowest free place of a room for a service that begins at ``start``."""
        for lane in range(room.places):
            if span_at(self._lane(way, room, lane, lead, trail), start) is not None:
                return lane
        return None

    def joinable(self, way: Way) -> tuple[BusySession, ...]:
        """Standing sessions of this service and staff member with enough seats left, within working hours."""
        if not way.is_group:
            return ()
        found = self._joinable.get(way.number)
        if found is None:
            found = self._joinable[way.number] = tuple(
                session
                for session in self._busy.sessions.get(way.staff.id, ())
                if session.service_id == way.service.id
                and session.location_id in {None, way.location.id}
                and session.id not in self._left
                and self.lo <= session.start < self.hi + self.asked.longest
                and self.seats_left(way, session) >= self.asked.query.seats
                and self._in_hours(way, session)
            )
        return found

    def joinable_at(self, branch: Branch, index: int, way: Way) -> tuple[BusySession, ...]:
        """Sessions that service ``index`` of a visit can join. One that is longer than the service is now
        would lead the rest of the visit beyond the time that was read, so it can only be the last.
        """
        sessions = self.joinable(way)
        if index == len(branch.ways) - 1:
            return sessions
        return tuple(session for session in sessions if session.end - session.start <= way.duration)

    def taken(self, session: BusySession) -> tuple[int, ...]:
        """The seats of a standing session that are taken, without the ignored booking's own."""
        return taken_seats(session, self._ignored)

    def seats_left(self, way: Way, session: BusySession) -> int:
        """Seats of a standing session that are free, the ignored booking's own among them."""
        return way.service.capacity - len(self.taken(session))

    # Chains

    def chains(
        self, branch: Branch, *, handovers: int | None = None, at: int | None = None
    ) -> Iterator[Chain]:
        """The chains of a location that have a start, of those that are tried; if told, with that many
        changes of master or with this start.
        """
        starts = (self.lo, self.hi) if at is None else (at, at + 1)
        yield from self._extend(branch, (), None, [starts], handovers)

    def windows(self, chain: Chain) -> Spans:
        """The free windows that a chain's starts lie in: where its masters have time for it."""
        found: Spans = [(self.lo, self.hi)]
        for link in chain.links:
            found = intersection(found, shifted(self.staffed(link.way, link.lead, link.trail), -link.offset))
        return found

    def _extend(
        self, branch: Branch, links: tuple[Link, ...], last: Link | None, starts: Spans, handovers: int | None
    ) -> Iterator[Chain]:
        """Chains that begin with ``links`` and ``last``, whose buffer after is not yet decided."""
        done = len(links) + (last is not None)
        if done == len(branch.ways):
            assert last is not None
            starts = self._settled(last, starts)
            if starts:
                yield Chain(branch, (*links, last), starts)
            return
        offset = 0 if last is None else last.end
        for way in branch.ways[done]:
            if branch.tried is not None and (*_numbers(links, last), way.number) not in branch.tried:
                continue
            left = handovers
            if handovers is not None and last is not None:
                left = handovers - (last.way.staff.id != way.staff.id)
                if not 0 <= left <= len(branch.ways) - done - 1:
                    continue
            for session in (None, *self.joinable_at(branch, done, way)):
                goes_on = (
                    last is not None and last.session is session is None and last.way.staff.id == way.staff.id
                )
                link = Link(way, offset, not goes_on, True, session)
                if last is None:
                    yield from self._extend(branch, (), link, starts, left)
                    continue
                before = last._replace(trail=not goes_on)
                remaining = self._settled(before, starts)
                if remaining:
                    yield from self._extend(branch, (*links, before), link, remaining, left)

    def _settled(self, link: Link, starts: Spans) -> Spans:
        """What is left of the visit's starts by a link."""
        if link.session is not None:
            return clipped(starts, link.session.start - link.offset, link.session.start - link.offset + 1)
        fitting = self.fitting(link.way, link.lead, link.trail)
        if len(starts) == 1:
            lo, hi = starts[0]
            return shifted(clipped(fitting, lo + link.offset, hi + link.offset), -link.offset)
        return intersection(starts, shifted(fitting, -link.offset))

    # What sets are made of

    def _hours(self, way: Way, before: int, after: int) -> Spans:
        """The minutes at which it can begin by working time; buffers count where the rules say so."""
        lo, hi = self.lo, self.hi + self.asked.longest
        if self.asked.query.override:
            return [(lo, hi)]
        if not self.asked.rules.buffers_within_hours:
            before = after = 0
        tail = way.duration + after - 1
        working = self._working(way, lo - before, hi + tail)
        return clipped(
            [(from_ + before, until - tail) for from_, until in working if until - from_ > before + tail],
            lo,
            hi,
        )

    def _working(self, way: Way, from_: int, until: int) -> Spans:
        zone = way.location.zone
        first, last = local_date(zone, from_), local_date(zone, until)
        return working_time(self._catalogue).staff(way.staff.id, way.location.id, first, last)

    def _in_hours(self, way: Way, session: BusySession) -> bool:
        """A standing session counts as long as it lies in working hours, as any visit."""
        if self.asked.query.override:
            return True
        inside = self.asked.rules.buffers_within_hours
        from_ = session.start - (way.service.buffer_before if inside else 0)
        until = session.end + (way.service.buffer_after if inside else 0)
        return covers(self._working(way, from_, until), from_, until)

    def _claims_of_staff(self, way: Way) -> tuple[BusyClaim, ...]:
        return self._minded(self._busy.claims.get(way.staff.id, ()))

    def _minded(self, claims: tuple[BusyClaim, ...]) -> tuple[BusyClaim, ...]:
        """Claims that bear on this search, without those that the ignored booking would leave."""
        from_, until = self.lo - self.asked.before, self.hi + self.asked.longest + self.asked.after
        if len(claims) > _MANY and (claims[-1].start >= until or claims[0].trail <= from_):
            claims = tuple([claim for claim in claims if claim.trail > from_ and claim.lead < until])
        if self._ignored is None:
            return claims
        return tuple(
            claim
            for claim in claims
            if (
                claim.booking_id != self._ignored
                if claim.session_id is None
                else claim.session_id not in self._left
            )
        )

    def _roomy(self, way: Way, lead: bool, trail: bool) -> Spans:
        """The minutes at which its rooms have a place for it: all of them, or any."""
        found: Spans = [(self.lo, self.hi + self.asked.longest)] if way.needs_all_rooms else _NONE
        for room in way.rooms:
            places = merged(
                span for lane in range(room.places) for span in self._lane(way, room, lane, lead, trail)
            )
            found = intersection(found, places) if way.needs_all_rooms else union(found, places)
        return found

    def _lane(self, way: Way, room: Room, lane: int, lead: bool, trail: bool) -> Spans:
        """The minutes at which one place of a room is free for it."""
        claims = [claim for claim in self._minded(self._busy.claims.get(room.id, ())) if claim.lane == lane]
        before = way.service.buffer_before if lead else 0
        after = way.service.buffer_after if trail else 0
        holes = sorted(taken_starts(claims, 0, way.duration, before, after))
        return minus([(self.lo, self.hi + self.asked.longest)], holes)


def taken_starts(
    claims: tuple[BusyClaim, ...] | list[BusyClaim], offset: int, length: int, before: int, after: int
) -> list[Span]:
    """The starts at which a stretch of ``length`` minutes, ``offset`` later, with its buffers would meet one
    of ``claims``: by the rule of :class:`core.domain.visit.BusyClaim` it has to end by the claim's start or
    begin at its end, and by the larger buffer of the two earlier or later.
    """
    early = length + offset - 1
    return [
        (
            (lead if lead < start - after else start - after) - early,  # noqa: FURB136 - calls are slow here
            (trail if trail > end + before else end + before) - offset,  # noqa: FURB136 - the same
        )
        for lead, start, end, trail, _lane, _booking, _session in claims
    ]


def taken_seats(session: BusySession, ignored: object = None) -> tuple[int, ...]:
    """The seats of a session that are taken, without those of the ignored booking."""
    lanes = session.lanes or tuple(range(session.seats_taken))
    if ignored is None or not session.booking_ids:
        return lanes
    return tuple(
        lane
        for at, lane in enumerate(lanes)
        if at >= len(session.booking_ids) or session.booking_ids[at] != ignored
    )


def _numbers(links: tuple[Link, ...], last: Link | None) -> tuple[int, ...]:
    numbers = tuple(link.way.number for link in links)
    return numbers if last is None else (*numbers, last.way.number)
