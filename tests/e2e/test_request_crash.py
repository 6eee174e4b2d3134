"""Killed with -9 between the commit of a booking and its answer: sent again, the request gets the answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest

from deploy.commands import seed_demo
from deploy.settings import Settings
from tests.support.program import Program, program
from tests.support.story import demo_settings

#: Holds every request up right before its answer is kept, while somebody else has the lock.
HOLD_UP = """
CREATE FUNCTION hold_up() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_advisory_xact_lock(777); RETURN NEW; END';
CREATE TRIGGER hold_up BEFORE UPDATE ON http_requests FOR EACH ROW WHEN (NEW.state = 'done')
    EXECUTE FUNCTION hold_up();
"""


BUSINESS = "businesses/demo-london"
HOLLYS = "SELECT b.id FROM bookings AS b JOIN clients AS c ON c.id = b.client_id WHERE c.name = 'Holly'"


@pytest.fixture
async def settings(database: str, redis_url: str, tmp_path: Path) -> Settings:
    made = demo_settings(database, redis_url, tmp_path / "data")
    await seed_demo(made)
    return made


@pytest.fixture
async def okoshko(settings: Settings) -> AsyncIterator[Program]:
    """The web part, not yet started, on the demo's data."""
    environment = {
        "DATA_DIR": str(settings.data_dir),
        "DATABASE_URL": str(settings.database_url),
        "REDIS_URL": str(settings.redis_url),
        "HTTP_PORT": str(settings.http_port),
    }
    async with program(environment) as made:
        yield made


@pytest.fixture
async def watcher(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(settings.database_url)
    yield connection
    await connection.close()


@pytest.fixture
async def http(settings: Settings) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(f"http://127.0.0.1:{settings.http_port}/api/v1/") as session:
        yield session


async def wanted(http: aiohttp.ClientSession) -> dict[str, Any]:
    """The last free start of the coming weeks in the demo's barbershop, asked for by somebody."""
    async with http.get(f"{BUSINESS}/services") as reply:
        service, *_ = (await reply.json())["items"]
    today = datetime.now(UTC).date()
    asked = {"service_id": service["id"], "from": f"{today}", "to": f"{today + timedelta(days=20)}"}
    async with http.get(f"{BUSINESS}/availability", params=asked) as reply:
        found = [slot for day in (await reply.json())["days"] for slot in day["slots"]]
    return {
        "service_id": service["id"],
        "start_ts": found[-1]["start_ts"],
        "client": {"name": "Holly", "phone": "+44 20 7946 0123"},
        "consent": True,
    }


async def test_killed_between_the_commit_and_the_answer(
    okoshko: Program, http: aiohttp.ClientSession, watcher: asyncpg.Connection
) -> None:
    await okoshko.start("run", "--only", "web")
    wish, key = await wanted(http), {"Idempotency-Key": "holly-1"}
    await watcher.execute(HOLD_UP)
    await watcher.execute("SELECT pg_advisory_lock(777)")
    asked = asyncio.create_task(http.post(f"{BUSINESS}/bookings", json=wish, headers=key).__aenter__())
    async with asyncio.timeout(30.0):
        while not await watcher.fetchval("SELECT count(*) FROM pg_locks WHERE objid = 777 AND NOT granted"):
            assert not asked.done()
            await asyncio.sleep(0)
    [booking_id] = [row["id"] for row in await watcher.fetch(HOLLYS)]
    await okoshko.kill()
    with pytest.raises(aiohttp.ClientError):
        await asked
    await watcher.execute("SELECT pg_advisory_unlock(777)")
    # However long the start takes on a slow machine: the request was begun just now.
    await watcher.execute("UPDATE http_requests SET locked_at = now() + interval '5 min'")

    await okoshko.start("run", "--only", "web")
    async with http.post(f"{BUSINESS}/bookings", json=wish, headers=key) as reply:
        assert reply.status == 409, "it may still be under way, for all that anybody knows"
        assert (await reply.json())["error"]["code"] == "REQUEST_IN_PROGRESS"
    # Let the time pass for which it is believed to be.
    await watcher.execute("UPDATE http_requests SET locked_at = now() - interval '11 s'")
    said = []
    for replayed in (None, "true"):
        async with http.post(f"{BUSINESS}/bookings", json=wish, headers=key) as reply:
            assert (reply.status, reply.headers.get("Idempotency-Replayed")) == (201, replayed)
            said.append(await reply.read())
            assert (await reply.json())["booking"]["id"] == str(booking_id)
    assert said[0] == said[1]
    assert len(await watcher.fetch(HOLLYS)) == 1
