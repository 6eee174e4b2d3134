"""Transactions over the pool."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import cached_property
from typing import Final, TypeVar

import asyncpg

from core.domain.errors import TryAgain
from storage.database import Database
from storage.failures import is_broken, is_rolled_back, meaning
from storage.repositories.bookings import Bookings
from storage.repositories.catalogue import CatalogueRows
from storage.repositories.clients import Clients
from storage.repositories.inbox import Inbox
from storage.repositories.outbox import Outbox
from storage.repositories.people import People
from storage.repositories.tokens import Tokens
from storage.session import Session

_log = logging.getLogger(__name__)

T = TypeVar("T")

TRIES: Final = 5


class PgTransaction:
    """The repositories on one connection."""

    def __init__(self, connection: Session) -> None:
        self.connection = connection

    @cached_property
    def catalogue(self) -> CatalogueRows:
        """The catalogue."""
        return CatalogueRows(self.connection.plain)

    @cached_property
    def bookings(self) -> Bookings:
        """Bookings."""
        return Bookings(self.connection)

    @cached_property
    def clients(self) -> Clients:
        """Clients."""
        return Clients(self.connection)

    @cached_property
    def people(self) -> People:
        """Messenger users, members, invites."""
        return People(self.connection.aside)

    @cached_property
    def outbox(self) -> Outbox:
        """Outgoing messages."""
        return Outbox(self.connection)

    @cached_property
    def inbox(self) -> Inbox:
        """Incoming events."""
        return Inbox(self.connection.plain)

    @cached_property
    def tokens(self) -> Tokens:
        """API tokens."""
        return Tokens(self.connection.plain)


class PgUnitOfWork:
    """See :class:`core.ports.unit_of_work.UnitOfWork`."""

    def __init__(self, database: Database) -> None:
        self._pool = database.pool
        self._bell = database.bell

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[PgTransaction]:
        """A read-write transaction.

        Raises SlotConflict for an exclusion violation that no ``ON CONFLICT`` caught, TryAgain when
        PostgreSQL asks for another try.
        """
        try:
            async with self._transaction() as transaction:
                yield transaction
        except asyncpg.PostgresError as error:
            said = meaning(error)
            if said is None:
                raise
            raise said from error

    @asynccontextmanager
    async def read(self) -> AsyncIterator[PgTransaction]:
        """Repositories without a transaction."""
        async with self._pool.acquire() as connection:
            session = Session(connection, in_transaction=False)  # type: ignore[arg-type]
            yield PgTransaction(session)
            await session.commit()

    async def run(self, work: Callable[[PgTransaction], Awaitable[T]]) -> T:
        """``work`` in a transaction, tried again as a whole. Raises SlotConflict and TryAgain.

        A connection that breaks during the commit raises as it is: whether it is done, nobody knows.
        """
        last: Exception | None = None
        for attempt in range(1, TRIES + 1):
            committing = False
            try:
                async with self._transaction() as transaction:
                    result = await work(transaction)
                    committing = True
            except (asyncpg.PostgresError, asyncpg.InterfaceError, ConnectionError) as error:
                if not is_rolled_back(error) and (committing or not is_broken(error)):
                    said = meaning(error)
                    if said is None:
                        raise
                    raise said from error
                last = error
            else:
                return result
            _log.warning("transaction tried again", extra={"attempt": attempt, "error": type(last).__name__})
            if attempt < TRIES:
                # Rivals are spread; no secret is made.
                await asyncio.sleep(random.uniform(0.2, 1.0) * 0.01 * 2**attempt)  # noqa: S311
        raise TryAgain from last

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[PgTransaction]:
        async with self._pool.acquire() as connection:
            session = Session(connection, in_transaction=True)  # type: ignore[arg-type]
            try:
                yield PgTransaction(session)
                await session.commit()
            except BaseException:
                await session.roll_back()
                raise
        if session.queued:
            self._bell.ring()
