"""A small business in a real database, its people and its services, for tests of all parts.

``world = await make_business(uow)`` writes «Окошко»: Anna and Maria do manicure, pedicure and massage (in the
one room), Maria leads yoga (four seats), Monday to Saturday 10–20 in Moscow. ``Core`` bundles the services as
the program does.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from core.domain.actor import SYSTEM, Actor, ActorKind, Role
from core.domain.booking import Booking, BookingSource
from core.domain.catalog import (
    AddOn,
    BookingRules,
    Business,
    Catalogue,
    Location,
    MessageRules,
    Offer,
    Room,
    Service,
    StaffMember,
)
from core.domain.client import Channel, Identity
from core.domain.launch import TelegramKey, VkKey
from core.domain.visit import SlotQuery, VisitItem
from core.integrations.phones import LibPhones
from core.ports.clock import Clock
from core.ports.holds import Holds
from core.ports.unit_of_work import UnitOfWork
from core.services.availability import Availability
from core.services.booking import Bookings, ClientData, CreateBooking
from core.services.catalog_admin import CatalogAdmin
from core.services.catalogues import Catalogues
from core.services.client_directory import ClientDirectory
from core.services.clients import Clients
from core.services.closing import Closing
from core.services.holding import Holding
from core.services.linking import Linking
from core.services.live import Live
from core.services.members import Members
from core.services.mine import Mine
from core.services.requests import Requests
from core.services.sign_in import LaunchKeys, SignIn
from core.services.team import Team
from core.services.tokens import Tokens
from deploy.clock import new_id
from locales import match_locale

MONDAY = date(2026, 11, 23)
SECRET = b"a secret of thirty-two bytes or so"
BOT_TOKEN = "123456:TEST-TOKEN-NOT-REAL"
VK_APP = VkKey(7_000_001, "test-secure-key")
#: The Mini App's hosts: one bot, one application, opened from one community.
LAUNCH_KEYS = LaunchKeys(
    telegram=(TelegramKey.of_token("654321:ANOTHER-BOT"), TelegramKey.of_token(BOT_TOKEN)),
    vk=VK_APP,
    vk_groups=(555, 556),
)
OPEN_DAYS = tuple(((600, 1200),) if weekday < 6 else () for weekday in range(7))


class Hands:
    """A clock that stands until a test moves it; Monday 23 November 2026, 9:00 in Moscow."""

    def __init__(self, now: datetime | None = None) -> None:
        self._now = now or datetime(2026, 11, 23, 6, 0, tzinfo=UTC)

    def now(self) -> datetime:
        """The instant it shows."""
        return self._now

    def to(self, now: datetime) -> None:
        """Set it."""
        self._now = now

    def on(self, **delta: float) -> None:
        """Move it on by ``hours=``, ``minutes=`` …"""
        self._now += timedelta(**delta)


class Core:
    """The core's services on one database."""

    def __init__(self, uow: UnitOfWork, holds: Holds, clock: Clock) -> None:
        self.uow = uow
        self.holds = holds
        self.clock = clock
        self.phones = LibPhones()
        self.catalogues = Catalogues(uow, clock)
        self.availability = Availability(uow, self.catalogues, holds, clock)
        self.bookings = Bookings(
            uow=uow,
            catalogues=self.catalogues,
            holds=holds,
            clock=clock,
            new_id=new_id,
            phones=self.phones,
        )
        self.holding = Holding(uow, self.catalogues, holds, clock)
        self.clients = Clients(uow, self.catalogues, self.availability, clock)
        self.linking = Linking(
            uow=uow,
            catalogues=self.catalogues,
            holds=holds,
            clock=clock,
            new_id=new_id,
            phones=self.phones,
        )
        self.directory = ClientDirectory(uow, self.catalogues)
        self.team = Team(uow, self.catalogues, clock, new_id)
        self.members = Members(uow, self.catalogues)
        self.mine = Mine(uow, self.catalogues, clock)
        self.sign_in = SignIn(
            uow, clock, new_id, self.phones, secret=SECRET, keys=LAUNCH_KEYS, locale_of=match_locale
        )
        self.tokens = Tokens(uow, self.catalogues, clock, new_id)
        self.admin = CatalogAdmin(
            uow=uow, catalogues=self.catalogues, clock=clock, new_id=new_id, phones=self.phones
        )
        self.requests = Requests(uow, clock, new_id)
        self.live = Live()
        self.closing = Closing(
            uow=uow,
            catalogues=self.catalogues,
            clock=clock,
            new_id=new_id,
            phones=self.phones,
            bookings=self.bookings,
            availability=self.availability,
        )


@dataclass(frozen=True, slots=True)
class World:
    """The business as it was written; ids by what they are."""

    catalogue: Catalogue
    location: UUID
    room: UUID
    manicure: UUID
    pedicure: UUID
    massage: UUID
    yoga: UUID
    design: UUID
    anna: UUID
    maria: UUID

    @property
    def id(self) -> UUID:
        """The business."""
        return self.catalogue.business.id

    @property
    def zone(self) -> ZoneInfo:
        """Its zone."""
        return self.catalogue.business.zone

    def at(self, hour: int, minute: int = 0, day: date = MONDAY) -> datetime:
        """A wall clock of its zone as an instant."""
        return datetime.combine(day, time(hour, minute), self.zone).astimezone(UTC)

    def query(self, service: UUID | None = None, staff: UUID | None = None, seats: int = 1) -> SlotQuery:
        """One service, of one master or any."""
        return SlotQuery(items=(VisitItem(service or self.manicure, staff),), seats=seats)

    def owner(self, name: str = "Елена") -> Actor:
        """An owner who is in no messenger."""
        return Actor(ActorKind.TOKEN, new_id(), self.id, Role.OWNER, name=name)

    def visitor(self) -> Actor:
        """Somebody unknown."""
        return Actor(ActorKind.ANONYMOUS)

    def wish(self, at: datetime, **changes: object) -> CreateBooking:
        """A manicure with Anna for a new client with a phone of their own, from a page."""
        number = next(_phones)
        wanted = CreateBooking(
            business=self.id,
            items=(VisitItem(self.manicure, self.anna),),
            start=at,
            source=BookingSource.WEB,
            client=ClientData(name="Ольга", phone=f"+7900{number:07d}"),
            consent=True,
        )
        return replace(wanted, **changes)  # type: ignore[arg-type]  # names are checked by the dataclass


_phones = itertools.count(1)
_numbers = itertools.count(1)


async def make_business(
    uow: UnitOfWork,
    *,
    slug: str = "okoshko",
    zone: str = "Europe/Moscow",
    rules: BookingRules | None = None,
    messages: MessageRules | None = None,
    services: Mapping[str, Mapping[str, object]] | None = None,
) -> World:
    """Write the business. ``services``: other values for fields of manicure, pedicure, massage or yoga."""
    tz, location, room = ZoneInfo(zone), new_id(), new_id()
    design = AddOn(new_id(), "Дизайн", 15, 30_000)
    anna = StaffMember(new_id(), "Анна", (location,), follows_location=True, position=0)
    maria = StaffMember(new_id(), "Мария", (location,), follows_location=True, position=1)
    made = {
        "manicure": Service(new_id(), "Маникюр", 60, 150_000, addon_ids=(design.id,)),
        "pedicure": Service(new_id(), "Педикюр", 90, 220_000, position=1),
        "massage": Service(new_id(), "Массаж", 60, 200_000, rooms=(room,), position=2),
        "yoga": Service(new_id(), "Йога", 60, 60_000, capacity=4, position=3),
    }
    for key, changes in (services or {}).items():
        made[key] = replace(made[key], **changes)  # type: ignore[arg-type]  # as above
    by_both = [made["manicure"], made["pedicure"], made["massage"]]
    offers = [Offer(member.id, service.id) for member in (anna, maria) for service in by_both]
    offers.append(Offer(maria.id, made["yoga"].id))
    catalogue = Catalogue(
        version=1,
        business=Business(
            id=new_id(),
            slug=slug,
            name="Студия «Окошко»",
            zone=tz,
            locale="ru",
            currency="RUB",
            rules=rules or BookingRules(),
            messages=messages or MessageRules(),
        ),
        locations={location: Location(location, "На Тверской", "Тверская, 12", tz, OPEN_DAYS)},
        services={service.id: service for service in made.values()},
        staff={anna.id: anna, maria.id: maria},
        offers={(offer.staff_id, offer.service_id): offer for offer in offers},
        addons={design.id: design},
        rooms={room: Room(room, location, "Кабинет")},
    )
    async with uow.begin() as tx:
        await tx.catalogue.add(catalogue)
    return World(
        catalogue=catalogue,
        location=location,
        room=room,
        manicure=made["manicure"].id,
        pedicure=made["pedicure"].id,
        massage=made["massage"].id,
        yoga=made["yoga"].id,
        design=design.id,
        anna=anna.id,
        maria=maria.id,
    )


async def meet(core: Core, name: str = "Ольга", channel: Channel = Channel.TELEGRAM) -> Identity:
    """A messenger user whom nobody has seen before."""
    number = next(_numbers)
    return await core.clients.see(
        Identity(
            id=new_id(),
            channel=channel,
            account_key="1",
            external_id=str(7_000_000 + number),
            name=name,
            username=None,
            locale="ru",
            reachable=True,
        )
    )


async def join(
    core: Core, world: World, role: Role = Role.OWNER, staff: UUID | None = None, name: str = ""
) -> tuple[Actor, Identity]:
    """A member of the business in a messenger, by an invite."""
    identity = await meet(core, name or "Сотрудник")
    start = await core.team.create_invite(SYSTEM, world.id, role=role, staff_id=staff, name=name)
    return await core.team.accept_invite(start, identity.id), identity


async def book(
    core: Core, world: World, start: datetime, **changes: object
) -> tuple[Actor, Identity, Booking]:
    """A booking by a new messenger user; as whom they act from then on."""
    identity = await meet(core)
    wish = world.wish(start, identity_id=identity.id, source=BookingSource.TELEGRAM)
    booking = await core.bookings.create(
        world.visitor(),
        replace(wish, **changes),  # type: ignore[arg-type]  # as above
    )
    return await core.clients.actor(world.id, identity.id), identity, booking
