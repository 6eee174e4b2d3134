"""One at a time for those who want exactly the same.

When many reach for one place, one gets it, whatever happens: PostgreSQL sees to that. But the others would
write all of theirs first and be rolled back. While one is inside, the others wait, and look again when it is
out: mostly the place is gone then, and they have cost a look, which they take together. Other processes have
turnstiles of their own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Hashable


class Turnstile:
    """Knows what somebody is inside for."""

    def __init__(self) -> None:
        self._inside: dict[Hashable, asyncio.Event] = {}

    def enter(self, wanted: Hashable) -> bool:
        """Go inside; False when somebody else is there for this."""
        if wanted in self._inside:
            return False
        self._inside[wanted] = asyncio.Event()
        return True

    def leave(self, wanted: Hashable) -> None:
        """Come out."""
        self._inside.pop(wanted).set()

    async def out(self, wanted: Hashable) -> None:
        """Wait until whoever is inside for this has come out."""
        inside = self._inside.get(wanted)
        if inside is not None:
            await inside.wait()
