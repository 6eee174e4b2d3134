"""The screen of days and times."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from aiohttp import web

from core.domain.booking import Booking
from core.domain.catalog import Catalogue
from core.domain.crews import with_masters
from core.domain.visit import to_minutes
from core.domain.visit_parts import items_minutes
from core.services.booking_read import query_of
from locales import Texts
from webapp.access import Visitor, visitor_in
from webapp.miniapp.flow import Flow
from webapp.miniapp.owner import visit_of
from webapp.miniapp.picking import Picking, Time
from webapp.miniapp.said import (
    booking_masters,
    booking_title,
    items_masters,
    items_price,
    items_title,
    span_said,
)
from webapp.miniapp.screen import Links, catalogue_of, flow_of, is_fragment, screen, words_of
from webapp.miniapp.shop import fitted
from webapp.wiring import SERVICES


@dataclass(frozen=True, slots=True)
class What:
    """What a booking in progress is about, in a line or two."""

    title: str
    masters: str
    duration: str
    price: str
    text: str = ""
    was: str = ""


@dataclass(frozen=True, slots=True)
class Gone:
    """A start that somebody else has got, and the nearest ones."""

    said: str
    near: tuple[Time, ...]


def what_of(catalogue: Catalogue, flow: Flow, words: Texts) -> What:
    """Of a new visit."""
    items = flow.items
    only = catalogue.services[items[0].service_id] if len(items) == 1 else None
    return What(
        title=items_title(catalogue, items),
        masters=items_masters(catalogue, with_masters(catalogue, items, flow.placed), words),
        duration=words.minutes(items_minutes(catalogue, items)),
        price=items_price(catalogue, items, flow.seats, words),
        text=only.description if only is not None and only.capacity > 1 else "",
    )


def what_of_move(booking: Booking, now: datetime, words: Texts) -> What:
    """Of a visit that is being moved."""
    return What(
        title=booking_title(booking),
        masters=booking_masters(booking, words),
        duration=words.minutes(booking.duration),
        price=words.money(booking.total.minor, booking.total.currency) if booking.total.minor else "",
        was=span_said(booking.start, booking.end, now, booking.zone, words),
    )


async def show(request: web.Request) -> web.Response:
    """Days and times: of a new visit, or of one that is being moved."""
    catalogue = await catalogue_of(request)
    flow = fitted(catalogue, flow_of(request))
    if flow.moves is not None:
        if not is_fragment(request):
            return waiting(request, catalogue, flow, "app.move_title")
        visitor = await visitor_in(request, catalogue.business.id)
        booking = await visit_of(request, visitor, flow.moves)
        return await time_screen(request, catalogue, moving(flow, booking), visitor, booking=booking)
    if not flow.items:
        return to_shop(request, catalogue, flow)
    visitor = await visitor_in(request, catalogue.business.id)
    return await time_screen(request, catalogue, flow, visitor)


async def days(request: web.Request) -> web.Response:
    """How the strip of days goes on."""
    catalogue = await catalogue_of(request)
    flow = fitted(catalogue, flow_of(request))
    visitor = await visitor_in(request, catalogue.business.id)
    booking = await visit_of(request, visitor, flow.moves) if flow.moves is not None else None
    if booking is not None:
        flow = moving(flow, booking)
    if not flow.items:
        raise web.HTTPNotFound
    picking = _picking(request, catalogue, flow, visitor, booking)
    cells, more = await picking.further()
    return screen(request, "days", catalogue, flow, cells=cells, more=more)


async def time_screen(
    request: web.Request,
    catalogue: Catalogue,
    flow: Flow,
    visitor: Visitor,
    *,
    booking: Booking | None = None,
    gone: datetime | None = None,
    said: str = "",
    address: str | None = None,
) -> web.Response:
    """The picker; ``gone``: a start that can't be had (any more), which ``said`` tells of."""
    words = words_of(request, catalogue, flow)
    now = request.app[SERVICES].clock.now()
    picking = _picking(request, catalogue, flow, visitor, booking)
    near = await picking.beside(gone) if gone is not None else ()
    return screen(
        request,
        "time",
        catalogue,
        flow,
        address=address,
        target="#screen" if gone is not None else None,
        picker=await picking.picker(),
        what=what_of_move(booking, now, words) if booking is not None else what_of(catalogue, flow, words),
        gone=Gone(said, near) if gone is not None else None,
        business_id=str(catalogue.business.id),
    )


def moving(flow: Flow, booking: Booking) -> Flow:
    """The flow of a move: services, masters, place and seats are the booking's."""
    query = query_of(booking)
    return replace(flow, items=query.items, place=query.location_id, seats=query.seats, moves=booking.id)


def to_shop(request: web.Request, catalogue: Catalogue, flow: Flow) -> web.Response:
    """Nothing is chosen (any more): back to the services."""
    address = Links(catalogue.business.slug, Flow(lang=flow.lang)).plain()
    if is_fragment(request):
        return web.Response(headers={"HX-Redirect": address})
    raise web.HTTPFound(address)


def waiting(request: web.Request, catalogue: Catalogue, flow: Flow, title: str) -> web.Response:
    """A screen that depends on who asks, which a plain GET doesn't tell: its outline, until script asks."""
    return screen(request, "waiting", catalogue, flow, title_id=title, self_url=str(request.rel_url))


def _picking(
    request: web.Request, catalogue: Catalogue, flow: Flow, visitor: Visitor, booking: Booking | None
) -> Picking:
    services = request.app[SERVICES]
    return Picking(
        catalogue,
        services.availability,
        flow,
        words_of(request, catalogue, flow),
        services.clock.now(),
        owner=visitor.hold_owner,
        present=to_minutes(booking.start) if booking is not None else None,
    )
