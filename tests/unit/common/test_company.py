"""Several processes in one bot's name: together they never pass its limit, and leave none of it unused."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections import deque
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.common.company import RESERVE, Presence, Sharing, share_of
from bots.common.pace import Ledger, Limits, Pace

LIMIT = 30


@pytest.mark.parametrize(
    ("presence", "share"),
    [
        (Presence(1, 0, settled=False), 30),
        (Presence(1, 1, settled=True), 30),
        (Presence(2, 0, settled=False), RESERVE),
        (Presence(2, 1, settled=True), 28),
        (Presence(2, 2, settled=True), 15),
        (Presence(4, 2, settled=True), 13),
        (Presence(40, 40, settled=True), 1),
    ],
)
def test_a_share_is_what_the_others_leave(presence: Presence, share: int) -> None:
    assert share_of(LIMIT, presence) == share


@given(present=st.integers(1, 30), sending=st.integers(0, 30), settled=st.integers(0, 30))
def test_all_shares_together_are_within_the_limit(present: int, sending: int, settled: int) -> None:
    sending = min(sending, present)
    settled = min(settled, sending)
    full = share_of(LIMIT, Presence(present, sending, settled=True)) if settled else 0
    rest = share_of(LIMIT, Presence(present, sending, settled=False)) if settled < present else 0
    assert settled * full + (present - settled) * rest <= LIMIT


class Room:
    """A company in one place, with a clock of its own."""

    def __init__(self) -> None:
        self.now = 0.0
        self.since: dict[str, float | None] = {}
        self.away = False

    async def show(self, account: str, process: str, *, sending: bool) -> tuple[int, int, bool] | None:
        if self.away:
            return None
        assert account == "telegram:1"
        known = self.since.get(process)
        self.since[process] = (self.now if known is None else known) if sending else None
        begun = [each for each in self.since.values() if each is not None]
        mine = self.since[process]
        return len(self.since), len(begun), mine is not None and self.now - mine >= 1.5

    async def leave(self, account: str, process: str) -> None:
        del self.since[process]


class Timers:
    """An event loop's moments, one after the other."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._numbers = itertools.count()
        self._alarms: list[tuple[float, int, Callable[[], object]]] = []

    def time(self) -> float:
        return self._room.now

    def call_at(self, when: float, callback: Callable[[], object], /) -> asyncio.TimerHandle:
        entry = (when, next(self._numbers), callback)
        heapq.heappush(self._alarms, entry)
        return asyncio.TimerHandle(when, callback, (), asyncio.get_running_loop())

    def run(self) -> None:
        while self._alarms and self._alarms[0][0] <= self._room.now:
            heapq.heappop(self._alarms)[2]()


def most_in_a_second(moments: list[float]) -> int:
    window: deque[float] = deque()
    most = 0
    for moment in sorted(moments):
        window.append(moment)
        while window[0] <= moment - 1.0 + 1e-9:
            window.popleft()
        most = max(most, len(window))
    return most


async def test_one_who_begins_to_send_is_let_in_without_a_message_too_many() -> None:
    room = Room()
    paces, sharings, timers = [], [], []
    for _ in range(2):
        timers.append(Timers(room))
        paces.append(Pace(Limits(per_second=LIMIT, chat_burst=1e9, margin=0.0), timers=timers[-1]))
        sharings.append(Sharing(room, {"telegram:1": paces[-1]}))
    sent: list[list[float]] = [[], []]
    tasks: list[asyncio.Task[None]] = []

    async def send(who: int) -> None:
        for number in itertools.count():
            await paces[who].turn(str(number))
            sent[who].append(room.now)

    for step in range(1200):
        room.now = step / 100
        if step % 50 == 0:
            for sharing in sharings:
                await sharing._look()
        if step in {0, 400}:
            tasks.append(asyncio.create_task(send(len(tasks))))
        for each in timers:
            each.run()
        for _ in range(40):
            await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

    assert most_in_a_second(sent[0] + sent[1]) <= LIMIT
    last = [sum(8 <= moment < 12 for moment in each) for each in sent]
    assert min(last) >= 4 * 15 - 2, "in the end each has its half"
    first = sum(2 <= moment < 4 for moment in sent[0])
    assert first >= 2 * 28 - 2, "one who sends alone has all but the others' reserve"


async def test_who_leaves_leaves_everything() -> None:
    room, one, two = Room(), Pace(Limits(per_second=LIMIT)), Pace(Limits(per_second=LIMIT))
    first, second = Sharing(room, {"telegram:1": one}), Sharing(room, {"telegram:1": two})
    await first.start()
    await second.start()
    await first._look()
    assert (one._ledger.allowed, two._ledger.allowed) == (RESERVE, RESERVE)
    await second.stop()
    await first._look()
    assert one._ledger.allowed == LIMIT
    room.away = True
    await first._look()
    assert one._ledger.allowed == LIMIT
    room.away = False
    await first.stop()
    assert room.since == {}


def test_a_smaller_share_counts_what_was_sent_before() -> None:
    ledger = Ledger(Limits(per_second=5, chat_burst=1e9, margin=0.0))
    for number in range(5):
        ledger.spend(str(number), 1.0, 10.0 + number / 10)
    ledger.allowed = 2
    assert ledger.earliest("x", 1.0, 10.5) == pytest.approx(11.3)
    ledger.allowed = 5
    assert ledger.earliest("x", 1.0, 10.5) == pytest.approx(11.0)
