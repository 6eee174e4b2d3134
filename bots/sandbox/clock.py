"""A clock that runs as the real one does and can be moved forward."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

Shifted = Callable[[timedelta], Awaitable[None]]


def real_now() -> datetime:
    """The machine's time, UTC."""
    return datetime.now(UTC)


class ShiftableClock:
    """Real time plus an offset that only grows; satisfies ``core.ports.clock.Clock``.

    Whoever sleeps until a moment subscribes and is awaited at each shift, so that what became due is done at
    once. ``source`` replaces the machine's time in tests.
    """

    def __init__(self, *, offset: timedelta = timedelta(), source: Callable[[], datetime] = real_now) -> None:
        if offset < timedelta():
            raise ValueError("the clock moves forward only")
        self._offset = offset
        self._source = source
        self._subscribers: list[Shifted] = []

    def now(self) -> datetime:
        """The moment, an aware UTC datetime."""
        return self._source() + self._offset

    @property
    def offset(self) -> timedelta:
        """How far ahead of the real time; kept by whoever wants the clock to survive a restart."""
        return self._offset

    def subscribe(self, subscriber: Shifted) -> Callable[[], None]:
        """``subscriber`` is awaited with the step after each shift. Returns what unsubscribes it."""
        self._subscribers.append(subscriber)

        def unsubscribe() -> None:
            if subscriber in self._subscribers:
                self._subscribers.remove(subscriber)

        return unsubscribe

    async def advance(self, step: timedelta) -> datetime:
        """Moves by ``step`` and returns the new moment. Raises :class:`ValueError` for a step back."""
        if step < timedelta():
            raise ValueError("the clock moves forward only")
        self._offset += step
        for subscriber in list(self._subscribers):
            await subscriber(step)
        return self.now()

    async def move_to(self, moment: datetime) -> datetime:
        """Moves the clock to ``moment`` (aware). Raises :class:`ValueError` for a past or a naive one."""
        if moment.tzinfo is None:
            raise ValueError("a moment needs an offset")
        return await self.advance(moment - self.now())
