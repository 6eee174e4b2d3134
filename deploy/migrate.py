"""Runs the migrations of ``migrations/versions`` on a database, without a configuration file.

Any number of programs may call :func:`upgrade` at once: they take turns by an advisory lock, and the later
ones find nothing left to do. Synchronous, because Alembic is: from a coroutine call it by
:func:`asyncio.to_thread`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

import migrations

#: A migration that waits longer than this for a lock gives up, rather than let every query queue up behind
#: it.
LOCK_TIMEOUT: Final = "5s"
#: The longest that one statement may take.
STATEMENT_TIMEOUT: Final = "10min"

#: Key of the advisory lock, any number that nobody else uses ("okoshko" in ASCII).
_TURN: Final = 0x6F6B6F73686B6F


def upgrade(dsn: str, revision: str = "head") -> None:
    """Bring the schema of ``dsn`` (``postgresql://…``) up to ``revision``."""
    _run(dsn, lambda config: command.upgrade(config, revision))


def downgrade(dsn: str, revision: str) -> None:
    """Take the schema of ``dsn`` back to ``revision``; ``base`` is the empty schema."""
    _run(dsn, lambda config: command.downgrade(config, revision))


def alembic_config() -> Config:
    """Alembic's settings. ``attributes["connection"]`` is to be an open connection where one is needed."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__path__[0])))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    return config


def _run(dsn: str, act: Callable[[Config], None]) -> None:
    asyncio.run(_run_async(dsn, act))


async def _run_async(dsn: str, act: Callable[[Config], None]) -> None:
    engine = create_async_engine(make_url(dsn).set(drivername="postgresql+asyncpg"), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            # Waiting for one's turn has no limit: the one before may have much to do.
            await connection.execute(text("SELECT pg_advisory_lock(:turn)"), {"turn": _TURN})
            for name, value in (("lock_timeout", LOCK_TIMEOUT), ("statement_timeout", STATEMENT_TIMEOUT)):
                await connection.execute(
                    text("SELECT set_config(:name, :value, false)"), {"name": name, "value": value}
                )
            await connection.commit()
            await connection.run_sync(_with, act)
    finally:
        await engine.dispose()


def _with(connection: Connection, act: Callable[[Config], None]) -> None:
    config = alembic_config()
    config.attributes["connection"] = connection
    act(config)
