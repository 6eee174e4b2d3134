"""Closing a stretch of dates: who may, which visits it hits, which other times their clients are offered."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

from core.domain.actor import Actor, Role, Scope
from core.domain.booking import Booking
from core.domain.local_time import DAY, interval
from core.domain.schedule import DatedException, ExceptionType
from core.domain.visit import FreeStart, from_minutes, to_minutes

MAX_DAYS: Final = 62
"""Longest closure, in dates."""

_APART_MINUTES: Final = 60


class ClosureAction(StrEnum):
    """What becomes of the visits of a closed time: all cancelled, or other times offered."""

    CANCEL = "cancel"
    OFFER = "offer"


@dataclass(frozen=True, slots=True)
class Closure:
    """A decision to close some dates, kept until each client concerned has been dealt with.

    ``exception_ids``: the dated exceptions that close them, by date; one that was taken back meanwhile closes
    nothing more. ``actor``: who decided it, with the rights they had. ``leased_until``: until when (UTC)
    whoever works on it is left alone.
    """

    id: UUID
    business_id: UUID
    action: ClosureAction
    exception_ids: tuple[UUID, ...]
    actor: Actor
    reason: str
    created_at: datetime
    leased_until: datetime


def require_may_close(actor: Actor, business_id: UUID, staff_id: UUID | None) -> None:
    """Managers close anything, a master the own chair (``staff_id``) alone.

    Raises NotFound for strangers, Forbidden for others of the business.
    """
    own = staff_id is not None and staff_id == actor.staff_id
    if own and actor.role is Role.MASTER and actor.is_business_side:
        actor.require_business(business_id)
        actor.require_scope(Scope.CATALOGUE_WRITE)
    else:
        actor.require_manager(business_id)


def dates_of(first: date, last: date) -> tuple[date, ...]:
    """The dates from ``first`` to ``last``, inclusive."""
    return tuple(first + timedelta(days=number) for number in range((last - first).days + 1))


def hits(exception: DatedException, booking: Booking) -> bool:
    """Whether some of the visit's work lies in the time that the exception closes; none does in one that
    opens.

    The closed time is a wall clock of the visit's place. A staff member's exception closes what they do
    themselves, the hand of another master in the same visit not.
    """
    if exception.type is not ExceptionType.CLOSED:
        return False
    if exception.location_id not in {None, booking.location_id}:
        return False
    end = DAY if exception.end is None else exception.end
    closed_from, closed_until = interval(booking.zone, exception.date, exception.start or 0, end)
    return any(
        to_minutes(segment.start) < closed_until and to_minutes(segment.end) > closed_from
        for segment in booking.segments
        if exception.staff_id is None or exception.staff_id in segment.staff_ids
    )


def hitting(exceptions: Iterable[DatedException], booking: Booking) -> tuple[DatedException, ...]:
    """Those of the exceptions that hit the visit, in their order."""
    return tuple(each for each in exceptions if hits(each, booking))


# --- other times


class Offer(NamedTuple):
    """A time that was offered instead of a visit, in epoch minutes: what it would take."""

    start: int
    end: int
    staff_ids: frozenset[UUID]
    services: tuple[UUID, ...]
    seats: int

    @property
    def moment(self) -> datetime:
        """Its start."""
        return from_minutes(self.start)

    def meets(self, other: Offer) -> bool:
        """Whether the two overlap."""
        return self.start < other.end and other.start < self.end


def offer_of(visit: Booking, start: int) -> Offer:
    """What the visit would take at another start, as long as it is now."""
    length = to_minutes(visit.end) - to_minutes(visit.start)
    services = tuple(segment.service_id for segment in visit.segments)
    return Offer(start, start + length, visit.staff_ids, services, visit.seats)


def choose_offers(
    starts: Sequence[FreeStart],
    visit: Booking,
    *,
    own: Sequence[Offer],
    given: Sequence[Offer],
    limit: int,
) -> tuple[Offer, ...]:
    """The first of ``starts`` that give a real choice, at most ``limit``: an hour from each other, beside
    what the client's other visits are offered (``own``), and none that was offered to somebody else
    (``given``), unless it is a group that has a seat for both.
    """
    present = offer_of(visit, to_minutes(visit.start))
    rivals = _Rivals([each for each in given if each.staff_ids & present.staff_ids])
    chosen: list[Offer] = []
    for start in starts:
        if len(chosen) == limit:
            break
        if any(abs(start.start - other.start) < _APART_MINUTES for other in chosen):
            continue
        offer = present._replace(start=start.start, end=start.end)
        if not any(map(offer.meets, own)) and not rivals.take(offer, start.seats_left):
            chosen.append(offer)
    return tuple(chosen)


class _Rivals:
    """What others were offered with the same masters. Closures are of hundreds of visits, so that only those
    near a start are looked at.
    """

    def __init__(self, given: Sequence[Offer]) -> None:
        self._given = sorted(given, key=_start_of)
        self._longest = max((each.end - each.start for each in given), default=0)

    def take(self, offer: Offer, seats_left: int | None) -> bool:
        """Whether they leave nothing of this start; of a group's, no seats."""
        first = bisect_right(self._given, offer.start - self._longest, key=_start_of)
        last = bisect_left(self._given, offer.end, key=_start_of)
        meeting = [each for each in self._given[first:last] if offer.meets(each)]
        if seats_left is None:
            return bool(meeting)
        beside = [each for each in meeting if (each.start, each.services) == (offer.start, offer.services)]
        return len(beside) < len(meeting) or sum(each.seats for each in beside) + offer.seats > seats_left


def _start_of(offer: Offer) -> int:
    return offer.start
