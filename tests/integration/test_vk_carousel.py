"""Services with pictures in VK: the real dialogs and adapter against the emulated VK, which is strict."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bots.dialogs.assembly import build_dialogs
from bots.dialogs.runtime import Runtime
from bots.sandbox.model import Message
from bots.sandbox.running import RunningSandbox, running_sandbox
from bots.sandbox.vk.rules import VkRules
from bots.vk.api import VkSession, make_community
from bots.vk.service import VkService
from deploy.clock import new_id
from storage.redis.sessions import RedisSessions
from tests.support.dialog import SIGNER, app_of
from tests.support.talk import soon
from tests.support.vk import GROUP_ID, NAME, TOKEN, Bench, bench
from tests.support.world import make_business

SERVICES = ("manicure", "pedicure", "massage", "yoga")


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(vk=VkRules(limit_rates=False)) as running:
        await running.add_bot(TOKEN, NAME, "Салон", messenger="vk")
        yield running


async def fetched(_address: str) -> tuple[str, bytes]:
    return "image/png", b"\x89PNG"


@asynccontextmanager
async def community(made: Bench) -> AsyncIterator[VkService]:
    """The whole program's dialogs behind one community."""
    session = VkSession(made.api_url)
    service = VkService(
        make_community(GROUP_ID, TOKEN, session),
        dialogs=Runtime(
            app=app_of(made.core),
            dialogs=build_dialogs(),
            sessions=RedisSessions(made.redis),
            signer=SIGNER,
            clock=made.core.clock,
            new_id=new_id,
        ),
        reach=made.core.clients,
        uow=made.core.uow,
        clock=made.core.clock,
        fetch=fetched,
    )
    await service.start()
    try:
        yield service
    finally:
        await service.stop()
        await session.close()


async def test_services_with_pictures_are_cards(
    sandbox: RunningSandbox, database: str, redis_url: str
) -> None:
    async with bench(database, redis_url, sandbox.vk_url) as made, community(made) as service:
        pictures = {name: {"photo_url": f"https://pics.example/{name}.png"} for name in SERVICES}
        await make_business(made.core.uow, services=pictures)
        await soon(lambda: any(c.method == "groups.getLongPollServer" for c in sandbox.world.calls.latest()))
        chat = await sandbox.person("Анна").open(f"https://vk.me/club{GROUP_ID}?ref=b_okoshko")
        await chat.press("Записаться")

        def newest() -> Message:
            found = sandbox.world.chat(chat.person_id, GROUP_ID)
            assert found is not None
            return found.messages[-1]

        assert not newest().cards, "VK has no pictures yet: the list"
        await service.pictures.idle()
        await chat.press("Назад")
        await chat.press("Записаться")
        assert [card.title for card in newest().cards] == ["Маникюр", "Педикюр", "Массаж", "Йога"]
        assert newest().cards[0].text.startswith("60 мин")
        assert {tuple(button.label for button in row[1:]) for row in newest().rows} == {("Назад",)}
        carousel = newest().id
        await chat.press("Педикюр")
        assert not newest().cards
        assert "Педикюр" in newest().text
        found = sandbox.world.chat(chat.person_id, GROUP_ID)
        assert found is not None
        assert found.message(carousel) is None, "the cards are gone, for they can't become something else"
        refused = [call["answer"] for call in await sandbox.calls() if call["status"] not in {200, 0}]
        assert refused == []
