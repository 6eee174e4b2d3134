"""The slot search by brute force: minute by minute, straight from the documented rules.

It shares nothing with the engine but the words of :mod:`core.domain.catalog` and :mod:`core.domain.visit`,
tries every minute, every location, every combination of masters and sessions, and is slow.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache
from itertools import combinations, pairwise, product
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from core.domain.catalog import (
    AnyStaffChoice,
    Catalogue,
    GapMode,
    Location,
    Room,
    RoomNeed,
    Service,
    StaffMember,
)
from core.domain.schedule import DatedException, ExceptionType, Parity, WorkingRule
from core.domain.visit import Busy, BusyClaim, BusySession, SlotQuery, VisitItem


@lru_cache(maxsize=65_536)
def moment(minute: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC).astimezone(zone)


@lru_cache(maxsize=65_536)
def wall(minute: int, zone: ZoneInfo) -> int:
    local = moment(minute, zone)
    return local.hour * 60 + local.minute


@lru_cache(maxsize=512)
def minutes_of(zone: ZoneInfo, day: date) -> tuple[tuple[int, int], ...]:
    """Every minute of a local date with its wall clock."""
    noon = int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp()) // 60
    return tuple(
        (minute, wall(minute, zone))
        for minute in range(noon - 30 * 60, noon + 30 * 60)
        if moment(minute, zone).date() == day
    )


@lru_cache(maxsize=8192)
def lay(zone: ZoneInfo, day: date, start: int, end: int) -> frozenset[int]:
    """From the first minute of the date that is ``start`` or later to the last one before ``end``."""
    after = [minute for minute, clock in minutes_of(zone, day) if clock >= start]
    before = [minute for minute, clock in minutes_of(zone, day) if clock < end]
    return frozenset(range(after[0], before[-1] + 1)) if after and before else frozenset()


def rule_holds(rule: WorkingRule, location: Location, day: date) -> bool:
    cycle = rule.cycle
    return (
        rule.location_id in (None, location.id)
        and (rule.valid_from is None or rule.valid_from <= day)
        and (rule.valid_until is None or day <= rule.valid_until)
        and rule.weekday in (None, day.weekday())
        and (rule.parity is None or (rule.parity is Parity.ODD) == bool(day.day % 2))
        and (cycle is None or (day - cycle.anchor).days % (cycle.on + cycle.off) in range(cycle.on))
    )


def laid(zone: ZoneInfo, day: date, exceptions: list[DatedException], type_: ExceptionType) -> set[int]:
    found: set[int] = set()
    for one in exceptions:
        if one.type is type_:
            found |= lay(
                zone, day, 0 if one.start is None else one.start, 1440 if one.end is None else one.end
            )
    return found


def location_minutes(catalogue: Catalogue, place: Location, day: date) -> set[int]:
    said = [
        one
        for one in catalogue.exceptions
        if one.date == day and one.staff_id is None and one.location_id in (None, place.id)
    ]
    if any(one.type is ExceptionType.OPEN_CUSTOM for one in said):
        hours = laid(place.zone, day, said, ExceptionType.OPEN_CUSTOM)
    else:
        hours = {m for start, end in place.hours[day.weekday()] for m in lay(place.zone, day, start, end)}
    hours |= laid(place.zone, day, said, ExceptionType.OPEN_EXTRA)
    return hours - laid(place.zone, day, said, ExceptionType.CLOSED)


def staff_minutes(catalogue: Catalogue, member: StaffMember, place: Location, day: date) -> set[int]:
    """The minutes that somebody works at a location on a local date."""
    if place.id not in member.location_ids:
        return set()
    zone = place.zone
    today = [one for one in catalogue.exceptions if one.date == day and one.location_id in (None, place.id)]
    own = [one for one in today if one.staff_id == member.id]
    said = [one for one in today if one.staff_id is None]
    if any(one.type is ExceptionType.OPEN_CUSTOM for one in own):
        hours = laid(zone, day, own, ExceptionType.OPEN_CUSTOM)
    else:
        opening = location_minutes(catalogue, place, day)
        normally_closed = place.hours[day.weekday()] == ()
        opened = any(one.type is not ExceptionType.CLOSED for one in said)
        has_own_hours = any(one.type is not ExceptionType.CLOSED for one in own)
        if member.follows_location or (normally_closed and opened and not has_own_hours):
            hours = set(opening)
        else:
            hours = {
                minute
                for rule in member.rules
                if rule_holds(rule, place, day)
                for minute in lay(zone, day, rule.start, rule.end)
            } & opening
        for rule in member.breaks:
            if rule_holds(rule, place, day):
                hours -= lay(zone, day, rule.start, rule.end)
    hours |= laid(zone, day, own, ExceptionType.OPEN_EXTRA)
    hours -= laid(zone, day, own, ExceptionType.CLOSED)
    return hours - laid(zone, day, said, ExceptionType.CLOSED)


class Step(NamedTuple):
    """One service of a tried visit: who (the one who leads first), from when to when, which session."""

    service: Service
    team: tuple[StaffMember, ...]
    start: int
    end: int
    own_minutes: int
    session: BusySession | None

    @property
    def staff(self) -> StaffMember:
        return self.team[0]


class Found(NamedTuple):
    """A visit that can be had; the least ``key`` is taken."""

    key: tuple[object, ...]
    end: int
    rank: int
    seats_left: int | None
    teams: tuple[tuple[UUID, ...], ...]
    sessions: tuple[UUID | None, ...]
    location_id: UUID

    @property
    def staff(self) -> tuple[UUID, ...]:
        """Who leads each service."""
        return tuple(team[0] for team in self.teams)


@dataclass
class Oracle:
    """All answers about one catalogue, query and busy time at one moment.

    ``any_minute``: the grid does not bind, as when staff place a visit by hand.
    """

    catalogue: Catalogue
    query: SlotQuery
    busy: Busy
    now: datetime
    any_minute: bool = False
    _worked: dict[tuple[UUID, UUID], dict[date, set[int]]] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        return self.catalogue.business.zone

    @cached_property
    def _now_seconds(self) -> float:
        return self.now.timestamp()

    @cached_property
    def _today(self) -> datetime:
        return self.now.astimezone(self.zone)

    def starts(self, first: date, last: date) -> dict[int, list[Found]]:
        """Every start from ``first`` to ``last`` with all that can be had at it, best first."""
        found: dict[int, list[Found]] = {}
        if not self.askable():
            return found
        day = first
        while day <= last:
            found.update(self._of_day(day))
            day += timedelta(days=1)
        return found

    def askable(self) -> bool:
        """The query names what there is and what somebody does."""
        known = self.catalogue
        for item in self.query.items:
            service = known.services.get(item.service_id)
            by_business = self.query.override or self.query.by_business
            if service is None or service.archived or not (service.online or by_business):
                return False
            if not 1 <= self.query.seats <= service.capacity:
                return False
            if any(addon not in service.addon_ids or addon not in known.addons for addon in item.addon_ids):
                return False
        return True

    def in_time(self, start: int) -> bool:
        """Notice, cut-off, horizon."""
        seconds_ahead = start * 60 - self._now_seconds
        if seconds_ahead < 0:
            return False
        if self.query.override or self.query.by_business:
            return True
        today = self._today
        day = moment(start, self.zone).date()
        clock = today.hour * 60 + today.minute
        return (
            all(seconds_ahead >= notice * 60 for notice in self._said("min_notice_minutes"))
            and all((day - today.date()).days <= days for days in self._said("horizon_days"))
            and all(day <= until for until in self._said("horizon_until"))
            and not (day == today.date() and any(clock >= cutoff for cutoff in self._said("same_day_cutoff")))
        )

    def _said(self, rule: str) -> list[Any]:
        """What holds for each service of the visit, in order: its own value, or the business's; without those
        that set nothing.
        """
        found = []
        for item in self.query.items:
            own = getattr(self.catalogue.services[item.service_id].rules, rule)
            found.append(getattr(self.catalogue.business.rules, rule) if own is None else own)
        return [each for each in found if each is not None]

    def on_grid(self, start: int, place: Location) -> bool:
        if self.any_minute:
            return True
        step, first = self._said("slot_step_minutes")[0], self._said("grid_start")[0]
        return bool((wall(start, place.zone) - first) % step == 0)

    def _of_day(self, day: date) -> dict[int, list[Found]]:
        minutes = [minute for minute, _ in minutes_of(self.zone, day)]
        offered: dict[int, list[tuple[Location, list[Step]]]] = {}
        for minute in minutes:
            if self.in_time(minute):
                for place in self.catalogue.locations.values():
                    if self.query.location_id not in (None, place.id):
                        continue
                    if not (self.on_grid(minute, place) or self.busy.sessions):
                        continue
                    for steps in self._tries(place, minute):
                        joins = any(step.session for step in steps)
                        if (joins or self.on_grid(minute, place)) and self.can(place, steps):
                            offered.setdefault(minute, []).append((place, steps))
        ranks = self._ranks(day, minutes, offered)
        found: dict[int, list[Found]] = {}
        for minute, all_steps in offered.items():
            for at, (place, steps) in enumerate(all_steps):
                rank = ranks[minute, at]
                if rank is not None:
                    found.setdefault(minute, []).append(self._found(place, steps, day, rank))
        return {minute: sorted(every, key=lambda one: one.key) for minute, every in found.items()}

    def _tries(self, place: Location, start: int) -> Iterator[list[Step]]:
        """All combinations of masters and sessions, in sequence without a gap."""
        if any(self._homeless(place, item) for item in self.query.items):
            return
        day = moment(start, self.zone).date()
        for teams in product(*(self._teams(place, item, day) for item in self.query.items)):
            yield from self._with_sessions(list(zip(self.query.items, teams, strict=True)), start, place, [])

    def own_minutes(self, service: Service, team: Sequence[StaffMember]) -> int:
        """As long as the slowest of them needs."""
        return max(
            service.duration if offer.duration is None else offer.duration
            for offer in (self.catalogue.offers[(member.id, service.id)] for member in team)
        )

    def teams_like(self, place: Location, step: Step, at: int, day: date) -> list[tuple[StaffMember, ...]]:
        """All who could do service ``at`` of the visit in the same time, ``step`` being one way to do it."""
        if len(step.team) == 1:
            return [step.team]
        return [
            team
            for team in self._teams(place, self.query.items[at], day)
            if self.own_minutes(step.service, team) == step.own_minutes
        ]

    def _teams(self, place: Location, item: VisitItem, day: date) -> list[tuple[StaffMember, ...]]:
        """All who could do a service, so many as it needs, with those who were named among them.

        The one who was named leads, else the one who comes first by the «any master» rule.
        """
        able = [
            member
            for member in self.catalogue.staff.values()
            if not member.archived
            and place.id in member.location_ids
            and (member.id, item.service_id) in self.catalogue.offers
        ]
        needed = self.catalogue.services[item.service_id].staff_needed
        named = {*item.assistant_ids[: needed - 1], *([item.staff_id] if item.staff_id else [])}
        return [
            tuple(sorted(team, key=lambda one: (one.id != item.staff_id, self.staff_key(one, day))))
            for team in combinations(able, needed)
            if named <= {member.id for member in team}
        ]

    def _homeless(self, place: Location, item: VisitItem) -> bool:
        """The service needs a room, and none of its rooms are here."""
        rooms = self.catalogue.services[item.service_id].rooms
        return bool(rooms) and all(self.catalogue.rooms[room_id].location_id != place.id for room_id in rooms)

    def _with_sessions(
        self,
        rest: list[tuple[VisitItem, tuple[StaffMember, ...]]],
        start: int,
        place: Location,
        done: list[Step],
    ) -> Iterator[list[Step]]:
        if not rest:
            yield done
            return
        item, team = rest[0]
        service = self.catalogue.services[item.service_id]
        own = self.own_minutes(service, team)
        length = own
        if service.capacity == 1:
            length += sum(self.catalogue.addons[addon].duration for addon in item.addon_ids)
        step = Step(service, team, start, start + length, own, None)
        yield from self._with_sessions(rest[1:], step.end, place, [*done, step])
        for session in self.busy.sessions.get(team[0].id, ()) if service.capacity > 1 else ():
            if (
                session.start == start
                and session.service_id == service.id
                and session.location_id in (None, place.id)
                and (len(rest) == 1 or session.end - session.start <= length)
            ):
                step = Step(service, team, start, session.end, own, session)
                yield from self._with_sessions(rest[1:], step.end, place, [*done, step])

    def can(self, place: Location, steps: list[Step]) -> bool:
        return (
            all(self._has_seats(step) for step in steps)
            and self._staff_can(place, steps)
            and all(self._room_free(place, steps, at) for at in range(len(steps)))
            and self._within_limits(steps)
        )

    def _staff_can(self, place: Location, steps: list[Step]) -> bool:
        """Everybody is at work and not busy."""
        for at, step in enumerate(steps):
            before, after = self.buffers(steps, at)
            if not self.query.override:
                inside = any(self._said("buffers_within_hours"))
                from_, until = step.start - before * inside, step.end + after * inside
                if not all(self.works(member, place, from_, until) for member in step.team):
                    return False
            if step.session is None and not all(
                self._is_free(member, step, before, after) for member in step.team
            ):
                return False
        return True

    def _is_free(self, member: StaffMember, step: Step, before: int, after: int) -> bool:
        stretches = [(step.start, step.end, before, after)]
        if step.service.processing is not None:
            offset, length = step.service.processing
            if offset > 0 and length > 0 and offset + length < step.own_minutes:
                stretches = [
                    (step.start, step.start + offset, before, 0),
                    (step.start + offset + length, step.end, 0, after),
                ]
        claims = self.others(self.busy.claims.get(member.id, ()))
        return all(apart(claim, *stretch) for claim in claims for stretch in stretches)

    def buffers(self, steps: list[Step], at: int) -> tuple[int, int]:
        """Buffers of a service; none towards a neighbour that the same master does alone too."""
        step = steps[at]
        before = 0 if at > 0 and self.goes_on(steps[at - 1], step) else step.service.buffer_before
        is_followed = at + 1 < len(steps) and self.goes_on(step, steps[at + 1])
        return before, 0 if is_followed else step.service.buffer_after

    def goes_on(self, one: Step, other: Step) -> bool:
        """The same master does both alone, one right after the other."""
        alone = len(one.team) == len(other.team) == 1
        return alone and one.team == other.team and one.session is None and other.session is None

    def _has_seats(self, step: Step) -> bool:
        if step.session is None:
            return True
        mine = step.session.booking_ids.count(self.query.ignore_booking)
        if step.session.booking_ids and mine == step.session.seats_taken:
            return False  # nobody else is in it: it goes away with the move
        return step.session.seats_taken - mine + self.query.seats <= step.service.capacity

    def _room_free(self, place: Location, steps: list[Step], at: int) -> bool:
        step = steps[at]
        if step.session is not None:
            return True
        if not step.service.rooms:
            return True
        rooms = [self.catalogue.rooms[room_id] for room_id in step.service.rooms]
        here = [room for room in rooms if room.location_id == place.id]
        before, after = self.buffers(steps, at)
        free = [self._has_lane(room, step, before, after) for room in here]
        return all(free) if step.service.room_need is RoomNeed.ALL else any(free)

    def _has_lane(self, room: Room, step: Step, before: int, after: int) -> bool:
        claims = self.others(self.busy.claims.get(room.id, ()))
        return any(
            all(apart(claim, step.start, step.end, before, after) for claim in claims if claim.lane == lane)
            for lane in range(room.places)
        )

    def others(self, claims: Sequence[BusyClaim]) -> list[BusyClaim]:
        """Claims without those of the booking that moves, and of sessions that only it is in."""
        mine = self.query.ignore_booking
        gone = {
            session.id
            for sessions in self.busy.sessions.values()
            for session in sessions
            if session.booking_ids and set(session.booking_ids) == {mine}
        }
        return [
            claim
            for claim in claims
            if (
                claim.session_id not in gone if claim.session_id else claim.booking_id != mine or mine is None
            )
        ]

    def _within_limits(self, steps: list[Step]) -> bool:
        if self.query.override:
            return True
        new: dict[tuple[UUID, date], int] = {}
        for step in steps:
            for member in step.team if step.session is None else ():
                key = (member.id, moment(step.start, self.zone).date())
                new[key] = new.get(key, 0) + step.end - step.start
        for key, minutes in new.items():
            load = self.busy.loads.get(key)
            visits, before = (load.visits, load.minutes) if load else (0, 0)
            if any(visits >= most for most in self._said("max_visits_per_day")):
                return False
            if any(before + minutes > most for most in self._said("max_minutes_per_day")):
                return False
        return True

    def works(self, member: StaffMember, place: Location, from_: int, until: int) -> bool:
        days = self._worked.setdefault((member.id, place.id), {})
        worked: set[int] = set()
        day = moment(from_, place.zone).date()
        while day <= moment(until, place.zone).date():
            if day not in days:
                days[day] = staff_minutes(self.catalogue, member, place, day)
            worked = worked | days[day] if worked else days[day]
            day += timedelta(days=1)
        return worked.issuperset(range(from_, until))

    def worked(self, member: StaffMember, place: Location, day: date) -> set[int]:
        """The minutes that somebody works there on a local date of the place."""
        days = self._worked.setdefault((member.id, place.id), {})
        if day not in days:
            days[day] = staff_minutes(self.catalogue, member, place, day)
        return days[day]

    def _ranks(
        self, day: date, minutes: list[int], offered: dict[int, list[tuple[Location, list[Step]]]]
    ) -> dict[tuple[int, int], int | None]:
        """Gap ranks by start and place among what is offered there; None where the visit is dropped."""
        # It needs the oracle itself.
        from tests.unit.slots.oracle_gaps import Remainders  # noqa: PLC0415

        said = self._said("gap_mode")
        mode = next((each for each in (GapMode.LIMIT, GapMode.RANK) if each in said), GapMode.OFF)
        judged = Remainders(self, day, minutes)
        ranks: dict[tuple[int, int], int | None] = {}
        in_stretch: dict[tuple[object, ...], list[tuple[int, int]]] = {}
        for minute, all_steps in offered.items():
            for at, (place, steps) in enumerate(all_steps):
                ranks[minute, at] = 0
                if mode is GapMode.OFF or self.query.override or any(self.stands(step) for step in steps):
                    continue
                ranks[minute, at] = int(judged.leaves_unusable(place, steps))
                in_stretch.setdefault((place.id, *judged.stretch_of(place, steps)), []).append((minute, at))
        for together in in_stretch.values() if mode is GapMode.LIMIT else ():
            if any(ranks[one] == 0 for one in together):
                ranks.update({one: None for one in together if ranks[one] == 1})
        return ranks

    def stands(self, step: Step) -> bool:
        """It joins a session that others are booked for."""
        return step.session is not None and step.session.stands

    def _found(self, place: Location, steps: list[Step], day: date, rank: int) -> Found:
        seats_left = None
        if len(steps) == 1 and steps[0].service.capacity > 1:
            seats_left, session = steps[0].service.capacity, steps[0].session
            if session is not None:
                seats_left -= session.seats_taken
                seats_left += session.booking_ids.count(self.query.ignore_booking)
        key = (
            sum(
                len(one.team) == len(other.team) == 1 and one.team != other.team
                for one, other in pairwise(steps)
            ),
            sum(step.service.capacity > 1 and step.session is None for step in steps),
            rank,
            tuple(self.staff_key(member, day) for step in steps for member in step.team),
            tuple(step.session is None for step in steps),
            (place.position, place.id),
        )
        return Found(
            key,
            steps[-1].end,
            rank,
            seats_left,
            tuple(tuple(member.id for member in step.team) for step in steps),
            tuple(s.session and s.session.id for s in steps),
            place.id,
        )

    def staff_key(self, member: StaffMember, day: date) -> tuple[object, ...]:
        """Who comes first by the «any master» rule."""
        load = self.busy.loads.get((member.id, day))
        minutes = load.minutes if load else 0
        match self.catalogue.business.rules.any_staff:
            case AnyStaffChoice.LEAST_LOADED:
                return (minutes, member.priority, member.position, member.id)
            case AnyStaffChoice.PRIORITY:
                return (member.priority, minutes, member.position, member.id)
            case AnyStaffChoice.LEAST_RECENT:
                last = self.busy.last_booked.get(member.id, float("-inf"))
                return (last, member.priority, member.position, member.id)


def apart(claim: BusyClaim, start: int, end: int, before: int, after: int) -> bool:
    """Two visits are apart by the larger of the first one's buffer after and the second one's before."""
    if claim.end <= start:
        return start - claim.end >= max(claim.trail - claim.end, before)
    if end <= claim.start:
        return claim.start - end >= max(after, claim.start - claim.lead)
    return False


def _who(steps: list[Step]) -> tuple[UUID, ...]:
    return tuple(step.staff.id for step in steps)
