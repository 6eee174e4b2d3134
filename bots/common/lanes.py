"""Work in lanes: one after another within a lane, lanes side by side.

A lane is a person: two of their messages must not race each other, while a thousand persons must not wait for
one. A lane exists only while there is something in it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")

_log = logging.getLogger(__name__)


class Lanes(Generic[T]):
    """``work`` is done on each item; ``width`` items at once at most. ``depth`` is how many may be waiting or
    in work before :meth:`room` keeps whoever brings more.
    """

    def __init__(self, work: Callable[[T], Awaitable[None]], *, width: int = 64, depth: int = 1000) -> None:
        self._work = work
        self._depth = depth
        self._width = asyncio.Semaphore(width)
        self._lanes: dict[str, deque[T]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._held = 0
        self._room = asyncio.Event()
        self._idle = asyncio.Event()
        self._count(0)

    def __len__(self) -> int:
        """How many items wait or are in work."""
        return self._held

    @property
    def open(self) -> int:
        """How many lanes have something in them."""
        return len(self._lanes)

    def add(self, lane: str, item: T) -> None:
        """Put an item at the end of its lane. Never waits and never refuses: ask :meth:`room` first."""
        self._count(1)
        queue = self._lanes.get(lane)
        if queue is not None:
            queue.append(item)
            return
        self._lanes[lane] = deque((item,))
        task = asyncio.create_task(self._run(lane), name=f"lane {lane}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def room(self) -> None:
        """Wait until there is room for more."""
        await self._room.wait()

    async def idle(self) -> None:
        """Wait until nothing is left."""
        await self._idle.wait()

    async def close(self, seconds: float) -> int:
        """Let the work end, ``seconds`` at most, and break off what is not done by then; how many items that
        were.
        """
        try:
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        except TimeoutError:
            left = self._held
            tasks = list(self._tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            return left
        return 0

    async def _run(self, lane: str) -> None:
        queue = self._lanes[lane]
        try:
            while queue:
                async with self._width:
                    item = queue.popleft()
                    try:
                        await self._work(item)
                    except Exception:  # noqa: BLE001 - the rest of the lane must not wait for ever
                        _log.exception("work in a lane failed")
                    finally:
                        self._count(-1)
        finally:
            del self._lanes[lane]
            self._count(-len(queue))

    def _count(self, change: int) -> None:
        self._held += change
        _set(self._room, self._held < self._depth)
        _set(self._idle, self._held == 0)


def _set(event: asyncio.Event, wanted: bool) -> None:
    if wanted:
        event.set()
    else:
        event.clear()
