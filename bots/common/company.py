"""Several processes that send in one bot's name: they share what the messenger allows it.

Each says twice a second that it is there, and whether it is sending. Whoever is not sending keeps a small
share for its first messages; the rest is divided among those who send. One who begins to send gets its part
only after a while, when everybody else is sure to have seen it and made room, so that all together never send
more than is allowed. A process that is alone has everything and asks for nothing before a message.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Final, NamedTuple, Protocol
from uuid import uuid4

from bots.common.pace import Pace
from bots.common.tasks import end

_log = logging.getLogger(__name__)

#: Messages a second that a process may send before the others know that it does.
RESERVE: Final = 2
_SECONDS: Final = 0.5


class Presence(NamedTuple):
    """How many processes there are and how many of them send, this one included; ``settled``: it has been
    sending for long enough that all others have seen it.
    """

    present: int
    sending: int
    settled: bool


class Company(Protocol):
    """Where processes see each other."""

    async def show(self, account: str, process: str, *, sending: bool) -> tuple[int, int, bool] | None:
        """Say that ``process`` is there; a :class:`Presence`, or None when there is no telling."""
        ...

    async def leave(self, account: str, process: str) -> None:
        """Say that it is gone."""
        ...


def share_of(limit: int, presence: Presence) -> int:
    """How many of ``limit`` messages a second are this process's."""
    if presence.present <= 1:
        return limit
    reserve = max(1, min(RESERVE, limit // presence.present))
    if not presence.settled:
        return reserve
    idle = presence.present - presence.sending
    return max(reserve, (limit - reserve * idle) // presence.sending)


class Sharing:
    """Keeps the paces of this process's bots to their shares. ``paces``: by the name of the account."""

    def __init__(self, company: Company, paces: Mapping[str, Pace], *, seconds: float = _SECONDS) -> None:
        self._company = company
        self._paces = dict(paces)
        self._seconds = seconds
        self._process = uuid4().hex
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Look who is there, and go on looking."""
        await self._look()
        self._tasks = [asyncio.create_task(self._keep_looking(), name="sharing the pace")]

    async def stop(self) -> None:
        """Leave the others everything."""
        await end(self._tasks)
        for account in self._paces:
            await self._company.leave(account, self._process)

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(self._seconds)
            try:
                await self._look()
            except Exception:  # noqa: BLE001 - the shares stay as they were
                _log.exception("shares of the pace not known")

    async def _look(self) -> None:
        for account, pace in self._paces.items():
            shown = await self._company.show(account, self._process, sending=pace.sending)
            if shown is not None:
                pace.allow(share_of(pace.per_second, Presence(*shown)))
