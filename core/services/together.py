"""Questions that are answered together, by one round trip instead of one each.

A lone question is asked at once. Those that come while an answer is on its way are the next to be asked, all
in one: each is asked after it came, so nobody is told what was true before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Final, Generic, TypeVar

Q = TypeVar("Q", bound=Hashable)
A = TypeVar("A")

_MOST: Final = 64


class Together(Generic[Q, A]):
    """``answer`` gets different questions and answers in their order; ``most`` at a time."""

    def __init__(self, answer: Callable[[Sequence[Q]], Awaitable[Sequence[A]]], *, most: int = _MOST) -> None:
        self._answer = answer
        self._most = most
        self._waiting: dict[Q, list[asyncio.Future[A]]] = {}
        self._task: asyncio.Task[None] | None = None

    async def ask(self, question: Q) -> A:
        """The answer. Raises what answering raised; whoever gives up waiting keeps nobody else from it."""
        told: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(question, []).append(told)
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        return await told

    async def _run(self) -> None:
        try:
            while self._waiting:
                questions = list(self._waiting)[: self._most]
                await self._tell({question: self._waiting.pop(question) for question in questions})
        finally:
            self._task = None

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
