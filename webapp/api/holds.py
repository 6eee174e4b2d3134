"""Holds: a start is kept for a few minutes for the one who is filling in the form. A visitor has one at a
time.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from aiohttp import web

from core.domain.catalog import Catalogue
from core.domain.errors import NotFound
from core.domain.visit import SlotQuery, from_minutes
from core.domain.visit_parts import VisitPart
from core.services.holding import HeldStart
from webapp.access import caller_of, visitor_in
from webapp.answers import json_answer
from webapp.api import schemas_visits as visits
from webapp.api.booking import api_names
from webapp.api.moments import iso
from webapp.api.operation import Access, Operation, Tag
from webapp.api.visit_inputs import read_items, read_place
from webapp.errors import Issue, refused
from webapp.inputs import Inputs, json_object
from webapp.wiring import SERVICES


async def create(request: web.Request) -> web.Response:
    """Keep a start for a visitor; what they held before is given up.

    Nothing is promised by it but that nobody else can take the time meanwhile, or the seats of a group. Where
    even that can't be (`expires_at` is null), the booking itself decides.
    """
    services = request.app[SERVICES]
    catalogue = await services.catalogues.peek(request.match_info["business"])
    business = catalogue.business
    owner = await _owner(request, business.id)
    inputs = Inputs(await json_object(request))
    items = read_items(inputs)
    seats, location_id = read_place(inputs)
    start = inputs.moment("start_ts", required=True)
    by_business = inputs.flag("by_business")
    inputs.only()
    inputs.check()
    assert start is not None
    if by_business:
        (await caller_of(request)).require_booker(business.id)
    query = SlotQuery(items, location_id, seats, by_business=by_business)
    with api_names():
        held = await services.holding.hold(business.id, query, start, owner)
    catalogue = await services.catalogues.peek(business.id)
    return json_answer(_hold_json(held, catalogue), status=201)


async def show(request: web.Request) -> web.Response:
    """What the visitor holds now; 404 when that is nothing."""
    services = request.app[SERVICES]
    catalogue = await services.catalogues.peek(request.match_info["business"])
    business_id = catalogue.business.id
    held = await services.holding.mine(business_id, await _owner(request, business_id))
    if held is None:
        raise NotFound(what="hold")
    return json_answer(_hold_json(held, catalogue))


async def delete(request: web.Request) -> web.Response:
    """Give up what the visitor holds; nothing is no fault."""
    services = request.app[SERVICES]
    business = (await services.catalogues.peek(request.match_info["business"])).business
    await services.holding.release(business.id, await _owner(request, business.id))
    return web.Response(status=204)


async def _owner(request: web.Request, business_id: UUID) -> str:
    """Who holds. Raises Refused (422) for somebody who doesn't say it."""
    owner = (await visitor_in(request, business_id)).hold_owner
    if owner is None:
        raise refused("INVALID_INPUT", Issue(visits.VISITOR.name, "required"))
    return owner


def _hold_json(held: HeldStart, catalogue: Catalogue) -> dict[str, object]:
    """In the zone of the place."""
    place = catalogue.locations.get(held.location_id) if held.location_id else None
    zone = place.zone if place is not None else catalogue.business.zone
    return {
        "start_ts": iso(held.start, zone),
        "end_ts": iso(held.end, zone),
        "staff_ids": [str(staff_id) for staff_id in held.staff_ids],
        "segments": [_segment_json(part, catalogue, zone) for part in held.parts],
        "price": sum(part.price for part in held.parts),
        "currency": catalogue.business.currency,
        "expires_at": iso(held.expires_at, zone) if held.expires_at else None,
    }


def _segment_json(part: VisitPart, catalogue: Catalogue, zone: ZoneInfo) -> dict[str, object]:
    staff = [{"id": str(staff_id), "name": catalogue.staff[staff_id].name} for staff_id in part.staff_ids]
    addons = [catalogue.addons[addon_id] for addon_id in part.addon_ids]
    return {
        "service_id": str(part.service_id),
        "service_title": catalogue.services[part.service_id].title,
        "staff_id": staff[0]["id"],
        "staff_name": staff[0]["name"],
        "assistants": staff[1:],
        "location_id": str(part.location_id),
        "start_ts": iso(from_minutes(part.start), zone),
        "end_ts": iso(from_minutes(part.end), zone),
        "price": part.price,
        "addons": [
            {
                "id": str(addon.id),
                "title": addon.title,
                "duration_minutes": addon.duration,
                "price": addon.price,
            }
            for addon in addons
        ],
    }


_PATH: Final = "/businesses/{business}/holds"

OPERATIONS: Final = (
    Operation(
        "POST",
        _PATH,
        create,
        "createHold",
        Tag.HOLDS,
        Access.PUBLIC,
        headers=(visits.VISITOR,),
        body=visits.NEW_HOLD,
        answers={201: visits.HOLD},
        refuses=("FORBIDDEN", "SLOT_CONFLICT", "SLOT_NOT_OFFERED"),
    ),
    Operation(
        "GET",
        _PATH,
        show,
        "getHold",
        Tag.HOLDS,
        Access.PUBLIC,
        headers=(visits.VISITOR,),
        answers={200: visits.HOLD},
        refuses=("INVALID_INPUT",),
    ),
    Operation(
        "DELETE",
        _PATH,
        delete,
        "deleteHold",
        Tag.HOLDS,
        Access.PUBLIC,
        headers=(visits.VISITOR,),
        answers={204: None},
        refuses=("INVALID_INPUT",),
    ),
)
