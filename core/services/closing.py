"""Closing a day, or some hours of it: the dated exception first, then the visits that stand in its way.

From the moment the exception is written nothing new is offered there. The visits are dealt with client by
client, a short transaction each, so that a crash in the middle leaves nobody half told: asking for the same
closure again finds the exception that is there and goes on with whom it has not reached yet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Final
from uuid import UUID

from core.domain.actor import Actor
from core.domain.booking import Booking, BookingStatus
from core.domain.closure import ClosureAction
from core.domain.schedule import DatedException, ExceptionType
from core.domain.visit import FreeStart, from_minutes
from core.ports.clock import Clock
from core.services.availability import Availability
from core.services.booking import Bookings
from core.services.catalog_admin import CatalogAdmin
from core.services.catalogues import Catalogues
from core.services.fields import Fields

MAX_OFFERS: Final = 3
"""Starts offered for a visit; fewer where a client has several on the day."""

_BUTTONS: Final = 5
_CHOICE: Final = 60
_APART_MINUTES: Final = 60
_PASSES: Final = 5


@dataclass(frozen=True, slots=True)
class Closure:
    """What a closure came, or would come, to: how many visits and clients it met, and what was done."""

    exception: DatedException
    action: ClosureAction
    visits: int
    clients: int
    cancelled: int = 0
    declined: int = 0
    offered: int = 0


class Closing:
    """See the module."""

    def __init__(
        self,
        *,
        admin: CatalogAdmin,
        bookings: Bookings,
        availability: Availability,
        catalogues: Catalogues,
        clock: Clock,
    ) -> None:
        self._admin = admin
        self._bookings = bookings
        self._availability = availability
        self._catalogues = catalogues
        self._clock = clock

    async def close(self, actor: Actor, business: UUID | str, data: Mapping[str, object]) -> Closure:
        """Close ``date`` from ``start_time`` to ``end_time`` (absent: all of it) for a ``staff_id``, a
        ``location_id`` or the whole business, with a ``reason``; ``action`` is ``cancel`` or ``offer``.

        ``dry_run`` only counts. Raises NotFound for strangers, Forbidden for others than managers,
        InvalidInput.
        """
        fields = Fields(data)
        action = fields.choice("action", ClosureAction, None)
        dry_run = fields.boolean("dry_run", default=False)
        rest = {name: value for name, value in data.items() if name not in {"action", "dry_run"}}
        closed = {**rest, "type": ExceptionType.CLOSED.value}
        if dry_run:
            exception = await self._admin.draft_exception(actor, business, closed)
            visits = await self._coming(actor, business, exception)
            return Closure(exception, action, len(visits), len({visit.client_id for visit in visits}))
        exception = await self._admin.ensure_exception(actor, business, closed)
        return await self._deal(actor, business, exception, action)

    async def _deal(
        self, actor: Actor, business: UUID | str, exception: DatedException, action: ClosureAction
    ) -> Closure:
        """Client by client, until nobody is left. Who booked while the exception was being written is met by
        a later pass.
        """
        business_id = (await self._catalogues.get(business)).business.id
        met: dict[UUID, Booking] = {}
        changed: list[Booking] = []
        for _ in range(_PASSES):
            visits = [
                each for each in await self._coming(actor, business_id, exception) if each.id not in met
            ]
            if not visits:
                break
            met |= {visit.id: visit for visit in visits}
            for _, of_client in groupby(
                sorted(visits, key=lambda each: (each.client_id, each.start)), key=lambda each: each.client_id
            ):
                own = list(of_client)
                offers = await self._alternatives(own, action)
                changed += await self._bookings.close_visits(actor, business_id, exception, action, offers)
        closure = Closure(exception, action, len(met), len({visit.client_id for visit in met.values()}))
        if action is ClosureAction.OFFER:
            return replace(closure, offered=len(changed))
        declined = sum(met[booking.id].status is BookingStatus.PENDING for booking in changed)
        return replace(closure, cancelled=len(changed) - declined, declined=declined)

    async def _coming(
        self, actor: Actor, business: UUID | str, exception: DatedException
    ) -> Sequence[Booking]:
        """The visits in the way that haven't begun."""
        now = self._clock.now()
        return [each for each in await self._admin.affected(actor, business, exception) if each.start > now]

    async def _alternatives(
        self, visits: Sequence[Booking], action: ClosureAction
    ) -> dict[UUID, tuple[datetime, ...]]:
        """The nearest starts for each visit, as many as one message has room for."""
        if action is ClosureAction.CANCEL:
            return {visit.id: () for visit in visits}
        limit = max(1, min(MAX_OFFERS, _BUTTONS // len(visits)))
        found: dict[UUID, tuple[datetime, ...]] = {}
        taken: list[FreeStart] = []
        for visit in visits:
            query, near = self._bookings.query_of(visit), visit.start
            starts = await self._availability.nearest(visit.business_id, query, near, limit=_CHOICE)
            if not starts:
                starts = await self._availability.next(visit.business_id, query, limit=_CHOICE)
            chosen = _apart(starts, taken, limit)
            taken += chosen
            found[visit.id] = tuple(from_minutes(start.start) for start in chosen)
        return found


def _apart(starts: Sequence[FreeStart], taken: Sequence[FreeStart], limit: int) -> list[FreeStart]:
    """The first of ``starts`` that give a real choice: an hour from each other, and beside what the client's
    other visits are offered.
    """
    chosen: list[FreeStart] = []
    for start in starts:
        free = all(start.end <= other.start or other.end <= start.start for other in taken)
        if free and all(abs(start.start - other.start) >= _APART_MINUTES for other in chosen):
            chosen.append(start)
    return chosen[:limit]
