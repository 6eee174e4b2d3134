"""The clock and the source of identifiers: both injected, so that tests and the sandbox own time."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol
from uuid import UUID


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class NewId(Protocol):
    """Makes identifiers."""

    def __call__(self) -> UUID:
        """A new UUIDv7 (RFC 9562): sorted by time, so that indexes stay dense."""
        ...
