"""How the screens say what, when, with whom, for how much, and what the core refused."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import quote
from uuid import UUID
from zoneinfo import ZoneInfo

from core.domain.booking import Booking
from core.domain.catalog import Catalogue, Location, PriceKind, Service
from core.domain.errors import DomainError, InvalidInput, PolicyRefused, SlotNotOffered, TransitionRefused
from core.domain.visit import VisitItem
from locales import Texts

#: Parts of the day by the first hour that is not in them any more.
PARTS: Final = (("morning", 12), ("afternoon", 17), ("evening", 24))

#: A day and its month, which stay on one line.
_DAY_OF_MONTH: Final = re.compile(r"(?<=\d) (?=[^\W\d])")


def service_price(catalogue: Catalogue, service: Service, words: Texts) -> tuple[str, int, bool]:
    """«1 500 ₽», «от 1 500 ₽» where some master takes less or more, «1 500–2 000 ₽»; the least in minor
    units, and whether it may become more.
    """
    currency = catalogue.business.currency
    own = {catalogue.price(service.id, member.id) for member in catalogue.staff_of(service.id)}
    lowest = min(own or {service.price})
    if service.price_kind is PriceKind.RANGE and service.price_max is not None:
        low, high = words.money(service.price, currency), words.money(service.price_max, currency)
        return words.t("app.price_range", low=low, high=high), service.price, True
    if service.price_kind is PriceKind.FROM or len(own) > 1:
        return words.t("app.price_from", price=words.money(lowest, currency)), lowest, True
    return words.money(lowest, currency), lowest, False


def items_price(catalogue: Catalogue, items: Iterable[VisitItem], seats: int, words: Texts) -> str:
    """What the whole visit costs, «от» where that is not certain yet."""
    total, about = 0, False
    for item in items:
        service = catalogue.services[item.service_id]
        if item.staff_id is not None:
            low, more = catalogue.price(service.id, item.staff_id), service.price_kind is not PriceKind.FIXED
        else:
            _, low, more = service_price(catalogue, service, words)
        total += low + sum(catalogue.addons[addon].price for addon in item.addon_ids)
        about = about or more
    money = words.money(total * seats, catalogue.business.currency)
    return words.t("app.price_from", price=money) if about else money


def items_title(catalogue: Catalogue, items: Iterable[VisitItem]) -> str:
    """«Маникюр + Дизайн двух ногтей»."""
    titles: list[str] = []
    for item in items:
        titles.append(catalogue.services[item.service_id].title)
        titles += [catalogue.addons[addon].title for addon in item.addon_ids]
    return " + ".join(titles)


def booking_title(booking: Booking) -> str:
    """What was booked, as it was called then."""
    titles: list[str] = []
    for segment in booking.segments:
        titles.append(segment.service_title)
        titles += [addon.title for addon in segment.addons]
    return " + ".join(titles)


def booking_masters(booking: Booking, words: Texts) -> str:
    """With whom."""
    return _one_after_another((segment.staff_names for segment in booking.segments), words)


def items_masters(catalogue: Catalogue, items: Iterable[VisitItem], words: Texts) -> str:
    """«Анна Смирнова, Ольга Петрова», one after the other; «Анна Смирнова и Ольга Петрова», together."""
    known = catalogue.staff
    groups = ([known[each].name for each in item.named if each in known] for item in items)
    return _one_after_another(filter(None, groups), words)


def _one_after_another(groups: Iterable[Sequence[str]], words: Texts) -> str:
    return ", ".join(words.join(list(group)) for group in dict.fromkeys(map(tuple, groups)))


def zone_of(catalogue: Catalogue, place: UUID | None) -> ZoneInfo:
    """The zone of a place; where none was chosen, of the only one, else the business's."""
    location = place_of(catalogue, place)
    return location.zone if location is not None else catalogue.business.zone


def place_of(catalogue: Catalogue, place: UUID | None) -> Location | None:
    """The place that was chosen, or the only one there is."""
    if place is not None:
        return catalogue.locations.get(place)
    return next(iter(catalogue.locations.values())) if len(catalogue.locations) == 1 else None


def place_said(catalogue: Catalogue, place: UUID | None) -> str:
    """The address, after the branch's name where there are several."""
    location = place_of(catalogue, place)
    if location is None:
        return ""
    known = [location.name, location.address] if len(catalogue.locations) > 1 else [location.address]
    return ", ".join(dict.fromkeys(filter(None, known)))


def places_in_order(catalogue: Catalogue) -> Sequence[Location]:
    """The places of a business."""
    return sorted(catalogue.locations.values(), key=lambda each: (each.position, each.name, each.id))


def map_url(location: Location) -> str:
    """Where a place is on the map; empty when it has neither point nor address."""
    if location.latitude is not None and location.longitude is not None:
        point = f"{location.latitude}/{location.longitude}"
        return (
            f"https://www.openstreetmap.org/?mlat={location.latitude}&mlon={location.longitude}"
            f"#map=17/{point}"
        )
    if not location.address:
        return ""
    return f"https://www.openstreetmap.org/search?query={quote(location.address)}"


def span_said(start: datetime, end: datetime, now: datetime, zone: ZoneInfo, words: Texts) -> str:
    """«завтра, ср 26 ноября, 15:00–16:00»."""
    local, until = start.astimezone(zone), end.astimezone(zone)
    day = _DAY_OF_MONTH.sub("\u00a0", words.day(local.date(), now.astimezone(zone).date()))
    return f"{day}, {words.time(local)}–{words.time(until)}"


def soon_said(moment: datetime, now: datetime, zone: ZoneInfo, words: Texts) -> str:
    """«завтра, 15:00», «чт, 18:30», «чт 27 нояб, 18:30»."""
    local = moment.astimezone(zone)
    return f"{words.short_day(local.date(), now.astimezone(zone).date())}, {words.time(local)}"


def part_of(local: datetime) -> str:
    """``morning``, ``afternoon`` or ``evening``."""
    return next(name for name, until in PARTS if local.hour < until)


def span_words(minutes: int, words: Texts) -> str:
    """How long before: «2 часа», «сутки», «2 дня»; hours and minutes where it is neither in whole."""
    days, rest = divmod(minutes, 24 * 60)
    if days and not rest:
        return words.t("app.one_day") if days == 1 else words.n("app.days", days)
    hours, rest = divmod(minutes, 60)
    return words.n("app.hours", hours) if hours and not rest else words.minutes(minutes)


def kind_words(error: DomainError, words: Texts) -> str:
    """What to tell a person about ``error``: the most exact sentence there is."""
    params = {name: value for name, value in error.params.items() if isinstance(value, str | int)}
    if isinstance(minutes := params.get("minutes"), int):
        params["minutes"] = span_words(minutes, words)
    match error:
        case InvalidInput(field=str(field), issue=issue):
            ids = [f"failure.invalid.{field}.{issue}"]
        case PolicyRefused(rule=rule):
            ids = [f"failure.policy.{rule}"]
        case TransitionRefused(status=status):
            ids = [f"failure.transition.{status}"]
        case SlotNotOffered(reason=reason):
            ids = [f"app.not_offered.{reason}"]
        case _:
            ids = []
    for msgid in (*ids, f"failure.{error.code}"):
        if msgid in words:
            return words.t(msgid, **params)
    return words.t("failure.unexpected")
