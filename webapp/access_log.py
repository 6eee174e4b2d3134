"""The line that is logged about each request: its method, route, status and time.

A record of logging's own is made for whoever may log anything from anywhere, and costs a tenth of a whole
short answer. This one is always made in the same place, so nearly all of it is made beforehand.
"""

from __future__ import annotations

import logging
import time
from typing import Any, ClassVar, Final

_log = logging.getLogger("webapp.access")

_SAME: Final[dict[str, Any]] = logging.LogRecord(
    _log.name, logging.INFO, __file__, 0, "request", None, None, "write"
).__dict__


class Line(logging.LogRecord):
    """The record. ``FIELDS``: what it says beside the usual."""

    FIELDS: ClassVar = ("method", "route", "status", "ms")

    def __init__(self, level: int, method: str, route: str, status: int, ms: float) -> None:
        now = time.time()
        self.__dict__.update(
            _SAME,
            levelno=level,
            levelname=logging.getLevelName(level),
            created=now,
            msecs=now % 1 * 1000,
            method=method,
            route=route,
            status=status,
            ms=ms,
        )


def write(method: str, route: str, status: int, seconds: float, *, often: bool) -> None:
    """Log an answer; ``often``: of a kind that only the curious want to see."""
    level = logging.DEBUG if often else logging.INFO
    if _log.isEnabledFor(level):
        _log.handle(Line(level, method, route, status, round(seconds * 1000, 1)))
