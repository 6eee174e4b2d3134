"""Group sessions and who is in them, for the people of the business."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from aiohttp import web

from core.services.booking_read import SessionList
from webapp.access import known_actor
from webapp.answers import listed
from webapp.api import schemas_visits as visits
from webapp.api.booking_query import read_bound
from webapp.api.moments import iso
from webapp.api.operation import Access, Operation, Param, Tag
from webapp.api.schemas import listing, uuid
from webapp.inputs import query_inputs
from webapp.wiring import SERVICES


async def index(request: web.Request) -> web.Response:
    """Sessions that begin from ``from`` to ``to`` (as for bookings), by start; of a master, the own."""
    actor = await known_actor(request)
    services = request.app[SERVICES]
    catalogue = await services.catalogues.peek(request.match_info["business"])
    zone = catalogue.business.zone
    inputs = query_inputs(request)
    since = read_bound(inputs, "from", zone, extra_days=0)
    until = read_bound(inputs, "to", zone, extra_days=1)
    staff_id = inputs.uuid("staff_id")
    for name in ("from", "to"):
        if not inputs.has(name):
            inputs.blame(name, "required")
    if since is not None and until is not None:
        if until <= since:
            inputs.blame("to", "before_from")
        elif until - since > timedelta(days=63):
            inputs.blame("to", "too_long")
    inputs.only()
    inputs.check()
    assert since is not None
    assert until is not None
    found = await services.bookings.sessions(actor, catalogue.business.id, since, until, staff_id)
    return listed([_session_json(each, zone) for each in found])


def _session_json(listed: SessionList, zone: ZoneInfo) -> dict[str, object]:
    session = listed.session
    return {
        "id": str(session.id),
        "service_id": str(session.service_id),
        "staff_id": str(session.staff_id),
        "location_id": str(session.location_id),
        "start_ts": iso(session.start, zone),
        "end_ts": iso(session.end, zone),
        "capacity": session.capacity,
        "seats_taken": listed.seats_taken,
        "seats_left": session.capacity - listed.seats_taken,
        "bookings": [
            {
                "id": str(booking.id),
                "status": booking.status.value,
                "seats": booking.seats,
                "comment": booking.comment,
                "client": {"id": str(client.id), "name": client.name, "phone": client.phone},
            }
            for booking, client in listed.visitors
        ],
    }


OPERATIONS: Final = (
    Operation(
        "GET",
        "/businesses/{business}/sessions",
        index,
        "listGroupSessions",
        Tag.BOOKINGS,
        Access.MEMBER,
        query=(
            *(replace(each, required=True) for each in visits.RANGE),
            Param("staff_id", uuid(), about="Led by this staff member"),
        ),
        answers={200: listing(visits.SESSION)},
    ),
)
