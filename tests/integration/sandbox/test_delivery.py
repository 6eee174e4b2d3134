"""How updates reach a bot: long polling and webhooks, as the real server does it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest, TelegramConflictError
from aiogram.types import Update
from aiohttp import ClientSession, web

from bots.sandbox.client import ChatClient
from bots.sandbox.running import RunningSandbox, running_sandbox
from bots.sandbox.signal import Signal
from bots.sandbox.telegram.rules import TelegramRules

TOKEN = "7770001:AA-test"


def texts(updates: list[Update]) -> list[str | None]:
    return [update.message.text if update.message else None for update in updates]


async def until(condition: Callable[[], bool], signal: Signal) -> None:
    """Waits until ``condition`` holds, looking again at each ``signal``."""
    async with asyncio.timeout(5):
        while not condition():
            await signal.wait()


# Long polling


async def test_an_offset_confirms_what_is_before_it(bot: Bot, chat: ChatClient) -> None:
    await chat.send("a", wait=False)
    await chat.send("b", wait=False)
    first = await bot.get_updates()
    assert texts(first) == ["/start", "a", "b"]
    assert [update.update_id - first[0].update_id for update in first] == [0, 1, 2]
    assert texts(await bot.get_updates(limit=1)) == ["/start"]
    assert texts(await bot.get_updates(offset=first[1].update_id)) == ["a", "b"]
    assert texts(await bot.get_updates(offset=-1)) == ["b"]
    assert texts(await bot.get_updates()) == ["b"]
    assert await bot.get_updates(offset=first[2].update_id + 1) == []


async def test_a_long_poll_ends_with_the_first_update(bot: Bot, chat: ChatClient) -> None:
    await bot.get_updates(offset=-1)
    last = (await bot.get_updates())[0].update_id
    poll = asyncio.create_task(bot.get_updates(offset=last + 1, timeout=30))
    await asyncio.sleep(0)
    await chat.send("a", wait=False)
    assert texts(await asyncio.wait_for(poll, 5)) == ["a"]


async def test_allowed_updates_hold_from_the_call_on(bot: Bot, chat: ChatClient) -> None:
    await bot.get_updates(allowed_updates=["callback_query"])
    await chat.send("unheard", wait=False)
    await chat.press_data("x", wait=False)
    await chat.block()
    updates = await bot.get_updates()
    assert [update.event_type for update in updates] == ["message", "callback_query"]
    await bot.get_updates(allowed_updates=[])
    await chat.unblock()
    membership = (await bot.get_updates(offset=-1))[0].my_chat_member
    assert membership is not None
    assert (membership.old_chat_member.status, membership.new_chat_member.status) == ("kicked", "member")


async def test_a_second_poller_ends_the_first(sandbox: RunningSandbox, bot: Bot, chat: ChatClient) -> None:
    last = (await bot.get_updates())[-1].update_id
    poll = asyncio.create_task(bot.get_updates(offset=last + 1, timeout=30))
    await until_polling(sandbox)
    assert await bot.get_updates(offset=last + 1) == []
    with pytest.raises(TelegramConflictError, match="terminated by other getUpdates request"):
        await poll


async def test_a_webhook_ends_polling_and_forbids_it(sandbox: RunningSandbox, bot: Bot) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=30))
    await until_polling(sandbox)
    await bot.set_webhook("http://127.0.0.1:9/hook")
    with pytest.raises(TelegramConflictError, match="terminated by setWebhook request"):
        await poll
    with pytest.raises(TelegramConflictError, match="can't use getUpdates method while webhook is active"):
        await bot.get_updates()
    await bot.delete_webhook()
    assert await bot.get_updates() == []


async def until_polling(sandbox: RunningSandbox, polls: int = 1) -> None:
    """Until so many polls wait for updates, beside the couriers of both messengers."""
    async with asyncio.timeout(5):
        while len(sandbox.world.fed._waiting) < 2 + polls:
            await sandbox.get("state")


async def test_polls_and_streams_end_at_once_when_the_sandbox_stops() -> None:
    # The poll would last for half a minute.
    async with asyncio.timeout(10), ClientSession() as session:
        async with running_sandbox() as sandbox:
            await sandbox.add_bot(TOKEN, "salon_bot")
            url = f"{sandbox.telegram_url}/bot{TOKEN}/getUpdates"
            poll = asyncio.create_task(session.post(url, json={"timeout": 30}))
            events = await session.get(f"{sandbox.url}/api/events")
            await until_polling(sandbox)
            await sandbox.person("Анна").ensure()
        answer = await (await poll).json()
        assert answer == {"ok": True, "result": []}
        assert b"event: person" in await events.read()


# Webhooks


class Hook:
    """A bot's web server: keeps what comes, answers what it is told."""

    def __init__(self) -> None:
        self.url = ""
        self.taken: list[tuple[str, str]] = []
        self.secrets: set[str] = set()
        self.statuses: list[int] = []
        self.answer: dict[str, object] | None = None
        self.came = Signal()
        self.gate = asyncio.Event()
        self.gate.set()

    async def take(self, request: web.Request) -> web.Response:
        update = await request.json()
        self.secrets.add(request.headers.get("X-Telegram-Bot-Api-Secret-Token", ""))
        status = self.statuses.pop(0) if self.statuses else 200
        message = update["message"]
        self.taken.append((message["from"]["first_name"], message["text"]))
        self.came.fire()
        await self.gate.wait()
        return web.json_response(self.answer or {}, status=status)


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    server = Hook()
    app = web.Application()
    app.router.add_post("/hook", server.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield server
    await runner.cleanup()


@asynccontextmanager
async def hasty_sandbox() -> AsyncIterator[RunningSandbox]:
    """Where a refused update comes again soon."""
    async with running_sandbox(telegram=TelegramRules(webhook_first_pause=0.01)) as sandbox:
        await sandbox.add_bot(TOKEN, "salon_bot")
        yield sandbox


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with hasty_sandbox() as running:
        yield running


async def test_updates_are_posted_with_the_secret(sandbox: RunningSandbox, bot: Bot, hook: Hook) -> None:
    await bot.set_webhook(hook.url, secret_token="s-3_cret", max_connections=5)
    info = await bot.get_webhook_info()
    assert (info.url, info.max_connections, info.pending_update_count) == (hook.url, 5, 0)
    anna = await sandbox.person("Анна").open("salon_bot")
    for text in ("a", "b", "c"):
        await anna.send(text, wait=False)
    await until(lambda: len(sandbox.world.calls.latest(method="message")) == 3, sandbox.world.changed)
    assert hook.taken == [("Анна", "a"), ("Анна", "b"), ("Анна", "c")]
    assert hook.secrets == {"s-3_cret"}
    feed = sandbox.world.feed(sandbox.world.bot("salon_bot"))
    await until(lambda: not feed.items, sandbox.world.fed)


async def test_a_refused_update_comes_again_and_holds_up_its_chat_alone(
    sandbox: RunningSandbox, bot: Bot, hook: Hook
) -> None:
    hook.statuses = [500, 502]
    await bot.set_webhook(hook.url)
    anna = await sandbox.person("Анна").open("salon_bot")
    await anna.send("a", wait=False)
    await anna.send("b", wait=False)
    await until(lambda: len(sandbox.world.calls.latest(method="message")) == 4, sandbox.world.changed)
    assert hook.taken == [("Анна", "a")] * 3 + [("Анна", "b")]
    info = await bot.get_webhook_info()
    assert info.last_error_message == "Wrong response from the webhook: 502 Bad Gateway"

    hook.gate.clear()
    await anna.send("held up", wait=False)
    await anna.send("behind", wait=False)
    boris = await sandbox.person("Борис").open("salon_bot")
    await boris.send("beside", wait=False)
    await until(lambda: len(hook.taken) == 6, hook.came)
    assert set(hook.taken[4:]) == {("Анна", "held up"), ("Борис", "beside")}
    hook.gate.set()
    await until(lambda: ("Анна", "behind") in hook.taken, hook.came)


async def test_nobody_at_the_webhook(sandbox: RunningSandbox, bot: Bot, hook: Hook) -> None:
    await bot.set_webhook("http://127.0.0.1:9/hook")
    anna = await sandbox.person("Анна").open("salon_bot")
    await anna.send("a", wait=False)
    await until(lambda: bool(sandbox.world.calls.latest(method="message")), sandbox.world.changed)
    info = await bot.get_webhook_info()
    assert (info.last_error_message, info.pending_update_count) == ("Connection refused", 1)
    await bot.set_webhook(hook.url)
    await until(lambda: hook.taken == [("Анна", "a")], hook.came)


async def test_pending_updates_can_be_dropped(sandbox: RunningSandbox, bot: Bot) -> None:
    await bot.set_webhook("http://127.0.0.1:9/hook")
    anna = await sandbox.person("Анна").open("salon_bot")
    await anna.send("a", wait=False)
    assert (await bot.get_webhook_info()).pending_update_count == 1
    await bot.delete_webhook(drop_pending_updates=True)
    assert await bot.get_updates() == []


async def test_an_answer_may_call_a_method(sandbox: RunningSandbox, bot: Bot, hook: Hook) -> None:
    anna = await sandbox.person("Анна").open("salon_bot")
    hook.answer = {"method": "sendMessage", "chat_id": anna.person_id, "text": "from the answer"}
    await bot.set_webhook(hook.url)
    await anna.send("a")
    assert anna.screen.text == "from the answer"


async def test_bad_secrets_are_refused(bot: Bot) -> None:
    with pytest.raises(TelegramBadRequest, match="secret token contains unallowed characters"):
        await bot.set_webhook("https://a.example/hook", secret_token="с пробелом")
