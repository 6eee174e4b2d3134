"""Bookings with their segments, claims, sessions and timeline.

Claims go in by ``INSERT … ON CONFLICT DO NOTHING`` sorted by resource: a plain insert under the exclusion
constraints deadlocks when clients race; fewer rows back than asked means that somebody was first. Group
sessions are locked before seats are taken or given back, sorted by id, so that nobody joins a session whose
last client is leaving.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

from core.domain.booking import OCCUPIES, Booking, TimelineEntry
from core.domain.visit import Claim, from_minutes
from core.ports.repositories import (
    BookingFilter,
    BookingOrder,
    BusyQuestion,
    BusyReading,
    GroupSession,
    NewSession,
    Page,
)
from storage.repositories import booking_rows as rows
from storage.repositories import booking_sql as sql
from storage.repositories.booking_list import list_bookings
from storage.repositories.busy import read_busy, read_busy_of
from storage.session import Session


class Bookings:
    """See :class:`core.ports.repositories.BookingRepository`."""

    def __init__(self, connection: Session) -> None:
        self._connection = connection

    async def busy(
        self,
        business_id: UUID,
        resources: Collection[UUID],
        span: tuple[int, int],
        *,
        ignore_booking: UUID | None = None,
        loads: bool = True,
    ) -> BusyReading:
        """One round trip. Raises NotFound."""
        return await read_busy(
            self._connection.plain, business_id, resources, span, ignore_booking=ignore_booking, loads=loads
        )

    async def busy_of(self, questions: Sequence[BusyQuestion]) -> Sequence[BusyReading | None]:
        """One round trip."""
        return await read_busy_of(self._connection.plain, questions)

    async def lock(self, keys: Collection[str]) -> None:
        """The keys' hashes are sorted, since it is by them that PostgreSQL waits."""
        hashes = sorted(
            {int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), signed=True) for key in keys}
        )
        if hashes:
            await self._connection.lock(hashes)

    async def add(
        self,
        booking: Booking,
        claims: Sequence[Claim],
        sessions: Sequence[NewSession],
        *,
        under: int | None = None,
    ) -> bool:
        """One round trip, two more for a group."""
        if not await self._enter_sessions(booking, sessions):
            return False
        added, stands, _ = await self._connection.write(
            sql.ADD,
            booking.id,
            booking.business_id,
            booking.client_id,
            booking.location_id,
            booking.status,
            booking.source,
            booking.start,
            booking.end,
            booking.zone.key,
            booking.total.minor,
            booking.total.currency,
            booking.seats,
            booking.comment,
            booking.version,
            booking.reschedules,
            booking.expires_at,
            booking.attendance_confirmed_at,
            booking.cancel_reason,
            booking.series_id,
            booking.request_key,
            booking.created_at,
            booking.updated_at,
            rows.segment_lines(booking.segments),
            *rows.claim_columns(claims),
            booking.awaits_client,
            under,
        )
        self._connection.note().made(booking)
        return bool(stands and added == len(claims))

    async def get(self, booking_id: UUID, *, for_update: bool = False) -> Booking | None:
        """The lock comes first and by itself: what a statement that waited for it reads of the segments would be
        from before the wait.
        """
        if for_update:
            await self._connection.execute("SELECT FROM bookings WHERE id = $1 FOR UPDATE", booking_id)
        row = await self._connection.fetchrow(f"{rows.SELECT} WHERE b.id = $1", booking_id)
        return None if row is None else rows.booking_of(row)

    async def save_status(self, booking: Booking, *, expected_version: int) -> bool:
        """Compare-and-swap on the version."""
        status = await self._connection.execute(
            sql.SAVE_STATUS,
            booking.id,
            expected_version,
            booking.status,
            booking.expires_at,
            booking.attendance_confirmed_at,
            booking.cancel_reason,
            booking.updated_at,
            booking.version,
            booking.awaits_client,
        )
        if not status.endswith(" 1"):
            return False
        self._connection.note().saved(booking)
        if booking.status not in OCCUPIES:
            await self._leave(booking.id)
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
        """Locked are the booking's row, then the sessions left and joined. The new time is taken while the old
        one is still had, so that two moves never wait for each other. Only a session that would be left empty goes
        first, for its time may be what is wanted: those moves take turns by locks.
        """
        connection = self._connection
        version = await connection.fetchval(
            "SELECT version FROM bookings WHERE id = $1 FOR UPDATE", booking.id
        )
        if version != expected_version:
            return False
        opened = {session.id for session in sessions}
        joined = {s.session_id for s in booking.segments if s.session_id and s.session_id not in opened}
        left = await self._lock_sessions(booking.id, joined)
        if emptied := sorted(left - joined):
            freed = {row["resource_id"] for row in await connection.fetch(sql.TAKEN_BY_SESSIONS, emptied)}
            # Not the sessions themselves: their rows are locked, and who has their names may wait for a master's.
            wanted = {claim.resource_id for claim in claims} - opened - joined
            await self._lock_resources(freed | wanted)
            await connection.execute(sql.CLOSE_SESSIONS, emptied, booking.id)
        if not await self._enter_sessions(booking, sessions):
            return False
        former = await connection.fetch(sql.DELETE_SEGMENTS, booking.id)
        added: list[int] | None = await connection.fetchval(
            sql.MOVE,
            booking.id,
            booking.location_id,
            booking.status,
            booking.start,
            booking.end,
            booking.total.minor,
            booking.version,
            booking.reschedules,
            booking.expires_at,
            booking.attendance_confirmed_at,
            booking.updated_at,
            rows.segment_lines(booking.segments),
            booking.business_id,
            *rows.claim_columns(claims),
            under,
        )
        if added is None or len(added) != len(claims):
            return False
        await connection.execute(sql.FREE_OLD, booking.id, added)
        connection.note().moved(booking, former)
        return True

    async def add_timeline(self, entry: TimelineEntry) -> None:
        """Put off."""
        self._connection.note().happened(entry.booking_id, entry.event)
        self._connection.add_entry(
            {
                "id": entry.id,
                "booking_id": entry.booking_id,
                "at": entry.at,
                "event": entry.event,
                "actor_kind": entry.actor_kind,
                "actor_id": entry.actor_id,
                "actor_name": entry.actor_name,
                "reason": entry.reason,
                "before": dict(entry.before),
                "after": dict(entry.after),
            }
        )

    async def timeline(self, booking_id: UUID) -> Sequence[TimelineEntry]:
        """By the keys, which are given in the order of writing, under the booking's lock: who waited for it long
        may say an earlier time than who came before.
        """
        found = await self._connection.fetch(
            "SELECT * FROM booking_timeline WHERE booking_id = $1 ORDER BY id", booking_id
        )
        return [rows.timeline_of(row) for row in found]

    async def list(
        self,
        business_id: UUID,
        where: BookingFilter,
        *,
        order: BookingOrder = BookingOrder.START,
        limit: int,
        cursor: str | None = None,
    ) -> Page:
        """A keyset page. Raises InvalidInput."""
        return await list_bookings(self._connection, business_id, where, order, limit=limit, cursor=cursor)

    async def by_request(self, business_id: UUID, request_key: str) -> Booking | None:
        """The booking of an earlier submit."""
        row = await self._connection.fetchrow(
            f"{rows.SELECT} WHERE b.business_id = $1 AND b.request_key = $2", business_id, request_key
        )
        return None if row is None else rows.booking_of(row)

    async def of_series(self, series_id: UUID) -> Sequence[Booking]:
        """By start."""
        return await self._many(sql.OF_SERIES, series_id)

    async def join_series(self, booking: Booking, *, expected_version: int) -> bool:
        """Compare-and-swap on the version."""
        status = await self._connection.execute(
            sql.JOIN_SERIES,
            booking.id,
            expected_version,
            booking.series_id,
            booking.version,
            booking.updated_at,
        )
        joined = status.endswith(" 1")
        if joined:
            self._connection.note().saved(booking)
        return joined

    async def sessions(
        self, business_id: UUID, since: datetime, until: datetime, staff_id: UUID | None = None
    ) -> Sequence[GroupSession]:
        """By start."""
        found = await self._connection.fetch(sql.SESSIONS, business_id, since, until, staff_id)
        return [GroupSession(*row) for row in found]

    async def in_sessions(self, session_ids: Collection[UUID]) -> Sequence[Booking]:
        """Their keys grow with time."""
        return await self._many(sql.IN_SESSIONS, list(session_ids))

    async def of_client(self, client_id: UUID, *, since: datetime, limit: int) -> Sequence[Booking]:
        """Coming ones, by start."""
        return await self._many(sql.COMING, client_id, since, limit)

    async def past_of_client(self, client_id: UUID, *, until: datetime, limit: int) -> Sequence[Booking]:
        """Past ones, newest first."""
        return await self._many(sql.PAST, client_id, until, limit)

    async def count_open(self, client_id: UUID, *, since: datetime) -> int:
        """How many coming ones."""
        count: int = await self._connection.fetchval(sql.COUNT_OPEN, client_id, since)
        return count

    async def conflicting(self, business_id: UUID, claims: Sequence[Claim]) -> UUID | None:
        """Whose claim stands in the way."""
        found: UUID | None = await self._connection.fetchval(
            sql.CONFLICTING, business_id, *rows.claim_columns(claims)
        )
        return found

    async def due_to_expire(self, now: datetime, limit: int) -> Sequence[UUID]:
        """Earliest first."""
        found = await self._connection.fetch(
            "SELECT id FROM bookings WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2", now, limit
        )
        return [row["id"] for row in found]

    async def next_pending(self, business_id: UUID, staff_id: UUID | None, after: datetime) -> Booking | None:
        """By start."""
        row = await self._connection.fetchrow(sql.NEXT_PENDING, business_id, after, staff_id)
        return None if row is None else rows.booking_of(row)

    async def _many(self, statement: str, *args: Any) -> Sequence[Booking]:
        return [rows.booking_of(row) for row in await self._connection.fetch(statement, *args)]

    async def _enter_sessions(self, booking: Booking, sessions: Sequence[NewSession]) -> bool:
        """Open the new sessions and make sure that those joined stand; False when somebody was first."""
        wanted = {segment.session_id for segment in booking.segments if segment.session_id}
        if not wanted:
            return True
        # What is put off may speak of the booking that isn't there yet.
        connection = self._connection.aside
        if sessions:
            # Who opens a session waits for the claims of one that closes, and may be waited for by its opener.
            await self._lock_resources({session.staff_id for session in sessions})
            columns = zip(
                *(
                    (
                        s.id,
                        s.service_id,
                        s.staff_id,
                        s.location_id,
                        from_minutes(s.start),
                        from_minutes(s.end),
                        s.capacity,
                    )
                    for s in sessions
                ),
                strict=True,
            )
            opened = await connection.fetch(sql.OPEN_SESSIONS, booking.business_id, *map(list, columns))
            if len(opened) != len(sessions):
                return False
            wanted -= {row["id"] for row in opened}
        if not wanted:
            return True
        return len(await connection.fetch(sql.JOIN_SESSIONS, list(wanted))) == len(wanted)

    async def _lock_resources(self, resources: Collection[UUID]) -> None:
        """By the names under which the services lock them too."""
        await self.lock([f"resource:{key}" for key in resources])

    async def _leave(self, booking_id: UUID) -> None:
        """Free what a booking takes, and close the sessions that nobody is left in."""
        left = await self._lock_sessions(booking_id)
        await self._connection.execute(sql.FREE, booking_id)
        if left:
            await self._connection.execute(sql.CLOSE_SESSIONS, sorted(left), booking_id)

    async def _lock_sessions(self, booking_id: UUID, others: Collection[UUID] = ()) -> set[UUID]:
        """Lock the sessions that a booking sits in, and others; the former come back."""
        left = {row["session_id"] for row in await self._connection.fetch(sql.SESSIONS_OF, booking_id)}
        if locked := left.union(others):
            await self._connection.fetch(sql.LOCK_SESSIONS, sorted(locked))
        return left
