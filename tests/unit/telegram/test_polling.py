"""Long polling: what is confirmed and when, and how troubles are waited out."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from aiogram.exceptions import TelegramNetworkError
from aiogram.methods import GetMe

from bots.telegram.inbound import ALLOWED_UPDATES
from bots.telegram.polling import Poller
from tests.support.bot_api import SERVER_ERROR, ScriptedApi, refusal, scripted_bot

CONFLICT = refusal(409, "Conflict: can't use getUpdates method while webhook is active")


class Store:
    """Takes batches; ``broken`` of them fail first. Waits for all that a test expects."""

    def __init__(self, expected: int) -> None:
        self.batches: list[list[int]] = []
        self.broken = 0
        self._expected = expected
        self.full = asyncio.Event()

    async def take(self, updates: Sequence[dict[str, Any]]) -> None:
        if self.broken:
            self.broken -= 1
            raise ConnectionError("no database")
        self.batches.append([update["update_id"] for update in updates])
        if sum(map(len, self.batches)) >= self._expected:
            self.full.set()


async def poll(api: ScriptedApi, bot: Any, store: Store) -> None:
    api.answers["getUpdates"].append(asyncio.Event())
    task = asyncio.create_task(Poller(bot, store.take, pause=0.001, longest=0.002).run())
    async with asyncio.timeout(5):
        await store.full.wait()
        await api.waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def updates(*numbers: int) -> list[dict[str, int]]:
    return [{"update_id": number} for number in numbers]


async def test_batches_are_confirmed_after_they_were_taken() -> None:
    bot, api = scripted_bot()
    api.answers["getUpdates"] += [updates(7, 8), updates(9)]
    store = Store(3)
    await poll(api, bot, store)
    assert store.batches == [[7, 8], [9]]
    assert api.calls[0] == ("deleteWebhook", {"drop_pending_updates": False})
    assert [call.get("offset") for call in api.named("getUpdates")] == [None, 9, 10]
    assert api.named("getUpdates")[0]["allowed_updates"] == list(ALLOWED_UPDATES)


async def test_a_batch_that_was_not_stored_is_fetched_again() -> None:
    bot, api = scripted_bot()
    api.answers["getUpdates"] += [updates(7), updates(7, 8)]
    store = Store(2)
    store.broken = 1
    await poll(api, bot, store)
    assert store.batches == [[7, 8]]
    assert [call.get("offset") for call in api.named("getUpdates")] == [None, None, 9]


async def test_troubles_are_waited_out(caplog: pytest.LogCaptureFixture) -> None:
    bot, api = scripted_bot()
    api.answers["deleteWebhook"] += [SERVER_ERROR]
    api.answers["getUpdates"] += [
        TelegramNetworkError(method=GetMe(), message="timeout"),
        refusal(401, "Unauthorized"),
        refusal(502, "Bad Gateway"),
        updates(7),
    ]
    store = Store(1)
    await poll(api, bot, store)
    assert store.batches == [[7]]
    assert caplog.text.count("polling pauses") == 4


async def test_a_webhook_set_behind_our_back_is_taken_off_again() -> None:
    bot, api = scripted_bot()
    api.answers["getUpdates"] += [CONFLICT, updates(7)]
    store = Store(1)
    await poll(api, bot, store)
    assert len(api.named("deleteWebhook")) == 2
