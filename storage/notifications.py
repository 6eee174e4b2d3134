"""LISTEN: hearing from PostgreSQL, at the commit, that something was queued."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import asyncpg
from asyncpg import Connection

from storage.repositories.outbox import QUEUED

_log = logging.getLogger(__name__)

_RETRY_SECONDS: Final = 1.0


class OutboxListener:
    """Calls ``wake`` whenever messages were queued, by this process or another.

    A connection of its own, reopened when it breaks; ``wake`` is called after that too.
    """

    def __init__(self, dsn: str, wake: Callable[[], None]) -> None:
        self._dsn = dsn
        self._wake = wake
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to listen."""
        self._task = asyncio.create_task(self._listen(), name="outbox-listener")

    async def stop(self) -> None:
        """Stop listening."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

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
        connection: Connection[Any] = await asyncpg.connect(self._dsn)
        closed = asyncio.Event()
        connection.add_termination_listener(lambda _connection: closed.set())
        try:
            await connection.add_listener(QUEUED, lambda *_: self._wake())
            self._wake()
            await closed.wait()
        finally:
            await connection.close(timeout=2)
