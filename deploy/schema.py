"""Whether the schema is up to date, told without loading Alembic."""

from __future__ import annotations

from pathlib import Path

import asyncpg

import migrations


def newest_revision() -> str:
    """The revision that this release wants: files are named by their numbers."""
    return max(
        path.name.partition("_")[0] for path in Path(migrations.__path__[0], "versions").glob("[0-9]*_*.py")
    )


async def is_current(database_url: str) -> bool:
    """Whether the database stands at the newest revision."""
    connection = await asyncpg.connect(database_url)
    try:
        return bool(await connection.fetchval("SELECT version_num FROM alembic_version") == newest_revision())
    except asyncpg.UndefinedTableError:
        return False
    finally:
        await connection.close()
