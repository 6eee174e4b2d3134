"""A visit while it is being put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from core.domain.catalog import Catalogue, Service, StaffMember
from core.domain.visit import SlotQuery, VisitItem, from_minutes
from core.domain.visit_parts import VisitPart, expected_parts, read_part

MAX_SERVICES = 3
"""Services in one visit by chat."""


@dataclass(frozen=True, slots=True)
class Picking:
    """Where somebody is in choosing a time: a month (``2026-11``), a date (ISO), a part of the day."""

    month: str = ""
    day: str = ""
    part: str = ""


@dataclass(frozen=True, slots=True)
class BookData(Picking):
    """All JSON.

    ``items``: [service, master or null, [add-ons], [who does it with them]] each. ``any_staff``: any master
    was asked for.
    ``start``: the chosen start in epoch minutes, ``parts``: what is placed there, ``held_until``: epoch
    seconds, 0 when nobody keeps it.
    ``form``: names this filling-in, so that submitting twice books once. ``verified``: the messenger vouches
    for the phone.
    """

    items: Sequence[Any] = ()
    any_staff: bool = False
    category: str = ""
    location: str | None = None
    seats: int = 1
    start: int | None = None
    parts: Sequence[Any] = ()
    held_until: int = 0
    form: str = ""
    name: str = ""
    phone: str = ""
    verified: bool = False
    comment: str = ""


#: What was typed, and is not lost on the way back.
TYPED_FIELDS = ("name", "phone", "verified", "comment")


def write_items(items: Sequence[VisitItem]) -> tuple[Any, ...]:
    """Items as JSON."""
    return tuple(
        [
            str(item.service_id),
            str(item.staff_id) if item.staff_id else None,
            [str(addon) for addon in item.addon_ids],
            [str(staff_id) for staff_id in item.assistant_ids],
        ]
        for item in items
    )


def read_items(stored: Sequence[Any]) -> tuple[VisitItem, ...]:
    """Items from JSON."""
    return tuple(
        VisitItem(
            UUID(service),
            UUID(staff) if staff else None,
            tuple(map(UUID, addons)),
            tuple(map(UUID, others[0] if others else ())),
        )
        for service, staff, addons, *others in stored
    )


def query_of(data: BookData) -> SlotQuery:
    """What the calendar is asked."""
    return SlotQuery(
        items=read_items(data.items),
        location_id=UUID(data.location) if data.location else None,
        seats=data.seats,
    )


def start_of(data: BookData) -> datetime:
    """The chosen start (UTC)."""
    if data.start is None:
        raise ValueError("no start was chosen")
    return from_minutes(data.start)


def changed(data: BookData, **changes: Any) -> BookData:
    """Another visit: nothing of it is placed, or held, before its start is chosen again."""
    return replace(data, parts=(), held_until=0, **changes)


def placed_in(data: BookData) -> tuple[VisitPart, ...]:
    """The services as they are placed at the chosen start; empty where something was changed since."""
    return tuple(read_part(part) for part in data.parts)


def parts_in(catalogue: Catalogue, data: BookData) -> tuple[VisitPart, ...]:
    """The services as they are placed at the chosen start, or else as they are expected there."""
    placed = placed_in(data)
    if placed and all(part.is_in(catalogue) for part in placed):
        return placed
    return expected_parts(catalogue, query_of(data), data.start or 0)


def masters_for(catalogue: Catalogue, data: BookData) -> tuple[StaffMember, ...]:
    """Who does the first service at the chosen place."""
    items = read_items(data.items)
    if not items:
        return ()
    return tuple(
        member
        for member in catalogue.staff_of(items[0].service_id)
        if data.location is None or UUID(data.location) in member.location_ids
    )


def has_choice_of_master(catalogue: Catalogue, data: BookData) -> bool:
    """More masters do the first service than it needs."""
    items = read_items(data.items)
    return (
        bool(items)
        and len(masters_for(catalogue, data)) > catalogue.services[items[0].service_id].staff_needed
    )


def further_services(catalogue: Catalogue, data: BookData) -> tuple[Service, ...]:
    """What could be added to the visit: individual services that are not in it yet."""
    taken = {item.service_id for item in read_items(data.items)}
    if any(catalogue.services[service].capacity > 1 for service in taken) or len(taken) >= MAX_SERVICES:
        return ()
    return tuple(
        service
        for service in catalogue.bookable_services()
        if service.id not in taken and service.capacity == 1
    )
