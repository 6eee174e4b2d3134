"""All that can be done with a booking, in one place for those who call it.

Made in :mod:`core.services.booking_create`, decided in :mod:`core.services.booking_decide`, moved in
:mod:`core.services.booking_move`, read in :mod:`core.services.booking_read`.
"""

from __future__ import annotations

from core.services.booking_base import Outcome
from core.services.booking_client import ClientData
from core.services.booking_create import BookingCreation, CreateBooking
from core.services.booking_decide import BookingDecisions
from core.services.booking_move import BookingMoves
from core.services.booking_read import BookingReads

__all__ = ["Bookings", "ClientData", "CreateBooking", "Outcome"]


class Bookings(BookingCreation, BookingMoves, BookingDecisions, BookingReads):
    """The use cases of bookings. Every call is authorised by its actor, whatever button or token led to
    it.
    """
