"""Taken time, read in one round trip as integers (epoch minutes) that SQL has computed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any, Final
from uuid import UUID

from asyncpg import Connection, Record

from core.domain.errors import NotFound
from core.domain.visit import Busy, BusyClaim, BusySession, DayLoad, from_minutes
from core.ports.repositories import BusyReading

_MINUTES: Final = "(date_part('epoch', {}) / 60)::int"

# A claim that reaches into the span began at most two days before it (24 hours of visit, 24 of buffer), or begins at most one day after it: that is what the
# b-tree on (resource, start) finds; the rest is filtered. A session that stands for the ignored booking alone does not stand in its way either. The kinds of rows share their columns: see ``read``.
_SQL: Final = f"""
WITH business AS (
    SELECT catalog_version, zone, rules ->> 'any_staff' AS any_staff FROM businesses WHERE id = $1
), taken AS MATERIALIZED (
    SELECT resource_id, lane, coalesce(booking_id, session_id) AS holder, lower(with_after) AS start_at,
           upper(with_before) AS end_at,
           {_MINUTES.format("lower(with_before)")} AS lead, {_MINUTES.format("lower(with_after)")} AS start,
           {_MINUTES.format("upper(with_before)")} AS stop, {_MINUTES.format("upper(with_after)")} AS trail
    FROM claims
    WHERE active AND resource_id = ANY($2) AND lower(with_after) >= $3::timestamptz - interval '2 days'
      AND lower(with_after) < $4::timestamptz + interval '1 day' AND ($5::uuid IS NULL OR booking_id IS DISTINCT FROM $5)
      AND ($5 IS NULL OR session_id IS NULL OR EXISTS (
          SELECT FROM claims AS seat WHERE seat.resource_id = claims.session_id AND seat.active AND seat.booking_id <> $5))
    ORDER BY resource_id, lower(with_after)
)
SELECT 'v' AS kind, NULL::uuid AS id, NULL::uuid[] AS ids, NULL::date AS day,
       ARRAY[catalog_version]::int[] AS a, NULL::int[] AS b, NULL::int[] AS c, NULL::int[] AS d, NULL::int[] AS e
FROM business
UNION ALL
SELECT 'c', resource_id, NULL, NULL, array_agg(lead), array_agg(start), array_agg(stop), array_agg(trail), array_agg(lane)
FROM taken WHERE end_at > $3::timestamptz - interval '1 day' GROUP BY resource_id
UNION ALL
SELECT 's', session.id, ARRAY[session.service_id, session.staff_id, session.location_id] || array_agg(seat.booking_id), NULL,
       ARRAY[{_MINUTES.format("session.start_at")}, {_MINUTES.format("session.end_at")}, count(seat.id)::int],
       NULL, NULL, NULL, NULL
FROM sessions AS session
LEFT JOIN claims AS seat ON seat.resource_id = session.id AND seat.active AND seat.booking_id IS DISTINCT FROM $5
WHERE session.active AND session.staff_id = ANY($2) AND session.start_at >= $3::timestamptz - interval '2 days'
  AND session.start_at < $4::timestamptz + interval '1 day'
GROUP BY session.id HAVING $5 IS NULL OR count(seat.id) > 0
UNION ALL
SELECT 'l', resource_id, NULL, (start_at AT TIME ZONE business.zone)::date,
       ARRAY[count(DISTINCT holder)::int, sum(stop - start)::int], NULL, NULL, NULL, NULL
FROM taken, business WHERE $6 GROUP BY resource_id, (start_at AT TIME ZONE business.zone)::date
UNION ALL
SELECT 'r', wanted.staff_id, NULL, NULL, ARRAY[{_MINUTES.format("uuid_extract_timestamp(newest.id)")}], NULL, NULL, NULL, NULL
FROM business, unnest($2::uuid[]) AS wanted (staff_id),
     LATERAL (SELECT id FROM booking_segments AS s WHERE s.staff_id = wanted.staff_id ORDER BY id DESC LIMIT 1) AS newest
WHERE business.any_staff = 'least_recent' AND $6
"""


async def read_busy(
    connection: Connection[Record],
    business_id: UUID,
    resources: Collection[UUID],
    span: tuple[int, int],
    *,
    ignore_booking: UUID | None,
    loads: bool,
) -> BusyReading:
    """See :meth:`core.ports.repositories.BookingRepository.busy`. Raises NotFound for a business that isn't there."""
    first, last = from_minutes(span[0]), from_minutes(span[1])
    found = await connection.fetch(_SQL, business_id, list(resources), first, last, ignore_booking, loads)
    version: int | None = None
    claims: dict[UUID, tuple[BusyClaim, ...]] = {}
    sessions: dict[UUID, list[BusySession]] = {}
    day_loads: dict[tuple[UUID, date], DayLoad] = {}
    last_booked: dict[UUID, int] = {}
    for kind, key, ids, day, a, b, c, d, e in found:
        if kind == "c":
            claims[key] = tuple(map(BusyClaim, a, b, c, d, e))
        elif kind == "l":
            day_loads[key, day] = DayLoad(*a)
        elif kind == "s":
            session = _session(key, ids, a)
            sessions.setdefault(session.staff_id, []).append(session)
        elif kind == "v":
            version = a[0]
        else:
            last_booked[key] = a[0]
    if version is None:
        raise NotFound(what="business")
    by_staff = {key: tuple(sorted(each, key=lambda session: session.start)) for key, each in sessions.items()}
    return BusyReading(version, Busy(claims, by_staff, day_loads, last_booked))


def _session(key: UUID, ids: list[Any], numbers: list[int]) -> BusySession:
    service_id, staff_id, location_id, *bookings = ids
    start, end, taken = numbers
    return BusySession(
        id=key,
        service_id=service_id,
        staff_id=staff_id,
        start=start,
        end=end,
        seats_taken=taken,
        location_id=location_id,
        booking_ids=tuple(booking for booking in dict.fromkeys(bookings) if booking is not None),
    )
