"""The search itself: sets of starts, cut and joined until only those that can be had are left.

For each way to do a service there is the set of minutes at which it could begin: working time gives it, busy
time, full dates and full rooms take from it. A visit is a *chain* of ways, one for each of its services, each
beginning when the one before it ends; the starts of a chain are what the sets of its links have in common,
each moved back by the link's offset. Two things make links depend on each other:

- between services of one master in one visit there are no buffers, so a link knows whether the same master
  goes on before and after it;
- a link may join a standing group session, which fixes its start. What a session takes is taken already, so
  it counts as any other busy time for the links beside it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final, NamedTuple
from uuid import UUID

from core.domain.catalog import Catalogue, GapMode, Location, Room
from core.domain.crews import enough
from core.domain.daily_limits import full_dates
from core.domain.local_time import day_start, local_date
from core.domain.slot_options import Asked, Branch, Filler
from core.domain.slot_ways import Way
from core.domain.spans import (
    Span,
    Spans,
    clipped,
    covers,
    intersection,
    merged,
    minus,
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

    ``session``: the group session it joins; one that doesn't stand yet it opens beside those who hold seats.
    ``team``: who of a crew does it, the one who leads first.
    """

    way: Way
    offset: int
    lead: bool
    trail: bool
    session: BusySession | None
    team: tuple[Way, ...] = ()

    @property
    def workers(self) -> tuple[Way, ...]:
        """The ways of all who do it, that of the one who leads first."""
        return self.team or (self.way,)

    @property
    def length(self) -> int:
        """Minutes from its start to its end."""
        return self.way.duration if self.session is None else self.session.end - self.session.start

    @property
    def joins(self) -> bool:
        """It joins a standing session, so that it takes seats alone."""
        return self.session is not None and self.session.stands

    @property
    def end(self) -> int:
        """Minutes from the visit's start to its end."""
        return self.offset + self.length


class Chain(NamedTuple):
    """A way to do a whole visit."""

    branch: Branch
    links: tuple[Link, ...]

    @property
    def length(self) -> int:
        """Minutes of the visit."""
        return self.links[-1].end


class Search:
    """One search over visit starts ``[lo, hi)``.

    ``claims``, ``rooms`` or ``limits`` False leave busy staff, full rooms or daily limits out of account:
    that is how a refusal finds its reason. ``since``, ``until``: the visit starts for which sets are made.
    The gap rule compares those of whole dates, whichever of them notice and the clock leave.
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
        limits: bool = True,
    ) -> None:
        self.asked = asked
        self.catalogue = catalogue
        self.busy = busy
        self.lo, self.hi = lo, hi
        self.since, self.until = lo, hi
        if asked.gaps is not GapMode.OFF:
            first, last = asked.dates((lo, hi))
            self.since = day_start(asked.zone, first)
            self.until = day_start(asked.zone, last + timedelta(days=1))
        self._minds_claims = claims
        self._minds_rooms = rooms
        self.minds_limits = limits and asked.limited
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
        self._opening: dict[UUID, Search] = {}

    # Single ways

    def staffed(self, way: Way, lead: bool = True, trail: bool = True) -> Spans:
        """The minutes at which the staff member, or enough of a crew, could begin: at work, not busy, and not
        full for the date.
        """
        before = way.service.buffer_before if lead else 0
        after = way.service.buffer_after if trail else 0
        key = (way.number, before > 0, after > 0)
        found = self._staffed.get(key)
        if found is None and way.crew is not None:
            sets = [self.staffed(part, lead, trail) for part in way.parts]
            found = self._staffed[key] = enough(way.crew, sets)
        if found is None:
            found = self._hours(way, before, after)
            claims = self._claims_of_staff(way.staff.id) if self._minds_claims and found else ()
            if claims:
                last = len(way.stretches) - 1
                holes: list[Span] = []
                for at, (offset, length) in enumerate(way.stretches):
                    holes += taken_starts(
                        claims, offset, length, before if at == 0 else 0, after if at == last else 0
                    )
                holes.sort()
                found = minus(found, holes)
            if self.minds_limits and found:
                span = self.since, self.until + self.asked.longest
                found = minus(found, full_dates(self.asked, self.busy, way.staff.id, way.duration, span))
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
        """Sessions of this service and staff member with enough seats left, within working hours: those that
        stand, and those that seats are held in and that could still be opened.
        """
        if not way.is_group:
            return ()
        found = self._joinable.get(way.number)
        if found is None:
            found = self._joinable[way.number] = tuple(
                session
                for session in self.busy.sessions.get(way.staff.id, ())
                if session.service_id == way.service.id
                and session.location_id in {None, way.location.id}
                and session.id not in self._left
                and self.lo <= session.start < self.hi + self.asked.longest
                and self.seats_left(way, session) >= self.asked.query.seats
                and self._in_hours(way, session)
                and (session.stands or self._can_open(way, session))
            )
        return found

    def opening(self, session: BusySession) -> Search:
        """The search over the start of a session that doesn't stand yet, whose own claims don't stand in its
        way.
        """
        found = self._opening.get(session.id)
        if found is None:
            claims = {
                resource_id: tuple(claim for claim in taken if claim.session_id != session.id)
                for resource_id, taken in self.busy.claims.items()
            }
            found = self._opening[session.id] = Search(
                self.catalogue,
                self.asked,
                replace(self.busy, claims=claims, sessions={}),
                session.start,
                session.start + 1,
                claims=self._minds_claims,
                rooms=self._minds_rooms,
                limits=self.minds_limits,
            )
        return found

    def _can_open(self, way: Way, session: BusySession) -> bool:
        same_length = session.end - session.start == way.duration
        return same_length and span_at(self.opening(session).fitting(way), session.start) is not None

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

    # Free time, for the gap rule

    def free_time(self, staff_id: UUID, location: Location) -> Spans:
        """When this staff member is at work there with nothing to do, buffers aside."""
        until = self.until + self.asked.longest + self.asked.after
        taken = merged((claim.start, claim.end) for claim in self._claims_of_staff(staff_id))
        return minus(self._working(staff_id, location, self.since, until), taken)

    def filled(self, staff_id: UUID, location: Location, filler: Filler) -> Spans:
        """The minutes at which this staff member could begin something else there."""
        until = self.until + self.asked.longest + self.asked.after
        found = _begins(
            self._working(staff_id, location, self.since - filler.before, until),
            filler.duration,
            filler.before if filler.buffers_within_hours else 0,
            filler.after if filler.buffers_within_hours else 0,
        )
        claims = self._claims_of_staff(staff_id)
        return minus(found, sorted(taken_starts(claims, 0, filler.duration, filler.before, filler.after)))

    # What sets are made of

    def _hours(self, way: Way, before: int, after: int) -> Spans:
        """The minutes at which it can begin by working time; buffers count where the rules say so."""
        lo, hi = self.since, self.until + self.asked.longest
        if self.asked.query.override:
            return [(lo, hi)]
        if not self.asked.rules.buffers_within_hours:
            before = after = 0
        working = self._working(way.staff.id, way.location, lo - before, hi + way.duration + after - 1)
        return clipped(_begins(working, way.duration, before, after), lo, hi)

    def _working(self, staff_id: UUID, location: Location, from_: int, until: int) -> Spans:
        first, last = local_date(location.zone, from_), local_date(location.zone, until)
        return working_time(self.catalogue).staff(staff_id, location.id, first, last)

    def _in_hours(self, way: Way, session: BusySession) -> bool:
        """A standing session counts as long as it lies in working hours, as any visit."""
        if self.asked.query.override:
            return True
        inside = self.asked.rules.buffers_within_hours
        from_ = session.start - (way.service.buffer_before if inside else 0)
        until = session.end + (way.service.buffer_after if inside else 0)
        return covers(self._working(way.staff.id, way.location, from_, until), from_, until)

    def _claims_of_staff(self, staff_id: UUID) -> tuple[BusyClaim, ...]:
        return self._minded(self.busy.claims.get(staff_id, ()))

    def _minded(self, claims: tuple[BusyClaim, ...]) -> tuple[BusyClaim, ...]:
        """Claims that bear on this search, without those that the ignored booking would leave."""
        from_, until = self.since - self.asked.before, self.until + self.asked.longest + self.asked.after
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
        found: Spans = [(self.since, self.until + self.asked.longest)] if way.needs_all_rooms else _NONE
        for room in way.rooms:
            places = merged(
                span for lane in range(room.places) for span in self._lane(way, room, lane, lead, trail)
            )
            found = intersection(found, places) if way.needs_all_rooms else union(found, places)
        return found

    def _lane(self, way: Way, room: Room, lane: int, lead: bool, trail: bool) -> Spans:
        """The minutes at which one place of a room is free for it."""
        claims = [claim for claim in self._minded(self.busy.claims.get(room.id, ())) if claim.lane == lane]
        before = way.service.buffer_before if lead else 0
        after = way.service.buffer_after if trail else 0
        holes = sorted(taken_starts(claims, 0, way.duration, before, after))
        return minus([(self.since, self.until + self.asked.longest)], holes)


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


def _begins(working: Spans, duration: int, before: int, after: int) -> list[Span]:
    """The minutes at which something can begin that lies in working time with these buffers."""
    tail = duration + after - 1
    return [(from_ + before, until - tail) for from_, until in working if until - from_ > before + tail]
