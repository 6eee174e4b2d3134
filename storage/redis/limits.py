"""Limits in Redis: one script and one short-lived key a caller.

Its clock is Redis's own, so that replicas whose clocks differ still share one count.
"""

from __future__ import annotations

from typing import Any, Final

from redis.asyncio import Redis

from core.domain.rate import MINUTE, Rate, Verdict
from storage.redis.breaker import AWAY, Breaker

# As core.domain.rate.judge, in milliseconds.
_COUNT: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local interval, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local used = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
local following = used + interval
local early = following - now - window
if early > 0.001 then return {0, 0, math.ceil(used - now), math.ceil(early)} end
redis.call('SET', KEYS[1], string.format('%.3f', following), 'PX', math.ceil(following - now))
return {1, math.floor(-early / interval + 0.000001), math.ceil(following - now), 0}
"""


class RedisLimits:
    """See :class:`core.ports.limits.SharedLimits`. ``failures``: how often somebody passed uncounted."""

    def __init__(self, redis: Redis) -> None:
        self._pass: Any = redis.register_script(_COUNT)
        self._breaker = Breaker("limits")

    @property
    def failures(self) -> int:
        """Calls that had to do without Redis."""
        return self._breaker.failures

    async def pass_one(self, key: str, rate: Rate) -> Verdict | None:
        """One round trip."""
        if self._breaker.open:
            return None
        try:
            allowed, remaining, reset, retry = await self._pass(
                keys=[f"limit:{key}"], args=[rate.interval * 1000, MINUTE * 1000]
            )
        except AWAY as error:
            self._breaker.failed(error)
            return None
        return Verdict(bool(allowed), remaining, reset / 1000, retry / 1000)
