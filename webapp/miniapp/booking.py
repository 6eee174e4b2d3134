"""From a chosen time to a booking: the time is held, the forms are filled in, one press books."""

from __future__ import annotations

import secrets
from dataclasses import replace

from aiohttp import web

from core.domain.booking import Booking
from core.domain.catalog import Catalogue
from core.domain.errors import (
    ConsentRequired,
    InvalidInput,
    PolicyRefused,
    SlotConflict,
    SlotNotOffered,
)
from core.domain.visit import Refusal, from_minutes
from core.services.booking import ClientData, CreateBooking
from core.services.holding import HeldStart
from webapp.access import Visitor, visitor_in
from webapp.miniapp.flow import Flow
from webapp.miniapp.form import check_screen, who_screen
from webapp.miniapp.keeping import gone, held_now, placed, placed_query
from webapp.miniapp.moves import move_screen
from webapp.miniapp.owner import visit_of
from webapp.miniapp.picker import moving, to_shop
from webapp.miniapp.screen import (
    Links,
    Posted,
    catalogue_of,
    flow_of,
    posted,
    screen,
    words_of,
)
from webapp.miniapp.shop import fitted
from webapp.miniapp.visits import visit_screen
from webapp.visit_key import Visit
from webapp.wiring import METRICS, SERVICES, VISIT_KEYS


async def hold(request: web.Request) -> web.Response:
    """Keep a time for this visitor and go on to the form; should it have gone, offer the nearest."""
    form = await posted(request)
    catalogue = await catalogue_of(request)
    visitor = await visitor_in(request, catalogue.business.id)
    flow = fitted(catalogue, form.flow)
    booking = await visit_of(request, visitor, flow.moves) if flow.moves is not None else None
    if booking is not None:
        flow = moving(flow, booking)
    if not flow.items or flow.start is None:
        return to_shop(request, catalogue, flow)
    start = from_minutes(flow.start)
    services = request.app[SERVICES]
    held: HeldStart | None = None
    if visitor.hold_owner is not None:
        try:
            held = await services.holding.hold(catalogue.business.id, flow.slots(), start, visitor.hold_owner)
        except (SlotConflict, SlotNotOffered) as error:
            return await gone(request, catalogue, flow, visitor, error, booking=booking)
    flow = placed(catalogue, flow, held) if held is not None else replace(flow, placed=(), placed_at=None)
    flow = replace(flow, day=None, month=None, key=secrets.token_urlsafe(12))
    links = Links(catalogue.business.slug, flow)
    if booking is not None:
        return await move_screen(request, catalogue, flow, visitor, booking, address=links.to("move"))
    if visitor.client is not None and visitor.client.phone:
        return await check_screen(request, catalogue, flow, visitor, address=links.to("check"))
    return await who_screen(request, catalogue, flow, visitor, address=links.to("who"))


async def held(request: web.Request) -> web.Response:
    """The countdown of what this visitor holds, and the way back to its form; empty when nothing is held."""
    catalogue = await catalogue_of(request)
    flow = fitted(catalogue, flow_of(request))
    visitor = await visitor_in(request, catalogue.business.id)
    return screen(request, "held", catalogue, flow, held=await held_now(request, catalogue, flow, visitor))


async def book(request: web.Request) -> web.Response:
    """Book. Sent twice, it books once: the form has a name of its own."""
    form = await posted(request)
    catalogue = await catalogue_of(request)
    visitor = await visitor_in(request, catalogue.business.id)
    flow = fitted(catalogue, form.flow)
    if not flow.items or flow.start is None or not flow.key:
        return to_shop(request, catalogue, flow)
    if (flow.items, flow.place) != (form.flow.items, form.flow.place):
        # What was agreed on is there no more: what there is instead is for the visitor to choose.
        reason = Refusal.STAFF_DOES_NOT_DO_IT.value
        return await gone(request, catalogue, flow, visitor, SlotNotOffered(reason))
    command = _command(request, catalogue, flow, visitor, form)
    try:
        booking = await _create(request, visitor, command, flow)
    except (SlotConflict, SlotNotOffered) as error:
        return await gone(request, catalogue, flow, visitor, error)
    except InvalidInput as error:
        if error.field in {"name", "phone"}:
            return await who_screen(
                request,
                catalogue,
                flow,
                visitor,
                form=form,
                errors={error.field: error},
                address=Links(catalogue.business.slug, flow).to("who"),
            )
        if error.field != "comment":
            raise
        return await check_screen(request, catalogue, flow, visitor, form=form, error=error)
    except (ConsentRequired, PolicyRefused) as error:
        return await check_screen(request, catalogue, flow, visitor, form=form, error=error)
    request.app[METRICS].booked(command.source)
    key = request.app[VISIT_KEYS].make(Visit(booking.id, booking.client_id, booking.business_id))
    return visit_screen(request, catalogue, Flow(lang=flow.lang), booking, visitor, fresh=True, key=key)


def _command(
    request: web.Request, catalogue: Catalogue, flow: Flow, visitor: Visitor, form: Posted
) -> CreateBooking:
    words = words_of(request, catalogue, flow)
    wanted = placed_query(catalogue, flow)
    name, phone = form.text("name").strip(), form.text("phone").strip()
    said = None
    if name or phone or visitor.client is None:
        known = visitor.client.name if visitor.client is not None else ""
        vouched = visitor.identity.phone if visitor.identity is not None else None
        said = ClientData(name=name or known, phone=phone or None, locale=words.locale, vouched=vouched)
    return CreateBooking(
        business=catalogue.business.id,
        items=wanted.items,
        start=from_minutes(flow.start or 0),
        source=visitor.source,
        client=said,
        identity_id=visitor.identity.id if visitor.identity is not None else None,
        comment=form.text("comment"),
        consent=bool(form.text("consent")),
        seats=flow.seats,
        location_id=wanted.location_id,
        hold_owner=visitor.hold_owner,
        request_key=f"page:{flow.key}",
    )


async def _create(request: web.Request, visitor: Visitor, command: CreateBooking, flow: Flow) -> Booking:
    """With those masters and at the place that the summary showed; should they have been taken, or have
    enough for the day, with whoever is free then, where any master was asked for.
    """
    bookings = request.app[SERVICES].bookings
    try:
        return await bookings.create(visitor.actor, command)
    except (SlotConflict, SlotNotOffered):
        if (flow.items, flow.place) == (command.items, command.location_id):
            raise
        anybody = replace(command, items=flow.items, location_id=flow.place)
        return await bookings.create(visitor.actor, anybody)
