"""The start page, and the public page of a business."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import phonenumbers
from aiohttp import web

from core.domain.catalog import Catalogue, Location, PriceKind, Service
from locales import Texts, texts
from webapp.api.catalog_json import services_in_order, staff_in_order
from webapp.language import page_language
from webapp.pages.opening import opening_lines
from webapp.pages.render import asset, page
from webapp.wiring import OUTSIDE, SERVICES

_MOST_BUSINESSES: Final = 12


def routes() -> list[web.AbstractRouteDef]:
    """The addresses of the pages."""
    return [
        web.get("/", start),
        web.get("/b/{slug}", business),
        web.get("/static/{name}", asset),
    ]


async def start(request: web.Request) -> web.Response:
    """What this deployment is, and where to go from here."""
    outside = request.app[OUTSIDE]
    found = await request.app[SERVICES].catalogues.list()
    return page(
        request,
        "start.html",
        page_language(request),
        businesses=[(slug, name) for _, slug, name in found[:_MOST_BUSINESSES]],
        sandbox=outside.sandbox is not None,
        docs=outside.docs_url,
    )


async def business(request: web.Request) -> web.Response:
    """A business: what it does, for how much, where, when, and how to book."""
    catalogue = await request.app[SERVICES].catalogues.get(request.match_info["slug"])
    language = page_language(request, catalogue.business.locale)
    words = texts(language)
    return page(
        request,
        "business.html",
        language,
        business=catalogue.business,
        links=request.app[OUTSIDE].links(catalogue.business),
        phone=spoken_phone(catalogue.business.phone),
        groups=_groups(catalogue, words),
        staff=[
            _Person(member.name, member.profession, member.bio, member.photo_url, initials(member.name))
            for member in staff_in_order(catalogue)
        ],
        places=[_place(location, words) for location in _places(catalogue)],
    )


@dataclass(frozen=True, slots=True)
class _Line:
    """A service in the price list."""

    title: str
    about: str
    duration: str
    price: str
    seats: str


@dataclass(frozen=True, slots=True)
class _Person:
    name: str
    profession: str
    bio: str
    photo_url: str | None
    initials: str


@dataclass(frozen=True, slots=True)
class _Place:
    name: str
    address: str
    directions: str
    hours: list[tuple[str, str]]
    map_url: str


def _groups(catalogue: Catalogue, words: Texts) -> list[tuple[str, list[_Line]]]:
    """The price list by category, those without one last."""
    order = sorted(catalogue.categories.values(), key=lambda each: (each.position, each.title))
    titles = {each.id: each.title for each in order}
    found: dict[str, list[_Line]] = {title: [] for title in titles.values()}
    rest = words.t("web.other_services") if titles else ""
    for service in services_in_order(catalogue):
        title = titles.get(service.category_id, rest) if service.category_id else rest
        found.setdefault(title, []).append(_line(catalogue, service, words))
    return [(title, lines) for title, lines in found.items() if lines]


def _line(catalogue: Catalogue, service: Service, words: Texts) -> _Line:
    return _Line(
        title=service.title,
        about=service.description,
        duration=words.minutes(service.duration),
        price=_price(catalogue, service, words),
        seats=words.n("web.group_of", service.capacity) if service.capacity > 1 else "",
    )


def _price(catalogue: Catalogue, service: Service, words: Texts) -> str:
    """«1 500 ₽», «от 1 500 ₽» where some master takes less or more, «1 500–2 000 ₽»."""
    currency = catalogue.business.currency
    own = {catalogue.price(service.id, member.id) for member in catalogue.staff_of(service.id)}
    lowest = min(own or {service.price})
    if service.price_kind is PriceKind.RANGE and service.price_max is not None:
        return words.t(
            "web.price_range",
            low=words.money(service.price, currency),
            high=words.money(service.price_max, currency),
        )
    if service.price_kind is PriceKind.FROM or len(own) > 1:
        return words.t("web.price_from", price=words.money(lowest, currency))
    return words.money(lowest, currency)


def _places(catalogue: Catalogue) -> Sequence[Location]:
    return sorted(catalogue.locations.values(), key=lambda each: (each.position, each.name, each.id))


def _place(location: Location, words: Texts) -> _Place:
    where = (
        f"https://www.openstreetmap.org/?mlat={location.latitude}&mlon={location.longitude}"
        f"#map=17/{location.latitude}/{location.longitude}"
        if location.latitude is not None and location.longitude is not None
        else f"https://www.openstreetmap.org/search?query={quote(location.address)}"
    )
    return _Place(
        location.name, location.address, location.directions, opening_lines(location.hours, words), where
    )


def spoken_phone(phone: str | None) -> str:
    """«+7 495 000-00-12» of an E.164 number."""
    if not phone:
        return ""
    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return phone
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def initials(name: str) -> str:
    """«АС» of «Анна Смирнова»."""
    return "".join(part[0] for part in name.split()[:2]).upper()
