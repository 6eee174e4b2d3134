"""A thousand reminders that fall due at once, sent by the whole worker to a Bot API that keeps to its limits.

``python -m tests.benchmarks.reminders DATABASE REDIS BOT_API_URL``
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any, Final

import aiohttp
import uvloop

from deploy.accounts import Accounts, TelegramSetup, VkSetup
from deploy.clock import SystemClock
from deploy.compose import open_core
from deploy.messengers import Messengers
from deploy.program import working
from deploy.settings import Settings
from tests.benchmarks.dataset import BUSINESS
from tests.benchmarks.dialogs import TOKEN

MESSAGES: Final = 1000
_PATIENCE: Final = 120.0

# One coming visit of a thousand clients each, who are all in Telegram.
_QUEUE: Final = f"""
CREATE TEMPORARY TABLE due AS
SELECT row_number() OVER () AS number, uuidv7() AS identity_id, id AS booking_id, client_id, start_at
FROM (
    SELECT DISTINCT ON (client_id) id, client_id, start_at FROM bookings WHERE start_at > now() LIMIT {MESSAGES}
) AS coming;
INSERT INTO identities (id, channel, account_key, external_id, name, created_at, last_seen_at)
SELECT identity_id, 'telegram', '{TOKEN.partition(":")[0]}', 9000000 + number, 'Client', now(), now() FROM due;
INSERT INTO client_identities (business_id, identity_id, client_id)
SELECT '{BUSINESS}', identity_id, client_id FROM due;
INSERT INTO outbox (business_id, kind, dedup_key, due_at, available_at, not_after, client_id, booking_id, priority,
                    params)
SELECT '{BUSINESS}', 'reminder', 'bench:' || booking_id, now(), now(), start_at, client_id, booking_id, 1,
       jsonb_build_object('version', 1, 'event', 'create', 'actor_kind', 'system', 'actor_name', '',
                          'reason', '', 'minutes', 1440, 'start', (date_part('epoch', start_at) / 60)::int)
FROM due
"""


async def reminders(database: str, redis: str, api_url: str) -> dict[str, Any]:
    """A bot at work, then a thousand messages all at once; what the Bot API tells when all is over."""
    accounts = Accounts(telegram=TelegramSetup(tokens=[TOKEN], api_url=api_url), vk=VkSetup((), ""))
    async with AsyncExitStack() as stack:
        settings = Settings(database_url=database, redis_url=redis)
        core = await stack.enter_async_context(open_core(settings, SystemClock()))
        messengers = Messengers(core, accounts, key=b"benchmarks", public_url="")
        await messengers.start(telegram=True, vk=False)
        stack.push_async_callback(messengers.stop)
        await _told(api_url, lambda told: bool(told["known"]))
        async with core.database.pool.acquire() as connection:
            await connection.execute(_QUEUE)
        await stack.enter_async_context(working(core, messengers.senders))
        return await _told(api_url, lambda told: bool(told["taken"] >= MESSAGES))


async def _told(api_url: str, enough: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    async with asyncio.timeout(_PATIENCE), aiohttp.ClientSession() as session:
        while True:
            async with session.get(f"{api_url}/told") as response:
                told: dict[str, Any] = await response.json()
            if enough(told):
                return told
            await asyncio.sleep(0.2)


def main() -> None:
    """Print what came, as JSON."""
    logging.disable(logging.WARNING)
    print(json.dumps(uvloop.run(reminders(*sys.argv[1:4]))))


if __name__ == "__main__":
    main()
