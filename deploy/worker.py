"""The worker: APScheduler ticks, the rows decide.

Each job is a sweep over rows that are due, claimed by ``SKIP LOCKED``, so that any number of workers share
the work and nothing is kept in the scheduler. A tick is only a wake-up: a sweep also runs at once when the
outbox says that something was queued, and when the sandbox's clock was moved.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bots.common.tasks import end

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sweep:
    """A job: what runs, and how often at least (seconds)."""

    name: str
    run: Callable[[], Awaitable[Any]]
    seconds: float


class Worker:
    """Runs each sweep alone with itself: a wake-up during a run leads to one more run after it."""

    def __init__(self, sweeps: Sequence[Sweep]) -> None:
        self._sweeps = sweeps
        self._wakes = {sweep.name: asyncio.Event() for sweep in sweeps}
        self._tasks: list[asyncio.Task[None]] = []
        self._scheduler = AsyncIOScheduler(
            timezone="UTC", job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
        )

    def wake(self, name: str) -> None:
        """Run this sweep now."""
        self._wakes[name].set()

    def wake_all(self) -> None:
        """Run every sweep now: the clock was moved."""
        for event in self._wakes.values():
            event.set()

    async def start(self) -> None:
        """Start ticking; every sweep runs at once for what was left behind."""
        for sweep in self._sweeps:
            self._tasks.append(asyncio.create_task(self._loop(sweep), name=f"sweep-{sweep.name}"))
            self._scheduler.add_job(
                self._wakes[sweep.name].set, IntervalTrigger(seconds=sweep.seconds), id=sweep.name
            )
            self.wake(sweep.name)
        self._scheduler.start()

    async def stop(self) -> None:
        """Stop; a sweep that is running is cancelled, and its leases run out."""
        self._scheduler.shutdown(wait=False)
        await end(self._tasks)
        self._tasks.clear()

    async def _loop(self, sweep: Sweep) -> None:
        wake = self._wakes[sweep.name]
        while True:
            await wake.wait()
            wake.clear()
            try:
                await sweep.run()
            except Exception:  # noqa: BLE001 - a sweep that fails is tried again at the next tick
                _log.exception("sweep failed", extra={"sweep": sweep.name})
