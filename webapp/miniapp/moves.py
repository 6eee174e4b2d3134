"""Moving a visit: was, will be, one press."""

from __future__ import annotations

from aiohttp import web

from core.domain.booking import Booking
from core.domain.catalog import Catalogue
from core.domain.errors import DomainError, SlotConflict, SlotNotOffered
from core.domain.visit import from_minutes
from webapp.access import Visitor, visitor_in
from webapp.miniapp.flow import Flow
from webapp.miniapp.keeping import gone, held_now
from webapp.miniapp.owner import visit_actor, visit_of
from webapp.miniapp.picker import moving, to_shop, waiting, what_of_move
from webapp.miniapp.said import kind_words, span_said
from webapp.miniapp.screen import catalogue_of, flow_of, is_fragment, posted, screen, words_of
from webapp.miniapp.visits import visit_screen
from webapp.wiring import SERVICES


async def move(request: web.Request) -> web.Response:
    """Was, will be: the page before a visit is moved."""
    catalogue = await catalogue_of(request)
    flow = flow_of(request)
    if not is_fragment(request):
        return waiting(request, catalogue, flow, "app.move_title")
    if flow.moves is None or flow.start is None:
        return to_shop(request, catalogue, flow)
    visitor = await visitor_in(request, catalogue.business.id)
    booking = await visit_of(request, visitor, flow.moves)
    return await move_screen(request, catalogue, moving(flow, booking), visitor, booking)


async def move_screen(
    request: web.Request,
    catalogue: Catalogue,
    flow: Flow,
    visitor: Visitor,
    booking: Booking,
    *,
    error: DomainError | None = None,
    address: str | None = None,
) -> web.Response:
    words = words_of(request, catalogue, flow)
    now = request.app[SERVICES].clock.now()
    start = from_minutes(flow.start or 0)
    end = start + (booking.end - booking.start)
    place = catalogue.locations.get(booking.location_id)
    return screen(
        request,
        "move",
        catalogue,
        flow,
        address=address,
        what=what_of_move(booking, now, words),
        when=span_said(start, end, now, booking.zone, words),
        place=place.address if place is not None else "",
        held=await held_now(request, catalogue, flow, visitor),
        fault=kind_words(error, words) if error is not None else "",
    )


async def moved(request: web.Request) -> web.Response:
    """Move a visit. Sent twice, it is moved once: the second time it is there already."""
    form = await posted(request)
    catalogue = await catalogue_of(request)
    visitor = await visitor_in(request, catalogue.business.id)
    flow = form.flow
    if flow.moves is None or flow.start is None:
        return to_shop(request, catalogue, flow)
    booking = await visit_of(request, visitor, flow.moves)
    flow = moving(flow, booking)
    try:
        outcome = await request.app[SERVICES].bookings.reschedule(
            await visit_actor(request, visitor, booking.id),
            booking.id,
            from_minutes(form.flow.start or 0),
            hold_owner=visitor.hold_owner,
        )
    except (SlotConflict, SlotNotOffered) as error:
        return await gone(request, catalogue, flow, visitor, error, booking=booking)
    except DomainError as error:
        return await move_screen(request, catalogue, flow, visitor, booking, error=error)
    return visit_screen(request, catalogue, Flow(lang=flow.lang), outcome.booking, visitor, moved=True)
