"""When somebody works: wall-clock rules expanded to epoch minutes, date by date.

Every interval of a rule, a break or an exception is laid on its local date in the location's zone first
(:func:`core.domain.local_time.interval` says what becomes of hours that clock changes skip or repeat); only
then are they joined, intersected and taken away, as instants. For a staff member at a location on a date:

1. The location's hours: its weekly ones, or, if an exception of the location or the business gives the date
   custom hours, those; extra openings are added, closures taken away.
2. The staff member's hours: those of their rules that fit the date and the location, within the location's
   hours; all of the location's hours for one who follows it. On a date closed by the location's weekly hours
   and opened by exception, everybody without hours of their own on it (step 4) works the opening: whoever is
   away for a part of it works the rest.
3. Breaks are taken away.
4. The staff member's own exceptions: custom hours stand in place of what 1 to 3 gave, extra ones are added,
   both whatever the location's weekly hours and the breaks are; their closures are taken away.
5. Closures of the location and the business are taken away, whatever anybody else said.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from core.domain.catalog import Catalogue, Location, StaffMember
from core.domain.local_time import DAY, interval
from core.domain.schedule import DatedException, ExceptionType, Parity, WorkingRule
from core.domain.spans import Span, Spans, intersection, merged, minus, union

_MOST_KEPT = 4096


class WorkingTime:
    """The working time of one catalogue, expanded once for each date that is asked for."""

    __slots__ = ("_catalogue", "_days", "_exceptions", "_locations", "_stretches")

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._exceptions: dict[date, list[DatedException]] = {}
        for exception in catalogue.exceptions:
            self._exceptions.setdefault(exception.date, []).append(exception)
        self._days: dict[tuple[UUID, UUID, date], Spans] = {}
        self._locations: dict[tuple[UUID, date], Spans] = {}
        self._stretches: dict[tuple[UUID, UUID, date, date], Spans] = {}

    def staff(self, staff_id: UUID, location_id: UUID, first: date, last: date) -> Spans:
        """A staff member's working time there from one local date to another, both included; joined over
        midnight.
        """
        key = (staff_id, location_id, first, last)
        found = self._stretches.get(key)
        if found is None:
            days = (self.staff_day(staff_id, location_id, day) for day in _dates(first, last))
            found = merged(span for day in days for span in day)
            if len(self._stretches) >= _MOST_KEPT:
                self._stretches.clear()
            self._stretches[key] = found
        return found

    def location(self, location_id: UUID, first: date, last: date) -> Spans:
        """A location's opening hours from one local date to another, both included; joined over midnight."""
        days = (self.location_day(location_id, day) for day in _dates(first, last))
        return merged(span for day in days for span in day)

    def staff_day(self, staff_id: UUID, location_id: UUID, day: date) -> Spans:
        """A staff member's working time there on one local date of the location's zone."""
        key = (staff_id, location_id, day)
        found = self._days.get(key)
        if found is None:
            member = self._catalogue.staff[staff_id]
            if len(self._days) >= 8 * _MOST_KEPT:
                self._days.clear()
            found = self._days[key] = (
                self._expand_staff(member, self._catalogue.locations[location_id], day)
                if location_id in member.location_ids
                else ()
            )
        return found

    def location_day(self, location_id: UUID, day: date) -> Spans:
        """A location's opening hours on one local date of its zone."""
        key = (location_id, day)
        found = self._locations.get(key)
        if found is None:
            place = self._catalogue.locations[location_id]
            if len(self._locations) >= _MOST_KEPT:
                self._locations.clear()
            found = self._locations[key] = self._expand_location(place, day)
        return found

    def _expand_location(self, place: Location, day: date) -> Spans:
        said = self._said_of_location(place, day)
        custom = any(exception.type is ExceptionType.OPEN_CUSTOM for exception in said)
        hours = _laid(place.zone, said, ExceptionType.OPEN_CUSTOM) if custom else _weekly(place, day)
        hours = union(hours, _laid(place.zone, said, ExceptionType.OPEN_EXTRA))
        return minus(hours, _laid(place.zone, said, ExceptionType.CLOSED))

    def _expand_staff(self, member: StaffMember, place: Location, day: date) -> Spans:
        zone = place.zone
        said = self._said_of_location(place, day)
        own = [
            exception
            for exception in self._exceptions.get(day, ())
            if exception.staff_id == member.id and exception.location_id in {None, place.id}
        ]
        hours: Spans
        if any(exception.type is ExceptionType.OPEN_CUSTOM for exception in own):
            hours = _laid(zone, own, ExceptionType.OPEN_CUSTOM)
        else:
            opened = any(exception.type is not ExceptionType.CLOSED for exception in said)
            hours = self.location_day(place.id, day)
            own_hours = any(exception.type is not ExceptionType.CLOSED for exception in own)
            joins_opening = opened and not own_hours and not place.hours[day.weekday()]
            if not (member.follows_location or joins_opening):
                hours = intersection(_ruled(zone, member.rules, place.id, day), hours)
            hours = minus(hours, _ruled(zone, member.breaks, place.id, day))
        hours = union(hours, _laid(zone, own, ExceptionType.OPEN_EXTRA))
        hours = minus(hours, _laid(zone, own, ExceptionType.CLOSED))
        return minus(hours, _laid(zone, said, ExceptionType.CLOSED))

    def _said_of_location(self, place: Location, day: date) -> list[DatedException]:
        """Exceptions of the location and of the whole business on that date."""
        return [
            exception
            for exception in self._exceptions.get(day, ())
            if exception.staff_id is None and exception.location_id in {None, place.id}
        ]


def working_time(catalogue: Catalogue) -> WorkingTime:
    """The working time of this snapshot; what it has expanded is kept with it."""
    found = catalogue.memo.get(WorkingTime)
    if not isinstance(found, WorkingTime):
        found = catalogue.memo[WorkingTime] = WorkingTime(catalogue)
    return found


def fits(rule: WorkingRule, location_id: UUID, day: date) -> bool:
    """Whether a rule speaks about this location and local date."""
    if rule.location_id is not None and rule.location_id != location_id:
        return False
    if rule.valid_from is not None and day < rule.valid_from:
        return False
    if rule.valid_until is not None and day > rule.valid_until:
        return False
    if rule.weekday is not None and day.weekday() != rule.weekday:
        return False
    if rule.parity is not None and (day.day % 2 == 1) is not (rule.parity is Parity.ODD):
        return False
    cycle = rule.cycle
    return cycle is None or (day - cycle.anchor).days % (cycle.on + cycle.off) < cycle.on


def _dates(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def _weekly(place: Location, day: date) -> Spans:
    return merged(interval(place.zone, day, start, end) for start, end in place.hours[day.weekday()])


def _ruled(zone: ZoneInfo, rules: tuple[WorkingRule, ...], location_id: UUID, day: date) -> Spans:
    found: list[Span] = [
        interval(zone, day, rule.start, rule.end) for rule in rules if fits(rule, location_id, day)
    ]
    return merged(found)


def _laid(zone: ZoneInfo, exceptions: list[DatedException], type_: ExceptionType) -> Spans:
    """The intervals of the exceptions of one type."""
    if not exceptions:
        return ()
    return merged(
        interval(zone, one.date, one.start or 0, DAY if one.end is None else one.end)
        for one in exceptions
        if one.type is type_
    )
