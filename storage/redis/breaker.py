"""What to do when Redis is away: say so once, count, and don't make everybody wait for its time-out."""

from __future__ import annotations

import logging
import time
from typing import Final

from redis.exceptions import RedisError

_log = logging.getLogger(__name__)

#: What redis-py raises when the server is away or unwell.
AWAY: Final = (RedisError, OSError, TimeoutError)

_PAUSE_SECONDS: Final = 2.0


class Breaker:
    """Open for a short while after a failure: until then nobody asks.

    ``failures`` counts what went without Redis, for the metrics.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._closed_at = 0.0
        self.failures = 0

    @property
    def open(self) -> bool:
        """Whether to go without Redis right now; that counts as a failure too."""
        if time.monotonic() < self._closed_at:
            self.failures += 1
            return True
        return False

    def failed(self, error: Exception) -> None:
        """A call failed."""
        self.failures += 1
        self._closed_at = time.monotonic() + _PAUSE_SECONDS
        _log.error("%s: going on without Redis", self._what, extra={"error": type(error).__name__})
