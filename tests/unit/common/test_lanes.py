"""Lanes: order within, side by side between, nothing kept of what is over."""

from __future__ import annotations

import asyncio
from collections import defaultdict

import pytest

from bots.common.lanes import Lanes

Item = tuple[str, int]


async def test_order_within_a_lane_and_lanes_side_by_side() -> None:
    done: dict[str, list[int]] = defaultdict(list)
    gate, quick_done = asyncio.Event(), asyncio.Event()

    async def work(item: Item) -> None:
        lane, number = item
        if lane == "slow":
            await gate.wait()
        await asyncio.sleep(0)
        done[lane].append(number)
        if len(done["a"]) == len(done["b"]) == 50:
            quick_done.set()

    lanes: Lanes[Item] = Lanes(work)
    for number in range(50):
        for lane in ("slow", "a", "b"):
            lanes.add(lane, (lane, number))
    await quick_done.wait()
    assert done["slow"] == []
    gate.set()
    await lanes.idle()
    assert all(numbers == list(range(50)) for numbers in done.values())


async def test_never_more_at_once_than_the_width_and_one_of_a_lane() -> None:
    at_once: list[str] = []
    most, of_one = 0, 0

    async def work(item: Item) -> None:
        nonlocal most, of_one
        at_once.append(item[0])
        most, of_one = max(most, len(at_once)), max(of_one, at_once.count(item[0]))
        await asyncio.sleep(0)
        at_once.remove(item[0])

    lanes: Lanes[Item] = Lanes(work, width=4)
    for number in range(200):
        lanes.add(str(number % 20), (str(number % 20), number))
    await lanes.idle()
    assert most == 4
    assert of_one == 1


async def test_idle_lanes_leave_nothing_behind() -> None:
    async def work(_: Item) -> None:
        await asyncio.sleep(0)

    lanes: Lanes[Item] = Lanes(work)
    for number in range(1000):
        lanes.add(str(number), ("", number))
    assert lanes.open == 1000
    await lanes.idle()
    await asyncio.sleep(0)
    assert lanes.open == 0
    assert len(lanes) == 0
    assert not lanes._tasks


async def test_a_failure_does_not_stop_the_lane(caplog: pytest.LogCaptureFixture) -> None:
    done: list[int] = []

    async def work(item: Item) -> None:
        if item[1] == 1:
            raise ValueError("broken")
        done.append(item[1])

    lanes: Lanes[Item] = Lanes(work)
    for number in range(3):
        lanes.add("a", ("a", number))
    await lanes.idle()
    assert done == [0, 2]
    assert "work in a lane failed" in caplog.text


async def test_who_brings_more_waits_for_room() -> None:
    gate = asyncio.Event()

    async def work(_: Item) -> None:
        await gate.wait()

    lanes: Lanes[Item] = Lanes(work, depth=3)
    for number in range(3):
        lanes.add("a", ("a", number))
    waiting = asyncio.create_task(lanes.room())
    await asyncio.sleep(0)
    assert not waiting.done()
    gate.set()
    await waiting


async def test_closing_lets_the_work_end_or_breaks_it_off() -> None:
    done: list[int] = []

    async def work(item: Item) -> None:
        if item[0] == "stuck":
            await asyncio.Event().wait()
        done.append(item[1])

    lanes: Lanes[Item] = Lanes(work)
    lanes.add("a", ("a", 1))
    assert await lanes.close(1.0) == 0
    assert done == [1]
    lanes.add("stuck", ("stuck", 2))
    lanes.add("stuck", ("stuck", 3))
    lanes.add("a", ("a", 4))
    assert await lanes.close(0.01) == 2
    assert done == [1, 4]
    assert lanes.open == 0
