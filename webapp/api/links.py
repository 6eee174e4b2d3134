"""One person on the web and in messengers: one-time links into them, and where they want to be written to."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from core.domain.actor import Actor, ActorKind
from core.domain.catalog import Catalogue
from core.domain.client import Channel
from core.domain.errors import NotFound, Unauthorized
from webapp.access import booking_actor, visitor_in
from webapp.answers import json_answer
from webapp.api.operation import OF_BUSINESS, Access, Operation, Tag
from webapp.api.schemas import Component, array, nullable, obj, one_of, string
from webapp.inputs import Inputs, json_object, path_id
from webapp.wiring import OUTSIDE, SERVICES


async def link_booking(request: web.Request) -> web.Response:
    """Make a one-time link that brings this booking into a messenger.

    It is good for half an hour. Whoever opens it there looks after the booking from then on and gets its
    reminders; a booking with ``awaits_client`` is confirmed by that.
    """
    booking_id = path_id(request, "booking")
    actor = await booking_actor(request, booking_id)
    services = request.app[SERVICES]
    code = await services.linking.of_booking(actor, booking_id)
    business_id = await services.bookings.business_of(booking_id)
    return _links(request, await services.catalogues.peek(business_id), code)


async def link_client(request: web.Request) -> web.Response:
    """Make a one-time link by which a client is known in their other messenger too, with all bookings.

    It is good for half an hour. Whoever opens it there is asked first, and agrees with a button.
    """
    actor, catalogue = await _client(request)
    code = await request.app[SERVICES].linking.of_client(actor, catalogue.business.id)
    return _links(request, catalogue, code)


async def show_contact(request: web.Request) -> web.Response:
    """In which messengers a client is known, first where they are written to, and what they prefer."""
    actor, _ = await _client(request)
    return await _contact(request, actor)


async def set_contact(request: web.Request) -> web.Response:
    """Say where to be written to first; null: where one wrote last. Where it is closed, another is used."""
    actor, _ = await _client(request)
    sent = await json_object(request)
    inputs = Inputs(sent)
    named = inputs.text("preferred_channel")
    if "preferred_channel" not in sent:
        inputs.blame("preferred_channel", "required")
    if named is not None and named not in set(Channel):
        inputs.blame("preferred_channel", "unknown")
    inputs.only()
    inputs.check()
    await request.app[SERVICES].clients.prefer(actor, Channel(named) if named else None)
    return await _contact(request, actor)


async def _client(request: web.Request) -> tuple[Actor, Catalogue]:
    """The client whose session it is, and the business. Raises Unauthorized, NotFound."""
    catalogue = await request.app[SERVICES].catalogues.peek(request.match_info["business"])
    visitor = await visitor_in(request, catalogue.business.id)
    if visitor.identity is None:
        raise Unauthorized
    if visitor.actor.kind is not ActorKind.CLIENT:
        raise NotFound(what="client")
    return visitor.actor, catalogue


async def _contact(request: web.Request, actor: Actor) -> web.Response:
    clients = request.app[SERVICES].clients
    assert actor.id is not None
    client = await clients.get(actor, actor.id)
    known = await clients.channels_of(client.id)
    return json_answer({"preferred_channel": client.preferred_channel, "channels": list(known)})


def _links(request: web.Request, catalogue: Catalogue, code: str) -> web.Response:
    found = request.app[OUTSIDE].links(catalogue.business, code)
    links = [{"channel": each.channel.value, "url": each.url} for each in found]
    return json_answer({"code": code, "links": links}, status=201)


_LINK: Final = Component(
    "MessengerLinks",
    obj(
        {
            "code": string(about="The start parameter, `link_…`: for a bot that is opened otherwise."),
            "links": array(obj({"channel": one_of(Channel), "url": string()})),
        }
    ),
)
_CONTACT: Final = Component(
    "Contact",
    obj({"preferred_channel": nullable(one_of(Channel)), "channels": array(one_of(Channel))}),
)

OPERATIONS: Final = (
    Operation(
        "POST",
        "/bookings/{id}/link",
        link_booking,
        "linkBooking",
        Tag.BOOKINGS,
        Access.BOOKING,
        answers={201: _LINK},
    ),
    Operation(
        "POST",
        f"{OF_BUSINESS}/link",
        link_client,
        "linkClient",
        Tag.ME,
        Access.SESSION,
        answers={201: _LINK},
    ),
    Operation(
        "GET",
        f"{OF_BUSINESS}/contact",
        show_contact,
        "getContact",
        Tag.ME,
        Access.SESSION,
        answers={200: _CONTACT},
    ),
    Operation(
        "PATCH",
        f"{OF_BUSINESS}/contact",
        set_contact,
        "changeContact",
        Tag.ME,
        Access.SESSION,
        body=obj({"preferred_channel": nullable(one_of(Channel))}),
        answers={200: _CONTACT},
    ),
)
