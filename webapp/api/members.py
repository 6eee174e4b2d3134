"""Who works for a business: its members, and the invites by which they come."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from core.domain.actor import Role
from core.domain.member import Member
from webapp.access import known_actor
from webapp.answers import json_answer, listed
from webapp.api import schemas_people as people
from webapp.api.operation import Access, Operation, Tag
from webapp.inputs import Inputs, json_object, path_id
from webapp.wiring import OUTSIDE, SERVICES


async def index(request: web.Request) -> web.Response:
    """Those who work here, oldest membership first."""
    actor = await known_actor(request)
    found = await request.app[SERVICES].members.list(actor, request.match_info["business"])
    return listed([_member_json(member) for member in found])


async def archive(request: web.Request) -> web.Response:
    """Somebody leaves: from now on their messengers and sessions open nothing of the business.

    The last owner stays.
    """
    actor = await known_actor(request)
    member_id = path_id(request, "member")
    await request.app[SERVICES].members.archive(actor, request.match_info["business"], member_id)
    return web.Response(status=204)


async def invite(request: web.Request) -> web.Response:
    """Invite somebody: whoever opens the link in a messenger first is a member.

    Good once, for seven days. Managers invite everybody but owners.
    """
    actor = await known_actor(request)
    inputs = Inputs(await json_object(request))
    role = read_role(inputs)
    staff_id = inputs.uuid("staff_id")
    name = inputs.text("name")
    inputs.only()
    inputs.check()
    assert role is not None
    services = request.app[SERVICES]
    catalogue = await services.catalogues.peek(request.match_info["business"])
    start = await services.team.create_invite(
        actor, catalogue.business.id, role=role, staff_id=staff_id, name=name or ""
    )
    links = request.app[OUTSIDE].links(catalogue.business, start)
    shown = [{"channel": link.channel.value, "url": link.url} for link in links]
    return json_answer({"start": start, "links": shown}, status=201)


def read_role(inputs: Inputs) -> Role | None:
    """The role that is asked for; None when it is blamed."""
    named = inputs.text("role", required=True)
    if named is not None and named not in set(Role):
        inputs.blame("role", "unknown")
        return None
    return None if named is None else Role(named)


def _member_json(member: Member) -> dict[str, object]:
    return {
        "id": str(member.id),
        "name": member.name,
        "role": member.role.value,
        "staff_id": str(member.staff_id) if member.staff_id else None,
        "locale": member.locale,
    }


_MEMBERS: Final = "/businesses/{business}/members"

OPERATIONS: Final = (
    Operation("GET", _MEMBERS, index, "listMembers", Tag.TEAM, Access.OWNER, answers={200: people.MEMBERS}),
    Operation(
        "DELETE",
        f"{_MEMBERS}/{{id}}",
        archive,
        "archiveMember",
        Tag.TEAM,
        Access.OWNER,
        answers={204: None},
        refuses=("POLICY_REFUSED",),
    ),
    Operation(
        "POST",
        "/businesses/{business}/invites",
        invite,
        "createInvite",
        Tag.TEAM,
        Access.MANAGER,
        body=people.NEW_INVITE,
        answers={201: people.INVITE},
    ),
)
