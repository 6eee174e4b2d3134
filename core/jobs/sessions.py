"""Forgetting sessions that are over."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from core.ports.clock import Clock
from core.ports.unit_of_work import UnitOfWork

#: How long an ended session is kept, for looking into what happened.
KEPT: Final = timedelta(days=30)


class SessionCleanup:
    """Deletes sessions that ended or ran out long ago."""

    def __init__(self, uow: UnitOfWork, clock: Clock) -> None:
        self._uow = uow
        self._clock = clock

    async def run_once(self) -> int:
        """Delete; how many."""
        async with self._uow.begin() as tx:
            return await tx.auth_sessions.forget(self._clock.now() - KEPT)
