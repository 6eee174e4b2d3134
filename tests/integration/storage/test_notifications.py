"""Waking those who send."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from core.domain.client import Client
from core.domain.message import MessageKind, OutgoingMessage
from deploy.clock import new_id
from storage.database import Database
from storage.notifications import OutboxListener
from storage.unit_of_work import PgTransaction, PgUnitOfWork
from tests.support.world import Hands


class Wakes:
    """Counts, and lets one wait for the next."""

    def __init__(self) -> None:
        self.count = 0
        self._more = asyncio.Event()

    def __call__(self) -> None:
        self.count += 1
        self._more.set()

    async def next(self) -> None:
        """Wait for one more."""
        async with asyncio.timeout(10):
            await self._more.wait()
        self._more.clear()


@pytest.fixture
async def wakes(database: str) -> AsyncIterator[Wakes]:
    """A listener that listens."""
    wakes = Wakes()
    listener = OutboxListener(database, wakes)
    await listener.start()
    await wakes.next()
    yield wakes
    await listener.stop()


def message(client: Client, clock: Hands, key: str = "one") -> OutgoingMessage:
    return OutgoingMessage(
        new_id(), client.business_id, MessageKind.BOOKING_CREATED, key, clock.now(), client_id=client.id
    )


async def test_a_commit_wakes(uow: PgUnitOfWork, client: Client, clock: Hands, wakes: Wakes) -> None:
    async with uow.begin() as tx:
        await tx.outbox.add([message(client, clock)])
    await wakes.next()


async def test_many_commits_wake_few_times(
    uow: PgUnitOfWork, client: Client, clock: Hands, wakes: Wakes, connected: Database
) -> None:
    async def book(number: int) -> None:
        async with uow.begin() as tx:
            await tx.outbox.add([message(client, clock, str(number))])

    before = wakes.count
    await asyncio.gather(*map(book, range(100)))
    await connected.bell.close()
    await wakes.next()
    assert 1 <= wakes.count - before <= 50


async def test_neither_a_rollback_nor_a_repetition_wakes(
    uow: PgUnitOfWork, client: Client, clock: Hands, wakes: Wakes, connected: Database
) -> None:
    async with uow.begin() as tx:
        await tx.outbox.add([message(client, clock)])
    await wakes.next()
    await connected.bell.close()
    before = wakes.count

    async def work(tx: PgTransaction) -> None:
        await tx.outbox.add([message(client, clock, "other")])
        raise LookupError

    with pytest.raises(LookupError):
        await uow.run(work)
    async with uow.begin() as tx:
        await tx.outbox.add([message(client, clock)])
    await connected.bell.close()
    await connected.pool.execute("SELECT pg_notify('okoshko_outbox', '')")
    await wakes.next()
    assert wakes.count == before + 1


async def test_a_lost_connection_is_made_again(
    connected: Database, wakes: Wakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.notifications._RETRY_SECONDS", 0.0)
    ended = await connected.pool.fetchval(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name = 'okoshko listener'"
    )
    assert ended == 1
    await wakes.next()
    await connected.pool.execute("SELECT pg_notify('okoshko_outbox', '')")
    await wakes.next()
