"""Holding a start while its form is filled in: a courtesy for a few minutes, see :mod:`core.ports.holds`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from core.domain.catalog import Catalogue
from core.domain.errors import SlotConflict
from core.domain.placement import claims_of, place
from core.domain.visit import Placement, Refusal, SlotQuery, from_minutes
from core.ports.clock import Clock
from core.ports.holds import HOLD_SECONDS, Held, Holds
from core.ports.unit_of_work import UnitOfWork
from core.services.booking_build import refused
from core.services.booking_create import check_instant
from core.services.catalogues import Catalogues
from core.services.reading import BusyReader


@dataclass(frozen=True, slots=True)
class HeldStart:
    """A start that is kept for somebody until ``expires_at`` (UTC); ``staff_ids`` in the order of the
    visit.
    """

    start: datetime
    end: datetime
    staff_ids: tuple[UUID, ...]
    expires_at: datetime


class Holding:
    """Takes, gives up and shows holds. An owner has one at a time: taking another one gives up the first."""

    def __init__(self, uow: UnitOfWork, catalogues: Catalogues, holds: Holds, clock: Clock) -> None:
        self._catalogues = catalogues
        self._holds = holds
        self._clock = clock
        self._reader = BusyReader(uow, catalogues, holds)

    async def hold(self, business: UUID | str, query: SlotQuery, start: datetime, owner: str) -> HeldStart:
        """Keep everything that the start takes: masters, rooms, buffers.

        A group service isn't held: its seats are many, and a hold of the master would close it to all others.
        Raises NotFound, InvalidInput, SlotNotOffered, SlotConflict.
        """
        check_instant("start", start)
        now = self._clock.now()
        catalogue = await self._catalogues.peek(business)
        day = start.astimezone(catalogue.business.zone).date()
        reading = await self._reader.read(catalogue, query, day, day, now=now, owner=owner)
        catalogue = reading.catalogue
        placement = place(catalogue, query, start, reading.busy, now)
        if isinstance(placement, Refusal):
            raise refused(placement, start)
        seconds = int(now.timestamp())
        held = _held(catalogue, placement, owner, seconds + HOLD_SECONDS)
        if not await self._holds.take(catalogue.business.id, owner, held, seconds):
            raise SlotConflict(start=start)
        return HeldStart(
            start=from_minutes(placement.start),
            end=from_minutes(placement.end),
            staff_ids=tuple(dict.fromkeys(segment.staff_id for segment in placement.segments)),
            expires_at=datetime.fromtimestamp(seconds + HOLD_SECONDS, UTC),
        )

    async def release(self, business: UUID | str, owner: str) -> None:
        """Give up what the owner holds. Raises NotFound for no such business."""
        catalogue = await self._catalogues.peek(business)
        await self._holds.release(catalogue.business.id, owner)

    async def mine(self, business: UUID | str, owner: str) -> HeldStart | None:
        """What the owner holds now. Raises NotFound for no such business."""
        catalogue = await self._catalogues.peek(business)
        seconds = int(self._clock.now().timestamp())
        held = await self._holds.mine(catalogue.business.id, owner, seconds)
        if not held:
            return None
        masters = [each for each in sorted(held, key=_by_start) if each.resource_id in catalogue.staff]
        return HeldStart(
            start=from_minutes(min(each.start for each in held)),
            end=from_minutes(max(each.end for each in held)),
            staff_ids=tuple(dict.fromkeys(each.resource_id for each in masters)),
            expires_at=datetime.fromtimestamp(min(each.expires_at for each in held), UTC),
        )


def _by_start(held: Held) -> int:
    return held.start


def _held(catalogue: Catalogue, placement: Placement, owner: str, expires_at: int) -> Sequence[Held]:
    if any(catalogue.services[segment.service_id].capacity > 1 for segment in placement.segments):
        return ()
    return [
        Held(
            resource_id=claim.resource_id,
            lane=claim.lane,
            lead=claim.lead,
            start=claim.start,
            end=claim.end,
            trail=claim.trail,
            owner=owner,
            expires_at=expires_at,
        )
        for claim in claims_of(placement)
    ]
