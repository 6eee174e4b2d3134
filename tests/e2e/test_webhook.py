"""The production program with webhooks, in this process: what comes in by HTTP, and what is turned away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest
from aiohttp import ClientSession
from pydantic import SecretStr

from bots.sandbox.running import RunningSandbox, running_sandbox
from bots.sandbox.telegram.rules import TelegramRules
from deploy.commands import seed_demo
from deploy.program import PARTS, run
from deploy.settings import Settings, TelegramMode
from tests.support.story import demo_settings, first_time

TOKEN = "7000002:of-a-bot-with-a-webhook"
BOT = "webhook_bot"
BOT_ID = 7000002
SECRET = "only-Telegram-knows_this"
HEADER = "X-Telegram-Bot-Api-Secret-Token"

pytestmark = pytest.mark.asyncio(loop_scope="function")


@dataclass(frozen=True, slots=True)
class Site:
    """The running program: Telegram's side of it, its webhook's address, its database."""

    sandbox: RunningSandbox
    hook: str
    http: ClientSession
    database: asyncpg.Connection

    async def post(self, body: bytes, secret: str | None = SECRET, *, bot: int = BOT_ID) -> int:
        """The status that a webhook call is answered with."""
        headers = {"Content-Type": "application/json"} | ({HEADER: secret} if secret is not None else {})
        async with self.http.post(f"{self.hook}/{bot}", data=body, headers=headers) as response:
            return response.status

    async def stored(self) -> int:
        """How many updates were taken in."""
        count: int = await self.database.fetchval("SELECT count(*) FROM inbox")
        return count


@pytest.fixture
async def site(database: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    bare = demo_settings(database, redis_url, tmp_path / "data")
    base = f"http://127.0.0.1:{bare.http_port}"
    async with running_sandbox(telegram=TelegramRules(limit_rates=False)) as sandbox, ClientSession() as http:
        await sandbox.add_bot(TOKEN, BOT, "Окошко")
        settings = Settings(
            **bare.model_dump(include={"data_dir", "http_port", "database_url", "redis_url"}),
            public_url=base,
            telegram_tokens=(SecretStr(TOKEN),),
            telegram_api_url=sandbox.telegram_url,
            telegram_mode=TelegramMode.WEBHOOK,
            telegram_webhook_secret=SecretStr(SECRET),
        )
        await seed_demo(settings)
        ready = asyncio.Event()
        program = asyncio.create_task(
            run(settings, frozenset(PARTS), lambda said: ready.set() if said == "ready" else None)
        )
        await asyncio.wait(
            [waiting := asyncio.ensure_future(ready.wait()), program], return_when=asyncio.FIRST_COMPLETED
        )
        waiting.cancel()
        connection = await asyncpg.connect(database)
        yield Site(sandbox, f"{base}/hooks/telegram", http, connection)
        await connection.close()
        program.cancel()
        with pytest.raises(asyncio.CancelledError):
            await program


def update(number: int, text: str) -> dict[str, Any]:
    """A message of a person, as Telegram posts it."""
    person = {"id": 424242, "is_bot": False, "first_name": "Nell", "language_code": "en"}
    return {
        "update_id": number,
        "message": {
            "message_id": 1,
            "date": 1795000000,
            "chat": {"id": 424242, "type": "private", "first_name": "Nell"},
            "from": person,
            "text": text,
        },
    }


async def test_a_booking_by_webhook(site: Site) -> None:
    client = await site.sandbox.person("Nell", language="en").open(f"https://t.me/{BOT}?start=b_demo-london")
    await client.press("Book")
    await client.press("Haircut and beard")
    await client.press("Any")
    await client.press(first_time(client))
    await client.share_contact()
    await client.press("Agree and book")
    await client.wait_for("You're booked")
    [hook] = await site.sandbox.calls("setWebhook")
    assert hook["status"] == 200
    assert await site.stored() == 7
    assert [call for call in await site.sandbox.calls("getUpdates") if call["status"] == 200] == []


async def test_what_is_not_telegrams_is_turned_away(site: Site) -> None:
    """A wrong secret, a missing one, and bodies that are no update: refused, and nothing is stored."""
    body = orjson.dumps(update(1, "/start b_demo-london"))
    for secret in ("wrong", "", None, SECRET.lower(), SECRET + "x"):
        assert await site.post(body, secret) == 401
    for broken in (
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"{}",
        b'{"update_id": "7"}',
        b'{"update_id": true}',
        b"\xff",
    ):
        assert await site.post(broken) == 400
    assert await site.post(body, bot=BOT_ID + 1) == 404
    assert await site.stored() == 0
    assert await site.sandbox.calls("sendMessage") == []


async def test_an_update_delivered_twice_has_its_effect_once(site: Site) -> None:
    person = await site.sandbox.person("Nell", language="en").ensure()
    chat = await site.sandbox.person("Nell", language="en").open(BOT)
    await chat.send("/start b_demo-london")
    before = len(chat.history)
    again = update(900_001, "Haircut and beard")
    for place in (again["message"]["chat"], again["message"]["from"]):
        place["id"] = person
    body = orjson.dumps(again)
    assert await asyncio.gather(*(site.post(body) for _ in range(5))) == [200] * 5
    await chat.wait_for("Haircut and beard", "Who would you like to see?")
    assert await site.post(body) == 200
    await chat.send("hello")
    answers = [bubble for bubble in chat.history[before:] if bubble.author == "bot"]
    assert len(answers) == 1, "each answer to words replaces the screen before"
    assert await site.database.fetchval("SELECT count(*) FROM inbox WHERE event_id = '900001'") == 1
    sent = [call for call in await site.sandbox.calls("sendMessage") if call["status"] == 200]
    assert len(sent) == 3
