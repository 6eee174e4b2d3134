"""Hours: weekly schedules of staff, dated exceptions."""

from __future__ import annotations

from aiohttp import web

from core.services.catalog_hours import exception_json, schedule_json
from webapp.access import known_actor
from webapp.answers import json_answer, listed
from webapp.api.catalog import check_belongs, with_staff
from webapp.inputs import json_object, path_id
from webapp.wiring import SERVICES


async def show(request: web.Request) -> web.Response:
    """A staff member's weekly hours, for the people of the business. Raises NotFound for all others."""
    actor = await known_actor(request)
    catalogue, staff_id = await with_staff(request)
    actor.require_business(catalogue.business.id)
    return json_answer(schedule_json(catalogue.staff[staff_id]))


async def replace(request: web.Request) -> web.Response:
    """Set a staff member's weekly hours."""
    actor = await known_actor(request)
    _, staff_id = await with_staff(request)
    member = await request.app[SERVICES].admin.set_schedule(actor, staff_id, await json_object(request))
    return json_answer(schedule_json(member))


async def list_exceptions(request: web.Request) -> web.Response:
    """The dated exceptions of a business from yesterday on, by date."""
    actor = await known_actor(request)
    found = await request.app[SERVICES].admin.exceptions(actor, request.match_info["business"])
    return listed([exception_json(exception) for exception in found])


async def create_exception(request: web.Request) -> web.Response:
    """Close a date, or open it at other hours."""
    actor = await known_actor(request)
    admin, business = request.app[SERVICES].admin, request.match_info["business"]
    exception = await admin.create_exception(actor, business, await json_object(request))
    return json_answer(exception_json(exception), status=201)


async def update_exception(request: web.Request) -> web.Response:
    """Change a dated exception."""
    actor = await known_actor(request)
    exception_id = path_id(request, "exception")
    await _check_exception(request)
    data = await json_object(request)
    exception = await request.app[SERVICES].admin.update_exception(actor, exception_id, data)
    return json_answer(exception_json(exception))


async def delete_exception(request: web.Request) -> web.Response:
    """The date is an ordinary one again."""
    actor = await known_actor(request)
    exception_id = path_id(request, "exception")
    await _check_exception(request)
    await request.app[SERVICES].admin.delete_exception(actor, exception_id)
    return web.Response(status=204)


async def _check_exception(request: web.Request) -> None:
    """An exception that is addressed under a business is of that business. Raises NotFound."""
    if "business" in request.match_info:
        catalogue = await request.app[SERVICES].catalogues.of_exception(path_id(request, "exception"))
        await check_belongs(request, catalogue, "exception")
