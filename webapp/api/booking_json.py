"""A booking and its history as JSON."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from core.domain.booking import Booking, Segment, TimelineEntry
from core.domain.client import Client
from webapp.api.moments import iso


def booking_json(booking: Booking, client: Client | None = None) -> dict[str, object]:
    """``service_id`` and ``staff_id`` are the first segment's. Prices are minor units.

    ``client`` only for who may see the card.
    """
    zone = booking.zone
    first = booking.segments[0]
    shown: dict[str, object] = {
        "id": str(booking.id),
        "business_id": str(booking.business_id),
        "location_id": str(booking.location_id),
        "client_id": str(booking.client_id),
        "status": booking.status.value,
        "source": booking.source.value,
        "start_ts": iso(booking.start, zone),
        "end_ts": iso(booking.end, zone),
        "timezone": zone.key,
        "service_id": str(first.service_id),
        "staff_id": str(first.staff_id),
        "seats": booking.seats,
        "series_id": str(booking.series_id) if booking.series_id else None,
        "price": booking.total.minor,
        "currency": booking.total.currency,
        "segments": [_segment_json(segment, zone) for segment in booking.segments],
        "comment": booking.comment,
        "cancel_reason": booking.cancel_reason,
        "reschedules": booking.reschedules,
        "version": booking.version,
        "awaits_client": booking.awaits_client,
        "expires_at": iso(booking.expires_at, zone) if booking.expires_at else None,
        "created_at": iso(booking.created_at, zone),
        "updated_at": iso(booking.updated_at, zone),
    }
    if client is not None:
        shown["client"] = {
            "id": str(client.id),
            "name": client.name,
            "phone": client.phone,
            "phone_verified": client.phone_verified,
            "email": client.email,
        }
    return shown


def _segment_json(segment: Segment, zone: ZoneInfo) -> dict[str, object]:
    return {
        "service_id": str(segment.service_id),
        "service_title": segment.service_title,
        "staff_id": str(segment.staff_id),
        "staff_name": segment.staff_name,
        "assistants": [
            {"id": str(staff_id), "name": name}
            for staff_id, name in zip(segment.assistant_ids, segment.assistant_names, strict=True)
        ],
        "start_ts": iso(segment.start, zone),
        "end_ts": iso(segment.end, zone),
        "buffer_before": segment.buffer_before,
        "buffer_after": segment.buffer_after,
        "price": segment.price,
        "session_id": str(segment.session_id) if segment.session_id else None,
        "room_ids": [str(room_id) for room_id in segment.room_ids],
        "addons": [
            {
                "id": str(line.addon_id),
                "title": line.title,
                "duration_minutes": line.duration,
                "price": line.price,
            }
            for line in segment.addons
        ],
    }


def entry_json(entry: TimelineEntry, zone: ZoneInfo) -> dict[str, object]:
    """One thing that happened."""
    return {
        "id": str(entry.id),
        "at": iso(entry.at, zone),
        "event": entry.event,
        "actor": {"kind": entry.actor_kind, "name": entry.actor_name},
        "reason": entry.reason,
        "before": dict(entry.before),
        "after": dict(entry.after),
    }
