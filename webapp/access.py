"""Who is calling. What they may do is decided by the services, each time."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from aiohttp import web

from core.domain.actor import Actor, ActorKind, Role, Scope
from core.domain.booking import BookingSource
from core.domain.client import Client, Identity
from core.domain.errors import NotFound, Unauthorized
from core.ports.auth_sessions import SessionUser
from core.services.clients import hold_owner
from core.services.sign_in import ACCESS_PREFIX, member_actor
from webapp.inputs import path_id
from webapp.visit_key import PREFIX, Visit
from webapp.wiring import SERVICES, VISIT_KEYS

ANONYMOUS: Final = Actor(ActorKind.ANONYMOUS)

#: The header by which a browser without a session is known again: for holds, never for rights.
VISITOR: Final = "Okoshko-Visitor"

#: What is addressed by an id of its own, by the first part of its address below the API's.
_THINGS: Final = {
    "services": "service",
    "staff": "staff",
    "exceptions": "exception",
    "locations": "location",
    "rooms": "room",
    "categories": "category",
    "addons": "addon",
    "clients": "client",
}

_VISITOR: Final = re.compile(r"[A-Za-z0-9_-]{16,64}")
_MAX_TOKEN: Final = 512


@dataclass(frozen=True, slots=True)
class Caller:
    """An actor, and what they may look after without an account if they came by a visit key.

    ``user``: whose session it is. As whom they stand depends on the business then, see :func:`actor_in`;
    until it is known, ``actor`` is anonymous.
    """

    actor: Actor
    visit: Visit | None = None
    user: SessionUser | None = None

    @property
    def identity(self) -> Identity | None:
        """The messenger user whose session it is."""
        return None if self.user is None else self.user.identity

    def of_business(self, business_id: UUID) -> bool:
        """Whether they work for this business and may look into its catalogue: to them, more is shown."""
        actor = self._actor_in(business_id)
        return (
            actor.is_business_side and actor.business_id == business_id and actor.allows(Scope.CATALOGUE_READ)
        )

    def require_booker(self, business_id: UUID) -> None:
        """They ask for what clients aren't offered, as one of this business's people who make bookings.

        Raises NotFound for a token of another business, Forbidden.
        """
        actor = self._actor_in(business_id)
        if actor.is_business_side:
            actor.require_business(business_id)
        actor.require_booker()

    def _actor_in(self, business_id: UUID) -> Actor:
        """The member or the token; a session's client is anonymous here."""
        member = None if self.user is None else member_actor(self.user, business_id)
        return member or self.actor


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who looks at a page: a client of the business or somebody unknown, never one of its people, for pages
    serve clients.

    ``identity``: whose session it is. ``client``: their card here, if they have one. ``hold_owner``: whose
    holds don't stand in their way; None for a browser that didn't say which it is. ``source``: where what
    they book comes from.
    """

    actor: Actor
    identity: Identity | None
    client: Client | None
    hold_owner: str | None
    source: BookingSource


#: Who it was found to be, on the request.
CALLER: Final = web.RequestKey("caller", Caller)


async def caller_of(request: web.Request) -> Caller:
    """The caller by ``Authorization: Bearer …``; anonymous without it.

    A visit key is anonymous everywhere but at its booking, see :func:`booking_actor`. Raises Unauthorized for
    a header that says nothing or a token that nobody has: whoever shows one wants to be known.
    """
    found = request.get(CALLER)
    if found is None:
        found = request[CALLER] = await _found(request)
    return found


async def _found(request: web.Request) -> Caller:
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
    services = request.app[SERVICES]
    if token.startswith(ACCESS_PREFIX):
        return Caller(ANONYMOUS, user=await services.sign_in.authenticate(token))
    return Caller(await services.tokens.authenticate(token))


async def session_user(request: web.Request) -> SessionUser:
    """Whose session it is. Raises Unauthorized for whoever came without one."""
    user = (await caller_of(request)).user
    if user is None:
        raise Unauthorized
    return user


async def actor_in(request: web.Request, business_id: UUID) -> Actor:
    """As whom the caller stands to this business.

    A personal token's actor, whichever business it is of; by a session, the member, else the client with a
    card here, else somebody anonymous, as is everybody without either.
    """
    caller = await caller_of(request)
    if caller.user is None:
        return caller.actor
    return member_actor(caller.user, business_id) or await _client_actor(
        request, business_id, caller.user.identity
    )


async def caller_in(request: web.Request, business: UUID | str, *, as_client: bool = False) -> Caller:
    """The caller with the actor that they are in this business; ``as_client``: not as one of its people.

    Raises NotFound, Unauthorized.
    """
    caller = await caller_of(request)
    if caller.user is None:
        return caller
    business_id = (await request.app[SERVICES].catalogues.peek(business)).business.id
    member = None if as_client else member_actor(caller.user, business_id)
    actor = member or await _client_actor(request, business_id, caller.user.identity)
    return replace(caller, actor=actor)


async def visitor_in(request: web.Request, business_id: UUID) -> Visitor:
    """Who looks at a page of this business. Raises Unauthorized as :func:`caller_of`."""
    identity = (await caller_of(request)).identity
    if identity is None:
        return Visitor(ANONYMOUS, None, None, hold_owner_of(request, None), BookingSource.WEB)
    client = await request.app[SERVICES].clients.find(business_id, identity.id)
    actor = ANONYMOUS if client is None else _as_client(client)
    return Visitor(actor, identity, client, hold_owner_of(request, identity), BookingSource.MINIAPP)


def hold_owner_of(request: web.Request, identity: Identity | None) -> str | None:
    """Whose holds the caller's are: the messenger user's, in the dialog too, or the browser's own."""
    if identity is not None:
        return hold_owner(identity)
    named = request.headers.get(VISITOR, "")
    return f"web:{named}" if _VISITOR.fullmatch(named) else None


async def known_actor(request: web.Request) -> Actor:
    """The actor of a personal token, or of a session in the business that the address is about.

    Raises Unauthorized for anybody else, NotFound for an address that is about nothing.
    """
    caller = await caller_of(request)
    if caller.user is not None:
        return await actor_in(request, await _business_of(request, caller.user))
    if caller.actor.kind is ActorKind.ANONYMOUS:
        raise Unauthorized
    return caller.actor


async def booking_actor(request: web.Request, booking_id: UUID) -> Actor:
    """Who comes to this booking: its client by a visit key or a session, one of the business's people by a
    session, or the actor of a personal token.

    Raises Unauthorized for nobody known (before the booking is looked for, so that it tells nothing),
    NotFound for the key of another booking.
    """
    caller = await caller_of(request)
    if caller.visit is not None:
        if caller.visit.booking_id != booking_id:
            raise NotFound(what="booking")
        return await client_of_visit(request, caller.visit)
    if caller.user is not None:
        return await _session_actor(request, booking_id, caller.user)
    if caller.actor.kind is ActorKind.ANONYMOUS:
        raise Unauthorized
    return caller.actor


async def client_of_visit(request: web.Request, visit: Visit) -> Actor:
    """The client whom a visit key stands for now: the card that the booking was made on may have become
    another one, in a messenger. Raises NotFound.
    """
    client_id = await request.app[SERVICES].bookings.client_of(visit.booking_id)
    return Actor(ActorKind.CLIENT, id=client_id, business_id=visit.business_id)


async def _session_actor(request: web.Request, booking_id: UUID, user: SessionUser) -> Actor:
    bookings = request.app[SERVICES].bookings
    business_id = await bookings.business_of(booking_id)
    member = member_actor(user, business_id)
    if member is not None:
        if member.role is not Role.MASTER:
            return member
        try:
            await bookings.get(member, booking_id)
        except NotFound:
            # Somebody else's chair, where a master may sit as a client.
            pass
        else:
            return member
    return await _client_actor(request, business_id, user.identity)


async def _client_actor(request: web.Request, business_id: UUID, identity: Identity) -> Actor:
    client = await request.app[SERVICES].clients.find(business_id, identity.id)
    return ANONYMOUS if client is None else _as_client(client)


def _as_client(client: Client) -> Actor:
    return Actor(ActorKind.CLIENT, id=client.id, business_id=client.business_id, name=client.name)


async def _business_of(request: web.Request, user: SessionUser) -> UUID:
    """The business that the address is about: named in it, or that of the thing it names.

    Whoever is a member of one business only is taken at that: of another's things the services know nothing.
    """
    catalogues = request.app[SERVICES].catalogues
    business = request.match_info.get("business")
    if business is not None:
        return (await catalogues.peek(business)).business.id
    mine = {member.business_id for member in user.members}
    if len(mine) == 1:
        return mine.pop()
    resource = request.match_info.route.resource
    assert resource is not None
    what = _THINGS[resource.canonical.split("/")[3]]
    thing = path_id(request, what)
    if what == "client":
        return await request.app[SERVICES].clients.business_of(thing)
    return await catalogues.business_of(what, thing)
