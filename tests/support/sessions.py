"""Signing in over HTTP, for tests of what a session opens."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from core.domain.actor import SYSTEM, Role
from tests.support import launches
from tests.support.site import Reply, Site
from tests.support.world import World

AUTH = "/api/v1/auth"
ME = "/api/v1/me"


async def enter(site: Site, user_id: int = 1001, **person: object) -> dict[str, Any]:
    """Sign in by Telegram."""
    data = launches.telegram(site.clock.now(), {"id": user_id, **person}, start="b_okoshko")
    reply = await site.post(f"{AUTH}/telegram", {"init_data": data})
    assert reply.status == 200, reply.text
    return dict(reply.body)


async def enter_as(site: Site, role: Role, user_id: int, *, world: World | None = None, **staff: Any) -> str:
    """The access token of a member, who has joined in the bot and opens the Mini App now."""
    world = world or site.world
    signed = await enter(site, user_id)
    start = await site.core.team.create_invite(SYSTEM, world.id, role=role, **staff)
    await site.core.team.accept_invite(start, UUID(signed["user"]["id"]))
    return str(signed["access_token"])


async def refresh(site: Site, token: str) -> Reply:
    return await site.post(f"{AUTH}/refresh", {"refresh_token": token})
