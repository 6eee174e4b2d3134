"""What the core asks of the database when two messengers, or the web and a messenger, turn out to be one
person's.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from core.domain.client import ClientLink


class LinkRepository(Protocol):
    """One-time links, and what moves from card to card. The caller has locked the cards."""

    async def add(self, code_hash: bytes, link: ClientLink) -> None:
        """Keep a link by the hash of its code; those that are long past go."""
        ...

    async def find(self, code_hash: bytes) -> ClientLink | None:
        """The link, used and old ones too."""
        ...

    async def use(self, code_hash: bytes, identity_id: UUID, now: datetime) -> bool:
        """Take a link that is unused and not too old, once."""
        ...

    async def merge(self, gone: UUID, kept: UUID, now: datetime) -> Sequence[UUID]:
        """Move everything of the card ``gone`` to ``kept``: bookings (whose ids come back), messages about
        them, messenger users, consents, links. What is left of it only says where it went.
        """
        ...

    async def hand_over(self, booking_ids: Collection[UUID], client_id: UUID, now: datetime) -> None:
        """Move these bookings and the messages about them to another card."""
        ...
