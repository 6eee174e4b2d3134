"""Whether a booking can stand where it is, and what its client may still do with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from core.domain.booking import Booking, check_client_cancel, check_client_reschedule
from core.domain.catalog import BookingRules, Catalogue
from core.domain.errors import PolicyRefused
from core.domain.moving import is_offered
from core.domain.placement import place
from core.domain.slots import resources_of, span_of
from core.domain.visit import Refusal
from core.ports.unit_of_work import Transaction
from core.services.booking_read import query_of

#: How often a service reads its catalogue anew, when it changes under it.
CATALOGUE_TRIES: Final = 6


class StaleCatalogue(Exception):
    """The catalogue changed since it was read: rolls back, and all is done again."""

    def __init__(self, version: int) -> None:
        super().__init__(version)
        self.version = version


async def refusal_of(
    tx: Transaction, catalogue: Catalogue, booking: Booking, now: datetime
) -> Refusal | None:
    """Why a request can't be confirmed where it stands: its day was closed, its service or master is gone.

    It was asked for in time, so that notice, cut-off and horizon that went by while it waited are no reason,
    and nobody else can have what it holds. Raises StaleCatalogue.
    """
    query = query_of(booking, agreed=True)
    day = booking.start.astimezone(catalogue.business.zone).date()
    reading = await tx.bookings.busy(
        catalogue.business.id,
        resources_of(catalogue, query),
        span_of(catalogue, query, day, day),
        ignore_booking=booking.id,
    )
    if reading.version > catalogue.version:
        raise StaleCatalogue(reading.version)
    found = place(catalogue, query, booking.start, reading.busy, min(now, booking.start))
    return found if isinstance(found, Refusal) and not found.is_conflict else None


async def check_may_move(tx: Transaction, booking: Booking, rules: BookingRules, now: datetime) -> None:
    """Its client may move it. Raises PolicyRefused."""
    await _unless_offered(
        tx, booking, lambda offered: check_client_reschedule(booking, rules, now, offered=offered)
    )


async def check_may_cancel(tx: Transaction, booking: Booking, rules: BookingRules, now: datetime) -> None:
    """Its client may cancel it. Raises PolicyRefused."""
    await _unless_offered(
        tx, booking, lambda offered: check_client_cancel(booking, rules, now, offered=offered)
    )


async def _unless_offered(tx: Transaction, booking: Booking, check: Callable[[bool], None]) -> None:
    """The history, which knows of an offer, is read for those only whom a deadline would stop."""
    try:
        check(False)
    except PolicyRefused:
        if not is_offered(await tx.bookings.timeline(booking.id)):
            raise
        check(True)
