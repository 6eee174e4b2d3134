"""Connections to PostgreSQL: those of the units of work, and a pool for what stands beside them."""

from __future__ import annotations

from typing import Any, Final

import asyncpg
import orjson
from asyncpg import Connection, Pool, Record

from storage.connections import Connections
from storage.notifications import OutboxBell

#: Nobody waits longer for a lock than this, nor leaves a transaction open and idle for long; a statement
#: whose client has gone ends, and lets go of its locks. Queries are short: compiling one, or planning it anew
#: for its parameters, costs more than it saves (planning took four fifths of reading a day's taken time).
SETTINGS: Final = {
    "application_name": "okoshko",
    "timezone": "UTC",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
    "client_connection_check_interval": "2s",
    "jit": "off",
    "plan_cache_mode": "force_generic_plan",
}


#: Connections of the pool, at most.
_ASIDE: Final = 3


async def prepare(connection: Connection[Record]) -> None:
    """JSONB travels as Python objects."""
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        format="binary",
        encoder=lambda value: b"\x01" + orjson.dumps(value, default=str),
        decoder=lambda raw: orjson.loads(raw[1:]),
    )


class Database:
    """Connections to one PostgreSQL. Make it by :meth:`connect`, end it by :meth:`close`.

    ``connections``: of the units of work. ``pool``: for questions that belong to none.
    """

    def __init__(self, dsn: str, connections: Connections, pool: Pool[Record]) -> None:
        self.dsn = dsn
        self.connections = connections
        self.pool = pool
        self.bell = OutboxBell(pool)

    @classmethod
    async def connect(cls, dsn: str, *, max_size: int = 10) -> Database:
        """``max_size`` connections at most for units of work, the first of them open.

        Raises OSError or asyncpg's errors when PostgreSQL can't be reached.
        """
        settings: dict[str, Any] = {
            "command_timeout": 30,
            "statement_cache_size": 500,
            "max_cached_statement_lifetime": 0,
            "server_settings": SETTINGS,
        }

        async def connect() -> Connection[Record]:
            connection: Connection[Any] = await asyncpg.connect(dsn, **settings)
            await prepare(connection)
            return connection

        connections = Connections(connect, max_size)
        connections.give(await connections.take())
        pool: Pool[Any] = await asyncpg.create_pool(
            dsn, min_size=0, max_size=_ASIDE, init=prepare, **settings
        )
        return cls(dsn, connections, pool)

    async def close(self) -> None:
        """Close all connections; waits for those in use."""
        await self.bell.close()
        await self.connections.close()
        await self.pool.close()

    async def ping(self) -> None:
        """Raises when PostgreSQL does not answer."""
        await self.pool.fetchval("SELECT 1")
