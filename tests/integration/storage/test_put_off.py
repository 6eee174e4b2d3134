"""Rows that are put off are there for whoever reads, in the transaction and after it."""

from __future__ import annotations

import pytest

from core.domain.actor import SYSTEM
from core.domain.booking import TimelineEntry
from core.domain.client import Client, Consent
from deploy.clock import new_id
from storage.unit_of_work import PgTransaction, PgUnitOfWork
from tests.support.world import Core, Hands, World, book


class Enough(Exception):
    """Rolls back."""


def consent_of(client: Client, clock: Hands) -> Consent:
    """Hers."""
    return Consent(new_id(), client.id, "personal_data", "7", "web", clock.now())


async def test_what_is_put_off_is_read_in_the_same_transaction(
    uow: PgUnitOfWork, client: Client, clock: Hands
) -> None:
    async with uow.begin() as tx:
        card = Client(new_id(), client.business_id, "Вера", "+79001112233", False, None, "ru", clock.now())
        await tx.clients.add(card)
        await tx.clients.add_consent(consent_of(card, clock))
        assert await tx.clients.by_phone(card.business_id, "+79001112233", verified=False) == card
        assert await tx.clients.has_consent(card.id, "personal_data", "7")
    async with uow.read() as tx:
        assert await tx.clients.get(card.id) == card


async def test_what_is_put_off_last_goes_with_the_commit(
    uow: PgUnitOfWork, client: Client, clock: Hands
) -> None:
    async def work(tx: PgTransaction) -> None:
        await tx.clients.add_consent(consent_of(client, clock))

    await uow.run(work)
    async with uow.read() as tx:
        assert await tx.clients.has_consent(client.id, "personal_data", "7")


@pytest.mark.parametrize("read", [True, False])
async def test_what_is_put_off_is_rolled_back_with_the_rest(
    uow: PgUnitOfWork, client: Client, clock: Hands, read: bool
) -> None:
    async def work(tx: PgTransaction) -> None:
        await tx.clients.add_consent(consent_of(client, clock))
        if read:
            assert await tx.clients.has_consent(client.id, "personal_data", "7")
        raise Enough

    with pytest.raises(Enough):
        await uow.run(work)
    async with uow.read() as tx:
        assert not await tx.clients.has_consent(client.id, "personal_data", "7")


async def test_a_connection_is_clean_after_a_transaction_that_did_nothing(uow: PgUnitOfWork) -> None:
    async with uow.begin():
        pass
    async with uow.begin() as tx:
        await tx.bookings.lock(["a", "b"])
        assert await tx.connection.fetchval("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == 2
    async with uow.read() as tx:
        assert await tx.connection.fetchval("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == 0


async def test_a_history_line_keeps_its_words(core: Core, world: World, uow: PgUnitOfWork) -> None:
    _, _, booking = await book(core, world, world.at(12))
    entry = TimelineEntry(
        new_id(),
        booking.id,
        core.clock.now(),
        "note",
        SYSTEM.kind,
        None,
        "Ёж «по-русски»",
        "потому что\nтак",
        {"a": [1, None]},
        {},
    )
    async with uow.begin() as tx:
        await tx.bookings.add_timeline(entry)
    async with uow.read() as tx:
        assert (await tx.bookings.timeline(booking.id))[-1] == entry
