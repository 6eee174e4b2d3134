"""Limits in Redis: the same sums as in the process, shared by all; nobody waits for a Redis that is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from core.domain.rate import Rate
from storage.redis.limits import RedisLimits


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = Redis.from_url(redis_url)
    yield client
    await client.aclose()


async def test_two_replicas_share_one_count(redis: Redis, redis_url: str) -> None:
    other = Redis.from_url(redis_url)
    replicas = RedisLimits(redis), RedisLimits(other)
    rate = Rate(20)
    found = await asyncio.gather(*(replicas[n % 2].pass_one("w:a", rate) for n in range(60)))
    assert sum(each.allowed for each in found if each) in {20, 21}, (
        "a minute's worth, and what came meanwhile"
    )
    refused = await replicas[0].pass_one("w:a", rate)
    assert refused is not None
    assert (refused.allowed, refused.remaining) == (False, 0)
    assert 0 < refused.retry <= 3.0
    assert 50 < refused.reset <= 60.0
    fresh = await replicas[1].pass_one("w:b", rate)
    assert fresh is not None
    assert (fresh.allowed, fresh.remaining) == (True, 19)
    await other.aclose()


async def test_nothing_is_kept_of_who_has_not_called_for_long(redis: Redis) -> None:
    limits = RedisLimits(redis)
    for _ in range(3):
        await limits.pass_one("w:a", Rate(60))
    assert 2000 < await redis.pttl("limit:w:a") <= 3000


async def test_without_redis_everybody_passes_and_it_is_counted() -> None:
    away = Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.2)
    limits = RedisLimits(away)
    assert await limits.pass_one("w:a", Rate(1)) is None
    assert await limits.pass_one("w:a", Rate(1)) is None
    assert limits.failures == 2
    await away.aclose()
