"""Moving a booking: it keeps its identity, history and links; its old time is freed and the new one taken
in one transaction. Offering other times is here too: an offer is a move that waits for the client's word.

The resources of both times are locked first, in sorted order, so that two moves into each other's places
come one after the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from core.domain.actor import Actor, Role
from core.domain.booking import OPEN, Booking, next_status
from core.domain.catalog import Catalogue
from core.domain.errors import Forbidden, InvalidInput, NotFound, SlotConflict, TransitionRefused
from core.domain.moving import (
    OFFER,
    RESCHEDULE,
    Mover,
    check_accept,
    event_of_move,
    expiry_of_move,
    is_offered,
)
from core.domain.placement import place
from core.domain.slots import resources_of, span_of
from core.domain.visit import Refusal, SlotQuery
from core.domain.visit_rules import rules_of_booking
from core.ports.holds import Held
from core.ports.repositories import SentCopy
from core.ports.unit_of_work import Transaction
from core.services.booking_base import BookingCases, Outcome, is_own, may_decide
from core.services.booking_build import Plan, plan_of, refused
from core.services.booking_create import LostClaims, check_instant, resource_keys, snapshot
from core.services.booking_read import query_of
from core.services.messages import Change
from core.services.reading import check_query, with_held
from core.services.standing import StaleCatalogue, check_may_move

MAX_OFFERS: Final = 6
_TRIES: Final = 6
_MOVES: Final = frozenset({RESCHEDULE, "create"})


@dataclass(frozen=True, slots=True)
class _Move:
    """What is to be moved where. ``accepts``: the client takes an offered time, which the business named."""

    actor: Actor
    booking_id: UUID
    start: datetime
    staff_id: UUID | None
    shown_in: SentCopy | None
    override: bool
    by_business: bool
    accepts: bool
    now: datetime

    def query(self, booking: Booking) -> SlotQuery:
        """What is asked of the calendar."""
        query = query_of(booking, staff_id=self.staff_id, override=self.override, agreed=self.accepts)
        return replace(query, by_business=self.by_business)

    def mover(self, booking: Booking) -> Mover:
        """As whom it is moved."""
        return Mover(decides=not self.accepts and may_decide(self.actor, booking), accepts=self.accepts)


class BookingMoves(BookingCases):
    """See the module."""

    async def reschedule(
        self,
        actor: Actor,
        booking_id: UUID,
        start: datetime,
        staff_id: UUID | None = None,
        *,
        hold_owner: str | None = None,
        shown_in: SentCopy | None = None,
        override: bool = False,
        by_business: bool = False,
    ) -> Outcome:
        """Move to ``start``, with the same masters or all of it with ``staff_id``. Only clients' moves are
        counted; what becomes of a confirmed visit by one: :mod:`core.domain.moving`.

        Raises NotFound, Forbidden, InvalidInput (``start``), TransitionRefused, PolicyRefused
        (``reschedule_too_late``, ``reschedule_too_often``), SlotNotOffered, SlotConflict.
        """
        check_instant("start", start)
        if override and not actor.may_override:
            raise Forbidden
        if by_business:
            actor.require_booker()
        move = _Move(
            actor=actor,
            booking_id=booking_id,
            start=start,
            staff_id=staff_id,
            shown_in=shown_in,
            override=override,
            by_business=by_business,
            accepts=False,
            now=self._clock.now(),
        )
        return await self._move(move, hold_owner)

    async def accept_offer(
        self,
        actor: Actor,
        booking_id: UUID,
        start: datetime,
        *,
        hold_owner: str | None = None,
        shown_in: SentCopy | None = None,
    ) -> Outcome:
        """The client takes a time that was offered to them: moved, whatever the deadline, and confirmed.

        Raises NotFound, Forbidden, TransitionRefused, SlotConflict, SlotNotOffered when the place has closed
        meanwhile, PolicyRefused (``offer_gone``) when the start is none of the newest offer's or the visit
        has begun.
        """
        check_instant("start", start)
        move = _Move(
            actor=actor,
            booking_id=booking_id,
            start=start,
            staff_id=None,
            shown_in=shown_in,
            override=False,
            by_business=False,
            accepts=True,
            now=self._clock.now(),
        )
        return await self._move(move, hold_owner)

    async def check_move(self, booking: Booking) -> None:
        """Its client may move it now. Raises PolicyRefused, as :meth:`reschedule` would."""
        catalogue = await self._catalogues.get(booking.business_id)
        async with self._uow.read() as tx:
            await check_may_move(tx, booking, rules_of_booking(catalogue, booking), self._clock.now())

    async def has_open_offer(self, booking: Booking) -> bool:
        """Whether the business has offered its client other times, and they haven't answered yet."""
        async with self._uow.read() as tx:
            return is_offered(await tx.bookings.timeline(booking.id))

    async def offer_times(self, actor: Actor, booking_id: UUID, starts: Sequence[datetime]) -> Booking:
        """Offer the client one to six other times, each free now.

        Raises NotFound, Forbidden, InvalidInput (``starts``), TransitionRefused, SlotNotOffered,
        SlotConflict.
        """
        chosen = sorted(set(starts))
        if not 1 <= len(chosen) <= MAX_OFFERS:
            raise InvalidInput("starts", "count", min=1, max=MAX_OFFERS)
        for start in chosen:
            check_instant("starts", start)
        booking, catalogue = await self._with_catalogue(actor, booking_id)
        if not may_decide(actor, booking):
            raise Forbidden
        now = self._clock.now()
        query, zone = query_of(booking), catalogue.business.zone
        for start in chosen:
            day = start.astimezone(zone).date()
            reading = await self._reader.read(catalogue, query, day, day, now=now)
            found = place(reading.catalogue, query, start, reading.busy, now)
            if isinstance(found, Refusal):
                raise refused(found, start)
        return await self._uow.run(partial(self._offer, actor, booking_id, catalogue, chosen))

    async def _offer(
        self,
        actor: Actor,
        booking_id: UUID,
        catalogue: Catalogue,
        starts: Sequence[datetime],
        tx: Transaction,
    ) -> Booking:
        now = self._clock.now()
        booking = await self._seen(tx, actor, booking_id, for_update=True)
        if not may_decide(actor, booking):
            raise Forbidden
        if booking.status not in OPEN or now >= booking.start:
            raise TransitionRefused(status=booking.status, event=OFFER)
        changed = replace(booking, version=booking.version + 1, updated_at=now)
        await self._swap(tx, changed, booking.version)
        change = Change(OFFER, actor, now)
        await self._note(tx, booking, change, after={"starts": [start.isoformat() for start in starts]})
        await self._announcer.offered(tx, changed, change, catalogue.business.messages, starts)
        return changed

    async def _move(self, move: _Move, hold_owner: str | None) -> Outcome:
        booking, catalogue = await self._with_catalogue(move.actor, move.booking_id)
        if move.staff_id is not None and move.staff_id not in catalogue.staff:
            raise NotFound(what="staff")
        query = move.query(booking)
        held: Sequence[Held] = ()
        if not move.override:
            held = await self._holds.others(
                booking.business_id,
                resources_of(catalogue, query),
                hold_owner,
                int(move.now.timestamp()),
            )
        for _ in range(_TRIES):
            try:
                outcome = await self._uow.run(partial(self._write_move, move, catalogue, held))
            except StaleCatalogue as stale:
                catalogue = await self._catalogues.fresher(catalogue, stale.version) or catalogue
            except LostClaims:
                continue
            else:
                if hold_owner is not None:
                    await self._holds.release(booking.business_id, hold_owner)
                return outcome
        raise SlotConflict(start=move.start)

    async def _write_move(
        self, move: _Move, catalogue: Catalogue, held: Sequence[Held], tx: Transaction
    ) -> Outcome:
        booking = await self._seen(tx, move.actor, move.booking_id)
        query = move.query(booking)
        check_query(catalogue, query)
        await tx.bookings.lock([*resource_keys(resources_of(catalogue, query) | taken_by(booking))])
        locked = await self._seen(tx, move.actor, move.booking_id, for_update=True)
        if locked.segments != booking.segments:
            # Moved while the locks were waited for: other resources are concerned now.
            raise LostClaims
        booking = locked
        if booking.status not in OPEN:
            raise TransitionRefused(status=booking.status, event=RESCHEDULE)
        same_staff = move.staff_id is None or booking.staff_ids == {move.staff_id}
        if booking.start == move.start and same_staff:
            return Outcome(booking, await self._who(tx, booking, _MOVES))
        await self._check_may_move(tx, move, booking, catalogue)
        plan = await self._new_plan(tx, move, booking, query=query, catalogue=catalogue, held=held)
        if move.actor.role is Role.MASTER and plan.staff_ids != {move.actor.staff_id}:
            raise Forbidden
        moved = self._moved(move, booking, plan, catalogue)
        written = await tx.bookings.move(
            moved,
            plan.claims,
            plan.sessions,
            expected_version=booking.version,
            under=catalogue.version,
        )
        if not written:
            raise LostClaims
        await self._tell_moved(tx, move, booking, moved, catalogue)
        return Outcome(moved)

    async def _check_may_move(
        self, tx: Transaction, move: _Move, booking: Booking, catalogue: Catalogue
    ) -> None:
        if not may_decide(move.actor, booking) and not is_own(move.actor, booking):
            raise Forbidden
        if move.accepts:
            check_accept(booking, move.start, await tx.bookings.timeline(booking.id), move.now)
        elif move.mover(booking).asks:
            await check_may_move(tx, booking, rules_of_booking(catalogue, booking), move.now)

    async def _new_plan(
        self,
        tx: Transaction,
        move: _Move,
        booking: Booking,
        *,
        query: SlotQuery,
        catalogue: Catalogue,
        held: Sequence[Held],
    ) -> Plan:
        """Under the locks: read and place. Raises SlotNotOffered, SlotConflict."""
        day = move.start.astimezone(catalogue.business.zone).date()
        reading = await tx.bookings.busy(
            catalogue.business.id,
            resources_of(catalogue, query),
            span_of(catalogue, query, day, day),
            ignore_booking=booking.id,
        )
        if reading.version > catalogue.version:
            raise StaleCatalogue(reading.version)
        busy = with_held(reading.busy, held)
        placement = place(catalogue, query, move.start, busy, move.now)
        if isinstance(placement, Refusal):
            raise refused(placement, move.start)
        return plan_of(catalogue, placement, new_id=self._new_id, keep=booking.segments)

    def _moved(self, move: _Move, booking: Booking, plan: Plan, catalogue: Catalogue) -> Booking:
        rules, mover = rules_of_booking(catalogue, booking), move.mover(booking)
        event = event_of_move(booking, mover, rules)
        status = booking.status if event is None else next_status(booking.status, event)
        return replace(
            booking,
            status=status,
            start=plan.start,
            end=plan.end,
            location_id=plan.location_id,
            zone=catalogue.locations[plan.location_id].zone,
            segments=plan.segments,
            total=plan.total,
            version=booking.version + 1,
            updated_at=move.now,
            reschedules=booking.reschedules + mover.asks,
            expires_at=expiry_of_move(booking, status, plan.start, rules, move.now),
            attendance_confirmed_at=None,
        )

    async def _tell_moved(
        self, tx: Transaction, move: _Move, old: Booking, moved: Booking, catalogue: Catalogue
    ) -> None:
        change = Change(RESCHEDULE, move.actor, move.now)
        await self._note(tx, moved, change, snapshot(old), snapshot(moved, move.query(old)))
        event = event_of_move(old, move.mover(old), rules_of_booking(catalogue, old))
        if event is not None:
            await self._note(
                tx,
                moved,
                Change(event.value, move.actor, move.now),
                {"status": old.status.value},
                {"status": moved.status.value},
            )
        await self._announcer.moved(
            tx,
            old,
            moved,
            change,
            catalogue.business.messages,
            shown_in=move.shown_in,
            accepted=move.accepts,
        )


def taken_by(booking: Booking) -> frozenset[UUID]:
    """The resources that a booking holds: masters, rooms, sessions."""
    found: set[UUID] = set(booking.staff_ids)
    for segment in booking.segments:
        found.update(segment.room_ids)
        if segment.session_id is not None:
            found.add(segment.session_id)
    return frozenset(found)
