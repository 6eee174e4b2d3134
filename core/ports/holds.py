"""Holds: a courtesy to the one who is choosing.

PostgreSQL is the judge; losing every hold costs nothing but politeness.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final, NamedTuple, Protocol
from uuid import UUID

HOLD_SECONDS: Final = 180


class Held(NamedTuple):
    """Time of one lane of a resource, held by ``owner`` until ``expires_at`` (epoch seconds); minutes as in
    :class:`core.domain.visit.BusyClaim`.
    """

    resource_id: UUID
    lane: int
    lead: int
    start: int
    end: int
    trail: int
    owner: str
    expires_at: int


class Holds(Protocol):
    """The holds of each business. An owner is a conversation (``telegram:<account>:<user>``) or a page's
    token; it has one hold at a time.

    When the store is away, ``take`` answers True and ``others`` nothing: booking goes on without holds,
    loudly logged and counted.
    """

    async def take(self, business_id: UUID, owner: str, claims: Sequence[Held], now: int) -> bool:
        """Hold all of ``claims`` or none, in place of the owner's earlier hold; False when somebody else
        holds some of it.
        """
        ...

    async def release(self, business_id: UUID, owner: str) -> None:
        """Give up what the owner holds; nothing is no fault."""
        ...

    async def others(
        self, business_id: UUID, resources: Collection[UUID], owner: str | None, now: int
    ) -> Sequence[Held]:
        """What others than ``owner`` hold of these resources now (``now`` in epoch seconds)."""
        ...

    async def mine(self, business_id: UUID, owner: str, now: int) -> Sequence[Held]:
        """What the owner holds now."""
        ...
