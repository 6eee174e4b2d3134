"""The inbox: what is delivered twice is stored once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from core.ports.repositories import InboxEvent, Lease
from storage.unit_of_work import PgUnitOfWork
from tests.support.world import Hands

ONE, TWO = Lease("one", 15), Lease("two", 15)


def event(number: int, source: str = "telegram:7") -> InboxEvent:
    return InboxEvent(source, str(number), f"user:{number % 2}", {"update_id": number, "text": "«Ё» 💅"})


async def put(uow: PgUnitOfWork, clock: Hands, *events: InboxEvent) -> list[InboxEvent]:
    async with uow.begin() as tx:
        return list(await tx.inbox.put(events, clock.now()))


async def test_only_what_is_new_comes_back(uow: PgUnitOfWork, clock: Hands) -> None:
    assert await put(uow, clock, event(1), event(2), event(1)) == [event(1), event(2)]
    assert await put(uow, clock, event(2), event(3), event(1, "vk:12")) == [event(3), event(1, "vk:12")]
    assert await put(uow, clock) == []


async def test_of_many_deliveries_one_takes_effect(uow: PgUnitOfWork, clock: Hands) -> None:
    taken = await asyncio.gather(*(put(uow, clock, event(1)) for _ in range(10)))
    assert sorted(map(len, taken)) == [0] * 9 + [1]


async def test_what_a_crash_left_comes_in_the_order_of_arrival(uow: PgUnitOfWork, clock: Hands) -> None:
    await put(uow, clock, event(10), event(9))
    clock.on(seconds=1)
    await put(uow, clock, event(8), event(7, "vk:12"))
    async with uow.begin() as tx:
        assert list(await tx.inbox.claim("telegram:7", ONE, limit=9)) == [event(10), event(9), event(8)]
        assert list(await tx.inbox.claim("telegram:7", TWO, limit=1, whoever_has_them=True)) == [event(10)]
        await tx.inbox.done("telegram:7", ["9", "8"], clock.now())
        assert list(await tx.inbox.claim("telegram:7", ONE, limit=9, whoever_has_them=True)) == [event(10)]


async def test_a_lease_keeps_others_away_until_it_runs_out(uow: PgUnitOfWork, clock: Hands) -> None:
    async with uow.begin() as tx:
        await tx.inbox.put([event(1), event(2)], clock.now(), ONE)

    async def taken(lease: Lease, *, all_of_them: bool = False) -> list[InboxEvent]:
        async with uow.begin() as tx:
            return list(await tx.inbox.claim("telegram:7", lease, limit=9, whoever_has_them=all_of_them))

    assert await taken(TWO) == []
    assert await taken(ONE, all_of_them=True) == []
    async with uow.begin() as tx:
        await tx.inbox.renew("telegram:7", ONE._replace(seconds=0), ["1"])
        await tx.inbox.renew("telegram:7", TWO._replace(seconds=0), ["2"])
    assert await taken(TWO) == [event(1)]
    async with uow.begin() as tx:
        await tx.inbox.renew("telegram:7", ONE._replace(seconds=0), ["1"])
        await tx.inbox.release("telegram:7", ONE.holder)
    assert await taken(TWO) == [event(2)]
    assert await taken(ONE, all_of_them=True) == [event(1), event(2)]
    async with uow.begin() as tx:
        await tx.inbox.done("telegram:7", ["1", "2"], clock.now())
        await tx.inbox.release("telegram:7", ONE.holder)
    assert await taken(TWO, all_of_them=True) == []


async def test_many_who_start_at_once_share_what_was_left(uow: PgUnitOfWork, clock: Hands) -> None:
    events = [event(number) for number in range(200)]
    await put(uow, clock, *events)

    async def start(name: int) -> list[InboxEvent]:
        async with uow.begin() as tx:
            return list(await tx.inbox.claim("telegram:7", Lease(str(name), 15), limit=30))

    shares = await asyncio.gather(*map(start, range(8)))
    assert sorted(int(each.event_id) for share in shares for each in share) == list(range(200))


async def test_what_is_done_is_forgotten_after_a_while(uow: PgUnitOfWork, clock: Hands) -> None:
    await put(uow, clock, event(1), event(2))
    async with uow.begin() as tx:
        await tx.inbox.done("telegram:7", ["1"], clock.now())
        assert await tx.inbox.forget(clock.now()) == 0
        assert await tx.inbox.forget(clock.now() + timedelta(seconds=1)) == 1
    assert await put(uow, clock, event(1), event(2)) == [event(1)]
