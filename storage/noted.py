"""What a transaction changes, noted by the repositories as they write it and told after the commit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from core.domain.booking import OCCUPIES, Booking, Segment
from core.ports.events import BookingChanged, CatalogueChanged, Change, SlotsChanged

_Span = tuple[int, int]


class Noted:
    """See the module."""

    def __init__(self) -> None:
        self._slots: dict[UUID, tuple[set[_Span], set[UUID]]] = {}
        self._bookings: dict[UUID, tuple[Booking, frozenset[UUID]]] = {}
        self._events: dict[UUID, str] = {}
        self._catalogues: dict[UUID, int] = {}

    def made(self, booking: Booking) -> None:
        """It was made."""
        self._bookings[booking.id] = booking, frozenset()
        self._taken(booking)

    def moved(self, booking: Booking, former: Iterable[Any]) -> None:
        """It takes other time now. ``former``: rows of the segments that it had."""
        staff: set[UUID] = set()
        spans, resources = self._slots.setdefault(booking.business_id, (set(), set()))
        for row in former:
            workers = (row["staff_id"], *row["assistant_ids"])
            staff.update(workers)
            resources.update((*workers, *row["room_ids"]))
            spans.add(_span(row["start_at"], row["end_at"], row["buffer_before"], row["buffer_after"]))
        self._bookings[booking.id] = booking, frozenset(staff) - booking.staff_ids
        self._taken(booking)

    def saved(self, booking: Booking) -> None:
        """Its status, or what else hangs on its version, is another; its time is free if it occupies none."""
        _, former = self._bookings.get(booking.id, (None, frozenset[UUID]()))
        self._bookings[booking.id] = booking, former
        if booking.status not in OCCUPIES:
            self._taken(booking)

    def happened(self, booking_id: UUID, event: str) -> None:
        """A line of its history: what to call the change. The first one names it, others come of it."""
        self._events.setdefault(booking_id, event)

    def catalogue(self, business_id: UUID, version: int) -> None:
        """The catalogue has this version now."""
        self._catalogues[business_id] = version

    def changes(self) -> Sequence[Change]:
        """All of it."""
        slots = [
            SlotsChanged(business_id, frozenset(spans), frozenset(resources))
            for business_id, (spans, resources) in self._slots.items()
        ]
        bookings = [
            BookingChanged(
                business_id=booking.business_id,
                booking_id=booking.id,
                client_id=booking.client_id,
                event=self._events.get(booking.id, "changed"),
                status=booking.status,
                start=booking.start,
                staff_ids=booking.staff_ids,
                version=booking.version,
                former_staff_ids=former,
            )
            for booking, former in self._bookings.values()
        ]
        catalogues = [CatalogueChanged(*each) for each in self._catalogues.items()]
        return [*catalogues, *slots, *bookings]

    def _taken(self, booking: Booking) -> None:
        spans, resources = self._slots.setdefault(booking.business_id, (set(), set()))
        for segment in booking.segments:
            resources.update((*segment.staff_ids, *segment.room_ids))
            spans.add(_span_of(segment))


def _span_of(segment: Segment) -> _Span:
    return _span(segment.start, segment.end, segment.buffer_before, segment.buffer_after)


def _span(start: datetime, end: datetime, before: int, after: int) -> _Span:
    begins, ends = start - timedelta(minutes=before), end + timedelta(minutes=after)
    return int(begins.timestamp()) // 60, -(-int(ends.timestamp()) // 60)
