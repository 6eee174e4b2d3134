"""The people of a business as those who work with Okoshko; as those who provide services they are
:class:`core.domain.catalog.StaffMember`.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from core.domain.actor import DECIDERS, Role


class Member(NamedTuple):
    """Somebody of the business's side. ``staff_id``: the staff member they are."""

    id: UUID
    business_id: UUID
    role: Role
    name: str
    locale: str
    staff_id: UUID | None

    def decides(self, staff_ids: Collection[UUID]) -> bool:
        """Whether they get the card of a booking with these staff: owners, managers and operators do, and
        those staff members themselves.
        """
        return self.role in DECIDERS or self.staff_id in staff_ids
