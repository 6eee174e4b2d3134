"""Changes of a booking's status: confirmed, declined, cancelled, begun, done, missed, expired; «I will come».

Each is one transaction: the row is locked, the domain says whether and to what, a compare-and-swap writes it
with its timeline entry and the messages. Doing again what has been done answers with who did it, and changes
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Final, NamedTuple
from uuid import UUID

from core.domain.actor import SYSTEM, Actor
from core.domain.booking import (
    BUSINESS_EVENTS,
    OPEN,
    TRANSITIONS,
    Booking,
    BookingEvent,
    BookingStatus,
    check_event_time,
    meant,
    next_status,
)
from core.domain.catalog import BookingRules, Business, Catalogue
from core.domain.errors import Forbidden, TransitionRefused, TryAgain, VersionMismatch
from core.domain.message import MessageKind
from core.domain.visit_rules import rules_of_booking
from core.ports.unit_of_work import Transaction
from core.services.booking_base import BookingCases, Outcome, is_own, may_decide
from core.services.booking_build import refused
from core.services.messages import Change
from core.services.standing import CATALOGUE_TRIES, StaleCatalogue, check_may_cancel, refusal_of

WILL_COME: Final = "will_come"
MAX_REASON: Final = 300

#: Events that ask for the same end: a second one of them finds it done.
GOALS: Final[Mapping[BookingEvent, BookingStatus]] = {
    BookingEvent.CONFIRM: BookingStatus.CONFIRMED,
    BookingEvent.DECLINE: BookingStatus.CANCELLED,
    BookingEvent.CANCEL: BookingStatus.CANCELLED,
    BookingEvent.START: BookingStatus.IN_PROGRESS,
    BookingEvent.COMPLETE: BookingStatus.COMPLETED,
    BookingEvent.MARK_NO_SHOW: BookingStatus.NO_SHOW,
    BookingEvent.EXPIRE: BookingStatus.EXPIRED,
}

#: What may have led to a status, newest of which in the timeline is who did it.
LEADS_TO: Final[Mapping[BookingStatus, frozenset[str]]] = {
    status: frozenset({event.value for (_, event), end in TRANSITIONS.items() if end is status} | {"create"})
    for status in BookingStatus
}


#: What a booking that waited for its client may become with nobody having heard of it.
_UNHEARD: Final = frozenset({BookingStatus.PENDING, BookingStatus.CANCELLED, BookingStatus.EXPIRED})


class _Wanted(NamedTuple):
    actor: Actor
    booking_id: UUID
    event: BookingEvent
    reason: str
    version: int | None = None
    override: bool = False


class BookingDecisions(BookingCases):
    """See the module.

    ``version``: of the booking that the decision was made on; when it has become another one since, and isn't
    what was wanted anyway, nothing is decided: VersionMismatch.
    """

    async def confirm(
        self, actor: Actor, booking_id: UUID, *, version: int | None = None, override: bool = False
    ) -> Outcome:
        """Take a request, if it could still stand where it is, or by an ``override`` of that.

        Raises NotFound (of its service or master too), Forbidden, TransitionRefused, PolicyRefused (already
        over), SlotNotOffered, VersionMismatch.
        """
        if override and not actor.may_override:
            raise Forbidden
        return await self._decide(
            _Wanted(actor, booking_id, BookingEvent.CONFIRM, "", version, override=override)
        )

    async def decline(
        self, actor: Actor, booking_id: UUID, reason: str = "", *, version: int | None = None
    ) -> Outcome:
        """Refuse it; one that was confirmed is cancelled. Raises NotFound, Forbidden, TransitionRefused,
        VersionMismatch.
        """
        return await self._decide(_Wanted(actor, booking_id, BookingEvent.DECLINE, reason, version))

    async def cancel(
        self, actor: Actor, booking_id: UUID, reason: str = "", *, version: int | None = None
    ) -> Outcome:
        """Cancel it, by either side. Raises NotFound, Forbidden, TransitionRefused, PolicyRefused (late),
        VersionMismatch.
        """
        return await self._decide(_Wanted(actor, booking_id, BookingEvent.CANCEL, reason, version))

    async def check_cancel(self, booking: Booking) -> None:
        """Its client may cancel it now. Raises PolicyRefused, as :meth:`cancel` would."""
        catalogue = await self._catalogues.get(booking.business_id)
        async with self._uow.read() as tx:
            await check_may_cancel(tx, booking, rules_of_booking(catalogue, booking), self._clock.now())

    async def start(self, actor: Actor, booking_id: UUID, *, version: int | None = None) -> Outcome:
        """The visit has begun. Raises NotFound, Forbidden, TransitionRefused, PolicyRefused (too early),
        VersionMismatch.
        """
        return await self._decide(_Wanted(actor, booking_id, BookingEvent.START, "", version))

    async def complete(self, actor: Actor, booking_id: UUID, *, version: int | None = None) -> Outcome:
        """The visit took place. Raises as :meth:`start`."""
        return await self._decide(_Wanted(actor, booking_id, BookingEvent.COMPLETE, "", version))

    async def no_show(self, actor: Actor, booking_id: UUID, *, version: int | None = None) -> Outcome:
        """The client didn't come. Raises as :meth:`start`."""
        return await self._decide(_Wanted(actor, booking_id, BookingEvent.MARK_NO_SHOW, "", version))

    async def expire(self, booking_id: UUID) -> Outcome:
        """Free the time of a request that nobody took, or nobody paid for, once ``expires_at`` has come.

        Raises NotFound, TransitionRefused when it was decided in between or is not due.
        """
        return await self._decide(_Wanted(SYSTEM, booking_id, BookingEvent.EXPIRE, ""))

    async def will_come(self, actor: Actor, booking_id: UUID) -> Outcome:
        """The client promises to come. Raises NotFound, TransitionRefused if it won't take place."""
        return await self._uow.run(partial(self._will_come, actor, booking_id))

    async def _decide(self, wanted: _Wanted) -> Outcome:
        wanted = wanted._replace(reason=" ".join(wanted.reason.split())[:MAX_REASON])
        _, catalogue = await self._with_catalogue(wanted.actor, wanted.booking_id)
        for _ in range(CATALOGUE_TRIES):
            try:
                return await self._uow.run(partial(self._apply, wanted, catalogue))
            except StaleCatalogue as stale:
                catalogue = await self._catalogues.fresher(catalogue, stale.version) or catalogue
        raise TryAgain

    async def _apply(self, wanted: _Wanted, catalogue: Catalogue, tx: Transaction) -> Outcome:
        actor, booking_id, event, reason, version, override = wanted
        now = self._clock.now()
        booking = await self._seen(tx, actor, booking_id, for_update=True)
        if not may_decide(actor, booking) and (event in BUSINESS_EVENTS or not is_own(actor, booking)):
            raise Forbidden
        if booking.status is GOALS[event]:
            return Outcome(booking, await self._who(tx, booking, LEADS_TO[booking.status]))
        event = meant(booking.status, event)
        if version not in {None, booking.version}:
            next_status(booking.status, event)
            raise VersionMismatch(version=booking.version)
        change = Change(event.value, actor, now, reason)
        rules = rules_of_booking(catalogue, booking)
        under = None if override else catalogue
        changed = await self._turn(tx, booking, event, change, rules, under=under, override=override)
        await self._tell(tx, changed, change, event, catalogue.business)
        return Outcome(changed)

    async def _turn(
        self,
        tx: Transaction,
        booking: Booking,
        event: BookingEvent,
        change: Change,
        rules: BookingRules,
        *,
        under: Catalogue | None = None,
        override: bool = False,
    ) -> Booking:
        """The change of a locked booking: judged, written, noted; nobody has been told yet. ``under``: the
        catalogue by which one that is confirmed has to be able to stand.

        Raises TransitionRefused, PolicyRefused, SlotNotOffered, NotFound, StaleCatalogue.
        """
        now = change.now
        status = next_status(booking.status, event)
        check_event_time(booking, event, now)
        if event is BookingEvent.CONFIRM and under is not None:
            refusal = await refusal_of(tx, under, booking, now)
            if refusal is not None:
                raise refused(refusal, booking.start)
        if event is BookingEvent.CANCEL and not may_decide(change.actor, booking):
            await check_may_cancel(tx, booking, rules, now)
        if event is BookingEvent.EXPIRE and (booking.expires_at is None or booking.expires_at > now):
            raise TransitionRefused(status=booking.status, event=event)
        changed = replace(
            booking,
            status=status,
            version=booking.version + 1,
            updated_at=now,
            expires_at=booking.expires_at if status in OPEN - {BookingStatus.CONFIRMED} else None,
            awaits_client=booking.awaits_client and status in _UNHEARD,
            cancel_reason=change.reason if status is BookingStatus.CANCELLED else booking.cancel_reason,
        )
        await self._swap(tx, changed, booking.version)
        after = {"status": status, **({"override": True} if override else {})}
        await self._note(tx, booking, change, {"status": booking.status}, after)
        return changed

    async def _tell(
        self, tx: Transaction, booking: Booking, change: Change, event: BookingEvent, business: Business
    ) -> None:
        rules = business.messages
        if event is BookingEvent.CANCEL:
            kind = MessageKind.BOOKING_CANCELLED if change.actor.is_business_side else None
            await self._announcer.ended(tx, booking, change, rules, kind)
        elif event is BookingEvent.EXPIRE:
            await self._announcer.ended(tx, booking, change, rules, MessageKind.BOOKING_EXPIRED)
        else:
            told = {
                BookingEvent.CONFIRM: MessageKind.BOOKING_CONFIRMED,
                BookingEvent.DECLINE: MessageKind.BOOKING_DECLINED,
            }
            await self._announcer.decided(tx, booking, change, rules, told.get(event))

    async def _will_come(self, actor: Actor, booking_id: UUID, tx: Transaction) -> Outcome:
        now = self._clock.now()
        booking = await self._seen(tx, actor, booking_id, for_update=True)
        if not is_own(actor, booking) and not may_decide(actor, booking):
            raise Forbidden
        if booking.status is not BookingStatus.CONFIRMED or now >= booking.end:
            raise TransitionRefused(status=booking.status, event=WILL_COME)
        if booking.attendance_confirmed_at is not None:
            return Outcome(booking, await self._who(tx, booking, frozenset({WILL_COME})))
        changed = replace(booking, attendance_confirmed_at=now, version=booking.version + 1, updated_at=now)
        await self._swap(tx, changed, booking.version)
        change = Change(WILL_COME, actor, now)
        await self._note(tx, booking, change)
        await self._announcer.attendance(tx, changed, change)
        return Outcome(changed)
