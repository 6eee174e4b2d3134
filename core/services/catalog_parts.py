"""The owner's work on what services and staff refer to: locations, rooms, categories, add-ons."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final
from uuid import UUID

from core.domain.actor import Actor
from core.domain.catalog import MAX_DURATION, AddOn, Catalogue, Category, Location, Room
from core.domain.errors import InvalidInput, NotFound
from core.domain.schedule import CLOSED_ALL_WEEK, WeeklyHours
from core.ports.repositories import CataloguePart, Part
from core.services.catalog_editing import CatalogCases
from core.services.catalog_fields import MAX_PRICE, zone_of
from core.services.fields import Fields

_Maker = Callable[[Catalogue, Fields, UUID], Part]


class CatalogParts(CatalogCases):
    """See the module. All raise NotFound for strangers, Forbidden for others than managers, InvalidInput."""

    async def create_part(
        self,
        actor: Actor,
        business: UUID | str,
        part: CataloguePart,
        data: Mapping[str, object],
        *,
        new_id: UUID | None = None,
    ) -> Part:
        """A new one, last in order; or the one that has this id already."""
        business_id = await self._managed(actor, business)
        async with self._editing(business_id) as edit:
            if new_id is not None and (known := parts_of(edit.catalogue, part).get(new_id)) is not None:
                return known
            made = _made(edit.catalogue, part, data, new_id or self._new_id())
            await edit.tx.catalogue.save_part(business_id, made)
        return made

    async def update_part(
        self, actor: Actor, part: CataloguePart, part_id: UUID, data: Mapping[str, object]
    ) -> Part:
        """Change one; fields that aren't named stay."""
        async with self._editing(await self._part_business(actor, part, part_id)) as edit:
            if part_id not in parts_of(edit.catalogue, part):
                raise NotFound(what=part.value)
            changed = _made(edit.catalogue, part, data, part_id)
            await edit.tx.catalogue.save_part(edit.catalogue.business.id, changed)
        return changed

    async def delete_part(self, actor: Actor, part: CataloguePart, part_id: UUID) -> None:
        """Remove one. Services lose a category or an add-on with it.

        Raises InvalidInput (``id``, ``in_use``) for a room that a service needs, and for a location that is
        the only one, or has staff, rooms or bookings.
        """
        async with self._editing(await self._part_business(actor, part, part_id)) as edit:
            if _in_use(edit.catalogue, part, part_id):
                raise InvalidInput("id", "in_use")
            if not await edit.tx.catalogue.delete_part(edit.catalogue.business.id, part, part_id):
                raise NotFound(what=part.value)

    async def _part_business(self, actor: Actor, part: CataloguePart, part_id: UUID) -> UUID:
        async with self._uow.read() as tx:
            business_id = await tx.catalogue.business_of_part(part, part_id)
        return await self._managed_owner(actor, business_id, part.value)


def parts_of(catalogue: Catalogue, part: CataloguePart) -> Mapping[UUID, Part]:
    """All of one kind, by id."""
    found: Mapping[CataloguePart, Mapping[UUID, Part]] = {
        CataloguePart.LOCATION: catalogue.locations,
        CataloguePart.ROOM: catalogue.rooms,
        CataloguePart.CATEGORY: catalogue.categories,
        CataloguePart.ADDON: catalogue.addons,
    }
    return found[part]


def _made(catalogue: Catalogue, part: CataloguePart, data: Mapping[str, object], part_id: UUID) -> Part:
    fields = Fields(data)
    fields.same("id", str(part_id))
    made = _MAKERS[part](catalogue, fields, part_id)
    fields.finish()
    return made


def _in_use(catalogue: Catalogue, part: CataloguePart, part_id: UUID) -> bool:
    if part is CataloguePart.ROOM:
        return any(part_id in service.rooms for service in catalogue.services.values())
    if part is not CataloguePart.LOCATION:
        return False
    return (
        len(catalogue.locations) == 1
        or any(room.location_id == part_id for room in catalogue.rooms.values())
        or any(part_id in member.location_ids for member in catalogue.staff.values())
    )


def _last(positions: list[int]) -> int:
    return 1 + max(positions, default=-1)


def _category(catalogue: Catalogue, fields: Fields, part_id: UUID) -> Category:
    position = _last([each.position for each in catalogue.categories.values()])
    base = catalogue.categories.get(part_id) or Category(part_id, "", position)
    return replace(
        base,
        title=fields.text("title", base.title or None, longest=120),
        position=fields.integer("position", base.position, 0, 30_000),
    )


def _addon(catalogue: Catalogue, fields: Fields, part_id: UUID) -> AddOn:
    position = _last([each.position for each in catalogue.addons.values()])
    base = catalogue.addons.get(part_id) or AddOn(part_id, "", 0, 0, position)
    return replace(
        base,
        title=fields.text("title", base.title or None, longest=120),
        duration=fields.integer("duration_minutes", base.duration, 0, MAX_DURATION),
        price=fields.integer("price", base.price, 0, MAX_PRICE),
        position=fields.integer("position", base.position, 0, 30_000),
    )


def _room(catalogue: Catalogue, fields: Fields, part_id: UUID) -> Room:
    base = catalogue.rooms.get(part_id)
    location_id = fields.uuid("location_id", base.location_id if base else None)
    if location_id is None and len(catalogue.locations) == 1:
        location_id = next(iter(catalogue.locations))
    if location_id is None:
        raise fields.fault("location_id", "required")
    if location_id not in catalogue.locations:
        raise fields.fault("location_id", "not_found")
    base = base or Room(part_id, location_id, "")
    return replace(
        base,
        location_id=location_id,
        title=fields.text("title", base.title or None, longest=120),
        kind=fields.text("kind", base.kind, shortest=0, longest=60),
        places=fields.integer("places", base.places, 1, 200),
    )


def _location(catalogue: Catalogue, fields: Fields, part_id: UUID) -> Location:
    position = _last([each.position for each in catalogue.locations.values()])
    zone = catalogue.business.zone
    base = catalogue.locations.get(part_id) or Location(
        part_id, "", "", zone, CLOSED_ALL_WEEK, position=position
    )
    made = replace(
        base,
        name=fields.text("name", base.name or None, longest=120),
        address=fields.text("address", base.address, shortest=0, longest=300),
        directions=fields.text("directions", base.directions, shortest=0, longest=2000),
        latitude=fields.optional_number("latitude", base.latitude, -90, 90),
        longitude=fields.optional_number("longitude", base.longitude, -180, 180),
        zone=zone_of(fields, base.zone),
        hours=_hours(fields, base.hours),
        position=fields.integer("position", base.position, 0, 30_000),
    )
    if (made.latitude is None) != (made.longitude is None):
        raise fields.fault("longitude" if made.longitude is None else "latitude", "required")
    return made


def _hours(fields: Fields, now: WeeklyHours) -> WeeklyHours:
    """``weekly``: ``{"weekday", "start", "end"}``, several a day that don't overlap."""
    entries = fields.objects("weekly")
    if entries is None:
        return now
    found: dict[int, list[tuple[int, int, Fields]]] = {weekday: [] for weekday in range(7)}
    for entry in entries:
        weekday = entry.integer("weekday", None, 0, 6)
        start, end = entry.wall("start"), entry.wall("end")
        if start is None or end is None:
            raise entry.fault("start" if start is None else "end", "required")
        if start >= end:
            raise entry.fault("end", "before_start")
        entry.finish()
        found[weekday].append((start, end, entry))
    for intervals in found.values():
        intervals.sort(key=lambda each: each[:2])
        for (_, end, _), (start, _, entry) in itertools.pairwise(intervals):
            if start < end:
                raise entry.fault("start", "overlaps")
    return tuple(tuple((start, end) for start, end, _ in found[weekday]) for weekday in range(7))


_MAKERS: Final[Mapping[CataloguePart, _Maker]] = {
    CataloguePart.LOCATION: _location,
    CataloguePart.ROOM: _room,
    CataloguePart.CATEGORY: _category,
    CataloguePart.ADDON: _addon,
}
