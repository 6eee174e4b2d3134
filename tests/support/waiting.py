"""Waiting until one transaction stands behind another."""

from __future__ import annotations

import asyncio
from typing import Final

from storage.database import Database

_WAITING: Final = (
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
)


async def somebody_waits(connected: Database) -> None:
    """Until a transaction waits for another one's lock."""
    async with asyncio.timeout(10):
        while not await connected.pool.fetchval(_WAITING):  # noqa: ASYNC110 - PostgreSQL tells nobody
            await asyncio.sleep(0.005)
