"""Holds: a courtesy to the one who is choosing.

PostgreSQL is the judge; losing every hold costs nothing but politeness.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final, NamedTuple, Protocol
from uuid import UUID

from core.domain.held import HeldSession
from core.domain.visit_parts import VisitPart

HOLD_SECONDS: Final = 180
"""How long a hold lives where the deployment says nothing else."""


class Held(NamedTuple):
    """Time of one lane of a resource, held by ``owner`` until ``expires_at`` (epoch seconds); minutes as in
    :class:`core.domain.visit.BusyClaim`.

    ``session``: it is for a group session: a seat of it, whose resource is the session's ``id``, or the time
    of a master or room that it will take when it is opened.
    """

    resource_id: UUID
    lane: int
    lead: int
    start: int
    end: int
    trail: int
    owner: str
    expires_at: int
    session: HeldSession | None = None

    def concerns(self, resources: Collection[UUID]) -> bool:
        """Whether it takes something of these masters and rooms."""
        if self.session is not None and self.session.staff_id in resources:
            return True
        return self.resource_id in resources


class HeldVisit(NamedTuple):
    """The visit that somebody holds until ``expires_at`` (epoch seconds)."""

    parts: tuple[VisitPart, ...]
    expires_at: int


class Holds(Protocol):
    """The holds of each business. An owner is a conversation (``telegram:<account>:<user>``) or a page's
    token; it has one hold at a time.

    When the store is away, ``take`` answers None and ``others`` nothing: booking goes on without holds,
    loudly logged and counted.
    """

    async def take(
        self, business_id: UUID, owner: str, claims: Sequence[Held], visit: HeldVisit, now: int
    ) -> bool | None:
        """Hold all of ``claims``, which are what ``visit`` takes, or none, in place of the owner's earlier
        hold.

        False when somebody else holds some of it: the same lane of a resource at the same time. Two who want
        seats of one session don't get into each other's way by its own time, only by the same seats. None
        when the store is away, so that nothing is held.
        """
        ...

    async def release(self, business_id: UUID, owner: str) -> None:
        """Give up what the owner holds; nothing is no fault."""
        ...

    async def others(
        self, business_id: UUID, resources: Collection[UUID], owner: str | None, now: int
    ) -> Sequence[Held]:
        """What others than ``owner`` hold of these masters and rooms now (``now`` in epoch seconds), seats of
        these masters' sessions among it.
        """
        ...

    async def mine(self, business_id: UUID, owner: str, now: int) -> HeldVisit | None:
        """What the owner holds now."""
        ...
