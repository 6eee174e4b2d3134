"""Personal tokens of the API, for a business's owners."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

from aiohttp import web

from core.domain.actor import Role, Scope
from core.ports.repositories import ApiToken
from webapp.access import known_actor
from webapp.answers import json_answer, listed
from webapp.api import schemas_people as people
from webapp.api.members import read_role
from webapp.api.moments import iso
from webapp.api.operation import Access, Operation, Tag
from webapp.inputs import Inputs, json_object, path_id
from webapp.wiring import SERVICES

_UTC: Final = ZoneInfo("UTC")


async def index(request: web.Request) -> web.Response:
    """The tokens that open something, oldest first. What they are is not kept."""
    actor = await known_actor(request)
    found = await request.app[SERVICES].tokens.list(actor, request.match_info["business"])
    return listed([_token_json(token) for token in found])


async def create(request: web.Request) -> web.Response:
    """A new token, for a role or for a part of what the role may. Its value is shown this once.

    A token that was made for less than its role may makes none that may more.
    """
    actor = await known_actor(request)
    inputs = Inputs(await json_object(request))
    name = inputs.text("name", required=True)
    role = read_role(inputs)
    staff_id = inputs.uuid("staff_id")
    if role is Role.MASTER and not inputs.has("staff_id"):
        inputs.blame("staff_id", "required")
    scopes = _scopes(inputs)
    inputs.only()
    inputs.check()
    assert name is not None
    assert role is not None
    token, value = await request.app[SERVICES].tokens.create_shown(
        actor, request.match_info["business"], role=role, name=name, staff_id=staff_id, scopes=scopes
    )
    return json_answer({"token": _token_json(token), "value": value}, status=201)


async def revoke(request: web.Request) -> web.Response:
    """The token opens nothing any more."""
    actor = await known_actor(request)
    token_id = path_id(request, "token")
    await request.app[SERVICES].tokens.revoke(actor, request.match_info["business"], token_id)
    return web.Response(status=204)


def _scopes(inputs: Inputs) -> frozenset[Scope] | None:
    """None where nothing is said: all that the role may."""
    if not inputs.has("scopes"):
        return None
    named = inputs.texts("scopes")
    if not set(named) <= set(Scope):
        inputs.blame("scopes", "unknown")
        return None
    return frozenset(map(Scope, named))


def _token_json(token: ApiToken) -> dict[str, object]:
    return {
        "id": str(token.id),
        "name": token.name,
        "role": token.role.value,
        "staff_id": str(token.staff_id) if token.staff_id else None,
        "scopes": None if token.scopes is None else sorted(token.scopes),
        "created_at": iso(token.created_at, _UTC),
    }


_PATH: Final = "/businesses/{business}/tokens"

OPERATIONS: Final = (
    Operation("GET", _PATH, index, "listTokens", Tag.TEAM, Access.OWNER, answers={200: people.TOKENS}),
    Operation(
        "POST",
        _PATH,
        create,
        "createToken",
        Tag.TEAM,
        Access.OWNER,
        body=people.NEW_TOKEN,
        answers={201: people.MADE_TOKEN},
    ),
    Operation(
        "DELETE", f"{_PATH}/{{id}}", revoke, "revokeToken", Tag.TEAM, Access.OWNER, answers={204: None}
    ),
)
