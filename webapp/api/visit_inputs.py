"""What visit is meant: one service, or several that follow one another, with masters, add-ons and seats."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from aiohttp import web

from core.domain.errors import NotFound
from core.domain.visit import SlotQuery, VisitItem
from webapp.access import booking_actor
from webapp.inputs import Inputs
from webapp.wiring import SERVICES


def read_items(inputs: Inputs) -> tuple[VisitItem, ...]:
    """``items``, each ``{"service_id", "staff_id"?, "addon_ids"?}``; or the same three for a visit of one
    service.
    """
    several = inputs.objects("items")
    if several is None:
        return _item(inputs)
    for name in ("service_id", "staff_id", "addon_ids"):
        if inputs.has(name):
            inputs.blame(name, "not_with_items")
    if not several:
        inputs.blame("items", "empty")
    items: tuple[VisitItem, ...] = ()
    for each in several:
        items += _item(each)
        each.only()
    return items


def read_place(inputs: Inputs) -> tuple[int, UUID | None]:
    """``seats`` (one where nothing is said) and ``location_id``."""
    seats = inputs.integer("seats")
    return 1 if seats is None else seats, inputs.uuid("location_id")


async def to_move(
    request: web.Request, query: SlotQuery, booking_id: UUID | None, business_id: UUID
) -> SlotQuery:
    """The question as it is asked for a booking that is to be moved, if for any: its own time doesn't stand
    in the way, and its services last as long as was booked. Raises NotFound for one that isn't the caller's.
    """
    if booking_id is None:
        return query
    bookings = request.app[SERVICES].bookings
    booking = await bookings.get(await booking_actor(request, booking_id), booking_id)
    if booking.business_id != business_id:
        raise NotFound(what="booking")
    booked = bookings.query_of(booking)
    items = query.items
    if [item.service_id for item in items] == [item.service_id for item in booked.items]:
        items = tuple(
            replace(item, addon_ids=own.addon_ids, booked=own.booked)
            for item, own in zip(items, booked.items, strict=True)
        )
    return replace(query, items=items, ignore_booking=booking.id)


def _item(inputs: Inputs) -> tuple[VisitItem, ...]:
    """One service; none where it is at fault, which has been blamed."""
    service_id = inputs.uuid("service_id", required=True)
    staff_id = inputs.uuid("staff_id")
    addon_ids = inputs.uuids("addon_ids")
    return () if service_id is None else (VisitItem(service_id, staff_id, addon_ids),)
