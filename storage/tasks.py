"""Ending a task that runs for ever."""

from __future__ import annotations

import asyncio
from typing import Final

_AGAIN_SECONDS: Final = 0.5


async def end(task: asyncio.Task[None] | None) -> None:
    """Cancel ``task``, if there is one, and wait until it is over.

    A cancellation can get lost within a library (``asyncio.wait_for`` of Python 3.11 swallows one that comes
    together with the result), so it is asked again.
    """
    while task is not None and not task.done():
        task.cancel()
        await asyncio.wait((task,), timeout=_AGAIN_SECONDS)
