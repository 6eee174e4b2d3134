"""Bookings page by page: every row once, in order, whatever comes in between."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.domain.booking import Booking, BookingSource, BookingStatus
from core.domain.client import Client
from core.domain.errors import InvalidInput
from core.ports.repositories import BookingFilter, BookingOrder
from storage.repositories.booking_list import list_bookings
from storage.session import Session
from storage.unit_of_work import PgUnitOfWork
from tests.support.visits import new_client, visit
from tests.support.world import Hands, World

KEYS: dict[BookingOrder, Callable[[Booking], tuple[datetime, UUID]]] = {
    BookingOrder.START: lambda each: (each.start, each.id),
    BookingOrder.LATEST: lambda each: (each.start, each.id),
    BookingOrder.CREATED: lambda each: (each.created_at, each.id),
    BookingOrder.NEWEST: lambda each: (each.created_at, each.id),
}
TURNED = {BookingOrder.LATEST, BookingOrder.NEWEST}


class Book:
    """Bookings of a business, written as they are, with no claims: many of one start, many of one moment."""

    def __init__(self, uow: PgUnitOfWork, world: World, clients: list[Client]) -> None:
        self.uow = uow
        self.world = world
        self.clients = clients
        self.all: list[Booking] = []
        self._chance = random.Random(5)

    async def write(self, count: int) -> None:
        """Some more."""
        chance = self._chance
        async with self.uow.begin() as tx:
            for _ in range(count):
                client = chance.choice(self.clients)
                start = self.world.at(10) + timedelta(hours=chance.randrange(6))
                moment = client.created_at + timedelta(microseconds=chance.choice([0, 1, 123_457, 999_999]))
                staff = chance.choice([self.world.anna, self.world.maria])
                made = visit(
                    self.world,
                    client,
                    start,
                    staff=staff,
                    status=chance.choice([BookingStatus.CANCELLED, BookingStatus.CONFIRMED]),
                    source=chance.choice([BookingSource.WEB, BookingSource.TELEGRAM, BookingSource.VK]),
                    created_at=moment,
                )
                assert await tx.bookings.add(made.booking, [], [])
                self.all.append(made.booking)

    def fitting(self, where: BookingFilter, order: BookingOrder) -> list[Booking]:
        """What a list should say."""
        found = [
            each
            for each in self.all
            if where.staff_id in {None, *each.staff_ids}
            and where.client_id in {None, each.client_id}
            and (where.statuses is None or each.status in where.statuses)
            and (where.sources is None or each.source in where.sources)
            and (where.start_from is None or each.start >= where.start_from)
            and (where.start_until is None or each.start < where.start_until)
        ]
        return sorted(found, key=KEYS[order], reverse=order in TURNED)


@pytest.fixture
async def book(uow: PgUnitOfWork, world: World, clock: Hands) -> Book:
    clients = [await new_client(uow, world, clock.now(), name) for name in ("Ольга", "Вера", "Нина")]
    made = Book(uow, world, clients)
    await made.write(60)
    return made


def maybe(values: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """Or nothing."""
    return st.none() | values


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), order=st.sampled_from(BookingOrder), limit=st.integers(1, 25))
async def test_pages_are_the_whole_list(
    book: Book, data: st.DataObject, order: BookingOrder, limit: int
) -> None:
    world = book.world
    hours = data.draw(st.tuples(st.integers(9, 17), st.integers(9, 17)))
    where = BookingFilter(
        start_from=data.draw(maybe(st.just(world.at(min(hours))))),  # type: ignore[arg-type]
        start_until=data.draw(maybe(st.just(world.at(max(hours))))),  # type: ignore[arg-type]
        staff_id=data.draw(maybe(st.sampled_from([world.anna, world.maria]))),  # type: ignore[arg-type]
        client_id=data.draw(maybe(st.sampled_from([each.id for each in book.clients]))),  # type: ignore[arg-type]
        statuses=data.draw(maybe(st.frozensets(st.sampled_from(BookingStatus)))),  # type: ignore[arg-type]
        sources=data.draw(maybe(st.frozensets(st.sampled_from(BookingSource)))),  # type: ignore[arg-type]
    )
    expected = [each.id for each in book.fitting(where, order)]
    found: list[UUID] = []
    cursor: str | None = None
    async with book.uow.read() as tx:
        while True:
            page = await tx.bookings.list(world.id, where, order=order, limit=limit, cursor=cursor)
            found += [each.id for each in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
            assert len(page.items) == limit
    assert found == expected


@pytest.mark.parametrize("order", BookingOrder)
async def test_what_comes_in_between_moves_nothing(book: Book, order: BookingOrder) -> None:
    """Rows that were there come once, in order; new ones behind the cursor come too."""
    before = {each.id for each in book.all}
    found: list[Booking] = []
    cursor: str | None = None
    while True:
        async with book.uow.read() as tx:
            page = await tx.bookings.list(book.world.id, BookingFilter(), order=order, limit=7, cursor=cursor)
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
        await book.write(3)
    keys = list(map(KEYS[order], found))
    assert keys == sorted(set(keys), reverse=order in TURNED)
    assert before <= {each.id for each in found}


async def test_a_cursor_is_of_one_order(book: Book) -> None:
    async with book.uow.read() as tx:
        page = await tx.bookings.list(book.world.id, BookingFilter(), order=BookingOrder.NEWEST, limit=5)
        for order in set(BookingOrder) - {BookingOrder.NEWEST}:
            with pytest.raises(InvalidInput):
                await tx.bookings.list(
                    book.world.id, BookingFilter(), order=order, limit=5, cursor=page.next_cursor
                )


class Heard:
    """Stands for a connection and keeps what it is asked."""

    def __init__(self) -> None:
        self.sql = ""
        self.args: tuple[Any, ...] = ()

    async def fetch(self, sql: str, *args: Any) -> list[Any]:
        """Nothing comes back."""
        self.sql, self.args = sql, args
        return []


@pytest.mark.parametrize("order", BookingOrder)
async def test_each_order_has_its_index(book: Book, order: BookingOrder) -> None:
    """No sorting of all that a business ever had."""
    async with book.uow.begin() as tx:
        page = await tx.bookings.list(book.world.id, BookingFilter(), order=order, limit=5)
        heard = Heard()
        await list_bookings(
            cast(Session, heard), book.world.id, BookingFilter(), order, limit=5, cursor=page.next_cursor
        )
        await tx.connection.execute("SET LOCAL enable_seqscan = off")
        await tx.connection.execute("SET LOCAL enable_bitmapscan = off")
        await tx.connection.execute("SET LOCAL plan_cache_mode = auto")
        plan = "\n".join(row[0] for row in await tx.connection.fetch(f"EXPLAIN {heard.sql}", *heard.args))
    column = "start_at" if order in {BookingOrder.START, BookingOrder.LATEST} else "created_at"
    assert f"ix_bookings_business_id_{column} on bookings" in plan
    assert "Sort" not in plan.partition("SubPlan")[0]
