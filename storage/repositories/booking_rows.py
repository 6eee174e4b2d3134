"""Rows of bookings ↔ the core's dataclasses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from asyncpg import Record

from core.domain.booking import AddOnLine, Booking, BookingSource, BookingStatus, Segment, TimelineEntry
from core.domain.money import Money
from core.domain.visit import Claim, from_minutes

_SEGMENTS: Final = """(
    SELECT jsonb_agg(jsonb_build_object(
        'id', s.id, 'service_id', s.service_id, 'service_title', s.service_title, 'staff_id', s.staff_id,
        'staff_name', s.staff_name, 'start', (date_part('epoch', s.start_at) / 60)::int,
        'end', (date_part('epoch', s.end_at) / 60)::int, 'buffer_before', s.buffer_before,
        'buffer_after', s.buffer_after, 'price', s.price, 'addons', s.addons, 'room_ids', s.room_ids,
        'session_id', s.session_id, 'assistant_ids', s.assistant_ids, 'assistant_names', s.assistant_names)
        ORDER BY s.position)
    FROM booking_segments AS s WHERE s.booking_id = b.id
) AS segments"""

#: Reads bookings, called ``b``, for :func:`booking_of`.
SELECT: Final = f"SELECT b.*, {_SEGMENTS} FROM bookings AS b"


def segment_of(stored: dict[str, Any]) -> Segment:
    """A segment out of the JSON that comes along with its booking; instants are epoch minutes there."""
    return Segment(
        id=UUID(stored["id"]),
        service_id=UUID(stored["service_id"]),
        service_title=stored["service_title"],
        staff_id=UUID(stored["staff_id"]),
        staff_name=stored["staff_name"],
        start=from_minutes(stored["start"]),
        end=from_minutes(stored["end"]),
        buffer_before=stored["buffer_before"],
        buffer_after=stored["buffer_after"],
        price=stored["price"],
        addons=tuple(
            AddOnLine(UUID(line["addon_id"]), line["title"], line["duration"], line["price"])
            for line in stored["addons"]
        ),
        room_ids=tuple(map(UUID, stored["room_ids"])),
        session_id=UUID(stored["session_id"]) if stored["session_id"] else None,
        assistant_ids=tuple(map(UUID, stored["assistant_ids"])),
        assistant_names=tuple(stored["assistant_names"]),
    )


def booking_of(row: Record) -> Booking:
    """A booking with its segments."""
    return Booking(
        id=row["id"],
        business_id=row["business_id"],
        client_id=row["client_id"],
        location_id=row["location_id"],
        status=BookingStatus(row["status"]),
        source=BookingSource(row["source"]),
        start=row["start_at"],
        end=row["end_at"],
        zone=ZoneInfo(row["zone"]),
        segments=tuple(map(segment_of, row["segments"])),
        total=Money(row["total"], row["currency"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        seats=row["seats"],
        comment=row["comment"],
        version=row["version"],
        reschedules=row["reschedules"],
        expires_at=row["expires_at"],
        attendance_confirmed_at=row["attendance_confirmed_at"],
        cancel_reason=row["cancel_reason"],
        series_id=row["series_id"],
        request_key=row["request_key"],
        awaits_client=row["awaits_client"],
    )


def segment_lines(segments: Sequence[Segment]) -> list[dict[str, Any]]:
    """Segments as JSON, to be inserted by one statement."""
    return [
        {
            "id": segment.id,
            "position": position,
            "service_id": segment.service_id,
            "service_title": segment.service_title,
            "staff_id": segment.staff_id,
            "staff_name": segment.staff_name,
            "start_at": segment.start,
            "end_at": segment.end,
            "buffer_before": segment.buffer_before,
            "buffer_after": segment.buffer_after,
            "price": segment.price,
            "addons": [
                {
                    "addon_id": line.addon_id,
                    "title": line.title,
                    "duration": line.duration,
                    "price": line.price,
                }
                for line in segment.addons
            ],
            "room_ids": "{" + ",".join(map(str, segment.room_ids)) + "}",
            "session_id": segment.session_id,
            "assistant_ids": "{" + ",".join(map(str, segment.assistant_ids)) + "}",
            "assistant_names": segment.assistant_names,
        }
        for position, segment in enumerate(segments)
    ]


def claim_columns(claims: Sequence[Claim]) -> list[list[Any]]:
    """Columns of claims: resource, lane, lead, start, end, trail, and the session that a claim belongs to."""
    return [*map(list, zip(*claims, strict=True))] if claims else [[] for _ in Claim._fields]


def timeline_of(row: Record) -> TimelineEntry:
    """A line of a booking's history."""
    return TimelineEntry(
        id=row["id"],
        booking_id=row["booking_id"],
        at=row["at"],
        event=row["event"],
        actor_kind=row["actor_kind"],
        actor_id=row["actor_id"],
        actor_name=row["actor_name"],
        reason=row["reason"],
        before=row["before"],
        after=row["after"],
    )
