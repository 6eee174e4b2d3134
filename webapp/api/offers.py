"""Other times: offered to the client by the business, taken by the client; and the client's word that they
come.
"""

from __future__ import annotations

from typing import Final

from aiohttp import web

from webapp.access import booking_actor
from webapp.api import schemas_visits as visits
from webapp.api.booking import api_names, booking_answer, own_holds
from webapp.api.operation import Access, Operation, Tag
from webapp.api.schemas import array, moment, obj
from webapp.inputs import Inputs, json_object, path_id
from webapp.wiring import SERVICES


async def offer(request: web.Request) -> web.Response:
    """Offer the client other times, each free now; they get a message with them and the booking stands."""
    booking_id = path_id(request, "booking")
    actor = await booking_actor(request, booking_id)
    inputs = Inputs(await json_object(request))
    starts = inputs.moments("starts")
    inputs.only()
    inputs.check()
    booking = await request.app[SERVICES].bookings.offer_times(actor, booking_id, starts)
    return await booking_answer(request, actor, booking)


async def accept(request: web.Request) -> web.Response:
    """The client takes one of the times offered last: the booking is moved, and confirmed."""
    booking_id = path_id(request, "booking")
    actor = await booking_actor(request, booking_id)
    inputs = Inputs(await json_object(request))
    start = inputs.moment("start_ts", required=True)
    inputs.only()
    inputs.check()
    assert start is not None
    with api_names():
        outcome = await request.app[SERVICES].bookings.accept_offer(
            actor, booking_id, start, hold_owner=await own_holds(request)
        )
    return await booking_answer(request, actor, outcome.booking)


async def will_come(request: web.Request) -> web.Response:
    """The client says that they come. Saying it again is no fault."""
    booking_id = path_id(request, "booking")
    actor = await booking_actor(request, booking_id)
    outcome = await request.app[SERVICES].bookings.will_come(actor, booking_id)
    return await booking_answer(request, actor, outcome.booking)


OPERATIONS: Final = (
    Operation(
        "POST",
        "/bookings/{id}/offer",
        offer,
        "offerTimes",
        Tag.BOOKINGS,
        Access.MEMBER,
        body=obj({"starts": array(moment(), least=1, most=6)}),
        answers={200: visits.ONE_BOOKING},
        refuses=("TRANSITION_REFUSED", "SLOT_CONFLICT", "SLOT_NOT_OFFERED"),
    ),
    Operation(
        "POST",
        "/bookings/{id}/accept",
        accept,
        "acceptOffer",
        Tag.BOOKINGS,
        Access.BOOKING,
        body=obj({"start_ts": moment("One of those offered")}),
        answers={200: visits.ONE_BOOKING},
        refuses=("TRANSITION_REFUSED", "SLOT_CONFLICT", "SLOT_NOT_OFFERED", "POLICY_REFUSED"),
    ),
    Operation(
        "POST",
        "/bookings/{id}/will-come",
        will_come,
        "confirmAttendance",
        Tag.BOOKINGS,
        Access.BOOKING,
        answers={200: visits.ONE_BOOKING},
        refuses=("TRANSITION_REFUSED",),
    ),
)
