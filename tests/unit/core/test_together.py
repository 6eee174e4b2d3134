"""Questions that come while others are being answered are answered together, and never out of the past."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from core.ports.together import Together


class Oracle:
    """Answers when it is let, with how often it was asked; notes who asked."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.free = asyncio.Event()
        self.fault: Exception | None = None

    async def answer(self, questions: Sequence[str]) -> Sequence[str]:
        self.asked.append(list(questions))
        number = len(self.asked)
        await self.free.wait()
        if self.fault is not None:
            raise self.fault
        return [f"{question}{number}" for question in questions]


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_lone_question_is_asked_at_once_and_the_rest_together() -> None:
    oracle = Oracle()
    together = Together(oracle.answer)
    first = asyncio.create_task(together.ask("a"))
    await settle()
    later = [asyncio.create_task(together.ask(question)) for question in "bcb"]
    await settle()
    assert oracle.asked == [["a"]]
    oracle.free.set()
    assert await asyncio.gather(first, *later) == ["a1", "b2", "c2", "b2"]
    assert oracle.asked == [["a"], ["b", "c"]]


async def test_the_same_question_is_asked_anew_once_an_answer_is_on_its_way() -> None:
    oracle = Oracle()
    together = Together(oracle.answer)
    first = asyncio.create_task(together.ask("a"))
    await settle()
    second = asyncio.create_task(together.ask("a"))
    await settle()
    oracle.free.set()
    assert (await first, await second) == ("a1", "a2")


async def test_a_crowd_is_answered_in_parts() -> None:
    oracle = Oracle()
    together = Together(oracle.answer, most=2)
    oracle.free.set()
    assert await asyncio.gather(*map(together.ask, "abc")) == ["a1", "b1", "c2"]


async def test_a_fault_is_told_to_those_who_asked_and_to_nobody_later() -> None:
    oracle = Oracle()
    together = Together(oracle.answer)
    oracle.fault = LookupError("gone")
    oracle.free.set()
    told = await asyncio.gather(*map(together.ask, "ab"), return_exceptions=True)
    assert [str(each) for each in told] == ["gone", "gone"]
    oracle.fault = None
    assert await together.ask("a") == "a2"


async def test_who_gives_up_keeps_nobody_from_the_answer() -> None:
    oracle = Oracle()
    together = Together(oracle.answer)
    impatient, patient = (asyncio.create_task(together.ask(question)) for question in "ab")
    await settle()
    impatient.cancel()
    oracle.free.set()
    assert await patient == "b1"
    with pytest.raises(asyncio.CancelledError):
        await impatient
