"""How fast a bot may speak: the messenger's limits, kept in advance.

Times are absolute: a send is granted for the moment at which the messenger's own count allows it, however
late the one before was. What is urgent goes first, and a chat that has to wait keeps nobody else waiting.
Seconds are of the event loop's monotonic clock, since moving the business's clock changes nothing for the
messenger.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

#: Urgency of an answer to somebody who is waiting at this moment; outgoing messages have their own priority,
#: 0 and up.
ANSWER: Final = -1

_CHATS_KEPT: Final = 2000
#: For so long (seconds) after a message a bot counts as one that sends.
_LATELY: Final = 3.0
#: The most (seconds) that a slow answer is laid to its call's way there.
_LATEST: Final = 0.25


@dataclass(frozen=True, slots=True)
class Manner:
    """How a call is made: its ``urgency`` among others, and the ``patience`` (seconds) it has with the
    messenger's requests to wait.
    """

    urgency: int = ANSWER
    patience: float = 10.0


@dataclass(frozen=True, slots=True)
class Limits:
    """``per_second`` messages of a bot in any second; a chat gets ``chat_burst`` at once and then
    ``chat_per_second``. ``margin`` (seconds) is for what the network does to distances in time.
    """

    per_second: int = 30
    chat_burst: float = 15.0
    chat_per_second: float = 1.0
    margin: float = 0.015


@dataclass(slots=True)
class Send:
    """A send: when it was let go, and how long (seconds) its answer took, once that is known."""

    at: float
    took: float = 0.0


class Ledger:
    """What was sent and when, as far as it matters for the next send. Pure but for its own memory.

    The messenger counts arrivals. What took longer than the quickest of late, such as the first calls with
    their connections to be made, may have arrived that much later; those behind it would be too many then.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.allowed = limits.per_second
        """How many messages of a second are this process's: less than all when others send too."""
        self._sent: deque[Send] = deque(maxlen=limits.per_second)
        self._full_at: dict[str, float] = {}
        self._held: dict[str, float] = {}
        self._all_held = float("-inf")

    def earliest(self, chat: str, cost: float, now: float) -> float:
        """The first moment, ``now`` or later, at which a send of ``cost`` to ``chat`` is within the limits.

        ``cost`` is in messages: an edit is a part of one and does not count against the second.
        """
        limits = self._limits
        moment = max(now, self._all_held, self._held.get(chat, now))
        if cost >= 1 and len(self._sent) >= self.allowed:
            moment = max(moment, self._arrival(self._sent[-self.allowed]) + 1.0 + limits.margin)
        if (full_at := self._full_at.get(chat)) is not None:
            moment = max(moment, full_at + (cost - limits.chat_burst) / limits.chat_per_second)
        return moment

    def sent_since(self, moment: float) -> bool:
        """Whether anything that counts was sent since then."""
        return bool(self._sent) and self._sent[-1].at >= moment

    def _arrival(self, send: Send) -> float:
        known = [each.took for each in self._sent if each.took]
        late = send.took - min(known) if known and send.took else 0.0
        return send.at + min(max(late, 0.0), _LATEST)

    def spend(self, chat: str, cost: float, now: float) -> Send:
        """A send of ``cost`` to ``chat`` goes out now."""
        send = Send(now)
        if cost >= 1:
            self._sent.append(send)
        full_at = max(now, self._full_at.get(chat, now))
        self._full_at[chat] = full_at + cost / self._limits.chat_per_second
        if len(self._full_at) > _CHATS_KEPT:
            self._full_at = {key: at for key, at in self._full_at.items() if at > now}
        return send

    def refused(self, chat: str, seconds: float, now: float, *, everybody: bool = False) -> None:
        """The messenger refused a send and wants to be left alone for ``seconds``.

        Where it doesn't say whether it means the chat or the bot, the chat waits; when another one is waiting
        already, so does everybody. ``everybody``: it did mean the bot.
        """
        self._held = {key: until for key, until in self._held.items() if until > now}
        if everybody or self._held.keys() - {chat}:
            self._all_held = max(self._all_held, now + seconds)
        self._held[chat] = max(self._held.get(chat, now), now + seconds)


class Timers(Protocol):
    """The part of an event loop that tells and waits for moments."""

    def time(self) -> float: ...

    def call_at(self, when: float, callback: Callable[[], object], /) -> asyncio.TimerHandle: ...


class _Waiter(NamedTuple):
    urgency: int
    number: int
    chat: str
    cost: float
    granted: asyncio.Future[Send]


class Pace:
    """One bot's pace, shared by all that sends in its name."""

    def __init__(self, limits: Limits | None = None, *, timers: Timers | None = None) -> None:
        self.per_second = (limits or Limits()).per_second
        self._ledger = Ledger(limits or Limits())
        self._given = timers
        self._waiting: list[_Waiter] = []
        self._numbers = itertools.count()
        self._alarm: asyncio.TimerHandle | None = None

    async def turn(self, chat: str, *, cost: float = 1.0, urgency: int = ANSWER) -> Send:
        """Wait until this send is within the limits; it counts as sent when this returns."""
        now = self._timers().time()
        if not self._waiting and self._ledger.earliest(chat, cost, now) <= now:
            return self._ledger.spend(chat, cost, now)
        granted: asyncio.Future[Send] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, _Waiter(urgency, next(self._numbers), chat, cost, granted))
        self._grant()
        return await granted

    @property
    def sending(self) -> bool:
        """Whether messages wait or went out lately."""
        return bool(self._waiting) or self._ledger.sent_since(self._timers().time() - _LATELY)

    def allow(self, per_second: int) -> None:
        """Send so many a second from now on: what others who send in the bot's name leave."""
        if per_second != self._ledger.allowed:
            self._ledger.allowed = min(per_second, self.per_second)
            self._grant()

    def answered(self, send: Send) -> None:
        """The messenger has answered to a send of :meth:`turn`."""
        send.took = self._timers().time() - send.at

    def refused(self, chat: str, seconds: float, *, everybody: bool = False) -> None:
        """See :meth:`Ledger.refused`."""
        self._ledger.refused(chat, seconds, self._timers().time(), everybody=everybody)

    def _timers(self) -> Timers:
        if self._given is None:
            self._given = asyncio.get_running_loop()
        return self._given

    def _grant(self) -> None:
        """Let go whoever may, the most urgent first, and come back when the next one may."""
        timers = self._timers()
        now, wake, still = timers.time(), float("inf"), []
        while self._waiting:
            waiter = heapq.heappop(self._waiting)
            if waiter.granted.done():
                continue
            moment = self._ledger.earliest(waiter.chat, waiter.cost, now)
            if moment <= now:
                waiter.granted.set_result(self._ledger.spend(waiter.chat, waiter.cost, now))
            else:
                still.append(waiter)
                wake = min(wake, moment)
        self._waiting = still
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = timers.call_at(wake, self._grant) if still else None
