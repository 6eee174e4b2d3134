"""Batches form by themselves, keep the order, and tell everybody of a failure."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from bots.common.batches import Batches


async def test_what_comes_meanwhile_makes_the_next_batch() -> None:
    seen: list[list[int]] = []
    gate = asyncio.Event()

    async def work(items: Sequence[int]) -> None:
        seen.append(list(items))
        await gate.wait()

    batches: Batches[int] = Batches(work, most=4)
    waiting = [asyncio.create_task(batches.add([number])) for number in range(1)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    waiting += [asyncio.create_task(batches.add([number])) for number in range(1, 8)]
    await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(*waiting)
    assert seen == [[0], [1, 2, 3, 4], [5, 6, 7]]


async def test_a_failure_is_told_to_that_batch_alone() -> None:
    async def work(items: Sequence[int]) -> None:
        if 1 in items:
            raise ValueError("broken")

    batches: Batches[int] = Batches(work)
    first = await asyncio.gather(batches.add([1]), batches.add([2]), return_exceptions=True)
    assert [type(each) for each in first] == [ValueError, ValueError]
    await batches.add([3])


async def test_the_work_goes_on_when_a_caller_gives_up() -> None:
    done: list[int] = []
    gate = asyncio.Event()

    async def work(items: Sequence[int]) -> None:
        await gate.wait()
        done.extend(items)

    batches: Batches[int] = Batches(work)
    caller = asyncio.create_task(batches.add([1]))
    await asyncio.sleep(0)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    gate.set()
    await batches.close()
    assert done == [1]
