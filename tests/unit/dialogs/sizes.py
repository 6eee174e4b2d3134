"""Businesses of all sizes, with short names and very long ones."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from core.domain.catalog import (
    AddOn,
    BookingRules,
    Business,
    Catalogue,
    Category,
    Location,
    Offer,
    PriceKind,
    Service,
    StaffMember,
)
from deploy.clock import new_id
from tests.support.world import OPEN_DAYS

LONG = "Аппаратный маникюр с укреплением, покрытием, дизайном и парафинотерапией для рук и души"


def business(
    *,
    services: int,
    masters: int,
    long: bool = False,
    categories: int = 3,
    places: int = 1,
    locale: str = "ru",
) -> Catalogue:
    """A business that confirms by hand. Every master does every service; the last service is a group's."""
    zone = ZoneInfo("Europe/Moscow")
    locations = [
        Location(
            new_id(),
            f"Филиал {number}",
            (LONG if long else "Тверская, 12") + f" к. {number}",
            zone,
            OPEN_DAYS,
            latitude=55.7 if number == 0 else None,
            longitude=37.6 if number == 0 else None,
            directions=LONG * 3 if long else "Вход со двора.",
            position=number,
        )
        for number in range(places)
    ]
    groups = [Category(new_id(), f"{LONG} {n}" if long else f"Группа {n}", n) for n in range(categories)]
    addons = [AddOn(new_id(), f"{LONG} {n}" if long else f"Добавка {n}", 15, 30_000 + n) for n in range(12)]
    made = [
        Service(
            new_id(),
            f"{LONG} {number}" if long else f"Услуга {number}",
            60,
            150_000 + number,
            category_id=groups[number % categories].id if categories and number % 5 else None,
            price_kind=list(PriceKind)[number % 3],
            price_max=900_000,
            capacity=12 if number == services - 1 and services > 1 else 1,
            addon_ids=tuple(addon.id for addon in addons) if number == 0 else (),
            description=LONG * 4 if long else "",
            position=number,
        )
        for number in range(services)
    ]
    staff = [
        StaffMember(
            new_id(),
            f"{LONG} {number}" if long else f"Мастер {number}",
            tuple(place.id for place in locations),
            follows_location=True,
            position=number,
        )
        for number in range(masters)
    ]
    offers = [
        Offer(member.id, service.id, price=service.price + number * 1000 if long else None)
        for number, member in enumerate(staff)
        for service in made
    ]
    return Catalogue(
        version=1,
        business=Business(
            id=new_id(),
            slug="sizes",
            name=LONG if long else "Студия",
            zone=zone,
            locale=locale,
            currency="RUB",
            tagline=LONG if long else "",
            description=LONG * 10 if long else "",
            phone="+74950000012",
            rules=BookingRules(auto_confirm=False),
        ),
        locations={place.id: place for place in locations},
        services={service.id: service for service in made},
        staff={member.id: member for member in staff},
        offers={(offer.staff_id, offer.service_id): offer for offer in offers},
        categories={category.id: category for category in groups},
        addons={addon.id: addon for addon in addons},
    )
