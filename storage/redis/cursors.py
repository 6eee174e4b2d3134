"""Where readers of outside events stopped: after a restart they read on from there."""

from __future__ import annotations

from typing import Final

from redis.asyncio import Redis

from storage.redis.breaker import AWAY, Breaker

_TTL_SECONDS: Final = 30 * 24 * 3600


class RedisCursors:
    """Short texts by name. Without Redis nothing is known, and nothing fails."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._breaker = Breaker("cursors")

    async def get(self, name: str) -> str | None:
        """What was put last; None when that is not known."""
        if self._breaker.open:
            return None
        try:
            kept = await self._redis.get(_key(name))
        except AWAY as error:
            self._breaker.failed(error)
            return None
        return kept.decode() if isinstance(kept, bytes) else kept

    async def put(self, name: str, value: str) -> None:
        """Keep ``value``, for a month."""
        if self._breaker.open:
            return
        try:
            await self._redis.set(_key(name), value, ex=_TTL_SECONDS)
        except AWAY as error:
            self._breaker.failed(error)


def _key(name: str) -> str:
    return f"cursor:{name}"
