"""What a slot query comes down to: the ways in which each service can be done, and the rules that hold.

None of it depends on busy time or the clock, so it is worked out once for a catalogue and a query.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from math import ceil, prod
from typing import Final, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from core.domain.catalog import (
    MAX_DURATION,
    BookingRules,
    Catalogue,
    GapMode,
    Location,
    Room,
    RoomNeed,
    Service,
    StaffMember,
)
from core.domain.local_time import day_start, local_date
from core.domain.visit import Refusal, SlotQuery, VisitItem

_OVERRIDE_DAYS: Final = 3660
"""No override reaches further than ten years: every search has an end."""

_MOST_TRIED: Final = 400
"""So many chains are judged one by one, where daily limits or the gap rule ask for it."""

_MOST_KEPT: Final = 2048


class Way(NamedTuple):
    """One way to do one service of a visit: by whom and where.

    ``number`` is unique in its :class:`Asked`. ``stretches`` (offset, length) are when the staff member is
    busy. ``rooms`` are those of the location, all of them needed or any one.
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

    @property
    def is_group(self) -> bool:
        """Several clients share one session."""
        return self.service.capacity > 1

    @property
    def needs_all_rooms(self) -> bool:
        """All rooms at once, rather than any one of them."""
        return self.service.room_need is RoomNeed.ALL


class Branch(NamedTuple):
    """A location where the whole visit can be done: the ways to do each of its services.

    ``tried``: when they make more chains than can be judged one by one, the beginnings (numbers of ways) of
    those that are; None is all. For each master who could begin, chains that stay with one master come first.
    """

    location: Location
    ways: tuple[tuple[Way, ...], ...]
    tried: frozenset[tuple[int, ...]] | None


class Asked(NamedTuple):
    """A slot query, worked out.

    ``longest``: minutes of the visit at most. ``before``, ``after``: the largest buffers. ``zone``: the
    business's, whose local dates count. ``gaps``: the gap rule in force. ``limited``: daily limits are in
    force.
    """

    query: SlotQuery
    branches: tuple[Branch, ...]
    rules: BookingRules
    zone: ZoneInfo
    step: int
    notice: int
    horizon_days: int
    longest: int
    before: int
    after: int
    gaps: GapMode
    limited: bool

    @property
    def has_groups(self) -> bool:
        """Some service of the visit is a group service."""
        return any(ways[0].is_group for ways in self.branches[0].ways)

    @property
    def is_plain(self) -> bool:
        """Each link of a chain can be judged by itself: no rule looks at the visit as a whole."""
        return self.gaps is GapMode.OFF and not self.limited

    def bounds(self, now: datetime) -> tuple[int, int]:
        """The starts ``[from, until)`` that notice, cut-off and horizon leave, in epoch minutes; from now on
        for an override.
        """
        earliest = minutes_up(now)
        moment = now.astimezone(self.zone)
        today = moment.date()
        if self.query.override:
            return earliest, day_start(self.zone, today + timedelta(days=_OVERRIDE_DAYS))
        earliest += self.notice
        cutoff = self.rules.same_day_cutoff
        if cutoff is not None and moment.hour * 60 + moment.minute >= cutoff:
            earliest = max(earliest, day_start(self.zone, today + timedelta(days=1)))
        last = today + timedelta(days=min(self.horizon_days, _OVERRIDE_DAYS))
        if self.rules.horizon_until is not None:
            last = min(last, self.rules.horizon_until)
        return earliest, day_start(self.zone, last + timedelta(days=1))

    def dates(self, starts: tuple[int, int]) -> tuple[date, date]:
        """The business's local dates of the first and the last of some starts, ``[from, until)``."""
        return local_date(self.zone, starts[0]), local_date(self.zone, starts[1] - 1)


def minutes_up(moment: datetime) -> int:
    """Epoch minutes of an instant, rounded up: the first whole minute that isn't past."""
    return ceil(moment.timestamp() / 60)


def ask(catalogue: Catalogue, query: SlotQuery) -> Asked | Refusal:
    """Work a query out, or say why nothing can come of it at any time."""
    key = (Asked, query.items, query.location_id, query.seats, query.override)
    found = catalogue.memo.get(key)
    if not isinstance(found, (Asked, Refusal)):
        found = _work_out(catalogue, query)
        if len(catalogue.memo) >= _MOST_KEPT:
            for old in [one for one in catalogue.memo if isinstance(one, tuple)]:
                del catalogue.memo[old]
        catalogue.memo[key] = found
    return found if isinstance(found, Refusal) else found._replace(query=query)


def shortest_service(catalogue: Catalogue, staff_id: UUID) -> int:
    """Minutes of the shortest service that this staff member can be booked for: what is left of a free window
    is of no use when it is shorter.
    """
    key = ("shortest", staff_id)
    found = catalogue.memo.get(key)
    if not isinstance(found, int):
        services = [service for service in catalogue.services_of(staff_id) if service.online]
        found = min((catalogue.duration(service.id, staff_id) for service in services), default=0)
        catalogue.memo[key] = found
    return found


def _work_out(catalogue: Catalogue, query: SlotQuery) -> Asked | Refusal:
    refusal = _refuse(catalogue, query)
    if refusal is not None:
        return refusal
    places = sorted(catalogue.locations.values(), key=lambda place: (place.position, place.id))
    branches: list[Branch] = []
    number = 0
    for place in places:
        if query.location_id not in {None, place.id}:
            continue
        all_ways: list[tuple[Way, ...]] = []
        for item in query.items:
            ways = _ways(catalogue, item, place, query.seats, number)
            number += len(ways)
            all_ways.append(ways)
        if all(all_ways):
            branches.append(Branch(place, tuple(all_ways), _tried(all_ways)))
    if not branches:
        return Refusal.STAFF_DOES_NOT_DO_IT
    services = [catalogue.services[item.service_id] for item in query.items]
    longest = max(sum(max(way.duration for way in ways) for ways in branch.ways) for branch in branches)
    before = max(service.buffer_before for service in services)
    after = max(service.buffer_after for service in services)
    if before + longest + after > MAX_DURATION:
        return Refusal.OUTSIDE_HOURS
    rules = catalogue.business.rules
    step, notice, horizon = _merged_rules(rules, services)
    limited = rules.max_visits_per_day is not None or rules.max_minutes_per_day is not None
    return Asked(
        query=query,
        branches=tuple(branches),
        rules=rules,
        zone=catalogue.business.zone,
        step=step,
        notice=notice,
        horizon_days=horizon,
        longest=longest,
        before=before,
        after=after,
        gaps=GapMode.OFF if query.override else rules.gap_mode,
        limited=limited and not query.override,
    )


def _refuse(catalogue: Catalogue, query: SlotQuery) -> Refusal | None:
    """What is wrong with the query itself."""
    if not query.items:
        return Refusal.UNKNOWN_SERVICE
    if query.location_id is not None and query.location_id not in catalogue.locations:
        return Refusal.UNKNOWN_LOCATION
    for item in query.items:
        refusal = _refuse_item(catalogue, query, item)
        if refusal is not None:
            return refusal
    return None


def _refuse_item(catalogue: Catalogue, query: SlotQuery, item: VisitItem) -> Refusal | None:
    service = catalogue.services.get(item.service_id)
    if service is None or service.archived:
        return Refusal.UNKNOWN_SERVICE
    if not set(item.addon_ids) <= catalogue.addons.keys() & set(service.addon_ids):
        return Refusal.UNKNOWN_ADDON
    if item.staff_id is not None:
        member = catalogue.staff.get(item.staff_id)
        if member is None or member.archived:
            return Refusal.UNKNOWN_STAFF
        if (item.staff_id, item.service_id) not in catalogue.offers:
            return Refusal.STAFF_DOES_NOT_DO_IT
    if not service.online and not query.override:
        return Refusal.NOT_ONLINE
    if not 1 <= query.seats <= service.capacity:
        return Refusal.TOO_MANY_SEATS
    return None


def _merged_rules(rules: BookingRules, services: list[Service]) -> tuple[int, int, int]:
    """Step, notice and horizon of a visit: the first service's step, the longest notice, the shortest
    horizon.
    """
    own = [service.rules for service in services]
    first = own[0].slot_step_minutes
    notices = [
        rules.min_notice_minutes if one.min_notice_minutes is None else one.min_notice_minutes for one in own
    ]
    horizons = [rules.horizon_days if one.horizon_days is None else one.horizon_days for one in own]
    return rules.slot_step_minutes if first is None else first, max(notices), min(horizons)


def _ways(catalogue: Catalogue, item: VisitItem, place: Location, seats: int, number: int) -> tuple[Way, ...]:
    """The ways to do a service of a visit at a location, in display order of the staff."""
    service = catalogue.services[item.service_id]
    rooms = tuple(
        room
        for room in (catalogue.rooms.get(room_id) for room_id in service.rooms)
        if room is not None and room.location_id == place.id
    )
    if service.rooms and not rooms:
        return ()
    addons = [catalogue.addons[addon_id] for addon_id in item.addon_ids]
    found: list[Way] = []
    for member in catalogue.staff_of(service.id):
        if item.staff_id not in {None, member.id} or place.id not in member.location_ids:
            continue
        own = catalogue.duration(service.id, member.id)
        duration = own if service.capacity > 1 else own + sum(addon.duration for addon in addons)
        price = catalogue.price(service.id, member.id) + sum(addon.price for addon in addons)
        found.append(
            Way(
                number=number + len(found),
                service=service,
                staff=member,
                location=place,
                addon_ids=item.addon_ids,
                duration=duration,
                price=price * seats,
                stretches=_stretches(service.processing, own, duration),
                rooms=rooms,
            )
        )
    return tuple(found)


def _tried(all_ways: list[tuple[Way, ...]]) -> frozenset[tuple[int, ...]] | None:
    """The beginnings of the chains to try, when there are too many of them."""
    if prod(len(ways) for ways in all_ways) <= _MOST_TRIED:
        return None
    quota = max(1, _MOST_TRIED // len(all_ways[0]))
    tried = [chain for way in all_ways[0] for chain in islice(_staying(all_ways[1:], way), quota)]
    return frozenset(chain[:length] for chain in tried for length in range(1, len(chain) + 1))


def _staying(rest: list[tuple[Way, ...]], way: Way) -> Iterator[tuple[int, ...]]:
    """Chains from ``way`` on, the same master first at each step."""
    if not rest:
        yield (way.number,)
        return
    for following in sorted(rest[0], key=lambda one: one.staff.id != way.staff.id):
        for chain in _staying(rest[1:], following):
            yield (way.number, *chain)


def _stretches(processing: tuple[int, int] | None, own: int, duration: int) -> tuple[tuple[int, int], ...]:
    """When the staff member is busy within the service: all the time, or before and after the processing."""
    if processing is not None:
        offset, length = processing
        if offset > 0 and length > 0 and offset + length < own:
            return (0, offset), (offset + length, duration - offset - length)
    return ((0, duration),)
