"""Ending tasks that run for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final

_AGAIN_SECONDS: Final = 0.5


async def end(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel ``tasks`` and wait until they are over.

    A cancellation can get lost on its way: ``asyncio.wait_for`` of Python 3.11 swallows one that comes
    together with the result, and libraries use it. So whoever is still there is asked again.
    """
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=_AGAIN_SECONDS)
