"""Waking those who send: PostgreSQL's NOTIFY when messages were queued, and LISTEN for it.

A wake-up is a courtesy to speed: whoever misses one finds the rows at the next tick.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Final

import asyncpg
from asyncpg import Connection, Pool, Record

from storage.tasks import end

_log = logging.getLogger(__name__)

#: PostgreSQL's channel.
QUEUED: Final = "okoshko_outbox"

_PAUSE_SECONDS: Final = 0.02
_RETRY_SECONDS: Final = 1.0


class OutboxBell:
    """Tells all listeners, after the commit, that messages were queued.

    Not within the transaction: PostgreSQL lets only one transaction that notifies commit at a time, its write
    to the disk included, and every booking would wait for the one before. Rings that come close together are
    one.
    """

    def __init__(self, pool: Pool[Record]) -> None:
        self._pool = pool
        self._task: asyncio.Task[None] | None = None
        self._again = False

    def ring(self) -> None:
        """Wake the listeners soon. Never fails and never waits."""
        self._again = True
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._keep_ringing(), name="outbox-bell")

    async def close(self) -> None:
        """Let the last ring go out."""
        if self._task is not None:
            await self._task

    async def _keep_ringing(self) -> None:
        while self._again:
            self._again = False
            try:
                await self._pool.execute("SELECT pg_notify($1, '')", QUEUED)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                _log.warning("listeners not woken", extra={"error": type(error).__name__})
            await asyncio.sleep(_PAUSE_SECONDS)


class OutboxListener:
    """Calls ``wake`` whenever messages were queued, by this process or another.

    A connection of its own, reopened when it breaks; ``wake`` is called after that too.
    """

    def __init__(self, dsn: str, wake: Callable[[], None]) -> None:
        self._dsn = dsn
        self._wake = wake
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to listen; returns at once, the connection is made in the background."""
        self._task = asyncio.create_task(self._listen(), name="outbox-listener")

    async def stop(self) -> None:
        """Stop listening."""
        await end(self._task)

    async def _listen(self) -> None:
        while True:
            try:
                await self._listen_once()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                _log.warning(
                    "not listening to the outbox, trying again", extra={"error": type(error).__name__}
                )
            await asyncio.sleep(_RETRY_SECONDS)

    async def _listen_once(self) -> None:
        connection: Connection[Any] = await asyncpg.connect(
            self._dsn, server_settings={"application_name": "okoshko listener"}
        )
        closed = asyncio.Event()
        connection.add_termination_listener(lambda _connection: closed.set())
        try:
            await connection.add_listener(QUEUED, lambda *_: self._wake())
            self._wake()
            await closed.wait()
        finally:
            await connection.close(timeout=2)
