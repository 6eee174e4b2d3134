"""Pacing: never more than the messenger takes, and nearly all of it."""

from __future__ import annotations

import asyncio
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.sandbox.telegram.rates import Rates
from bots.sandbox.telegram.rules import TelegramRules
from core.jobs.pace import Limits, Pace


class Hand:
    """A clock that goes on when somebody sleeps, and sometimes wakes them late."""

    def __init__(self, seed: int = 0, latest: float = 0.0) -> None:
        self.now = 100.0
        self._random = random.Random(seed)
        self._latest = latest

    def seconds(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds + self._random.uniform(0, self._latest)


def most_in_a_second(times: list[float]) -> int:
    return max(sum(1 for other in times if start <= other < start + 1.0) for start in times)


@given(seed=st.integers(0, 10_000), latest=st.floats(0, 0.05))
def test_no_second_has_more_than_the_limit(seed: int, latest: float) -> None:
    hand = Hand(seed, latest)
    pace, limits, times = Pace(hand.seconds, hand.sleep), Limits(per_second=30), []

    async def send() -> None:
        for _ in range(150):
            await pace.turn("telegram:1", limits)
            times.append(hand.now)

    asyncio.run(send())
    assert most_in_a_second(times) <= 30


def test_a_thousand_messages_use_nearly_all_of_the_limit() -> None:
    hand = Hand(7, 0.004)
    pace, limits = Pace(hand.seconds, hand.sleep), Limits(per_second=30)

    async def send() -> None:
        for _ in range(1000):
            await pace.turn("telegram:1", limits)

    asyncio.run(send())
    assert 1000 / (hand.now - 100.0) / 30 >= 0.97


async def test_accounts_do_not_wait_for_each_other() -> None:
    hand = Hand()
    pace = Pace(hand.seconds, hand.sleep)
    pace.pause("telegram:1", 50, Limits())
    await pace.turn("telegram:2", Limits())
    assert hand.now == 100.0
    await pace.turn("telegram:1", Limits())
    assert hand.now == pytest.approx(150.0)


def test_a_chat_takes_a_burst_and_then_one_a_second() -> None:
    hand = Hand()
    pace, limits = Pace(hand.seconds), Limits(chat_per_second=1.0, chat_burst=3)
    waits = [pace.chat_wait("telegram:1", "42", limits) for _ in range(5)]
    assert waits[:3] == [0, 0, 0]
    assert waits[3] == pytest.approx(1.0)
    assert waits[4] == pytest.approx(2.0), "that long, it is put back instead of being waited for"
    assert pace.chat_wait("telegram:1", "43", limits) == 0
    hand.now += 4.0
    assert pace.chat_wait("telegram:1", "42", limits) == 0


def test_a_thousand_reminders_meet_no_429() -> None:
    """The emulator counts a sliding second by arrival; the network takes up to 12 ms more or less."""
    hand, jitter = Hand(11, 0.003), random.Random(5)
    arrived = 0.0
    pace, limits = Pace(hand.seconds, hand.sleep), Limits(per_second=30)
    rates = Rates(TelegramRules(), lambda: arrived)

    async def send() -> None:
        nonlocal arrived
        for number in range(1000):
            await pace.turn("telegram:1", limits)
            arrived = max(arrived, hand.now + jitter.uniform(0, 0.012))
            rates.spend(1, str(number))

    asyncio.run(send())
    assert 1000 / (hand.now - 100.0) / 30 >= 0.97
