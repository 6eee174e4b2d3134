"""Clients: searched and read by the people of the business, and each by themselves."""

from __future__ import annotations

from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from aiohttp import web

from core.domain.actor import Actor, ActorKind
from core.domain.client import Client
from core.domain.errors import Unauthorized
from core.services.client_directory import MAX_SEARCH
from webapp.access import actor_in, caller_of, known_actor
from webapp.answers import json_answer, listed
from webapp.api import schemas_visits as visits
from webapp.api.booking_json import booking_json
from webapp.api.booking_query import read_limit
from webapp.api.moments import iso
from webapp.api.operation import Access, Operation, Param, Tag
from webapp.api.schemas import listing, string
from webapp.inputs import json_object, path_id, query_inputs
from webapp.wiring import SERVICES


async def index(request: web.Request) -> web.Response:
    """The clients of a business, newest first; with ``q``, those with it in their name or phone."""
    services = request.app[SERVICES]
    catalogue = await services.catalogues.peek(request.match_info["business"])
    actor = await known_actor(request)
    inputs = query_inputs(request)
    text = inputs.text("q", max_length=MAX_SEARCH) or ""
    limit, cursor = read_limit(inputs), inputs.text("cursor")
    inputs.only()
    inputs.check()
    page = await services.directory.search(actor, catalogue.business.id, text, limit=limit, cursor=cursor)
    zone = catalogue.business.zone
    return listed([client_json(client, zone) for client in page.items], page.next_cursor)


async def show(request: web.Request) -> web.Response:
    """One client: for the people of the business, and for themselves."""
    actor, client_id = await _comes(request)
    client = await request.app[SERVICES].directory.get(actor, client_id)
    return await _answer(request, client)


async def bookings(request: web.Request) -> web.Response:
    """A client's bookings by start."""
    actor, client_id = await _comes(request)
    inputs = query_inputs(request)
    limit, cursor = read_limit(inputs), inputs.text("cursor")
    inputs.only()
    inputs.check()
    page = await request.app[SERVICES].directory.bookings(actor, client_id, limit=limit, cursor=cursor)
    return listed([booking_json(booking) for booking in page.items], page.next_cursor)


async def update(request: web.Request) -> web.Response:
    """Change what a client is called, and their e-mail address.

    The phone is not changed here: a proved one is the messenger's word, a typed one comes with each booking.
    """
    actor, client_id = await _comes(request)
    client = await request.app[SERVICES].directory.change(actor, client_id, await json_object(request))
    return await _answer(request, client)


async def _comes(request: web.Request) -> tuple[Actor, UUID]:
    """Who comes to the client in the address. Raises Unauthorized for nobody known, NotFound."""
    client_id = path_id(request, "client")
    caller = await caller_of(request)
    if caller.actor.kind is ActorKind.ANONYMOUS and caller.identity is None:
        raise Unauthorized
    return await actor_in(request, await request.app[SERVICES].clients.business_of(client_id)), client_id


async def _answer(request: web.Request, client: Client) -> web.Response:
    catalogue = await request.app[SERVICES].catalogues.peek(client.business_id)
    return json_answer(client_json(client, catalogue.business.zone))


def client_json(client: Client, zone: ZoneInfo) -> dict[str, object]:
    """A client's card."""
    return {
        "id": str(client.id),
        "business_id": str(client.business_id),
        "name": client.name,
        "phone": client.phone,
        "phone_verified": client.phone_verified,
        "email": client.email,
        "locale": client.locale,
        "preferred_channel": client.preferred_channel.value if client.preferred_channel else None,
        "visits": client.visits,
        "created_at": iso(client.created_at, zone),
    }


_BY_ID: Final = "/clients/{id}"

OPERATIONS: Final = (
    Operation(
        "GET",
        "/businesses/{business}/clients",
        index,
        "listClients",
        Tag.CLIENTS,
        Access.MEMBER,
        query=(
            Param(
                "q",
                string(least=1, most=MAX_SEARCH),
                about="Part of a name, or three digits or more of a phone",
            ),
            *visits.PAGING,
        ),
        answers={200: listing(visits.CLIENT)},
    ),
    Operation(
        "GET",
        _BY_ID,
        show,
        "getClient",
        Tag.CLIENTS,
        Access.CLIENT,
        answers={200: visits.CLIENT},
    ),
    Operation(
        "GET",
        f"{_BY_ID}/bookings",
        bookings,
        "listClientBookings",
        Tag.CLIENTS,
        Access.CLIENT,
        query=visits.PAGING,
        answers={200: visits.BOOKINGS},
    ),
    Operation(
        "PATCH",
        _BY_ID,
        update,
        "updateClient",
        Tag.CLIENTS,
        Access.CLIENT,
        body=visits.CLIENT_CHANGES,
        answers={200: visits.CLIENT},
    ),
)
