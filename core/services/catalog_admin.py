"""The owner's work on the catalogue: business, services, staff, and with them hours and what else they refer
to. Names and shapes are the public API's.

Objects come as parsed JSON and every field is checked here, so that all entries refuse alike. What bookings
refer to is archived, never deleted; archiving everything keeps the rule simple.

Whatever is created may be given its id (``new_id``): what has it already is returned as it is, so that a
request which is worked on again creates nothing twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from core.domain.actor import Actor
from core.domain.catalog import (
    Catalogue,
    Offer,
    Service,
    StaffMember,
)
from core.domain.client import clean_name
from core.services.catalog_editing import Edit
from core.services.catalog_fields import business_changes, phone_of, service_of, url_of
from core.services.catalog_hours import CatalogHours
from core.services.catalog_offers import chosen_offers, offers_of
from core.services.catalog_parts import CatalogParts
from core.services.fields import Fields


class CatalogAdmin(CatalogHours, CatalogParts):
    """See the module. All raise NotFound for strangers, Forbidden for others than managers, InvalidInput."""

    async def update_business(
        self, actor: Actor, business: UUID | str, data: Mapping[str, object]
    ) -> Catalogue:
        """Change a business: its card, ``booking_rules`` and ``messages``; what isn't named stays."""
        business_id = await self._managed(actor, business)
        async with self._editing(business_id) as edit:
            changes = business_changes(edit.catalogue, Fields(data), self._phones)
            if changes:
                await edit.tx.catalogue.save_business(business_id, changes)
        return await self._catalogues.get(business_id)

    async def create_service(
        self, actor: Actor, business: UUID | str, data: Mapping[str, object], *, new_id: UUID | None = None
    ) -> Service:
        """A new service; ``staff_ids`` are those who do it (absent: nobody yet)."""
        business_id = await self._managed(actor, business)
        async with self._editing(business_id) as edit:
            if new_id is not None and (known := edit.catalogue.services.get(new_id)) is not None:
                return known
            position = 1 + max((service.position for service in edit.catalogue.services.values()), default=-1)
            fields = Fields(data)
            service = service_of(edit.catalogue, fields, None, new_id or self._new_id(), position)
            return await self._save_service(edit, service, fields)

    async def update_service(self, actor: Actor, service_id: UUID, data: Mapping[str, object]) -> Service:
        """Change a service; bookings keep the title, duration and price of their day."""
        async with self._editing(await self._service_business(actor, service_id)) as edit:
            current = edit.catalogue.services[service_id]
            fields = Fields(data)
            fields.same("id", str(service_id))
            service = service_of(edit.catalogue, fields, current, service_id, current.position)
            return await self._save_service(edit, service, fields)

    async def archive_service(self, actor: Actor, service_id: UUID) -> None:
        """Take a service out of the offer; its bookings stay."""
        async with self._editing(await self._service_business(actor, service_id)) as edit:
            service = edit.catalogue.services[service_id]
            await edit.tx.catalogue.save_service(edit.catalogue.business.id, replace(service, archived=True))

    async def create_staff(
        self, actor: Actor, business: UUID | str, data: Mapping[str, object], *, new_id: UUID | None = None
    ) -> StaffMember:
        """A new staff member. Until a schedule is set, they work whenever their location is open."""
        business_id = await self._managed(actor, business)
        async with self._editing(business_id) as edit:
            if new_id is not None and (known := edit.catalogue.staff.get(new_id)) is not None:
                return known
            position = 1 + max((member.position for member in edit.catalogue.staff.values()), default=-1)
            fields = Fields(data)
            member = self._staff(edit.catalogue, fields, None, new_id or self._new_id(), position)
            return await self._save_staff(edit, member, fields)

    async def update_staff(self, actor: Actor, staff_id: UUID, data: Mapping[str, object]) -> StaffMember:
        """Change a staff member; ``service_ids`` or ``offers`` is the whole list of what they do, see
        :mod:`core.services.catalog_offers`.
        """
        async with self._editing(await self._staff_business(actor, staff_id)) as edit:
            current = edit.catalogue.staff[staff_id]
            fields = Fields(data)
            fields.same("id", str(staff_id))
            member = self._staff(edit.catalogue, fields, current, staff_id, current.position)
            return await self._save_staff(edit, member, fields)

    async def archive_staff(self, actor: Actor, staff_id: UUID) -> None:
        """Offer nothing of this staff member any more; their bookings stay."""
        async with self._editing(await self._staff_business(actor, staff_id)) as edit:
            member = edit.catalogue.staff[staff_id]
            await edit.tx.catalogue.save_staff(edit.catalogue.business.id, replace(member, archived=True))

    async def _service_business(self, actor: Actor, service_id: UUID) -> UUID:
        async with self._uow.read() as tx:
            business_id = await tx.catalogue.business_of_service(service_id)
        return await self._managed_owner(actor, business_id, "service")

    async def _save_service(self, edit: Edit, service: Service, fields: Fields) -> Service:
        catalogue, business_id = edit.catalogue, edit.catalogue.business.id
        doing = tuple(staff for staff, offered in catalogue.offers if offered == service.id)
        chosen = fields.uuids("staff_ids", doing, lambda staff_id: _is_working(catalogue, staff_id))
        fields.finish()
        await edit.tx.catalogue.save_service(business_id, service)
        for staff_id in sorted(set(doing) ^ set(chosen)):
            kept = [offer for offer in offers_of(catalogue, staff_id) if offer.service_id != service.id]
            if staff_id in chosen:
                kept.append(Offer(staff_id, service.id))
            await edit.tx.catalogue.set_offers(business_id, staff_id, kept)
        return service

    async def _save_staff(self, edit: Edit, member: StaffMember, fields: Fields) -> StaffMember:
        catalogue, business_id = edit.catalogue, edit.catalogue.business.id
        offers = chosen_offers(catalogue, member.id, fields)
        fields.finish()
        await edit.tx.catalogue.save_staff(business_id, member)
        if set(offers) != set(offers_of(catalogue, member.id)):
            await edit.tx.catalogue.set_offers(business_id, member.id, offers)
        if member.id not in catalogue.staff:
            await edit.tx.catalogue.set_schedule(business_id, member.id, (), (), True)
        return member

    def _staff(
        self,
        catalogue: Catalogue,
        fields: Fields,
        current: StaffMember | None,
        staff_id: UUID,
        position: int,
    ) -> StaffMember:
        base = current or StaffMember(staff_id, "", tuple(catalogue.locations), follows_location=True)
        name = fields.text("name", base.name or None, longest=1000)
        return replace(
            base,
            name=clean_name(name),
            phone=phone_of(catalogue, fields, base.phone, self._phones),
            profession=fields.text("profession", base.profession, shortest=0, longest=80),
            bio=fields.text("bio", base.bio, shortest=0, longest=2000),
            photo_url=url_of(fields, "photo_url", base.photo_url),
            location_ids=fields.uuids("location_ids", base.location_ids, catalogue.locations.__contains__),
            priority=fields.integer("priority", base.priority, -1000, 1000),
            position=fields.integer("position", position, 0, 30_000),
            archived=fields.boolean("archived", default=base.archived),
        )


def _is_working(catalogue: Catalogue, staff_id: UUID) -> bool:
    member = catalogue.staff.get(staff_id)
    return member is not None and not member.archived
