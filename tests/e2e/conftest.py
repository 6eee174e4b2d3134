"""The whole program as ``make demo`` starts it, driven over HTTP; one for all tests of a module."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager

import pytest
import pytest_asyncio
from redis import Redis

from tests.support.story import STUDIO_BOT, STUDIO_VK, Story, demo_settings, running_story


@pytest_asyncio.fixture(
    scope="module",
    loop_scope="module",
    params=[pytest.param(STUDIO_BOT, id="telegram"), pytest.param(STUDIO_VK, id="vk")],
)
async def story(
    request: pytest.FixtureRequest,
    new_database: Callable[[], AbstractContextManager[str]],
    module_redis_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Story]:
    """The demo with everybody at their phones, clients in one messenger after the other. Tests of a module
    share it, so each has clients of its own.
    """
    with new_database() as database, Redis.from_url(module_redis_url) as redis:
        redis.flushdb()
        settings = demo_settings(database, module_redis_url, tmp_path_factory.mktemp("demo") / "data")
        async with running_story(settings, request.param) as story:
            yield story
