"""Going on with closures that were cut off in the middle: their process died, or somebody could not be dealt
with at once.
"""

from __future__ import annotations

from core.ports.clock import Clock
from core.ports.unit_of_work import UnitOfWork
from core.services.closing import LEASE, Closing


class ClosureSweep:
    """Takes unfinished closures one by one, so that many processes may run it side by side and one that fails
    keeps the others back for no longer than a tick.
    """

    def __init__(self, uow: UnitOfWork, closing: Closing, clock: Clock) -> None:
        self._uow = uow
        self._closing = closing
        self._clock = clock

    async def run_once(self) -> int:
        """Go on with all that nobody works on; how many there were."""
        taken = 0
        while True:
            now = self._clock.now()
            async with self._uow.begin() as tx:
                closure = await tx.closures.claim(now, now + LEASE)
            if closure is None:
                return taken
            taken += 1
            await self._closing.carry_on(closure)
