"""Transactions: all or nothing, tried again when PostgreSQL asks for it, never in doubt."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from core.domain.client import Account, Channel
from core.domain.errors import SlotConflict, TryAgain
from storage.database import Database
from storage.unit_of_work import TRIES, PgTransaction, PgUnitOfWork

HERE = Account(Channel.TELEGRAM, "7")


async def bound(uow: PgUnitOfWork) -> bool:
    async with uow.read() as tx:
        return bool(await tx.people.accounts())


class Trouble:
    """Work that meets an error of PostgreSQL's on its first tries, after it has changed something."""

    def __init__(self, code: str, times: int = 1) -> None:
        self.code = code
        self.times = times
        self.tries = 0

    async def __call__(self, tx: PgTransaction) -> str:
        self.tries += 1
        await tx.people.bind_account(HERE)
        if self.tries <= self.times:
            await tx.connection.execute(
                f"DO $$ BEGIN RAISE EXCEPTION 'made up' USING ERRCODE = '{self.code}'; END $$"
            )
        return "done"


@pytest.mark.parametrize("code", ["40001", "40P01", "55P03"])
async def test_what_was_rolled_back_is_tried_again(uow: PgUnitOfWork, code: str) -> None:
    trouble = Trouble(code, times=2)
    assert await uow.run(trouble) == "done"
    assert trouble.tries == 3
    assert await bound(uow)


async def test_it_is_not_tried_for_ever(uow: PgUnitOfWork) -> None:
    trouble = Trouble("40001", times=99)
    with pytest.raises(TryAgain):
        await uow.run(trouble)
    assert trouble.tries == TRIES
    assert not await bound(uow)


async def test_taken_time_is_an_answer(uow: PgUnitOfWork) -> None:
    trouble = Trouble("23P01", times=99)
    with pytest.raises(SlotConflict):
        await uow.run(trouble)
    assert trouble.tries == 1
    with pytest.raises(SlotConflict):
        async with uow.begin() as tx:
            await trouble(tx)
    assert not await bound(uow)


async def test_a_fault_stays_a_fault(uow: PgUnitOfWork) -> None:
    trouble = Trouble("23514", times=99)
    with pytest.raises(asyncpg.CheckViolationError):
        await uow.run(trouble)
    assert trouble.tries == 1
    with pytest.raises(asyncpg.exceptions.DataError):
        await uow.run(lambda tx: tx.connection.fetchval("SELECT $1::int", "not a number"))


async def test_outside_of_run_another_try_is_the_callers(uow: PgUnitOfWork) -> None:
    with pytest.raises(TryAgain):
        async with uow.begin() as tx:
            await Trouble("40001")(tx)
    assert not await bound(uow)


async def test_an_exception_undoes_everything(uow: PgUnitOfWork) -> None:
    async def work(tx: PgTransaction) -> None:
        await tx.people.bind_account(HERE)
        raise LookupError

    with pytest.raises(LookupError):
        await uow.run(work)
    assert not await bound(uow)


async def test_cancelled_in_the_middle_leaves_nothing_and_a_good_connection(database: str) -> None:
    connected = await Database.connect(database, max_size=1)
    uow = PgUnitOfWork(connected)
    begun = asyncio.Event()

    async def work(tx: PgTransaction) -> None:
        await tx.people.bind_account(HERE)
        begun.set()
        await tx.connection.execute("SELECT pg_sleep(60)")

    task = asyncio.create_task(uow.run(work))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not await bound(uow)
    async with uow.begin() as tx:
        await tx.people.bind_account(HERE)
    assert await bound(uow)
    await connected.close()


async def test_a_connection_lost_before_the_commit_is_no_harm(uow: PgUnitOfWork) -> None:
    tries = 0

    async def work(tx: PgTransaction) -> str:
        nonlocal tries
        tries += 1
        await tx.people.bind_account(HERE)
        if tries == 1:
            await tx.connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return "done"

    assert await uow.run(work) == "done"
    assert tries == 2
    assert await bound(uow)


async def test_a_connection_lost_during_the_commit_is_not_tried_again(uow: PgUnitOfWork) -> None:
    """Whether it is done nobody knows: once more could be twice."""
    tries = 0

    async def work(tx: PgTransaction) -> None:
        nonlocal tries
        tries += 1
        await tx.connection.execute(
            """
            CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END';
            CREATE CONSTRAINT TRIGGER last AFTER INSERT ON messenger_accounts INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION die()
            """
        )
        await tx.people.bind_account(HERE)

    with pytest.raises(asyncpg.PostgresError):
        await uow.run(work)
    assert tries == 1


async def test_two_who_lock_crosswise_both_get_done(uow: PgUnitOfWork, connected: Database) -> None:
    """A real deadlock: PostgreSQL rolls one back, and it is tried again."""
    await connected.pool.execute(
        "INSERT INTO messenger_accounts (channel, key) VALUES ('telegram', 'a'), ('telegram', 'b')"
    )
    both = asyncio.Barrier(2)
    tries = 0

    async def work(tx: PgTransaction, *keys: str) -> None:
        nonlocal tries
        tries += 1
        for key in keys:
            await tx.connection.execute("UPDATE messenger_accounts SET key = key WHERE key = $1", key)
            if tries <= 2 and key == keys[0]:
                await both.wait()

    await asyncio.gather(uow.run(lambda tx: work(tx, "a", "b")), uow.run(lambda tx: work(tx, "b", "a")))
    assert tries == 3


async def test_locks_are_taken_in_one_order_whatever_was_asked(uow: PgUnitOfWork) -> None:
    keys = [f"resource:{number}" for number in range(20)]

    async def work(order: int) -> None:
        async with uow.begin() as tx:
            await tx.bookings.lock(keys[::order])
            await tx.bookings.lock([])
            locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
            assert await tx.connection.fetchval(locks) == len(keys)

    before = await deadlocks(uow)
    await asyncio.gather(*(work(order) for order in (1, -1) * 10))
    assert await deadlocks(uow) == before


async def deadlocks(uow: PgUnitOfWork) -> int:
    async with uow.read() as tx:
        await tx.connection.execute("SELECT pg_stat_force_next_flush()")
        count: int = await tx.connection.fetchval(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        )
    return count
