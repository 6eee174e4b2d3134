"""Holds in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from core.domain.visit import Claim
from core.ports.holds import Held, HeldVisit
from tests.support.memory.state import overlap


class MemoryHolds:
    """The ``Holds`` port. ``away``: as when Redis can't be reached."""

    def __init__(self) -> None:
        self.away = False
        self._held: dict[tuple[UUID, str], tuple[tuple[Held, ...], HeldVisit]] = {}

    def _alive(self, business_id: UUID, now: int) -> Iterable[Held]:
        for (business, _), (held, _) in self._held.items():
            if business == business_id and not self.away:
                yield from (each for each in held if each.expires_at > now)

    async def take(
        self, business_id: UUID, owner: str, claims: Sequence[Held], visit: HeldVisit, now: int
    ) -> bool | None:
        """All of them or none."""
        if self.away:
            return None
        for claim in claims:
            if any(other.owner != owner and _meet(claim, other) for other in self._alive(business_id, now)):
                return False
        self._held[business_id, owner] = tuple(claims), visit
        return True

    async def release(self, business_id: UUID, owner: str) -> None:
        """Give it up."""
        self._held.pop((business_id, owner), None)

    async def others(
        self, business_id: UUID, resources: Collection[UUID], owner: str | None, now: int
    ) -> Sequence[Held]:
        """What the others hold."""
        held = self._alive(business_id, now)
        return [each for each in held if each.owner != owner and each.concerns(resources)]

    async def mine(self, business_id: UUID, owner: str, now: int) -> HeldVisit | None:
        """What the owner holds."""
        _, visit = self._held.get((business_id, owner), ((), None))
        return visit if visit is not None and visit.expires_at > now and not self.away else None


def _meet(one: Held, other: Held) -> bool:
    """Nothing meets the time of its own session, which is shared."""
    times = [each.session.id for each in (one, other) if each.session and each.session.id != each.resource_id]
    shared = len(times) == 2 and times[0] == times[1]
    return not shared and overlap(Claim(*one[:6]), Claim(*other[:6]))
