"""The schema: walked up, down and up again, and the same as the tables say."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from core.domain.actor import ActorKind, Role
from core.domain.booking import OPEN, BookingSource, BookingStatus
from core.domain.message import MessageKind, MessageStatus, Priority
from deploy.migrate import alembic_config, downgrade, upgrade
from storage.tables import metadata

#: Everything that PostgreSQL enforces, as it words it itself.
CONSTRAINTS = """
SELECT conrelid::regclass::text AS "table", conname, pg_get_constraintdef(oid) AS definition
FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid <> 0
  AND conrelid::regclass::text <> 'alembic_version'
"""
INDEXES = """
SELECT tablename AS "table", indexname, indexdef FROM pg_indexes
WHERE schemaname = 'public' AND tablename <> 'alembic_version'
"""
#: Columns by their order: a dropped one keeps its number for ever.
COLUMNS = """
SELECT table_name AS "table", column_name,
       row_number() OVER (PARTITION BY table_name ORDER BY ordinal_position),
       data_type, udt_name, is_nullable, column_default, is_identity
FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'
"""
LEFTOVERS = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S', 'v') AND relname <> 'alembic_version'
"""


def engine_of(dsn: str) -> AsyncEngine:
    return create_async_engine(make_url(dsn).set(drivername="postgresql+asyncpg"), poolclass=NullPool)


async def rows(dsn: str, sql: str) -> set[tuple[object, ...]]:
    connection = await asyncpg.connect(dsn)
    try:
        return {tuple(row.values()) for row in await connection.fetch(sql)}
    finally:
        await connection.close()


async def schema(dsn: str) -> set[tuple[object, ...]]:
    found = [await rows(dsn, sql) for sql in (CONSTRAINTS, INDEXES, COLUMNS)]
    return set().union(*found)


def revisions() -> list[str]:
    """Oldest first."""
    scripts = ScriptDirectory.from_config(alembic_config()).walk_revisions()
    return [script.revision for script in scripts][::-1]


async def test_up_down_and_up_again(empty_database: str) -> None:
    """Step by step: each way back leads to where its way there began."""
    before: set[tuple[object, ...]] = set()
    for revision, earlier in zip(revisions(), ["base", *revisions()], strict=False):
        await asyncio.to_thread(upgrade, empty_database, revision)
        after = await schema(empty_database)
        assert after != before
        await asyncio.to_thread(downgrade, empty_database, earlier)
        assert await schema(empty_database) == before
        await asyncio.to_thread(upgrade, empty_database, revision)
        assert await schema(empty_database) == after
        before = after
    await asyncio.to_thread(downgrade, empty_database, "base")
    assert await rows(empty_database, LEFTOVERS) == set()


async def test_any_number_of_programs_may_bring_it_up_at_once(empty_database: str) -> None:
    await asyncio.gather(*(asyncio.to_thread(upgrade, empty_database) for _ in range(3)))
    assert await rows(empty_database, "SELECT version_num FROM alembic_version") == {(revisions()[-1],)}


async def test_alembic_finds_nothing_to_change(database: str) -> None:
    def compare(connection: Connection) -> list[object]:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        return list(compare_metadata(context, metadata))

    engine = engine_of(database)
    async with engine.connect() as connection:
        assert await connection.run_sync(compare) == []
    await engine.dispose()


async def test_the_tables_say_what_the_migrations_make(database: str, empty_database: str) -> None:
    """Constraints, checks and indexes too, by PostgreSQL's own wording."""
    engine = engine_of(empty_database)
    async with engine.begin() as connection:
        for extension in ("btree_gist", "pg_trgm"):
            await connection.exec_driver_sql(f"CREATE EXTENSION {extension}")
        await connection.run_sync(metadata.create_all)
    await engine.dispose()
    migrated, created = await schema(database), await schema(empty_database)
    assert migrated - created == set()
    assert created - migrated == set()


def test_an_older_postgresql_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    first = ScriptDirectory.from_config(alembic_config()).get_revision(revisions()[0])
    assert first is not None
    monkeypatch.setattr(first.module.op, "get_bind", _OldServer)
    with pytest.raises(RuntimeError, match=r"PostgreSQL 18 or newer is needed, this is 170005"):
        first.module.upgrade()


class _OldServer:
    """A connection to PostgreSQL 17."""

    def exec_driver_sql(self, _sql: str) -> _OldServer:
        return self

    def scalar_one(self) -> str:
        return "170005"


async def test_every_reference_is_backed_by_an_index_or_never_searched(database: str) -> None:
    """What is deleted or listed by its parent has an index; the others' parents are never deleted."""
    unindexed = await rows(
        database,
        """
        SELECT c.conrelid::regclass::text, a.attname::text
        FROM pg_constraint AS c
        JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[cardinality(c.conkey)]
        WHERE c.contype = 'f' AND c.confdeltype = 'c' AND NOT EXISTS (
            SELECT FROM pg_index AS i WHERE i.indrelid = c.conrelid AND i.indkey[0] = a.attnum)
        """,
    )
    assert unindexed == set()


@pytest.mark.parametrize(
    ("table", "column", "values"),
    [
        ("bookings", "status", BookingStatus),
        ("bookings", "source", BookingSource),
        ("booking_timeline", "actor_kind", ActorKind),
        ("members", "role", Role),
        ("outbox", "kind", MessageKind),
        ("outbox", "status", MessageStatus),
    ],
)
async def test_the_schema_knows_every_value_of_the_domain(
    database: str, table: str, column: str, values: type[BookingStatus]
) -> None:
    ((definition,),) = await rows(
        database,
        f"SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'ck_{table}_{column}'",
    )
    assert all(f"'{value}'" in str(definition) for value in values)


def test_what_the_schema_says_in_numbers() -> None:
    """Partial indexes and checks that spell out what the domain names."""
    assert {"pending", "deposit_required", "confirmed"} == OPEN
    assert [min(Priority), max(Priority)] == [0, 2]
