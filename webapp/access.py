"""Who is calling. What they may do is decided by the services, each time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from aiohttp import web

from core.domain.actor import Actor, ActorKind
from core.domain.errors import NotFound, Unauthorized
from webapp.visit_key import PREFIX, Visit
from webapp.wiring import SERVICES, VISIT_KEYS

ANONYMOUS: Final = Actor(ActorKind.ANONYMOUS)
_MAX_TOKEN: Final = 512


@dataclass(frozen=True, slots=True)
class Caller:
    """An actor, and what they may look after without an account if they came by a visit key."""

    actor: Actor
    visit: Visit | None = None

    def of_business(self, business_id: UUID) -> bool:
        """Whether they work for this business: to them, more of it is shown."""
        return self.actor.is_business_side and self.actor.business_id == business_id


async def caller_of(request: web.Request) -> Caller:
    """The caller by ``Authorization: Bearer …``; anonymous without it.

    A visit key is anonymous everywhere but at its booking, see :func:`booking_actor`. Raises Unauthorized for
    a header that says nothing or a token that nobody has: whoever shows one wants to be known.
    """
    header = request.headers.get("Authorization")
    if header is None:
        return Caller(ANONYMOUS)
    scheme, _, token = header.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token or len(token) > _MAX_TOKEN or not token.isascii():
        raise Unauthorized
    if token.startswith(PREFIX):
        visit = request.app[VISIT_KEYS].read(token)
        if visit is None:
            raise Unauthorized
        return Caller(ANONYMOUS, visit)
    return Caller(await request.app[SERVICES].tokens.authenticate(token))


async def known_actor(request: web.Request) -> Actor:
    """The actor of a personal token. Raises Unauthorized for anybody else."""
    actor = (await caller_of(request)).actor
    if actor.kind is ActorKind.ANONYMOUS:
        raise Unauthorized
    return actor


async def booking_actor(request: web.Request, booking_id: UUID) -> Actor:
    """Who comes to this booking: its client by a visit key, or the actor of a personal token.

    Raises Unauthorized for nobody known (before the booking is looked for, so that it tells nothing),
    NotFound for the key of another booking.
    """
    caller = await caller_of(request)
    if caller.visit is not None:
        if caller.visit.booking_id != booking_id:
            raise NotFound(what="booking")
        return Actor(ActorKind.CLIENT, id=caller.visit.client_id, business_id=caller.visit.business_id)
    if caller.actor.kind is ActorKind.ANONYMOUS:
        raise Unauthorized
    return caller.actor
