"""What visit is meant: one service, or several that follow one another, with masters, add-ons and seats."""

from __future__ import annotations

from uuid import UUID

from core.domain.visit import VisitItem
from webapp.inputs import Inputs


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


def _item(inputs: Inputs) -> tuple[VisitItem, ...]:
    """One service; none where it is at fault, which has been blamed."""
    service_id = inputs.uuid("service_id", required=True)
    staff_id = inputs.uuid("staff_id")
    addon_ids = inputs.uuids("addon_ids")
    return () if service_id is None else (VisitItem(service_id, staff_id, addon_ids),)
