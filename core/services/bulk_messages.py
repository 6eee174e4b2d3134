"""What is said when something happens to several bookings at once: one message a person, never one a visit.

Parameters besides those of :mod:`core.services.messages`, instants being epoch minutes:

- SERIES_BOOKED, SERIES_CANCELLED, STAFF_SERIES, STAFF_SERIES_CANCELLED: ``starts`` of the visits meant. The
  row's booking is the first of them. STAFF_SERIES is drawn again (an edit) when the series is decided.
- DAY_CLOSED: ``date`` and, where the visits are of several dates, ``until``, the last of them; ``visits``,
  each with ``booking``, ``start``, ``title`` and ``offers`` (starts that may be had instead; empty when it
  was cancelled).
- STAFF_DAY_CLOSED: ``date``, ``until`` where several were closed, ``action``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID

from core.domain.booking import Booking, BookingStatus
from core.domain.catalog import MessageRules
from core.domain.closure import Closure
from core.domain.message import MessageKind, OutgoingMessage
from core.domain.visit import to_minutes
from core.ports.repositories import SentCopy
from core.ports.unit_of_work import Transaction
from core.services.messages import STALE_AFTER_END, Announcer, Change, params_of

_SERIES_CARDS: Final = frozenset({MessageKind.STAFF_SERIES})
_ASKED: Final = frozenset({MessageKind.BOOKING_CREATED, MessageKind.SERIES_BOOKED})
_STALE: Final = STALE_AFTER_END | {MessageKind.SERIES_BOOKED}


class ClosedVisit(NamedTuple):
    """A visit of a closed ``day``, as it stands now, and what its client is offered instead."""

    booking: Booking
    day: date
    offers: tuple[datetime, ...] = ()


class BulkAnnouncer(Announcer):
    """Writes outbox rows about several bookings of one client, in order of time."""

    async def joined(self, tx: Transaction, booking: Booking, change: Change) -> None:
        """A booking became the first visit of a series: its cards stay true."""
        await tx.outbox.add(await self._card_updates(tx, booking, change))

    async def series_made(
        self,
        tx: Transaction,
        bookings: Sequence[Booking],
        change: Change,
        rules: MessageRules,
        *,
        shown_in: SentCopy | None = None,
        to_client: bool = True,
    ) -> None:
        """A new series: one confirmation, one card for everybody who may decide, each visit's reminders."""
        first, extra = bookings[0], {"starts": _starts(bookings)}
        also = frozenset[UUID]().union(*(booking.staff_ids for booking in bookings))
        rows = await self._to_members(tx, MessageKind.STAFF_SERIES, first, change, extra=extra, also=also)
        if to_client:
            kind = MessageKind.SERIES_BOOKED
            rows.append(self._to_client(kind, first, change, rules, extra=extra, shown_in=shown_in))
        await tx.outbox.add([*rows, *self._reminders(bookings, change, rules)])

    async def series_decided(
        self,
        tx: Transaction,
        bookings: Sequence[Booking],
        change: Change,
        rules: MessageRules,
        kind: MessageKind | None,
    ) -> None:
        """Requests of a series were answered together: ``kind`` is the client's message."""
        ended = bookings[0].status is not BookingStatus.CONFIRMED
        rows = await self._settled(tx, bookings, change, _STALE if ended else _ASKED)
        if kind is not None:
            extra = {"starts": _starts(bookings)}
            rows.append(self._to_client(kind, bookings[0], change, rules, extra=extra))
        await tx.outbox.add([*rows, *self._reminders(bookings, change, rules)])

    async def series_ended(
        self,
        tx: Transaction,
        bookings: Sequence[Booking],
        change: Change,
        rules: MessageRules,
        kind: MessageKind | None,
    ) -> None:
        """Visits of a series were cancelled or expired: the other side is told, once."""
        if all(booking.awaits_client for booking in bookings):
            return
        first, extra = bookings[0], {"starts": _starts(bookings)}
        rows = await self._settled(tx, bookings, change, _STALE)
        also = frozenset[UUID]().union(*(booking.staff_ids for booking in bookings))
        told = MessageKind.STAFF_SERIES_CANCELLED
        rows += await self._to_members(tx, told, first, change, extra=extra, also=also)
        if kind is not None:
            rows.append(self._to_client(kind, first, change, rules, extra=extra))
        await tx.outbox.add(rows)

    async def day_closed(
        self,
        tx: Transaction,
        visits: Sequence[ClosedVisit],
        change: Change,
        rules: MessageRules,
        *,
        closure: Closure,
        dates: tuple[date, date],
    ) -> None:
        """All visits of one client on closed ``dates`` (the first and the last): one message to them, their
        cards drawn again, and a word to each of their masters, once for the whole ``closure``.

        Whoever keeps a visit and is offered other times isn't expected then any more, and nothing queued may
        say so.
        """
        bookings = [visit.booking for visit in visits]
        ended = [booking for booking in bookings if booking.status is BookingStatus.CANCELLED]
        rows = await self._settled(tx, ended, change, STALE_AFTER_END)
        for booking in bookings:
            if booking not in ended:
                await tx.outbox.drop_for_booking(booking.id, STALE_AFTER_END)
                rows += await self._card_updates(tx, booking, change)
        await tx.outbox.drop_day_closed([booking.id for booking in bookings])
        told = [
            {
                "booking": str(visit.booking.id),
                "start": to_minutes(visit.booking.start),
                "title": ", ".join(segment.service_title for segment in visit.booking.segments),
                "offers": [to_minutes(start) for start in visit.offers],
            }
            for visit in visits
        ]
        days = [visit.day for visit in visits]
        extra = {**_range(min(days), max(days)), "visits": told}
        rows.append(self._to_client(MessageKind.DAY_CLOSED, bookings[0], change, rules, extra=extra))
        rows += await self._told_of_closure(tx, bookings, change, closure, _range(*dates))
        await tx.outbox.add(rows)

    async def _told_of_closure(
        self,
        tx: Transaction,
        bookings: Sequence[Booking],
        change: Change,
        closure: Closure,
        when: dict[str, object],
    ) -> list[OutgoingMessage]:
        staff_ids = frozenset[UUID]().union(*(booking.staff_ids for booking in bookings))
        members = await tx.people.deciders(bookings[0].business_id, staff_ids)
        kind = MessageKind.STAFF_DAY_CLOSED
        return [
            self._to_member(
                kind,
                bookings[0],
                change,
                member,
                extra={**when, "action": closure.action.value},
                key=f"{kind}:{closure.id}:{closure.action}:{member.id}",
            )
            for member in members
            if member.staff_id in staff_ids and member.id != change.actor.id
        ]

    async def _settled(
        self,
        tx: Transaction,
        bookings: Sequence[Booking],
        change: Change,
        stale: frozenset[MessageKind],
    ) -> list[OutgoingMessage]:
        """Drop what has lost its sense; draw the cards of the bookings and of their series again."""
        rows: list[OutgoingMessage] = []
        for booking in bookings:
            await tx.outbox.drop_for_booking(booking.id, stale)
            rows += await self._card_updates(tx, booking, change)
            cards = await tx.outbox.sent_cards(booking.id, _SERIES_CARDS)
            rows += [
                OutgoingMessage(
                    id=self._new_id(),
                    business_id=booking.business_id,
                    kind=MessageKind.STAFF_SERIES,
                    dedup_key=f"card:{card.id}:{booking.version}:{change.event}",
                    due_at=change.now,
                    member_id=card.member_id,
                    identity_id=card.identity_id,
                    booking_id=booking.id,
                    params={**card.params, **params_of(booking, change)},
                    edit_of=card.id,
                )
                for card in cards
                if card.edit_of is None
            ]
        return rows

    def _reminders(
        self, bookings: Sequence[Booking], change: Change, rules: MessageRules
    ) -> list[OutgoingMessage]:
        confirmed = [booking for booking in bookings if booking.status is BookingStatus.CONFIRMED]
        return [row for booking in confirmed for row in self.reminders(booking, change, rules)]


def _range(first: date, last: date) -> dict[str, object]:
    until = {"until": last.isoformat()} if last > first else {}
    return {"date": first.isoformat(), **until}


def _starts(bookings: Sequence[Booking]) -> list[int]:
    return [to_minutes(booking.start) for booking in bookings]
