"""The life of a booking: its statuses, who may move it between them, and what it keeps.

``TRANSITIONS[(status, event)]`` is the whole truth; SQL repeats it as a compare-and-swap on the status and
the version. A booking keeps the price, duration and title of its day, so a later change of the catalogue
never rewrites the past.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from core.domain.catalog import BookingRules
from core.domain.errors import PolicyRefused, TransitionRefused
from core.domain.money import Money


class BookingStatus(StrEnum):
    """Where a booking stands."""

    DRAFT = "draft"
    PENDING = "pending"
    DEPOSIT_REQUIRED = "deposit_required"
    CONFIRMED = "confirmed"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"
    EXPIRED = "expired"


ACTIVE: Final = frozenset(
    {
        BookingStatus.DRAFT,
        BookingStatus.PENDING,
        BookingStatus.DEPOSIT_REQUIRED,
        BookingStatus.CONFIRMED,
        BookingStatus.IN_PROGRESS,
    }
)
"""Statuses whose claims hold their time.

Completed and no-show visits are past: they hold theirs too (``OCCUPIES``).
"""

OCCUPIES: Final = ACTIVE | {BookingStatus.COMPLETED, BookingStatus.NO_SHOW}
OPEN: Final = frozenset({BookingStatus.PENDING, BookingStatus.DEPOSIT_REQUIRED, BookingStatus.CONFIRMED})
"""Coming visits that can still be moved or cancelled."""


class BookingEvent(StrEnum):
    """What can happen to a booking's status."""

    SUBMIT = "submit"
    REQUIRE_DEPOSIT = "require_deposit"
    CONFIRM = "confirm"
    DECLINE = "decline"
    CANCEL = "cancel"
    START = "start"
    COMPLETE = "complete"
    MARK_NO_SHOW = "mark_no_show"
    EXPIRE = "expire"


_S, _E = BookingStatus, BookingEvent

TRANSITIONS: Final[Mapping[tuple[BookingStatus, BookingEvent], BookingStatus]] = {
    (_S.DRAFT, _E.SUBMIT): _S.PENDING,
    (_S.DRAFT, _E.REQUIRE_DEPOSIT): _S.DEPOSIT_REQUIRED,
    (_S.DRAFT, _E.CONFIRM): _S.CONFIRMED,
    (_S.DRAFT, _E.CANCEL): _S.CANCELLED,
    (_S.DRAFT, _E.EXPIRE): _S.EXPIRED,
    (_S.PENDING, _E.REQUIRE_DEPOSIT): _S.DEPOSIT_REQUIRED,
    (_S.PENDING, _E.CONFIRM): _S.CONFIRMED,
    (_S.PENDING, _E.DECLINE): _S.CANCELLED,
    (_S.PENDING, _E.CANCEL): _S.CANCELLED,
    (_S.PENDING, _E.EXPIRE): _S.EXPIRED,
    (_S.DEPOSIT_REQUIRED, _E.CONFIRM): _S.CONFIRMED,
    (_S.DEPOSIT_REQUIRED, _E.DECLINE): _S.CANCELLED,
    (_S.DEPOSIT_REQUIRED, _E.CANCEL): _S.CANCELLED,
    (_S.DEPOSIT_REQUIRED, _E.EXPIRE): _S.EXPIRED,
    (_S.CONFIRMED, _E.SUBMIT): _S.PENDING,
    (_S.CONFIRMED, _E.CANCEL): _S.CANCELLED,
    (_S.CONFIRMED, _E.START): _S.IN_PROGRESS,
    (_S.CONFIRMED, _E.COMPLETE): _S.COMPLETED,
    (_S.CONFIRMED, _E.MARK_NO_SHOW): _S.NO_SHOW,
    (_S.IN_PROGRESS, _E.COMPLETE): _S.COMPLETED,
    (_S.IN_PROGRESS, _E.MARK_NO_SHOW): _S.NO_SHOW,
    (_S.COMPLETED, _E.MARK_NO_SHOW): _S.NO_SHOW,
    (_S.NO_SHOW, _E.COMPLETE): _S.COMPLETED,
}

#: Events that only the business's side may cause.
BUSINESS_EVENTS: Final = frozenset(
    {_E.CONFIRM, _E.DECLINE, _E.START, _E.COMPLETE, _E.MARK_NO_SHOW, _E.REQUIRE_DEPOSIT}
)
#: Events that make sense only once the visit has begun.
AFTER_START: Final = frozenset({_E.START, _E.COMPLETE, _E.MARK_NO_SHOW})


class BookingSource(StrEnum):
    """Where a booking came from."""

    TELEGRAM = "telegram"
    VK = "vk"
    MINIAPP = "miniapp"
    WEB = "web"
    ADMIN = "admin"
    API = "api"
    YCLIENTS = "yclients"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class AddOnLine:
    """An add-on as it was booked: minutes and minor units of that day."""

    addon_id: UUID
    title: str
    duration: int
    price: int


@dataclass(frozen=True, slots=True)
class Segment:
    """One service of a visit, as it was booked. ``price`` (minor units) includes its add-ons.

    ``staff_id`` is the master who leads; ``assistant_ids`` (sorted) do it together with them, named as they
    were on the day of booking by ``assistant_names``, in the same order.
    """

    id: UUID
    service_id: UUID
    service_title: str
    staff_id: UUID
    staff_name: str
    start: datetime
    end: datetime
    buffer_before: int
    buffer_after: int
    price: int
    addons: tuple[AddOnLine, ...] = ()
    room_ids: tuple[UUID, ...] = ()
    session_id: UUID | None = None
    assistant_ids: tuple[UUID, ...] = ()
    assistant_names: tuple[str, ...] = ()

    @property
    def staff_ids(self) -> tuple[UUID, ...]:
        """All who do it, the one who leads first."""
        return (self.staff_id, *self.assistant_ids)

    @property
    def staff_names(self) -> tuple[str, ...]:
        """The names of all who do it, the one who leads first."""
        return (self.staff_name, *self.assistant_names)


@dataclass(frozen=True, slots=True)
class Booking:
    """A visit. ``start``/``end`` are UTC instants; ``zone`` is where its wall clock hangs.

    ``version`` grows by one with each change (compare-and-swap). ``expires_at``: when an unconfirmed or
    unpaid one frees its time. ``attendance_confirmed_at``: the client pressed «Буду».
    ``awaits_client``: pending until its client has opened its link in a messenger; nobody else is asked.
    ``request_key``: whose submit of which form made it, unique in a business, so that a double tap is one
    booking.
    """

    id: UUID
    business_id: UUID
    client_id: UUID
    location_id: UUID
    status: BookingStatus
    source: BookingSource
    start: datetime
    end: datetime
    zone: ZoneInfo
    segments: tuple[Segment, ...]
    total: Money
    created_at: datetime
    updated_at: datetime
    seats: int = 1
    comment: str = ""
    version: int = 1
    reschedules: int = 0
    expires_at: datetime | None = None
    attendance_confirmed_at: datetime | None = None
    cancel_reason: str = ""
    series_id: UUID | None = None
    request_key: str | None = None
    awaits_client: bool = False

    @property
    def staff_ids(self) -> frozenset[UUID]:
        """Everybody who works in this visit."""
        return frozenset(staff_id for segment in self.segments for staff_id in segment.staff_ids)

    @property
    def duration(self) -> int:
        """Minutes from start to end."""
        return int((self.end - self.start).total_seconds()) // 60

    @property
    def local_start(self) -> datetime:
        """The start as the wall clock of its place shows it."""
        return self.start.astimezone(self.zone)

    @property
    def local_end(self) -> datetime:
        """The end as the wall clock of its place shows it."""
        return self.end.astimezone(self.zone)


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One thing that happened to a booking: who, when (UTC), what, why, before and after."""

    id: UUID
    booking_id: UUID
    at: datetime
    event: str
    actor_kind: str
    actor_id: UUID | None
    actor_name: str
    reason: str = ""
    before: Mapping[str, object] = field(default_factory=dict)
    after: Mapping[str, object] = field(default_factory=dict)


def meant(status: BookingStatus, event: BookingEvent) -> BookingEvent:
    """What an event is at this status: who declines what was confirmed cancels it, and all hear of it so."""
    if status is BookingStatus.CONFIRMED and event is BookingEvent.DECLINE:
        return BookingEvent.CANCEL
    return event


def next_status(status: BookingStatus, event: BookingEvent) -> BookingStatus:
    """The status after ``event``. Raises TransitionRefused."""
    try:
        return TRANSITIONS[(status, event)]
    except KeyError:
        raise TransitionRefused(status=status, event=event) from None


def check_event_time(booking: Booking, event: BookingEvent, now: datetime) -> None:
    """An event fits the clock: nobody is absent from a visit that has not begun. Raises PolicyRefused."""
    if event in AFTER_START and now < booking.start - timedelta(minutes=30):
        raise PolicyRefused("not_started_yet", start=booking.start)
    if event is BookingEvent.CONFIRM and now >= booking.end:
        raise PolicyRefused("already_over", start=booking.start)


def check_client_cancel(
    booking: Booking, rules: BookingRules, now: datetime, *, offered: bool = False
) -> None:
    """The client may still cancel; ``offered``: the business has asked them for another time and has no
    answer yet, so that no deadline is held against them.

    Raises PolicyRefused with the deadline (UTC).
    """
    deadline = booking.start - timedelta(minutes=rules.cancel_until_minutes)
    bound = booking.status is not BookingStatus.PENDING and not offered
    if now >= booking.start or (bound and now > deadline):
        raise PolicyRefused("cancel_too_late", deadline=deadline, minutes=rules.cancel_until_minutes)


def check_client_reschedule(
    booking: Booking, rules: BookingRules, now: datetime, *, offered: bool = False
) -> None:
    """The client may still move it; ``offered`` as for :func:`check_client_cancel`, of the number too.

    Raises PolicyRefused with the deadline (UTC) or the number of moves allowed.
    """
    minutes = 0 if offered else rules.reschedule_until_minutes
    deadline = booking.start - timedelta(minutes=minutes)
    if now > deadline:
        raise PolicyRefused("reschedule_too_late", deadline=deadline, minutes=minutes)
    if not offered and rules.max_reschedules is not None and booking.reschedules >= rules.max_reschedules:
        raise PolicyRefused("reschedule_too_often", count=rules.max_reschedules)


#: How long a booking from the web waits for its client to open it in a messenger.
CLIENT_PATIENCE: Final = timedelta(minutes=30)


def client_expiry_of(start: datetime, now: datetime) -> datetime:
    """When a booking made now gives up its time unless its client opens it in a messenger (UTC)."""
    return min(start, now + CLIENT_PATIENCE)


def expiry_of(start: datetime, rules: BookingRules, now: datetime) -> datetime:
    """When a pending booking made now gives up its time: after the pending time, at the latest when it
    starts.
    """
    return min(start, now + timedelta(minutes=rules.pending_minutes))
