"""Statements built of the tables and compiled once to what asyncpg takes.

SQLAlchemy Core checks the names and writes the SQL; asyncpg runs it with positional parameters. So a query on
a hot path costs what bare asyncpg costs, while the tables stay the schema's one source.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from asyncpg import Connection, Record
from sqlalchemy.dialects.postgresql import asyncpg as dialect
from sqlalchemy.sql import ClauseElement

_DIALECT = dialect.dialect()  # type: ignore[no-untyped-call]


class Query:
    """A compiled statement; parameters are given by the names of its ``bindparam``s, constants are bound
    already.
    """

    __slots__ = ("_constants", "_names", "sql")

    def __init__(self, statement: ClauseElement) -> None:
        compiled = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
        self.sql = str(compiled)
        names: Sequence[str] = compiled.positiontup or ()  # type: ignore[attr-defined]
        self._names = tuple(names)
        params = compiled.params
        required = {bind.key for bind in compiled.binds.values() if bind.required}  # type: ignore[attr-defined]
        self._constants = {name: value for name, value in params.items() if name not in required}

    def _args(self, params: dict[str, Any]) -> list[Any]:
        constants = self._constants
        return [params[name] if name in params else constants[name] for name in self._names]

    async def fetch(self, connection: Connection[Record], **params: Any) -> list[Record]:
        """All rows."""
        return await connection.fetch(self.sql, *self._args(params))

    async def row(self, connection: Connection[Record], **params: Any) -> Record | None:
        """The first row, or None."""
        return await connection.fetchrow(self.sql, *self._args(params))

    async def value(self, connection: Connection[Record], **params: Any) -> Any:
        """The first column of the first row, or None."""
        return await connection.fetchval(self.sql, *self._args(params))

    async def many(self, connection: Connection[Record], rows: Sequence[Mapping[str, Any]]) -> None:
        """Run it for each set of parameters, all in one round trip."""
        if rows:
            await connection.executemany(self.sql, [self._args(dict(row)) for row in rows])

    async def execute(self, connection: Connection[Record], **params: Any) -> int:
        """Run it; how many rows it touched."""
        status = await connection.execute(self.sql, *self._args(params))
        return int(status.rpartition(" ")[2] or 0)
