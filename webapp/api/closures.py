"""Closing dates: what would be hit, and dealing with it."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from core.services.catalog_hours import exception_json
from webapp.access import known_actor
from webapp.answers import json_answer
from webapp.api.operation import Access, Operation, Tag
from webapp.api.schemas_closures import CLOSURE, NEW_CLOSURE
from webapp.inputs import json_object
from webapp.wiring import SERVICES


async def create(request: web.Request) -> web.Response:
    """Close a date, or several in a row, and cancel the visits, or offer other times; with ``dry_run`` only
    count them. Managers close anything, masters their own chair.

    Each client gets one message. A closure that is cut off is carried on by itself, and asking for the same
    again goes on where it was left.
    """
    actor = await known_actor(request)
    data = await json_object(request)
    closure = await request.app[SERVICES].closing.close(actor, request.match_info["business"], data)
    dry_run = data.get("dry_run") is True
    exceptions = [exception_json(each) for each in closure.exceptions]
    if dry_run:
        exceptions = [{**each, "id": None} for each in exceptions]
    return json_answer(
        {
            "dry_run": dry_run,
            "exception": exceptions[0],
            "exceptions": exceptions,
            "action": closure.action.value,
            "visits": closure.visits,
            "clients": closure.clients,
            "cancelled": closure.cancelled,
            "declined": closure.declined,
            "offered": closure.offered,
            "told": closure.told,
            "without_times": closure.without_times,
            "unfinished": closure.unfinished,
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
        Access.MEMBER,
        body=NEW_CLOSURE,
        answers={200: CLOSURE, 201: CLOSURE},
    ),
)
