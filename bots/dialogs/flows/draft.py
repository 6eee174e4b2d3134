"""A visit while it is being put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from core.domain.catalog import Catalogue, Service, StaffMember
from core.domain.visit import SlotQuery, VisitItem, from_minutes

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

    ``items``: [service, master or null, [add-ons]] each. ``any_staff``: any master was asked for.
    ``start``: the chosen start in epoch minutes, ``staff``: who it is with, ``held_until``: epoch seconds.
    ``form``: names this filling-in, so that submitting twice books once. ``verified``: the messenger vouches
    for the phone.
    """

    items: Sequence[Any] = ()
    any_staff: bool = False
    category: str = ""
    location: str | None = None
    seats: int = 1
    start: int | None = None
    staff: Sequence[str] = ()
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
        ]
        for item in items
    )


def read_items(stored: Sequence[Any]) -> tuple[VisitItem, ...]:
    """Items from JSON."""
    return tuple(
        VisitItem(UUID(service), UUID(staff) if staff else None, tuple(UUID(addon) for addon in addons))
        for service, staff, addons in stored
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


def placed_items(data: BookData) -> tuple[VisitItem, ...]:
    """The items with those masters whom the held time is with: what was shown is what is booked.

    ``data.staff`` names each master once, so several of them for more services than masters say nothing
    certain.
    """
    items = read_items(data.items)
    masters = list(data.staff) * len(items) if len(data.staff) == 1 else list(data.staff)
    if len(masters) != len(items):
        return items
    return tuple(
        VisitItem(item.service_id, UUID(staff), item.addon_ids)
        for item, staff in zip(items, masters, strict=True)
    )


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
