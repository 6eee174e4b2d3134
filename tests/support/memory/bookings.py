"""Bookings in memory: claims that overlap are refused, as PostgreSQL refuses them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from core.domain.booking import OCCUPIES, OPEN, Booking, BookingStatus, TimelineEntry
from core.domain.catalog import Catalogue
from core.domain.visit import Busy, BusyClaim, BusySession, Claim, DayLoad
from core.ports.repositories import BookingFilter, BookingOrder, BusyQuestion, BusyReading, NewSession, Page
from tests.support.memory.state import Rows, overlap


class Bookings(Rows):
    def _active(self, *, ignore: UUID | None = None) -> Iterable[tuple[UUID | None, UUID | None, Claim]]:
        for booking_id, claims in self._s.claims.items():
            if booking_id != ignore:
                yield from ((booking_id, None, claim) for claim in claims)
        for session_id, claims in self._s.session_claims.items():
            yield from ((None, session_id, claim) for claim in claims)

    async def busy(
        self,
        business_id: UUID,
        resources: Collection[UUID],
        span: tuple[int, int],
        *,
        ignore_booking: UUID | None = None,
        loads: bool = True,
    ) -> BusyReading:
        claims: dict[UUID, list[BusyClaim]] = defaultdict(list)
        for booking_id, session_id, claim in self._active(ignore=ignore_booking):
            if claim.resource_id in resources and claim.lead < span[1] and claim.trail > span[0]:
                claims[claim.resource_id].append(
                    BusyClaim(
                        claim.lead, claim.start, claim.end, claim.trail, claim.lane, booking_id, session_id
                    )
                )
        sessions: dict[UUID, list[BusySession]] = defaultdict(list)
        for session in self._s.sessions.values():
            seats = [
                (claim.lane, booking_id)
                for booking_id, _, claim in self._active()
                if claim.resource_id == session.id and booking_id is not None
            ]
            seats.sort()
            sessions[session.staff_id].append(
                BusySession(
                    session.id,
                    session.service_id,
                    session.staff_id,
                    session.start,
                    session.end,
                    len(seats),
                    session.location_id,
                    tuple(booking_id for _, booking_id in seats),
                    tuple(lane for lane, _ in seats),
                )
            )
        catalogue = self._s.catalogues[business_id]
        busy = Busy(
            {
                key: tuple(sorted(found, key=lambda each: (each.start, each.lane)))
                for key, found in claims.items()
            },
            {key: tuple(sorted(found, key=lambda each: each.start)) for key, found in sessions.items()},
            self._loads(catalogue, ignore_booking) if loads else {},
        )
        return BusyReading(catalogue.version, busy)

    def _loads(self, catalogue: Catalogue, ignore: UUID | None) -> Mapping[tuple[UUID, date], DayLoad]:
        found: dict[tuple[UUID, date], DayLoad] = {}
        for booking in self._s.bookings.values():
            if booking.status not in OCCUPIES or booking.id == ignore:
                continue
            for segment in booking.segments:
                day = segment.start.astimezone(catalogue.business.zone).date()
                minutes = int((segment.end - segment.start).total_seconds()) // 60
                for staff_id in segment.staff_ids:
                    load = found.get((staff_id, day), DayLoad(0, 0))
                    found[staff_id, day] = DayLoad(load.visits + 1, load.minutes + minutes)
        return found

    async def lock(self, keys: Collection[str]) -> None:
        """Transactions are serial."""

    def _take(self, booking: Booking, claims: Sequence[Claim], sessions: Sequence[NewSession]) -> bool:
        taken = [claim for _, _, claim in self._active(ignore=booking.id)]
        if any(overlap(claim, other) for claim in claims for other in taken):
            return False
        for session in sessions:
            self._s.sessions[session.id] = session
            self._s.session_claims[session.id] = tuple(c for c in claims if c.session_id == session.id)
        self._s.claims[booking.id] = tuple(claim for claim in claims if claim.session_id is None)
        self._s.bookings[booking.id] = booking
        self._close_sessions()
        return True

    def _close_sessions(self) -> None:
        seats = {claim.resource_id for claims in self._s.claims.values() for claim in claims}
        for session_id in [each for each in self._s.sessions if each not in seats]:
            del self._s.sessions[session_id]
            self._s.session_claims.pop(session_id, None)

    async def busy_of(self, questions: Sequence[BusyQuestion]) -> Sequence[BusyReading | None]:
        return [
            await self.busy(*question, loads=False) if question.business_id in self._s.catalogues else None
            for question in questions
        ]

    async def add(
        self,
        booking: Booking,
        claims: Sequence[Claim],
        sessions: Sequence[NewSession],
        *,
        under: int | None = None,
    ) -> bool:
        return self._stands(booking.business_id, under) and self._take(booking, claims, sessions)

    async def get(self, booking_id: UUID, *, for_update: bool = False) -> Booking | None:
        return self._s.bookings.get(booking_id)

    async def save_status(self, booking: Booking, *, expected_version: int) -> bool:
        if self._s.bookings[booking.id].version != expected_version:
            return False
        self._s.bookings[booking.id] = booking
        if booking.status not in OCCUPIES:
            self._s.claims.pop(booking.id, None)
            self._close_sessions()
        return True

    async def move(
        self,
        booking: Booking,
        claims: Sequence[Claim],
        sessions: Sequence[NewSession],
        *,
        expected_version: int,
        under: int | None = None,
    ) -> bool:
        if self._s.bookings[booking.id].version != expected_version:
            return False
        return self._stands(booking.business_id, under) and self._take(booking, claims, sessions)

    def _stands(self, business_id: UUID, version: int | None) -> bool:
        return version in {None, self._s.catalogues[business_id].version}

    async def add_timeline(self, entry: TimelineEntry) -> None:
        self._s.timeline[entry.booking_id] = (*self._s.timeline.get(entry.booking_id, ()), entry)

    async def timeline(self, booking_id: UUID) -> Sequence[TimelineEntry]:
        return self._s.timeline.get(booking_id, ())

    def _sorted(self, of: Callable[[Booking], bool]) -> list[Booking]:
        return sorted(filter(of, self._s.bookings.values()), key=lambda each: (each.start, each.id))

    async def list(
        self,
        business_id: UUID,
        where: BookingFilter,
        *,
        order: BookingOrder = BookingOrder.START,
        limit: int,
        cursor: str | None = None,
    ) -> Page:
        def fits(each: Booking) -> bool:
            return (
                each.business_id == business_id
                and (where.start_from is None or each.start >= where.start_from)
                and (where.start_until is None or each.start < where.start_until)
                and (where.staff_id is None or where.staff_id in each.staff_ids)
                and (where.client_id is None or where.client_id == each.client_id)
                and (where.statuses is None or each.status in where.statuses)
                and (where.sources is None or each.source in where.sources)
            )

        found = self._sorted(fits)
        if order in {BookingOrder.CREATED, BookingOrder.NEWEST}:
            found = sorted(found, key=lambda each: (each.created_at, each.id))
        if order in {BookingOrder.LATEST, BookingOrder.NEWEST}:
            found = list(reversed(found))
        return Page(found[:limit], None)

    async def by_request(self, business_id: UUID, request_key: str) -> Booking | None:
        for each in self._s.bookings.values():
            if (each.business_id, each.request_key) == (business_id, request_key):
                return each
        return None

    async def of_client(self, client_id: UUID, *, since: datetime, limit: int) -> Sequence[Booking]:
        alive = OPEN | {BookingStatus.IN_PROGRESS}
        return self._sorted(lambda b: b.client_id == client_id and b.end > since and b.status in alive)[
            :limit
        ]

    async def past_of_client(self, client_id: UUID, *, until: datetime, limit: int) -> Sequence[Booking]:
        over = {BookingStatus.CANCELLED, BookingStatus.EXPIRED}
        found = self._sorted(lambda b: b.client_id == client_id and b.start < until and b.status not in over)
        return found[::-1][:limit]

    async def of_series(self, series_id: UUID) -> Sequence[Booking]:
        return self._sorted(lambda b: b.series_id == series_id)

    async def join_series(self, booking: Booking, *, expected_version: int) -> bool:
        if self._s.bookings[booking.id].version != expected_version:
            return False
        self._s.bookings[booking.id] = booking
        return True

    async def count_open(self, client_id: UUID, *, since: datetime) -> int:
        return len(self._sorted(lambda b: b.client_id == client_id and b.start > since and b.status in OPEN))

    async def next_pending(self, business_id: UUID, staff_id: UUID | None, after: datetime) -> Booking | None:
        found = self._sorted(
            lambda b: (
                b.business_id == business_id
                and b.status is BookingStatus.PENDING
                and b.start > after
                and (staff_id is None or staff_id in b.staff_ids)
            )
        )
        return found[0] if found else None
