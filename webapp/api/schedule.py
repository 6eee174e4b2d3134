"""Hours: weekly schedules of staff, dated exceptions."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from core.domain.actor import Scope
from core.services.catalog_hours import exception_json, schedule_json
from core.services.fields import Fields
from webapp.access import known_actor
from webapp.answers import json_answer, listed
from webapp.api import schemas_catalog as shapes
from webapp.api.catalog import check_belongs, with_staff
from webapp.api.operation import Access, Operation, Tag
from webapp.api.schemas import either, listing
from webapp.idempotency import new_id_of
from webapp.inputs import json_object, path_id
from webapp.wiring import SERVICES


async def show(request: web.Request) -> web.Response:
    """A staff member's weekly hours, for the people of the business. Raises NotFound for all others."""
    actor = await known_actor(request)
    catalogue, staff_id = await with_staff(request)
    actor.require_business(catalogue.business.id)
    actor.require_scope(Scope.CATALOGUE_READ)
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
    """Close a date, or open it at other hours; with ``date_until`` each date until then, all or none."""
    actor = await known_actor(request)
    admin, business = request.app[SERVICES].admin, request.match_info["business"]
    data, new_id = await json_object(request), new_id_of(request)
    if Fields(data).day("date_until") is not None:
        several = await admin.create_exceptions(actor, business, data, new_id=new_id)
        made = [exception_json(exception) for exception in several]
        return json_answer({"items": made, "next_cursor": None}, status=201)
    single = {name: value for name, value in data.items() if name != "date_until"}
    exception = await admin.create_exception(actor, business, single, new_id=new_id)
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


_EXCEPTIONS: Final = "/businesses/{business}/exceptions"

OPERATIONS: Final = (
    Operation(
        "GET",
        "/staff/{id}/schedule",
        show,
        "getSchedule",
        Tag.HOURS,
        Access.MEMBER,
        answers={200: shapes.SCHEDULE},
        of_business=True,
    ),
    Operation(
        "PUT",
        "/staff/{id}/schedule",
        replace,
        "setSchedule",
        Tag.HOURS,
        Access.MANAGER,
        body=shapes.NEW_SCHEDULE,
        answers={200: shapes.SCHEDULE},
        of_business=True,
    ),
    Operation(
        "GET",
        _EXCEPTIONS,
        list_exceptions,
        "listExceptions",
        Tag.HOURS,
        Access.MANAGER,
        answers={200: listing(shapes.EXCEPTION)},
    ),
    Operation(
        "POST",
        _EXCEPTIONS,
        create_exception,
        "createException",
        Tag.HOURS,
        Access.MANAGER,
        body=shapes.NEW_EXCEPTION,
        answers={201: either(shapes.EXCEPTION, listing(shapes.EXCEPTION))},
    ),
    Operation(
        "PATCH",
        "/exceptions/{id}",
        update_exception,
        "updateException",
        Tag.HOURS,
        Access.MANAGER,
        body=shapes.EXCEPTION_CHANGES,
        answers={200: shapes.EXCEPTION},
        of_business=True,
    ),
    Operation(
        "DELETE",
        "/exceptions/{id}",
        delete_exception,
        "deleteException",
        Tag.HOURS,
        Access.MANAGER,
        answers={204: None},
        of_business=True,
    ),
)
