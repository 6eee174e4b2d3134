"""Closed dates whose clients are still to be told, so that nobody is forgotten when a process dies."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from core.domain.closure import Closure


class ClosureRepository(Protocol):
    """Closures, unfinished until all clients have been dealt with."""

    async def keep(self, closure: Closure) -> Closure:
        """Keep it, unfinished and leased; the same one (equal action and exceptions) is begun anew under the
        id that it has. Unfinished ones of no other exceptions than its own are over.
        """
        ...

    async def claim(self, now: datetime, leased_until: datetime) -> Closure | None:
        """Take the unfinished one that has waited longest, by ``FOR UPDATE SKIP LOCKED``; a lease that ran
        out counts as free. None: there is none.
        """
        ...

    async def finish(self, closure: Closure, now: datetime) -> None:
        """Everybody has been dealt with; nothing happens when somebody else has its lease by now."""
        ...
