"""Business, services and staff: read by everybody, changed by owners."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from aiohttp import web

from core.domain.catalog import Catalogue
from core.domain.errors import NotFound
from webapp.access import caller_of, known_actor
from webapp.answers import json_answer
from webapp.api import schemas_catalog as shapes
from webapp.api.catalog_json import (
    BUSINESS_READ_ONLY,
    business_json,
    service_json,
    services_in_order,
    staff_in_order,
    staff_json,
)
from webapp.api.kept import PAGES
from webapp.api.operation import Access, Operation, Tag
from webapp.api.schemas import listing
from webapp.errors import Fault, Issue, Refused
from webapp.idempotency import new_id_of
from webapp.inputs import json_object, path_id
from webapp.wiring import SERVICES


async def show_business(request: web.Request) -> web.Response:
    """A business."""
    caller = await caller_of(request)
    catalogue = await catalogue_of(request)
    inside = caller.of_business(catalogue.business.id)
    return PAGES.answer(catalogue, f"business {inside}", lambda: business_json(catalogue, inside=inside))


async def update_business(request: web.Request) -> web.Response:
    """Change a business and its rules."""
    actor = await known_actor(request)
    catalogue = await catalogue_of(request)
    actor.require_manager(catalogue.business.id)
    data = writable(await json_object(request), business_json(catalogue, inside=True), BUSINESS_READ_ONLY)
    changed = await request.app[SERVICES].admin.update_business(actor, catalogue.business.id, data)
    return json_answer(business_json(changed, inside=True))


async def list_services(request: web.Request) -> web.Response:
    """The services of a business, in its order."""
    await caller_of(request)
    catalogue = await catalogue_of(request)
    return PAGES.listed(
        catalogue,
        "services",
        lambda: [service_json(catalogue, service) for service in services_in_order(catalogue)],
    )


async def show_service(request: web.Request) -> web.Response:
    """One service."""
    await caller_of(request)
    catalogue, service_id = await _with_service(request)
    return json_answer(service_json(catalogue, catalogue.services[service_id]))


async def create_service(request: web.Request) -> web.Response:
    """A new service."""
    actor = await known_actor(request)
    admin, business = request.app[SERVICES].admin, request.match_info["business"]
    service = await admin.create_service(
        actor, business, await json_object(request), new_id=new_id_of(request)
    )
    return json_answer(service_json(await catalogue_of(request), service), status=201)


async def update_service(request: web.Request) -> web.Response:
    """Change a service."""
    actor = await known_actor(request)
    catalogue, service_id = await _with_service(request)
    service = await request.app[SERVICES].admin.update_service(actor, service_id, await json_object(request))
    fresh = await request.app[SERVICES].catalogues.get(catalogue.business.id)
    return json_answer(service_json(fresh, service))


async def archive_service(request: web.Request) -> web.Response:
    """Take a service out of the offer."""
    actor = await known_actor(request)
    _, service_id = await _with_service(request)
    await request.app[SERVICES].admin.archive_service(actor, service_id)
    return web.Response(status=204)


async def list_staff(request: web.Request) -> web.Response:
    """Those who work here, in the business's order."""
    caller = await caller_of(request)
    catalogue = await catalogue_of(request)
    inside = caller.of_business(catalogue.business.id)
    return PAGES.listed(
        catalogue,
        f"staff {inside}",
        lambda: [staff_json(catalogue, member, inside=inside) for member in staff_in_order(catalogue)],
    )


async def show_staff(request: web.Request) -> web.Response:
    """One staff member."""
    caller = await caller_of(request)
    catalogue, staff_id = await with_staff(request)
    inside = caller.of_business(catalogue.business.id)
    return json_answer(staff_json(catalogue, catalogue.staff[staff_id], inside=inside))


async def create_staff(request: web.Request) -> web.Response:
    """A new staff member."""
    actor = await known_actor(request)
    admin, business = request.app[SERVICES].admin, request.match_info["business"]
    member = await admin.create_staff(actor, business, await json_object(request), new_id=new_id_of(request))
    return json_answer(staff_json(await catalogue_of(request), member, inside=True), status=201)


async def update_staff(request: web.Request) -> web.Response:
    """Change a staff member."""
    actor = await known_actor(request)
    catalogue, staff_id = await with_staff(request)
    data = await json_object(request)
    member = await request.app[SERVICES].admin.update_staff(actor, staff_id, data)
    fresh = await request.app[SERVICES].catalogues.get(catalogue.business.id)
    return json_answer(staff_json(fresh, member, inside=True))


async def archive_staff(request: web.Request) -> web.Response:
    """Offer nothing of a staff member any more."""
    actor = await known_actor(request)
    _, staff_id = await with_staff(request)
    await request.app[SERVICES].admin.archive_staff(actor, staff_id)
    return web.Response(status=204)


async def catalogue_of(request: web.Request) -> Catalogue:
    """The newest catalogue of the business in the address. Raises NotFound."""
    return await request.app[SERVICES].catalogues.get(request.match_info["business"])


async def _with_service(request: web.Request) -> tuple[Catalogue, UUID]:
    """The service in the address and the catalogue that has it. Raises NotFound."""
    service_id = path_id(request, "service")
    catalogue = await request.app[SERVICES].catalogues.of_service(service_id)
    await check_belongs(request, catalogue, "service")
    return catalogue, service_id


async def with_staff(request: web.Request) -> tuple[Catalogue, UUID]:
    """The staff member in the address and the catalogue that has them. Raises NotFound."""
    staff_id = path_id(request, "staff")
    catalogue = await request.app[SERVICES].catalogues.of_staff(staff_id)
    await check_belongs(request, catalogue, "staff")
    return catalogue, staff_id


async def check_belongs(request: web.Request, catalogue: Catalogue, what: str) -> None:
    """A thing that is addressed under a business is of that business. Raises NotFound."""
    business = request.match_info.get("business")
    if business is None:
        return
    named = await request.app[SERVICES].catalogues.peek(business)
    if named.business.id != catalogue.business.id:
        raise NotFound(what=what)


def writable(
    data: Mapping[str, object], shown: Mapping[str, object], read_only: Sequence[str]
) -> dict[str, object]:
    """``data`` without fields that are only told. Sending them back as they were told is no fault.

    Raises Refused (422) when one would change.
    """
    changed = tuple(
        Issue(name, "read_only") for name in read_only if name in data and data[name] != shown[name]
    )
    if changed:
        raise Refused(Fault("INVALID_INPUT", changed))
    return {name: value for name, value in data.items() if name not in read_only}


_BUSINESS: Final = "/businesses/{business}"

OPERATIONS: Final = (
    Operation(
        "GET",
        _BUSINESS,
        show_business,
        "getBusiness",
        Tag.BUSINESSES,
        Access.PUBLIC,
        answers={200: shapes.BUSINESS},
    ),
    Operation(
        "PATCH",
        _BUSINESS,
        update_business,
        "updateBusiness",
        Tag.BUSINESSES,
        Access.MANAGER,
        body=shapes.BUSINESS_CHANGES,
        answers={200: shapes.BUSINESS},
    ),
    Operation(
        "GET",
        f"{_BUSINESS}/services",
        list_services,
        "listServices",
        Tag.SERVICES,
        Access.PUBLIC,
        answers={200: listing(shapes.SERVICE)},
    ),
    Operation(
        "POST",
        f"{_BUSINESS}/services",
        create_service,
        "createService",
        Tag.SERVICES,
        Access.MANAGER,
        body=shapes.NEW_SERVICE,
        answers={201: shapes.SERVICE},
    ),
    Operation(
        "GET",
        "/services/{id}",
        show_service,
        "getService",
        Tag.SERVICES,
        Access.PUBLIC,
        answers={200: shapes.SERVICE},
        of_business=True,
    ),
    Operation(
        "PATCH",
        "/services/{id}",
        update_service,
        "updateService",
        Tag.SERVICES,
        Access.MANAGER,
        body=shapes.SERVICE_CHANGES,
        answers={200: shapes.SERVICE},
        of_business=True,
    ),
    Operation(
        "DELETE",
        "/services/{id}",
        archive_service,
        "archiveService",
        Tag.SERVICES,
        Access.MANAGER,
        answers={204: None},
        of_business=True,
    ),
    Operation(
        "GET",
        f"{_BUSINESS}/staff",
        list_staff,
        "listStaff",
        Tag.STAFF,
        Access.PUBLIC,
        answers={200: listing(shapes.STAFF)},
    ),
    Operation(
        "POST",
        f"{_BUSINESS}/staff",
        create_staff,
        "createStaffMember",
        Tag.STAFF,
        Access.MANAGER,
        body=shapes.NEW_STAFF,
        answers={201: shapes.STAFF},
    ),
    Operation(
        "GET",
        "/staff/{id}",
        show_staff,
        "getStaffMember",
        Tag.STAFF,
        Access.PUBLIC,
        answers={200: shapes.STAFF},
        of_business=True,
    ),
    Operation(
        "PATCH",
        "/staff/{id}",
        update_staff,
        "updateStaffMember",
        Tag.STAFF,
        Access.MANAGER,
        body=shapes.STAFF_CHANGES,
        answers={200: shapes.STAFF},
        of_business=True,
    ),
    Operation(
        "DELETE",
        "/staff/{id}",
        archive_staff,
        "archiveStaffMember",
        Tag.STAFF,
        Access.MANAGER,
        answers={204: None},
        of_business=True,
    ),
)
