"""The addresses of the API."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from core.ports.repositories import CataloguePart
from webapp.api import availability, booking, catalog, closures, health, parts, schedule, series, sessions

_V1: Final = "/api/v1"
_BUSINESS: Final = f"{_V1}/businesses/{{business}}"


def routes() -> list[web.AbstractRouteDef]:
    """Every route. What has an id of its own is found under it, and under its business too."""
    return [
        web.get(f"{_V1}/health", health.health),
        web.get(f"{_V1}/ready", health.ready),
        web.get("/metrics", health.metrics),
        web.get(_BUSINESS, catalog.show_business),
        web.patch(_BUSINESS, catalog.update_business),
        web.get(f"{_BUSINESS}/availability", availability.show),
        web.get(f"{_BUSINESS}/services", catalog.list_services),
        web.post(f"{_BUSINESS}/services", catalog.create_service),
        web.get(f"{_BUSINESS}/staff", catalog.list_staff),
        web.post(f"{_BUSINESS}/staff", catalog.create_staff),
        web.get(f"{_BUSINESS}/exceptions", schedule.list_exceptions),
        web.post(f"{_BUSINESS}/exceptions", schedule.create_exception),
        *(route for name, kind in parts.NAMES.items() for route in _of_parts(name, kind)),
        web.post(f"{_BUSINESS}/closures", closures.create),
        web.get(f"{_BUSINESS}/sessions", sessions.index),
        web.post(f"{_BUSINESS}/bookings/series", series.create),
        web.post(f"{_BUSINESS}/bookings/series/preview", series.preview),
        web.get(f"{_BUSINESS}/bookings", booking.index),
        web.post(f"{_BUSINESS}/bookings", booking.create),
        web.get(f"{_V1}/bookings/{{id}}", booking.show),
        web.post(f"{_V1}/bookings/{{id}}/status", booking.set_status),
        web.post(f"{_V1}/bookings/{{id}}/reschedule", booking.reschedule),
        web.get(f"{_V1}/bookings/{{id}}/timeline", booking.timeline),
        web.get(f"{_V1}/bookings/{{id}}/series", series.show),
        web.post(f"{_V1}/bookings/{{id}}/series/cancel", series.cancel_rest),
        *(route for prefix in (_V1, _BUSINESS) for route in _by_id(prefix)),
    ]


def _of_parts(name: str, kind: CataloguePart) -> list[web.AbstractRouteDef]:
    return [
        web.get(f"{_BUSINESS}/{name}", parts.index(kind)),
        web.post(f"{_BUSINESS}/{name}", parts.create(kind)),
        *(
            route
            for prefix in (_V1, _BUSINESS)
            for route in (
                web.patch(f"{prefix}/{name}/{{id}}", parts.update(kind)),
                web.delete(f"{prefix}/{name}/{{id}}", parts.delete(kind)),
            )
        ),
    ]


def _by_id(prefix: str) -> list[web.AbstractRouteDef]:
    return [
        web.get(f"{prefix}/services/{{id}}", catalog.show_service),
        web.patch(f"{prefix}/services/{{id}}", catalog.update_service),
        web.delete(f"{prefix}/services/{{id}}", catalog.archive_service),
        web.get(f"{prefix}/staff/{{id}}", catalog.show_staff),
        web.patch(f"{prefix}/staff/{{id}}", catalog.update_staff),
        web.delete(f"{prefix}/staff/{{id}}", catalog.archive_staff),
        web.get(f"{prefix}/staff/{{id}}/schedule", schedule.show),
        web.put(f"{prefix}/staff/{{id}}/schedule", schedule.replace),
        web.patch(f"{prefix}/exceptions/{{id}}", schedule.update_exception),
        web.delete(f"{prefix}/exceptions/{{id}}", schedule.delete_exception),
    ]
