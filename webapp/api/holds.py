"""Holds: a start is kept for a few minutes for the one who is filling in the form. A visitor has one at a
time.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from aiohttp import web

from core.domain.errors import NotFound
from core.domain.visit import SlotQuery
from core.services.holding import HeldStart
from webapp.access import visitor_in
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

    Nothing is promised by it but that nobody else can take the time meanwhile. Of a group service no seat is
    kept: there are many.
    """
    services = request.app[SERVICES]
    business = (await services.catalogues.peek(request.match_info["business"])).business
    owner = await _owner(request, business.id)
    inputs = Inputs(await json_object(request))
    items = read_items(inputs)
    seats, location_id = read_place(inputs)
    start = inputs.moment("start_ts", required=True)
    inputs.only()
    inputs.check()
    assert start is not None
    with api_names():
        held = await services.holding.hold(business.id, SlotQuery(items, location_id, seats), start, owner)
    return json_answer(_hold_json(held, business.zone), status=201)


async def show(request: web.Request) -> web.Response:
    """What the visitor holds now; 404 when that is nothing."""
    services = request.app[SERVICES]
    business = (await services.catalogues.peek(request.match_info["business"])).business
    held = await services.holding.mine(business.id, await _owner(request, business.id))
    if held is None:
        raise NotFound(what="hold")
    return json_answer(_hold_json(held, business.zone))


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


def _hold_json(held: HeldStart, zone: ZoneInfo) -> dict[str, object]:
    return {
        "start_ts": iso(held.start, zone),
        "end_ts": iso(held.end, zone),
        "staff_ids": [str(staff_id) for staff_id in held.staff_ids],
        "expires_at": iso(held.expires_at, zone),
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
        refuses=("SLOT_CONFLICT", "SLOT_NOT_OFFERED"),
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
