"""Events taken in: stored first, then worked on, each once, a person's in order.

An event that is delivered twice is stored once. One that was stored and not done when the process died is
worked on at the next start, before anything new. What fails is tried again a few times in its lane's turn and
then given up with a line in the log, so that it can't hold up what comes behind it.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, NamedTuple

from bots.common.batches import Batches
from bots.common.lanes import Lanes
from core.ports.clock import Clock
from core.ports.repositories import InboxEvent
from core.ports.unit_of_work import UnitOfWork

_log = logging.getLogger(__name__)

_RECOVER_BATCH: Final = 200
#: Seconds to wait for the database at the start, longer each time; the last one again and again.
_RECOVER_PAUSES: Final = (0.5, 1.0, 2.0, 5.0, 10.0)


class Arrival(NamedTuple):
    """An event as it came. ``lane``: whose it is."""

    event_id: str
    lane: str
    payload: Mapping[str, object]


class NotReady(Exception):
    """Nothing can be taken in now: the start is not over, or the end has begun. Deliver it again later."""


class Inbox:
    """The inbox of one ``source`` (``telegram:<bot id>``).

    ``work`` has an event's effect. ``pauses``: seconds between its tries. ``patience``: how long (seconds)
    :meth:`take` waits for the start to be over and for room.
    """

    def __init__(
        self,
        source: str,
        *,
        uow: UnitOfWork,
        clock: Clock,
        work: Callable[[Mapping[str, object]], Awaitable[None]],
        width: int = 64,
        depth: int = 1000,
        pauses: Sequence[float] = (0.5, 3.0),
        patience: float = 20.0,
    ) -> None:
        self._source = source
        self._uow = uow
        self._clock = clock
        self._work = work
        self._pauses = tuple(pauses)
        self._patience = patience
        self._lanes: Lanes[InboxEvent] = Lanes(self._serve, width=width, depth=depth)
        self._arrivals: Batches[InboxEvent] = Batches(self._store)
        self._finished: Batches[str] = Batches(self._mark)
        self._ready = asyncio.Event()
        self._closed = False

    async def recover(self) -> int:
        """Take up what was stored and not done, then open for new events; how many there were.

        A person's old events come before their new ones; nobody waits for those of others, which may take
        their time (a dialog that a crash left under lock). Waits for the database as long as it takes.
        """
        seen: set[str] = set()
        while True:
            found = await self._left_behind()
            left = [event for event in found if event.event_id not in seen]
            for event in left:
                seen.add(event.event_id)
                self._lanes.add(event.lane, event)
            if not left or len(found) < _RECOVER_BATCH:
                break
            # There may be more behind these, which show when these are done.
            await self._lanes.idle()
        if seen:
            _log.info("events left behind are worked on", extra={"source": self._source, "count": len(seen)})
        self._ready.set()
        return len(seen)

    async def take(self, arrivals: Sequence[Arrival]) -> None:
        """Store events; those that are new will be worked on. When this returns they can't be lost any more.

        Raises NotReady, and what the database raises: then they have to be delivered again.
        """
        if not arrivals:
            return
        try:
            async with asyncio.timeout(self._patience):
                await self._ready.wait()
                await self._lanes.room()
        except TimeoutError:
            raise NotReady from None
        if self._closed:
            raise NotReady
        await self._arrivals.add(
            [InboxEvent(self._source, each.event_id, each.lane, each.payload) for each in arrivals]
        )

    async def close(self, seconds: float = 10.0) -> None:
        """Take nothing more, and let the work end, ``seconds`` at most; the rest is the next start's."""
        self._closed = True
        self._ready.set()
        await self._arrivals.close()
        left = await self._lanes.close(seconds)
        await self._finished.close()
        if left:
            _log.warning("events left for the next start", extra={"source": self._source, "count": left})

    async def idle(self) -> None:
        """Wait until everything taken in so far has been worked on."""
        await self._lanes.idle()

    async def _left_behind(self) -> Sequence[InboxEvent]:
        pauses = itertools.chain(_RECOVER_PAUSES, itertools.repeat(_RECOVER_PAUSES[-1]))
        while True:
            try:
                async with self._uow.read() as tx:
                    return await tx.inbox.pending(self._source, limit=_RECOVER_BATCH)
            except Exception:  # noqa: BLE001 - the database comes back, and there is nothing else to do
                _log.exception("inbox can't be read yet", extra={"source": self._source})
                await asyncio.sleep(next(pauses))

    async def _store(self, events: Sequence[InboxEvent]) -> None:
        once: dict[str, InboxEvent] = {}
        for event in events:
            once.setdefault(event.event_id, event)
        async with self._uow.begin() as tx:
            new = {event.event_id for event in await tx.inbox.put(list(once.values()), self._clock.now())}
        for event in once.values():
            if event.event_id in new:
                self._lanes.add(event.lane, event)

    async def _serve(self, event: InboxEvent) -> None:
        for pause in (*self._pauses, None):
            try:
                await self._work(event.payload)
                break
            except Exception:  # noqa: BLE001 - tried again, then given up: others wait behind it
                about = {"source": self._source, "event": event.event_id}
                if pause is None:
                    _log.exception("event given up", extra=about)
                    break
                _log.warning("event failed and will be tried again", exc_info=True, extra=about)
                await asyncio.sleep(pause)
        try:
            await self._finished.add([event.event_id])
        except Exception:  # noqa: BLE001 - its effect is there; at worst the next start has it again
            _log.exception("event not marked as done", extra={"source": self._source})

    async def _mark(self, event_ids: Sequence[str]) -> None:
        async with self._uow.begin() as tx:
            await tx.inbox.done(self._source, event_ids, self._clock.now())
