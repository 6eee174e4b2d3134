"""Taken time, read in one round trip as integers (epoch minutes) that SQL has computed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from itertools import repeat
from typing import Any, Final
from uuid import UUID

from asyncpg import Connection, Record

from core.domain.catalog import AnyStaffChoice
from core.domain.errors import NotFound
from core.domain.visit import Busy, BusyClaim, BusySession, DayLoad, from_minutes
from core.ports.repositories import BusyReading
from storage.tables.claims import LONGEST


def _minutes(instant: str) -> str:
    """SQL: the epoch minute of an instant. ``date_part`` is twice as fast as ``extract``."""
    return f"(date_part('epoch', {instant}) / 60)::int"


_VERSION: Final = """
SELECT 'v' AS kind, id, NULL::uuid[] AS ids, NULL::date AS day, ARRAY[catalog_version]::int[] AS a,
       NULL::int[] AS b, NULL::int[] AS c, NULL::int[] AS d, NULL::int[] AS e, NULL::uuid[] AS more_ids
FROM businesses WHERE id = $1
"""


def _claims(holders: str, columns: str) -> str:
    """SQL: the claims of each resource as arrays. No claim is longer than LONGEST, so the b-tree on (resource, lead)
    finds those that reach into the span.
    """
    return f"""
SELECT 'c', resource_id, {holders.format("booking_id")}, NULL::date, array_agg(lead), array_agg(start), array_agg(stop),
       array_agg(trail), array_agg(lane::int), {holders.format("session_id")}
FROM (
    SELECT resource_id, lane, lead, start, stop, trail{columns} FROM claims
    WHERE active AND resource_id = ANY($2) AND lead < $6 AND lead > $5::int - {LONGEST} AND trail > $5
    ORDER BY resource_id, start
) AS taken
GROUP BY resource_id
"""


# Whose they are matters only to a search that ignores a booking. Without that the index alone has all there is to know.
_CLAIMS: Final = _claims("NULL::uuid[]", "")
_CLAIMS_OF_WHOM: Final = _claims("array_agg({})", ", booking_id, session_id")

_SESSIONS: Final = f"""
SELECT 's', session.id, ARRAY[session.service_id, session.staff_id, session.location_id], NULL,
       ARRAY[{_minutes("session.start_at")}, {_minutes("session.end_at")}], seats.lanes, NULL, NULL, NULL, seats.holders
FROM sessions AS session, LATERAL (
    SELECT array_agg(seat.lane::int ORDER BY seat.lane) AS lanes, array_agg(seat.booking_id ORDER BY seat.lane) AS holders
    FROM claims AS seat WHERE seat.resource_id = session.id AND seat.active
) AS seats
WHERE session.active AND session.staff_id = ANY($2) AND session.start_at < $4
  AND session.start_at > $3::timestamptz - interval '{LONGEST} minutes' AND session.end_at > $3
"""

# Loads are those of whole local dates, while the span may begin or end within one. A session that only the ignored
# booking sits in doesn't count either.
_LOADS: Final = f"""
SELECT 'l', staff_id, NULL, day, ARRAY[count(DISTINCT holder)::int, sum(minutes)::int], NULL, NULL, NULL, NULL, NULL
FROM (
    SELECT s.staff_id, (s.start_at AT TIME ZONE dates.zone)::date AS day, s.booking_id AS holder,
           {_minutes("s.end_at")} - {_minutes("s.start_at")} AS minutes
    FROM dates, booking_segments AS s
    WHERE s.active AND s.session_id IS NULL AND s.staff_id = ANY($2) AND s.start_at >= dates.first
      AND s.start_at < dates.last AND ($7::uuid IS NULL OR s.booking_id <> $7)
    UNION ALL
    SELECT s.staff_id, (s.start_at AT TIME ZONE dates.zone)::date, s.id, {_minutes("s.end_at")} - {_minutes("s.start_at")}
    FROM dates, sessions AS s
    WHERE s.active AND s.staff_id = ANY($2) AND s.start_at >= dates.first AND s.start_at < dates.last
      AND ($7 IS NULL OR EXISTS (
          SELECT FROM claims AS seat WHERE seat.resource_id = s.id AND seat.active AND seat.booking_id <> $7))
) AS worked
GROUP BY staff_id, day
"""

_LAST_BOOKED: Final = f"""
SELECT 'r', wanted.staff_id, NULL, NULL, ARRAY[{_minutes("newest.created_at")}], NULL, NULL, NULL, NULL, NULL
FROM dates, unnest($2::uuid[]) AS wanted (staff_id), LATERAL (
    SELECT b.created_at FROM booking_segments AS s JOIN bookings AS b ON b.id = s.booking_id
    WHERE s.staff_id = wanted.staff_id ORDER BY s.id DESC LIMIT 1
) AS newest
WHERE dates.any_staff = '{AnyStaffChoice.LEAST_RECENT}'
"""

_DATES: Final = """
WITH dates AS (
    SELECT zone, rules ->> 'any_staff' AS any_staff, ($3 AT TIME ZONE zone)::date::timestamp AT TIME ZONE zone AS first,
           (($4 AT TIME ZONE zone)::date + 1)::timestamp AT TIME ZONE zone AS last
    FROM businesses WHERE id = $1
)
"""


def _sql(*, ignoring: bool, loads: bool) -> str:
    parts = [_VERSION, _CLAIMS_OF_WHOM if ignoring else _CLAIMS, _SESSIONS]
    if loads:
        parts += [_LOADS, _LAST_BOOKED]
    return (_DATES if loads else "") + " UNION ALL ".join(parts)


#: By whether a booking is ignored, and whether loads are asked for.
_SQLS: Final = {
    (ignoring, loads): _sql(ignoring=ignoring, loads=loads)
    for ignoring in (False, True)
    for loads in (False, True)
}


async def read_busy(
    connection: Connection[Record],
    business_id: UUID,
    resources: Collection[UUID],
    span: tuple[int, int],
    *,
    ignore_booking: UUID | None,
    loads: bool,
) -> BusyReading:
    """See :meth:`core.ports.repositories.BookingRepository.busy`.

    Raises NotFound for a business that isn't there.
    """
    first, last = from_minutes(span[0]), from_minutes(span[1])
    sql = _SQLS[ignore_booking is not None, loads]
    args = [business_id, list(resources), first, last, *span, *([ignore_booking] if loads else [])]
    found = await connection.fetch(sql, *args)
    version: int | None = None
    claims: dict[UUID, tuple[BusyClaim, ...]] = {}
    sessions: dict[UUID, list[BusySession]] = {}
    day_loads: dict[tuple[UUID, date], DayLoad] = {}
    last_booked: dict[UUID, int] = {}
    for kind, key, ids, day, a, b, c, d, e, more_ids in found:
        if kind == "c":
            holders = (ids or repeat(None), more_ids or repeat(None))
            claims[key] = tuple(map(BusyClaim, a, b, c, d, e, *holders))
        elif kind == "l":
            day_loads[key, day] = DayLoad(*a)
        elif kind == "s":
            session = _session(key, ids, a, b or (), more_ids or ())
            sessions.setdefault(session.staff_id, []).append(session)
        elif kind == "v":
            version = a[0]
        else:
            last_booked[key] = a[0]
    if version is None:
        raise NotFound(what="business")
    by_staff = {key: tuple(sorted(each, key=lambda session: session.start)) for key, each in sessions.items()}
    return BusyReading(version, Busy(claims, by_staff, day_loads, last_booked))


def _session(
    key: UUID, ids: list[Any], times: list[int], lanes: Collection[int], holders: Collection[UUID]
) -> BusySession:
    service_id, staff_id, location_id = ids
    start, end = times
    return BusySession(
        id=key,
        service_id=service_id,
        staff_id=staff_id,
        start=start,
        end=end,
        seats_taken=len(lanes),
        location_id=location_id,
        booking_ids=tuple(holders),
        lanes=tuple(lanes),
    )
