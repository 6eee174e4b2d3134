"""``okoshko token create``: a role's token, a master's, one that was made for less."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest
from click.testing import CliRunner, Result

from deploy.cli import main
from storage.database import Database
from storage.unit_of_work import PgUnitOfWork
from tests.support.world import make_business

Command = Callable[..., Result]


@pytest.fixture
def create(database: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command for a business with Anna."""

    async def write() -> None:
        db = await Database.connect(database)
        await make_business(PgUnitOfWork(db))
        await db.close()

    asyncio.run(write())
    for name, value in (("DATABASE_URL", database), ("REDIS_URL", redis_url), ("DATA_DIR", str(tmp_path))):
        monkeypatch.setenv(f"OKOSHKO_{name}", value)

    def run(*more: str) -> Result:
        wanted = ["token", "create", "--business", "okoshko", "--name", "касса", *more]
        return CliRunner().invoke(main, wanted)

    return run


def kept(database: str) -> list[asyncpg.Record]:
    async def read() -> list[asyncpg.Record]:
        connection = await asyncpg.connect(database)
        rows = await connection.fetch(
            "SELECT t.role, t.scopes, s.name FROM api_tokens AS t LEFT JOIN staff AS s ON s.id = t.staff_id"
        )
        await connection.close()
        return list(rows)

    return asyncio.run(read())


@pytest.mark.parametrize(
    ("more", "row"),
    [
        (("--role", "owner"), ("owner", None, None)),
        (("--role", "master", "--staff", " анна "), ("master", None, "Анна")),
        (
            ("--role", "owner", "--scope", "clients:read", "--scope", "bookings:read"),
            ("owner", ["bookings:read", "clients:read"], None),
        ),
    ],
)
def test_the_token_is_the_last_line(
    create: Command, database: str, more: tuple[str, ...], row: tuple[object, ...]
) -> None:
    result = create(*more)
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[-1].startswith("oko_")
    assert [tuple(each) for each in kept(database)] == [row]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--role", "king"), "ops_manager"),
        (("--role", "owner", "--scope", "bookings:eat"), "bookings:read"),
        (("--role", "master", "--staff", "Пётр"), "Пётр"),
        (("--role", "owner", "--staff", "Анна"), "not_a_master"),
    ],
)
def test_what_it_refuses(create: Command, database: str, more: tuple[str, ...], said: str) -> None:
    result = create(*more)
    assert result.exit_code == 1
    assert said in result.output
    assert kept(database) == []
