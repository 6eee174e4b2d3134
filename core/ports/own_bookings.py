"""What the core asks of the database about somebody's own visits, wherever they are a client."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol
from uuid import UUID

from core.ports.repositories import Page


class OwnBookingRepository(Protocol):
    """The bookings of the cards of a messenger user."""

    async def coming(
        self, identity_id: UUID, business_id: UUID | None, now: datetime, *, limit: int, cursor: str | None
    ) -> Page:
        """Open ones that have not ended, by start; of one business or of all.

        Raises InvalidInput (``cursor``).
        """
        ...

    async def past(
        self, identity_id: UUID, business_id: UUID | None, now: datetime, *, limit: int, cursor: str | None
    ) -> Page:
        """Those that are over, without the cancelled and the expired; latest start first.

        Raises InvalidInput (``cursor``).
        """
        ...
