"""What is one's own: who one is, one's visits in all businesses, one's phone, where one is signed in."""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from zoneinfo import ZoneInfo

from aiohttp import web

from core.ports.auth_sessions import AuthSession, SessionUser
from webapp.access import session_user
from webapp.answers import json_answer, listed
from webapp.api import schemas_people as people
from webapp.api import schemas_visits as visits
from webapp.api.auth import user_json
from webapp.api.booking_json import booking_json
from webapp.api.booking_query import read_limit
from webapp.api.moments import iso
from webapp.api.operation import Access, Operation, Param, Tag
from webapp.api.schemas import one_of, string
from webapp.inputs import Inputs, json_object, path_id, query_inputs
from webapp.wiring import SERVICES

_UTC: Final = ZoneInfo("UTC")
_WHEN: Final = ("coming", "past")
_MAX_BUSINESS: Final = 100


async def show(request: web.Request) -> web.Response:
    """Who is signed in, and for which businesses they work."""
    return json_answer(user_json(await session_user(request)))


async def update(request: web.Request) -> web.Response:
    """Choose the language to be spoken to in; messages are written in it too."""
    user = await session_user(request)
    inputs = Inputs(await json_object(request))
    locale = inputs.text("locale", required=True)
    inputs.only()
    inputs.check()
    await request.app[SERVICES].clients.set_locale(user.identity.id, locale or "")
    changed: SessionUser = user._replace(identity=replace(user.identity, locale=locale))
    return json_answer(user_json(changed))


async def bookings(request: web.Request) -> web.Response:
    """One's visits as a client, in all businesses or in one.

    Those to come by start, those that are over latest first, without the cancelled.
    """
    user = await session_user(request)
    inputs = query_inputs(request)
    when = inputs.text("when") or "coming"
    if when not in _WHEN:
        inputs.blame("when", "unknown")
    business = inputs.text("business", max_length=_MAX_BUSINESS)
    limit, cursor = read_limit(inputs), inputs.text("cursor")
    inputs.only()
    inputs.check()
    page = await request.app[SERVICES].mine.bookings(
        user.identity.id, past=when == "past", business=business, limit=limit, cursor=cursor
    )
    return listed([booking_json(booking) for booking in page.items], page.next_cursor)


async def phone(request: web.Request) -> web.Response:
    """Have a phone taken as proved: VK signs it for the Mini App.

    It stands on the client's cards in ``business`` and wherever else they have one, and is filled in with
    the first booking where they have none.
    """
    user = await session_user(request)
    inputs = Inputs(await json_object(request))
    business = inputs.text("business", required=True, max_length=_MAX_BUSINESS)
    number = inputs.text("phone", required=True, max_length=20)
    sign = inputs.text("sign", required=True, max_length=100)
    inputs.only()
    inputs.check()
    services = request.app[SERVICES]
    business_id = (await services.catalogues.peek(business or "")).business.id
    proved = await services.sign_in.vk_phone(user, number or "", sign or "")
    await services.linking.prove_phone(business_id, user.identity.id, proved)
    return json_answer({"phone": proved, "verified": True})


async def sessions(request: web.Request) -> web.Response:
    """Where one is signed in, last used first."""
    user = await session_user(request)
    found = await request.app[SERVICES].sign_in.sessions(user)
    return listed([_session_json(session, user) for session in found])


async def end_session(request: web.Request) -> web.Response:
    """Sign out elsewhere: the tokens of that session open nothing any more."""
    user = await session_user(request)
    await request.app[SERVICES].sign_in.end(user, path_id(request, "session"))
    return web.Response(status=204)


def _session_json(session: AuthSession, user: SessionUser) -> dict[str, object]:
    return {
        "id": str(session.id),
        "device": session.device,
        "created_at": iso(session.created_at, _UTC),
        "used_at": iso(session.used_at, _UTC),
        "expires_at": iso(session.idle_until, _UTC),
        "current": session.id == user.session_id,
    }


OPERATIONS: Final = (
    Operation("GET", "/me", show, "getMe", Tag.ME, Access.SESSION, answers={200: people.USER}),
    Operation(
        "PATCH",
        "/me",
        update,
        "updateMe",
        Tag.ME,
        Access.SESSION,
        body=people.ME_CHANGES,
        answers={200: people.USER},
    ),
    Operation(
        "GET",
        "/me/bookings",
        bookings,
        "listMyBookings",
        Tag.ME,
        Access.SESSION,
        query=(
            Param("when", one_of(_WHEN), about="`coming` when nothing is said"),
            Param("business", string(most=_MAX_BUSINESS), about="Id or slug; all when nothing is said"),
            *visits.PAGING,
        ),
        answers={200: visits.BOOKINGS},
        refuses=("NOT_FOUND",),
    ),
    Operation(
        "POST",
        "/me/phone",
        phone,
        "proveMyPhone",
        Tag.ME,
        Access.SESSION,
        body=people.PHONE,
        answers={200: people.KEPT_PHONE},
        refuses=("NOT_FOUND", "TWO_PHONES"),
    ),
    Operation(
        "GET",
        "/me/sessions",
        sessions,
        "listMySessions",
        Tag.ME,
        Access.SESSION,
        answers={200: people.SESSIONS},
    ),
    Operation(
        "DELETE",
        "/me/sessions/{id}",
        end_session,
        "endMySession",
        Tag.ME,
        Access.SESSION,
        answers={204: None},
    ),
)
