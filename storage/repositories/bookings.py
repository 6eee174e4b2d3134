"""Bookings with their segments, claims, sessions and timeline.

Claims go in by ``INSERT … ON CONFLICT DO NOTHING`` sorted by resource: a plain insert under the exclusion
constraints deadlocks when clients race; fewer rows back than asked means that somebody was first. Group
sessions are locked before seats are taken or given back, sorted by id, so that nobody joins a session whose
last client is leaving.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, Final
from uuid import UUID

from core.domain.booking import OCCUPIES, Booking, TimelineEntry
from core.domain.errors import InvalidInput
from core.domain.visit import Claim, from_minutes
from core.ports.repositories import BookingFilter, BusyReading, GroupSession, NewSession, Page
from storage.repositories import booking_rows as rows
from storage.repositories.busy import read_busy
from storage.repositories.put_off import put_off
from storage.session import Session
from storage.tables.claims import LONGEST

_SEGMENTS: Final = """(
    SELECT jsonb_agg(jsonb_build_object(
        'id', s.id, 'service_id', s.service_id, 'service_title', s.service_title, 'staff_id', s.staff_id,
        'staff_name', s.staff_name, 'start', (date_part('epoch', s.start_at) / 60)::int,
        'end', (date_part('epoch', s.end_at) / 60)::int, 'buffer_before', s.buffer_before,
        'buffer_after', s.buffer_after, 'price', s.price, 'addons', s.addons, 'room_ids', s.room_ids,
        'session_id', s.session_id) ORDER BY s.position)
    FROM booking_segments AS s WHERE s.booking_id = b.id
) AS segments"""

_SELECT: Final = f"SELECT b.*, {_SEGMENTS} FROM bookings AS b"

_ADD_SEGMENTS: Final = """
    INSERT INTO booking_segments (id, booking_id, position, service_id, service_title, staff_id, staff_name, start_at,
                                  end_at, buffer_before, buffer_after, price, addons, room_ids, session_id)
    SELECT s.id, {booking}, s.position, s.service_id, s.service_title, s.staff_id, s.staff_name, s.start_at, s.end_at,
           s.buffer_before, s.buffer_after, s.price, s.addons, s.room_ids, s.session_id
    FROM jsonb_to_recordset({lines}) AS s (
        id uuid, position smallint, service_id uuid, service_title text, staff_id uuid, staff_name text,
        start_at timestamptz, end_at timestamptz, buffer_before smallint, buffer_after smallint, price bigint,
        addons jsonb, room_ids uuid[], session_id uuid)
"""

_ADD_CLAIMS: Final = """
    INSERT INTO claims (business_id, booking_id, session_id, resource_id, lane, lead, start, stop, trail)
    SELECT {business}, CASE WHEN c.session_id IS NULL THEN {booking} END, c.session_id, c.resource_id, c.lane,
           c.lead, c.start, c.stop, c.trail
    FROM unnest({columns}) AS c (resource_id, lane, lead, start, stop, trail, session_id)
    ORDER BY c.resource_id, c.lane, c.start
    ON CONFLICT DO NOTHING RETURNING id
"""

_CLAIM_TYPES: Final = ("uuid", "smallint", "int", "int", "int", "int", "uuid")


def _claim_columns(first: int) -> str:
    return ", ".join(f"${first + place}::{kind}[]" for place, kind in enumerate(_CLAIM_TYPES))


_ADD: Final = f"""
WITH {put_off(1)}, booking AS (
    INSERT INTO bookings (id, business_id, client_id, location_id, status, source, start_at, end_at, zone, total, currency,
                          seats, comment, version, reschedules, expires_at, attendance_confirmed_at, cancel_reason,
                          series_id, request_key, created_at, updated_at)
    VALUES ($5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)
), segment AS ({_ADD_SEGMENTS.format(booking="$5", lines="$27::jsonb")}
), claim AS ({_ADD_CLAIMS.format(business="$6", booking="$5", columns=_claim_columns(28))})
SELECT (SELECT count(*) FROM claim), (SELECT count(*) FROM message)
"""

_OPEN_SESSIONS: Final = """
INSERT INTO sessions (id, business_id, service_id, staff_id, location_id, start_at, end_at, capacity)
SELECT s.id, $1, s.service_id, s.staff_id, s.location_id, s.start_at, s.end_at, s.capacity
FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::timestamptz[], $7::timestamptz[], $8::smallint[])
     AS s (id, service_id, staff_id, location_id, start_at, end_at, capacity)
ORDER BY s.staff_id, s.start_at
ON CONFLICT DO NOTHING RETURNING id
"""

_JOIN_SESSIONS: Final = "SELECT id FROM sessions WHERE id = ANY($1) AND active ORDER BY id FOR SHARE"
_LOCK_SESSIONS: Final = "SELECT id FROM sessions WHERE id = ANY($1) AND active ORDER BY id FOR NO KEY UPDATE"
_SESSIONS_OF: Final = (
    "SELECT DISTINCT session_id FROM booking_segments WHERE booking_id = $1 AND session_id IS NOT NULL"
)

_FREE: Final = """
WITH idle AS (UPDATE booking_segments SET active = false WHERE booking_id = $1 AND active)
UPDATE claims SET active = false WHERE booking_id = $1 AND active
"""
# Its history is the timeline: a moved booking leaves no claims behind.
_FREE_OLD: Final = "DELETE FROM claims WHERE booking_id = $1 AND id <> ALL($2::bigint[])"
_TAKEN_BY_SESSIONS: Final = "SELECT DISTINCT resource_id FROM claims WHERE session_id = ANY($1) AND active"
# The seats of $2, who is leaving, don't keep a session open.
_CLOSE_SESSIONS: Final = """
WITH closed AS (
    UPDATE sessions SET active = false
    WHERE id = ANY($1) AND active AND NOT EXISTS (
        SELECT FROM claims AS seat WHERE seat.resource_id = sessions.id AND seat.active AND seat.booking_id <> $2)
    RETURNING id
)
UPDATE claims SET active = false WHERE session_id IN (SELECT id FROM closed) AND active
"""

_SAVE_STATUS: Final = """
UPDATE bookings SET status = $3, expires_at = $4, attendance_confirmed_at = $5, cancel_reason = $6, updated_at = $7,
                    version = $8
WHERE id = $1 AND version = $2
"""

_MOVE: Final = f"""
WITH moved AS (
    UPDATE bookings SET location_id = $2, status = $3, start_at = $4, end_at = $5, total = $6, version = $7,
                        reschedules = $8, expires_at = $9, attendance_confirmed_at = $10, updated_at = $11
    WHERE id = $1
), segment AS ({_ADD_SEGMENTS.format(booking="$1", lines="$12::jsonb")}
), claim AS ({_ADD_CLAIMS.format(business="$13", booking="$1", columns=_claim_columns(14))})
SELECT array_agg(id) FROM claim
"""

_CONFLICTING: Final = f"""
SELECT coalesce(taken.booking_id, (
           SELECT seat.booking_id FROM claims AS seat WHERE seat.resource_id = taken.session_id AND seat.active LIMIT 1))
FROM unnest({_claim_columns(2)}) AS c (resource_id, lane, lead, start, stop, trail, session_id)
JOIN claims AS taken ON taken.resource_id = c.resource_id AND taken.lane = c.lane AND taken.active
     AND taken.lead < c.trail AND taken.lead > c.lead - {LONGEST}
     AND (taken.lead < c.stop AND c.lead < taken.stop OR taken.start < c.trail AND c.start < taken.trail)
WHERE taken.business_id = $1 LIMIT 1
"""

_OPEN_STATUSES: Final = "('pending', 'deposit_required', 'confirmed')"
_COMING: Final = f"""
{_SELECT} WHERE b.client_id = $1 AND b.end_at > $2 AND b.status IN ('pending', 'deposit_required', 'confirmed', 'in_progress')
ORDER BY b.start_at, b.id LIMIT $3
"""
_PAST: Final = f"""
{_SELECT} WHERE b.client_id = $1 AND b.start_at < $2 AND b.status NOT IN ('cancelled', 'expired', 'draft')
ORDER BY b.start_at DESC, b.id DESC LIMIT $3
"""
_COUNT_OPEN: Final = (
    f"SELECT count(*) FROM bookings WHERE client_id = $1 AND start_at > $2 AND status IN {_OPEN_STATUSES}"
)
_OF_SERIES: Final = f"{_SELECT} WHERE b.series_id = $1 ORDER BY b.start_at, b.id"
_JOIN_SERIES: Final = """
UPDATE bookings SET series_id = $3, version = $4, updated_at = $5 WHERE id = $1 AND version = $2
"""
_SESSIONS: Final = """
SELECT id, service_id, staff_id, location_id, start_at, end_at, capacity FROM sessions
WHERE business_id = $1 AND active AND start_at >= $2 AND start_at < $3 AND ($4::uuid IS NULL OR staff_id = $4)
ORDER BY start_at, id
"""
_IN_SESSIONS: Final = f"""
{_SELECT} WHERE b.id IN (SELECT seat.booking_id FROM claims AS seat WHERE seat.resource_id = ANY($1) AND seat.active)
ORDER BY b.id
"""
_NEXT_PENDING: Final = f"""
{_SELECT} WHERE b.business_id = $1 AND b.status = 'pending' AND b.start_at > $2
  AND ($3::uuid IS NULL OR EXISTS (SELECT FROM booking_segments AS s WHERE s.booking_id = b.id AND s.staff_id = $3))
ORDER BY b.start_at, b.id LIMIT 1
"""
# Only the conditions that were given: a plan for all of them at once would suit none. {} are their parameters.
_CONDITIONS: Final = (
    "b.start_at >= {}",
    "b.start_at < {}",
    "EXISTS (SELECT FROM booking_segments AS s WHERE s.booking_id = b.id AND s.staff_id = {})",
    "b.client_id = {}",
    "b.status = ANY({}::text[])",
    "(b.start_at, b.id) > ({}::timestamptz, {}::uuid)",
)


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

    async def lock(self, keys: Collection[str]) -> None:
        """The keys' hashes are sorted, since it is by them that PostgreSQL waits."""
        hashes = sorted(
            {int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), signed=True) for key in keys}
        )
        if hashes:
            await self._connection.lock(hashes)

    async def add(self, booking: Booking, claims: Sequence[Claim], sessions: Sequence[NewSession]) -> bool:
        """One round trip, two more for a group."""
        if not await self._enter_sessions(booking, sessions):
            return False
        added, _ = await self._connection.write(
            _ADD,
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
        )
        return bool(added == len(claims))

    async def get(self, booking_id: UUID, *, for_update: bool = False) -> Booking | None:
        """The lock comes first and by itself: what a statement that waited for it reads of the segments would be
        from before the wait.
        """
        if for_update:
            await self._connection.execute("SELECT FROM bookings WHERE id = $1 FOR UPDATE", booking_id)
        row = await self._connection.fetchrow(f"{_SELECT} WHERE b.id = $1", booking_id)
        return None if row is None else rows.booking_of(row)

    async def save_status(self, booking: Booking, *, expected_version: int) -> bool:
        """Compare-and-swap on the version."""
        status = await self._connection.execute(
            _SAVE_STATUS,
            booking.id,
            expected_version,
            booking.status,
            booking.expires_at,
            booking.attendance_confirmed_at,
            booking.cancel_reason,
            booking.updated_at,
            booking.version,
        )
        if not status.endswith(" 1"):
            return False
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
            freed = {row["resource_id"] for row in await connection.fetch(_TAKEN_BY_SESSIONS, emptied)}
            await self._lock_resources(freed.union(claim.resource_id for claim in claims))
            await connection.execute(_CLOSE_SESSIONS, emptied, booking.id)
        if not await self._enter_sessions(booking, sessions):
            return False
        await connection.execute("DELETE FROM booking_segments WHERE booking_id = $1", booking.id)
        added: list[int] | None = await connection.fetchval(
            _MOVE,
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
        )
        if added is None or len(added) != len(claims):
            return False
        await connection.execute(_FREE_OLD, booking.id, added)
        return True

    async def add_timeline(self, entry: TimelineEntry) -> None:
        """Put off."""
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
        """Oldest first."""
        found = await self._connection.fetch(
            "SELECT * FROM booking_timeline WHERE booking_id = $1 ORDER BY at, id", booking_id
        )
        return [rows.timeline_of(row) for row in found]

    async def list(
        self, business_id: UUID, where: BookingFilter, *, limit: int, cursor: str | None = None
    ) -> Page:
        """A keyset page. Raises InvalidInput."""
        given: list[tuple[Any, ...]] = [
            (where.start_from,),
            (where.start_until,),
            (where.staff_id,),
            (where.client_id,),
            (None if where.statuses is None else sorted(where.statuses),),
            _read_cursor(cursor) if cursor else (None,),
        ]
        sql, args = f"{_SELECT} WHERE b.business_id = $1", [business_id, limit + 1]
        for condition, values in zip(_CONDITIONS, given, strict=True):
            if values[0] is not None:
                places = [f"${len(args) + place}" for place in range(1, len(values) + 1)]
                sql += f" AND {condition.format(*places)}"
                args += values
        found = await self._connection.fetch(f"{sql} ORDER BY b.start_at, b.id LIMIT $2", *args)
        items = [rows.booking_of(row) for row in found[:limit]]
        return Page(items, _write_cursor(items[-1]) if len(found) > limit else None)

    async def by_request(self, business_id: UUID, request_key: str) -> Booking | None:
        """The booking of an earlier submit."""
        row = await self._connection.fetchrow(
            f"{_SELECT} WHERE b.business_id = $1 AND b.request_key = $2", business_id, request_key
        )
        return None if row is None else rows.booking_of(row)

    async def of_series(self, series_id: UUID) -> Sequence[Booking]:
        """By start."""
        return await self._many(_OF_SERIES, series_id)

    async def join_series(self, booking: Booking, *, expected_version: int) -> bool:
        """Compare-and-swap on the version."""
        status = await self._connection.execute(
            _JOIN_SERIES, booking.id, expected_version, booking.series_id, booking.version, booking.updated_at
        )
        return status.endswith(" 1")

    async def sessions(
        self, business_id: UUID, since: datetime, until: datetime, staff_id: UUID | None = None
    ) -> Sequence[GroupSession]:
        """By start."""
        found = await self._connection.fetch(_SESSIONS, business_id, since, until, staff_id)
        return [GroupSession(*row) for row in found]

    async def in_sessions(self, session_ids: Collection[UUID]) -> Sequence[Booking]:
        """Their keys grow with time."""
        return await self._many(_IN_SESSIONS, list(session_ids))

    async def of_client(self, client_id: UUID, *, since: datetime, limit: int) -> Sequence[Booking]:
        """Coming ones, by start."""
        return await self._many(_COMING, client_id, since, limit)

    async def past_of_client(self, client_id: UUID, *, until: datetime, limit: int) -> Sequence[Booking]:
        """Past ones, newest first."""
        return await self._many(_PAST, client_id, until, limit)

    async def count_open(self, client_id: UUID, *, since: datetime) -> int:
        """How many coming ones."""
        count: int = await self._connection.fetchval(_COUNT_OPEN, client_id, since)
        return count

    async def conflicting(self, business_id: UUID, claims: Sequence[Claim]) -> UUID | None:
        """Whose claim stands in the way."""
        found: UUID | None = await self._connection.fetchval(
            _CONFLICTING, business_id, *rows.claim_columns(claims)
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
        row = await self._connection.fetchrow(_NEXT_PENDING, business_id, after, staff_id)
        return None if row is None else rows.booking_of(row)

    async def _many(self, sql: str, *args: Any) -> Sequence[Booking]:
        return [rows.booking_of(row) for row in await self._connection.fetch(sql, *args)]

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
            opened = await connection.fetch(_OPEN_SESSIONS, booking.business_id, *map(list, columns))
            if len(opened) != len(sessions):
                return False
            wanted -= {row["id"] for row in opened}
        if not wanted:
            return True
        return len(await connection.fetch(_JOIN_SESSIONS, list(wanted))) == len(wanted)

    async def _lock_resources(self, resources: Collection[UUID]) -> None:
        """By the names under which the services lock them too."""
        await self.lock([f"resource:{key}" for key in resources])

    async def _leave(self, booking_id: UUID) -> None:
        """Free what a booking takes, and close the sessions that nobody is left in."""
        left = await self._lock_sessions(booking_id)
        await self._connection.execute(_FREE, booking_id)
        if left:
            await self._connection.execute(_CLOSE_SESSIONS, sorted(left), booking_id)

    async def _lock_sessions(self, booking_id: UUID, others: Collection[UUID] = ()) -> set[UUID]:
        """Lock the sessions that a booking sits in, and others; the former come back."""
        left = {row["session_id"] for row in await self._connection.fetch(_SESSIONS_OF, booking_id)}
        if locked := left.union(others):
            await self._connection.fetch(_LOCK_SESSIONS, sorted(locked))
        return left


def _write_cursor(last: Booking) -> str:
    text = f"{int(last.start.timestamp() * 1_000_000)}.{last.id.hex}"
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def _read_cursor(cursor: str) -> tuple[datetime, UUID]:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        micros, _, key = text.partition(".")
        return datetime.fromtimestamp(int(micros) / 1_000_000, UTC), UUID(hex=key)
    except (ValueError, OverflowError, OSError, binascii.Error):
        raise InvalidInput("cursor", "unknown") from None
