"""The same request sent again has its effect once and gets the first one's answer.

A request with a key is kept before it is worked on, in a transaction of its own, and its answer after. Who
comes meanwhile is told to wait. Whoever dies in between leaves it unfinished: after a lease the next one
works on it again, under the same id, and what it leads to is made by that id or is found done, so that there
is still one effect.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final
from uuid import UUID

from core.domain.errors import TryAgain
from core.ports.clock import Clock, NewId
from core.ports.requests import KeyedRequest, StoredAnswer
from core.ports.unit_of_work import UnitOfWork

#: For how long a key is remembered.
KEPT: Final = timedelta(hours=24)
#: For how long a request that was begun is believed to be under way.
LEASE: Final = timedelta(seconds=10)
_TRIES: Final = 5


class Standing(Enum):
    """What else a request may be but new."""

    UNDER_WAY = "under_way"
    ANOTHER = "another"


@dataclass(frozen=True, slots=True)
class Begun:
    """To be worked on now. ``id``: what is made by this request may have it for its own."""

    id: UUID
    locked_at: datetime


@dataclass(frozen=True, slots=True)
class Done:
    """Worked on before."""

    id: UUID
    answer: StoredAnswer


class Requests:
    """See the module."""

    def __init__(self, uow: UnitOfWork, clock: Clock, new_id: NewId) -> None:
        self._uow = uow
        self._clock = clock
        self._new_id = new_id

    async def begin(self, request: KeyedRequest) -> Begun | Done | Standing:
        """Take the request, or its answer; or hear that it is under way, or that the key named another one
        before. Raises TryAgain.
        """
        for _ in range(_TRIES):
            now = self._clock.now()
            async with self._uow.begin() as tx:
                known = await tx.requests.take(
                    request, self._new_id(), now, stale=now - LEASE, expires_at=now + KEPT
                )
            if known is None:
                continue
            if known.fingerprint != request.fingerprint:
                return Standing.ANOTHER
            if known.answer is not None:
                return Done(known.id, known.answer)
            return Begun(known.id, known.locked_at) if known.mine else Standing.UNDER_WAY
        raise TryAgain

    async def finish(self, begun: Begun, answer: StoredAnswer) -> None:
        """This is the answer, now and for whoever asks again."""
        async with self._uow.begin() as tx:
            await tx.requests.finish(begun.id, answer)

    async def release(self, begun: Begun) -> None:
        """It went wrong half-way, nobody knows how far: whoever asks again works on it, as the same one."""
        async with self._uow.begin() as tx:
            await tx.requests.release(begun.id, begun.locked_at)

    async def drop(self, begun: Begun) -> None:
        """It was refused before anything was done: the key may be used again, for another request too."""
        async with self._uow.begin() as tx:
            await tx.requests.remove(begun.id, begun.locked_at)
