"""Events taken in: stored first, then worked on, each once, a person's in order.

An event that is delivered twice is stored once. One that was stored and not done when the process died is
worked on at the next start, before anything new. What fails is tried again a few times in its lane's turn and
then given up with a line in the log, so that it can't hold up what comes behind it.

Where several processes take the events of one source (a webhook behind a balancer), each holds a lease on
those that it works on and renews it; when a process dies, the others take over what it leaves once its leases
have run out.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, NamedTuple
from uuid import uuid4

from bots.common.batches import Batches
from bots.common.lanes import Lanes
from bots.common.tasks import end
from core.ports.cause import caused_by
from core.ports.clock import Clock
from core.ports.repositories import InboxEvent, Lease
from core.ports.unit_of_work import UnitOfWork

_log = logging.getLogger(__name__)

_RECOVER_BATCH: Final = 200
#: Seconds to wait for the database at the start, longer each time; the last one again and again.
_RECOVER_PAUSES: Final = (0.5, 1.0, 2.0, 5.0, 10.0)
#: A process that stands still for longer than this (seconds) counts as dead.
_LEASE_SECONDS: Final = 15.0
_RENEWALS: Final = 3


class Arrival(NamedTuple):
    """An event as it came. ``lane``: whose it is."""

    event_id: str
    lane: str
    payload: Mapping[str, object]


class NotReady(Exception):
    """Nothing can be taken in now: the start is not over, or the end has begun. Deliver it again later."""


class Inbox:
    """The inbox of one ``source`` (``telegram:<bot id>``).

    ``work`` has an event's effect. ``shared``: other processes may take this source's events too; without it
    whatever was left is this one's at once. ``pauses``: seconds between the tries of an event. ``patience``:
    how long (seconds) :meth:`take` waits for the start to be over and for room. ``lease``: seconds for which
    an event is this process's without a word from it.
    """

    def __init__(
        self,
        source: str,
        *,
        uow: UnitOfWork,
        clock: Clock,
        work: Callable[[Mapping[str, object]], Awaitable[None]],
        shared: bool = False,
        width: int = 64,
        depth: int = 1000,
        pauses: Sequence[float] = (0.5, 3.0),
        patience: float = 20.0,
        lease: float = _LEASE_SECONDS,
    ) -> None:
        self._source = source
        self._uow = uow
        self._clock = clock
        self._work = work
        self._shared = shared
        self._lease = Lease(uuid4().hex, lease)
        self._held: set[str] = set()
        self._keeping: list[asyncio.Task[None]] = []
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
        if self._shared:
            self._keeping = [asyncio.create_task(self._keep(), name=f"{self._source}: leases")]
        count = 0
        while True:
            found = await self._left_behind()
            self._take_over(found)
            count += len(found)
            if len(found) < _RECOVER_BATCH:
                break
            # Not all at once: there may be more than there is room for.
            await self._lanes.idle()
        self._ready.set()
        return count

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
        await end(self._keeping)
        await self._finished.close()
        if left:
            _log.warning("events left for the next start", extra={"source": self._source, "count": left})
            await self._release()

    async def idle(self) -> None:
        """Wait until everything taken in so far has been worked on."""
        await self._lanes.idle()

    async def _left_behind(self) -> Sequence[InboxEvent]:
        pauses = itertools.chain(_RECOVER_PAUSES, itertools.repeat(_RECOVER_PAUSES[-1]))
        while True:
            try:
                return await self._claim(whoever_has_them=not self._shared)
            except Exception:  # noqa: BLE001 - the database comes back, and there is nothing else to do
                _log.exception("inbox can't be read yet", extra={"source": self._source})
                # They may have become ours without our learning which.
                self._lease = self._lease._replace(holder=uuid4().hex)
                await asyncio.sleep(next(pauses))

    async def _claim(self, *, whoever_has_them: bool = False) -> Sequence[InboxEvent]:
        async with self._uow.begin() as tx:
            return await tx.inbox.claim(
                self._source, self._lease, limit=_RECOVER_BATCH, whoever_has_them=whoever_has_them
            )

    def _take_over(self, events: Sequence[InboxEvent]) -> None:
        left = [event for event in events if event.event_id not in self._held]
        for event in left:
            self._add(event)
        if left:
            about = {"source": self._source, "count": len(left)}
            _log.info("events left behind are worked on", extra=about)

    def _add(self, event: InboxEvent) -> None:
        self._held.add(event.event_id)
        self._lanes.add(event.lane, event)

    async def _keep(self) -> None:
        """Renew the leases on what is in work, and take over what others have left."""
        for turn in itertools.count(1):
            await asyncio.sleep(self._lease.seconds / _RENEWALS)
            try:
                if self._held:
                    async with self._uow.begin() as tx:
                        await tx.inbox.renew(self._source, self._lease, self._held)
                if turn % _RENEWALS == 0 and self._ready.is_set() and not self._closed:
                    self._take_over(await self._claim())
            except Exception:  # noqa: BLE001 - the database comes back; others may do the work twice
                _log.exception("leases not renewed", extra={"source": self._source})

    async def _release(self) -> None:
        try:
            async with self._uow.begin() as tx:
                await tx.inbox.release(self._source, self._lease.holder)
        except Exception:  # noqa: BLE001 - the leases run out by themselves
            _log.exception("leases not given up", extra={"source": self._source})

    async def _store(self, events: Sequence[InboxEvent]) -> None:
        once: dict[str, InboxEvent] = {}
        for event in events:
            once.setdefault(event.event_id, event)
        async with self._uow.begin() as tx:
            stored = await tx.inbox.put(list(once.values()), self._clock.now(), self._lease)
        new = {event.event_id for event in stored}
        for event in once.values():
            if event.event_id in new:
                self._add(event)

    async def _serve(self, event: InboxEvent) -> None:
        for pause in (*self._pauses, None):
            try:
                with caused_by(f"{event.source}:{event.event_id}"):
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
        else:
            self._held.discard(event.event_id)

    async def _mark(self, event_ids: Sequence[str]) -> None:
        async with self._uow.begin() as tx:
            await tx.inbox.done(self._source, event_ids, self._clock.now())
