"""A connection as the repositories of one transaction use it: with as few round trips as the work allows.

Each is a wait for the network, two switches of processes and, inside a transaction, time for which locks are
held. So BEGIN goes out with the locks that nearly every change takes first, and with the first question where
that is whether something is there at all; and rows that nobody waits for (a new client's card, a consent, a
line of history, outgoing messages) are put off and written together with the next statement, the last time
before the commit. Whoever reads sees them all the same.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, Final, Protocol, cast

import asyncpg
from asyncpg import Connection, Record

from storage.noted import Noted
from storage.repositories.put_off import WRITE

Row = dict[str, Any]

#: How long (seconds) a rollback may take, such as after a statement whose cancellation got lost.
_PATIENCE: Final = 5.0


class Statements(Protocol):
    """The part of a connection that repositories use."""

    async def fetch(self, sql: str, *args: Any) -> list[Record]: ...
    async def fetchrow(self, sql: str, *args: Any) -> Record | None: ...
    async def fetchval(self, sql: str, *args: Any) -> Any: ...
    async def execute(self, sql: str, *args: Any) -> str: ...
    async def executemany(self, sql: str, rows: Sequence[Any]) -> None: ...


class _Door:
    """Statements that go out once ``ready`` has been waited for."""

    def __init__(self, connection: Connection[Record], ready: Callable[[], Awaitable[None]]) -> None:
        self._connection = connection
        self._ready = ready

    async def fetch(self, sql: str, *args: Any) -> list[Record]:
        """All rows."""
        await self._ready()
        return await self._connection.fetch(sql, *args)

    async def fetchrow(self, sql: str, *args: Any) -> Record | None:
        """The first row."""
        await self._ready()
        return await self._connection.fetchrow(sql, *args)

    async def fetchval(self, sql: str, *args: Any) -> Any:
        """The first column of the first row."""
        await self._ready()
        return await self._connection.fetchval(sql, *args)

    async def execute(self, sql: str, *args: Any) -> str:
        """The status."""
        await self._ready()
        return await self._connection.execute(sql, *args)

    async def executemany(self, sql: str, rows: Sequence[Any]) -> None:
        """Once for each row of arguments."""
        await self._ready()
        await self._connection.executemany(sql, rows)


class Session(_Door):
    """See the module. ``aside``: for tables that what is put off says nothing about; it stays put off.

    ``queued``: whether messages were written. ``noted``: what else is told after the commit, None while there
    is nothing.
    """

    def __init__(self, connection: Connection[Record], *, in_transaction: bool) -> None:
        super().__init__(connection, self._settle)
        self.aside = _Door(connection, self._begin)
        self.queued = False
        self.noted: Noted | None = None
        self._begun = not in_transaction
        self._locks = ""
        self._ends = in_transaction
        self._later: tuple[list[Row], list[Row], list[Row], list[Row]] = ([], [], [], [])

    @property
    def plain(self) -> Connection[Record]:
        """As asyncpg's own, for those who take that; what is put off is written first here too."""
        return cast("Connection[Record]", self)

    def note(self) -> Noted:
        """Where to note what is changed."""
        if self.noted is None:
            self.noted = Noted()
        return self.noted

    # --- rows that may wait

    def add_card(self, row: Row) -> None:
        """A new client."""
        self._later[0].append(row)

    def add_consent(self, row: Row) -> None:
        """A consent."""
        self._later[1].append(row)

    def add_entry(self, row: Row) -> None:
        """A line of a booking's history."""
        self._later[2].append(row)

    def add_messages(self, rows: Sequence[Row]) -> None:
        """Outgoing messages."""
        self._later[3].extend(rows)

    async def write(self, sql: str, *args: Any) -> Record:
        """Run ``sql``, which begins with the parts of :func:`storage.repositories.put_off.put_off` and whose
        row ends with the number of messages.
        """
        await self._begin()
        later, self._later = self._later, ([], [], [], [])
        row = await self._connection.fetchrow(sql, *later, *args)
        assert row is not None
        self.queued = self.queued or row[-1] > 0
        return row

    # --- the transaction

    async def lock(self, keys: Sequence[int]) -> None:
        """Transaction-level advisory locks, one after the other; the first of a transaction are taken before
        whatever comes next.
        """
        locks = "; ".join(f"SELECT pg_advisory_xact_lock({key:d})" for key in keys)
        if self._begun:
            await self._connection.execute(locks)
        else:
            self._locks += f"; {locks}"

    @property
    def fresh(self) -> bool:
        """Whether nothing has been asked or written yet."""
        return not self._begun and not any(self._later)

    async def begin_with(self, sql: str) -> bool:
        """Begin, take the locks, and see whether ``sql``, which has no parameters, finds a row then."""
        self._begun = True
        status = await self._connection.execute(f"BEGIN{self._locks}; {sql}")
        return not status.endswith(" 0")

    async def commit(self) -> None:
        """Write the rest and end."""
        await self._write_rest()
        if self._ends and self._begun:
            await self._connection.execute("COMMIT")

    async def roll_back(self) -> None:
        """End as if nothing had been. A connection that can't be brought to it is dropped: PostgreSQL rolls
        back by itself then.
        """
        if not (self._ends and self._begun):
            return
        try:
            await self._connection.execute("ROLLBACK", timeout=_PATIENCE)
        except (asyncpg.InterfaceError, asyncpg.PostgresError, OSError, TimeoutError):
            with suppress(asyncpg.InterfaceError):
                self._connection.terminate()

    async def _begin(self) -> None:
        if not self._begun:
            self._begun = True
            await self._connection.execute(f"BEGIN{self._locks}")

    async def _settle(self) -> None:
        await self._begin()
        await self._write_rest()

    async def _write_rest(self) -> None:
        if any(self._later):
            await self.write(WRITE)
