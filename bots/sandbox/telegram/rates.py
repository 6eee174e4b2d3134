"""How fast a bot may write: a sliding second over all chats, a bucket for each chat
(core.telegram.org/bots/faq).
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from bots.sandbox.telegram.errors import too_many
from bots.sandbox.telegram.rules import TelegramRules

_CHATS_KEPT = 1000


@dataclass(slots=True)
class _Bucket:
    level: float
    at: float


class Rates:
    """One for all bots of the sandbox. ``seconds`` is a monotonic clock: moving the sandbox's time refills
    nothing.
    """

    def __init__(self, rules: TelegramRules, seconds: Callable[[], float] = time.monotonic) -> None:
        self._rules = rules
        self._seconds = seconds
        self._sent: dict[int, deque[float]] = {}
        self._buckets: dict[str, _Bucket] = {}

    def spend(self, bot_id: int, chat: str, *, edit: bool = False) -> None:
        """Counts a message, or an edit of one. Raises ``ApiError`` 429 and counts nothing when it is too
        much.
        """
        rules, now = self._rules, self._seconds()
        if not rules.limit_rates:
            return
        cost = rules.edit_cost if edit else 1.0
        bucket = self._buckets.setdefault(chat, _Bucket(rules.chat_burst, now))
        level = min(rules.chat_burst, bucket.level + (now - bucket.at) * rules.chat_per_second)
        sent = self._sent.setdefault(bot_id, deque())
        while sent and sent[0] <= now - 1.0:
            sent.popleft()
        if level < cost:
            raise too_many(max(1, math.ceil((cost - level) / rules.chat_per_second)))
        if not edit and len(sent) >= rules.per_second:
            raise too_many(max(1, math.ceil(sent[0] + 1.0 - now)))
        bucket.level, bucket.at = level - cost, now
        if not edit:
            sent.append(now)
        while len(self._buckets) > _CHATS_KEPT:
            del self._buckets[next(iter(self._buckets))]
