"""SQL of :mod:`storage.repositories.bookings`."""

from __future__ import annotations

from typing import Final

from storage.repositories import booking_rows as rows
from storage.repositories.put_off import put_off
from storage.tables.claims import LONGEST

ADD_SEGMENTS: Final = """
    INSERT INTO booking_segments (id, booking_id, position, service_id, service_title, staff_id, staff_name, start_at,
                                  end_at, buffer_before, buffer_after, price, addons, room_ids, session_id,
                                  assistant_ids, assistant_names)
    SELECT s.id, {booking}, s.position, s.service_id, s.service_title, s.staff_id, s.staff_name, s.start_at, s.end_at,
           s.buffer_before, s.buffer_after, s.price, s.addons, s.room_ids, s.session_id, s.assistant_ids,
           s.assistant_names
    FROM jsonb_to_recordset({lines}) AS s (
        id uuid, position smallint, service_id uuid, service_title text, staff_id uuid, staff_name text,
        start_at timestamptz, end_at timestamptz, buffer_before smallint, buffer_after smallint, price bigint,
        addons jsonb, room_ids uuid[], session_id uuid, assistant_ids uuid[], assistant_names text[])
"""

ADD_CLAIMS: Final = """
    INSERT INTO claims (business_id, booking_id, session_id, resource_id, lane, lead, start, stop, trail)
    SELECT {business}, CASE WHEN c.session_id IS NULL THEN {booking} END, c.session_id, c.resource_id, c.lane,
           c.lead, c.start, c.stop, c.trail
    FROM unnest({columns}) AS c (resource_id, lane, lead, start, stop, trail, session_id)
    ORDER BY c.resource_id, c.lane, c.start
    ON CONFLICT DO NOTHING RETURNING id
"""

# Whoever changes the catalogue waits for those who have looked here, and they for whoever is changing it: a visit is
# either seen by a closure, or placed under it.
STANDS: Final = """
    SELECT FROM businesses WHERE id = {business} AND catalog_version = coalesce({version}::bigint, catalog_version)
    FOR SHARE
"""

CLAIM_TYPES: Final = ("uuid", "smallint", "int", "int", "int", "int", "uuid")


def _claim_columns(first: int) -> str:
    return ", ".join(f"${first + place}::{kind}[]" for place, kind in enumerate(CLAIM_TYPES))


ADD: Final = f"""
WITH {put_off(1)}, booking AS (
    INSERT INTO bookings (id, business_id, client_id, location_id, status, source, start_at, end_at, zone, total, currency,
                          seats, comment, version, reschedules, expires_at, attendance_confirmed_at, cancel_reason,
                          series_id, request_key, created_at, updated_at, awaits_client)
    VALUES ($5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $35)
), segment AS ({ADD_SEGMENTS.format(booking="$5", lines="$27::jsonb")}
), claim AS ({ADD_CLAIMS.format(business="$6", booking="$5", columns=_claim_columns(28))}
), catalogue AS ({STANDS.format(business="$6", version="$36")})
SELECT (SELECT count(*) FROM claim), (SELECT count(*) FROM catalogue), (SELECT count(*) FROM message)
"""

OPEN_SESSIONS: Final = """
INSERT INTO sessions (id, business_id, service_id, staff_id, location_id, start_at, end_at, capacity)
SELECT s.id, $1, s.service_id, s.staff_id, s.location_id, s.start_at, s.end_at, s.capacity
FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::timestamptz[], $7::timestamptz[], $8::smallint[])
     AS s (id, service_id, staff_id, location_id, start_at, end_at, capacity)
ORDER BY s.staff_id, s.start_at
ON CONFLICT DO NOTHING RETURNING id
"""

JOIN_SESSIONS: Final = "SELECT id FROM sessions WHERE id = ANY($1) AND active ORDER BY id FOR SHARE"
LOCK_SESSIONS: Final = "SELECT id FROM sessions WHERE id = ANY($1) AND active ORDER BY id FOR NO KEY UPDATE"
SESSIONS_OF: Final = (
    "SELECT DISTINCT session_id FROM booking_segments WHERE booking_id = $1 AND session_id IS NOT NULL"
)

DELETE_SEGMENTS: Final = """
DELETE FROM booking_segments WHERE booking_id = $1
RETURNING staff_id, assistant_ids, room_ids, start_at, end_at, buffer_before, buffer_after
"""
FREE: Final = """
WITH idle AS (UPDATE booking_segments SET active = false WHERE booking_id = $1 AND active)
UPDATE claims SET active = false WHERE booking_id = $1 AND active
"""
# Its history is the timeline: a moved booking leaves no claims behind.
FREE_OLD: Final = "DELETE FROM claims WHERE booking_id = $1 AND id <> ALL($2::bigint[])"
TAKEN_BY_SESSIONS: Final = "SELECT DISTINCT resource_id FROM claims WHERE session_id = ANY($1) AND active"
# The seats of $2, who is leaving, don't keep a session open.
CLOSE_SESSIONS: Final = """
WITH closed AS (
    UPDATE sessions SET active = false
    WHERE id = ANY($1) AND active AND NOT EXISTS (
        SELECT FROM claims AS seat WHERE seat.resource_id = sessions.id AND seat.active AND seat.booking_id <> $2)
    RETURNING id
)
UPDATE claims SET active = false WHERE session_id IN (SELECT id FROM closed) AND active
"""

SAVE_STATUS: Final = """
UPDATE bookings SET status = $3, expires_at = $4, attendance_confirmed_at = $5, cancel_reason = $6, updated_at = $7,
                    version = $8, awaits_client = $9
WHERE id = $1 AND version = $2
"""

MOVE: Final = f"""
WITH moved AS (
    UPDATE bookings SET location_id = $2, status = $3, start_at = $4, end_at = $5, total = $6, version = $7,
                        reschedules = $8, expires_at = $9, attendance_confirmed_at = $10, updated_at = $11
    WHERE id = $1
), segment AS ({ADD_SEGMENTS.format(booking="$1", lines="$12::jsonb")}
), claim AS ({ADD_CLAIMS.format(business="$13", booking="$1", columns=_claim_columns(14))}
), catalogue AS ({STANDS.format(business="$13", version="$21")})
SELECT array_agg(id) FROM claim WHERE EXISTS (SELECT FROM catalogue)
"""

CONFLICTING: Final = f"""
SELECT coalesce(taken.booking_id, (
           SELECT seat.booking_id FROM claims AS seat WHERE seat.resource_id = taken.session_id AND seat.active LIMIT 1))
FROM unnest({_claim_columns(2)}) AS c (resource_id, lane, lead, start, stop, trail, session_id)
JOIN claims AS taken ON taken.resource_id = c.resource_id AND taken.lane = c.lane AND taken.active
     AND taken.lead < c.trail AND taken.lead > c.lead - {LONGEST}
     AND (taken.lead < c.stop AND c.lead < taken.stop OR taken.start < c.trail AND c.start < taken.trail)
WHERE taken.business_id = $1 LIMIT 1
"""

OPEN_STATUSES: Final = "('pending', 'deposit_required', 'confirmed')"
COMING: Final = f"""
{rows.SELECT} WHERE b.client_id = $1 AND b.end_at > $2 AND b.status IN ('pending', 'deposit_required', 'confirmed', 'in_progress')
ORDER BY b.start_at, b.id LIMIT $3
"""
PAST: Final = f"""
{rows.SELECT} WHERE b.client_id = $1 AND b.start_at < $2 AND b.status NOT IN ('cancelled', 'expired', 'draft')
ORDER BY b.start_at DESC, b.id DESC LIMIT $3
"""
COUNT_OPEN: Final = (
    f"SELECT count(*) FROM bookings WHERE client_id = $1 AND start_at > $2 AND status IN {OPEN_STATUSES}"
)
OF_SERIES: Final = f"{rows.SELECT} WHERE b.series_id = $1 ORDER BY b.start_at, b.id"
JOIN_SERIES: Final = """
UPDATE bookings SET series_id = $3, version = $4, updated_at = $5 WHERE id = $1 AND version = $2
"""
SESSIONS: Final = """
SELECT id, service_id, staff_id, location_id, start_at, end_at, capacity FROM sessions
WHERE business_id = $1 AND active AND start_at >= $2 AND start_at < $3 AND ($4::uuid IS NULL OR staff_id = $4)
ORDER BY start_at, id
"""
IN_SESSIONS: Final = f"""
{rows.SELECT} WHERE b.id IN (SELECT seat.booking_id FROM claims AS seat WHERE seat.resource_id = ANY($1) AND seat.active)
ORDER BY b.id
"""
NEXT_PENDING: Final = f"""
{rows.SELECT} WHERE b.business_id = $1 AND b.status = 'pending' AND b.start_at > $2
  AND ($3::uuid IS NULL OR EXISTS (SELECT FROM booking_segments AS s WHERE s.booking_id = b.id
                                 AND (s.staff_id = $3 OR s.assistant_ids @> ARRAY[$3::uuid])))
ORDER BY b.start_at, b.id LIMIT 1
"""
