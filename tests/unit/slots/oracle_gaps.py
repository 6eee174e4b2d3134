"""The gap rule by brute force: minute by minute, from the words of :mod:`core.domain.offer_rules`."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from core.domain.catalog import Location, Service, StaffMember
from tests.unit.slots.oracle import Oracle, Step, apart, wall

Teams = list[tuple[StaffMember, ...]]


class Remainders:
    """What visits that begin on one local date leave of their masters' free time."""

    def __init__(self, oracle: Oracle, day: date, minutes: list[int]) -> None:
        self.oracle = oracle
        self.day = day
        self.begin, self.end = minutes[0], minutes[-1] + 1
        self._free: dict[tuple[UUID, UUID], set[int]] = {}
        self._other: dict[tuple[UUID, UUID], list[tuple[Service, int, int]]] = {}
        self._could: dict[tuple[int, int, tuple[UUID, ...], UUID], bool] = {}

    def stretch(self, place: Location, member: StaffMember, minute: int) -> int:
        """The first minute of the stretch of free time that a minute lies in: its name."""
        free = self.free(place, member)
        assert minute in free
        while minute - 1 in free and minute > self.begin:
            minute -= 1
        return minute

    def stretch_of(self, place: Location, steps: list[Step]) -> tuple[object, int]:
        """Whose free time a visit lies in, by its first service, and the first minute of that: of those who
        do it together, the time that enough of them have for it.
        """
        first, minute = steps[0], steps[0].start
        if first.session is not None:
            return first.staff.id, minute
        if len(first.team) == 1:
            return first.staff.id, self.stretch(place, first.staff, minute)
        teams = self.oracle.teams_like(place, first, 0, self.day)
        while minute > self.begin and any(
            all(minute - 1 in self.free(place, member) for member in team) for team in teams
        ):
            minute -= 1
        return first.own_minutes, minute

    def leaves_unusable(self, place: Location, steps: list[Step]) -> bool:
        """Some master is left with a part of a stretch that nobody can book."""
        for at, step in enumerate(steps):
            if step.session is not None:
                continue
            before, after = self.oracle.buffers(steps, at)
            goes_on_from = at > 0 and self.oracle.goes_on(steps[at - 1], step)
            is_followed = at + 1 < len(steps) and self.oracle.goes_on(step, steps[at + 1])
            for member in step.team:
                offset = step.start - steps[0].start
                teams = [one for one in self.oracle.teams_like(place, step, at, self.day) if member in one]
                if not goes_on_from and not self._fine_before(place, member, step, offset, before, teams):
                    return True
                if not is_followed and not self._fine_after(place, member, step, offset, after, teams):
                    return True
        return False

    def free(self, place: Location, member: StaffMember) -> set[int]:
        """The minutes at which somebody is at work with nothing booked."""
        key = (member.id, place.id)
        if key not in self._free:
            worked: set[int] = set()
            for number in range(-2, 4):
                worked |= self.oracle.worked(member, place, self.day + timedelta(days=number))
            for claim in self.oracle.others(self.oracle.busy.claims.get(member.id, ())):
                worked -= set(range(claim.start, claim.end))
            self._free[key] = worked
        return self._free[key]

    def _fine_before(  # noqa: PLR0917 - what a remainder depends on
        self, place: Location, member: StaffMember, step: Step, offset: int, buffer: int, teams: Teams
    ) -> bool:
        first = self.stretch(place, member, step.start)
        earlier = range(max(first - offset, self.begin), step.start - offset)
        if not any(self._could_be_at(place, step, start, offset, teams) for start in earlier):
            return True
        return any(
            first <= start and end + max(service.buffer_after, buffer) <= step.start
            for service, start, end in self._others(place, member)
        )

    def _fine_after(  # noqa: PLR0917 - what a remainder depends on
        self, place: Location, member: StaffMember, step: Step, offset: int, buffer: int, teams: Teams
    ) -> bool:
        free, length = self.free(place, member), step.end - step.start
        last = step.end
        while last in free:
            last += 1
        later = range(step.start - offset + 1, min(self.end, last - offset - length + 1))
        if not any(self._could_be_at(place, step, start, offset, teams) for start in later):
            return True
        return any(
            start >= step.end + max(service.buffer_before, buffer) and end <= last
            for service, start, end in self._others(place, member)
        )

    def _could_be_at(self, place: Location, step: Step, start: int, offset: int, teams: Teams) -> bool:
        """The service by itself, with its buffers, by some of these teams, in a visit that begins at
        ``start``.
        """
        if not self.oracle.on_grid(start, place):
            return False
        return any(self._can_be_at(place, step._replace(team=team), start + offset) for team in teams)

    def _can_be_at(self, place: Location, step: Step, at: int) -> bool:
        length = step.end - step.start
        key = (at, length, tuple(member.id for member in step.team), step.service.id)
        if key not in self._could:
            self._could[key] = self.oracle.can(place, [step._replace(start=at, end=at + length)])
        return self._could[key]

    def _others(self, place: Location, member: StaffMember) -> list[tuple[Service, int, int]]:
        """What this master could be booked for online on the date, wherever it fits: service, start, end."""
        key = (member.id, place.id)
        if key not in self._other:
            known = self.oracle.catalogue
            self._other[key] = [
                (service, start, start + length)
                for offer in known.offers.values()
                if offer.staff_id == member.id
                for service in [known.services[offer.service_id]]
                if service.online and not service.archived and self._has_home(service, place)
                for length in [service.duration if offer.duration is None else offer.duration]
                for start in range(self.begin, self.end)
                if self._fits(place, member, service, start, start + length)
            ]
        return self._other[key]

    def _has_home(self, service: Service, place: Location) -> bool:
        rooms = [self.oracle.catalogue.rooms[room_id] for room_id in service.rooms]
        return not rooms or any(room.location_id == place.id for room in rooms)

    def _fits(self, place: Location, member: StaffMember, service: Service, start: int, end: int) -> bool:
        rules, own = self.oracle.catalogue.business.rules, service.rules
        step = rules.slot_step_minutes if own.slot_step_minutes is None else own.slot_step_minutes
        first = rules.grid_start if own.grid_start is None else own.grid_start
        inside = rules.buffers_within_hours if own.buffers_within_hours is None else own.buffers_within_hours
        if (wall(start, place.zone) - first) % step:
            return False
        if not self.free(place, member).issuperset(range(start, end)):
            return False
        before, after = service.buffer_before, service.buffer_after
        if inside and not self.oracle.works(member, place, start - before, end + after):
            return False
        claims = self.oracle.others(self.oracle.busy.claims.get(member.id, ()))
        return all(apart(claim, start, end, before, after) for claim in claims)
