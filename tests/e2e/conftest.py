"""The whole program as ``make demo`` starts it, driven over HTTP; one for all tests of a module."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.support.story import Story, demo_settings, running_story


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def story(
    module_database: str, module_redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Story]:
    """The demo with everybody at their phones. Tests of a module share it, so each has clients of its own."""
    settings = demo_settings(module_database, module_redis_url, tmp_path_factory.mktemp("demo") / "data")
    async with running_story(settings) as story:
        yield story
