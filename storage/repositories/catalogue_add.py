"""A new business with its whole catalogue, a statement a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import asyncpg
from asyncpg import Connection, Record
from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import insert

from core.domain.catalog import Catalogue
from core.domain.errors import InvalidInput
from storage.query import Query
from storage.repositories import catalogue_rows as rows
from storage.tables import catalog as tables

_Line = dict[str, Any]


async def add_catalogue(connection: Connection[Record], catalogue: Catalogue) -> None:
    """See :meth:`core.ports.repositories.CatalogueRepository.add`. Raises InvalidInput (``slug``, ``taken``)."""
    of = {"business_id": catalogue.business.id}
    locations = catalogue.locations.values()
    services, staff = catalogue.services.values(), catalogue.staff.values()
    try:
        await _add(connection, tables.businesses, [rows.business_line(catalogue.business)])
    except asyncpg.UniqueViolationError:
        raise InvalidInput("slug", "taken") from None
    await _add(connection, tables.locations, [rows.location_line(each) | of for each in locations])
    await _add(connection, tables.location_hours, _hours(catalogue))
    await _add(
        connection,
        tables.rooms,
        [rows.room_line(each) | of for each in catalogue.rooms.values()],
    )
    await _add(
        connection,
        tables.categories,
        [rows.category_line(each) | of for each in catalogue.categories.values()],
    )
    await _add(
        connection,
        tables.addons,
        [rows.addon_line(each) | of for each in catalogue.addons.values()],
    )
    await _add(connection, tables.services, [rows.service_line(each) | of for each in services])
    await _add(
        connection, tables.service_rooms, _pairs("service_id", "room_id", ((s.id, s.rooms) for s in services))
    )
    await _add(
        connection,
        tables.service_addons,
        _pairs("service_id", "addon_id", ((s.id, s.addon_ids) for s in services)),
    )
    await _add(connection, tables.staff, [rows.staff_line(each) | of for each in staff])
    await _add(
        connection,
        tables.staff_locations,
        _pairs("staff_id", "location_id", ((m.id, m.location_ids) for m in staff)),
    )
    await _add(
        connection,
        tables.staff_services,
        [_plain(each, "staff_id service_id duration price") for each in catalogue.offers.values()],
    )
    await _add(connection, tables.working_rules, _rules(catalogue))
    await _add(
        connection,
        tables.schedule_exceptions,
        [rows.exception_line(each) | of for each in catalogue.exceptions],
    )


async def _add(connection: Connection[Record], table: Any, lines: Sequence[_Line]) -> None:
    if lines:
        await Query(insert(table).values({name: bindparam(name) for name in lines[0]})).many(
            connection, lines
        )


def _plain(thing: object, names: str) -> _Line:
    return {name: getattr(thing, name) for name in names.split()}


def _pairs(left: str, right: str, found: Iterable[tuple[Any, Iterable[Any]]]) -> list[_Line]:
    return [
        {left: one, right: other, "position": place}
        for one, others in found
        for place, other in enumerate(others, 1)
    ]


def _hours(catalogue: Catalogue) -> list[_Line]:
    return [
        {"location_id": location.id, "weekday": weekday, "start_minute": start, "end_minute": end}
        for location in catalogue.locations.values()
        for weekday, day in enumerate(location.hours)
        for start, end in day
    ]


def _rules(catalogue: Catalogue) -> list[_Line]:
    return [
        rows.rule_line(kind, rule) | {"staff_id": member.id}
        for member in catalogue.staff.values()
        for kind, each in (("work", member.rules), ("break", member.breaks))
        for rule in each
    ]
