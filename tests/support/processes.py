"""A web process with everything of its own, of which a test may have several on one Redis."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from redis.asyncio import Redis

from storage.database import Database
from storage.redis.events import RedisFeed, RedisNews
from storage.redis.holds import RedisHolds
from storage.unit_of_work import PgUnitOfWork
from tests.integration.api.conftest import serve
from tests.support.site import Site
from tests.support.world import Core, Hands, World, make_business
from webapp.wiring import Gate, Outside


@asynccontextmanager
async def process(database: str, redis_url: str, world: World | None, clock: Hands) -> AsyncIterator[Site]:
    """A web process with everything of its own."""
    async with AsyncExitStack() as stack:
        db = await Database.connect(database)
        stack.push_async_callback(db.close)
        redis = await stack.enter_async_context(Redis.from_url(redis_url))
        news = RedisNews(redis)
        stack.push_async_callback(news.close)
        core = Core(PgUnitOfWork(db, news), RedisHolds(redis, news), clock)
        feed = RedisFeed(redis_url, core.live)
        await feed.start()
        await feed.ready()
        stack.push_async_callback(feed.stop)
        made = world or await make_business(core.uow)
        outside = Outside(gate=Gate(trusted_proxies=("127.0.0.1",)))
        yield await stack.enter_async_context(serve(core, made, clock, outside))
