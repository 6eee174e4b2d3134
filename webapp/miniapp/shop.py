"""A business: who they are, where and when, what they do and for how much; services are chosen here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from aiohttp import web

from core.domain.catalog import Catalogue, Location, Service, StaffMember
from core.domain.visit import VisitItem
from locales import Texts
from webapp.api.catalog_json import services_in_order, staff_in_order
from webapp.miniapp.flow import Flow, short
from webapp.miniapp.said import map_url, place_of, places_in_order, service_price
from webapp.miniapp.screen import catalogue_of, flow_of, screen, words_of
from webapp.miniapp.structured import structured
from webapp.pages.opening import open_now, opening_lines
from webapp.pages.said import initials, spoken_phone
from webapp.wiring import SERVICES

#: From so many services on a line to search in stands above them.
_SEARCH_FROM = 7


@dataclass(frozen=True, slots=True)
class AddOnLine:
    """An extra of a service. ``value``: what the form sends."""

    value: str
    title: str
    said: str
    minutes: int
    price: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """A service to choose. ``minutes`` and ``price`` (minor units) are what the page's script adds up;
    ``about``: the price may become more.
    """

    id: str
    title: str
    text: str
    duration: str
    price_said: str
    seats: str
    minutes: int
    price: int
    about: bool
    photo_url: str | None
    bookable: bool
    chosen: bool
    group: bool
    addons: tuple[AddOnLine, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works here."""

    id: str
    name: str
    profession: str
    bio: str
    photo_url: str | None
    initials: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a business is, and whether it is open at this moment."""

    name: str
    address: str
    directions: str
    hours: list[tuple[str, str]]
    map_url: str
    is_open: bool
    now_said: str


async def show(request: web.Request) -> web.Response:
    """The business's page."""
    catalogue = await catalogue_of(request)
    flow = flow_of(request)
    words = words_of(request, catalogue, flow)
    now = request.app[SERVICES].clock.now()
    lines = service_lines(catalogue, flow, words)
    return screen(
        request,
        "shop",
        catalogue,
        flow,
        groups=grouped(catalogue, lines, words),
        count=len(lines),
        searchable=len(lines) >= _SEARCH_FROM,
        any_chosen=any(line.chosen for _, line in lines),
        staff=[person(member) for member in staff_in_order(catalogue)],
        places=[_place(catalogue, location, now, words) for location in places_in_order(catalogue)],
        phone=spoken_phone(catalogue.business.phone),
        structured=structured(catalogue, request.url),
    )


def person(member: StaffMember) -> Person:
    """A master as pages show one."""
    return Person(
        short(member.id),
        member.name,
        member.profession,
        member.bio,
        member.photo_url,
        initials(member.name),
    )


def service_lines(catalogue: Catalogue, flow: Flow, words: Texts) -> list[tuple[Service, ServiceLine]]:
    """Everything that stands in the list, in order; what is only done on request can't be chosen."""
    chosen = {item.service_id: item for item in flow.items}
    bookable = {service.id for service in catalogue.bookable_services()}
    return [
        (service, _line(catalogue, service, chosen.get(service.id), service.id in bookable, words))
        for service in services_in_order(catalogue)
    ]


def grouped(
    catalogue: Catalogue, lines: Sequence[tuple[Service, ServiceLine]], words: Texts
) -> list[tuple[str, list[ServiceLine]]]:
    """The list by category, those without one last."""
    order = sorted(catalogue.categories.values(), key=lambda each: (each.position, each.title, each.id))
    found: dict[object, list[ServiceLine]] = {each.id: [] for each in order}
    for service, line in lines:
        known = service.category_id if service.category_id in found else None
        found.setdefault(known, []).append(line)
    rest = words.t("app.other_services") if any(found[each.id] for each in order) else ""
    titles: list[tuple[object, str]] = [(each.id, each.title) for each in order]
    return [(title, found[key]) for key, title in [*titles, (None, rest)] if found.get(key)]


def _line(
    catalogue: Catalogue, service: Service, chosen: VisitItem | None, bookable: bool, words: Texts
) -> ServiceLine:
    said, price, about = service_price(catalogue, service, words)
    currency = catalogue.business.currency
    extras = sorted(
        (catalogue.addons[each] for each in service.addon_ids if each in catalogue.addons),
        key=lambda each: (each.position, each.title, each.id),
    )
    longer = service.capacity == 1
    return ServiceLine(
        id=short(service.id),
        title=service.title,
        text=service.description,
        duration=words.minutes(service.duration),
        price_said=said,
        seats=words.n("app.group_of", service.capacity) if service.capacity > 1 else "",
        minutes=service.duration,
        price=price,
        about=about,
        photo_url=service.photo_url,
        bookable=bookable,
        chosen=chosen is not None and bookable,
        group=service.capacity > 1,
        addons=tuple(
            AddOnLine(
                value=f"{short(service.id)}.{short(each.id)}",
                title=each.title,
                said=" · ".join(
                    [
                        *([words.t("app.plus", what=words.minutes(each.duration))] if longer else []),
                        words.t("app.plus", what=words.money(each.price, currency)),
                    ]
                ),
                minutes=each.duration if longer else 0,
                price=each.price,
                chosen=chosen is not None and each.id in chosen.addon_ids,
            )
            for each in extras
        ),
    )


def _place(catalogue: Catalogue, location: Location, now: datetime, words: Texts) -> Place:
    is_open, said = open_now(catalogue, location, now, words)
    return Place(
        location.name,
        location.address,
        location.directions,
        opening_lines(location.hours, words),
        map_url(location),
        is_open,
        said,
    )


def fitted(catalogue: Catalogue, flow: Flow) -> Flow:
    """The booking as far as it can be had from this catalogue: what has gone is left out."""
    bookable = {service.id: service for service in catalogue.bookable_services()}
    items = []
    for item in flow.items:
        service = bookable.get(item.service_id)
        if service is None:
            continue
        masters = {member.id for member in catalogue.staff_of(service.id)}
        items.append(
            VisitItem(
                service.id,
                item.staff_id if item.staff_id in masters else None,
                tuple(each for each in item.addon_ids if each in service.addon_ids),
            )
        )
    place = flow.place if place_of(catalogue, flow.place) is not None else None
    placed_at = flow.placed_at if flow.placed_at in catalogue.locations else None
    seats = flow.seats
    if len(items) != 1 or bookable[items[0].service_id].capacity == 1:
        seats = 1
    return replace(flow, items=tuple(items), place=place, placed_at=placed_at, seats=seats)
