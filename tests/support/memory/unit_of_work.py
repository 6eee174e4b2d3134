"""Serial transactions in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar, cast

from core.ports.unit_of_work import Transaction, UnitOfWork
from tests.support.memory.bookings import Bookings
from tests.support.memory.catalogues import Catalogues
from tests.support.memory.closures import Closures
from tests.support.memory.links import Links
from tests.support.memory.outbox import Outbox
from tests.support.memory.people import Clients, People
from tests.support.memory.state import State

T = TypeVar("T")


class MemoryUnitOfWork:
    """The ``UnitOfWork`` port."""

    def __init__(self) -> None:
        self.state = State()
        self._tx = cast(Transaction, _Transaction(self.state))

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Transaction]:
        """All or nothing."""
        earlier = self.state.copy()
        try:
            yield self._tx
        except BaseException:
            self.state.restore(earlier)
            raise

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Transaction]:
        """The newest state."""
        yield self._tx

    async def run(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Once: nothing has to be tried again here."""
        async with self.begin() as tx:
            return await work(tx)


def memory() -> tuple[UnitOfWork, State]:
    """A unit of work and its rows, to look at."""
    uow = MemoryUnitOfWork()
    return uow, uow.state


class _Transaction:
    def __init__(self, state: State) -> None:
        self.catalogue = Catalogues(state)
        self.bookings = Bookings(state)
        self.clients = Clients(state)
        self.people = People(state)
        self.outbox = Outbox(state)
        self.links = Links(state)
        self.closures = Closures(state)
