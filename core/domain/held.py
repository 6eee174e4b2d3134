"""Time and seats that are held for those who are choosing, as busy time for everybody else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple
from uuid import UUID, uuid5

from core.domain.placement import claims_of, with_claims
from core.domain.visit import Busy, BusySession, Claim, Placement, SegmentPlan


class HeldSession(NamedTuple):
    """A group session as those who hold seats in it know it, whether it stands already or is still to be
    opened: a master leads one service at one place from one minute (epoch minutes) on, so there is no other.
    """

    service_id: UUID
    staff_id: UUID
    location_id: UUID
    start: int
    end: int

    @property
    def id(self) -> UUID:
        """Its name among holds, the same for all who hold it: its seats are lanes of that."""
        return uuid5(self.staff_id, f"{self.service_id} {self.location_id} {self.start}")


class HeldClaim(NamedTuple):
    """What a hold takes. ``session``: whose seat or, of a session still to be opened, whose time it is."""

    claim: Claim
    session: HeldSession | None = None


def held_claims(placement: Placement) -> tuple[HeldClaim, ...]:
    """All that a hold of a placement takes: masters and rooms with their buffers, and seats of groups."""
    sessions: dict[UUID, HeldSession] = {}
    segments: list[SegmentPlan] = []
    for segment in placement.segments:
        if not segment.seats:
            segments.append(segment)
            continue
        session = HeldSession(
            segment.service_id, segment.staff_id, segment.location_id, segment.start, segment.end
        )
        sessions[session.id] = session
        segments.append(segment._replace(session_id=session.id))
    claims = claims_of(placement._replace(segments=tuple(segments)))
    # A seat's resource is its session; the time of a session that would be opened bears its id.
    return tuple(HeldClaim(claim, sessions.get(claim.session_id or claim.resource_id)) for claim in claims)


def with_held(busy: Busy, held: Iterable[HeldClaim]) -> Busy:
    """Busy time with what others hold.

    Held seats are taken from the session where it stands; else they make one that doesn't stand yet: who
    comes next takes seats beside them, and opens it if nobody has by then.
    """
    claims: list[Claim] = []
    standing: dict[HeldSession, BusySession | None] = {}
    for claim, session in held:
        if session is None:
            claims.append(claim)
            continue
        if session not in standing:
            standing[session] = _standing(busy, session)
        stands = standing[session]
        if stands is None:
            claims.append(claim._replace(session_id=session.id))
        elif claim.resource_id == session.id:
            claims.append(claim._replace(resource_id=stands.id))
    if not claims:
        return busy
    opened = [session for session, stands in standing.items() if stands is None]
    return with_claims(_with_opened(busy, opened), claims)


def _standing(busy: Busy, session: HeldSession) -> BusySession | None:
    return next(
        (
            one
            for one in busy.sessions.get(session.staff_id, ())
            if one.service_id == session.service_id
            and one.start == session.start
            and one.location_id in {None, session.location_id}
        ),
        None,
    )


def _with_opened(busy: Busy, sessions: Iterable[HeldSession]) -> Busy:
    """Busy time with sessions that nobody has opened yet, their seats still free."""
    found = dict(busy.sessions)
    for session in {one.id: one for one in sessions}.values():
        opened = BusySession(
            id=session.id,
            service_id=session.service_id,
            staff_id=session.staff_id,
            start=session.start,
            end=session.end,
            seats_taken=0,
            location_id=session.location_id,
            stands=False,
        )
        beside = (*found.get(session.staff_id, ()), opened)
        found[session.staff_id] = tuple(sorted(beside, key=lambda one: one.start))
    return replace(busy, sessions=found)
