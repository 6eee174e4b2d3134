"""The catalogue of a business: read as one snapshot, written with its version raised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy
from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from core.domain.catalog import Catalogue, Offer, Service, StaffMember
from core.domain.errors import NotFound
from core.domain.schedule import DatedException, ExceptionType, WorkingRule
from core.ports.repositories import CataloguePart, Part
from storage.query import Query
from storage.repositories import catalogue_parts as parts
from storage.repositories import catalogue_rows as rows
from storage.repositories.catalogue_add import add_catalogue
from storage.repositories.identity_rows import MEMBERS, member_of
from storage.session import Session
from storage.tables import catalog as tables

_BUSINESS = bindparam("business_id", type_=sqlalchemy.UUID())


def _array(column: Any, where: Any) -> Any:
    return func.array(select(column).where(where).order_by(column.table.c.position).scalar_subquery())


def _of_business(table: Any) -> Query:
    return Query(select(table).where(table.c.business_id == _BUSINESS))


def _of_staff(table: Any, *columns: Any) -> Query:
    """Rows of a table that hangs on the staff of a business."""
    return Query(
        select(*(columns or (table,)))
        .join(tables.staff, tables.staff.c.id == table.c.staff_id)
        .where(tables.staff.c.business_id == _BUSINESS)
    )


_FIND_ID = Query(
    select(tables.businesses.c.id, tables.businesses.c.catalog_version).where(
        tables.businesses.c.id == bindparam("key")
    )
)
_FIND_SLUG = Query(
    select(tables.businesses.c.id, tables.businesses.c.catalog_version).where(
        tables.businesses.c.slug == bindparam("key")
    )
)
_BUSINESS_ROW = Query(select(tables.businesses).where(tables.businesses.c.id == _BUSINESS))
_BUSINESSES = Query(
    select(tables.businesses.c.id, tables.businesses.c.slug, tables.businesses.c.name).order_by(
        tables.businesses.c.name
    )
)
_LOCATIONS = _of_business(tables.locations)
_HOURS = Query(
    select(tables.location_hours)
    .join(tables.locations, tables.locations.c.id == tables.location_hours.c.location_id)
    .where(tables.locations.c.business_id == _BUSINESS)
)
_ROOMS = _of_business(tables.rooms)
_CATEGORIES = _of_business(tables.categories)
_ADDONS = _of_business(tables.addons)
_SERVICES = Query(
    select(
        tables.services,
        _array(
            tables.service_rooms.c.room_id, tables.service_rooms.c.service_id == tables.services.c.id
        ).label("room_ids"),
        _array(
            tables.service_addons.c.addon_id, tables.service_addons.c.service_id == tables.services.c.id
        ).label("addon_ids"),
    ).where(tables.services.c.business_id == _BUSINESS)
)
_STAFF = Query(
    select(
        tables.staff,
        _array(
            tables.staff_locations.c.location_id, tables.staff_locations.c.staff_id == tables.staff.c.id
        ).label("location_ids"),
    ).where(tables.staff.c.business_id == _BUSINESS)
)
_RULES = Query(
    select(tables.working_rules)
    .join(tables.staff, tables.staff.c.id == tables.working_rules.c.staff_id)
    .where(tables.staff.c.business_id == _BUSINESS)
    .order_by(tables.working_rules.c.weekday, tables.working_rules.c.start_minute, tables.working_rules.c.id)
)
_OFFERS = _of_staff(tables.staff_services)
_EXCEPTIONS = Query(
    select(tables.schedule_exceptions)
    .where(
        tables.schedule_exceptions.c.business_id == _BUSINESS,
        tables.schedule_exceptions.c.date >= bindparam("since"),
    )
    .order_by(
        tables.schedule_exceptions.c.date,
        tables.schedule_exceptions.c.start_minute,
        tables.schedule_exceptions.c.id,
    )
)
_RAISE_VERSION = Query(
    update(tables.businesses)
    .where(tables.businesses.c.id == _BUSINESS)
    .values(catalog_version=tables.businesses.c.catalog_version + 1)
    .returning(tables.businesses.c.catalog_version)
)
_DELETE_SERVICE_ROOMS = Query(
    delete(tables.service_rooms).where(tables.service_rooms.c.service_id == bindparam("of"))
)
_DELETE_SERVICE_ADDONS = Query(
    delete(tables.service_addons).where(tables.service_addons.c.service_id == bindparam("of"))
)
_DELETE_STAFF_LOCATIONS = Query(
    delete(tables.staff_locations).where(tables.staff_locations.c.staff_id == bindparam("of"))
)
_DELETE_OFFERS = Query(
    delete(tables.staff_services).where(tables.staff_services.c.staff_id == bindparam("of"))
)
_DELETE_RULES = Query(delete(tables.working_rules).where(tables.working_rules.c.staff_id == bindparam("of")))
_DELETE_EXCEPTION = Query(
    delete(tables.schedule_exceptions).where(
        tables.schedule_exceptions.c.business_id == _BUSINESS,
        tables.schedule_exceptions.c.id == bindparam("of"),
    )
)
_FOLLOWS = Query(
    update(tables.staff)
    .where(tables.staff.c.id == bindparam("of"), tables.staff.c.business_id == _BUSINESS)
    .values(follows_location=bindparam("follows"))
)
_OWNER = {
    table.name: Query(select(table.c.business_id).where(table.c.id == bindparam("of")))
    for table in (tables.staff, tables.services, tables.schedule_exceptions)
}


def _upsert(table: Any, names: Sequence[str]) -> Query:
    """Insert, or update by id where the row is the same business's."""
    statement = insert(table).values({name: bindparam(name) for name in names})
    return Query(
        statement.on_conflict_do_update(
            index_elements=["id"],
            set_={name: statement.excluded[name] for name in names if name not in {"id", "business_id"}},
            where=table.c.business_id == statement.excluded.business_id,
        )
    )


_EMPTY_SERVICE = rows.service_line(Service(UUID(int=0), "", 1, 0))
_EMPTY_STAFF = rows.staff_line(StaffMember(UUID(int=0), "", ()))
_EMPTY_EXCEPTION = rows.exception_line(DatedException(UUID(int=0), date.min, ExceptionType.CLOSED))
_EMPTY_RULE = rows.rule_line("", WorkingRule(0, 0))
_SAVE_SERVICE = _upsert(tables.services, [*_EMPTY_SERVICE, "business_id"])
_SAVE_STAFF = _upsert(tables.staff, [*_EMPTY_STAFF, "business_id"])
_SAVE_EXCEPTION = _upsert(tables.schedule_exceptions, [*_EMPTY_EXCEPTION, "business_id"])
_ADD_RULES = Query(
    insert(tables.working_rules).values({name: bindparam(name) for name in [*_EMPTY_RULE, "staff_id"]})
)

_MOVE_ZONE = """
UPDATE locations SET zone = $2 FROM businesses AS b
WHERE locations.business_id = $1 AND b.id = $1 AND locations.zone = b.zone
"""
_ADD_SERVICE_ROOMS = """
INSERT INTO service_rooms (service_id, room_id, position)
SELECT $1, id, place FROM unnest($2::uuid[]) WITH ORDINALITY AS listed (id, place)
"""
_ADD_SERVICE_ADDONS = """
INSERT INTO service_addons (service_id, addon_id, position)
SELECT $1, id, place FROM unnest($2::uuid[]) WITH ORDINALITY AS listed (id, place)
"""
_ADD_STAFF_LOCATIONS = """
INSERT INTO staff_locations (staff_id, location_id, position)
SELECT $1, id, place FROM unnest($2::uuid[]) WITH ORDINALITY AS listed (id, place)
"""
_ADD_OFFERS = """
INSERT INTO staff_services (staff_id, service_id, duration, price)
SELECT $1, service_id, duration, price
FROM unnest($2::uuid[], $3::smallint[], $4::bigint[]) AS offered (service_id, duration, price)
"""


class CatalogueRows:
    """See :class:`core.ports.repositories.CatalogueRepository`."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._connection = session.plain

    async def find(self, business: UUID | str) -> tuple[UUID, int] | None:
        """By id, or by slug (also an id written as text)."""
        query = _FIND_ID if isinstance(business, UUID) else _FIND_SLUG
        row = await query.row(self._connection, key=business)
        return None if row is None else (row["id"], row["catalog_version"])

    async def load(self, business_id: UUID, since: date) -> Catalogue:
        """The version is read first: what changes meanwhile makes the snapshot look older than it is, so it is read again."""
        connection = self._connection
        of = {"business_id": business_id}
        business = await _BUSINESS_ROW.row(connection, **of)
        if business is None:
            raise NotFound(what="business")
        offers = [rows.offer_of(row) for row in await _OFFERS.fetch(connection, **of)]
        return Catalogue(
            version=business["catalog_version"],
            business=rows.business_of(business),
            locations=rows.locations_of(
                await _LOCATIONS.fetch(connection, **of), await _HOURS.fetch(connection, **of)
            ),
            services={row["id"]: rows.service_of(row) for row in await _SERVICES.fetch(connection, **of)},
            staff=rows.staff_of(await _STAFF.fetch(connection, **of), await _RULES.fetch(connection, **of)),
            offers={(offer.staff_id, offer.service_id): offer for offer in offers},
            categories={
                row["id"]: rows.category_of(row) for row in await _CATEGORIES.fetch(connection, **of)
            },
            addons={row["id"]: rows.addon_of(row) for row in await _ADDONS.fetch(connection, **of)},
            rooms={row["id"]: rows.room_of(row) for row in await _ROOMS.fetch(connection, **of)},
            exceptions=tuple(
                rows.exception_of(row) for row in await _EXCEPTIONS.fetch(connection, since=since, **of)
            ),
            members=tuple(member_of(row) for row in await connection.fetch(MEMBERS, business_id)),
        )

    async def list_businesses(self) -> Sequence[tuple[UUID, str, str]]:
        """All, by name."""
        return [(row["id"], row["slug"], row["name"]) for row in await _BUSINESSES.fetch(self._connection)]

    async def add(self, catalogue: Catalogue) -> None:
        """A new business. Raises InvalidInput."""
        await add_catalogue(self._connection, catalogue)

    async def save_business(self, business_id: UUID, changes: Mapping[str, object]) -> None:
        """The columns are those of ``Business``; settings go in as JSON, the zone by its name."""
        values = {name: _business_value(name, value) for name, value in changes.items()}
        if "zone" in values:
            await self._connection.execute(_MOVE_ZONE, business_id, values["zone"])
        statement = update(tables.businesses).where(tables.businesses.c.id == _BUSINESS)
        version: int | None = await Query(
            statement.values(
                catalog_version=tables.businesses.c.catalog_version + 1,
                **{name: bindparam(f"new_{name}") for name in values},
            ).returning(tables.businesses.c.catalog_version)
        ).value(
            self._connection,
            business_id=business_id,
            **{f"new_{name}": value for name, value in values.items()},
        )
        self._note(business_id, version)

    async def save_service(self, business_id: UUID, service: Service) -> None:
        """With its rooms and add-ons in place of the old ones."""
        connection = self._connection
        values = rows.service_line(service) | {"business_id": business_id}
        if not await _SAVE_SERVICE.execute(connection, **values):
            raise NotFound(what="service")
        await _DELETE_SERVICE_ROOMS.execute(connection, of=service.id)
        await _DELETE_SERVICE_ADDONS.execute(connection, of=service.id)
        if service.rooms:
            await connection.execute(_ADD_SERVICE_ROOMS, service.id, list(service.rooms))
        if service.addon_ids:
            await connection.execute(_ADD_SERVICE_ADDONS, service.id, list(service.addon_ids))
        await self._changed(business_id)

    async def save_staff(self, business_id: UUID, member: StaffMember) -> None:
        """With their locations in place of the old ones."""
        connection = self._connection
        values = rows.staff_line(member) | {"business_id": business_id}
        if not await _SAVE_STAFF.execute(connection, **values):
            raise NotFound(what="staff")
        await _DELETE_STAFF_LOCATIONS.execute(connection, of=member.id)
        if member.location_ids:
            await connection.execute(_ADD_STAFF_LOCATIONS, member.id, list(member.location_ids))
        await self._changed(business_id)

    async def set_offers(self, business_id: UUID, staff_id: UUID, offers: Sequence[Offer]) -> None:
        """In place of what they did."""
        await _DELETE_OFFERS.execute(self._connection, of=staff_id)
        columns = zip(*[(offer.service_id, offer.duration, offer.price) for offer in offers], strict=True)
        if offers:
            await self._connection.execute(_ADD_OFFERS, staff_id, *map(list, columns))
        await self._changed(business_id)

    async def set_schedule(
        self,
        business_id: UUID,
        staff_id: UUID,
        rules: Sequence[WorkingRule],
        breaks: Sequence[WorkingRule],
        follows_location: bool,
    ) -> None:
        """In place of the old ones."""
        connection = self._connection
        await _FOLLOWS.execute(connection, business_id=business_id, of=staff_id, follows=follows_location)
        await _DELETE_RULES.execute(connection, of=staff_id)
        lines = [rows.rule_line("work", rule) for rule in rules]
        lines += [rows.rule_line("break", rule) for rule in breaks]
        await _ADD_RULES.many(connection, [line | {"staff_id": staff_id} for line in lines])
        await self._changed(business_id)

    async def save_part(self, business_id: UUID, part: Part) -> None:
        """Insert or update."""
        await parts.save(self._connection, business_id, part)
        await self._changed(business_id)

    async def delete_part(self, business_id: UUID, part: CataloguePart, part_id: UUID) -> bool:
        """False when there is none. Raises InvalidInput."""
        if not await parts.delete(self._connection, business_id, part, part_id):
            return False
        await self._changed(business_id)
        return True

    async def business_of_part(self, part: CataloguePart, part_id: UUID) -> UUID | None:
        """Whose it is."""
        return await parts.business_of(self._connection, part, part_id)

    async def save_exception(self, business_id: UUID, exception: DatedException) -> None:
        """Insert or update."""
        values = rows.exception_line(exception) | {"business_id": business_id}
        if not await _SAVE_EXCEPTION.execute(self._connection, **values):
            raise NotFound(what="exception")
        await self._changed(business_id)

    async def save_exceptions(self, business_id: UUID, exceptions: Sequence[DatedException]) -> None:
        """Insert or update several."""
        of = {"business_id": business_id}
        await _SAVE_EXCEPTION.many(self._connection, [rows.exception_line(each) | of for each in exceptions])
        await self._changed(business_id)

    async def delete_exception(self, business_id: UUID, exception_id: UUID) -> bool:
        """False when there is none."""
        if not await _DELETE_EXCEPTION.execute(self._connection, business_id=business_id, of=exception_id):
            return False
        await self._changed(business_id)
        return True

    async def business_of_staff(self, staff_id: UUID) -> UUID | None:
        """Whose staff member this is."""
        return await self._owner("staff", staff_id)

    async def business_of_service(self, service_id: UUID) -> UUID | None:
        """Whose service this is."""
        return await self._owner("services", service_id)

    async def business_of_exception(self, exception_id: UUID) -> UUID | None:
        """Whose exception this is."""
        return await self._owner("schedule_exceptions", exception_id)

    async def _owner(self, table: str, key: UUID) -> UUID | None:
        found: UUID | None = await _OWNER[table].value(self._connection, of=key)
        return found

    async def _changed(self, business_id: UUID) -> None:
        self._note(business_id, await _RAISE_VERSION.value(self._connection, business_id=business_id))

    def _note(self, business_id: UUID, version: int | None) -> None:
        if version is not None:
            self._session.note().catalogue(business_id, version)


def _business_value(name: str, value: Any) -> Any:
    if name in {"rules", "messages"}:
        return rows.rules_out(value)
    return value.key if name == "zone" else value
