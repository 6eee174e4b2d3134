"""Which visits a closed time hits."""

from __future__ import annotations

from enum import StrEnum

from core.domain.booking import Booking
from core.domain.local_time import DAY, interval
from core.domain.schedule import DatedException, ExceptionType
from core.domain.visit import to_minutes


class ClosureAction(StrEnum):
    """What becomes of the visits of a closed time: all cancelled, or other times offered."""

    CANCEL = "cancel"
    OFFER = "offer"


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
        if exception.staff_id in {None, segment.staff_id}
    )
