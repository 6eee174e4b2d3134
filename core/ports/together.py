"""Questions that are answered together, by one round trip instead of one each: for either side of a port.

A lone question is asked at once. Those that come while all ways are taken by questions whose answers are on
their way are the next to be asked, all in one: each is asked after it came, so nobody is told what was true
before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Final, Generic, TypeVar, cast

Q = TypeVar("Q", bound=Hashable)
A = TypeVar("A")

_MOST: Final = 64


class Together(Generic[Q, A]):
    """``answer`` gets different questions, ``most`` at a time, and answers in their order. At most ``ways``
    of its answers are awaited at once.
    """

    def __init__(
        self,
        answer: Callable[[Sequence[Q]], Awaitable[Sequence[A]]],
        *,
        most: int = _MOST,
        ways: int = 1,
    ) -> None:
        self._answer = answer
        self._most = most
        self._ways = ways
        self._waiting: dict[Q, list[asyncio.Future[A]]] = {}
        self._asking: set[asyncio.Task[None]] = set()

    async def ask(self, question: Q) -> A:
        """The answer. Raises what answering raised; whoever gives up waiting keeps nobody else from it."""
        told: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(question, []).append(told)
        if len(self._asking) < self._ways:
            task = asyncio.create_task(self._run())
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)
        return await told

    async def _run(self) -> None:
        try:
            while self._waiting:
                questions = list(self._waiting)[: self._most]
                await self._tell({question: self._waiting.pop(question) for question in questions})
        finally:
            # Not by the task's end, which is noticed later than the next question may come.
            self._asking.discard(cast("asyncio.Task[None]", asyncio.current_task()))

    async def _tell(self, asked: dict[Q, list[asyncio.Future[A]]]) -> None:
        try:
            answers = await self._answer(list(asked))
        except Exception as error:  # noqa: BLE001 - handed on to whoever waits
            for futures in asked.values():
                for told in futures:
                    if not told.done():
                        told.set_exception(error)
            return
        except BaseException:
            for futures in asked.values():
                for told in futures:
                    told.cancel()
            raise
        for futures, answer in zip(asked.values(), answers, strict=True):
            for told in futures:
                if not told.done():
                    told.set_result(answer)
