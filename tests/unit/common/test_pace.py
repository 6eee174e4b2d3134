"""The pace: a messenger's limits are never passed, and used in full; what is urgent goes first."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections import deque
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.common.pace import ANSWER, Ledger, Limits, Pace

LIMITS = Limits(per_second=5, chat_burst=3.0, chat_per_second=1.0, margin=0.0)


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from([1.0, 0.25]), st.floats(0, 1.5)),
        max_size=80,
    )
)
def test_no_second_and_no_chat_gets_more_than_its_limit(asked: list[tuple[str, float, float]]) -> None:
    ledger = Ledger(LIMITS)
    now = 100.0
    sent: deque[float] = deque()
    levels: dict[str, tuple[float, float]] = {}
    for chat, cost, pause in asked:
        now += pause
        now = ledger.earliest(chat, cost, now)
        ledger.spend(chat, cost, now)
        if cost >= 1:
            while sent and sent[0] <= now - 1.0 + 1e-9:
                sent.popleft()
            sent.append(now)
            assert len(sent) <= LIMITS.per_second
        level, at = levels.get(chat, (LIMITS.chat_burst, now))
        level = min(LIMITS.chat_burst, level + (now - at) * LIMITS.chat_per_second) - cost
        assert level >= -1e-6
        levels[chat] = (level, now)


def test_a_quiet_bot_answers_at_once() -> None:
    ledger = Ledger(LIMITS)
    for number in range(LIMITS.per_second):
        assert ledger.earliest(str(number), 1.0, 10.0) == 10.0
        ledger.spend(str(number), 1.0, 10.0)
    assert ledger.earliest("x", 1.0, 10.0) == 11.0
    assert ledger.earliest("x", 0.25, 10.0) == 10.0


def test_a_refusal_that_means_the_bot_holds_everybody() -> None:
    ledger = Ledger(LIMITS)
    ledger.refused("a", 2.0, 10.0, everybody=True)
    assert ledger.earliest("b", 1.0, 10.0) == 12.0
    assert ledger.earliest("b", 1.0, 12.5) == 12.5


def test_a_refusal_holds_the_chat_and_two_hold_everybody() -> None:
    ledger = Ledger(LIMITS)
    ledger.refused("a", 7.0, 10.0)
    assert ledger.earliest("a", 1.0, 10.0) == 17.0
    assert ledger.earliest("b", 1.0, 10.0) == 10.0
    ledger.refused("b", 3.0, 11.0)
    assert ledger.earliest("c", 1.0, 11.0) == 14.0
    assert ledger.earliest("c", 1.0, 20.0) == 20.0


def test_quiet_chats_are_forgotten() -> None:
    ledger = Ledger(Limits(per_second=10_000))
    for number in range(10_000):
        ledger.spend(str(number), 1.0, number * 1.0)
    assert len(ledger._full_at) <= 2001


class Timers:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._loop = asyncio.get_running_loop()
        self._alarms: list[tuple[float, int, asyncio.TimerHandle, Callable[[], object]]] = []
        self._numbers = itertools.count()

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, callback: Callable[[], object]) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(when, callback, (), self._loop)
        heapq.heappush(self._alarms, (when, next(self._numbers), handle, callback))
        return handle

    async def until(self, moment: float) -> None:
        """Let time pass up to ``moment``."""
        await settle()
        while self._alarms and self._alarms[0][0] <= moment:
            when, _, handle, callback = heapq.heappop(self._alarms)
            if not handle.cancelled():
                self.now = max(self.now, when)
                callback()
                await settle()
        self.now = max(self.now, moment)


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_thousand_messages_take_the_time_that_the_limit_wants() -> None:
    timers = Timers()
    pace = Pace(Limits(per_second=30, margin=0.015), timers=timers)
    moments: list[float] = []

    async def one(chat: str) -> None:
        await pace.turn(chat, urgency=2)
        moments.append(timers.now)

    tasks = [asyncio.create_task(one(str(number))) for number in range(1000)]
    await timers.until(1100.0)
    await asyncio.gather(*tasks)
    # 33 whole seconds' worth, then ten more at once.
    assert moments[-1] - moments[0] == pytest.approx(33 * 1.015)
    assert all(late - early > 1.0 for early, late in zip(moments, moments[30:], strict=False))


async def test_an_answer_goes_before_a_mailing_and_a_slow_chat_keeps_nobody() -> None:
    timers = Timers()
    pace = Pace(Limits(per_second=2, chat_burst=1.0, margin=0.0), timers=timers)
    order: list[str] = []

    async def one(name: str, chat: str, urgency: int) -> None:
        await pace.turn(chat, urgency=urgency)
        order.append(name)

    tasks = [asyncio.create_task(one(f"mailing {number}", f"m{number}", 2)) for number in range(4)]
    tasks.append(asyncio.create_task(one("same chat again", "m0", 0)))
    await settle()
    tasks.append(asyncio.create_task(one("answer", "a", ANSWER)))
    await timers.until(1010.0)
    await asyncio.gather(*tasks)
    assert order[:2] == ["mailing 0", "mailing 1"]
    assert order[2] == "answer"
    assert order[3] == "same chat again"
    assert sorted(order[4:]) == ["mailing 2", "mailing 3"]


async def test_whoever_gives_up_waiting_leaves_the_queue() -> None:
    timers = Timers()
    pace = Pace(Limits(per_second=1, margin=0.0), timers=timers)
    await pace.turn("a")
    quitter = asyncio.create_task(pace.turn("b"))
    stayer = asyncio.create_task(pace.turn("c"))
    await settle()
    quitter.cancel()
    await timers.until(1001.0)
    await asyncio.wait_for(stayer, 10)
    with pytest.raises(asyncio.CancelledError):
        await quitter


def test_what_may_have_arrived_late_keeps_those_behind_it_waiting() -> None:
    limits = Limits(per_second=3, chat_burst=100, margin=0.0)
    ledger = Ledger(limits)
    cold, *others = [ledger.spend("a", 1, at) for at in (0.0, 0.1, 0.2)]
    assert ledger.earliest("a", 1, 0.3) == 1.0, "nothing is known of how long they took"
    cold.took = 0.2
    for send in others:
        send.took = 0.08
    assert ledger.earliest("a", 1, 0.3) == pytest.approx(1.12), "its connection had to be made first"
    cold.took = 9.0
    assert ledger.earliest("a", 1, 0.3) == pytest.approx(1.25), "a slow answer is not all the way there"
