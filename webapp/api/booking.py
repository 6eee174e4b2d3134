"""Bookings: made, read, listed, moved, with their history. Decided they are in
:mod:`webapp.api.booking_status`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final
from uuid import UUID

from aiohttp import web

from core.domain.actor import Actor, Scope
from core.domain.booking import OCCUPIES, Booking, BookingSource
from core.domain.client import Client
from core.domain.errors import InvalidInput, NotFound, SlotConflict
from core.ports.repositories import BookingFilter
from core.services.booking import ClientData, CreateBooking
from webapp.access import (
    ANONYMOUS,
    Caller,
    booking_actor,
    caller_in,
    caller_of,
    hold_owner_of,
    known_actor,
)
from webapp.answers import json_answer, listed
from webapp.api import schemas_visits as visits
from webapp.api.booking_json import booking_json, entry_json
from webapp.api.booking_query import QUERY, read_limit, read_order, read_where
from webapp.api.operation import Access, Operation, Tag
from webapp.api.repeat import check_same, request_key
from webapp.api.schemas import listing
from webapp.api.visit_inputs import read_items, read_place
from webapp.errors import Refused, fault_of
from webapp.inputs import Inputs, json_object, path_id, query_inputs
from webapp.language import asked_language
from webapp.visit_key import Visit
from webapp.wiring import METRICS, SERVICES, VISIT_KEYS

_LONGEST: Final = timedelta(days=1)

#: How the API calls what the core names otherwise.
_NAMES: Final = {
    "name": "client.name",
    "phone": "client.phone",
    "email": "client.email",
    "start": "start_ts",
}


async def create(request: web.Request) -> web.Response:
    """Book a start: for the one who sends it, or for a client of the business whose token it is.

    By a session, one of the business's people books for a client, unless ``as_client`` says that it is for
    themselves. Who has neither token nor session gets a ``visit_key`` with the answer, to look after this
    booking.
    """
    caller, command = await asked_booking(request)
    services = request.app[SERVICES]
    try:
        with api_names():
            booking = await services.bookings.create(caller.actor, command)
    except SlotConflict as error:
        request.app[METRICS].conflicted()
        raise await _conflict(request, caller.actor, command, error) from None
    check_same(booking, command)
    request.app[METRICS].booked(command.source)
    answer: dict[str, object] = {
        "booking": booking_json(booking, await _card(request, caller.actor, booking))
    }
    if caller.identity is None and not caller.actor.is_business_side:
        visit = Visit(booking.id, booking.client_id, booking.business_id)
        answer["visit_key"] = request.app[VISIT_KEYS].make(visit)
    return json_answer(answer, status=201, headers={"Location": f"/api/v1/bookings/{booking.id}"})


async def asked_booking(
    request: web.Request, more: Callable[[Inputs], None] | None = None
) -> tuple[Caller, CreateBooking]:
    """Who books, as whom, and what. ``more`` as for :func:`read_command`.

    Raises Unauthorized, NotFound, Refused (422).
    """
    known = await caller_of(request)
    inputs = Inputs(await json_object(request))
    as_client = inputs.flag("as_client")
    if as_client and known.actor.is_business_side:
        inputs.blame("as_client", "not_a_session")
    caller = await caller_in(request, request.match_info["business"], as_client=as_client)
    return caller, read_command(request, caller, inputs, more)


def read_command(
    request: web.Request,
    caller: Caller,
    inputs: Inputs,
    more: Callable[[Inputs], None] | None = None,
) -> CreateBooking:
    """What is asked for; ``more`` reads what else there is. Raises Refused (422) with every fault.

    A client who has signed in may leave out ``client`` when the business knows them, and the phone when their
    messenger has vouched for one.
    """
    of_business = caller.actor.is_business_side
    identity = None if of_business else caller.identity
    items = read_items(inputs)
    seats, location_id = read_place(inputs)
    start = inputs.moment("start_ts", required=True)
    override, by_business = inputs.flag("override"), inputs.flag("by_business")
    comment = inputs.text("comment")
    consent = inputs.true("consent")
    data = None
    if inputs.has("client") or identity is None:
        client = inputs.inner("client")
        name = client.text("name", required=True)
        vouched = identity.phone if identity is not None else None
        phone = client.text("phone", required=vouched is None)
        email = client.text("email")
        client.only()
        # An integration's own language says nothing of its client's.
        locale = None if of_business else (identity and identity.locale) or asked_language(request)
        data = ClientData(name=name or "", phone=phone, email=email, locale=locale, vouched=vouched)
    if more is not None:
        more(inputs)
    inputs.only()
    inputs.check()
    assert start is not None
    return CreateBooking(
        business=request.match_info["business"],
        items=items,
        start=start,
        source=_source(caller),
        client=data,
        identity_id=None if identity is None else identity.id,
        hold_owner=hold_owner_of(request, caller.identity),
        comment=comment or "",
        consent=consent,
        seats=seats,
        location_id=location_id,
        request_key=request_key(request),
        override=override,
        by_business=by_business,
    )


def _source(caller: Caller) -> BookingSource:
    if caller.actor.is_business_side:
        return BookingSource.API if caller.user is None else BookingSource.ADMIN
    return BookingSource.WEB if caller.user is None else BookingSource.MINIAPP


async def _conflict(
    request: web.Request, actor: Actor, command: CreateBooking, error: SlotConflict
) -> Refused:
    """The refusal with the booking that stands in the way, for whom it exists; null for all others."""
    fault = fault_of(error)
    if not actor.is_business_side:
        return Refused(fault)
    services = request.app[SERVICES]
    catalogue = await services.catalogues.peek(command.business)
    staff: set[UUID] = set()
    for item in command.items:
        able = {member.id for member in catalogue.staff_of(item.service_id)}
        staff |= {item.staff_id} if item.staff_id else able
    lengths = [catalogue.duration(item.service_id, item.staff_id) for item in command.items]
    end = command.start + timedelta(minutes=sum(lengths))
    only = next(iter(staff)) if len(staff) == 1 else None
    around = BookingFilter(command.start - _LONGEST, end, only, statuses=OCCUPIES)
    page = await services.bookings.list(actor, command.business, around, limit=200)
    for booking in reversed(page.items):
        if booking.end > command.start and staff & booking.staff_ids:
            return Refused(fault.with_extra(conflicting_booking=booking_json(booking)))
    return Refused(fault)


async def show(request: web.Request) -> web.Response:
    """One booking."""
    booking_id = path_id(request, "booking")
    actor = await booking_actor(request, booking_id)
    return await booking_answer(request, actor, await request.app[SERVICES].bookings.get(actor, booking_id))


async def reschedule(request: web.Request) -> web.Response:
    """Move a booking to another start, with its masters or another one; a manager may ``override``, and all
    of the business who make bookings may do it without the clients' own rules.
    """
    booking_id = path_id(request, "booking")
    actor = await booking_actor(request, booking_id)
    inputs = Inputs(await json_object(request))
    start = inputs.moment("start_ts", required=True)
    staff_id = inputs.uuid("staff_id")
    override, by_business = inputs.flag("override"), inputs.flag("by_business")
    inputs.only()
    inputs.check()
    assert start is not None
    with api_names():
        outcome = await request.app[SERVICES].bookings.reschedule(
            actor,
            booking_id,
            start,
            staff_id,
            hold_owner=await own_holds(request),
            override=override,
            by_business=by_business,
        )
    return await booking_answer(request, actor, outcome.booking)


async def own_holds(request: web.Request) -> str | None:
    """Whose holds the caller's are, which don't stand in their own way."""
    return hold_owner_of(request, (await caller_of(request)).identity)


async def timeline(request: web.Request) -> web.Response:
    """What happened to a booking, oldest first."""
    booking_id = path_id(request, "booking")
    actor = await booking_actor(request, booking_id)
    bookings = request.app[SERVICES].bookings
    entries = await bookings.timeline(actor, booking_id)
    zone = (await bookings.get(actor, booking_id)).zone
    return listed([entry_json(entry, zone) for entry in entries])


async def index(request: web.Request) -> web.Response:
    """A business's bookings; for a master, their own.

    ``from`` and ``to`` are local dates, both inclusive, or instants, the second exclusive; ``status`` and
    ``source`` may name several, with commas.
    """
    actor = await known_actor(request)
    catalogue = await request.app[SERVICES].catalogues.peek(request.match_info["business"])
    inputs = query_inputs(request)
    where = read_where(inputs, catalogue.business.zone)
    order = read_order(inputs)
    limit = read_limit(inputs)
    cursor = inputs.text("cursor")
    inputs.only()
    inputs.check()
    page = await request.app[SERVICES].bookings.list(
        actor, catalogue.business.id, where, order=order, limit=limit, cursor=cursor
    )
    return listed([booking_json(booking) for booking in page.items], page.next_cursor)


@contextmanager
def api_names() -> Iterator[None]:
    """Faults of fields are told by the names that the caller wrote."""
    try:
        yield
    except InvalidInput as error:
        params = {name: value for name, value in error.params.items() if name != "issue"}
        raise InvalidInput(_NAMES.get(error.field or "", error.field or ""), error.issue, **params) from None


async def booking_answer(request: web.Request, actor: Actor, booking: Booking) -> web.Response:
    """A booking as this actor may see it."""
    return json_answer({"booking": booking_json(booking, await _card(request, actor, booking))})


async def _card(request: web.Request, actor: Actor, booking: Booking) -> Client | None:
    """The client's card, for the business's side.

    Whoever typed a phone without an account may have been put on a card with it that says more than they do.
    """
    if actor is ANONYMOUS or not actor.is_business_side or not actor.allows(Scope.CLIENTS_READ):
        return None
    try:
        return await request.app[SERVICES].clients.get(actor, booking.client_id)
    except NotFound:
        return None


_OF_BUSINESS: Final = "/businesses/{business}/bookings"
_NO_TIME: Final = ("SLOT_CONFLICT", "SLOT_NOT_OFFERED", "POLICY_REFUSED")

OPERATIONS: Final = (
    Operation(
        "GET",
        _OF_BUSINESS,
        index,
        "listBookings",
        Tag.BOOKINGS,
        Access.MEMBER,
        query=QUERY,
        answers={200: listing(visits.BOOKING)},
    ),
    Operation(
        "POST",
        _OF_BUSINESS,
        create,
        "createBooking",
        Tag.BOOKINGS,
        Access.PUBLIC,
        body=visits.NEW_BOOKING,
        answers={201: visits.MADE_BOOKING},
        refuses=("NOT_FOUND", "FORBIDDEN", "CONSENT_REQUIRED", *_NO_TIME),
    ),
    Operation(
        "GET",
        "/bookings/{id}",
        show,
        "getBooking",
        Tag.BOOKINGS,
        Access.BOOKING,
        answers={200: visits.ONE_BOOKING},
    ),
    Operation(
        "POST",
        "/bookings/{id}/reschedule",
        reschedule,
        "rescheduleBooking",
        Tag.BOOKINGS,
        Access.BOOKING,
        body=visits.RESCHEDULE,
        answers={200: visits.ONE_BOOKING},
        refuses=("TRANSITION_REFUSED", *_NO_TIME),
    ),
    Operation(
        "GET",
        "/bookings/{id}/timeline",
        timeline,
        "listTimeline",
        Tag.BOOKINGS,
        Access.BOOKING,
        answers={200: listing(visits.ENTRY)},
    ),
)
