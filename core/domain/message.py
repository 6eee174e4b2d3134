"""Messages as rows: a kind and its parameters, written with the change that causes them, worded when they are
sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from core.domain.booking import ACTIVE, Booking, BookingStatus
from core.domain.catalog import MessageRules


class MessageKind(StrEnum):
    """What a message is about. ``bots/dialogs/notices.py`` makes each a screen in the reader's language."""

    BOOKING_CREATED = "booking_created"
    BOOKING_CONFIRMED = "booking_confirmed"
    BOOKING_DECLINED = "booking_declined"
    BOOKING_CANCELLED = "booking_cancelled"
    BOOKING_MOVED = "booking_moved"
    BOOKING_EXPIRED = "booking_expired"
    OFFER_TIMES = "offer_times"
    REMINDER = "reminder"
    SERIES_BOOKED = "series_booked"
    SERIES_CANCELLED = "series_cancelled"
    DAY_CLOSED = "day_closed"
    STAFF_NEW_BOOKING = "staff_new_booking"
    STAFF_BOOKING_MOVED = "staff_booking_moved"
    STAFF_BOOKING_CANCELLED = "staff_booking_cancelled"
    STAFF_ATTENDANCE = "staff_attendance"
    STAFF_SERIES = "staff_series"
    STAFF_SERIES_CANCELLED = "staff_series_cancelled"
    STAFF_DAY_CLOSED = "staff_day_closed"
    STAFF_UNREACHABLE = "staff_unreachable"
    CARD_UPDATE = "card_update"


class Priority(IntEnum):
    """Smaller goes first: answers to an act now, then the ordinary, then mass mailings."""

    CRITICAL = 0
    OPS = 1
    HEAVY = 2


class MessageStatus(StrEnum):
    """Where an outgoing message stands. ``dead``: given up, kept and replayable."""

    QUEUED = "queued"
    SENT = "sent"
    DROPPED = "dropped"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A message to be sent once.

    To a client or to a member, exactly one of the two; ``identity_id`` narrows it to one messenger user of
    theirs. ``dedup_key`` makes it one, however often its cause is repeated. ``due_at`` UTC: not before;
    ``not_after``: pointless later (a reminder of a visit that has begun). ``edit_of``: changes that sent
    message instead of sending a new one. ``params`` is JSON; what is in it for each kind:
    :mod:`core.services.messages`. ``request_id``: the name of what caused it, once it is queued.
    """

    id: UUID
    business_id: UUID
    kind: MessageKind
    dedup_key: str
    due_at: datetime
    client_id: UUID | None = None
    member_id: UUID | None = None
    identity_id: UUID | None = None
    booking_id: UUID | None = None
    params: Mapping[str, object] = field(default_factory=dict)
    priority: Priority = Priority.CRITICAL
    not_after: datetime | None = None
    edit_of: UUID | None = None
    request_id: str | None = None


MAX_ATTEMPTS: Final = 12


def retry_delay(attempt: int, jitter: float) -> timedelta:
    """How long to wait after the ``attempt``-th failure (1, 2 …): 2 s doubling to 15 min, times 1 ± 0.2 by
    ``jitter`` in [0, 1].
    """
    seconds = min(2.0 * 2 ** (attempt - 1), 900.0)
    return timedelta(seconds=seconds * (0.8 + 0.4 * jitter))


def reminder_times(booking: Booking, rules: MessageRules, now: datetime) -> tuple[tuple[int, datetime], ...]:
    """Which reminders a booking gets: (minutes before, when due, UTC), earliest first.

    One that would be due already is left out: a visit booked five hours ahead has no T-24h. One that falls
    into the quiet hours moves to the evening before them (an early visit's T-2h goes out the evening before),
    never past the start; one that lands then before now, or together with another, is left out.
    """
    found: dict[datetime, int] = {}
    for minutes in sorted(rules.reminders_minutes, reverse=True):
        due = out_of_quiet(booking.start - timedelta(minutes=minutes), rules, booking.zone)
        if due <= now or due >= booking.start:
            continue
        found[due] = minutes
    return tuple((minutes, due) for due, minutes in sorted(found.items()))


#: From this lead on (minutes) a reminder is about the day, nearer ones about the hour.
_ABOUT_THE_DAY: Final = 12 * 60


def reminded_together(booking: Booking, others: Iterable[Booking], minutes: int) -> tuple[Booking, ...]:
    """The visits that one reminder of ``minutes`` before tells of, by start, ``booking`` among them: the
    client's confirmed ones on that local day, of one business; shortly before a visit only those that begin
    within that time of the first.
    """
    day = booking.local_start.date()
    same = {booking.id: booking}
    for other in others:
        near = minutes >= _ABOUT_THE_DAY or abs(other.start - booking.start) <= timedelta(minutes=minutes)
        alike = (other.business_id, other.local_start.date()) == (booking.business_id, day)
        if alike and near and other.status is BookingStatus.CONFIRMED:
            same[other.id] = other
    return tuple(sorted(same.values(), key=lambda each: (each.start, each.id)))


def out_of_quiet(moment: datetime, rules: MessageRules, zone: ZoneInfo) -> datetime:
    """``moment``, or the start of the quiet hours it falls into: earlier rather than too late.

    UTC in, UTC out.
    """
    local = moment.astimezone(zone)
    minute = local.hour * 60 + local.minute
    start, end = rules.quiet_from, rules.quiet_until
    if start == end or not is_quiet(minute, rules):
        return moment
    day = local.date()
    if start > end and minute < end:
        day -= timedelta(days=1)
    hours, minutes = divmod(start, 60)
    quiet = datetime(day.year, day.month, day.day, hours, minutes, tzinfo=zone)
    return (quiet - timedelta(minutes=1)).astimezone(moment.tzinfo)


def after_quiet(moment: datetime, rules: MessageRules, zone: ZoneInfo) -> datetime:
    """``moment``, or the end of the quiet hours it falls into. UTC in, UTC out."""
    local = moment.astimezone(zone)
    minute = local.hour * 60 + local.minute
    if rules.quiet_from == rules.quiet_until or not is_quiet(minute, rules):
        return moment
    day = local.date()
    if rules.quiet_from > rules.quiet_until and minute >= rules.quiet_from:
        day += timedelta(days=1)
    hours, minutes = divmod(rules.quiet_until, 60)
    return datetime(day.year, day.month, day.day, hours, minutes, tzinfo=zone).astimezone(moment.tzinfo)


def is_quiet(minute: int, rules: MessageRules) -> bool:
    """Whether a local minute after midnight lies in the quiet hours (which may pass midnight)."""
    start, end = rules.quiet_from, rules.quiet_until
    return start <= minute < end if start <= end else minute >= start or minute < end


#: Messages about a visit that is to take place.
_ABOUT_COMING: Final = frozenset(
    {
        MessageKind.BOOKING_CREATED,
        MessageKind.BOOKING_CONFIRMED,
        MessageKind.BOOKING_MOVED,
        MessageKind.OFFER_TIMES,
        MessageKind.STAFF_NEW_BOOKING,
        MessageKind.STAFF_BOOKING_MOVED,
        MessageKind.STAFF_ATTENDANCE,
    }
)


def lost_sense(message: OutgoingMessage, booking: Booking | None, now: datetime) -> str | None:
    """Why a message should not go out any more, judged right before it does; None when it should.

    A reminder goes out only for a confirmed visit that still begins when the reminder says.
    """
    if message.not_after is not None and now >= message.not_after:
        return "too_late"
    if message.booking_id is None:
        return None
    if booking is None:
        return "booking_gone"
    kind, starts_at = message.kind, int(booking.start.timestamp()) // 60
    if kind is MessageKind.REMINDER:
        if booking.status is not BookingStatus.CONFIRMED:
            return f"booking_{booking.status}"
        return None if message.params.get("start") == starts_at else "booking_moved"
    if kind in _ABOUT_COMING and booking.status not in ACTIVE:
        return f"booking_{booking.status}"
    if kind is MessageKind.BOOKING_CREATED and booking.status is BookingStatus.CONFIRMED:
        return "booking_confirmed"
    moved = message.params.get("start", starts_at) != starts_at
    if kind in {MessageKind.BOOKING_MOVED, MessageKind.STAFF_BOOKING_MOVED} and moved:
        return "moved_again"
    if kind is MessageKind.CARD_UPDATE and message.params.get("version") != booking.version:
        return "superseded"
    return None
