"""Batches that form by themselves: what comes while one is being worked on makes the next.

So a lone item is not kept waiting, and a crowd of them costs a few round trips instead of one each.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class Batches(Generic[T]):
    """``work`` gets the items in the order of their coming, ``most`` at a time (more, if they came together).

    When it raises, everybody whose items were in that batch is told.
    """

    def __init__(self, work: Callable[[Sequence[T]], Awaitable[None]], *, most: int = 100) -> None:
        self._work = work
        self._most = most
        self._waiting: list[tuple[Sequence[T], asyncio.Future[None]]] = []
        self._task: asyncio.Task[None] | None = None

    async def add(self, items: Sequence[T]) -> None:
        """Wait until ``items`` have been worked on; their caller may give up waiting, the work goes on.

        Raises what the work raised.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((items, done))
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        await done

    async def close(self) -> None:
        """Wait until what was brought has been worked on."""
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        try:
            while self._waiting:
                await self._batch(self._take())
        finally:
            self._task = None

    def _take(self) -> list[tuple[Sequence[T], asyncio.Future[None]]]:
        taken, size = 0, 0
        while taken < len(self._waiting) and (not taken or size < self._most):
            size += len(self._waiting[taken][0])
            taken += 1
        batch, self._waiting = self._waiting[:taken], self._waiting[taken:]
        return batch

    async def _batch(self, batch: Sequence[tuple[Sequence[T], asyncio.Future[None]]]) -> None:
        try:
            await self._work([item for items, _ in batch for item in items])
        except Exception as error:  # noqa: BLE001 - handed on to whoever waits
            for _, done in batch:
                if not done.done():
                    done.set_exception(error)
        else:
            for _, done in batch:
                if not done.done():
                    done.set_result(None)
