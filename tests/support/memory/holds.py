"""Holds in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from core.domain.visit import Claim
from core.ports.holds import Held
from tests.support.memory.state import overlap


class MemoryHolds:
    """The ``Holds`` port."""

    def __init__(self) -> None:
        self._held: dict[tuple[UUID, str], tuple[Held, ...]] = {}

    def _alive(self, business_id: UUID, now: int) -> Iterable[Held]:
        for (business, _), held in self._held.items():
            if business == business_id:
                yield from (each for each in held if each.expires_at > now)

    async def take(self, business_id: UUID, owner: str, claims: Sequence[Held], now: int) -> bool:
        """All of them or none."""
        for claim in claims:
            for other in self._alive(business_id, now):
                one, two = Claim(*claim[:6]), Claim(*other[:6])
                if other.owner != owner and overlap(one, two):
                    return False
        self._held[business_id, owner] = tuple(claims)
        return True

    async def release(self, business_id: UUID, owner: str) -> None:
        """Give it up."""
        self._held.pop((business_id, owner), None)

    async def others(
        self, business_id: UUID, resources: Collection[UUID], owner: str | None, now: int
    ) -> Sequence[Held]:
        """What the others hold."""
        held = self._alive(business_id, now)
        return [each for each in held if each.owner != owner and each.resource_id in resources]

    async def mine(self, business_id: UUID, owner: str, now: int) -> Sequence[Held]:
        """What the owner holds."""
        return [each for each in self._alive(business_id, now) if each.owner == owner]
