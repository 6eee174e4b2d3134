"""Transactions over the pool."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Final, TypeVar

import asyncpg

from core.domain.errors import TryAgain
from core.ports.events import News
from storage.connections import Connections
from storage.database import Database
from storage.failures import is_broken, is_rolled_back, meaning
from storage.notifications import OutboxBell
from storage.once import once
from storage.repositories.auth_sessions import AuthSessions
from storage.repositories.bookings import Bookings
from storage.repositories.catalogue import CatalogueRows
from storage.repositories.clients import Clients
from storage.repositories.closures import Closures
from storage.repositories.inbox import Inbox
from storage.repositories.links import Links
from storage.repositories.outbox import Outbox
from storage.repositories.own_bookings import OwnBookings
from storage.repositories.people import People
from storage.repositories.requests import Requests
from storage.repositories.tokens import Tokens
from storage.session import Session

_log = logging.getLogger(__name__)

T = TypeVar("T")

TRIES: Final = 5


class PgTransaction:
    """The repositories on one connection."""

    def __init__(self, connection: Session) -> None:
        self.connection = connection

    @once
    def catalogue(self) -> CatalogueRows:
        """The catalogue."""
        return CatalogueRows(self.connection)

    @once
    def bookings(self) -> Bookings:
        """Bookings."""
        return Bookings(self.connection)

    @once
    def clients(self) -> Clients:
        """Clients."""
        return Clients(self.connection)

    @once
    def people(self) -> People:
        """Messenger users, members, invites."""
        return People(self.connection.aside)

    @once
    def outbox(self) -> Outbox:
        """Outgoing messages."""
        return Outbox(self.connection)

    @once
    def inbox(self) -> Inbox:
        """Incoming events."""
        return Inbox(self.connection.plain)

    @once
    def links(self) -> Links:
        """One-time links into messengers."""
        return Links(self.connection)

    @once
    def own_bookings(self) -> OwnBookings:
        """Somebody's own bookings."""
        return OwnBookings(self.connection)

    @once
    def auth_sessions(self) -> AuthSessions:
        """Sessions of people who signed in."""
        return AuthSessions(self.connection.aside)

    @once
    def tokens(self) -> Tokens:
        """API tokens."""
        return Tokens(self.connection.plain)

    @once
    def requests(self) -> Requests:
        """Requests that carry a key."""
        return Requests(self.connection.plain)

    @once
    def closures(self) -> Closures:
        """Closed dates whose clients are being told."""
        return Closures(self.connection)


class Reading:
    """Repositories on a connection of their own, for as long as a block of code runs.

    A class for speed: every look at a calendar makes one.
    """

    __slots__ = ("_connection", "_connections", "_session")

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def __aenter__(self) -> PgTransaction:
        self._connection = await self._connections.take()
        self._session = Session(self._connection, in_transaction=False)
        return PgTransaction(self._session)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                await self._session.commit()
        finally:
            self._connections.give(self._connection)


class Writing:
    """Repositories in a transaction for as long as a block of code runs; what it changed is told after the
    commit. A class for speed, as :class:`Reading` is.
    """

    __slots__ = ("_bell", "_connection", "_connections", "_news", "_session")

    def __init__(self, connections: Connections, bell: OutboxBell, news: News | None) -> None:
        self._connections = connections
        self._bell = bell
        self._news = news

    async def __aenter__(self) -> PgTransaction:
        self._connection = await self._connections.take()
        self._session = Session(self._connection, in_transaction=True)
        return PgTransaction(self._session)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        session = self._session
        try:
            if kind is not None:
                await session.roll_back()
                return
            try:
                await session.commit()
            except BaseException:
                await session.roll_back()
                raise
        finally:
            self._connections.give(self._connection)
        if session.queued:
            self._bell.ring()
        if session.noted is not None and self._news is not None:
            self._news.publish(session.noted.changes())


class PgUnitOfWork:
    """See :class:`core.ports.unit_of_work.UnitOfWork`. ``news``: where it is told what was changed."""

    def __init__(self, database: Database, news: News | None = None) -> None:
        self._connections = database.connections
        self._bell = database.bell
        self._news = news

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

    def read(self) -> Reading:
        """Repositories without a transaction."""
        return Reading(self._connections)

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

    def _transaction(self) -> Writing:
        return Writing(self._connections, self._bell, self._news)
