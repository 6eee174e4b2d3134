"""How the dialogs say what many screens say: when, what, with whom, for how much, where."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from bots.dialogs.layout import shorten
from bots.dialogs.screen import Line, Raw, Span, Style, T, Words, line, n, t
from bots.dialogs.values import Clock, Day, Hours, Minutes, Names, ShortDay, Weekdays
from core.domain.booking import Booking, BookingStatus
from core.domain.catalog import Catalogue, Location, PriceKind, Service
from core.domain.money import Money
from core.domain.schedule import ExceptionType, WeeklyHours
from core.domain.visit import VisitItem

DOT = Raw(" · ")
COMMA = Raw(", ")

#: The longest title on a button beside something else.
TITLE_ON_BUTTON = 24
_TITLE_IN_TEXT = 120


def dotted(*parts: Span | Words | None, between: Words = DOT) -> Line:
    """The parts that there are, with dots between."""
    spans: list[Span] = []
    for part in parts:
        if part is None or (isinstance(part, Raw) and not part.text):
            continue
        if spans:
            spans.append(Span(between))
        spans.append(part if isinstance(part, Span) else Span(part))
    return tuple(spans)


def raw(text: str, limit: int = _TITLE_IN_TEXT) -> Raw:
    """Somebody else's words, within reason: a name of 300 characters must not push the rest out."""
    return Raw(shorten(" ".join(text.split()), limit))


def on_button(text: str, limit: int = TITLE_ON_BUTTON) -> Raw:
    """Somebody else's words on a button that says more than them."""
    return raw(text, limit)


# --- when


def day_words(day: date, now: datetime, zone: ZoneInfo) -> T:
    """«завтра, ср 26 ноября»."""
    return t("when.day", day=Day(day, now.astimezone(zone).date()))


def when(moment: datetime, now: datetime, zone: ZoneInfo) -> T:
    """«завтра, ср 26 ноября, 15:00»."""
    local = moment.astimezone(zone)
    return t("when.full", day=Day(local.date(), now.astimezone(zone).date()), time=Clock(local))


def when_span(start: datetime, end: datetime, now: datetime, zone: ZoneInfo) -> T:
    """«завтра, ср 26 ноября, 15:00–16:00»."""
    local = start.astimezone(zone)
    return t(
        "when.span",
        day=Day(local.date(), now.astimezone(zone).date()),
        start=Clock(local),
        end=Clock(end.astimezone(zone)),
    )


def when_short(moment: datetime, now: datetime, zone: ZoneInfo) -> T:
    """«завтра 15:00»: for buttons and lists."""
    local = moment.astimezone(zone)
    return t("when.short", day=ShortDay(local.date(), now.astimezone(zone).date()), time=Clock(local))


def zone_of(catalogue: Catalogue, location_id: UUID | None) -> ZoneInfo:
    """The zone of a place; where none was chosen, of the only one, else the business's."""
    places = catalogue.locations
    location = places.get(location_id) if location_id else None
    if location is None and len(places) == 1:
        location = next(iter(places.values()))
    return location.zone if location is not None else catalogue.business.zone


# --- how much


def service_price(catalogue: Catalogue, service: Service, staff_id: UUID | None = None) -> T:
    """«1 500 ₽», «от 1 500 ₽», «1 500 ₽ – 2 000 ₽». Without a master: the least that any of them takes."""
    currency = catalogue.business.currency
    prices = [catalogue.price(service.id, staff_id)]
    if staff_id is None:
        prices += [catalogue.price(service.id, member.id) for member in catalogue.staff_of(service.id)]
        own = prices[1:] or prices
    else:
        own = prices
    low = Money(min(own), currency)
    if service.price_kind is PriceKind.RANGE and service.price_max is not None:
        return t("price.range", low=low, high=Money(service.price_max, currency))
    if service.price_kind is PriceKind.FROM or min(own) != max(own):
        return t("price.from", price=low)
    return t("price.exact", price=low)


def items_price(catalogue: Catalogue, items: Sequence[VisitItem], seats: int = 1) -> T:
    """What the whole visit costs."""
    if len(items) == 1 and not items[0].addon_ids and seats == 1:
        item = items[0]
        return service_price(catalogue, catalogue.services[item.service_id], item.staff_id)
    addons = catalogue.addons
    total = seats * sum(
        catalogue.price(item.service_id, item.staff_id)
        + sum(addons[addon].price for addon in item.addon_ids if addon in addons)
        for item in items
    )
    about = any(catalogue.services[item.service_id].price_kind is not PriceKind.FIXED for item in items)
    money = Money(total, catalogue.business.currency)
    return t("price.from", price=money) if about else t("price.exact", price=money)


def minutes(count: int) -> T:
    """«60 мин», «2 ч 30 мин»."""
    return t("unit.length", minutes=Minutes(count))


# --- what and with whom


def items_title(catalogue: Catalogue, items: Iterable[VisitItem]) -> Raw:
    """«Маникюр + Дизайн двух ногтей»."""
    titles: list[str] = []
    for item in items:
        titles.append(catalogue.services[item.service_id].title)
        titles += [catalogue.addons[addon].title for addon in item.addon_ids if addon in catalogue.addons]
    return raw(" + ".join(titles), 200)


def items_masters(catalogue: Catalogue, items: Sequence[VisitItem]) -> Words | None:
    """With whom, when every item says so."""
    known = catalogue.staff
    groups = [
        [known[staff_id].name for staff_id in item.named if staff_id in known]
        for item in items
        if item.staff_id in known
    ]
    return masters_named(groups) if len(groups) == len(items) else None


def masters_named(groups: Iterable[Sequence[str]]) -> Words:
    """«Анна, Мария», who come one after the other; «Анна и Мария», who do it together."""
    shown = tuple(dict.fromkeys(tuple(group) for group in groups))
    if all(len(group) == 1 for group in shown):
        return raw(", ".join(name for (name,) in shown), 200)
    return t("master.together", names=Names(tuple(tuple(raw(one).text for one in each) for each in shown)))


def within(title: Raw) -> Raw:
    """A title in the middle of a sentence: «маникюр», but «SPA-уход» as it is."""
    text = title.text
    return Raw(text[:1].lower() + text[1:]) if text[1:2].islower() else title


def booking_title(booking: Booking) -> Raw:
    """What was booked, as it was called then."""
    titles: list[str] = []
    for segment in booking.segments:
        titles.append(segment.service_title)
        titles += [addon.title for addon in segment.addons]
    return raw(" + ".join(titles), 200)


def booking_masters(booking: Booking) -> Words:
    """With whom."""
    return masters_named(segment.staff_names for segment in booking.segments)


def booking_lines(booking: Booking, catalogue: Catalogue, now: datetime) -> tuple[Line, ...]:
    """What, with whom, when, for how much, where: the body of every screen of a booking for its client."""
    return (
        dotted(booking_title(booking), booking_masters(booking)),
        line(when_span(booking.start, booking.end, now, booking.zone)),
        dotted(
            t("price.exact", price=booking.total) if booking.total.minor else None,
            n("booking.seats", booking.seats) if booking.seats > 1 else None,
            address(catalogue, booking.location_id),
        ),
    )


def address(catalogue: Catalogue, location_id: UUID | None) -> Raw | None:
    """Where: the address, after the branch's name where there are several."""
    places = catalogue.locations
    location = places.get(location_id) if location_id else None
    if location is None and len(places) == 1:
        location = next(iter(places.values()))
    if location is None:
        return None
    known = [location.name, location.address] if len(places) > 1 else [location.address]
    return raw(", ".join(dict.fromkeys(filter(None, known)))) if any(known) else None


def status_words(status: BookingStatus) -> T:
    """«подтверждена», «ждёт подтверждения» …"""
    return t(f"status.{status.value}")


# --- opening hours


def hours_lines(catalogue: Catalogue, now: datetime) -> Line:
    """«Пн–Сб 10–20» of the first location, with today's word: «сегодня до 20»."""
    location = first_location(catalogue)
    if location is None or not any(location.hours):
        return ()
    spans: list[Span] = []
    for first, last, intervals in week_groups(location.hours):
        if spans:
            spans.append(Span(COMMA))
        spans.append(Span(t("hours.days", days=Weekdays(first, last))))
        for number, (start, end) in enumerate(intervals):
            spans.append(Span(COMMA if number else Raw(" ")))
            spans.append(Span(t("hours.span", hours=Hours(start, end))))
    if _closed_today(catalogue, location, now):
        spans += [Span(DOT), Span(t("hours.closed_today"), Style.ITALIC)]
    return tuple(spans)


def week_groups(hours: WeeklyHours) -> list[tuple[int, int, tuple[tuple[int, int], ...]]]:
    """Weekdays in a row that have the same hours, closed ones left out."""
    groups: list[tuple[int, int, tuple[tuple[int, int], ...]]] = []
    for weekday, intervals in enumerate(hours):
        if not intervals:
            continue
        if groups and groups[-1][1] == weekday - 1 and groups[-1][2] == intervals:
            groups[-1] = (groups[-1][0], weekday, intervals)
        else:
            groups.append((weekday, weekday, intervals))
    return groups


def first_location(catalogue: Catalogue) -> Location | None:
    """The location that stands first."""
    return min(catalogue.locations.values(), key=lambda place: (place.position, place.name), default=None)


def _closed_today(catalogue: Catalogue, location: Location, now: datetime) -> bool:
    today = now.astimezone(location.zone).date()
    of_today = [
        exception
        for exception in catalogue.exceptions
        if exception.date == today
        and exception.staff_id is None
        and exception.location_id in {None, location.id}
    ]
    if any(exception.type is ExceptionType.CLOSED and exception.start is None for exception in of_today):
        return True
    return not location.hours[today.weekday()] and not of_today


# --- who


def phone_words(phone: str) -> Raw:
    """«+7 900 123-45-67»; other countries' numbers as they are."""
    if len(phone) == 12 and phone.startswith("+7"):
        return Raw(f"+7 {phone[2:5]} {phone[5:8]}-{phone[8:10]}-{phone[10:]}")
    return Raw(phone)
