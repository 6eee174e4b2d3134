"""Locations, rooms, categories and add-ons, one at a time."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import asyncpg
from asyncpg import Connection, Record

from core.domain.catalog import AddOn, Category, Location, Room
from core.domain.errors import InvalidInput, NotFound
from core.ports.repositories import CataloguePart, Part
from storage.repositories import catalogue_rows as rows

_TABLES: Final = {
    CataloguePart.LOCATION: "locations",
    CataloguePart.ROOM: "rooms",
    CataloguePart.CATEGORY: "categories",
    CataloguePart.ADDON: "addons",
}
_DELETE_HOURS: Final = "DELETE FROM location_hours WHERE location_id = $1"
_ADD_HOURS: Final = """
INSERT INTO location_hours (location_id, weekday, start_minute, end_minute)
SELECT $1, weekday, start_minute, end_minute
FROM unnest($2::smallint[], $3::smallint[], $4::smallint[]) AS open (weekday, start_minute, end_minute)
"""
_LEAVE_CATEGORY: Final = "UPDATE services SET category_id = NULL WHERE business_id = $1 AND category_id = $2"


async def save(connection: Connection[Record], business_id: UUID, part: Part) -> None:
    """Insert, or update where it is the same business's. Raises NotFound where it is another's."""
    match part:
        case Location():
            await _upsert(connection, CataloguePart.LOCATION, business_id, rows.location_line(part))
            await _save_hours(connection, part)
        case Room():
            await _upsert(connection, CataloguePart.ROOM, business_id, rows.room_line(part))
        case Category():
            await _upsert(connection, CataloguePart.CATEGORY, business_id, rows.category_line(part))
        case AddOn():
            await _upsert(connection, CataloguePart.ADDON, business_id, rows.addon_line(part))


async def delete(
    connection: Connection[Record], business_id: UUID, part: CataloguePart, part_id: UUID
) -> bool:
    """False when there is none. Raises InvalidInput (``id``, ``in_use``)."""
    if part is CataloguePart.CATEGORY:
        await connection.execute(_LEAVE_CATEGORY, business_id, part_id)
    try:
        status = await connection.execute(
            f"DELETE FROM {_TABLES[part]} WHERE business_id = $1 AND id = $2", business_id, part_id
        )
    except asyncpg.ForeignKeyViolationError:
        raise InvalidInput("id", "in_use") from None
    return status.endswith(" 1")


async def business_of(connection: Connection[Record], part: CataloguePart, part_id: UUID) -> UUID | None:
    """Whose it is."""
    found: UUID | None = await connection.fetchval(
        f"SELECT business_id FROM {_TABLES[part]} WHERE id = $1", part_id
    )
    return found


async def _upsert(
    connection: Connection[Record], part: CataloguePart, business_id: UUID, line: dict[str, Any]
) -> None:
    table, line = _TABLES[part], line | {"business_id": business_id}
    places = ", ".join(f"${place}" for place in range(1, len(line) + 1))
    changes = ", ".join(f"{name} = excluded.{name}" for name in line if name not in {"id", "business_id"})
    status = await connection.execute(
        f"INSERT INTO {table} ({', '.join(line)}) VALUES ({places}) ON CONFLICT (id) DO UPDATE SET {changes}"
        f" WHERE {table}.business_id = excluded.business_id",
        *line.values(),
    )
    if not status.endswith(" 1"):
        raise NotFound(what=part.value)


async def _save_hours(connection: Connection[Record], location: Location) -> None:
    """In place of the old ones."""
    await connection.execute(_DELETE_HOURS, location.id)
    hours = [(weekday, *each) for weekday, day in enumerate(location.hours) for each in day]
    if hours:
        await connection.execute(_ADD_HOURS, location.id, *map(list, zip(*hours, strict=True)))
