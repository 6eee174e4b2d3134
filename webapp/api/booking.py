"""Bookings: made, read, listed, decided, moved, with their history."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from aiohttp import web

from core.domain.actor import Actor
from core.domain.booking import OCCUPIES, Booking, BookingSource, BookingStatus
from core.domain.client import Client
from core.domain.errors import InvalidInput, NotFound, SlotConflict
from core.ports.repositories import BookingFilter
from core.services.booking import ClientData, CreateBooking, Outcome
from webapp.access import ANONYMOUS, Caller, booking_actor, caller_of, known_actor
from webapp.answers import json_answer, listed
from webapp.api.booking_json import booking_json, entry_json
from webapp.api.repeat import check_same, request_key
from webapp.api.visit_inputs import read_items, read_place
from webapp.errors import Refused, fault_of
from webapp.inputs import Inputs, json_object, parse_date, path_id, query_inputs
from webapp.language import asked_language
from webapp.visit_key import Visit
from webapp.wiring import METRICS, SERVICES, VISIT_KEYS

_PAGE: Final = 50
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

    Who has no token gets a ``visit_key`` with the answer, to look after this booking.
    """
    caller = await caller_of(request)
    command = read_command(request, caller, Inputs(await json_object(request)))
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
    if not caller.actor.is_business_side:
        visit = Visit(booking.id, booking.client_id, booking.business_id)
        answer["visit_key"] = request.app[VISIT_KEYS].make(visit)
    return json_answer(answer, status=201, headers={"Location": f"/api/v1/bookings/{booking.id}"})


def read_command(
    request: web.Request,
    caller: Caller,
    inputs: Inputs,
    more: Callable[[Inputs], None] | None = None,
) -> CreateBooking:
    """What is asked for; ``more`` reads what else there is. Raises Refused (422) with every fault."""
    items = read_items(inputs)
    seats, location_id = read_place(inputs)
    start = inputs.moment("start_ts", required=True)
    override = inputs.flag("override")
    comment = inputs.text("comment")
    consent = inputs.true("consent")
    client = inputs.inner("client")
    name = client.text("name", required=True)
    phone = client.text("phone", required=True)
    email = client.text("email")
    client.only()
    if more is not None:
        more(inputs)
    inputs.only()
    inputs.check()
    assert start is not None
    assert name is not None
    assert phone is not None
    by_business = caller.actor.is_business_side
    data = ClientData(
        name=name,
        phone=phone,
        email=email,
        # An integration's own language says nothing of its client's.
        locale=None if by_business else asked_language(request),
    )
    return CreateBooking(
        business=request.match_info["business"],
        items=items,
        start=start,
        source=BookingSource.API if by_business else BookingSource.WEB,
        client=data,
        comment=comment or "",
        consent=consent,
        seats=seats,
        location_id=location_id,
        request_key=request_key(request),
        override=override,
    )


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
    return await _answer(request, actor, await request.app[SERVICES].bookings.get(actor, booking_id))


async def set_status(request: web.Request) -> web.Response:
    """Confirm, cancel, begin, finish, or note that nobody came. A status it has already is no fault."""
    booking_id = path_id(request, "booking")
    actor = await booking_actor(request, booking_id)
    inputs = Inputs(await json_object(request))
    wanted = inputs.text("status", required=True)
    reason = inputs.text("reason") or ""
    inputs.only()
    if wanted is not None and wanted not in SETTABLE:
        inputs.blame("status", "not_settable" if wanted in set(BookingStatus) else "unknown")
    inputs.check()
    outcome = await _decide(request, actor, booking_id, BookingStatus(wanted or ""), reason)
    return await _answer(request, actor, outcome.booking)


SETTABLE: Final = frozenset(
    {
        BookingStatus.CONFIRMED,
        BookingStatus.CANCELLED,
        BookingStatus.IN_PROGRESS,
        BookingStatus.COMPLETED,
        BookingStatus.NO_SHOW,
    }
)
"""Statuses that a caller may ask for; the others come by themselves."""


async def _decide(
    request: web.Request, actor: Actor, booking_id: UUID, wanted: BookingStatus, reason: str
) -> Outcome:
    bookings = request.app[SERVICES].bookings
    match wanted:
        case BookingStatus.CONFIRMED:
            return await bookings.confirm(actor, booking_id)
        case BookingStatus.IN_PROGRESS:
            return await bookings.start(actor, booking_id)
        case BookingStatus.COMPLETED:
            return await bookings.complete(actor, booking_id)
        case BookingStatus.NO_SHOW:
            return await bookings.no_show(actor, booking_id)
    # A request that the business turns down was never a visit: its client hears of a refusal.
    pending = (await bookings.get(actor, booking_id)).status is BookingStatus.PENDING
    if pending and actor.is_business_side:
        return await bookings.decline(actor, booking_id, reason)
    return await bookings.cancel(actor, booking_id, reason)


async def reschedule(request: web.Request) -> web.Response:
    """Move a booking to another start, with its masters or another one; a manager may ``override``."""
    booking_id = path_id(request, "booking")
    actor = await booking_actor(request, booking_id)
    inputs = Inputs(await json_object(request))
    start = inputs.moment("start_ts", required=True)
    staff_id = inputs.uuid("staff_id")
    override = inputs.flag("override")
    inputs.only()
    inputs.check()
    assert start is not None
    with api_names():
        outcome = await request.app[SERVICES].bookings.reschedule(
            actor, booking_id, start, staff_id, override=override
        )
    return await _answer(request, actor, outcome.booking)


async def timeline(request: web.Request) -> web.Response:
    """What happened to a booking, oldest first."""
    booking_id = path_id(request, "booking")
    actor = await booking_actor(request, booking_id)
    bookings = request.app[SERVICES].bookings
    entries = await bookings.timeline(actor, booking_id)
    zone = (await bookings.get(actor, booking_id)).zone
    return listed([entry_json(entry, zone) for entry in entries])


async def index(request: web.Request) -> web.Response:
    """A business's bookings by start; of a master, the own ones.

    ``from`` and ``to`` are local dates, both inclusive, or instants, the second exclusive; ``status`` may
    name several, with commas.
    """
    actor = await known_actor(request)
    catalogue = await request.app[SERVICES].catalogues.peek(request.match_info["business"])
    inputs = query_inputs(request)
    where = BookingFilter(
        start_from=read_bound(inputs, "from", catalogue.business.zone, extra_days=0),
        start_until=read_bound(inputs, "to", catalogue.business.zone, extra_days=1),
        staff_id=inputs.uuid("staff_id"),
        statuses=_statuses(inputs),
    )
    limit = _limit(inputs)
    cursor = inputs.text("cursor")
    inputs.only()
    inputs.check()
    page = await request.app[SERVICES].bookings.list(
        actor, catalogue.business.id, where, limit=limit, cursor=cursor
    )
    return listed([booking_json(booking) for booking in page.items], page.next_cursor)


def read_bound(inputs: Inputs, name: str, zone: ZoneInfo, *, extra_days: int) -> datetime | None:
    """A limit of a range of time: a local date's midnight, ``extra_days`` later, or an instant."""
    text = inputs.text(name)
    day = parse_date(text) if text else None
    if day is None:
        return inputs.moment(name)
    if not date(1971, 1, 1) <= day <= date(2199, 12, 30):
        inputs.blame(name, "out_of_range")
        return None
    return datetime.combine(day + timedelta(days=extra_days), time(), tzinfo=zone)


def _statuses(inputs: Inputs) -> frozenset[BookingStatus] | None:
    text = inputs.text("status")
    if text is None:
        return None
    names = {name.strip() for name in text.split(",")}
    if not names <= set(BookingStatus):
        inputs.blame("status", "unknown")
        return None
    return frozenset(BookingStatus(name) for name in names)


def _limit(inputs: Inputs) -> int:
    text = inputs.text("limit", max_length=5)
    if text is None:
        return _PAGE
    if not (text.isascii() and text.isdigit()):
        inputs.blame("limit", "not_a_number")
        return _PAGE
    return int(text)


@contextmanager
def api_names() -> Iterator[None]:
    """Faults of fields are told by the names that the caller wrote."""
    try:
        yield
    except InvalidInput as error:
        params = {name: value for name, value in error.params.items() if name != "issue"}
        raise InvalidInput(_NAMES.get(error.field or "", error.field or ""), error.issue, **params) from None


async def _answer(request: web.Request, actor: Actor, booking: Booking) -> web.Response:
    return json_answer({"booking": booking_json(booking, await _card(request, actor, booking))})


async def _card(request: web.Request, actor: Actor, booking: Booking) -> Client | None:
    """The client's card, for the business's side.

    Whoever typed a phone without an account may have been put on a card with it that says more than they do.
    """
    if actor is ANONYMOUS or not actor.is_business_side:
        return None
    try:
        return await request.app[SERVICES].clients.get(actor, booking.client_id)
    except NotFound:
        return None
