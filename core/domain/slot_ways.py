"""The ways to do one service of a visit: by whom and where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from uuid import UUID

from core.domain.catalog import Catalogue, Location, Room, RoomNeed, Service, StaffMember
from core.domain.visit import VisitItem


class Crew(NamedTuple):
    """Who could be among those who do a service together.

    ``parts``: a way for each of them, all equally long, as if they did it alone and at their price.
    ``needed`` of them do it: all ``named`` ones, with ``leads`` (None: whoever comes first) at their head,
    and at least one of the ``slowest``, for whose sake it is as long.
    """

    parts: tuple[Way, ...]
    needed: int
    named: frozenset[UUID]
    leads: UUID | None
    slowest: frozenset[UUID]


class Way(NamedTuple):
    """One way to do one service of a visit: by whom and where.

    ``number`` is unique in its query. ``stretches`` (offset, length) are when the staff member is busy.
    ``rooms`` are those of the location, all of them needed or any one. ``crew``: several do it together, and
    ``staff`` is only the first of those who could.
    """

    number: int
    service: Service
    staff: StaffMember
    location: Location
    addon_ids: tuple[UUID, ...]
    duration: int
    price: int
    stretches: tuple[tuple[int, int], ...]
    rooms: tuple[Room, ...]
    crew: Crew | None = None

    @property
    def is_group(self) -> bool:
        """Several clients share one session."""
        return self.service.capacity > 1

    @property
    def needs_all_rooms(self) -> bool:
        """All rooms at once, rather than any one of them."""
        return self.service.room_need is RoomNeed.ALL

    @property
    def parts(self) -> tuple[Way, ...]:
        """The ways of everybody who could do it, or be one of those who do."""
        return (self,) if self.crew is None else self.crew.parts

    def is_by(self, other: Way) -> bool:
        """The same master does both, alone."""
        return self.crew is None and other.crew is None and self.staff.id == other.staff.id

    def hands_over(self, other: Way) -> bool:
        """Another master does the other one. Where several do one of them together, nobody takes over."""
        return self.crew is None and other.crew is None and self.staff.id != other.staff.id


def ways_of(
    catalogue: Catalogue, item: VisitItem, place: Location, seats: int, numbers: Iterator[int]
) -> tuple[Way, ...]:
    """The ways to do a service of a visit at a location, in display order of the staff; of a crew one for
    each length that it can have.
    """
    service = catalogue.services[item.service_id]
    rooms = tuple(
        room
        for room in (catalogue.rooms.get(room_id) for room_id in service.rooms)
        if room is not None and room.location_id == place.id
    )
    if service.rooms and not rooms:
        return ()
    able = [member for member in catalogue.staff_of(service.id) if place.id in member.location_ids]
    if service.staff_needed > 1:
        return tuple(_crews(catalogue, item, place, rooms, able, numbers))
    booked, group = item.booked, service.capacity > 1
    addon_minutes, addon_price = _addons(catalogue, item)
    found: list[Way] = []
    for member in able:
        if item.staff_id not in {None, member.id}:
            continue
        own = catalogue.duration(service.id, member.id)
        price = (catalogue.price(service.id, member.id) + addon_price) * seats
        if booked is not None and booked.staff_id == member.id:
            # A session is as long for all who come to it.
            own, price = own if group else booked.minutes - addon_minutes, booked.price
        duration = own if group else own + addon_minutes
        found.append(
            Way(
                number=next(numbers),
                service=service,
                staff=member,
                location=place,
                addon_ids=item.addon_ids,
                duration=duration,
                price=price,
                stretches=_stretches(service.processing, own, duration),
                rooms=rooms,
            )
        )
    return tuple(found)


def _crews(  # noqa: PLR0917 - what a way is made of
    catalogue: Catalogue,
    item: VisitItem,
    place: Location,
    rooms: tuple[Room, ...],
    able: list[StaffMember],
    numbers: Iterator[int],
) -> Iterator[Way]:
    """A way for each length that a crew can have: that of the slowest of its people."""
    service, booked = catalogue.services[item.service_id], item.booked
    needed = service.staff_needed
    named = frozenset(item.assistant_ids[: needed - 1])
    if item.staff_id is not None:
        named |= {item.staff_id}
    addon_minutes, addon_price = _addons(catalogue, item)
    as_booked = booked is not None and booked.staff_id == item.staff_id
    own = {
        member.id: booked.minutes - addon_minutes
        if booked is not None and as_booked
        else catalogue.duration(service.id, member.id)
        for member in able
    }
    for length in sorted(set(own.values())):
        pool = _pool(able, own, length, needed, named)
        if len(pool) < needed:
            continue
        parts = tuple(
            Way(
                number=next(numbers),
                service=service,
                staff=member,
                location=place,
                addon_ids=item.addon_ids,
                duration=length + addon_minutes,
                price=booked.price
                if booked is not None and as_booked and booked.staff_id == member.id
                else catalogue.price(service.id, member.id) + addon_price,
                stretches=_stretches(service.processing, length, length + addon_minutes),
                rooms=rooms,
            )
            for member in pool
        )
        slowest = frozenset(member.id for member in pool if own[member.id] == length)
        crew = Crew(parts, needed, named, item.staff_id, slowest)
        yield parts[0]._replace(number=next(numbers), crew=crew)


def _pool(
    able: Iterable[StaffMember], own: dict[UUID, int], length: int, needed: int, named: frozenset[UUID]
) -> list[StaffMember]:
    """Who could be one of a crew that needs so long, beside those who were named; nobody where there is no
    such crew.
    """
    pool = [member for member in able if own[member.id] <= length]
    slow = {member.id for member in pool if own[member.id] == length}
    if not named <= {member.id for member in pool} or len(named) > needed:
        return []
    free = needed - len(named)
    if not named & slow and free <= 1:
        # The only place that is left is for somebody who needs so long.
        pool = [member for member in pool if member.id in named | slow] if free else []
    elif not free:
        pool = [member for member in pool if member.id in named]
    return pool


def _addons(catalogue: Catalogue, item: VisitItem) -> tuple[int, int]:
    """Minutes and price (of one seat) of a service's add-ons: as booked, else as they are offered."""
    if item.booked is not None:
        return item.booked.addon_minutes, item.booked.addon_price
    addons = [catalogue.addons[addon_id] for addon_id in item.addon_ids]
    return sum(addon.duration for addon in addons), sum(addon.price for addon in addons)


def _stretches(processing: tuple[int, int] | None, own: int, duration: int) -> tuple[tuple[int, int], ...]:
    """When the staff member is busy within the service: all the time, or before and after the processing."""
    if processing is not None:
        offset, length = processing
        if offset > 0 and length > 0 and offset + length < own:
            return (0, offset), (offset + length, duration - offset - length)
    return ((0, duration),)
