"""Waking up whoever waits for something to change."""

from __future__ import annotations

import asyncio


class Signal:
    """``fire`` wakes everybody who waits at that moment; there is nothing to reset."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def fire(self) -> None:
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
        self._waiting.clear()

    async def wait(self, timeout: float | None = None) -> bool:  # noqa: ASYNC109 (a poll's timeout is a protocol's number)
        """True when fired, False when ``timeout`` seconds went by first."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            async with asyncio.timeout(timeout):
                await future
        except TimeoutError:
            return False
        finally:
            self._waiting.discard(future)
        return True
