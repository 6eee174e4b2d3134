"""What all use cases of a booking share: their tools, reading one under the actor's rights, the timeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from core.domain.actor import SYSTEM, Actor, ActorKind, Scope
from core.domain.booking import Booking, TimelineEntry
from core.domain.catalog import Catalogue
from core.domain.errors import NotFound, TryAgain
from core.ports.clock import Clock, NewId
from core.ports.holds import Holds
from core.ports.phones import Phones
from core.ports.unit_of_work import Transaction, UnitOfWork
from core.services.catalogues import Catalogues
from core.services.messages import Announcer, Change
from core.services.reading import BusyReader
from core.services.turnstile import Turnstile


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an act ended. ``already``: it had been done before, by whom and when; nothing was changed now."""

    booking: Booking
    already: TimelineEntry | None = None


class BookingCases:
    """The tools. ``phones`` reads numbers, ``new_id`` makes UUIDv7."""

    def __init__(
        self,
        *,
        uow: UnitOfWork,
        catalogues: Catalogues,
        holds: Holds,
        clock: Clock,
        new_id: NewId,
        phones: Phones,
    ) -> None:
        self._uow = uow
        self._catalogues = catalogues
        self._holds = holds
        self._clock = clock
        self._new_id = new_id
        self._phones = phones
        self._reader = BusyReader(uow, catalogues, holds)
        self._announcer = Announcer(new_id)
        self._turnstile = Turnstile()

    async def _seen(
        self, tx: Transaction, actor: Actor, booking_id: UUID, *, for_update: bool = False
    ) -> Booking:
        """A booking that exists for this actor.

        Raises NotFound for no such and for a stranger's alike, Forbidden to a token that was made for else.
        """
        booking = await tx.bookings.get(booking_id, for_update=for_update)
        if booking is None or not may_see(actor, booking):
            raise NotFound(what="booking")
        actor.require_scope(Scope.BOOKINGS_WRITE if for_update else Scope.BOOKINGS_READ)
        return booking

    async def _with_catalogue(self, actor: Actor, booking_id: UUID) -> tuple[Booking, Catalogue]:
        """A booking that exists for this actor, and the newest catalogue of its business.

        To be called before a transaction: inside one, another connection would be asked for. Raises NotFound.
        """
        async with self._uow.read() as tx:
            booking = await self._seen(tx, actor, booking_id)
        return booking, await self._catalogues.get(booking.business_id)

    async def _note(
        self,
        tx: Transaction,
        booking: Booking,
        change: Change,
        before: Mapping[str, object] | None = None,
        after: Mapping[str, object] | None = None,
    ) -> None:
        """Append to the timeline."""
        await tx.bookings.add_timeline(
            TimelineEntry(
                id=self._new_id(),
                booking_id=booking.id,
                at=change.now,
                event=change.event,
                actor_kind=change.actor.kind.value,
                actor_id=change.actor.id,
                actor_name=change.actor.name,
                reason=change.reason,
                before=before or {},
                after=after or {},
            )
        )

    async def _swap(self, tx: Transaction, changed: Booking, version: int) -> None:
        if not await tx.bookings.save_status(changed, expected_version=version):
            # The row is locked, so nobody can have changed it: only a reader of a replica would see this.
            raise TryAgain

    async def _who(self, tx: Transaction, booking: Booking, leading: frozenset[str]) -> TimelineEntry:
        """The newest entry of these events; that of the system, for a booking imported without a history."""
        entries = [entry for entry in await tx.bookings.timeline(booking.id) if entry.event in leading]
        if entries:
            return entries[-1]
        return TimelineEntry(
            booking.id, booking.id, booking.updated_at, booking.status, SYSTEM.kind, None, SYSTEM.name
        )


def may_see(actor: Actor, booking: Booking) -> bool:
    """Whether the booking exists for this actor."""
    return actor.may_see(
        business_id=booking.business_id, client_id=booking.client_id, staff_ids=booking.staff_ids
    )


def may_decide(actor: Actor, booking: Booking) -> bool:
    """Whether the actor decides about it on the business's side."""
    return actor.may_decide(business_id=booking.business_id, staff_ids=booking.staff_ids)


def is_own(actor: Actor, booking: Booking) -> bool:
    """Whether the actor is the client whose booking it is."""
    return (
        actor.kind is ActorKind.CLIENT
        and actor.id == booking.client_id
        and actor.business_id == booking.business_id
    )
