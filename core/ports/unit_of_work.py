"""Transactions. A service opens one, works through its repositories and leaves it: committed when left in
peace, rolled back otherwise.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeVar

from core.ports.auth_sessions import AuthSessionRepository
from core.ports.closures import ClosureRepository
from core.ports.links import LinkRepository
from core.ports.own_bookings import OwnBookingRepository
from core.ports.repositories import (
    BookingRepository,
    CatalogueRepository,
    ClientRepository,
    InboxRepository,
    OutboxRepository,
    PeopleRepository,
    TokenRepository,
)
from core.ports.requests import RequestRepository

T = TypeVar("T")


class Transaction(Protocol):
    """One database transaction (READ COMMITTED) and the repositories that work in it."""

    @property
    def catalogue(self) -> CatalogueRepository: ...
    @property
    def bookings(self) -> BookingRepository: ...
    @property
    def clients(self) -> ClientRepository: ...
    @property
    def people(self) -> PeopleRepository: ...
    @property
    def outbox(self) -> OutboxRepository: ...
    @property
    def inbox(self) -> InboxRepository: ...
    @property
    def auth_sessions(self) -> AuthSessionRepository: ...
    @property
    def links(self) -> LinkRepository: ...
    @property
    def own_bookings(self) -> OwnBookingRepository: ...
    @property
    def tokens(self) -> TokenRepository: ...
    @property
    def requests(self) -> RequestRepository: ...
    @property
    def closures(self) -> ClosureRepository: ...


class UnitOfWork(Protocol):
    """The door to the database."""

    def begin(self) -> AbstractAsyncContextManager[Transaction]:
        """A read-write transaction."""
        ...

    def read(self) -> AbstractAsyncContextManager[Transaction]:
        """Repositories on a connection without a transaction: each query sees the newest state.

        For reading only.
        """
        ...

    async def run(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """``work`` in a transaction, tried again as a whole when PostgreSQL asks for it (40001, 40P01) or the
        connection broke before the commit.

        Raises TryAgain after a few tries. ``work`` must have no effect outside of the transaction.
        """
        ...
