"""The log of calls between bots and the sandbox, both ways, of bounded length, with no token in it."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from bots.sandbox.limits import WorldLimits


@dataclass(frozen=True, slots=True)
class Call:
    """``direction`` is ``call`` for a bot's call, ``update`` for an update that was posted to its webhook."""

    number: int
    at: datetime
    direction: str
    bot: str
    token: str
    method: str
    params: Any
    status: int
    answer: Any
    ms: float

    def view(self) -> dict[str, Any]:
        return asdict(self) | {"at": self.at.isoformat()}


def mask(token: str) -> str:
    """``123456:AAbb…`` becomes ``123456:***``: whose it is stays readable, what it opens does not."""
    return f"{token.split(':', 1)[0][:16]}:***" if ":" in token else "***"


class CallLog:
    """The newest calls; ``written`` hears of each."""

    def __init__(self, limits: WorldLimits, written: Callable[[Call], None]) -> None:
        self._limits = limits
        self._written = written
        self._calls: deque[Call] = deque(maxlen=limits.calls)
        self._number = 0

    def write(
        self,
        *,
        at: datetime,
        direction: str,
        bot: str,
        token: str,
        method: str,
        params: Mapping[str, Any],
        status: int,
        answer: Any,
        ms: float,
    ) -> None:
        """Notes a call; long values are shortened, the token masked."""
        self._number += 1
        call = Call(
            number=self._number,
            at=at,
            direction=direction,
            bot=bot,
            token=mask(token),
            method=method,
            params=self._shortened(dict(params)),
            status=status,
            answer=self._shortened(answer),
            ms=round(ms, 1),
        )
        self._calls.append(call)
        self._written(call)

    def latest(self, count: int = 100, *, method: str = "") -> list[Call]:
        """The newest ``count`` calls, oldest first; of one method, when named."""
        found = [call for call in self._calls if not method or call.method.lower() == method.lower()]
        return found[-count:]

    def _shortened(self, value: Any) -> Any:
        text = json.dumps(value, ensure_ascii=False, default=str)
        if len(text) <= self._limits.call_text:
            return value
        return {"shortened": f"{text[: self._limits.call_text]}…"}
