"""The words of the slot search: what is asked for, what is busy, what is found.

All instants inside the search are whole **epoch minutes** (UTC), because integers are several times faster to
compare than datetimes; :func:`to_minutes` and :func:`from_minutes` are the only doors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID


def to_minutes(moment: datetime) -> int:
    """Epoch minutes of an aware instant, rounded down."""
    return int(moment.timestamp()) // 60


def from_minutes(minutes: int) -> datetime:
    """The UTC instant of an epoch minute."""
    return datetime.fromtimestamp(minutes * 60, UTC)


class Booked(NamedTuple):
    """What was agreed on for one service when it was booked, and stays so wherever the visit is put.

    With ``staff_id``: ``minutes`` from start to end and ``price`` (minor units, of all seats), add-ons
    included. With anybody else ``addon_minutes`` and ``addon_price`` (of one seat) come on top of theirs.
    """

    staff_id: UUID
    minutes: int
    price: int
    addon_minutes: int = 0
    addon_price: int = 0


@dataclass(frozen=True, slots=True)
class VisitItem:
    """One service of a visit with its add-ons; ``staff_id`` None: any master who does it.

    Where several do it together, the one named leads and ``assistant_ids`` take part too; whoever is wanted
    beyond those is anybody. More of them than the service needs don't count. ``booked``: it is a booking's
    already, so that its add-ons may have left the offer since.
    """

    service_id: UUID
    staff_id: UUID | None = None
    addon_ids: tuple[UUID, ...] = ()
    assistant_ids: tuple[UUID, ...] = ()
    booked: Booked | None = None

    @property
    def named(self) -> tuple[UUID, ...]:
        """Everybody who was asked for, the one who leads first."""
        return self.assistant_ids if self.staff_id is None else (self.staff_id, *self.assistant_ids)


@dataclass(frozen=True, slots=True)
class SlotQuery:
    """What is asked of the calendar.

    ``items`` follow one another without a gap in one visit, at one location; None: any location. ``seats``:
    places wanted in a group service. ``ignore_booking``: its own claims don't stand in its way (a move).
    ``by_business``: the business's own people ask, for whom notice, cut-off, horizon and «not booked online»
    are no rules: these are the clients'. ``override``: staff may place a visit outside hours, grid, daily
    limits and gap rule too; busy time stays busy and the past stays past. ``agreed``: the business has named
    this time itself or been asked for it in time, so that nothing binds but working hours, busy time and what
    there is at all.
    """

    items: tuple[VisitItem, ...]
    location_id: UUID | None = None
    seats: int = 1
    ignore_booking: UUID | None = None
    override: bool = False
    by_business: bool = False
    agreed: bool = False

    @property
    def at_any_date(self) -> bool:
        """Neither notice nor cut-off nor horizon bind it, nor that a service isn't booked online."""
        return self.override or self.by_business or self.agreed

    @property
    def at_any_minute(self) -> bool:
        """Neither grid nor daily limits nor the gap rule bind it."""
        return self.override or self.agreed


class BusyClaim(NamedTuple):
    """Taken time of one lane of a resource, in epoch minutes.

    Two visits of one lane must be apart by the larger of the first one's buffer after and the second one's
    buffer before. That is what two ranges without overlap say: ``[lead, end)`` (buffer before and visit) and
    ``[start, trail)`` (visit and buffer after). What a group session takes of its staff member and rooms
    bears its ``session_id``: it belongs to the session, whoever opened it.
    """

    lead: int
    start: int
    end: int
    trail: int
    lane: int = 0
    booking_id: UUID | None = None
    session_id: UUID | None = None


class BusySession(NamedTuple):
    """A group session that stands in the calendar with its seats taken.

    ``lanes`` are the seats taken and ``booking_ids`` who has each of them, in the same order and with one
    entry a seat; without ``lanes`` the first ``seats_taken`` are meant. ``stands`` False: seats are held in
    it by somebody who is still choosing, and whoever books first opens it; what it would take bears its
    ``id``.
    """

    id: UUID
    service_id: UUID
    staff_id: UUID
    start: int
    end: int
    seats_taken: int
    location_id: UUID | None = None
    booking_ids: tuple[UUID, ...] = ()
    lanes: tuple[int, ...] = ()
    stands: bool = True


class DayLoad(NamedTuple):
    """What a staff member has on one local date: for daily limits and «least loaded».

    A service of a visit belongs to the local date of its own start, in the business's zone. ``visits``:
    visits with a service of theirs on that date, and group sessions, each counted once. ``minutes``: of these
    services from start to end (processing time included), a session once.
    """

    visits: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Busy:
    """Taken time in the span of a search.

    ``claims``: by resource (staff member or room), sorted by start; bookings, sessions, blocked time and
    other people's holds alike. ``sessions``: group sessions by staff member, sorted by start; their staff
    time is among the claims too. ``loads``: by (staff member, local date), for each local date that the span
    touches and of that whole date, without the booking that the query ignores. ``last_booked``: when (epoch
    minutes) each staff member was last booked by anybody, for «least recent».
    """

    claims: Mapping[UUID, tuple[BusyClaim, ...]] = field(default_factory=dict)
    sessions: Mapping[UUID, tuple[BusySession, ...]] = field(default_factory=dict)
    loads: Mapping[tuple[UUID, date], DayLoad] = field(default_factory=dict)
    last_booked: Mapping[UUID, int] = field(default_factory=dict)


class Refusal(StrEnum):
    """Why a start can't be had.

    The last two are conflicts with other people, the others mean that it is not offered.
    """

    UNKNOWN_SERVICE = "unknown_service"
    UNKNOWN_ADDON = "unknown_addon"
    UNKNOWN_STAFF = "unknown_staff"
    UNKNOWN_LOCATION = "unknown_location"
    STAFF_DOES_NOT_DO_IT = "staff_does_not_do_it"
    NOT_ONLINE = "not_online"
    TOO_MANY_SEATS = "too_many_seats"
    IN_THE_PAST = "in_the_past"
    TOO_SOON = "too_soon"
    TOO_FAR = "too_far"
    OFF_GRID = "off_grid"
    OUTSIDE_HOURS = "outside_hours"
    DAILY_LIMIT = "daily_limit"
    LEAVES_GAP = "leaves_gap"
    NO_ROOM = "no_room"
    TAKEN = "taken"

    @property
    def is_conflict(self) -> bool:
        """Somebody else has the time (409), rather than the rules not offering it (422)."""
        return self in {Refusal.NO_ROOM, Refusal.TAKEN}


class SegmentPlan(NamedTuple):
    """One service of a placed visit: who, when (epoch minutes), where, and what it takes.

    ``lead`` and ``trail`` reach over the buffers; between services of one master in one visit there are none.
    ``busy`` are the staff member's busy stretches within ``[start, end)``: two when processing time in the
    middle frees them. ``assistant_ids`` (sorted) do it together with ``staff_id``, who leads, and are busy
    at the same times. ``rooms`` (room, lane) are taken for the whole stretch. ``seats`` are the lanes taken
    in the group session ``session_id``; ``opens_session``: it does not stand yet, and has no id before
    :func:`core.domain.placement.opened` gives it one. ``duration`` is ``end - start``; ``price`` includes
    add-ons and is for all seats.
    """

    service_id: UUID
    staff_id: UUID
    location_id: UUID
    start: int
    end: int
    lead: int
    trail: int
    busy: tuple[tuple[int, int], ...]
    addon_ids: tuple[UUID, ...] = ()
    rooms: tuple[tuple[UUID, int], ...] = ()
    session_id: UUID | None = None
    duration: int = 0
    price: int = 0
    seats: tuple[int, ...] = ()
    opens_session: bool = False
    assistant_ids: tuple[UUID, ...] = ()

    @property
    def staff_ids(self) -> tuple[UUID, ...]:
        """All who do it, the one who leads first."""
        return (self.staff_id, *self.assistant_ids)


class Placement(NamedTuple):
    """A start that can be had, with everything it will take.

    ``seats_left`` before this booking, when the visit is one group service. ``rank``: 1 when it leaves an
    unusable remainder of a free window (gap-aware offers), else 0.
    """

    start: int
    end: int
    segments: tuple[SegmentPlan, ...]
    seats_left: int | None = None
    rank: int = 0


class FreeStart(NamedTuple):
    """One bookable start in a list, in epoch minutes.

    ``staff_ids``: who could do the first (or only) service, or be one of those who do it together, in the
    order of the business's «any master» rule.
    ``end``, ``seats_left`` and ``rank`` are those of the :class:`Placement` that would be made.
    """

    start: int
    end: int
    staff_ids: tuple[UUID, ...]
    seats_left: int | None = None
    rank: int = 0


class DayStarts(NamedTuple):
    """The free starts of one local date, in order of time."""

    date: date
    starts: tuple[FreeStart, ...]


class Claim(NamedTuple):
    """A row to be written: this lane of this resource (staff member, room, or session whose lanes are seats)
    is taken; epoch minutes as in :class:`BusyClaim`. ``session_id``: staff and room claims that belong to a
    group session opened by this booking, and outlive it.
    """

    resource_id: UUID
    lane: int
    lead: int
    start: int
    end: int
    trail: int
    session_id: UUID | None = None
