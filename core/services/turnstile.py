"""One at a time for those who want exactly the same.

When many reach for one place, one gets it, whatever happens: PostgreSQL sees to that. But the others would
write all of theirs first and be rolled back. Let in one after the other, they see that it is gone and have
cost a look. Other processes have turnstiles of their own.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager


class Turnstile:
    """Locks by what is wanted, for as long as anybody is at them."""

    def __init__(self) -> None:
        self._locks: dict[Hashable, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def through(self, wanted: Hashable) -> AsyncIterator[None]:
        """Wait until nobody else who wants this is inside."""
        lock, people = self._locks.get(wanted, (asyncio.Lock(), 0))
        self._locks[wanted] = lock, people + 1
        try:
            async with lock:
                yield
        finally:
            lock, people = self._locks[wanted]
            if people == 1:
                del self._locks[wanted]
            else:
                self._locks[wanted] = lock, people - 1
