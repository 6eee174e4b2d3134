"""What is said to whom when something happens to a booking: outbox rows, written in the same transaction.

Parameters (JSON) of every row about a booking: ``version`` of the booking, ``event``, ``actor_kind``,
``actor_name`` and ``reason`` of the change. Besides, instants being epoch minutes: REMINDER has ``minutes``
and ``start``; BOOKING_MOVED and STAFF_BOOKING_MOVED ``old_start`` and ``start``, and ``accepted`` where the
client took a time that was offered; OFFER_TIMES ``starts``;
STAFF_UNREACHABLE ``kind`` (of the message that didn't get through). A client's row may have ``shown_in``, the
dialog's message that it is to be an edit of. Messages about several bookings at once:
:mod:`core.services.bulk_messages`.

CARD_UPDATE draws the card of a booking again as the booking stands now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from core.domain.actor import Actor, ActorKind
from core.domain.booking import Booking, BookingStatus
from core.domain.catalog import MessageRules
from core.domain.member import Member
from core.domain.message import MessageKind, OutgoingMessage, Priority, after_quiet, reminder_times
from core.domain.visit import to_minutes
from core.ports.clock import NewId
from core.ports.repositories import SentCopy
from core.ports.unit_of_work import Transaction

#: Messages to members that stay true: they are edited when the booking changes.
CARDS: Final = frozenset({MessageKind.STAFF_NEW_BOOKING, MessageKind.STAFF_BOOKING_MOVED})

#: What has lost its sense once a booking has moved.
STALE_AFTER_MOVE: Final = frozenset(
    {MessageKind.REMINDER, MessageKind.BOOKING_MOVED, MessageKind.OFFER_TIMES}
)

#: What has lost its sense once a booking is over.
STALE_AFTER_END: Final = STALE_AFTER_MOVE | {MessageKind.BOOKING_CREATED, MessageKind.BOOKING_CONFIRMED}

#: News from the business that may wait for the morning.
_MAY_WAIT: Final = frozenset(
    {
        MessageKind.BOOKING_CANCELLED,
        MessageKind.BOOKING_MOVED,
        MessageKind.BOOKING_EXPIRED,
        MessageKind.SERIES_CANCELLED,
        MessageKind.DAY_CLOSED,
    }
)
_LAST_CALL: Final = timedelta(minutes=10)
_URGENT: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Change:
    """What has just happened to a booking: the event's name, by whom, why."""

    event: str
    actor: Actor
    now: datetime
    reason: str = ""


class Announcer:
    """Writes outbox rows. Stateless but for the source of identifiers."""

    def __init__(self, new_id: NewId) -> None:
        self._new_id = new_id

    async def created(
        self,
        tx: Transaction,
        booking: Booking,
        change: Change,
        rules: MessageRules,
        *,
        deciders: Iterable[Member],
        shown_in: SentCopy | None = None,
        to_client: bool = True,
    ) -> None:
        """A new booking: the client's confirmation, the card of everybody who decides on it, reminders."""
        confirmed = booking.status is BookingStatus.CONFIRMED
        kind = MessageKind.BOOKING_CONFIRMED if confirmed else MessageKind.BOOKING_CREATED
        rows = [self._to_client(kind, booking, change, rules, shown_in=shown_in)] if to_client else []
        rows += self._to_each(deciders, MessageKind.STAFF_NEW_BOOKING, booking, change)
        if confirmed:
            rows += self.reminders(booking, change, rules)
        await tx.outbox.add(rows)

    async def redrawn(self, tx: Transaction, booking: Booking, change: Change) -> None:
        """Something that cards show has changed, and nobody has to be told."""
        await tx.outbox.add(await self._card_updates(tx, booking, change))

    async def decided(
        self, tx: Transaction, booking: Booking, change: Change, rules: MessageRules, kind: MessageKind | None
    ) -> None:
        """A change of status: the client hears of it by ``kind`` (None: not), every card is drawn again."""
        if booking.status is BookingStatus.CONFIRMED:
            await tx.outbox.drop_for_booking(booking.id, {MessageKind.BOOKING_CREATED})
        elif booking.status not in {BookingStatus.PENDING, BookingStatus.DEPOSIT_REQUIRED}:
            await tx.outbox.drop_for_booking(booking.id, STALE_AFTER_END)
        rows = await self._card_updates(tx, booking, change)
        if kind is not None:
            rows.append(self._to_client(kind, booking, change, rules))
        if booking.status is BookingStatus.CONFIRMED:
            rows += self.reminders(booking, change, rules)
        await tx.outbox.add(rows)

    async def ended(
        self,
        tx: Transaction,
        booking: Booking,
        change: Change,
        rules: MessageRules,
        kind: MessageKind | None,
    ) -> None:
        """Cancelled or expired: the other side is told (``kind`` is the client's, None when they did it),
        unless it has never heard of it.
        """
        await tx.outbox.drop_for_booking(booking.id, STALE_AFTER_END)
        if booking.awaits_client:
            return
        rows = await self._card_updates(tx, booking, change)
        rows += await self._to_members(tx, MessageKind.STAFF_BOOKING_CANCELLED, booking, change)
        if kind is not None:
            rows.append(self._to_client(kind, booking, change, rules))
        await tx.outbox.add(rows)

    async def moved(
        self,
        tx: Transaction,
        old: Booking,
        booking: Booking,
        change: Change,
        rules: MessageRules,
        *,
        shown_in: SentCopy | None = None,
        accepted: bool = False,
    ) -> None:
        """Moved: both sides are told, masters of the old and the new time alike; reminders follow."""
        if booking.awaits_client:
            return
        confirmed = booking.status is BookingStatus.CONFIRMED
        untrue = frozenset[MessageKind]() if confirmed else {MessageKind.BOOKING_CONFIRMED}
        await tx.outbox.drop_for_booking(booking.id, STALE_AFTER_MOVE | untrue)
        extra: dict[str, object] = {"old_start": to_minutes(old.start), "start": to_minutes(booking.start)}
        if accepted:
            extra["accepted"] = True
        rows = await self._card_updates(tx, booking, change)
        rows += await self._to_members(
            tx, MessageKind.STAFF_BOOKING_MOVED, booking, change, extra=extra, also=old.staff_ids
        )
        rows.append(
            self._to_client(
                MessageKind.BOOKING_MOVED,
                booking,
                change,
                rules,
                extra=extra,
                shown_in=shown_in,
                urgent_before=min(old.start, booking.start),
            )
        )
        if confirmed:
            rows += self.reminders(booking, change, rules)
        await tx.outbox.add(rows)

    async def attendance(self, tx: Transaction, booking: Booking, change: Change) -> None:
        """The client will come: the masters of the visit hear it, the others see it on their cards."""
        rows = await self._card_updates(tx, booking, change)
        members = await tx.people.deciders(booking.business_id, booking.staff_ids)
        masters = [member for member in members if member.staff_id in booking.staff_ids] or members
        rows += [self._to_member(MessageKind.STAFF_ATTENDANCE, booking, change, member) for member in masters]
        await tx.outbox.add(rows)

    async def offered(
        self,
        tx: Transaction,
        booking: Booking,
        change: Change,
        rules: MessageRules,
        starts: Sequence[datetime],
    ) -> None:
        """Other times are offered to the client."""
        await tx.outbox.drop_for_booking(booking.id, {MessageKind.OFFER_TIMES})
        rows = await self._card_updates(tx, booking, change)
        extra = {"starts": [to_minutes(start) for start in starts]}
        rows.append(self._to_client(MessageKind.OFFER_TIMES, booking, change, rules, extra=extra))
        await tx.outbox.add(rows)

    async def unreachable(self, tx: Transaction, booking: Booking, change: Change, kind: MessageKind) -> None:
        """A client could not be told: somebody has to call them. Once for each message's kind."""
        members = await tx.people.deciders(booking.business_id, booking.staff_ids)
        await tx.outbox.add(
            [
                self._to_member(
                    MessageKind.STAFF_UNREACHABLE,
                    booking,
                    change,
                    member,
                    extra={"kind": kind.value},
                    key=f"unreachable:{booking.id}:{kind}:{member.id}",
                )
                for member in members
            ]
        )

    def reminders(self, booking: Booking, change: Change, rules: MessageRules) -> list[OutgoingMessage]:
        """The reminders of a confirmed booking; each is of use until the next one or until shortly before."""
        times = reminder_times(booking, rules, change.now)
        ends = [*[due for _, due in times][1:], booking.start]
        rows = []
        for (minutes, due), end in zip(times, ends, strict=False):
            last_call = max(due + timedelta(minutes=1), booking.start - _LAST_CALL)
            extra = {"minutes": minutes, "start": to_minutes(booking.start)}
            rows.append(
                OutgoingMessage(
                    id=self._new_id(),
                    business_id=booking.business_id,
                    kind=MessageKind.REMINDER,
                    dedup_key=f"reminder:{booking.id}:{booking.version}:{minutes}",
                    due_at=due,
                    client_id=booking.client_id,
                    booking_id=booking.id,
                    params=params_of(booking, change, extra),
                    priority=Priority.OPS,
                    not_after=min(end, last_call, booking.start),
                )
            )
        return rows

    def _to_client(
        self,
        kind: MessageKind,
        booking: Booking,
        change: Change,
        rules: MessageRules,
        *,
        extra: Mapping[str, object] | None = None,
        shown_in: SentCopy | None = None,
        urgent_before: datetime | None = None,
    ) -> OutgoingMessage:
        due = change.now
        if change.actor.is_business_side and kind in _MAY_WAIT:
            morning = after_quiet(change.now, rules, booking.zone)
            if morning < (urgent_before or booking.start) - _URGENT:
                due = morning
        params = params_of(booking, change, extra)
        if shown_in is not None:
            params["shown_in"] = [*shown_in]
        return OutgoingMessage(
            id=self._new_id(),
            business_id=booking.business_id,
            kind=kind,
            dedup_key=f"{kind}:{booking.id}:{booking.version}",
            due_at=due,
            client_id=booking.client_id,
            booking_id=booking.id,
            params=params,
            not_after=max(booking.end, change.now + timedelta(days=1)),
        )

    async def _to_members(
        self,
        tx: Transaction,
        kind: MessageKind,
        booking: Booking,
        change: Change,
        *,
        extra: Mapping[str, object] | None = None,
        also: Iterable[UUID] = (),
    ) -> list[OutgoingMessage]:
        members = await tx.people.deciders(booking.business_id, booking.staff_ids.union(also))
        return self._to_each(members, kind, booking, change, extra=extra)

    def _to_each(
        self,
        members: Iterable[Member],
        kind: MessageKind,
        booking: Booking,
        change: Change,
        *,
        extra: Mapping[str, object] | None = None,
    ) -> list[OutgoingMessage]:
        """To all but who did it."""
        return [
            self._to_member(kind, booking, change, member, extra=extra)
            for member in members
            if not (change.actor.kind is ActorKind.MEMBER and change.actor.id == member.id)
        ]

    def _to_member(
        self,
        kind: MessageKind,
        booking: Booking,
        change: Change,
        member: Member,
        *,
        extra: Mapping[str, object] | None = None,
        key: str = "",
    ) -> OutgoingMessage:
        return OutgoingMessage(
            id=self._new_id(),
            business_id=booking.business_id,
            kind=kind,
            dedup_key=key or f"{kind}:{booking.id}:{booking.version}:{member.id}",
            due_at=change.now,
            member_id=member.id,
            booking_id=booking.id,
            params=params_of(booking, change, extra),
        )

    async def _card_updates(self, tx: Transaction, booking: Booking, change: Change) -> list[OutgoingMessage]:
        cards = await tx.outbox.sent_cards(booking.id, CARDS)
        return [
            OutgoingMessage(
                id=self._new_id(),
                business_id=booking.business_id,
                kind=MessageKind.CARD_UPDATE,
                dedup_key=f"card:{card.id}:{booking.version}:{change.event}",
                due_at=change.now,
                member_id=card.member_id,
                identity_id=card.identity_id,
                booking_id=booking.id,
                params=params_of(booking, change),
                edit_of=card.id,
            )
            for card in cards
        ]


def params_of(
    booking: Booking, change: Change, extra: Mapping[str, object] | None = None
) -> dict[str, object]:
    """What every row about a booking says of its last change."""
    return {
        "version": booking.version,
        "event": change.event,
        "actor_kind": change.actor.kind.value,
        "actor_name": change.actor.name,
        "reason": change.reason,
        **(extra or {}),
    }
