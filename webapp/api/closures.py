"""Closing a day: what would be hit, and dealing with it."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from core.services.catalog_hours import exception_json
from webapp.access import known_actor
from webapp.answers import json_answer
from webapp.api import schemas_visits as visits
from webapp.api.operation import Access, Operation, Tag
from webapp.inputs import json_object
from webapp.wiring import SERVICES


async def create(request: web.Request) -> web.Response:
    """Close a date and cancel its visits, or offer other times; with ``dry_run`` only count them.

    Asking again for the same closure goes on where it was left.
    """
    actor = await known_actor(request)
    data = await json_object(request)
    closure = await request.app[SERVICES].closing.close(actor, request.match_info["business"], data)
    dry_run = data.get("dry_run") is True
    exception = exception_json(closure.exception)
    if dry_run:
        exception["id"] = None
    return json_answer(
        {
            "dry_run": dry_run,
            "exception": exception,
            "action": closure.action.value,
            "visits": closure.visits,
            "clients": closure.clients,
            "cancelled": closure.cancelled,
            "declined": closure.declined,
            "offered": closure.offered,
        },
        status=200 if dry_run else 201,
    )


OPERATIONS: Final = (
    Operation(
        "POST",
        "/businesses/{business}/closures",
        create,
        "createClosure",
        Tag.HOURS,
        Access.MANAGER,
        body=visits.NEW_CLOSURE,
        answers={200: visits.CLOSURE, 201: visits.CLOSURE},
    ),
)
