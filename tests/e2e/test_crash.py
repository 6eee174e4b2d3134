"""The program in its own process, killed with -9 at bad moments: nothing is lost, nothing comes twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from bots.sandbox.client import ChatClient
from bots.sandbox.running import RunningSandbox, running_sandbox
from bots.sandbox.telegram.rules import TelegramRules
from deploy.commands import create_invite, seed_demo
from deploy.settings import Settings
from storage.notifications import QUEUED
from tests.support.program import Program, program
from tests.support.story import demo_settings, later_time

TOKEN = "7000001:of-a-bot-that-is-killed"
BOT = "crash_bot"
LONDON = f"https://t.me/{BOT}?start=b_demo-london"


@pytest.fixture
def settings(database: str, redis_url: str, tmp_path: Path) -> Settings:
    return demo_settings(database, redis_url, tmp_path / "data")


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    """Telegram, which lives on when the program dies."""
    async with running_sandbox(telegram=TelegramRules(limit_rates=False)) as running:
        await running.add_bot(TOKEN, BOT, "Окошко")
        running.timeout = 30.0
        yield running


@pytest.fixture
async def okoshko(settings: Settings, sandbox: RunningSandbox) -> AsyncIterator[Program]:
    """The program, not yet started, on the demo's data."""
    await seed_demo(settings)
    environment = {
        "DATA_DIR": str(settings.data_dir),
        "DATABASE_URL": str(settings.database_url),
        "REDIS_URL": str(settings.redis_url),
        "HTTP_PORT": str(settings.http_port),
        "TELEGRAM_TOKEN": TOKEN,
        "TELEGRAM_API_URL": sandbox.telegram_url,
    }
    async with program(environment) as made:
        yield made


@pytest.fixture
async def database_connection(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(settings.database_url)
    yield connection
    await connection.close()


async def to_the_summary(chat: ChatClient) -> None:
    """All of a booking but its last press."""
    await chat.press("Book")
    await chat.press("Beard trim")
    await chat.press("James")
    await chat.press(later_time(chat))
    await chat.share_contact()
    assert chat.screen.has("Agree and book")


async def test_a_conversation_goes_on_after_a_restart(sandbox: RunningSandbox, okoshko: Program) -> None:
    await okoshko.start("run")
    chat = await sandbox.person("Holly", language="en").open(LONDON)
    await chat.press("Book")
    await chat.press("Beard trim")
    await okoshko.kill()
    await chat.press("James", wait=False)
    await okoshko.start("run")
    await chat.wait_for("When suits you", "James Cole")
    await chat.press(later_time(chat))
    await chat.share_contact()
    assert "£15" in chat.screen.text
    await chat.press("Agree and book")
    await chat.wait_for("You're booked ✅")
    assert await okoshko.end() == 0, "a polite end is clean"


@pytest.mark.parametrize("sending", ["not begun", "begun"])
async def test_killed_between_the_commit_and_the_message(
    sandbox: RunningSandbox,
    okoshko: Program,
    settings: Settings,
    database_connection: asyncpg.Connection,
    sending: str,
) -> None:
    """Whether nobody was sending yet or a call was under way: after the restart the message comes, once."""
    begun = sending == "begun"
    invite = await create_invite(settings, "demo-london", "James Cole")
    await okoshko.start("run", *([] if begun else ["--only", "web,telegram"]))
    james = await sandbox.person("James", language="en").open(f"https://t.me/{BOT}?start={invite}")
    client = await sandbox.person("Holly", language="en").open(LONDON)
    await to_the_summary(client)

    if begun:
        await sandbox.fail("hang", "editMessageText", count=1000)
        await sandbox.fail("hang", "sendMessage", count=1000)
    committed = Committed(database_connection)
    await committed.listen()
    await client.press("Agree and book", wait=False)
    await committed.wait()
    if begun:
        while len([call for call in sandbox.world.calls.latest() if call.answer == {"broken": "hang"}]) < 2:
            assert await sandbox.world.changed.wait(30.0)
    await okoshko.kill()
    assert not any(bubble.says("You're booked ✅") for bubble in client.history)
    assert not any(bubble.says("New booking", "Holly") for bubble in james.history)

    sandbox.world.faults.clear()
    if begun:
        # What was being sent belongs to the dead process until its lease is over: let that time pass.
        await database_connection.execute(
            "UPDATE outbox SET available_at = due_at WHERE status = 'queued' AND attempts > 0"
        )
    await okoshko.start("run")
    await client.wait_for("You're booked ✅")
    await james.wait_for("New booking", "Holly")
    await james.send("/start")
    due = "SELECT count(*) FROM outbox WHERE status = 'queued' AND due_at <= now()"
    assert await database_connection.fetchval(due) == 0
    for words in ("booked ✅", "<b>New booking</b>"):
        told = [call for call in sandbox.world.calls.latest(1000) if words in str(call.params)]
        assert [call.status for call in told if call.status] == [200], words
    made = "SELECT count(*) FROM bookings b JOIN clients c ON c.id = b.client_id WHERE c.name = 'Holly'"
    assert await database_connection.fetchval(made) == 1


class Committed:
    """Waits for the bell that rings after a commit that queued messages."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._rung = asyncio.Event()

    async def listen(self) -> None:
        await self._connection.add_listener(QUEUED, lambda *_: self._rung.set())

    async def wait(self) -> None:
        async with asyncio.timeout(30.0):
            await self._rung.wait()
