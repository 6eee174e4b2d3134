"""The rules of moving a booking: until when its client may, and how it stands at its new time.

**An offer of the business's binds the business.** While its client hasn't answered one by moving, neither the
deadline nor the number of moves is held against them: it was not they who wanted another time.

**What is confirmed is a time.** Where somebody has to confirm, a visit that its client moves of their own
accord is a request again, and waits for a word as any other does. A time that was offered, and one that the
business chose itself, need nobody's word any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from core.domain.booking import OPEN, Booking, BookingEvent, BookingStatus, TimelineEntry, expiry_of
from core.domain.catalog import BookingRules
from core.domain.errors import PolicyRefused

#: How the history calls a move, and an offer of other times.
RESCHEDULE: Final = "reschedule"
OFFER: Final = "offer_times"


class Mover(NamedTuple):
    """Who moves a booking. ``decides``: the business does; ``accepts``: its client takes an offered time."""

    decides: bool
    accepts: bool

    @property
    def asks(self) -> bool:
        """The client wants a time that nobody has named yet."""
        return not (self.decides or self.accepts)


def event_of_move(booking: Booking, mover: Mover, rules: BookingRules) -> BookingEvent | None:
    """What happens to the status of a booking that is moved; None: nothing."""
    if mover.accepts and booking.status is BookingStatus.PENDING:
        return BookingEvent.CONFIRM
    if mover.asks and booking.status is BookingStatus.CONFIRMED and not rules.auto_confirm:
        return BookingEvent.SUBMIT
    return None


def expiry_of_move(
    booking: Booking, status: BookingStatus, start: datetime, rules: BookingRules, now: datetime
) -> datetime | None:
    """When a booking that has been moved to ``start``, and has ``status`` there, gives up its time.

    A request waits anew; one that waits for its client, or for money, has no more time than it had.
    """
    if status not in OPEN - {BookingStatus.CONFIRMED}:
        return None
    mine = booking.awaits_client or booking.status is BookingStatus.DEPOSIT_REQUIRED
    if mine and booking.expires_at is not None:
        return min(start, booking.expires_at)
    return expiry_of(start, rules, now)


def offered_starts(timeline: Sequence[TimelineEntry]) -> frozenset[datetime]:
    """The starts of the newest offer, unless the booking has been moved since."""
    for entry in _offers(timeline):
        starts = entry.after.get("starts")
        if isinstance(starts, list):
            return frozenset(datetime.fromisoformat(str(start)) for start in starts)
    return frozenset()


def is_offered(timeline: Sequence[TimelineEntry]) -> bool:
    """The business has asked the client for another time, be it with no start to offer, and has no answer."""
    return any(True for _ in _offers(timeline))


def _offers(timeline: Sequence[TimelineEntry]) -> Iterator[TimelineEntry]:
    """The offers that stand, newest first."""
    for entry in reversed(timeline):
        if entry.event == RESCHEDULE:
            return
        if entry.event == OFFER:
            yield entry


def check_accept(booking: Booking, start: datetime, timeline: Sequence[TimelineEntry], now: datetime) -> None:
    """The client may take this time. Raises PolicyRefused (``offer_gone``)."""
    if now >= booking.start or start not in offered_starts(timeline):
        raise PolicyRefused("offer_gone")
