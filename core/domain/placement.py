"""The one validator: whether a visit can be had at a start, by whom and where, and what it takes.

List, hold, booking, move and confirmation all come here; :func:`place` says yes exactly to the starts that
:func:`core.domain.slots.free_starts` lists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice, pairwise
from uuid import UUID

from core.domain.catalog import Catalogue, GapMode
from core.domain.choice import ChainKey, Choice
from core.domain.local_time import day_starts, local_date
from core.domain.offer_rules import CLEAN, LEAVING, Offers, has
from core.domain.slot_grid import grid_of
from core.domain.slot_least import LeastChain
from core.domain.slot_options import Asked, Branch, ask, minutes_up
from core.domain.slot_reach import Reach, Reaching
from core.domain.slot_search import Chain, Link, Search, taken_seats
from core.domain.visit import (
    Busy,
    BusyClaim,
    BusySession,
    Claim,
    Placement,
    Refusal,
    SegmentPlan,
    SlotQuery,
    to_minutes,
)


def place(
    catalogue: Catalogue, query: SlotQuery, start: datetime, busy: Busy, now: datetime
) -> Placement | Refusal:
    """Place a visit at ``start`` (aware), or say why it can't be had.

    An override, and a time that was agreed on, may begin at any whole minute; everybody else at the starts
    that are listed. Of several reasons the first is given: the query itself, the past, notice, horizon, grid;
    then working hours, somebody else's time, a room, a daily limit, a gap.
    """
    asked = ask(catalogue, query)
    if isinstance(asked, Refusal):
        return asked
    refusal = _refuse_time(asked, start, now)
    if refusal is not None:
        return refusal
    at = to_minutes(start)
    search = _search(catalogue, asked, busy, at, now)
    offers = Offers(search)
    found = best(offers, at)
    if found is None and query.at_any_minute:
        found = best(offers, at, any_minute=True)
    if found is None:
        return _reason(catalogue, asked, busy, at)
    return _planned(search, *found, at)


def best(offers: Offers, at: int, *, any_minute: bool = False) -> tuple[Chain, int] | None:
    """The chain that a visit at ``at`` would take, and its gap rank; None when there is none, be it only for
    the grid (unless ``any_minute``).
    """
    search = offers.search
    choice = Choice(search.asked.rules.any_staff, search.busy, local_date(search.asked.zone, at))
    found: tuple[ChainKey, Chain] | None = None
    for branch in search.asked.branches:
        for rank, chain in _candidates(offers, branch, choice, at, any_minute=any_minute):
            key = choice.key(chain, rank)
            if found is None or key < found[0]:
                found = key, chain
    return (found[1], found[0].rank) if found else None


def _candidates(
    offers: Offers, branch: Branch, choice: Choice, at: int, *, any_minute: bool
) -> Iterator[tuple[int, Chain]]:
    """The best chains of a location at a start: of those that join a standing session, of those that leave
    nothing unusable, and of those that may all the same.
    """
    search, ways = offers.search, branch.ways[0]
    least = LeastChain(search, branch, choice, at)
    if search.asked.has_groups:
        chain = least.find(ways, joining=True)
        if chain is not None:
            yield CLEAN, chain
    if any_minute:
        chain = least.find(ways, joining=False)
        if chain is not None:
            yield CLEAN, chain
    elif offers.grid(branch).has(at):
        of_clean = least if offers.gaps is None else LeastChain(search, branch, choice, at, offers.gaps)
        chain = of_clean.find(ways, joining=False)
        if chain is not None:
            yield CLEAN, chain
        if offers.gaps is not None:
            chain = least.find(
                [way for way in ways if has(offers.of(branch, way).leaving, at)], joining=False
            )
            if chain is not None:
                yield LEAVING, chain


def claims_of(placement: Placement) -> tuple[Claim, ...]:
    """The rows that a placement takes, sorted by resource, lane and start.

    A segment takes its staff while busy and its rooms throughout, with buffers; in a group session it
    takes its seats, and staff and rooms only when it opens the session: those rows bear the ``session_id``.
    Where two segments of the visit follow each other on one lane, the buffers between them give way. Raises
    ValueError for a new session without an id (:func:`opened`).
    """
    found: list[Claim] = []
    for segment in placement.segments:
        found += _seat_claims(segment)
        if segment.opens_session or not segment.seats:
            found += _time_claims(segment)
    found.sort(key=lambda claim: (claim.resource_id, claim.lane, claim.start))
    for at, (one, following) in enumerate(pairwise(found)):
        if (one.resource_id, one.lane) == (following.resource_id, following.lane):
            found[at] = found[at]._replace(trail=min(found[at].trail, following.start))
            found[at + 1] = following._replace(lead=max(following.lead, one.end))
    return tuple(found)


def opened(placement: Placement, new_id: Callable[[], UUID]) -> Placement:
    """The placement with an id for each group session that it opens."""
    segments = tuple(
        segment._replace(session_id=new_id())
        if segment.opens_session and segment.session_id is None
        else segment
        for segment in placement.segments
    )
    return placement._replace(segments=segments)


def with_claims(busy: Busy, claims: Iterable[Claim]) -> Busy:
    """Busy time with more of it: other people's holds, or the earlier visits of a series. Seats go to their
    session where it stands.
    """
    more: dict[UUID, list[BusyClaim]] = {}
    for claim in claims:
        more.setdefault(claim.resource_id, []).append(
            BusyClaim(claim.lead, claim.start, claim.end, claim.trail, claim.lane, None, claim.session_id)
        )
    if not more:
        return busy
    sessions = {
        staff_id: tuple(_with_seats(session, more.pop(session.id, [])) for session in standing)
        for staff_id, standing in busy.sessions.items()
    }
    merged = dict(busy.claims)
    for resource_id, added in more.items():
        merged[resource_id] = tuple(sorted((*merged.get(resource_id, ()), *added), key=lambda one: one.start))
    return replace(busy, claims=merged, sessions=sessions)


def _with_seats(session: BusySession, added: list[BusyClaim]) -> BusySession:
    """A session with more seats taken, by nobody in particular."""
    taken = taken_seats(session)
    lanes = taken + tuple(sorted({claim.lane for claim in added} - set(taken)))
    return session._replace(lanes=lanes, seats_taken=len(lanes)) if added else session


def _refuse_time(asked: Asked, start: datetime, now: datetime) -> Refusal | None:
    """What notice, cut-off and horizon have against a start."""
    at = to_minutes(start)
    earliest, until = asked.bounds(now)
    if at < minutes_up(now):
        return Refusal.IN_THE_PAST
    if start.second or start.microsecond:
        return Refusal.OFF_GRID
    if at < earliest:
        return Refusal.TOO_SOON
    return Refusal.TOO_FAR if at >= until else None


def _search(catalogue: Catalogue, asked: Asked, busy: Busy, at: int, now: datetime) -> Search:
    """A search over this start alone; over its whole date where the gap rule compares it to others."""
    if asked.gaps is GapMode.OFF:
        return Search(catalogue, asked, busy, at, at + 1)
    earliest, until = asked.bounds(now)
    day = local_date(asked.zone, at)
    first, last = day_starts(asked.zone, day, day)
    return Search(catalogue, asked, busy, max(first, earliest), min(last, until))


def _reason(catalogue: Catalogue, asked: Asked, busy: Busy, at: int) -> Refusal:
    """Why no chain can be had at ``at``: what has to be left out of account before one can."""

    def possible(*, off_grid: bool = False, **minded: bool) -> bool:
        reach = _possible(Search(catalogue, asked, busy, at, at + 1, **minded), at, off_grid=off_grid)
        return bool(reach.free or reach.joined)

    stands = _stands(asked, busy, at)
    if not possible(off_grid=stands, claims=False, rooms=False, limits=False):
        on_grid = stands or any(_on_grid(asked, branch, at) for branch in asked.branches)
        return Refusal.OUTSIDE_HOURS if on_grid else Refusal.OFF_GRID
    if not possible(rooms=False, limits=False):
        return Refusal.TAKEN
    if not possible(limits=False):
        return Refusal.NO_ROOM
    return Refusal.LEAVES_GAP if possible() else Refusal.DAILY_LIMIT


def _possible(search: Search, at: int, *, off_grid: bool) -> Reach:
    """What starts a search over ``at`` alone leaves, gaps aside."""
    reaching, asked = Reaching(search), search.asked
    found = [
        (off_grid or _on_grid(asked, branch, at), reaching.reach(branch, way))
        for branch in asked.branches
        for way in branch.ways[0]
    ]
    return Reach(
        [span for counts, reach in found if counts for span in reach.free],
        [span for _, reach in found for span in reach.joined],
    )


def _on_grid(asked: Asked, branch: Branch, at: int) -> bool:
    """The grid of a location doesn't forbid the start."""
    return asked.query.at_any_minute or grid_of(asked, branch.location, at, at + 1).has(at)


def _stands(asked: Asked, busy: Busy, at: int) -> bool:
    """A standing session of the first service begins then, though it may be full."""
    first = asked.query.items[0].service_id
    return any(
        session.start == at and session.service_id == first
        for sessions in busy.sessions.values()
        for session in sessions
    )


def _planned(search: Search, chain: Chain, rank: int, at: int) -> Placement:
    """The placement of a chain at a start."""
    segments: list[SegmentPlan] = []
    rooms: tuple[tuple[UUID, int], ...] = ()
    for link in chain.links:
        rooms = () if link.joins else _rooms(search, link, at + link.offset, rooms)
        segments.append(_segment(search, link, at + link.offset, rooms))
    return Placement(at, at + chain.length, tuple(segments), seats_left(search, chain), rank)


def seats_left(search: Search, chain: Chain) -> int | None:
    """Seats left in the session of a visit that is one group service, before it is booked."""
    link = chain.links[0]
    if len(chain.links) > 1 or not link.way.is_group:
        return None
    return link.way.service.capacity if link.session is None else search.seats_left(link.way, link.session)


def _segment(search: Search, link: Link, start: int, rooms: tuple[tuple[UUID, int], ...]) -> SegmentPlan:
    way, session = link.way, link.session if link.joins else None
    end = start + link.length
    seats: tuple[int, ...] = ()
    if way.is_group:
        taken = () if link.session is None else search.taken(link.session)
        free = (lane for lane in range(way.service.capacity) if lane not in taken)
        seats = tuple(islice(free, search.asked.query.seats))
    return SegmentPlan(
        service_id=way.service.id,
        staff_id=link.workers[0].staff.id,
        location_id=way.location.id,
        start=start,
        end=end,
        lead=start - way.service.buffer_before if link.lead and session is None else start,
        trail=end + way.service.buffer_after if link.trail and session is None else end,
        busy=tuple((start + offset, start + offset + length) for offset, length in way.stretches)
        if session is None
        else ((start, end),),
        addon_ids=way.addon_ids,
        rooms=rooms,
        session_id=None if session is None else session.id,
        duration=end - start,
        price=link.workers[0].price,
        seats=seats,
        opens_session=way.is_group and session is None,
        assistant_ids=tuple(sorted(worker.staff.id for worker in link.workers[1:])),
    )


def _rooms(
    search: Search, link: Link, start: int, before: tuple[tuple[UUID, int], ...]
) -> tuple[tuple[UUID, int], ...]:
    """The rooms to take, with the lowest free place of each: all of them, or the first free one in the
    service's own order, staying in the room of the service before where that is possible.
    """
    way = link.way
    if link.session is not None:
        search = search.opening(link.session)
    stay = {room_id for room_id, _ in before}
    rooms = way.rooms if way.needs_all_rooms else sorted(way.rooms, key=lambda room: room.id not in stay)
    found: list[tuple[UUID, int]] = []
    for room in rooms:
        lane = search.free_lane(way, room, start, link.lead, link.trail)
        if lane is not None:
            found.append((room.id, lane))
            if not way.needs_all_rooms:
                break
    return tuple(found)


def _seat_claims(segment: SegmentPlan) -> list[Claim]:
    if not segment.seats:
        return []
    if segment.session_id is None:
        raise ValueError("a new group session has no id yet")
    start, end = segment.start, segment.end
    return [Claim(segment.session_id, lane, start, start, end, end) for lane in segment.seats]


def _time_claims(segment: SegmentPlan) -> list[Claim]:
    """Staff and rooms; the session's own where a session is opened."""
    session = segment.session_id
    last = len(segment.busy) - 1
    found = [
        Claim(
            resource_id=staff_id,
            lane=0,
            lead=segment.lead if at == 0 else start,
            start=start,
            end=end,
            trail=segment.trail if at == last else end,
            session_id=session,
        )
        for staff_id in segment.staff_ids
        for at, (start, end) in enumerate(segment.busy)
    ]
    found += [
        Claim(room_id, lane, segment.lead, segment.start, segment.end, segment.trail, session)
        for room_id, lane in segment.rooms
    ]
    return found
