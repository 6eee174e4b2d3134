"""Pacing of what goes out: a messenger's limits kept, and used in full.

An account's sends are spread by an absolute schedule (a late one doesn't push back the next), and no second
has more than the limit of them as they were really made. Seconds are of a monotonic clock: moving the
business's clock changes nothing for the messenger.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

_CHATS_KEPT: Final = 10_000
_CATCH_UP: Final = 0.25


class Limits(NamedTuple):
    """What a messenger takes: ``per_second`` sends of an account; to one chat ``chat_burst`` at once and then
    ``chat_per_second``. ``margin`` (seconds) is kept for what the network does to the distances.
    """

    per_second: int = 30
    chat_per_second: float = 1.0
    chat_burst: int = 3
    margin: float = 0.015


@dataclass(slots=True)
class _Account:
    limits: Limits
    made: deque[float]
    next_at: float = 0.0
    paused_until: float = 0.0
    chats: OrderedDict[str, float] = field(default_factory=OrderedDict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Pace:
    """The schedule of all accounts of one process."""

    def __init__(
        self,
        seconds: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._seconds = seconds
        self._sleep = sleep
        self._accounts: dict[str, _Account] = {}

    def chat_wait(self, account: str, chat: str, limits: Limits) -> float:
        """Reserve the chat's next place; how many seconds until it comes (0: now). Nothing is reserved when
        that is longer than the burst takes: the answer says when to ask again.
        """
        chats = self._account(account, limits).chats
        now = self._seconds()
        # The time at which the chat's bucket is full again; each message puts it off.
        full_at = max(chats.get(chat, 0.0), now)
        wait = full_at - now - (limits.chat_burst - 1) / limits.chat_per_second
        if wait <= 1.0 / limits.chat_per_second:
            chats[chat] = full_at + 1.0 / limits.chat_per_second
            chats.move_to_end(chat)
            while len(chats) > _CHATS_KEPT:
                chats.popitem(last=False)
        return max(0.0, wait)

    async def turn(self, account: str, limits: Limits) -> None:
        """Wait for the account's next place, first come, first served."""
        kept = self._account(account, limits)
        async with kept.lock:
            while (wait := self._wait(kept)) > 0:
                await self._sleep(wait)
            now = self._seconds()
            kept.made.append(now)
            kept.next_at = max(kept.next_at, now - _CATCH_UP) + 1.0 / limits.per_second

    def pause(self, account: str, seconds: float, limits: Limits) -> None:
        """The messenger asked this account to be silent for a while."""
        kept = self._account(account, limits)
        kept.paused_until = max(kept.paused_until, self._seconds() + seconds)

    def _account(self, key: str, limits: Limits) -> _Account:
        kept = self._accounts.get(key)
        if kept is None:
            kept = self._accounts[key] = _Account(limits, deque(maxlen=limits.per_second))
        return kept

    def _wait(self, kept: _Account) -> float:
        limits, now = kept.limits, self._seconds()
        window = kept.made[0] + 1.0 + limits.margin if len(kept.made) == limits.per_second else 0.0
        return max(kept.next_at, kept.paused_until, window) - now
