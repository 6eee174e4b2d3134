"""Reading bookings: one, a list, a client's own, the history of one, its calendar file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from core.domain.actor import Actor, ActorKind, Role, Scope
from core.domain.booking import Booking, Segment, TimelineEntry
from core.domain.client import Client
from core.domain.errors import Forbidden, InvalidInput, NotFound
from core.domain.ics import calendar_text
from core.domain.visit import Booked, SlotQuery, VisitItem
from core.ports.repositories import BookingFilter, BookingOrder, GroupSession, Page
from core.services.booking_base import BookingCases

MAX_PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class SessionList:
    """A group session and who comes to it, in the order in which they booked."""

    session: GroupSession
    visitors: tuple[tuple[Booking, Client], ...]

    @property
    def seats_taken(self) -> int:
        """Of its capacity."""
        return sum(booking.seats for booking, _ in self.visitors)


class BookingReads(BookingCases):
    """See the module."""

    async def get(self, actor: Actor, booking_id: UUID) -> Booking:
        """One booking. Raises NotFound, for strangers too."""
        async with self._uow.read() as tx:
            return await self._seen(tx, actor, booking_id)

    async def list(
        self,
        actor: Actor,
        business: UUID | str,
        where: BookingFilter | None = None,
        *,
        order: BookingOrder = BookingOrder.START,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page:
        """A page of a business's bookings. A master sees the own chair only.

        Raises NotFound for a foreign business, Forbidden for clients, InvalidInput (``limit``, ``cursor``).
        """
        if not 1 <= limit <= MAX_PAGE:
            raise InvalidInput("limit", "out_of_range", min=1, max=MAX_PAGE)
        business_id = (await self._catalogues.peek(business)).business.id
        actor.require_business(business_id)
        actor.require_scope(Scope.BOOKINGS_READ)
        if not actor.is_business_side:
            raise Forbidden
        where = where or BookingFilter()
        if actor.role is Role.MASTER:
            if actor.staff_id is None or where.staff_id not in {None, actor.staff_id}:
                raise Forbidden
            where = replace(where, staff_id=actor.staff_id)
        async with self._uow.read() as tx:
            return await tx.bookings.list(business_id, where, order=order, limit=limit, cursor=cursor)

    async def timeline(self, actor: Actor, booking_id: UUID) -> Sequence[TimelineEntry]:
        """The history of a booking, oldest first; clients don't learn who of the staff did what.

        Raises NotFound.
        """
        async with self._uow.read() as tx:
            await self._seen(tx, actor, booking_id)
            entries = await tx.bookings.timeline(booking_id)
        if actor.is_business_side:
            return entries
        return [
            entry if entry.actor_kind == ActorKind.CLIENT else replace(entry, actor_id=None, actor_name="")
            for entry in entries
        ]

    async def business_of(self, booking_id: UUID) -> UUID:
        """Whose booking it is: for finding out as whom somebody stands to it. It tells nothing else.

        Raises NotFound.
        """
        async with self._uow.read() as tx:
            booking = await tx.bookings.get(booking_id)
        if booking is None:
            raise NotFound(what="booking")
        return booking.business_id

    async def client_of(self, booking_id: UUID) -> UUID:
        """Whose booking it is now: for who looks after it by its visit key, which outlives a change of cards.

        Raises NotFound.
        """
        async with self._uow.read() as tx:
            booking = await tx.bookings.get(booking_id)
        if booking is None:
            raise NotFound(what="booking")
        return booking.client_id

    async def coming(self, actor: Actor, *, limit: int = 20) -> Sequence[Booking]:
        """The coming visits of the client who asks, by start; none for somebody who isn't a client yet."""
        if actor.kind is not ActorKind.CLIENT or actor.id is None:
            return ()
        async with self._uow.read() as tx:
            return await tx.bookings.of_client(actor.id, since=self._clock.now(), limit=limit)

    async def past(self, actor: Actor, *, limit: int = 20) -> Sequence[Booking]:
        """The past visits of the client who asks, newest first."""
        if actor.kind is not ActorKind.CLIENT or actor.id is None:
            return ()
        async with self._uow.read() as tx:
            return await tx.bookings.past_of_client(actor.id, until=self._clock.now(), limit=limit)

    async def sessions(
        self,
        actor: Actor,
        business: UUID | str,
        since: datetime,
        until: datetime,
        staff_id: UUID | None = None,
    ) -> Sequence[SessionList]:
        """Group sessions that begin within ``[since, until)``, by start, with who is in them; a master sees
        the own ones. Raises NotFound for a foreign business, Forbidden for clients.
        """
        business_id = (await self._catalogues.peek(business)).business.id
        actor.require_business(business_id)
        actor.require_scope(Scope.BOOKINGS_READ)
        if not actor.is_business_side:
            raise Forbidden
        if actor.role is Role.MASTER:
            if actor.staff_id is None or staff_id not in {None, actor.staff_id}:
                raise Forbidden
            staff_id = actor.staff_id
        async with self._uow.read() as tx:
            sessions = await tx.bookings.sessions(business_id, since, until, staff_id)
            bookings = await tx.bookings.in_sessions([session.id for session in sessions])
            clients = await tx.clients.many({booking.client_id for booking in bookings})
        cards = {client.id: client for client in clients}
        return [
            SessionList(
                session,
                tuple(
                    (booking, cards[booking.client_id])
                    for booking in bookings
                    if any(segment.session_id == session.id for segment in booking.segments)
                ),
            )
            for session in sessions
        ]

    async def next_pending(
        self, actor: Actor, business_id: UUID, after: datetime | None = None
    ) -> Booking | None:
        """The next request that waits for this actor's decision, by start, from ``after`` (now) on."""
        actor.require_business(business_id)
        actor.require_scope(Scope.BOOKINGS_READ)
        if not actor.is_business_side:
            raise Forbidden
        staff_id = actor.staff_id if actor.role is Role.MASTER else None
        async with self._uow.read() as tx:
            return await tx.bookings.next_pending(business_id, staff_id, after or self._clock.now())

    async def calendar(self, actor: Actor, booking_id: UUID) -> tuple[str, bytes]:
        """File name and content of the visit as iCalendar. Raises NotFound."""
        booking = await self.get(actor, booking_id)
        catalogue = await self._catalogues.peek(booking.business_id)
        titles = ", ".join(segment.service_title for segment in booking.segments)
        location = catalogue.locations.get(booking.location_id)
        where = [catalogue.business.name, location.address if location else ""]
        text = calendar_text(
            booking,
            now=self._clock.now(),
            summary=f"{titles} · {catalogue.business.name}",
            location=", ".join(part for part in where if part),
        )
        return f"{catalogue.business.slug}-{booking.local_start:%Y-%m-%d}.ics", text.encode()

    def query_of(self, booking: Booking, *, staff_id: UUID | None = None) -> SlotQuery:
        """What to ask the calendar for when this booking is to move: its own time doesn't stand in the way.

        With the same masters, or all of it with ``staff_id``.
        """
        return query_of(booking, staff_id=staff_id)


def query_of(
    booking: Booking, *, staff_id: UUID | None = None, override: bool = False, agreed: bool = False
) -> SlotQuery:
    """The query that a booking answers, with its own masters or another one: for the minutes, price and
    add-ons that were booked, whatever the catalogue says of them now.
    """
    segments = zip(items_of(booking, staff_id=staff_id), booking.segments, strict=True)
    return SlotQuery(
        items=tuple(replace(item, booked=_booked(segment)) for item, segment in segments),
        location_id=booking.location_id,
        seats=booking.seats,
        ignore_booking=booking.id,
        override=override,
        agreed=agreed,
    )


def _booked(segment: Segment) -> Booked:
    return Booked(
        staff_id=segment.staff_id,
        minutes=int((segment.end - segment.start).total_seconds()) // 60,
        price=segment.price,
        addon_minutes=sum(line.duration for line in segment.addons),
        addon_price=sum(line.price for line in segment.addons),
    )


def items_of(booking: Booking, *, staff_id: UUID | None = None) -> tuple[VisitItem, ...]:
    """What was booked, as items of a query."""
    return tuple(
        VisitItem(
            service_id=segment.service_id,
            staff_id=staff_id or segment.staff_id,
            addon_ids=tuple(line.addon_id for line in segment.addons),
            assistant_ids=() if staff_id else segment.assistant_ids,
        )
        for segment in booking.segments
    )
