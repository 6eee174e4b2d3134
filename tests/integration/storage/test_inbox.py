"""The inbox: what is delivered twice is stored once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from core.ports.repositories import InboxEvent
from storage.unit_of_work import PgUnitOfWork
from tests.support.world import Hands


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
        assert list(await tx.inbox.pending("telegram:7", limit=9)) == [event(10), event(9), event(8)]
        assert list(await tx.inbox.pending("telegram:7", limit=1)) == [event(10)]
        await tx.inbox.done("telegram:7", ["9", "8"], clock.now())
        assert list(await tx.inbox.pending("telegram:7", limit=9)) == [event(10)]


async def test_what_is_done_is_forgotten_after_a_while(uow: PgUnitOfWork, clock: Hands) -> None:
    await put(uow, clock, event(1), event(2))
    async with uow.begin() as tx:
        await tx.inbox.done("telegram:7", ["1"], clock.now())
        assert await tx.inbox.forget(clock.now()) == 0
        assert await tx.inbox.forget(clock.now() + timedelta(seconds=1)) == 1
    assert await put(uow, clock, event(1), event(2)) == [event(1)]
