"""Taking turns within this process: who came first is served first."""

from __future__ import annotations

import asyncio
from collections import deque


class Turns:
    """A queue for each key; nothing is kept of a key that nobody wants."""

    def __init__(self) -> None:
        self._queues: dict[str, deque[asyncio.Future[None]]] = {}

    async def take(self, key: str, seconds: float) -> None:
        """Wait for one's turn. Raises TimeoutError after ``seconds``."""
        queue = self._queues.get(key)
        if queue is None:
            self._queues[key] = deque()
            return
        turn = asyncio.get_running_loop().create_future()
        queue.append(turn)
        try:
            async with asyncio.timeout(seconds):
                await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                # The turn came at the moment of giving up: pass it on.
                self.give(key)
            elif turn in queue:
                queue.remove(turn)
            raise

    def give(self, key: str) -> None:
        """End one's turn: the next in the queue has it."""
        queue = self._queues[key]
        while queue:
            turn = queue.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        del self._queues[key]
