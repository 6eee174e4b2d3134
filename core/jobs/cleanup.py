"""Forgetting what was kept for a while: events that took effect long ago, requests that had a key."""

from __future__ import annotations

from datetime import timedelta

from core.ports.clock import Clock
from core.ports.unit_of_work import UnitOfWork


class InboxCleanup:
    """Deletes done events of the inbox; ``keep`` is how long a repeated delivery is still recognised."""

    def __init__(self, uow: UnitOfWork, clock: Clock, *, keep: timedelta = timedelta(days=7)) -> None:
        self._uow = uow
        self._clock = clock
        self._keep = keep

    async def run_once(self) -> int:
        """Delete; how many."""
        async with self._uow.begin() as tx:
            return await tx.inbox.forget(self._clock.now() - self._keep)


class RequestCleanup:
    """Deletes keyed requests and their answers when their time is over."""

    def __init__(self, uow: UnitOfWork, clock: Clock) -> None:
        self._uow = uow
        self._clock = clock

    async def run_once(self) -> int:
        """Delete; how many."""
        async with self._uow.begin() as tx:
            return await tx.requests.forget(self._clock.now())
