"""The inbox: stored before it is worked on, effective once, in order, also over a crash."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bots.common.inbox import Arrival, Inbox, NotReady
from core.ports.repositories import InboxEvent, Lease
from core.ports.unit_of_work import UnitOfWork


class Clock:
    def now(self) -> datetime:
        return datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


class Rows:
    """The inbox's table, as far as its port goes. ``broken``: how many calls fail."""

    def __init__(self) -> None:
        self.events: dict[str, InboxEvent] = {}
        self.finished: set[str] = set()
        self.holders: dict[str, str] = {}
        self.dead: set[str] = set()
        self.broken = 0
        self.renewed = asyncio.Event()

    async def put(
        self, events: Sequence[InboxEvent], now: datetime, lease: Lease | None = None
    ) -> Sequence[InboxEvent]:
        new = [event for event in events if event.event_id not in self.events]
        self.events |= {event.event_id: event for event in new}
        if lease is not None:
            self.holders |= {event.event_id: lease.holder for event in new}
        return new

    async def claim(
        self, source: str, lease: Lease, *, limit: int, whoever_has_them: bool = False
    ) -> Sequence[InboxEvent]:
        left = []
        for key, event in self.events.items():
            holder = self.holders.get(key)
            free = holder is None or holder in self.dead or (whoever_has_them and holder != lease.holder)
            if key not in self.finished and free:
                left.append(event)
        self.holders |= {event.event_id: lease.holder for event in left[:limit]}
        return left[:limit]

    async def renew(self, source: str, lease: Lease, event_ids: Collection[str]) -> None:
        assert all(self.holders[each] == lease.holder for each in event_ids)
        self.renewed.set()

    async def release(self, source: str, holder: str) -> None:
        self.holders = {key: each for key, each in self.holders.items() if each != holder}

    async def done(self, source: str, event_ids: Collection[str], now: datetime) -> None:
        self.finished |= set(event_ids)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Any]:
        await asyncio.sleep(0)
        if self.broken:
            self.broken -= 1
            raise ConnectionError("no database")
        yield SimpleNamespace(inbox=self)

    read = begin


def make(rows: Rows, work: Any, **options: Any) -> Inbox:
    return Inbox("telegram:1", uow=cast(UnitOfWork, rows), clock=Clock(), work=work, **options)


def arrival(number: int, lane: str = "u") -> Arrival:
    return Arrival(str(number), lane, {"update_id": number, "lane": lane})


async def test_each_event_has_its_effect_once_however_often_it_comes() -> None:
    rows, seen = Rows(), []

    async def work(payload: Mapping[str, object]) -> None:
        seen.append(payload["update_id"])

    inbox = make(rows, work)
    await inbox.recover()
    await asyncio.gather(*(inbox.take([arrival(1), arrival(2), arrival(1)]) for _ in range(5)))
    await inbox.take([arrival(2), arrival(3)])
    await inbox.close()
    assert seen == [1, 2, 3]
    assert rows.finished == {"1", "2", "3"}


async def test_what_a_crash_left_behind_comes_first_and_in_order() -> None:
    rows, seen = Rows(), []
    await rows.put(
        [InboxEvent("telegram:1", str(n), "u", {"update_id": n}) for n in range(500)], Clock().now()
    )
    await rows.done("telegram:1", ["0", "1"], Clock().now())

    async def work(payload: Mapping[str, object]) -> None:
        seen.append(payload["update_id"])

    inbox = make(rows, work)
    early = asyncio.create_task(inbox.take([arrival(500), arrival(3)]))
    assert await inbox.recover() == 498
    await early
    await inbox.close()
    assert seen == list(range(2, 501))


async def test_nobody_waits_for_what_a_crash_left_of_others() -> None:
    rows, seen = Rows(), []
    await rows.put([InboxEvent("telegram:1", "1", "stuck", {"update_id": 1})], Clock().now())
    gate = asyncio.Event()

    async def work(payload: Mapping[str, object]) -> None:
        if payload["update_id"] == 1:
            await gate.wait()
        seen.append(payload["update_id"])

    inbox = make(rows, work)
    assert await inbox.recover() == 1
    await inbox.take([Arrival("2", "stuck", {"update_id": 2}), Arrival("3", "other", {"update_id": 3})])
    await asyncio.sleep(0)
    assert seen == [3]
    gate.set()
    await inbox.close()
    assert seen == [3, 1, 2]


async def test_what_fails_is_tried_again_in_its_turn_and_then_given_up(
    caplog: pytest.LogCaptureFixture,
) -> None:
    rows, seen = Rows(), []

    async def work(payload: Mapping[str, object]) -> None:
        seen.append(payload["update_id"])
        if payload["update_id"] == 1 or (payload["update_id"] == 2 and seen.count(2) == 1):
            raise ConnectionError("away")

    inbox = make(rows, work, pauses=(0.0, 0.0))
    await inbox.recover()
    await inbox.take([arrival(1), arrival(2), arrival(3)])
    await inbox.close()
    assert seen == [1, 1, 1, 2, 2, 3]
    assert rows.finished == {"1", "2", "3"}
    assert "event given up" in caplog.text


async def test_what_can_not_be_stored_is_not_taken() -> None:
    rows, seen = Rows(), []

    async def work(payload: Mapping[str, object]) -> None:
        seen.append(payload["update_id"])

    inbox = make(rows, work)
    await inbox.recover()
    rows.broken = 1
    with pytest.raises(ConnectionError):
        await inbox.take([arrival(1)])
    await inbox.take([arrival(1)])
    await inbox.close()
    assert seen == [1]


async def test_nothing_is_taken_before_the_start_is_over_nor_after_the_end() -> None:
    inbox = make(Rows(), lambda _: asyncio.sleep(0), patience=0.01)
    with pytest.raises(NotReady):
        await inbox.take([arrival(1)])
    await inbox.close()
    with pytest.raises(NotReady):
        await inbox.take([arrival(1)])


async def test_a_full_house_makes_the_bringer_wait() -> None:
    gate = asyncio.Event()

    async def work(_: Mapping[str, object]) -> None:
        await gate.wait()

    inbox = make(Rows(), work, depth=2, patience=0.01)
    await inbox.recover()
    await inbox.take([arrival(1), arrival(2)])
    with pytest.raises(NotReady):
        await inbox.take([arrival(3)])
    gate.set()
    await inbox.idle()
    await inbox.take([arrival(3)])
    await inbox.close()


async def test_what_the_end_breaks_off_stays_for_the_next_start() -> None:
    rows, seen = Rows(), []

    async def stuck(_: Mapping[str, object]) -> None:
        await asyncio.Event().wait()

    inbox = make(rows, stuck)
    await inbox.recover()
    await inbox.take([arrival(1), arrival(2)])
    await inbox.close(0.01)
    assert rows.finished == set()

    async def work(payload: Mapping[str, object]) -> None:
        seen.append(payload["update_id"])

    again = make(rows, work)
    await again.recover()
    await again.close()
    assert seen == [1, 2]


async def test_an_event_not_marked_is_not_the_end(caplog: pytest.LogCaptureFixture) -> None:
    rows, seen = Rows(), []

    async def work(payload: Mapping[str, object]) -> None:
        seen.append(payload["update_id"])
        rows.broken = 1 if payload["update_id"] == 1 else 0

    inbox = make(rows, work)
    await inbox.recover()
    await inbox.take([arrival(1)])
    await inbox.idle()
    await inbox.take([arrival(2)])
    await inbox.close()
    assert seen == [1, 2]
    assert rows.finished == {"2"}
    assert "not marked" in caplog.text


async def test_processes_that_share_a_source_leave_each_others_work_alone() -> None:
    rows, seen, gate = Rows(), [], asyncio.Event()

    async def stuck(payload: Mapping[str, object]) -> None:
        await gate.wait()
        seen.append(("one", payload["update_id"]))

    async def work(payload: Mapping[str, object]) -> None:
        seen.append(("two", payload["update_id"]))

    one = make(rows, stuck, shared=True)
    await one.recover()
    await one.take([arrival(1)])
    two = make(rows, work, shared=True)
    assert await two.recover() == 0
    await two.take([arrival(1), arrival(2)])
    await two.idle()
    gate.set()
    await one.close()
    await two.close()
    assert seen == [("two", 2), ("one", 1)]


async def test_what_the_dead_leave_is_taken_over_while_running() -> None:
    rows, done = Rows(), asyncio.Event()
    event = InboxEvent("telegram:1", "1", "u", {"update_id": 1})
    await rows.put([event], Clock().now(), Lease("another", 15))

    async def work(_: Mapping[str, object]) -> None:
        done.set()

    inbox = make(rows, work, shared=True, lease=0.03)
    assert await inbox.recover() == 0
    rows.dead.add("another")
    async with asyncio.timeout(5):
        await done.wait()
    await inbox.close()
    assert rows.finished == {"1"}


async def test_leases_are_renewed_while_there_is_work_and_given_up_at_the_end() -> None:
    rows = Rows()

    async def stuck(_: Mapping[str, object]) -> None:
        await asyncio.Event().wait()

    inbox = make(rows, stuck, shared=True, lease=0.03)
    await inbox.recover()
    await inbox.take([arrival(1)])
    async with asyncio.timeout(5):
        await rows.renewed.wait()
    assert set(rows.holders) == {"1"}
    await inbox.close(0.01)
    assert rows.holders == {}


async def test_a_lost_answer_to_a_claim_loses_no_event() -> None:
    rows, seen = Rows(), []
    await rows.put([InboxEvent("telegram:1", "1", "u", {"update_id": 1})], Clock().now())
    claim = rows.claim

    async def claim_and_break(source: str, lease: Lease, **options: Any) -> Sequence[InboxEvent]:
        rows.claim = claim  # type: ignore[method-assign]
        await claim(source, lease, **options)
        raise ConnectionError("answer lost")

    rows.claim = claim_and_break  # type: ignore[method-assign]

    async def work(payload: Mapping[str, object]) -> None:
        seen.append(payload["update_id"])

    inbox = make(rows, work)
    assert await inbox.recover() == 1
    await inbox.close()
    assert seen == [1]
