"""How many calls a community may make: a sliding second over all of them."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from bots.sandbox.vk.errors import too_many
from bots.sandbox.vk.rules import VkRules


class Rates:
    """One for all communities. ``seconds``: a monotonic clock, moving the sandbox's time refills nothing."""

    def __init__(self, rules: VkRules, seconds: Callable[[], float] = time.monotonic) -> None:
        self._rules = rules
        self._seconds = seconds
        self._made: dict[int, deque[float]] = {}

    def spend(self, group_id: int) -> None:
        """Counts a call. Raises ``VkError`` 6 and counts nothing when it is too much."""
        if not self._rules.limit_rates:
            return
        now = self._seconds()
        made = self._made.setdefault(group_id, deque())
        while made and made[0] <= now - 1.0:
            made.popleft()
        if len(made) >= self._rules.per_second:
            raise too_many()
        made.append(now)
