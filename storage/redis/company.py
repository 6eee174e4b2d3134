"""Processes that send in one bot's name, as they see each other.

Two sorted sets for each account: who is there, by when they said so last, and who is sending, by since when.
The clock is Redis's own.
"""

from __future__ import annotations

from typing import Any, Final

from redis.asyncio import Redis

from storage.redis.breaker import AWAY, Breaker

#: Seconds without a word after which a process is gone, and after which all have seen who began to send.
GONE: Final = 3.0
SETTLED: Final = 1.5

_SHOW: Final = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
redis.call('ZADD', KEYS[1], now, ARGV[1])
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[3])) do
  redis.call('ZREM', KEYS[1], gone)
  redis.call('ZREM', KEYS[2], gone)
end
if ARGV[2] == '1' then
  redis.call('ZADD', KEYS[2], 'NX', now, ARGV[1])
else
  redis.call('ZREM', KEYS[2], ARGV[1])
end
redis.call('EXPIRE', KEYS[1], 60)
redis.call('EXPIRE', KEYS[2], 60)
local since = redis.call('ZSCORE', KEYS[2], ARGV[1])
local settled = since and now - since >= tonumber(ARGV[4])
return {redis.call('ZCARD', KEYS[1]), redis.call('ZCARD', KEYS[2]), settled and 1 or 0}
"""


class RedisCompany:
    """Without Redis nobody is seen, and nobody's share changes."""

    def __init__(self, redis: Redis, *, gone: float = GONE, settled: float = SETTLED) -> None:
        self._redis = redis
        self._show: Any = redis.register_script(_SHOW)
        self._after = (gone, settled)
        self._breaker = Breaker("company")

    async def show(self, account: str, process: str, *, sending: bool) -> tuple[int, int, bool] | None:
        """How many are there, how many of them send, and whether this one is known to."""
        if self._breaker.open:
            return None
        try:
            present, senders, settled = await self._show(
                keys=_keys(account), args=[process, int(sending), *self._after]
            )
        except AWAY as error:
            self._breaker.failed(error)
            return None
        return present, senders, bool(settled)

    async def leave(self, account: str, process: str) -> None:
        """Gone at once."""
        if self._breaker.open:
            return
        try:
            for key in _keys(account):
                await self._redis.zrem(key, process)
        except AWAY as error:
            self._breaker.failed(error)


def _keys(account: str) -> list[str]:
    return [f"company:{account}:present", f"company:{account}:sending"]
