"""Ending tasks, those too that miss their cancellation."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from bots.common.tasks import end


async def test_whoever_misses_a_cancellation_is_asked_again() -> None:
    asked = 0

    async def deaf() -> None:
        nonlocal asked
        while asked < 2:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                asked += 1
        await asyncio.Event().wait()

    async def prompt() -> None:
        await asyncio.Event().wait()

    tasks = [asyncio.create_task(deaf()), asyncio.create_task(prompt())]
    await asyncio.sleep(0)
    await asyncio.wait_for(end(tasks), 10)
    assert all(task.cancelled() for task in tasks)


async def test_nothing_to_end() -> None:
    await end([])
    done = asyncio.create_task(asyncio.sleep(0))
    with suppress(asyncio.CancelledError):
        await done
    await end([done])
