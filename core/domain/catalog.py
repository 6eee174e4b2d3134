"""What a business offers: its catalogue as one immutable snapshot.

:class:`Catalogue` holds all that shapes the offer (services, staff, rooms, hours, rules), so that the slot
search and the validator are pure functions of (catalogue, busy time, now). Durations and buffers are whole
minutes; prices are minor units of the business's currency; times of day are minutes after local midnight.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from core.domain.member import Member
from core.domain.schedule import DatedException, WeeklyHours, WorkingRule


class PriceKind(StrEnum):
    """How a price is meant: exactly, at least («от»), or between two."""

    FIXED = "fixed"
    FROM = "from"
    RANGE = "range"


class AnyStaffChoice(StrEnum):
    """Whom «any master» means: see :mod:`core.domain.choice`."""

    LEAST_LOADED = "least_loaded"
    PRIORITY = "priority"
    LEAST_RECENT = "least_recent"


class GapMode(StrEnum):
    """What to do with starts that leave an unusable remainder of a free window."""

    OFF = "off"
    RANK = "rank"
    LIMIT = "limit"


class WebConfirmation(StrEnum):
    """What a booking from the plain web, by somebody unknown, needs besides a typed phone."""

    NONE = "none"
    MESSENGER = "messenger"


class RoomNeed(StrEnum):
    """How a service uses the rooms listed for it."""

    ALL = "all"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class BookingRules:
    """What shapes the offer of a business; a service may override some (``ServiceRules``).

    - ``slot_step_minutes``, ``grid_start``: a start's wall clock at its location is ``grid_start`` (minutes
      after midnight) plus or minus a whole number of steps, counted anew each local date.
    - ``min_notice_minutes``: earliest start, counted from now. ``same_day_cutoff``: from this local time on
      (minutes after midnight) today is not offered any more.
    - ``horizon_days``: last local date offered is today plus this; ``horizon_until`` ends it at a date. These
      dates, the cut-off and the daily limits go by the business's zone.
    - ``buffers_within_hours``: buffers too must lie in working hours; otherwise only the visit itself must.
    - ``max_visits_per_day``, ``max_minutes_per_day``: of one staff member, counted as in
      :class:`core.domain.visit.DayLoad`.
    - ``max_active_per_client``: open coming bookings that one client may have.
    - ``auto_confirm``: no staff member has to confirm. ``pending_minutes``: how long an unconfirmed one keeps
      its time.
    - ``web_confirmation``: a booking by somebody unknown on the plain web waits half an hour for its client
      to open it in a messenger, before anybody is asked to take it.
    - ``cancel_until_minutes``, ``reschedule_until_minutes``: a client may do so until this long before the
      start; ``max_reschedules``: how often. Staff and owners are not bound by these.
    """

    slot_step_minutes: int = 15
    grid_start: int = 0
    min_notice_minutes: int = 60
    horizon_days: int = 60
    horizon_until: date | None = None
    same_day_cutoff: int | None = None
    auto_confirm: bool = True
    pending_minutes: int = 24 * 60
    buffers_within_hours: bool = False
    max_visits_per_day: int | None = None
    max_minutes_per_day: int | None = None
    max_active_per_client: int | None = 10
    cancel_until_minutes: int = 120
    reschedule_until_minutes: int = 120
    max_reschedules: int | None = 5
    any_staff: AnyStaffChoice = AnyStaffChoice.LEAST_LOADED
    gap_mode: GapMode = GapMode.OFF
    web_confirmation: WebConfirmation = WebConfirmation.NONE


@dataclass(frozen=True, slots=True)
class ServiceRules:
    """A service's own values for some :class:`BookingRules`; None keeps the business's.

    They mean what they mean there: a limit of a day counts all that the staff member has on it, and
    ``max_active_per_client`` all open bookings of the client. How those of several services make one visit's
    is in :mod:`core.domain.visit_rules`.
    """

    slot_step_minutes: int | None = None
    grid_start: int | None = None
    min_notice_minutes: int | None = None
    horizon_days: int | None = None
    horizon_until: date | None = None
    same_day_cutoff: int | None = None
    auto_confirm: bool | None = None
    pending_minutes: int | None = None
    buffers_within_hours: bool | None = None
    max_visits_per_day: int | None = None
    max_minutes_per_day: int | None = None
    max_active_per_client: int | None = None
    cancel_until_minutes: int | None = None
    reschedule_until_minutes: int | None = None
    max_reschedules: int | None = None
    gap_mode: GapMode | None = None


@dataclass(frozen=True, slots=True)
class MessageRules:
    """When and how a business writes to its clients.

    ``reminders_minutes``: how long before the start each reminder is due, longest first.
    ``quiet_from``/``quiet_until``: local minutes after midnight between which nothing but an answer to the
    client's own act is sent.
    """

    reminders_minutes: tuple[int, ...] = (24 * 60, 2 * 60)
    quiet_from: int = 22 * 60
    quiet_until: int = 8 * 60


@dataclass(frozen=True, slots=True)
class Business:
    """A tenant. ``zone`` is the IANA zone in which its wall-clock rules hold; ``currency`` ISO 4217."""

    id: UUID
    slug: str
    name: str
    zone: ZoneInfo
    locale: str
    currency: str
    tagline: str = ""
    description: str = ""
    phone: str | None = None
    photo_url: str | None = None
    rules: BookingRules = BookingRules()
    messages: MessageRules = MessageRules()


@dataclass(frozen=True, slots=True)
class Location:
    """A branch: an address with weekly opening hours and its own zone."""

    id: UUID
    name: str
    address: str
    zone: ZoneInfo
    hours: WeeklyHours
    latitude: float | None = None
    longitude: float | None = None
    directions: str = ""
    position: int = 0


@dataclass(frozen=True, slots=True)
class Category:
    """A heading under which services stand."""

    id: UUID
    title: str
    position: int = 0


@dataclass(frozen=True, slots=True)
class Service:
    """What can be booked.

    ``duration`` is the visit as the client sees it; ``processing`` (offset and length within it, minutes)
    frees the staff member but not the room. ``capacity`` above one makes it a group service: that many seats
    at one start. ``online`` False: asked for, not booked. ``rooms`` are the rooms it may or must use, per
    ``room_need``: those of them that belong to the visit's location, and where none does it isn't done.
    ``staff_needed`` masters (one to four) do it together, from start to end; never a group service.
    Add-ons make it longer at its end; a group ends for all at once, so there they only add to the price.
    Processing time that doesn't lie inside a staff member's own shorter duration frees nobody.
    """

    id: UUID
    title: str
    duration: int
    price: int
    category_id: UUID | None = None
    description: str = ""
    price_kind: PriceKind = PriceKind.FIXED
    price_max: int | None = None
    buffer_before: int = 0
    buffer_after: int = 0
    capacity: int = 1
    staff_needed: int = 1
    online: bool = True
    processing: tuple[int, int] | None = None
    rooms: tuple[UUID, ...] = ()
    room_need: RoomNeed = RoomNeed.ANY
    addon_ids: tuple[UUID, ...] = ()
    rules: ServiceRules = ServiceRules()
    colour: str = ""
    photo_url: str | None = None
    position: int = 0
    archived: bool = False


@dataclass(frozen=True, slots=True)
class AddOn:
    """A small extra to a service: ``duration`` minutes and ``price`` on top."""

    id: UUID
    title: str
    duration: int
    price: int
    position: int = 0


@dataclass(frozen=True, slots=True)
class Offer:
    """A staff member does a service, maybe at an own duration (minutes) and price (minor units); None: the
    service's.
    """

    staff_id: UUID
    service_id: UUID
    duration: int | None = None
    price: int | None = None


@dataclass(frozen=True, slots=True)
class StaffMember:
    """A person who provides services.

    ``location_ids`` are where they work. ``follows_location`` True: no schedule of their own, they work
    whenever the location is open. ``priority``: smaller is offered first by :attr:`AnyStaffChoice.PRIORITY`.
    """

    id: UUID
    name: str
    location_ids: tuple[UUID, ...]
    rules: tuple[WorkingRule, ...] = ()
    breaks: tuple[WorkingRule, ...] = ()
    follows_location: bool = False
    profession: str = ""
    bio: str = ""
    photo_url: str | None = None
    phone: str | None = None
    priority: int = 0
    position: int = 0
    archived: bool = False


@dataclass(frozen=True, slots=True)
class Room:
    """A chair, cabinet or apparatus of a location; ``places`` visits fit in at once."""

    id: UUID
    location_id: UUID
    title: str
    kind: str = ""
    places: int = 1


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that shapes the offer of one business, as it stood at ``version``.

    Archived services and staff are kept in the maps, because bookings refer to them; ``offers`` names only
    what can be booked now. ``exceptions`` are those from yesterday (local) on: of staff, of locations and
    of the whole business. ``members`` are those who are not archived, oldest membership first. ``memo`` keeps
    what the search derives from the snapshot, and dies with it.
    """

    version: int
    business: Business
    locations: Mapping[UUID, Location]
    services: Mapping[UUID, Service]
    staff: Mapping[UUID, StaffMember]
    offers: Mapping[tuple[UUID, UUID], Offer]
    categories: Mapping[UUID, Category] = field(default_factory=dict)
    addons: Mapping[UUID, AddOn] = field(default_factory=dict)
    rooms: Mapping[UUID, Room] = field(default_factory=dict)
    exceptions: tuple[DatedException, ...] = ()
    members: tuple[Member, ...] = ()
    memo: dict[object, object] = field(default_factory=dict, init=False, repr=False, compare=False)

    def staff_of(self, service_id: UUID) -> tuple[StaffMember, ...]:
        """Who does this service now, in display order."""
        found = [
            self.staff[staff_id]
            for staff_id, offered in self.offers
            if offered == service_id and not self.staff[staff_id].archived
        ]
        return tuple(sorted(found, key=lambda member: (member.position, member.name, member.id)))

    def services_of(self, staff_id: UUID) -> tuple[Service, ...]:
        """What this staff member does now, in display order."""
        found = [
            self.services[service_id]
            for offering, service_id in self.offers
            if offering == staff_id and not self.services[service_id].archived
        ]
        return tuple(sorted(found, key=lambda service: (service.position, service.title, service.id)))

    def bookable_services(self) -> tuple[Service, ...]:
        """Services that enough people do and that can be booked online, in display order."""
        done = Counter(
            service_id for staff_id, service_id in self.offers if not self.staff[staff_id].archived
        )
        found = [
            each
            for each in self.services.values()
            if done[each.id] >= each.staff_needed and each.online and not each.archived
            if each.staff_needed == 1 or self.places_of(each.id)
        ]
        return tuple(sorted(found, key=lambda service: (service.position, service.title, service.id)))

    def places_of(self, service_id: UUID) -> frozenset[UUID]:
        """The locations where enough people do this service now."""
        there = Counter(place for member in self.staff_of(service_id) for place in member.location_ids)
        needed = self.services[service_id].staff_needed
        return frozenset(place for place, count in there.items() if count >= needed)

    def deciders(self, staff_ids: Collection[UUID]) -> tuple[Member, ...]:
        """Who decides on a booking with these staff."""
        return tuple(member for member in self.members if member.decides(staff_ids))

    def duration(self, service_id: UUID, staff_id: UUID | None = None) -> int:
        """Minutes of the service, as this staff member does it."""
        offer = self.offers.get((staff_id, service_id)) if staff_id else None
        own = offer.duration if offer else None
        return own if own is not None else self.services[service_id].duration

    def duration_of(self, service_id: UUID, staff_ids: Iterable[UUID]) -> int:
        """Minutes of the service as these do it together, all of them as long as the slowest needs; the
        service's own without anybody.
        """
        own = (self.duration(service_id, staff_id) for staff_id in staff_ids)
        return max(own, default=self.services[service_id].duration)

    def price(self, service_id: UUID, staff_id: UUID | None = None) -> int:
        """Price in minor units, as this staff member does it, or leads those who do."""
        offer = self.offers.get((staff_id, service_id)) if staff_id else None
        own = offer.price if offer else None
        return own if own is not None else self.services[service_id].price


MOST_TOGETHER: Final = 4
"""So many masters at most do one service together."""

MAX_DURATION: Final = 24 * 60
"""Longest visit in minutes, add-ons and buffers included: keeps every search bounded."""
