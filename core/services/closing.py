"""Closing dates, or some hours of them: the dated exceptions first, then the visits that stand in their way.

From the moment the exceptions are written nothing new is offered there. With them a :class:`Closure` is kept,
and the visits are dealt with client by client, a short transaction each. A crash in the middle leaves nobody
half told: whoever finds the closure unfinished (the sweep, or somebody who asks for the same again) goes on
with whom it has not reached yet.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, NamedTuple
from uuid import UUID

from core.domain.actor import Actor, Scope
from core.domain.booking import Booking, BookingStatus
from core.domain.catalog import Catalogue
from core.domain.closure import (
    MAX_DAYS,
    Closure,
    ClosureAction,
    Offer,
    choose_offers,
    dates_of,
    offer_of,
    require_may_close,
)
from core.domain.errors import DomainError
from core.domain.schedule import DatedException, ExceptionType
from core.domain.visit import to_minutes
from core.ports.clock import Clock, NewId
from core.ports.phones import Phones
from core.ports.unit_of_work import UnitOfWork
from core.services.availability import Availability
from core.services.booking import Bookings
from core.services.catalog_editing import CatalogCases
from core.services.catalog_hours import exception_of
from core.services.catalogues import Catalogues
from core.services.fields import Fields
from core.services.visits_hit import visits_hit

log = logging.getLogger(__name__)

LEASE: Final = timedelta(minutes=2)
"""How long whoever works on a closure is left alone."""

MAX_OFFERS: Final = 3
"""Starts offered for a visit; fewer where a client has several."""

#: What is said of a closure; the rest is of its exceptions.
_BESIDE: Final = frozenset({"action", "dry_run", "date_until"})
_BUTTONS: Final = 5
_CHOICE: Final = 2000
_PASSES: Final = 5


@dataclass(frozen=True, slots=True)
class ClosureOutcome:
    """What a closure came, or would come, to: how many visits and clients it met, and what was done.

    ``told``: clients who were written to now. ``without_times``: of the visits that were ``offered``, those
    for which there was no other time to name; their clients look for one themselves. ``unfinished``: visits
    that could not be dealt with now and will be tried again.
    """

    exceptions: tuple[DatedException, ...]
    action: ClosureAction
    visits: int
    clients: int
    cancelled: int = 0
    declined: int = 0
    offered: int = 0
    told: int = 0
    without_times: int = 0
    unfinished: int = 0

    @property
    def exception(self) -> DatedException:
        """That of the first date."""
        return self.exceptions[0]


class _Asked(NamedTuple):
    """A closure as it was asked for, checked. ``exceptions`` have new ids."""

    exceptions: tuple[DatedException, ...]
    action: ClosureAction
    dry_run: bool


class Closing(CatalogCases):
    """See the module."""

    def __init__(
        self,
        *,
        uow: UnitOfWork,
        catalogues: Catalogues,
        clock: Clock,
        new_id: NewId,
        phones: Phones,
        bookings: Bookings,
        availability: Availability,
    ) -> None:
        super().__init__(uow=uow, catalogues=catalogues, clock=clock, new_id=new_id, phones=phones)
        self._bookings = bookings
        self._availability = availability

    async def close(self, actor: Actor, business: UUID | str, data: Mapping[str, object]) -> ClosureOutcome:
        """Close the dates from ``date`` to ``date_until`` (inclusive, at most 62; absent: the one), from
        ``start_time`` to ``end_time`` (absent: all day), for a ``staff_id``, a ``location_id`` or the whole
        business, with a ``reason``; ``action`` is ``cancel`` or ``offer``.

        ``dry_run`` only counts. Raises NotFound for strangers, Forbidden for others than managers and the
        master of that chair, InvalidInput.
        """
        catalogue = await self._catalogues.get(business)
        business_id = catalogue.business.id
        require_may_close(actor, business_id, _staff_of(actor, business_id, data))
        asked = self._read(catalogue, data)
        if asked.dry_run:
            visits = await self._coming(business_id, asked.exceptions)
            return _outcome(asked.exceptions, asked.action, visits)
        actor.require_scope(Scope.BOOKINGS_WRITE)
        closure, exceptions = await self._write(actor, business_id, data)
        return await self._deal(closure, exceptions)

    async def carry_on(self, closure: Closure) -> ClosureOutcome | None:
        """Go on with a kept closure whose lease was taken; None when nothing of it stands any more."""
        catalogue = await self._catalogues.get(closure.business_id)
        standing = {each.id: each for each in catalogue.exceptions}
        exceptions = tuple(standing[each] for each in closure.exception_ids if each in standing)
        if exceptions:
            return await self._deal(closure, exceptions)
        await self._finish(closure)
        return None

    def _read(self, catalogue: Catalogue, data: Mapping[str, object]) -> _Asked:
        fields = Fields({name: data[name] for name in _BESIDE & data.keys()})
        action = fields.choice("action", ClosureAction, None)
        dry_run = fields.boolean("dry_run", default=False)
        until = fields.day("date_until")
        fields.finish()
        closed = {name: value for name, value in data.items() if name not in _BESIDE}
        closed["type"] = ExceptionType.CLOSED.value
        first = exception_of(catalogue, Fields(closed), self._new_id())
        last = first.date if until is None else until
        if last < first.date:
            raise fields.fault("date_until", "before_from")
        if (last - first.date).days >= MAX_DAYS:
            raise fields.fault("date_until", "too_long", max_days=MAX_DAYS)
        later = dates_of(first.date, last)[1:]
        more = tuple(replace(first, id=self._new_id(), date=day) for day in later)
        return _Asked((first, *more), action, dry_run)

    async def _write(
        self, actor: Actor, business_id: UUID, data: Mapping[str, object]
    ) -> tuple[Closure, tuple[DatedException, ...]]:
        """The exceptions that say this, those there are or new ones, and the closure: all, or nothing."""
        async with self._editing(business_id) as edit:
            wanted, action, _ = self._read(edit.catalogue, data)
            exceptions: list[DatedException] = []
            new: list[DatedException] = []
            for each in wanted:
                same = next((known for known in edit.catalogue.exceptions if _says(known, each)), None)
                if same is None:
                    new.append(each)
                exceptions.append(each if same is None else replace(same, reason=each.reason))
            if new:
                await edit.tx.catalogue.save_exceptions(business_id, new)
            now = self._clock.now()
            kept = await edit.tx.closures.keep(
                Closure(
                    id=self._new_id(),
                    business_id=business_id,
                    action=action,
                    exception_ids=tuple(each.id for each in exceptions),
                    actor=actor,
                    reason=wanted[0].reason,
                    created_at=now,
                    leased_until=now + LEASE,
                )
            )
        return kept, tuple(exceptions)

    async def _deal(self, closure: Closure, exceptions: tuple[DatedException, ...]) -> ClosureOutcome:
        """Client by client, until nobody is left. Who booked while the exceptions were being written is met
        by a later pass.
        """
        met: dict[UUID, Booking] = {}
        changed: list[Booking] = []
        untimed = failed = 0
        given: list[Offer] = []
        for _ in range(_PASSES):
            coming = await self._coming(closure.business_id, exceptions)
            visits = [each for each in coming if each.id not in met]
            if not visits:
                break
            met |= {visit.id: visit for visit in visits}
            known = await self._offered_before(closure, exceptions, visits)
            given += [each for offers in known.values() for each in offers]
            for own in _by_client([visit for visit in visits if visit.id not in known]):
                offers = await self._alternatives(own, closure.action, given)
                try:
                    done = await self._bookings.close_visits(
                        closure,
                        exceptions,
                        {booking_id: [each.moment for each in found] for booking_id, found in offers.items()},
                    )
                except DomainError as error:
                    log.warning("visits of a closure left for later", extra={"error": error.code})
                    failed += len(own)
                    continue
                changed += done
                given += [each for booking in done for each in offers[booking.id]]
                untimed += sum(not offers[booking.id] for booking in done)
        if not failed:
            await self._finish(closure)
        told = len({booking.client_id for booking in changed})
        outcome = _outcome(exceptions, closure.action, list(met.values()))
        outcome = replace(outcome, told=told, unfinished=failed)
        if closure.action is ClosureAction.OFFER:
            return replace(outcome, offered=len(changed), without_times=untimed)
        declined = sum(met[booking.id].status is BookingStatus.PENDING for booking in changed)
        return replace(outcome, cancelled=len(changed) - declined, declined=declined)

    async def _finish(self, closure: Closure) -> None:
        async with self._uow.begin() as tx:
            await tx.closures.finish(closure, self._clock.now())

    async def _coming(self, business_id: UUID, exceptions: Sequence[DatedException]) -> list[Booking]:
        """The visits in the way that haven't begun, by start."""
        now = self._clock.now()
        async with self._uow.read() as tx:
            return [each for each in await visits_hit(tx, business_id, exceptions) if each.start > now]

    # --- other times

    async def _offered_before(
        self, closure: Closure, exceptions: Sequence[DatedException], visits: Sequence[Booking]
    ) -> Mapping[UUID, Sequence[Offer]]:
        """What clients were offered for these dates before, by visit: they have been told."""
        if closure.action is ClosureAction.CANCEL:
            return {}
        before = await self._bookings.offered_for(exceptions, visits)
        return {
            visit.id: [offer_of(visit, to_minutes(start)) for start in sorted(before[visit.id])]
            for visit in visits
            if visit.id in before
        }

    async def _alternatives(
        self, visits: Sequence[Booking], action: ClosureAction, given: Sequence[Offer]
    ) -> dict[UUID, tuple[Offer, ...]]:
        """The nearest starts for each visit of a client, as many as one message has room for: none that
        somebody else was ``given``, while there are others.
        """
        found: dict[UUID, tuple[Offer, ...]] = {visit.id: () for visit in visits}
        if action is ClosureAction.CANCEL:
            return found
        limit = max(1, min(MAX_OFFERS, _BUTTONS // len(visits)))
        own: list[Offer] = []
        for visit in visits[:_BUTTONS]:
            try:
                found[visit.id] = await self._choice(visit, own, given, limit)
            except DomainError as error:
                # It can't be had as it is any more, at any time: its client chooses anew.
                log.info("no other times for a visit", extra={"booking": str(visit.id), "error": error.code})
            own += found[visit.id]
        return found

    async def _choice(
        self, visit: Booking, own: Sequence[Offer], given: Sequence[Offer], limit: int
    ) -> tuple[Offer, ...]:
        query, business_id = self._bookings.query_of(visit), visit.business_id
        near = await self._availability.nearest(business_id, query, visit.start, limit=_CHOICE)
        if chosen := choose_offers(near, visit, own=own, given=given, limit=limit):
            return chosen
        # The days around are closed too, or given to others: what is nearest of all that can be booked.
        later = list(await self._availability.next(business_id, query, limit=_CHOICE))
        later.sort(key=lambda start: abs(start.start - to_minutes(visit.start)))
        if chosen := choose_offers(later, visit, own=own, given=given, limit=limit):
            return chosen
        return choose_offers(near or later, visit, own=own, given=(), limit=limit)


def _staff_of(actor: Actor, business_id: UUID, data: Mapping[str, object]) -> UUID | None:
    """Whose chair is asked for. Raises NotFound for strangers, who don't learn what is wrong with it."""
    actor.require_business(business_id)
    return Fields(data).uuid("staff_id")


def _says(known: DatedException, wanted: DatedException) -> bool:
    """Whether the two close the same."""
    return replace(known, id=wanted.id, reason=wanted.reason) == wanted


def _by_client(visits: Sequence[Booking]) -> list[list[Booking]]:
    """The visits of each client by start; first who comes first."""
    found: dict[UUID, list[Booking]] = {}
    for visit in sorted(visits, key=lambda each: (each.start, each.id)):
        found.setdefault(visit.client_id, []).append(visit)
    return list(found.values())


def _outcome(
    exceptions: tuple[DatedException, ...], action: ClosureAction, visits: Sequence[Booking]
) -> ClosureOutcome:
    return ClosureOutcome(exceptions, action, len(visits), len({visit.client_id for visit in visits}))
