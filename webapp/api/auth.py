"""Signing in through the messenger that opened the Mini App, staying signed in, signing out."""

from __future__ import annotations

from typing import Final

from aiohttp import hdrs, web

from core.ports.auth_sessions import SessionUser
from core.services.sign_in import SignedIn
from webapp.access import session_user
from webapp.answers import json_answer
from webapp.api import schemas_people as people
from webapp.api.operation import Access, Operation, Tag
from webapp.inputs import Inputs, json_object
from webapp.wiring import SERVICES

_MAX_REFRESH: Final = 512


async def telegram(request: web.Request) -> web.Response:
    """Sign in by what Telegram handed to the Mini App.

    Good for an hour after the app was opened, with any bot of this deployment. Why something is refused is
    not told.
    """
    init_data = await _only_text(request, "init_data", people.MAX_LAUNCH)
    return _answer(await request.app[SERVICES].sign_in.telegram(init_data, _device(request)))


async def vk(request: web.Request) -> web.Response:
    """Sign in by the launch parameters of the Mini App in VK.

    Good for an hour after the app was opened. Why something is refused is not told.
    """
    params = await _only_text(request, "launch_params", people.MAX_LAUNCH)
    return _answer(await request.app[SERVICES].sign_in.vk(params, _device(request)))


async def refresh(request: web.Request) -> web.Response:
    """Exchange a refresh token for two new tokens.

    Each serves once. If one comes again after that, somebody has a copy of it, and the session is ended for
    both.
    """
    token = await _only_text(request, "refresh_token", _MAX_REFRESH)
    return _answer(await request.app[SERVICES].sign_in.refresh(token))


async def sign_out(request: web.Request) -> web.Response:
    """End this session: its tokens open nothing any more."""
    user = await session_user(request)
    await request.app[SERVICES].sign_in.sign_out(user)
    return web.Response(status=204)


def user_json(user: SessionUser, start: str | None = None) -> dict[str, object]:
    """Who has signed in."""
    identity = user.identity
    return {
        "id": str(identity.id),
        "name": identity.name,
        "locale": identity.locale,
        "channel": identity.channel.value,
        "phone": identity.phone,
        "memberships": [
            {
                "business_id": str(member.business_id),
                "slug": user.slugs[member.business_id],
                "role": member.role.value,
                "staff_id": str(member.staff_id) if member.staff_id else None,
            }
            for member in user.members
        ],
        "start": start,
    }


async def _only_text(request: web.Request, name: str, max_length: int) -> str:
    """The one field that is sent. Raises Refused."""
    inputs = Inputs(await json_object(request))
    text = inputs.text(name, required=True, max_length=max_length)
    inputs.only()
    inputs.check()
    return text or ""


def _device(request: web.Request) -> str:
    return request.headers.get(hdrs.USER_AGENT, "")


def _answer(signed_in: SignedIn) -> web.Response:
    return json_answer(
        {
            "access_token": signed_in.access_token,
            "refresh_token": signed_in.refresh_token,
            "expires_in": signed_in.expires_in,
            "user": user_json(signed_in.user, signed_in.start),
        }
    )


OPERATIONS: Final = (
    Operation(
        "POST",
        "/auth/telegram",
        telegram,
        "signInByTelegram",
        Tag.SIGN_IN,
        Access.OPEN,
        body=people.TELEGRAM,
        answers={200: people.SIGNED_IN},
        refuses=("UNAUTHORIZED", "TRY_AGAIN"),
        repeatable=False,
    ),
    Operation(
        "POST",
        "/auth/vk",
        vk,
        "signInByVk",
        Tag.SIGN_IN,
        Access.OPEN,
        body=people.VK,
        answers={200: people.SIGNED_IN},
        refuses=("UNAUTHORIZED", "TRY_AGAIN"),
        repeatable=False,
    ),
    Operation(
        "POST",
        "/auth/refresh",
        refresh,
        "refreshSession",
        Tag.SIGN_IN,
        Access.OPEN,
        body=people.REFRESH,
        answers={200: people.SIGNED_IN},
        refuses=("UNAUTHORIZED", "TRY_AGAIN"),
        repeatable=False,
    ),
    Operation(
        "POST",
        "/auth/sign-out",
        sign_out,
        "signOut",
        Tag.SIGN_IN,
        Access.SESSION,
        answers={204: None},
        repeatable=False,
    ),
)
