"""What the core asks of the database about bookings and the time they take."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol
from uuid import UUID

from core.domain.booking import Booking, BookingSource, BookingStatus, TimelineEntry
from core.domain.visit import Busy, Claim


class BusyReading(NamedTuple):
    """Busy time together with the catalogue's version it was read under: a stale snapshot shows by it."""

    version: int
    busy: Busy


class BusyQuestion(NamedTuple):
    """What is taken of these resources within a span of epoch minutes."""

    business_id: UUID
    resources: frozenset[UUID]
    span: tuple[int, int]


class Page(NamedTuple):
    """A keyset page: rows in order and the cursor of the next one, None at the end."""

    items: Sequence[Booking]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class BookingFilter:
    """Which bookings of a business to list; None is no condition.

    ``start_from`` inclusive, ``start_until`` exclusive (UTC).
    """

    start_from: datetime | None = None
    start_until: datetime | None = None
    staff_id: UUID | None = None
    client_id: UUID | None = None
    statuses: frozenset[BookingStatus] | None = None
    sources: frozenset[BookingSource] | None = None


class BookingOrder(StrEnum):
    """In which order to list bookings; of equal times, by id."""

    START = "start"
    LATEST = "latest"
    CREATED = "created"
    NEWEST = "newest"


class NewSession(NamedTuple):
    """A group session to be opened together with its first booking; epoch minutes."""

    id: UUID
    service_id: UUID
    staff_id: UUID
    location_id: UUID
    start: int
    end: int
    capacity: int


class GroupSession(NamedTuple):
    """A group session as it stands. ``start`` and ``end`` are UTC instants."""

    id: UUID
    service_id: UUID
    staff_id: UUID
    location_id: UUID
    start: datetime
    end: datetime
    capacity: int


class BookingRepository(Protocol):
    """Bookings with their segments, claims, sessions and timeline."""

    async def busy(
        self,
        business_id: UUID,
        resources: Collection[UUID],
        span: tuple[int, int],
        *,
        ignore_booking: UUID | None = None,
        loads: bool = True,
    ) -> BusyReading:
        """Active claims and sessions of these resources within ``span`` (epoch minutes), with daily loads
        (local dates of the business's zone).
        """
        ...

    async def busy_of(self, questions: Sequence[BusyQuestion]) -> Sequence[BusyReading | None]:
        """The answers to many questions in one round trip, without loads; None for a business that isn't
        there.
        """
        ...

    async def lock(self, keys: Collection[str]) -> None:
        """Transaction-level advisory locks, taken in sorted order: moves of the same resources, daily limits,
        a client's limits. They are had by what the transaction asks next.
        """
        ...

    async def add(
        self,
        booking: Booking,
        claims: Sequence[Claim],
        sessions: Sequence[NewSession],
        *,
        under: int | None = None,
    ) -> bool:
        """Insert a booking with segments and claims (sorted by resource, lane, start; ``ON CONFLICT DO
        NOTHING``). ``under``: the catalogue's version that it was placed under, which stands until the end of
        the transaction.

        False, with nothing worth keeping written, when any claim was lost or the catalogue has changed: the
        caller leaves the transaction by raising.
        """
        ...

    async def get(self, booking_id: UUID, *, for_update: bool = False) -> Booking | None:
        """One booking, locked until the end of the transaction if asked."""
        ...

    async def save_status(self, booking: Booking, *, expected_version: int) -> bool:
        """Write status, expiry, reason, attendance and version by compare-and-swap; claims and emptied
        sessions become inactive when the status no longer occupies time.
        """
        ...

    async def move(
        self,
        booking: Booking,
        claims: Sequence[Claim],
        sessions: Sequence[NewSession],
        *,
        expected_version: int,
        under: int | None = None,
    ) -> bool:
        """Replace segments and claims of a booking in place; ``under`` as for :meth:`add`.

        False when a claim was lost, or the version of the booking or the catalogue is another.
        """
        ...

    async def add_timeline(self, entry: TimelineEntry) -> None:
        """Append to a booking's history."""
        ...

    async def timeline(self, booking_id: UUID) -> Sequence[TimelineEntry]:
        """A booking's history, oldest first."""
        ...

    async def list(
        self,
        business_id: UUID,
        where: BookingFilter,
        *,
        order: BookingOrder = BookingOrder.START,
        limit: int,
        cursor: str | None = None,
    ) -> Page:
        """A page of bookings. Raises InvalidInput for a cursor that is none, or of another order."""
        ...

    async def by_request(self, business_id: UUID, request_key: str) -> Booking | None:
        """The booking that this submit of a form made before."""
        ...

    async def of_series(self, series_id: UUID) -> Sequence[Booking]:
        """All bookings of a series, whatever became of them, by start."""
        ...

    async def join_series(self, booking: Booking, *, expected_version: int) -> bool:
        """Write ``series_id`` and version of a booking that is there, by compare-and-swap."""
        ...

    async def sessions(
        self, business_id: UUID, since: datetime, until: datetime, staff_id: UUID | None = None
    ) -> Sequence[GroupSession]:
        """Group sessions that stand and begin within ``[since, until)``, by start."""
        ...

    async def in_sessions(self, session_ids: Collection[UUID]) -> Sequence[Booking]:
        """The bookings that hold seats in these sessions, by the time they were made."""
        ...

    async def of_client(self, client_id: UUID, *, since: datetime, limit: int) -> Sequence[Booking]:
        """A client's coming bookings (any open or running one that ends after ``since``), by start."""
        ...

    async def past_of_client(self, client_id: UUID, *, until: datetime, limit: int) -> Sequence[Booking]:
        """A client's bookings that began before ``until`` and were not cancelled or expired, newest first."""
        ...

    async def count_open(self, client_id: UUID, *, since: datetime) -> int:
        """How many open coming bookings a client has."""
        ...

    async def conflicting(self, business_id: UUID, claims: Sequence[Claim]) -> UUID | None:
        """A booking that holds one of these claims, to be shown to whom it may be."""
        ...

    async def due_to_expire(self, now: datetime, limit: int) -> Sequence[UUID]:
        """Bookings whose ``expires_at`` has come."""
        ...

    async def next_pending(self, business_id: UUID, staff_id: UUID | None, after: datetime) -> Booking | None:
        """The next booking that waits for a decision."""
        ...
