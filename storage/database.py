"""The pool of connections to PostgreSQL."""

from __future__ import annotations

from typing import Any, Final

import asyncpg
import orjson
from asyncpg import Connection, Pool, Record

from storage.notifications import OutboxBell

#: Nobody waits longer for a lock than this, nor leaves a transaction open and idle for long. Queries are
#: short: compiling one, or planning it anew for its parameters, costs more than it saves (planning took four
#: fifths of reading a day's taken time).
SETTINGS: Final = {
    "application_name": "okoshko",
    "timezone": "UTC",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
    "jit": "off",
    "plan_cache_mode": "force_generic_plan",
}


class PlainConnection(Connection):
    """Leaves out the reset query that asyncpg's pool sends at each release (a third of the throughput,
    measured).

    Safe, because nothing here sets session state on pooled connections: locks are transaction-level, LISTEN
    has a connection of its own. A transaction left open is still rolled back.
    """

    def get_reset_query(self) -> str:
        """Nothing to reset."""
        return ""


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
    """Connections to one PostgreSQL. Make it by :meth:`connect`, end it by :meth:`close`."""

    def __init__(self, dsn: str, pool: Pool[Record]) -> None:
        self.dsn = dsn
        self.pool = pool
        self.bell = OutboxBell(pool)

    @classmethod
    async def connect(cls, dsn: str, *, min_size: int = 2, max_size: int = 10) -> Database:
        """A pool of ``min_size`` to ``max_size`` connections, the first of them open.

        Raises OSError or asyncpg's errors when PostgreSQL can't be reached.
        """
        pool: Pool[Any] = await asyncpg.create_pool(
            dsn,
            min_size=min_size,
            max_size=max_size,
            init=prepare,
            connection_class=PlainConnection,
            command_timeout=30,
            statement_cache_size=500,
            max_cached_statement_lifetime=0,
            server_settings=SETTINGS,
        )
        return cls(dsn, pool)

    async def close(self) -> None:
        """Close all connections; waits for those in use."""
        await self.bell.close()
        await self.pool.close()

    async def ping(self) -> None:
        """Raises when PostgreSQL does not answer."""
        await self.pool.fetchval("SELECT 1")
