"""From a placement to what is written: the booking with titles and prices of its day, its sessions and
claims.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from core.domain.booking import AddOnLine, Segment
from core.domain.catalog import Catalogue
from core.domain.errors import DomainError, NotFound, SlotConflict, SlotNotOffered
from core.domain.money import Money
from core.domain.placement import claims_of, opened
from core.domain.visit import Claim, Placement, Refusal, SegmentPlan, from_minutes
from core.ports.clock import NewId
from core.ports.repositories import NewSession


@dataclass(frozen=True, slots=True)
class Plan:
    """What a placed visit will write."""

    start: datetime
    end: datetime
    location_id: UUID
    segments: tuple[Segment, ...]
    claims: tuple[Claim, ...]
    sessions: tuple[NewSession, ...]
    total: Money

    @property
    def staff_ids(self) -> frozenset[UUID]:
        """Who will work."""
        return frozenset(staff_id for segment in self.segments for staff_id in segment.staff_ids)

    @property
    def resources(self) -> frozenset[UUID]:
        """What is taken: masters, rooms, sessions."""
        return frozenset(claim.resource_id for claim in self.claims)


def plan_of(
    catalogue: Catalogue,
    placement: Placement,
    *,
    new_id: NewId,
    keep: Sequence[Segment] = (),
) -> Plan:
    """The plan of a placement. ``keep``: the same services as they were booked; titles and add-ons stay
    theirs, whoever does them.
    """
    placement = opened(placement, new_id)
    segments = tuple(
        _segment(catalogue, plan, new_id(), _same(keep, index, plan))
        for index, plan in enumerate(placement.segments)
    )
    sessions = tuple(
        NewSession(
            id=plan.session_id,
            service_id=plan.service_id,
            staff_id=plan.staff_id,
            location_id=plan.location_id,
            start=plan.start,
            end=plan.end,
            capacity=catalogue.services[plan.service_id].capacity,
        )
        for plan in placement.segments
        if plan.opens_session and plan.session_id is not None
    )
    return Plan(
        start=from_minutes(placement.start),
        end=from_minutes(placement.end),
        location_id=placement.segments[0].location_id,
        segments=segments,
        claims=claims_of(placement),
        sessions=sessions,
        total=Money(sum(segment.price for segment in segments), catalogue.business.currency),
    )


def _same(keep: Sequence[Segment], index: int, plan: SegmentPlan) -> Segment | None:
    """The segment that is booked anew, when it is the same service."""
    if index >= len(keep) or keep[index].service_id != plan.service_id:
        return None
    return keep[index]


def _segment(catalogue: Catalogue, plan: SegmentPlan, segment_id: UUID, old: Segment | None) -> Segment:
    service, member = catalogue.services[plan.service_id], catalogue.staff[plan.staff_id]
    return Segment(
        id=segment_id,
        service_id=service.id,
        service_title=old.service_title if old else service.title,
        staff_id=member.id,
        staff_name=member.name,
        start=from_minutes(plan.start),
        end=from_minutes(plan.end),
        buffer_before=plan.start - plan.lead,
        buffer_after=plan.trail - plan.end,
        price=plan.price,
        addons=old.addons if old else _addons(catalogue, plan.addon_ids),
        room_ids=tuple(room_id for room_id, _ in plan.rooms),
        session_id=plan.session_id,
        assistant_ids=plan.assistant_ids,
        assistant_names=tuple(catalogue.staff[staff_id].name for staff_id in plan.assistant_ids),
    )


def _addons(catalogue: Catalogue, addon_ids: Iterable[UUID]) -> tuple[AddOnLine, ...]:
    chosen = [catalogue.addons[addon_id] for addon_id in addon_ids]
    return tuple(AddOnLine(addon.id, addon.title, addon.duration, addon.price) for addon in chosen)


_UNKNOWN: Final = {
    Refusal.UNKNOWN_SERVICE: "service",
    Refusal.UNKNOWN_ADDON: "addon",
    Refusal.UNKNOWN_STAFF: "staff",
    Refusal.UNKNOWN_LOCATION: "location",
}


def refused(refusal: Refusal, start: datetime) -> DomainError:
    """The error that a refused start is."""
    if refusal.is_conflict:
        return SlotConflict(start=start)
    if refusal in _UNKNOWN:
        return NotFound(what=_UNKNOWN[refusal])
    return SlotNotOffered(refusal.value, start=start)
