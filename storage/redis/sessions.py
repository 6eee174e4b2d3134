"""Dialog sessions in Redis: one round trip reads and locks, one writes and unlocks.

When Redis is away, sessions live in this process for the while (loudly logged and counted): a conversation
may lose its place, never its bookings.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Final

from redis.asyncio import Redis

from storage.redis.breaker import AWAY, Breaker

LOCK_SECONDS: Final = 30
_WAIT_SECONDS: Final = 15.0
_POLL_SECONDS: Final = (0.01, 0.2)
_LOCAL_SESSIONS: Final = 10_000

_OPEN: Final = """
if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'EX', ARGV[2]) then return {1, redis.call('GET', KEYS[1])} end
return {0}
"""
_SAVE: Final = """
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
redis.call('DEL', KEYS[2])
return 1
"""
_FREE: Final = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


class SessionBusy(Exception):
    """Somebody else has worked on this session for too long."""


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A session under lock; see ``bots.dialogs.session.Opened``."""

    raw: bytes | None
    token: str


class RedisSessions:
    """See ``bots.dialogs.session.SessionStore``.

    ``failures``: how often a session was kept in this process.
    """

    def __init__(self, redis: Redis) -> None:
        self._open = redis.register_script(_OPEN)
        self._save = redis.register_script(_SAVE)
        self._free = redis.register_script(_FREE)
        self._breaker = Breaker("dialog sessions")
        self._local: OrderedDict[str, bytes] = OrderedDict()

    @property
    def failures(self) -> int:
        """Calls that had to do without Redis."""
        return self._breaker.failures

    async def open(self, key: str) -> OpenedSession:
        """Read and lock. Raises SessionBusy when the lock is not had for long; a lock whose holder died
        lapses by itself.
        """
        token = secrets.token_hex(8)
        if self._breaker.open:
            return OpenedSession(self._local.get(key), "")
        pause, waited = _POLL_SECONDS[0], 0.0
        try:
            while True:
                answer: list[Any] = await self._open(keys=_keys(key), args=[token, LOCK_SECONDS])
                if answer[0]:
                    return OpenedSession(answer[1] if len(answer) > 1 else None, token)
                if waited > _WAIT_SECONDS:
                    raise SessionBusy(key)
                await asyncio.sleep(pause)
                waited += pause
                pause = min(pause * 1.5, _POLL_SECONDS[1])
        except AWAY as error:
            self._breaker.failed(error)
            return OpenedSession(self._local.get(key), "")

    async def save(self, key: str, raw: bytes, token: str, ttl: int) -> bool:
        """Write and unlock; False when the lock was lost, and nothing is written."""
        if token and not self._breaker.open:
            try:
                return bool(await self._save(keys=_keys(key), args=[token, raw, ttl]))
            except AWAY as error:
                self._breaker.failed(error)
        self._local[key] = raw
        self._local.move_to_end(key)
        if len(self._local) > _LOCAL_SESSIONS:
            self._local.popitem(last=False)
        return True

    async def release(self, key: str, token: str) -> None:
        """Unlock."""
        if not token or self._breaker.open:
            return
        try:
            await self._free(keys=[_keys(key)[1]], args=[token])
        except AWAY as error:
            self._breaker.failed(error)


def _keys(key: str) -> list[str]:
    return [f"dialog:{key}", f"dialog:{key}:lock"]
