"""Locations, rooms, categories and add-ons: read by everybody, changed by owners."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from uuid import UUID

from aiohttp import web

from core.domain.catalog import AddOn, Category, Location, Room
from core.domain.errors import NotFound
from core.ports.repositories import CataloguePart, Part
from core.services.catalog_parts import parts_of
from webapp.access import caller_of, known_actor
from webapp.answers import json_answer
from webapp.api import schemas_catalog as shapes
from webapp.api.catalog import catalogue_of
from webapp.api.catalog_json import addon_json, category_json, location_json, room_json
from webapp.api.kept import PAGES
from webapp.api.operation import Access, Operation, Tag
from webapp.api.schemas import listing
from webapp.idempotency import new_id_of
from webapp.inputs import json_object, path_id
from webapp.wiring import SERVICES

_Handler = Callable[[web.Request], Awaitable[web.Response]]

#: How they are called in addresses.
NAMES: Final[Mapping[str, CataloguePart]] = {
    "locations": CataloguePart.LOCATION,
    "rooms": CataloguePart.ROOM,
    "categories": CataloguePart.CATEGORY,
    "addons": CataloguePart.ADDON,
}


def part_json(part: Part) -> dict[str, object]:
    """One of them, by the names under which it is posted."""
    match part:
        case Location():
            return location_json(part)
        case Room():
            return room_json(part)
        case Category():
            return category_json(part)
        case AddOn():
            return addon_json(part)


def index(kind: CataloguePart) -> _Handler:
    """All of a business, in its order."""

    async def handler(request: web.Request) -> web.Response:
        await caller_of(request)
        catalogue = await catalogue_of(request)
        return PAGES.listed(
            catalogue,
            kind.value,
            lambda: [part_json(part) for part in sorted(parts_of(catalogue, kind).values(), key=_in_order)],
        )

    return handler


def create(kind: CataloguePart) -> _Handler:
    """A new one."""

    async def handler(request: web.Request) -> web.Response:
        actor = await known_actor(request)
        admin, business = request.app[SERVICES].admin, request.match_info["business"]
        made = await admin.create_part(
            actor, business, kind, await json_object(request), new_id=new_id_of(request)
        )
        return json_answer(part_json(made), status=201)

    return handler


def update(kind: CataloguePart) -> _Handler:
    """Change one."""

    async def handler(request: web.Request) -> web.Response:
        actor = await known_actor(request)
        part_id = await _part_id(request, kind)
        data = await json_object(request)
        part = await request.app[SERVICES].admin.update_part(actor, kind, part_id, data)
        return json_answer(part_json(part))

    return handler


def delete(kind: CataloguePart) -> _Handler:
    """Remove one."""

    async def handler(request: web.Request) -> web.Response:
        actor = await known_actor(request)
        part_id = await _part_id(request, kind)
        await request.app[SERVICES].admin.delete_part(actor, kind, part_id)
        return web.Response(status=204)

    return handler


async def _part_id(request: web.Request, kind: CataloguePart) -> UUID:
    """The one in the address. Raises NotFound when it is addressed under a business that hasn't it."""
    part_id = path_id(request, kind.value)
    if "business" in request.match_info and part_id not in parts_of(await catalogue_of(request), kind):
        raise NotFound(what=kind.value)
    return part_id


def _in_order(part: Part) -> tuple[int, str, str]:
    match part:
        case Room():
            return 0, part.title, str(part.id)
        case Location():
            return part.position, part.name, str(part.id)
        case _:
            return part.position, part.title, str(part.id)


def _operations(name: str, kind: CataloguePart) -> tuple[Operation, ...]:
    whole, one, what, more = _WORDS[kind]
    shown, new, changes = shapes.PARTS[name]
    among, by_id = f"/businesses/{{business}}/{name}", f"/{name}/{{id}}"
    return (
        Operation(
            "GET",
            among,
            index(kind),
            f"list{whole}",
            Tag.PARTS,
            Access.PUBLIC,
            answers={200: listing(shown)},
            about=f"All {whole.lower()} of a business.",
        ),
        Operation(
            "POST",
            among,
            create(kind),
            f"create{one}",
            Tag.PARTS,
            Access.MANAGER,
            body=new,
            answers={201: shown},
            about=f"A new {what}.",
        ),
        Operation(
            "PATCH",
            by_id,
            update(kind),
            f"update{one}",
            Tag.PARTS,
            Access.MANAGER,
            body=changes,
            answers={200: shown},
            about=f"Change a {what}.",
            of_business=True,
        ),
        Operation(
            "DELETE",
            by_id,
            delete(kind),
            f"delete{one}",
            Tag.PARTS,
            Access.MANAGER,
            answers={204: None},
            refuses=("INVALID_INPUT",),
            about=f"Remove a {what}.\n\n{more}",
            of_business=True,
        ),
    )


#: How each kind is called in ids and sentences, and what removing one means.
_WORDS: Final[Mapping[CataloguePart, tuple[str, str, str, str]]] = {
    CataloguePart.LOCATION: (
        "Locations",
        "Location",
        "location",
        "The only one can't be removed, nor one that has staff, rooms or bookings.",
    ),
    CataloguePart.ROOM: ("Rooms", "Room", "room", "One that a service needs can't be removed."),
    CataloguePart.CATEGORY: ("Categories", "Category", "category", "Its services stay, without a heading."),
    CataloguePart.ADDON: ("AddOns", "AddOn", "add-on", "Services lose it; bookings that have it keep it."),
}

OPERATIONS: Final = tuple(operation for name, kind in NAMES.items() for operation in _operations(name, kind))
