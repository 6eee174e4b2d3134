"""Connections to PostgreSQL, handed out with as little around it as can be.

asyncpg's own pool wraps each connection anew for each use, and gives it back in a task of its own: a seventh
of what reading a day's taken time costs (measured). What it does besides is not needed here: nothing sets
session state (locks are transaction-level, LISTEN has a connection of its own), so nothing is to be reset.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Final

from asyncpg import Connection, Record

#: How long (seconds) a connection may take to end in peace.
_PATIENCE: Final = 5.0


class Connections:
    """``most`` connections, made by ``connect`` when they are needed and kept then; the last used comes
    first. Who finds none free waits in line.
    """

    def __init__(self, connect: Callable[[], Awaitable[Connection[Record]]], most: int) -> None:
        self._connect = connect
        self._most = most
        self._free: list[Connection[Record]] = []
        self._places = asyncio.Semaphore(most)

    def one(self) -> Use:
        """A connection for a block of code. Raises OSError and asyncpg's errors when PostgreSQL is away."""
        return Use(self)

    async def take(self) -> Connection[Record]:
        """A connection that has to be given back. Raises as :meth:`one`."""
        await self._places.acquire()
        while self._free:
            connection = self._free.pop()
            if not connection.is_closed():
                return connection
        try:
            return await self._connect()
        except BaseException:
            self._places.release()
            raise

    def give(self, connection: Connection[Record]) -> None:
        """Back. One with a transaction that could not be ended is dropped: PostgreSQL rolls back then."""
        if not connection.is_closed():
            if connection.is_in_transaction():
                connection.terminate()
            else:
                self._free.append(connection)
        self._places.release()

    async def close(self) -> None:
        """Close all; waits for those in use."""
        for _ in range(self._most):
            await self._places.acquire()
        while self._free:
            await self._free.pop().close(timeout=_PATIENCE)


class Use:
    """See :meth:`Connections.one`."""

    __slots__ = ("_connection", "_connections")

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def __aenter__(self) -> Connection[Record]:
        self._connection = await self._connections.take()
        return self._connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connections.give(self._connection)
