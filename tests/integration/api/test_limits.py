"""How often one may call: whom it is counted for, what is told, who is never counted."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from storage.redis.limits import RedisLimits
from tests.integration.api.conftest import serve
from tests.support.site import Reply, Site
from tests.support.world import Core, Hands, World, make_business
from webapp.wiring import Gate, Outside

HERE = {"X-Forwarded-For": "198.51.100.7"}
THERE = {"X-Forwarded-For": "203.0.113.9"}


@pytest.fixture
async def shared(redis_url: str) -> AsyncIterator[RedisLimits]:
    redis = Redis.from_url(redis_url)
    yield RedisLimits(redis)
    await redis.aclose()


@pytest.fixture
async def world(core: Core) -> World:
    return await make_business(core.uow)


@pytest.fixture
async def narrow(core: Core, world: World, shared: RedisLimits) -> AsyncIterator[Site]:
    """Three reads and two writes a minute."""
    async with serve(core, world, Hands(), Outside(gate=Gate(reads=3, writes=2, shared=shared))) as site:
        yield site


def told(reply: Reply) -> tuple[int, int]:
    """The limit and what is left of it."""
    assert 0 < int(reply.headers["X-RateLimit-Reset"]) <= 60
    return int(reply.headers["X-RateLimit-Limit"]), int(reply.headers["X-RateLimit-Remaining"])


async def test_reads_by_address(narrow: Site) -> None:
    for left in (2, 1, 0):
        reply = await narrow.get(narrow.business, headers=HERE)
        assert (reply.status, told(reply)) == (200, (3, left))
    reply = await narrow.get(narrow.business, headers=HERE)
    assert (reply.status, reply.code, told(reply)) == (429, "TOO_MANY_REQUESTS", (3, 0))
    assert 1 <= int(reply.headers["Retry-After"]) <= 20
    assert (await narrow.get(narrow.business, headers=THERE)).status == 200
    page = await narrow.get("/", headers={**HERE, "Accept": "text/html"})
    assert (page.status, page.headers["Content-Type"].split(";")[0]) == (429, "text/html")
    assert "Retry-After" in page.headers


async def test_writes_are_shared_by_replicas(core: Core, world: World, shared: RedisLimits) -> None:
    gate = Gate(writes=2, shared=shared)
    async with (
        serve(core, world, Hands(), Outside(gate=gate)) as one,
        serve(core, world, Hands(), Outside(gate=gate)) as other,
    ):
        for site, hour in ((one, 12), (other, 15)):
            reply = await site.post(f"{site.business}/bookings", site.wish(world.at(hour)), headers=HERE)
            assert reply.status == 201
        for site in (one, other):
            reply = await site.post(f"{site.business}/bookings", site.wish(world.at(17)), headers=HERE)
            assert (reply.status, told(reply)) == (429, (2, 0))
            assert (await site.get(site.business, headers=HERE)).status == 200, "reads are counted apart"
        reply = await one.post(f"{one.business}/bookings", one.wish(world.at(17)), headers=THERE)
        assert reply.status == 201


async def test_who_shows_a_good_token_is_counted_by_it(narrow: Site) -> None:
    token = await narrow.token()
    assert told(await narrow.get(narrow.business, token=token, headers=HERE)) == (3, 2), "not yet known"
    for left in (2, 1, 0):
        assert told(await narrow.get(narrow.business, token=token, headers=HERE)) == (3, left)
    refused = await narrow.get(narrow.business, token=token, headers=THERE)
    assert refused.status == 429, "wherever it comes from"
    assert (await narrow.get(narrow.business, headers=HERE)).status == 200, "its address has two left"


async def test_made_up_tokens_are_counted_by_address(narrow: Site) -> None:
    for number in range(3):
        reply = await narrow.get(narrow.business, token=f"oko_{number:043}", headers=HERE)
        assert reply.status == 401
    assert (await narrow.get(narrow.business, token="oko_" + "x" * 43, headers=HERE)).status == 429


async def test_local_programs_and_files_and_health_are_free(narrow: Site) -> None:
    for _ in range(6):
        reply = await narrow.get(narrow.business)
        assert reply.status == 200
        assert "X-RateLimit-Limit" not in reply.headers
        assert (await narrow.get("/api/v1/health", headers=HERE)).status == 200


async def test_no_limit_where_none_is_wanted(core: Core, world: World) -> None:
    async with serve(core, world, Hands(), Outside(gate=Gate(reads=0, writes=0))) as site:
        for _ in range(5):
            reply = await site.get(site.business, headers=HERE)
            assert reply.status == 200
            assert "X-RateLimit-Limit" not in reply.headers


async def test_failed_sign_ins_are_counted_even_of_local_programs(
    core: Core, world: World, shared: RedisLimits
) -> None:
    async with serve(core, world, Hands(), Outside(gate=Gate(shared=shared))) as site:
        token = await site.token()
        statuses = [(await site.get(site.business, token="oko_wrong")).status for _ in range(62)]
        assert statuses[:60] == [401] * 60
        assert statuses[-1] == 429
        refused = await site.get(site.business, token="oko_wrong")
        assert refused.code == "TOO_MANY_REQUESTS"
        assert int(refused.headers["Retry-After"]) >= 1
        assert (await site.get(site.business, token=token)).status == 200, "a good one is never refused"
        unknown = await site.get(f"{site.business}/bookings")
        assert unknown.status == 401, "who shows nothing has not failed"
        other = {"X-Forwarded-For": "203.0.113.1"}
        assert (await site.get(site.business, token="oko_wrong", headers=other)).status == 401


async def test_nobody_is_held_up_when_redis_is_away(core: Core, world: World) -> None:
    away = Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.2)
    limits = RedisLimits(away)
    async with serve(core, world, Hands(), Outside(gate=Gate(writes=1, shared=limits))) as site:
        for hour in (12, 15):
            reply = await site.post(f"{site.business}/bookings", site.wish(world.at(hour)), headers=HERE)
            assert reply.status == 201
    assert limits.failures == 2
    await away.aclose()
