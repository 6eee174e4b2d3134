"""Whose a visit is: its client's by session, or whoever has the key that was handed out when it was booked.

A page keeps the keys of its visits on the device and sends the one that is wanted in a header, so that it
stands neither in an address nor in a log. A key opens its visit alone.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from aiohttp import web

from core.domain.actor import SYSTEM, Actor, ActorKind
from core.domain.booking import Booking
from core.domain.errors import NotFound
from webapp.access import Visitor, client_of_visit
from webapp.visit_key import Visit
from webapp.wiring import SERVICES, VISIT_KEYS

HEADER: Final = "Okoshko-Visit"
_MAX_KEY: Final = 200


async def visit_actor(request: web.Request, visitor: Visitor, booking_id: UUID) -> Actor:
    """On whose behalf a visit is looked after. Raises NotFound for nobody who has to do with it."""
    visit = read_key(request, request.headers.get(HEADER, ""))
    if visit is not None and visit.booking_id == booking_id:
        return await client_of_visit(request, visit)
    if visitor.actor.kind is not ActorKind.CLIENT:
        raise NotFound(what="booking")
    return visitor.actor


async def visit_of(request: web.Request, visitor: Visitor, booking_id: UUID) -> Booking:
    """The visit itself. Raises NotFound, also for one of another business than the address names."""
    services = request.app[SERVICES]
    actor = await visit_actor(request, visitor, booking_id)
    booking = await services.bookings.get(actor, booking_id)
    if booking.business_id != (await services.catalogues.peek(request.match_info["slug"])).business.id:
        raise NotFound(what="booking")
    return booking


def read_key(request: web.Request, key: str) -> Visit | None:
    """What a key opens; None when it is none."""
    if not key or len(key) > _MAX_KEY or not key.isascii():
        return None
    return request.app[VISIT_KEYS].read(key)


async def opened_by(request: web.Request, visit: Visit) -> Booking:
    """The visit that a key opens, whose card it may stand on by now. Raises NotFound."""
    return await request.app[SERVICES].bookings.get(SYSTEM, visit.booking_id)
