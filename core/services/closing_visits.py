"""The visits of one client on closed dates: cancelled, or offered other times, with one message."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from core.domain.actor import Scope
from core.domain.booking import OPEN, Booking, BookingEvent, BookingStatus, TimelineEntry
from core.domain.catalog import Business
from core.domain.closure import Closure, ClosureAction, hitting, require_may_close
from core.domain.errors import TryAgain
from core.domain.moving import OFFER, offered_starts
from core.domain.schedule import DatedException
from core.ports.unit_of_work import Transaction
from core.services.booking_create import LostClaims
from core.services.booking_decide import MAX_REASON
from core.services.bulk_messages import BulkAnnouncer, ClosedVisit
from core.services.messages import Change
from core.services.series_life import SeriesDecisions, locked_together

_TRIES: Final = 6


@dataclass(frozen=True, slots=True)
class _Closed:
    closure: Closure
    exceptions: Sequence[DatedException]
    offers: Mapping[UUID, Sequence[datetime]]
    reason: str
    business: Business
    now: datetime

    def change(self, event: str) -> Change:
        return Change(event, self.closure.actor, self.now, self.reason)


class ClosedVisits(SeriesDecisions):
    """See the module."""

    async def close_visits(
        self,
        closure: Closure,
        exceptions: Sequence[DatedException],
        offers: Mapping[UUID, Sequence[datetime]],
    ) -> Sequence[Booking]:
        """Deal with visits of one client that ``exceptions`` of a closure hit, in one transaction; those that
        were changed.

        ``offers`` names them, with the starts to offer. What has been moved away, cancelled, begun, or
        offered for the same dates before is left alone, so doing it again changes nothing. Raises NotFound,
        Forbidden, TryAgain.
        """
        for each in exceptions:
            require_may_close(closure.actor, closure.business_id, each.staff_id)
        closure.actor.require_scope(Scope.BOOKINGS_WRITE)
        business = (await self._catalogues.get(closure.business_id)).business
        reason = " ".join(closure.reason.split())[:MAX_REASON]
        closed = _Closed(closure, exceptions, offers, reason, business, self._clock.now())
        for _ in range(_TRIES):
            try:
                return await self._uow.run(partial(self._close, closed))
            except LostClaims:
                continue
        raise TryAgain

    async def offered_for(
        self, exceptions: Sequence[DatedException], bookings: Iterable[Booking]
    ) -> Mapping[UUID, frozenset[datetime]]:
        """The starts that were offered because of these exceptions, by booking; those that weren't are left
        out.
        """
        found: dict[UUID, frozenset[datetime]] = {}
        async with self._uow.read() as tx:
            for booking in bookings:
                timeline = await tx.bookings.timeline(booking.id)
                if _is_offered(timeline, hitting(exceptions, booking)):
                    found[booking.id] = offered_starts(timeline)
        return found

    async def _close(self, closed: _Closed, tx: Transaction) -> Sequence[Booking]:
        found = [await tx.bookings.get(booking_id) for booking_id in closed.offers]
        own = [each for each in found if each is not None and each.business_id == closed.business.id]
        visits: list[ClosedVisit] = []
        for booking in await locked_together(tx, own):
            hit = hitting(closed.exceptions, booking)
            if booking.status not in OPEN or booking.start <= closed.now or not hit:
                continue
            if closed.closure.action is ClosureAction.CANCEL:
                visits.append(ClosedVisit(await self._called_off(tx, closed, booking), hit[0].date))
            elif not _is_offered(await tx.bookings.timeline(booking.id), hit):
                visits.append(await self._offered_instead(tx, closed, booking, hit[0]))
        if not visits:
            return ()
        visits.sort(key=lambda visit: (visit.booking.start, visit.booking.id))
        await BulkAnnouncer(self._new_id).day_closed(
            tx,
            visits,
            closed.change(_EVENTS[closed.closure.action]),
            closed.business.messages,
            closure=closed.closure,
            dates=(closed.exceptions[0].date, closed.exceptions[-1].date),
        )
        return [visit.booking for visit in visits]

    async def _called_off(self, tx: Transaction, closed: _Closed, booking: Booking) -> Booking:
        """Cancelled; a request that nobody has taken yet is declined."""
        waits = booking.status is BookingStatus.PENDING
        event = BookingEvent.DECLINE if waits else BookingEvent.CANCEL
        return await self._turn(tx, booking, event, closed.change(event.value), closed.business.rules)

    async def _offered_instead(
        self, tx: Transaction, closed: _Closed, booking: Booking, exception: DatedException
    ) -> ClosedVisit:
        starts = tuple(closed.offers[booking.id])
        changed = replace(booking, version=booking.version + 1, updated_at=closed.now)
        await self._swap(tx, changed, booking.version)
        after = {"starts": [start.isoformat() for start in starts], "closure": str(exception.id)}
        await self._note(tx, changed, closed.change(OFFER), after=after)
        return ClosedVisit(changed, exception.date, starts)


_EVENTS: Final = {ClosureAction.CANCEL: BookingEvent.CANCEL.value, ClosureAction.OFFER: OFFER}


def _is_offered(timeline: Sequence[TimelineEntry], exceptions: Sequence[DatedException]) -> bool:
    """Whether an offer because of one of these exceptions stands in the history already."""
    ids = {str(each.id) for each in exceptions}
    return any(entry.event == OFFER and entry.after.get("closure") in ids for entry in timeline)
