"""Holding a start while its form is filled in: a courtesy for a few minutes, see :mod:`core.ports.holds`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from core.domain.errors import SlotConflict
from core.domain.held import held_claims
from core.domain.placement import place
from core.domain.visit import Placement, Refusal, SlotQuery, from_minutes
from core.domain.visit_parts import VisitPart, parts_of
from core.ports.clock import Clock
from core.ports.holds import HOLD_SECONDS, Held, HeldVisit, Holds
from core.ports.unit_of_work import UnitOfWork
from core.services.booking_build import refused
from core.services.booking_create import check_instant
from core.services.catalogues import Catalogues
from core.services.reading import BusyReader

#: How often another master, room or seat is looked for when somebody is faster.
_TRIES: Final = 10


@dataclass(frozen=True, slots=True)
class HeldStart:
    """A start as it would be booked, kept for somebody until ``expires_at`` (UTC). None: nobody keeps it, for
    the store of holds is away; nothing may be promised then.
    """

    parts: tuple[VisitPart, ...]
    expires_at: datetime | None

    @property
    def start(self) -> datetime:
        """When the visit begins (UTC)."""
        return from_minutes(self.parts[0].start)

    @property
    def end(self) -> datetime:
        """When it ends (UTC)."""
        return from_minutes(self.parts[-1].end)

    @property
    def staff_ids(self) -> tuple[UUID, ...]:
        """Who does it, each once, in the order of the visit."""
        return tuple(dict.fromkeys(staff_id for part in self.parts for staff_id in part.staff_ids))

    @property
    def location_id(self) -> UUID | None:
        """Where it takes place."""
        return self.parts[0].location_id


class Holding:
    """Takes, gives up and shows holds. An owner has one at a time: taking another one gives up the first.

    ``seconds``: how long a hold lives.
    """

    def __init__(
        self,
        uow: UnitOfWork,
        catalogues: Catalogues,
        holds: Holds,
        clock: Clock,
        *,
        seconds: int = HOLD_SECONDS,
    ) -> None:
        self._catalogues = catalogues
        self._holds = holds
        self._clock = clock
        self._seconds = seconds
        self._reader = BusyReader(uow, catalogues, holds)

    async def hold(self, business: UUID | str, query: SlotQuery, start: datetime, owner: str) -> HeldStart:
        """Keep everything that the start takes: masters, rooms, buffers, seats of groups.

        When somebody is faster, it is placed again: with another master, in another room, on other seats.
        Raises NotFound, InvalidInput, SlotNotOffered, SlotConflict.
        """
        check_instant("start", start)
        catalogue = await self._catalogues.peek(business)
        day = start.astimezone(catalogue.business.zone).date()
        for _ in range(_TRIES):
            now = self._clock.now()
            reading = await self._reader.read(catalogue, query, day, day, now=now, owner=owner)
            catalogue = reading.catalogue
            placement = place(catalogue, query, start, reading.busy, now)
            if isinstance(placement, Refusal):
                raise refused(placement, start)
            seconds = int(now.timestamp())
            visit = HeldVisit(parts_of(placement), seconds + self._seconds)
            claims = _claims(placement, owner, visit.expires_at)
            taken = await self._holds.take(catalogue.business.id, owner, claims, visit, seconds)
            if taken is None:
                return HeldStart(visit.parts, None)
            if taken:
                return _start(visit)
        raise SlotConflict(start=start)

    async def release(self, business: UUID | str, owner: str) -> None:
        """Give up what the owner holds. Raises NotFound for no such business."""
        catalogue = await self._catalogues.peek(business)
        await self._holds.release(catalogue.business.id, owner)

    async def mine(self, business: UUID | str, owner: str) -> HeldStart | None:
        """What the owner holds now, as long as the business still does it. Raises NotFound for no such
        business.
        """
        catalogue = await self._catalogues.peek(business)
        seconds = int(self._clock.now().timestamp())
        visit = await self._holds.mine(catalogue.business.id, owner, seconds)
        if visit is None or not all(part.is_in(catalogue) for part in visit.parts):
            return None
        return _start(visit)


def _start(visit: HeldVisit) -> HeldStart:
    return HeldStart(visit.parts, datetime.fromtimestamp(visit.expires_at, UTC))


def _claims(placement: Placement, owner: str, expires_at: int) -> list[Held]:
    return [
        Held(*claim[:6], owner=owner, expires_at=expires_at, session=session)
        for claim, session in held_claims(placement)
    ]
