"""All that can be done with a booking, in one place for those who call it.

Made in :mod:`core.services.booking_create`, decided in :mod:`core.services.booking_decide`, moved in
:mod:`core.services.booking_move`, read in :mod:`core.services.booking_read`; series of them are made in
:mod:`core.services.recurring` and decided in :mod:`core.services.series_life`, closed days dealt with in
:mod:`core.services.closing_visits`.
"""

from __future__ import annotations

from core.services.booking_base import Outcome
from core.services.booking_client import ClientData
from core.services.booking_create import CreateBooking
from core.services.booking_move import BookingMoves
from core.services.booking_read import BookingReads
from core.services.closing_visits import ClosedVisits
from core.services.recurring import RecurringBookings

__all__ = ["Bookings", "ClientData", "CreateBooking", "Outcome"]


class Bookings(RecurringBookings, BookingMoves, ClosedVisits, BookingReads):
    """The use cases of bookings. Every call is authorised by its actor, whatever button or token led to
    it.
    """
