"""A series after it was booked: its requests answered together, the rest of it cancelled, expired as one.

One visit of it lives like any other booking. What concerns several is one transaction and one message a
person. Everything that the visits hold is locked first, then their rows in the order of their ids, so that
what is done to several bookings at once never waits crosswise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple
from uuid import UUID

from core.domain.actor import SYSTEM, Actor
from core.domain.booking import (
    OPEN,
    Booking,
    BookingEvent,
    BookingStatus,
    TimelineEntry,
)
from core.domain.catalog import Catalogue
from core.domain.errors import Forbidden, TransitionRefused, TryAgain
from core.domain.message import MessageKind
from core.domain.visit_rules import rules_of_booking
from core.ports.unit_of_work import Transaction
from core.services.booking_base import Outcome, is_own, may_decide, may_see
from core.services.booking_create import LostClaims, resource_keys
from core.services.booking_decide import GOALS, LEADS_TO, MAX_REASON, BookingDecisions
from core.services.booking_move import taken_by
from core.services.bulk_messages import BulkAnnouncer
from core.services.messages import Change
from core.services.standing import StaleCatalogue

_TRIES: Final = 6
_E: Final = BookingEvent

#: What the client hears; cancelling, they hear of it when it was not they who did it.
_TOLD: Final[Mapping[BookingEvent, MessageKind]] = {
    _E.CONFIRM: MessageKind.SERIES_BOOKED,
    _E.DECLINE: MessageKind.SERIES_CANCELLED,
    _E.CANCEL: MessageKind.SERIES_CANCELLED,
    _E.EXPIRE: MessageKind.SERIES_CANCELLED,
}


@dataclass(frozen=True, slots=True)
class SeriesOutcome:
    """Which visits were changed, by start. ``already``: none was left to be; who did it before."""

    changed: tuple[Booking, ...]
    already: TimelineEntry | None = None


class _Asked(NamedTuple):
    """What is to happen to which visits."""

    event: BookingEvent
    change: Change
    meant: Callable[[Booking], bool]
    catalogue: Catalogue


class SeriesDecisions(BookingDecisions):
    """See the module."""

    async def series(self, actor: Actor, booking_id: UUID) -> Sequence[Booking]:
        """The visits of a booking's series that this actor may see, by start; itself alone where there is no
        series. Raises NotFound.
        """
        async with self._uow.read() as tx:
            booking = await self._seen(tx, actor, booking_id)
            if booking.series_id is None:
                return (booking,)
            found = await tx.bookings.of_series(booking.series_id)
        return tuple(each for each in found if may_see(actor, each))

    async def confirm_series(self, actor: Actor, booking_id: UUID) -> SeriesOutcome:
        """Take all requests of a series, or none of them. Raises as :meth:`confirm`."""
        return await self._all(actor, booking_id, _E.CONFIRM, "", _waits)

    async def decline_series(self, actor: Actor, booking_id: UUID, reason: str = "") -> SeriesOutcome:
        """Refuse all requests of a series. Raises NotFound, Forbidden, TransitionRefused."""
        return await self._all(actor, booking_id, _E.DECLINE, reason, _waits)

    async def cancel_rest(self, actor: Actor, booking_id: UUID, reason: str = "") -> SeriesOutcome:
        """Cancel this visit and the later ones of its series that haven't begun, by either side.

        Raises NotFound, Forbidden, TransitionRefused, PolicyRefused (``cancel_too_late``): then none is.
        """
        async with self._uow.read() as tx:
            start = (await self._seen(tx, actor, booking_id)).start
        now = self._clock.now()
        return await self._all(
            actor,
            booking_id,
            _E.CANCEL,
            reason,
            lambda each: each.status in OPEN and each.start >= start and each.start > now,
        )

    async def expire(self, booking_id: UUID) -> Outcome:
        """As for any booking; the requests of one series that are due go together."""
        async with self._uow.read() as tx:
            booking = await self._seen(tx, SYSTEM, booking_id)
        if booking.series_id is None:
            return await super().expire(booking_id)
        now = self._clock.now()
        outcome = await self._all(
            SYSTEM,
            booking_id,
            _E.EXPIRE,
            "",
            lambda each: (
                each.status in OPEN - {BookingStatus.CONFIRMED}
                and each.expires_at is not None
                and each.expires_at <= now
            ),
        )
        mine = next((each for each in outcome.changed if each.id == booking_id), booking)
        return Outcome(mine, outcome.already)

    async def _all(
        self,
        actor: Actor,
        booking_id: UUID,
        event: BookingEvent,
        reason: str,
        meant: Callable[[Booking], bool],
    ) -> SeriesOutcome:
        reason = " ".join(reason.split())[:MAX_REASON]
        _, catalogue = await self._with_catalogue(actor, booking_id)
        change = Change(event.value, actor, self._clock.now(), reason)
        for _ in range(_TRIES):
            asked = _Asked(event, change, meant, catalogue)
            try:
                return await self._uow.run(partial(self._apply_all, booking_id, asked))
            except StaleCatalogue as stale:
                catalogue = await self._catalogues.fresher(catalogue, stale.version) or catalogue
            except LostClaims:
                continue
        raise TryAgain

    async def _apply_all(self, booking_id: UUID, asked: _Asked, tx: Transaction) -> SeriesOutcome:
        event, change, meant, catalogue = asked
        actor = change.actor
        booking = await self._seen(tx, actor, booking_id)
        if not may_decide(actor, booking) and (event is not _E.CANCEL or not is_own(actor, booking)):
            raise Forbidden
        wanted = await self._locked(tx, actor, booking, meant)
        if not wanted:
            if booking.status is not GOALS[event]:
                raise TransitionRefused(status=booking.status, event=event)
            return SeriesOutcome((), await self._who(tx, booking, LEADS_TO[booking.status]))
        changed = [
            await self._turn(tx, each, event, change, rules_of_booking(catalogue, each), under=catalogue)
            for each in wanted
        ]
        changed.sort(key=lambda each: (each.start, each.id))
        announcer, rules = BulkAnnouncer(self._new_id), catalogue.business.messages
        told = _TOLD[event] if actor.is_business_side else None
        if event in {_E.CONFIRM, _E.DECLINE}:
            await announcer.series_decided(tx, changed, change, rules, told)
        else:
            await announcer.series_ended(tx, changed, change, rules, told)
        return SeriesOutcome(tuple(changed))

    async def _locked(
        self, tx: Transaction, actor: Actor, booking: Booking, meant: Callable[[Booking], bool]
    ) -> list[Booking]:
        """The visits that are meant, locked. A master has those of the own chair."""
        series = [booking]
        if booking.series_id is not None:
            series = list(await tx.bookings.of_series(booking.series_id))
        decides = may_decide(actor, booking)
        wanted = [
            each
            for each in series
            if meant(each) and (may_decide(actor, each) if decides else is_own(actor, each))
        ]
        return [each for each in await locked_together(tx, wanted) if meant(each)]


async def locked_together(tx: Transaction, bookings: Sequence[Booking]) -> list[Booking]:
    """These bookings as they stand now, locked: first what they hold, then their rows by id.

    Raises LostClaims when one was moved while the locks were waited for.
    """
    resources = frozenset[UUID]().union(*(taken_by(booking) for booking in bookings))
    await tx.bookings.lock([*resource_keys(resources)])
    locked: list[Booking] = []
    for booking in sorted(bookings, key=lambda each: each.id):
        now = await tx.bookings.get(booking.id, for_update=True)
        if now is None or now.segments != booking.segments:
            raise LostClaims
        locked.append(now)
    return locked


def _waits(booking: Booking) -> bool:
    return booking.status is BookingStatus.PENDING
