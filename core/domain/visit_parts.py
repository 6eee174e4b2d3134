"""The services of a visit that is being chosen, one after another: what a summary shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple
from uuid import UUID

from core.domain.catalog import Catalogue
from core.domain.visit import Placement, SlotQuery, VisitItem


class VisitPart(NamedTuple):
    """One service of a visit: when (epoch minutes), by whom, where, and for how much (minor units).

    ``price`` is for all seats and has the add-ons in it. ``staff_ids``: all who do it, the one who leads
    first; none while it is open who will. ``location_id`` None: that is open too.
    """

    service_id: UUID
    staff_ids: tuple[UUID, ...]
    location_id: UUID | None
    start: int
    end: int
    price: int
    addon_ids: tuple[UUID, ...] = ()

    def is_in(self, catalogue: Catalogue) -> bool:
        """Whether the service, its masters, place and add-ons are all there still."""
        return (
            self.service_id in catalogue.services
            and catalogue.staff.keys() >= set(self.staff_ids)
            and catalogue.addons.keys() >= set(self.addon_ids)
            and (self.location_id is None or self.location_id in catalogue.locations)
        )

    def written(self) -> list[Any]:
        """As JSON."""
        return [
            str(self.service_id),
            [str(staff_id) for staff_id in self.staff_ids],
            None if self.location_id is None else str(self.location_id),
            self.start,
            self.end,
            self.price,
            [str(addon_id) for addon_id in self.addon_ids],
        ]


def read_part(written: Sequence[Any]) -> VisitPart:
    """What :meth:`VisitPart.written` wrote."""
    service, staff, place, start, end, price, addons = written
    return VisitPart(
        service_id=UUID(service),
        staff_ids=tuple(UUID(staff_id) for staff_id in staff),
        location_id=None if place is None else UUID(place),
        start=start,
        end=end,
        price=price,
        addon_ids=tuple(UUID(addon_id) for addon_id in addons),
    )


def parts_of(placement: Placement) -> tuple[VisitPart, ...]:
    """The services of a placed visit."""
    return tuple(
        VisitPart(
            service_id=segment.service_id,
            staff_ids=segment.staff_ids,
            location_id=segment.location_id,
            start=segment.start,
            end=segment.end,
            price=segment.price,
            addon_ids=segment.addon_ids,
        )
        for segment in placement.segments
    )


def expected_parts(catalogue: Catalogue, query: SlotQuery, start: int) -> tuple[VisitPart, ...]:
    """The services of a visit that nobody has placed, as they would most likely be."""
    places = catalogue.locations
    place = query.location_id or (next(iter(places)) if len(places) == 1 else None)
    found: list[VisitPart] = []
    for item in query.items:
        end = start + item_minutes(catalogue, item)
        addons = tuple(addon_id for addon_id in item.addon_ids if addon_id in catalogue.addons)
        price = catalogue.price(item.service_id, item.staff_id)
        price += sum(catalogue.addons[addon_id].price for addon_id in addons)
        staff = () if item.staff_id is None else item.named
        found.append(VisitPart(item.service_id, staff, place, start, end, price * query.seats, addons))
        start = end
    return tuple(found)


def item_minutes(catalogue: Catalogue, item: VisitItem) -> int:
    """Minutes of one service with its add-ons, which make no group longer: it ends for all at once."""
    own = catalogue.duration_of(item.service_id, item.named)
    if catalogue.services[item.service_id].capacity > 1:
        return own
    return own + sum(catalogue.addons[each].duration for each in item.addon_ids if each in catalogue.addons)


def items_minutes(catalogue: Catalogue, items: Iterable[VisitItem]) -> int:
    """Minutes of the whole visit."""
    return sum(item_minutes(catalogue, item) for item in items)


def placed_items(items: tuple[VisitItem, ...], parts: Sequence[VisitPart]) -> tuple[VisitItem, ...]:
    """The services with those masters whom the parts are with: what was shown is what is booked."""
    if [item.service_id for item in items] != [part.service_id for part in parts]:
        return items
    return tuple(
        replace(item, staff_id=part.staff_ids[0], assistant_ids=part.staff_ids[1:])
        if part.staff_ids
        else item
        for item, part in zip(items, parts, strict=True)
    )
