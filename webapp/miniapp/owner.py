"""Whose a visit is: its client's by session, or whoever has the key that was handed out when it was booked.

A page keeps the keys of its visits on the device and sends the one that is wanted in a header, so that it
stands neither in an address nor in a log. A key opens its visit alone.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from aiohttp import web

from core.domain.actor import Actor, ActorKind
from core.domain.booking import Booking
from core.domain.errors import NotFound
from webapp.access import Visitor
from webapp.visit_key import Visit
from webapp.wiring import SERVICES, VISIT_KEYS

HEADER: Final = "Okoshko-Visit"
_MAX_KEY: Final = 200


def visit_actor(request: web.Request, visitor: Visitor, booking_id: UUID) -> Actor:
    """On whose behalf a visit is looked after. Raises NotFound for nobody who has to do with it."""
    visit = read_key(request, request.headers.get(HEADER, ""))
    if visit is not None and visit.booking_id == booking_id:
        return actor_of(visit)
    if visitor.actor.kind is not ActorKind.CLIENT:
        raise NotFound(what="booking")
    return visitor.actor


async def visit_of(request: web.Request, visitor: Visitor, booking_id: UUID) -> Booking:
    """The visit itself. Raises NotFound."""
    actor = visit_actor(request, visitor, booking_id)
    return await request.app[SERVICES].bookings.get(actor, booking_id)


def read_key(request: web.Request, key: str) -> Visit | None:
    """What a key opens; None when it is none."""
    if not key or len(key) > _MAX_KEY or not key.isascii():
        return None
    return request.app[VISIT_KEYS].read(key)


def actor_of(visit: Visit) -> Actor:
    """The client of a key's visit."""
    return Actor(ActorKind.CLIENT, id=visit.client_id, business_id=visit.business_id)
