"""Processes that send in one bot's name, seeing each other through Redis."""

from __future__ import annotations

import asyncio

from redis.asyncio import Redis

from storage.redis.company import RedisCompany

ME, OTHER = "telegram:7", "telegram:8"


async def test_who_is_there_and_who_sends(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as redis:
        company = RedisCompany(redis, settled=0.05)
        assert await company.show(ME, "one", sending=False) == (1, 0, False)
        assert await company.show(ME, "two", sending=True) == (2, 1, False)
        assert await company.show(OTHER, "two", sending=True) == (1, 1, False)
        await asyncio.sleep(0.06)
        assert await company.show(ME, "two", sending=True) == (2, 1, True)
        assert await company.show(ME, "two", sending=False) == (2, 0, False)
        assert await company.show(ME, "two", sending=True) == (2, 1, False), "it begins anew"
        await company.leave(ME, "two")
        assert await company.show(ME, "one", sending=False) == (1, 0, False)


async def test_who_says_nothing_is_gone(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as redis:
        company = RedisCompany(redis, gone=0.05)
        await company.show(ME, "one", sending=True)
        await asyncio.sleep(0.06)
        assert await company.show(ME, "two", sending=False) == (1, 0, False)


async def test_without_redis_there_is_no_telling(unused_tcp_port: int) -> None:
    redis = Redis.from_url(f"redis://127.0.0.1:{unused_tcp_port}/0", socket_connect_timeout=1)
    company = RedisCompany(redis)
    assert await company.show(ME, "one", sending=True) is None
    await company.leave(ME, "one")
    await redis.aclose()
