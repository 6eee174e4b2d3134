"""The machine's clock and the source of identifiers, behind the core's ports."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import uuid_utils.compat


class SystemClock:
    """The machine's time."""

    def now(self) -> datetime:
        """The present instant, UTC."""
        return datetime.now(UTC)


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562) of the machine's time."""
    return uuid_utils.compat.uuid7()
