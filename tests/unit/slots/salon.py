"""A salon to try the rules on: people, services and hours by name, times as the wall clock shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from core.domain.catalog import (
    AddOn,
    BookingRules,
    Business,
    Catalogue,
    Location,
    Offer,
    Room,
    Service,
    StaffMember,
)
from core.domain.placement import claims_of, opened, place
from core.domain.schedule import DatedException, ExceptionType, WeeklyHours, WorkingRule
from core.domain.slots import days_with_starts, free_starts, nearest_starts, next_starts
from core.domain.visit import (
    Busy,
    BusyClaim,
    BusySession,
    Claim,
    DayLoad,
    FreeStart,
    Placement,
    Refusal,
    SlotQuery,
    VisitItem,
    from_minutes,
    to_minutes,
)

NAMES = UUID(int=0x5A10)
DAY = date(2026, 6, 3)
"""A Wednesday far from any clock change."""


def named(kind: str, name: str) -> UUID:
    return uuid5(NAMES, f"{kind}:{name}")


def clock(text: str) -> int:
    """Minutes after midnight of "HH:MM"."""
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def between(text: str) -> tuple[int, int]:
    """The interval that "HH:MM-HH:MM" is."""
    start, end = text.split("-")
    return clock(start), clock(end)


def rule(text: str, **conditions: Any) -> WorkingRule:
    """A working rule of an interval and its conditions."""
    return WorkingRule(*between(text), **conditions)


def every_day(*texts: str) -> WeeklyHours:
    return (tuple(between(text) for text in texts),) * 7


@dataclass
class Salon:
    """A catalogue under construction, what is busy in it, and the moment of asking."""

    zone_name: str = "Europe/Moscow"
    rules: BookingRules = field(
        default_factory=lambda: BookingRules(slot_step_minutes=30, min_notice_minutes=0)
    )
    now: datetime = datetime(2026, 6, 1, 6, tzinfo=UTC)
    places: dict[str, Location] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    masters: dict[str, StaffMember] = field(default_factory=dict)
    offers: dict[tuple[UUID, UUID], Offer] = field(default_factory=dict)
    addons: dict[str, AddOn] = field(default_factory=dict)
    rooms: dict[str, Room] = field(default_factory=dict)
    exceptions: list[DatedException] = field(default_factory=list)
    busy: Busy = field(default_factory=Busy)
    bookings: int = 0

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone_name)

    @property
    def catalogue(self) -> Catalogue:
        if not self.places:
            self.place("Main")
        return Catalogue(
            version=1,
            business=Business(named("business", "b"), "b", "B", self.zone, "ru", "RUB", rules=self.rules),
            locations={one.id: one for one in self.places.values()},
            services={one.id: one for one in self.services.values()},
            staff={one.id: one for one in self.masters.values()},
            offers=self.offers,
            addons={one.id: one for one in self.addons.values()},
            rooms={one.id: one for one in self.rooms.values()},
            exceptions=tuple(self.exceptions),
        )

    # What there is

    def place(self, name: str, hours: WeeklyHours | None = None, zone: str | None = None) -> UUID:
        position = len(self.places)
        found = Location(
            named("place", name),
            name,
            "",
            ZoneInfo(zone) if zone else self.zone,
            hours or every_day("00:00-24:00"),
            position=position,
        )
        self.places[name] = found
        return found.id

    def service(self, name: str, duration: int = 60, **more: Any) -> UUID:
        more = {"price": 1000, **more}
        self.services[name] = Service(named("service", name), name, duration, **more)
        return self.services[name].id

    def addon(self, name: str, duration: int, price: int = 100) -> UUID:
        self.addons[name] = AddOn(named("addon", name), name, duration, price)
        return self.addons[name].id

    def room(self, name: str, places: int = 1, at: str = "Main") -> UUID:
        if at not in self.places:
            self.place(at)
        self.rooms[name] = Room(named("room", name), named("place", at), name, places=places)
        return self.rooms[name].id

    def master(
        self,
        name: str,
        hours: str | Sequence[WorkingRule] = "10:00-18:00",
        *,
        does: Sequence[str] | None = None,
        at: Sequence[str] = ("Main",),
        **more: Any,
    ) -> UUID:
        """Somebody who does all services there are by now, or those named."""
        for place_name in at:
            if place_name not in self.places:
                self.place(place_name)
        rules = (rule(hours),) if isinstance(hours, str) else tuple(hours)
        more = {"position": len(self.masters), **more}
        found = StaffMember(
            named("staff", name), name, tuple(named("place", one) for one in at), rules, **more
        )
        self.masters[name] = found
        for service in self.services if does is None else does:
            self.offers[found.id, named("service", service)] = Offer(found.id, named("service", service))
        return found.id

    def own(self, master: str, service: str, duration: int | None = None, price: int | None = None) -> None:
        """A master does a service at an own duration or price."""
        key = named("staff", master), named("service", service)
        self.offers[key] = Offer(*key, duration, price)

    def exception(
        self,
        type_: ExceptionType,
        hours: str | None = None,
        *,
        of: str | None = None,
        at: str | None = None,
        day: date = DAY,
    ) -> None:
        start, end = between(hours) if hours else (None, None)
        self.exceptions.append(
            DatedException(
                named("exception", str(len(self.exceptions))),
                day,
                type_,
                start,
                end,
                staff_id=named("staff", of) if of else None,
                location_id=named("place", at) if at else None,
            )
        )

    def rule_out(self, **changes: Any) -> None:
        """Change booking rules."""
        self.rules = replace(self.rules, **changes)

    # What is asked

    def query(self, *items: str | tuple[str, str], addons: Sequence[str] = (), **more: Any) -> SlotQuery:
        """A visit: services, each with a master's name or for any."""
        found = []
        for item in items or tuple(self.services)[:1]:
            service, master = (item, None) if isinstance(item, str) else item
            found.append(
                VisitItem(
                    named("service", service),
                    named("staff", master) if master else None,
                    tuple(named("addon", addon) for addon in addons),
                )
            )
        return SlotQuery(tuple(found), **more)

    def instant(self, at: str | datetime, day: date = DAY) -> datetime:
        if isinstance(at, datetime):
            return at
        hours, minutes = divmod(clock(at), 60)
        return datetime.combine(day, time(hours, minutes), self.zone).astimezone(UTC)

    def starts(self, query: SlotQuery | None = None, day: date = DAY) -> tuple[FreeStart, ...]:
        asked = query or self.query()
        return free_starts(self.catalogue, asked, self.busy, self.now, day, day)[0].starts

    def times(self, query: SlotQuery | None = None, day: date = DAY) -> list[str]:
        """The free starts of a date as the wall clock shows them."""
        return [self.shown(start.start) for start in self.starts(query, day)]

    def shown(self, minute: int) -> str:
        return f"{from_minutes(minute).astimezone(self.zone):%H:%M}"

    def days(self, query: SlotQuery | None = None, first: date = DAY, last: date = DAY) -> frozenset[date]:
        return days_with_starts(self.catalogue, query or self.query(), self.busy, self.now, first, last)

    def following(self, limit: int, query: SlotQuery | None = None, days: int = 7, **more: Any) -> list[str]:
        found = next_starts(
            self.catalogue,
            query or self.query(),
            self.busy,
            self.now,
            DAY,
            DAY + timedelta(days=days),
            limit=limit,
            **more,
        )
        return [f"{from_minutes(one.start).astimezone(self.zone):%d %H:%M}" for one in found]

    def nearest(self, around: str, limit: int = 3, query: SlotQuery | None = None) -> list[str]:
        week = timedelta(days=7)
        found = nearest_starts(
            self.catalogue,
            query or self.query(),
            self.busy,
            self.now,
            DAY - week,
            DAY + week,
            around=self.instant(around),
            limit=limit,
        )
        return [f"{from_minutes(one.start).astimezone(self.zone):%d %H:%M}" for one in found]

    def placed(
        self, at: str | datetime, query: SlotQuery | None = None, day: date = DAY
    ) -> Placement | Refusal:
        return place(self.catalogue, query or self.query(), self.instant(at, day), self.busy, self.now)

    def who(self, at: str, query: SlotQuery | None = None) -> list[str]:
        """Who would do the services of a visit."""
        placement = self.placed(at, query)
        assert isinstance(placement, Placement), placement
        return [self.catalogue.staff[segment.staff_id].name for segment in placement.segments]

    # What happens

    def take(self, master: str, hours: str, *, before: int = 0, after: int = 0, day: date = DAY) -> None:
        """Somebody's time is busy."""
        start, end = (to_minutes(self.instant(one, day)) for one in hours.split("-"))
        self._claim(named("staff", master), BusyClaim(start - before, start, end, end + after))

    def take_room(self, room: str, hours: str, lane: int = 0) -> None:
        start, end = (to_minutes(self.instant(one)) for one in hours.split("-"))
        self._claim(named("room", room), BusyClaim(start, start, end, end, lane))

    def book(self, at: str, query: SlotQuery | None = None, day: date = DAY) -> UUID:
        """Book a visit, as the services do: its claims, sessions and loads become busy time."""
        asked = query or self.query()
        found = self.placed(at, asked, day)
        assert isinstance(found, Placement), found
        self.bookings += 1
        booking = named("booking", str(self.bookings))
        placement = opened(found, lambda: named("session", str(self.bookings)))
        for claim in claims_of(placement):
            self._write(claim, booking)
        for segment in placement.segments:
            if segment.opens_session and segment.session_id:
                self._stand(
                    BusySession(
                        segment.session_id,
                        segment.service_id,
                        segment.staff_id,
                        segment.start,
                        segment.end,
                        len(segment.seats),
                        segment.location_id,
                        (booking,) * len(segment.seats),
                        segment.seats,
                    )
                )
            elif segment.session_id:
                self._sit(segment.session_id, segment.seats, booking)
        self._work(placement)
        return booking

    def load(self, master: str, visits: int = 0, minutes: int = 0, day: date = DAY) -> None:
        loads = {**self.busy.loads, (named("staff", master), day): DayLoad(visits, minutes)}
        self.busy = replace(self.busy, loads=loads)

    def booked_last(self, **when: int) -> None:
        """When masters were last booked, in minutes of some clock."""
        self.busy = replace(self.busy, last_booked={named("staff", name): at for name, at in when.items()})

    def _claim(self, resource: UUID, claim: BusyClaim) -> None:
        claims = sorted((*self.busy.claims.get(resource, ()), claim), key=lambda one: one.start)
        self.busy = replace(self.busy, claims={**self.busy.claims, resource: tuple(claims)})

    def _write(self, claim: Claim, booking: UUID) -> None:
        if any(claim.resource_id == one.id for each in self.busy.sessions.values() for one in each):
            return
        _, lane, lead, start, end, trail, session = claim
        owner = None if session else booking
        self._claim(claim.resource_id, BusyClaim(lead, start, end, trail, lane, owner, session))

    def _stand(self, session: BusySession) -> None:
        sessions = (*self.busy.sessions.get(session.staff_id, ()), session)
        self.busy = replace(self.busy, sessions={**self.busy.sessions, session.staff_id: sessions})

    def _sit(self, session_id: UUID, seats: tuple[int, ...], booking: UUID) -> None:
        def seated(session: BusySession) -> BusySession:
            if session.id != session_id:
                return session
            return session._replace(
                seats_taken=session.seats_taken + len(seats),
                lanes=session.lanes + seats,
                booking_ids=session.booking_ids + (booking,) * len(seats),
            )

        sessions = {key: tuple(map(seated, each)) for key, each in self.busy.sessions.items()}
        self.busy = replace(self.busy, sessions=sessions)

    def _work(self, placement: Placement) -> None:
        loads = dict(self.busy.loads)
        counted = set()
        for segment in placement.segments:
            if segment.session_id and not segment.opens_session:
                continue
            day = from_minutes(segment.start).astimezone(self.zone).date()
            key = segment.staff_id, day
            load = loads.get(key, DayLoad(0, 0))
            loads[key] = DayLoad(load.visits + (key not in counted), load.minutes + segment.duration)
            counted.add(key)
        self.busy = replace(self.busy, loads=loads)
