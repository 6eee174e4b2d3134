"""Freeing the time of requests that nobody took and bookings that nobody paid for."""

from __future__ import annotations

import logging

from core.domain.errors import NotFound, TransitionRefused, TryAgain
from core.ports.clock import Clock
from core.ports.unit_of_work import UnitOfWork
from core.services.booking import Bookings

log = logging.getLogger(__name__)


class ExpirySweep:
    """Expires what is due, each booking in a transaction of its own: many processes may run it side by
    side.
    """

    def __init__(self, uow: UnitOfWork, bookings: Bookings, clock: Clock, *, batch: int = 100) -> None:
        self._uow = uow
        self._bookings = bookings
        self._clock = clock
        self._batch = batch

    async def run_once(self) -> int:
        """Expire what is due now; how many were."""
        async with self._uow.read() as tx:
            due = await tx.bookings.due_to_expire(self._clock.now(), self._batch)
        expired = 0
        for booking_id in due:
            try:
                outcome = await self._bookings.expire(booking_id)
            except (TransitionRefused, NotFound):
                # Decided between the look and the lock.
                continue
            except TryAgain:
                log.warning("booking %s could not be expired now", booking_id)
                continue
            expired += outcome.already is None
        return expired
