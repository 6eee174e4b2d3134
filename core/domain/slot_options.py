"""What a slot query comes down to: the ways in which each service can be done, and the rules that hold.

None of it depends on busy time or the clock, so it is worked out once for a catalogue and a query.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import count
from math import ceil
from typing import Final, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from core.domain.catalog import (
    MAX_DURATION,
    BookingRules,
    Catalogue,
    GapMode,
    Location,
)
from core.domain.local_time import day_start, local_date
from core.domain.slot_ways import Way, ways_of
from core.domain.visit import Refusal, SlotQuery, VisitItem
from core.domain.visit_rules import has_daily_limits, rules_of, rules_of_query

_OVERRIDE_DAYS: Final = 3660
"""No override reaches further than ten years: every search has an end."""

_MOST_KEPT: Final = 2048


class Branch(NamedTuple):
    """A location where the whole visit can be done: the ways to do each of its services."""

    location: Location
    ways: tuple[tuple[Way, ...], ...]


class Filler(NamedTuple):
    """What a staff member could be booked for in a remainder of free time: minutes and buffers of a service,
    the grid of its starts, and whether its buffers must lie in working hours.
    """

    duration: int
    before: int
    after: int
    step: int
    grid_start: int
    buffers_within_hours: bool

    def is_spared_by(self, other: Filler) -> bool:
        """Wherever this one fits, the other one does."""
        return self[3:] == other[3:] and all(
            one >= least for one, least in zip(self[:3], other[:3], strict=True)
        )


class Asked(NamedTuple):
    """A slot query, worked out.

    ``rules``: the visit's, see :mod:`core.domain.visit_rules`. ``longest``: minutes of the visit at most.
    ``before``, ``after``: so many minutes around a visit bear on it, by the largest buffers, and by what else
    its masters could be booked for where the gap rule asks for it. ``zone``: the business's, whose local
    dates count. ``gaps``: the gap rule in force. ``limited``: daily limits are in force.
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

    def bounds(self, now: datetime) -> tuple[int, int]:
        """The starts ``[from, until)`` that notice, cut-off and horizon leave, in epoch minutes; from now on
        where these don't bind.
        """
        earliest = minutes_up(now)
        moment = now.astimezone(self.zone)
        today = moment.date()
        if self.query.at_any_date:
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
    kind = (query.override, query.by_business, query.agreed)
    key = (Asked, query.items, query.location_id, query.seats, kind)
    found = catalogue.memo.get(key)
    if not isinstance(found, (Asked, Refusal)):
        found = _work_out(catalogue, query)
        if len(catalogue.memo) >= _MOST_KEPT:
            for old in [one for one in catalogue.memo if isinstance(one, tuple)]:
                del catalogue.memo[old]
        catalogue.memo[key] = found
    return found if isinstance(found, Refusal) else found._replace(query=query)


def fillers(catalogue: Catalogue, staff_id: UUID, location: Location) -> tuple[Filler, ...]:
    """What this staff member can be booked for at a location, without what fits only where something else
    fits too: a remainder of free time that none of it fits in is of no use.
    """
    key = (Filler, staff_id, location.id)
    found = catalogue.memo.get(key)
    if not isinstance(found, tuple):
        kept: list[Filler] = []
        for one in sorted(_all_fillers(catalogue, staff_id, location)):
            if not any(one.is_spared_by(other) for other in kept):
                kept.append(one)
        found = catalogue.memo[key] = tuple(kept)
    return found


def _all_fillers(catalogue: Catalogue, staff_id: UUID, location: Location) -> Iterator[Filler]:
    for service in catalogue.services_of(staff_id):
        homeless = service.rooms and not any(
            room_id in catalogue.rooms and catalogue.rooms[room_id].location_id == location.id
            for room_id in service.rooms
        )
        if service.online and not homeless:
            rules = rules_of(catalogue, (service.id,))
            yield Filler(
                catalogue.duration(service.id, staff_id),
                service.buffer_before,
                service.buffer_after,
                rules.slot_step_minutes,
                rules.grid_start % rules.slot_step_minutes,
                rules.buffers_within_hours,
            )


def _work_out(catalogue: Catalogue, query: SlotQuery) -> Asked | Refusal:
    refusal = _refuse(catalogue, query)
    if refusal is not None:
        return refusal
    places = sorted(catalogue.locations.values(), key=lambda place: (place.position, place.id))
    branches: list[Branch] = []
    numbers = count()
    for place in places:
        if query.location_id not in {None, place.id}:
            continue
        all_ways = [ways_of(catalogue, item, place, query.seats, numbers) for item in query.items]
        if all(all_ways):
            branches.append(Branch(place, tuple(all_ways)))
    if not branches:
        return Refusal.STAFF_DOES_NOT_DO_IT
    services = [catalogue.services[item.service_id] for item in query.items]
    longest = max(sum(max(way.duration for way in ways) for ways in branch.ways) for branch in branches)
    before = max(service.buffer_before for service in services)
    after = max(service.buffer_after for service in services)
    if before + longest + after > MAX_DURATION:
        return Refusal.OUTSIDE_HOURS
    rules = rules_of_query(catalogue, query)
    gaps = GapMode.OFF if query.at_any_minute else rules.gap_mode
    if gaps is not GapMode.OFF:
        others = [
            filler
            for place, staff_id in {
                (branch.location.id, part.staff.id)
                for branch in branches
                for ways in branch.ways
                for way in ways
                for part in way.parts
            }
            for filler in fillers(catalogue, staff_id, catalogue.locations[place])
        ]
        before = max([before, *(one.before for one in others)])
        after = max([after, *(one.duration + one.after for one in others)])
    return Asked(
        query=query,
        branches=tuple(branches),
        rules=rules,
        zone=catalogue.business.zone,
        step=rules.slot_step_minutes,
        notice=rules.min_notice_minutes,
        horizon_days=rules.horizon_days,
        longest=longest,
        before=before,
        after=after,
        gaps=gaps,
        limited=has_daily_limits(rules) and not query.at_any_minute,
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
    # What was taken out of the offer is there for nobody but an operator with a visit of it in hand.
    kept = query.override and item.booked is not None
    if service is None or (service.archived and not kept):
        return Refusal.UNKNOWN_SERVICE
    if item.booked is None and not set(item.addon_ids) <= catalogue.addons.keys() & set(service.addon_ids):
        return Refusal.UNKNOWN_ADDON
    if item.staff_id is not None:
        member = catalogue.staff.get(item.staff_id)
        if member is None or member.archived:
            return Refusal.UNKNOWN_STAFF
        if (item.staff_id, item.service_id) not in catalogue.offers:
            return Refusal.STAFF_DOES_NOT_DO_IT
    if not (service.online or query.at_any_date):
        return Refusal.NOT_ONLINE
    if not 1 <= query.seats <= service.capacity:
        return Refusal.TOO_MANY_SEATS
    return None
