"""The visits of one client on a closed day: cancelled, or offered other times, with one message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from core.domain.actor import Actor, Scope
from core.domain.booking import OPEN, Booking, BookingEvent, BookingStatus, TimelineEntry
from core.domain.catalog import Business
from core.domain.closure import ClosureAction, hits
from core.domain.errors import TryAgain
from core.domain.schedule import DatedException
from core.ports.unit_of_work import Transaction
from core.services.booking_create import LostClaims
from core.services.booking_decide import MAX_REASON
from core.services.booking_move import OFFER
from core.services.bulk_messages import BulkAnnouncer, ClosedVisit
from core.services.messages import Change
from core.services.series_life import SeriesDecisions, locked_together

_TRIES: Final = 6


@dataclass(frozen=True, slots=True)
class _Closed:
    actor: Actor
    exception: DatedException
    action: ClosureAction
    offers: Mapping[UUID, Sequence[datetime]]
    reason: str
    business: Business
    now: datetime


class ClosedVisits(SeriesDecisions):
    """See the module."""

    async def close_visits(
        self,
        actor: Actor,
        business_id: UUID,
        exception: DatedException,
        action: ClosureAction,
        offers: Mapping[UUID, Sequence[datetime]],
    ) -> Sequence[Booking]:
        """Deal with visits of one client that a closure hits, in one transaction; those that were changed.

        ``offers`` names them, with the starts to offer. What has been moved away, cancelled, begun, or
        offered for this closure before is left alone, so doing it again changes nothing. Raises NotFound,
        Forbidden.
        """
        actor.require_manager(business_id)
        actor.require_scope(Scope.BOOKINGS_WRITE)
        catalogue = await self._catalogues.get(business_id)
        reason = " ".join(exception.reason.split())[:MAX_REASON]
        closed = _Closed(actor, exception, action, offers, reason, catalogue.business, self._clock.now())
        for _ in range(_TRIES):
            try:
                return await self._uow.run(partial(self._close, closed))
            except LostClaims:
                continue
        raise TryAgain

    async def _close(self, closed: _Closed, tx: Transaction) -> Sequence[Booking]:
        found = [await tx.bookings.get(booking_id) for booking_id in closed.offers]
        own = [each for each in found if each is not None and each.business_id == closed.business.id]
        visits: list[ClosedVisit] = []
        for booking in await locked_together(tx, own):
            if (
                booking.status not in OPEN
                or booking.start <= closed.now
                or not hits(closed.exception, booking)
            ):
                continue
            if closed.action is ClosureAction.CANCEL:
                visits.append(ClosedVisit(await self._called_off(tx, closed, booking)))
            elif not _is_offered(await tx.bookings.timeline(booking.id), closed.exception.id):
                visits.append(await self._offered_instead(tx, closed, booking))
        if not visits:
            return ()
        visits.sort(key=lambda visit: (visit.booking.start, visit.booking.id))
        await BulkAnnouncer(self._new_id).day_closed(
            tx,
            visits,
            Change(_EVENTS[closed.action], closed.actor, closed.now, closed.reason),
            closed.business.messages,
            closure=closed.exception.id,
            day=closed.exception.date,
            action=closed.action.value,
        )
        return [visit.booking for visit in visits]

    async def _called_off(self, tx: Transaction, closed: _Closed, booking: Booking) -> Booking:
        """Cancelled; a request that nobody has taken yet is declined."""
        waits = booking.status is BookingStatus.PENDING
        event = BookingEvent.DECLINE if waits else BookingEvent.CANCEL
        change = Change(event.value, closed.actor, closed.now, closed.reason)
        return await self._turn(tx, booking, event, change, closed.business)

    async def _offered_instead(self, tx: Transaction, closed: _Closed, booking: Booking) -> ClosedVisit:
        starts = tuple(closed.offers[booking.id])
        changed = replace(booking, version=booking.version + 1, updated_at=closed.now)
        await self._swap(tx, changed, booking.version)
        after = {"starts": [start.isoformat() for start in starts], "closure": str(closed.exception.id)}
        await self._note(tx, changed, Change(OFFER, closed.actor, closed.now, closed.reason), after=after)
        return ClosedVisit(changed, starts)


_EVENTS: Final = {ClosureAction.CANCEL: BookingEvent.CANCEL.value, ClosureAction.OFFER: OFFER}


def _is_offered(timeline: Sequence[TimelineEntry], closure: UUID) -> bool:
    """Whether this closure's offer stands in the history already."""
    return any(entry.event == OFFER and entry.after.get("closure") == str(closure) for entry in timeline)
