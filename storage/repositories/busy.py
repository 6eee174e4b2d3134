"""Taken time, read in one round trip as integers (epoch minutes) that SQL has computed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from itertools import repeat
from typing import Any, Final
from uuid import UUID

from asyncpg import Connection, Record

from core.domain.catalog import AnyStaffChoice
from core.domain.errors import NotFound
from core.domain.visit import Busy, BusyClaim, BusySession, DayLoad, from_minutes
from core.ports.repositories import BusyQuestion, BusyReading
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
    SELECT helper.staff_id, (s.start_at AT TIME ZONE dates.zone)::date, s.booking_id,
           {_minutes("s.end_at")} - {_minutes("s.start_at")}
    FROM dates, booking_segments AS s, unnest(s.assistant_ids) AS helper (staff_id)
    WHERE s.active AND s.assistant_ids <> '{{}}' AND s.assistant_ids && $2 AND helper.staff_id = ANY($2)
      AND s.start_at >= dates.first AND s.start_at < dates.last AND ($7 IS NULL OR s.booking_id <> $7)
    UNION ALL
    SELECT s.staff_id, (s.start_at AT TIME ZONE dates.zone)::date, s.id, {_minutes("s.end_at")} - {_minutes("s.start_at")}
    FROM dates, sessions AS s
    WHERE s.active AND s.staff_id = ANY($2) AND s.start_at >= dates.first AND s.start_at < dates.last
      AND ($7 IS NULL OR EXISTS (
          SELECT FROM claims AS seat WHERE seat.resource_id = s.id AND seat.active AND seat.booking_id <> $7))
) AS worked
GROUP BY staff_id, day
"""

# Ids of bookings are in the order in which they were made. Segments' aren't: a move writes new ones.
_LAST_BOOKED: Final = f"""
SELECT 'r', wanted.staff_id, NULL, NULL, ARRAY[{_minutes("newest.created_at")}], NULL, NULL, NULL, NULL, NULL
FROM dates, unnest($2::uuid[]) AS wanted (staff_id), LATERAL (
    SELECT b.created_at FROM bookings AS b WHERE b.id = greatest(
        (SELECT s.booking_id FROM booking_segments AS s WHERE s.staff_id = wanted.staff_id
         ORDER BY s.booking_id DESC LIMIT 1),
        (SELECT s.booking_id FROM booking_segments AS s
         WHERE s.assistant_ids <> '{{}}' AND s.assistant_ids @> ARRAY[wanted.staff_id]
         ORDER BY s.booking_id DESC LIMIT 1))
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
    sheet = _Sheet()
    for kind, key, ids, day, a, b, c, d, e, more_ids in found:
        if kind == "c":
            sheet.add_claims(key, a, b, c, d, e, ids or repeat(None), more_ids or repeat(None))
        elif kind == "l":
            sheet.loads[key, day] = DayLoad(*a)
        elif kind == "s":
            sheet.add_session(_session(key, ids, a, b or (), more_ids or ()))
        elif kind == "v":
            sheet.version = a[0]
        else:
            sheet.last_booked[key] = a[0]
    reading = sheet.reading()
    if reading is None:
        raise NotFound(what="business")
    return reading


# As the parts above, for questions that have their number, resource and span each; one row for each of these.
_MANY: Final = f"""
WITH asked AS (
    SELECT * FROM unnest($1::int[], $2::uuid[], $3::int[], $4::int[]) AS q (number, resource_id, first, last)
)
SELECT 'c' AS kind, asked.number, asked.resource_id AS key, NULL::uuid[] AS ids, taken.*, NULL::uuid[] AS more_ids
FROM asked, LATERAL (
    SELECT array_agg(lead) AS a, array_agg(start) AS b, array_agg(stop) AS c, array_agg(trail) AS d, array_agg(lane::int) AS e
    FROM (
        SELECT lane, lead, start, stop, trail FROM claims
        WHERE active AND resource_id = asked.resource_id AND lead < asked.last AND lead > asked.first - {LONGEST}
          AND trail > asked.first
        ORDER BY start
    ) AS reaching
) AS taken
WHERE taken.a IS NOT NULL
UNION ALL
SELECT 's', asked.number, session.id, ARRAY[session.service_id, session.staff_id, session.location_id],
       ARRAY[{_minutes("session.start_at")}, {_minutes("session.end_at")}], seats.lanes, NULL, NULL, NULL, seats.holders
FROM asked JOIN sessions AS session ON session.active AND session.staff_id = asked.resource_id
     AND session.start_at < to_timestamp(asked.last * 60.0) AND session.end_at > to_timestamp(asked.first * 60.0)
     AND session.start_at > to_timestamp((asked.first - {LONGEST}) * 60.0), LATERAL (
    SELECT array_agg(seat.lane::int ORDER BY seat.lane) AS lanes, array_agg(seat.booking_id ORDER BY seat.lane) AS holders
    FROM claims AS seat WHERE seat.resource_id = session.id AND seat.active
) AS seats
UNION ALL
SELECT 'v', catalog_version, id, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM businesses WHERE id = ANY($5)
"""


async def read_busy_of(
    connection: Connection[Record], questions: Sequence[BusyQuestion]
) -> Sequence[BusyReading | None]:
    """See :meth:`core.ports.repositories.BookingRepository.busy_of`."""
    rows = [
        (number, resource, *question.span)
        for number, question in enumerate(questions)
        for resource in question.resources
    ]
    numbers, resources, firsts, lasts = map(list, zip(*rows, strict=True)) if rows else ([], [], [], [])
    businesses = list({question.business_id for question in questions})
    sheets = [_Sheet() for _ in questions]
    versions: dict[UUID, int] = {}
    for kind, number, key, ids, a, b, c, d, e, more_ids in await connection.fetch(
        _MANY, numbers, resources, firsts, lasts, businesses
    ):
        if kind == "c":
            sheets[number].add_claims(key, a, b, c, d, e)
        elif kind == "s":
            sheets[number].add_session(_session(key, ids, a, b or (), more_ids or ()))
        else:
            versions[key] = number
    for sheet, question in zip(sheets, questions, strict=True):
        sheet.version = versions.get(question.business_id)
    return [sheet.reading() for sheet in sheets]


class _Sheet:
    """What the rows of one question say, put together."""

    def __init__(self) -> None:
        self.version: int | None = None
        self.loads: dict[tuple[UUID, date], DayLoad] = {}
        self.last_booked: dict[UUID, int] = {}
        self._claims: dict[UUID, tuple[BusyClaim, ...]] = {}
        self._sessions: dict[UUID, list[BusySession]] = {}

    def add_claims(self, resource: UUID, *columns: Iterable[Any]) -> None:
        """The claims of a resource."""
        self._claims[resource] = tuple(map(BusyClaim, *columns))

    def add_session(self, session: BusySession) -> None:
        """A session."""
        self._sessions.setdefault(session.staff_id, []).append(session)

    def reading(self) -> BusyReading | None:
        """None for a business that isn't there."""
        if self.version is None:
            return None
        by_staff = {
            key: tuple(sorted(each, key=lambda session: session.start))
            for key, each in self._sessions.items()
        }
        return BusyReading(self.version, Busy(self._claims, by_staff, self.loads, self.last_booked))


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
