"""What the core asks of the database about catalogues."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from core.domain.catalog import (
    AddOn,
    Catalogue,
    Category,
    Location,
    Offer,
    Room,
    Service,
    StaffMember,
)
from core.domain.schedule import DatedException, WorkingRule


class CataloguePart(StrEnum):
    """What services and staff refer to."""

    LOCATION = "location"
    ROOM = "room"
    CATEGORY = "category"
    ADDON = "addon"


Part = Location | Room | Category | AddOn


class CatalogueRepository(Protocol):
    """The catalogue of a business. Each write raises its version in the same transaction."""

    async def find(self, business: UUID | str) -> tuple[UUID, int] | None:
        """Id and catalogue version of a business by id or slug."""
        ...

    async def load(self, business_id: UUID, since: date) -> Catalogue:
        """The whole snapshot, with dated exceptions from ``since`` on. Raises NotFound."""
        ...

    async def list_businesses(self) -> Sequence[tuple[UUID, str, str]]:
        """(id, slug, name) of all businesses, by name."""
        ...

    async def add(self, catalogue: Catalogue) -> None:
        """A new business with everything in its catalogue: locations, rooms, categories, add-ons, services,
        staff with their schedules and offers, dated exceptions. Raises InvalidInput (``slug``, ``taken``).
        """
        ...

    async def save_business(self, business_id: UUID, changes: Mapping[str, object]) -> None:
        """Change columns of a business (name, description, contacts, rules …); keys are the fields of
        ``Business``. A new ``zone`` goes to those of its locations too that had the old one.
        """
        ...

    async def save_service(self, business_id: UUID, service: Service) -> None:
        """Insert or update a service with its rooms and add-ons."""
        ...

    async def save_staff(self, business_id: UUID, member: StaffMember) -> None:
        """Insert or update a staff member, without their schedule and offers."""
        ...

    async def set_offers(self, business_id: UUID, staff_id: UUID, offers: Sequence[Offer]) -> None:
        """What a staff member does, in place of what they did."""
        ...

    async def set_schedule(
        self,
        business_id: UUID,
        staff_id: UUID,
        rules: Sequence[WorkingRule],
        breaks: Sequence[WorkingRule],
        follows_location: bool,
    ) -> None:
        """A staff member's weekly rules and breaks, in place of the old ones."""
        ...

    async def save_part(self, business_id: UUID, part: Part) -> None:
        """Insert or update a location with its hours, a room, a category or an add-on."""
        ...

    async def delete_part(self, business_id: UUID, part: CataloguePart, part_id: UUID) -> bool:
        """Remove one; False when there is none. Raises InvalidInput (``id``, ``in_use``) while something that
        can't do without refers to it.
        """
        ...

    async def business_of_part(self, part: CataloguePart, part_id: UUID) -> UUID | None:
        """The business that has it."""
        ...

    async def save_exception(self, business_id: UUID, exception: DatedException) -> None:
        """Insert or update a dated exception."""
        ...

    async def save_exceptions(self, business_id: UUID, exceptions: Sequence[DatedException]) -> None:
        """The same for several, in one round trip; one that is another business's is left alone."""
        ...

    async def delete_exception(self, business_id: UUID, exception_id: UUID) -> bool:
        """Remove a dated exception; False when there is none."""
        ...

    async def business_of_staff(self, staff_id: UUID) -> UUID | None:
        """The business a staff member works for."""
        ...

    async def business_of_service(self, service_id: UUID) -> UUID | None:
        """The business that has this service."""
        ...

    async def business_of_exception(self, exception_id: UUID) -> UUID | None:
        """The business that has this dated exception."""
        ...
