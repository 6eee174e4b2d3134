"""Writes the demo's businesses with bookings around the day of seeding: the same ones each time for one
day.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from core.domain.booking import Booking, BookingSource, BookingStatus, Segment, TimelineEntry
from core.domain.catalog import (
    AddOn,
    BookingRules,
    Business,
    Catalogue,
    Category,
    Location,
    Offer,
    Service,
    StaffMember,
)
from core.domain.client import Client
from core.domain.money import Money
from core.domain.placement import claims_of, place
from core.domain.schedule import WeeklyHours, WorkingRule
from core.domain.visit import Busy, Placement, SlotQuery, VisitItem, from_minutes
from core.ports.unit_of_work import Transaction
from deploy.clock import new_id
from deploy.compose import Core
from deploy.demo.data import BUSINESSES, DemoBusiness, Intervals

_PAST_DAYS: Final = 28
_COMING_DAYS: Final = 14
_SOURCES: Final = (BookingSource.TELEGRAM, BookingSource.TELEGRAM, BookingSource.WEB, BookingSource.PHONE)


@dataclass(frozen=True, slots=True)
class Seeded:
    """What was written: slug and number of bookings."""

    slug: str
    bookings: int


async def seed(core: Core) -> list[Seeded]:
    """Write the demo's businesses that are not there yet."""
    written: list[Seeded] = []
    for demo in BUSINESSES:
        async with core.uow.read() as tx:
            if await tx.catalogue.find(demo.slug) is not None:
                continue
        catalogue = catalogue_of(demo)
        async with core.uow.begin() as tx:
            await tx.catalogue.add(catalogue)
            count = await _add_bookings(tx, demo, catalogue, core.clock.now())
        written.append(Seeded(demo.slug, count))
    return written


def catalogue_of(demo: DemoBusiness) -> Catalogue:
    """The business as the core knows it, with new ids."""
    zone = ZoneInfo(demo.zone)
    location = Location(
        id=new_id(),
        name=demo.address,
        address=demo.address,
        zone=zone,
        hours=_week(demo.hours),
        latitude=demo.latitude,
        longitude=demo.longitude,
        directions=demo.directions,
    )
    titles = dict.fromkeys(service.category for service in demo.services)
    categories = {title: Category(new_id(), title, place) for place, title in enumerate(titles)}
    addons = {
        addon.key: AddOn(new_id(), addon.title, addon.minutes, addon.price * 100, place)
        for place, addon in enumerate(demo.addons)
    }
    services = {
        service.key: Service(
            id=new_id(),
            title=service.title,
            duration=service.minutes,
            price=service.price * 100,
            category_id=categories[service.category].id,
            description=service.description,
            buffer_after=service.buffer_after,
            capacity=service.capacity,
            staff_needed=service.staff_needed,
            addon_ids=tuple(addons[key].id for key in service.addons),
            position=place,
        )
        for place, service in enumerate(demo.services)
    }
    staff = [
        StaffMember(
            id=new_id(),
            name=member.name,
            location_ids=(location.id,),
            rules=tuple(_rules(member.hours)),
            breaks=tuple(WorkingRule(_minute(a), _minute(b)) for a, b in member.breaks),
            profession=member.profession,
            bio=member.bio,
            position=place,
            priority=place,
        )
        for place, member in enumerate(demo.staff)
    ]
    offers = [
        Offer(member.id, services[key].id)
        for member, about in zip(staff, demo.staff, strict=True)
        for key in about.services
    ]
    return Catalogue(
        version=1,
        business=Business(
            id=new_id(),
            slug=demo.slug,
            name=demo.name,
            zone=zone,
            locale=demo.locale,
            currency=demo.currency,
            tagline=demo.tagline,
            description=demo.description,
            phone=demo.phone,
            rules=BookingRules(auto_confirm=demo.auto_confirm),
        ),
        locations={location.id: location},
        services={service.id: service for service in services.values()},
        staff={member.id: member for member in staff},
        offers={(offer.staff_id, offer.service_id): offer for offer in offers},
        categories={category.id: category for category in categories.values()},
        addons={addon.id: addon for addon in addons.values()},
    )


def _minute(hour: float) -> int:
    return round(hour * 60)


def _week(hours: Mapping[int, Intervals]) -> WeeklyHours:
    return tuple(tuple((_minute(a), _minute(b)) for a, b in hours.get(day, ())) for day in range(7))


def _rules(hours: Mapping[int, Intervals]) -> list[WorkingRule]:
    return [WorkingRule(_minute(a), _minute(b), weekday=day) for day, each in hours.items() for a, b in each]


async def _add_bookings(tx: Transaction, demo: DemoBusiness, catalogue: Catalogue, now: datetime) -> int:
    """Visits from four weeks ago to two weeks ahead, thinner the further ahead, by about twenty clients."""
    today = now.astimezone(catalogue.business.zone).date()
    chance = random.Random(f"{demo.slug} {today.isoformat()}")  # noqa: S311 - repeatable, not secret
    clients = [
        await tx.clients.save(_client(demo, catalogue, number, now)) for number in range(len(demo.clients))
    ]
    count = 0
    for member in catalogue.staff.values():
        services = [
            service
            for service in catalogue.services_of(member.id)
            if service.capacity == 1 == service.staff_needed
        ]
        for offset in range(-_PAST_DAYS, _COMING_DAYS + 1):
            likely = demo.occupancy * (1.0 if offset <= 1 else max(0.25, 1 - offset / _COMING_DAYS))
            day = today + timedelta(days=offset)
            moment = datetime(day.year, day.month, day.day, 9, tzinfo=catalogue.business.zone)
            end = moment.replace(hour=20)
            while moment < end and services:
                service = chance.choice(services)
                step = timedelta(minutes=chance.choice((15, 30, 30, 60)))
                if chance.random() > likely:
                    moment += step * 2
                    continue
                query = SlotQuery((VisitItem(service.id, member.id),))
                placed = place(catalogue, query, moment.astimezone(UTC), Busy(), moment - timedelta(days=1))
                if not isinstance(placed, Placement):
                    moment += step
                    continue
                client = chance.choice(clients)
                booking = _booking(chance, demo, catalogue, placed, client, now)
                if await tx.bookings.add(booking, claims_of(placed), ()):
                    await tx.bookings.add_timeline(_born(booking, client))
                    count += 1
                moment = booking.end.astimezone(moment.tzinfo) + step
    return count


def _client(demo: DemoBusiness, catalogue: Catalogue, number: int, now: datetime) -> Client:
    return Client(
        id=new_id(),
        business_id=catalogue.business.id,
        name=demo.clients[number],
        phone=f"{demo.phone_prefix}{number + 10:04d}",
        phone_verified=True,
        email=None,
        locale=demo.locale,
        created_at=now - timedelta(days=90 - number),
    )


def _booking(  # noqa: PLR0917 - called in one place
    chance: random.Random,
    demo: DemoBusiness,
    catalogue: Catalogue,
    placed: Placement,
    client: Client,
    now: datetime,
) -> Booking:
    start, end = from_minutes(placed.start), from_minutes(placed.end)
    if end <= now:
        status = chance.choices((BookingStatus.COMPLETED, BookingStatus.NO_SHOW), weights=(0.94, 0.06))[0]
    else:
        status = BookingStatus.CONFIRMED
    made = min(
        start - timedelta(hours=chance.randint(3, 120)), now - timedelta(minutes=chance.randint(5, 600))
    )
    commented = demo.comments and chance.random() < 0.12
    return Booking(
        id=new_id(),
        business_id=catalogue.business.id,
        client_id=client.id,
        location_id=placed.segments[0].location_id,
        status=status,
        source=chance.choice(_SOURCES),
        start=start,
        end=end,
        zone=catalogue.business.zone,
        segments=tuple(
            Segment(
                id=new_id(),
                service_id=each.service_id,
                service_title=catalogue.services[each.service_id].title,
                staff_id=each.staff_id,
                staff_name=catalogue.staff[each.staff_id].name,
                start=from_minutes(each.start),
                end=from_minutes(each.end),
                buffer_before=each.start - each.lead,
                buffer_after=each.trail - each.end,
                price=each.price,
                assistant_ids=each.assistant_ids,
                assistant_names=tuple(catalogue.staff[staff_id].name for staff_id in each.assistant_ids),
            )
            for each in placed.segments
        ),
        total=Money(sum(each.price for each in placed.segments), catalogue.business.currency),
        created_at=made,
        updated_at=made,
        comment=chance.choice(demo.comments) if commented else "",
    )


def _born(booking: Booking, client: Client) -> TimelineEntry:
    return TimelineEntry(
        id=new_id(),
        booking_id=booking.id,
        at=booking.created_at,
        event="create",
        actor_kind="client",
        actor_id=client.id,
        actor_name=client.name,
        after={"status": booking.status.value},
    )
