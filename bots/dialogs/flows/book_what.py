"""Booking: what, where and with whom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from bots.dialogs.context import Context
from bots.dialogs.event import Event, Typed
from bots.dialogs.flow import Step
from bots.dialogs.flows.book_path import (
    CATEGORY,
    EXTRAS,
    MANY_SERVICES,
    MASTER,
    NOTHING,
    PLACE,
    SECOND,
    SERVICE,
    categories,
    go_choose,
    go_on,
    heading,
    otherwise,
    places_of,
    with_master,
)
from bots.dialogs.flows.common import back_button, home_button, plain_words, pressed
from bots.dialogs.flows.draft import (
    BookData,
    further_services,
    masters_for,
    query_of,
    read_items,
    write_items,
)
from bots.dialogs.screen import BLANK, Act, Card, Choices, Line, Screen, Words, act, bold, line, n, t
from bots.dialogs.transition import Go, Transition
from bots.dialogs.words import (
    dotted,
    minutes,
    on_button,
    phone_words,
    raw,
    service_price,
    when_short,
    zone_of,
)
from core.domain.catalog import Catalogue, Service, StaffMember
from core.domain.money import Money
from core.domain.visit import VisitItem, from_minutes

_CHOOSE: Final = "choose"
_ANY: Final = "any"
_TOGGLE: Final = "toggle"
_ADD: Final = "add"
_DROP: Final = "drop"
_SEATS: Final = "seats"
_READY: Final = "ready"

_LOOK_DAYS: Final = 14
_WIDE_TITLE: Final = 20
_MOST_SEATS: Final = 4


# --- nothing to book


async def _nothing_view(ctx: Context, _: BookData) -> Screen:
    catalogue = await ctx.catalogue()
    phone = catalogue.business.phone
    call: tuple[Line, ...] = (line(t("book.call", phone=phone_words(phone))),) if phone else ()
    return Screen(lines=(line(t("book.nothing")), *call), rows=((home_button(),),))


# --- category and service


async def _category_view(ctx: Context, _: BookData) -> Screen:
    catalogue = await ctx.catalogue()
    items = tuple(
        act(
            n("category.button", len(services), title=on_button(title) if title else t("category.other")),
            _CHOOSE,
            category,
        )
        for category, title, services in categories(catalogue)
    )
    return Screen(lines=(line(t("category.question")),), choices=Choices(items), rows=((back_button(),),))


async def _on_category(ctx: Context, data: BookData, event: Event) -> Transition:
    if (args := pressed(event, _CHOOSE)) is not None:
        return Go(replace(data, category=str(args[0])), SERVICE)
    return await _named_service(ctx, data, event) or await otherwise(ctx, data, event)


async def _service_view(ctx: Context, data: BookData) -> Screen:
    catalogue = await ctx.catalogue()
    groups = categories(catalogue)
    many = sum(len(services) for _, _, services in groups) > MANY_SERVICES
    if many and len(groups) > 1:
        groups = [group for group in groups if group[0] == data.category] or groups
    services = [service for _, _, found in groups for service in found]
    if len(services) > MANY_SERVICES:
        return Screen(
            lines=(line(t("service.question")),),
            choices=Choices(
                tuple(_priced_button(catalogue, service) for service in services),
                cards=_cards(catalogue, services),
            ),
            rows=((back_button(),),),
        )
    return Screen(
        lines=(line(t("service.question")), *_price_list(catalogue, groups)),
        choices=Choices(
            _title_buttons(services), columns=_columns(services), cards=_cards(catalogue, services)
        ),
        rows=((back_button(),),),
    )


def _cards(catalogue: Catalogue, services: Sequence[Service]) -> tuple[Card, ...]:
    """The services with their pictures, where every one has such."""
    pictures = [service.photo_url or "" for service in services]
    if not all(picture.startswith("https://") for picture in pictures):
        return ()
    return tuple(
        Card(
            raw(service.title),
            t("service.facts", minutes=minutes(service.duration), price=service_price(catalogue, service)),
            picture,
            button,
        )
        for service, picture, button in zip(services, pictures, _title_buttons(services), strict=True)
    )


def _price_list(
    catalogue: Catalogue, groups: Sequence[tuple[str, str, Sequence[Service]]]
) -> tuple[Line, ...]:
    lines: list[Line] = []
    for _, title, services in groups:
        lines.append(BLANK)
        if len(groups) > 1:
            lines.append(line(bold(raw(title) if title else t("category.other"))))
        lines += [
            line(
                t(
                    "service.line",
                    title=raw(service.title),
                    minutes=minutes(service.duration),
                    price=service_price(catalogue, service),
                )
            )
            for service in services
        ]
    return tuple(lines)


def _title_buttons(services: Iterable[Service]) -> tuple[Act, ...]:
    return tuple(act(raw(service.title), _CHOOSE, str(service.id)) for service in services)


def _columns(services: Iterable[Service]) -> int:
    return 2 if all(len(service.title) <= _WIDE_TITLE for service in services) else 1


def _priced_button(catalogue: Catalogue, service: Service, name: str = _CHOOSE) -> Act:
    label = t("service.button", title=on_button(service.title), price=service_price(catalogue, service))
    return act(label, name, str(service.id))


async def _on_service(ctx: Context, data: BookData, event: Event) -> Transition:
    if (args := pressed(event, _CHOOSE)) is not None:
        return await _with_service(ctx, data, UUID(str(args[0])))
    return await _named_service(ctx, data, event) or await otherwise(ctx, data, event)


async def _with_service(ctx: Context, data: BookData, service_id: UUID) -> Transition:
    catalogue = await ctx.catalogue()
    if all(service.id != service_id for service in catalogue.bookable_services()):
        return Go(data, SERVICE, note=t("service.gone"))
    items = write_items([VisitItem(service_id)])
    return await go_on(ctx, replace(data, items=items, any_staff=False, location=None, seats=1))


async def _named_service(ctx: Context, data: BookData, event: Event) -> Transition | None:
    """A service's title typed instead of pressed."""
    if not isinstance(event, Typed):
        return None
    service = service_named(await ctx.catalogue(), event.text)
    return await _with_service(ctx, data, service.id) if service else None


def service_named(catalogue: Catalogue, text: str) -> Service | None:
    """The service whose title this is, or the only one whose title begins so."""
    words = plain_words(text)
    if len(words) < 3:
        return None
    titles = [(plain_words(service.title), service) for service in catalogue.bookable_services()]
    exact = [service for title, service in titles if title == words]
    begun = [service for title, service in titles if title.startswith(words)]
    return exact[0] if exact else begun[0] if len(begun) == 1 else None


# --- place


async def _place_view(ctx: Context, data: BookData) -> Screen:
    catalogue = await ctx.catalogue()
    places = places_of(catalogue, data)
    listed = tuple(dotted(bold(raw(place.name)), raw(place.address)) for place in places)
    return Screen(
        lines=(*heading(catalogue, data), BLANK, line(t("place.question")), *listed),
        choices=Choices(
            tuple(act(raw(place.address or place.name), _CHOOSE, str(place.id)) for place in places)
        ),
        rows=((back_button(),),),
    )


async def _on_place(ctx: Context, data: BookData, event: Event) -> Transition:
    if (args := pressed(event, _CHOOSE)) is not None:
        return await go_on(ctx, replace(data, location=str(args[0])))
    return await otherwise(ctx, data, event)


# --- master


async def _master_view(ctx: Context, data: BookData) -> Screen:
    catalogue = await ctx.catalogue()
    masters = masters_for(catalogue, data)
    first = await _first_starts(ctx, catalogue, data)
    soonest = min(first.values(), default=None)
    any_label: Words = t("master.any_word")
    zone = zone_of(catalogue, query_of(data).location_id)
    if soonest is not None:
        any_label = t("master.any", when=when_short(from_minutes(soonest), ctx.now, zone))
    buttons = [act(any_label, _ANY)]
    for member in masters:
        start = first.get(member.id)
        label: Words = raw(member.name, 36)
        if start is not None:
            label = t(
                "master.button",
                name=on_button(member.name, 20),
                when=when_short(from_minutes(start), ctx.now, zone),
            )
        buttons.append(act(label, _CHOOSE, str(member.id)))
    return Screen(
        lines=(
            *heading(catalogue, data),
            *_own_prices(catalogue, data, masters),
            BLANK,
            line(t("master.question")),
        ),
        choices=Choices(tuple(buttons)),
        rows=((back_button(),),),
    )


def _own_prices(catalogue: Catalogue, data: BookData, masters: Sequence[StaffMember]) -> tuple[Line, ...]:
    """Who takes how much, when they differ."""
    service = catalogue.services[read_items(data.items)[0].service_id]
    prices = {catalogue.price(service.id, member.id) for member in masters}
    if len(prices) == 1 or len(masters) > MANY_SERVICES:
        return ()
    return (
        BLANK,
        *(
            line(
                t(
                    "master.line",
                    name=raw(member.name),
                    minutes=minutes(catalogue.duration(service.id, member.id)),
                    price=service_price(catalogue, service, member.id),
                )
            )
            for member in masters
        ),
    )


async def _first_starts(ctx: Context, catalogue: Catalogue, data: BookData) -> dict[UUID, int]:
    """The nearest free start of each master within two weeks: one question for all of them."""
    today = ctx.now.astimezone(catalogue.business.zone).date()
    days = await ctx.app.availability.days(
        catalogue.business.id,
        query_of(data),
        today,
        today + timedelta(days=_LOOK_DAYS - 1),
        owner=ctx.owner,
    )
    first: dict[UUID, int] = {}
    for day in days:
        for start in day.starts:
            for staff_id in start.staff_ids:
                first.setdefault(staff_id, start.start)
    return first


async def _on_master(ctx: Context, data: BookData, event: Event) -> Transition:
    catalogue = await ctx.catalogue()
    if pressed(event, _ANY) is not None:
        return await go_on(ctx, with_master(catalogue, data, None))
    if (args := pressed(event, _CHOOSE)) is not None:
        if all(str(member.id) != args[0] for member in masters_for(catalogue, data)):
            return Go(data, note=t("master.gone"))
        return await go_on(ctx, with_master(catalogue, data, str(args[0])))
    if isinstance(event, Typed):
        words = plain_words(event.text)
        named = [m for m in masters_for(catalogue, data) if words and plain_words(m.name).startswith(words)]
        if len(named) == 1:
            return await go_on(ctx, with_master(catalogue, data, str(named[0].id)))
    return await otherwise(ctx, data, event)


# --- add-ons, further services, seats


async def _extras_view(ctx: Context, data: BookData) -> Screen:
    catalogue = await ctx.catalogue()
    items = read_items(data.items)
    buttons: list[Act] = []
    for number, item in enumerate(items):
        if number:
            title = on_button(catalogue.services[item.service_id].title)
            buttons.append(act(t("extras.drop", title=title), _DROP, number))
        buttons += [
            _addon_button(catalogue, number, addon, chosen=addon in item.addon_ids)
            for addon in catalogue.services[item.service_id].addon_ids
            if addon in catalogue.addons
        ]
    capacity = catalogue.services[items[0].service_id].capacity
    if len(items) == 1 and capacity > 1:
        for seats in range(1, min(capacity, _MOST_SEATS) + 1):
            label: Words = n("extras.seats", seats)
            buttons.append(
                act(t("extras.chosen", what=label) if seats == data.seats else label, _SEATS, seats)
            )
    more = (act(t("extras.add"), _ADD),) if further_services(catalogue, data) else ()
    return Screen(
        lines=(*heading(catalogue, data), BLANK, line(t("extras.question"))),
        choices=Choices(tuple(buttons)) if buttons else None,
        rows=((*more, act(t("button.ready"), _READY)), (back_button(),)),
    )


def _addon_button(catalogue: Catalogue, number: int, addon_id: UUID, *, chosen: bool) -> Act:
    addon = catalogue.addons[addon_id]
    label: Words = t(
        "extras.addon",
        title=on_button(addon.title),
        price=Money(addon.price, catalogue.business.currency),
    )
    return act(t("extras.chosen", what=label) if chosen else label, _TOGGLE, number, str(addon_id))


async def _on_extras(ctx: Context, data: BookData, event: Event) -> Transition:
    items = list(read_items(data.items))
    if (args := pressed(event, _TOGGLE)) is not None and isinstance(args[0], int):
        item, addon = items[args[0]], UUID(str(args[1]))
        addons = (
            tuple(other for other in item.addon_ids if other != addon)
            if addon in item.addon_ids
            else (*item.addon_ids, addon)
        )
        items[args[0]] = VisitItem(item.service_id, item.staff_id, addons)
        return Go(replace(data, items=write_items(items), staff=()))
    if (args := pressed(event, _DROP)) is not None and isinstance(args[0], int):
        del items[args[0]]
        return Go(replace(data, items=write_items(items), staff=()))
    if (args := pressed(event, _SEATS)) is not None and isinstance(args[0], int):
        return Go(replace(data, seats=args[0]))
    if pressed(event, _ADD) is not None:
        return Go(data, SECOND)
    if pressed(event, _READY) is not None:
        if data.start is not None:
            return await go_choose(ctx, data, data.start, push=False)
        return await go_on(ctx, data, push=False)
    return await otherwise(ctx, data, event)


async def _second_view(ctx: Context, data: BookData) -> Screen:
    catalogue = await ctx.catalogue()
    services = further_services(catalogue, data)
    return Screen(
        lines=(*heading(catalogue, data), BLANK, line(t("second.question"))),
        choices=Choices(tuple(_priced_button(catalogue, service) for service in services)),
        rows=((back_button(),),),
    )


async def _on_second(ctx: Context, data: BookData, event: Event) -> Transition:
    if (args := pressed(event, _CHOOSE)) is not None:
        catalogue = await ctx.catalogue()
        service_id = UUID(str(args[0]))
        items = read_items(data.items)
        masters = {member.id for member in catalogue.staff_of(service_id)}
        staff_id = items[0].staff_id if items[0].staff_id in masters else None
        items = (*items, VisitItem(service_id, staff_id))
        return Go(replace(data, items=write_items(items), staff=(), seats=1), EXTRAS, push=False)
    return await otherwise(ctx, data, event)


STEPS: Final = {
    NOTHING: Step(_nothing_view, otherwise),
    CATEGORY: Step(_category_view, _on_category),
    SERVICE: Step(_service_view, _on_service),
    PLACE: Step(_place_view, _on_place),
    MASTER: Step(_master_view, _on_master),
    EXTRAS: Step(_extras_view, _on_extras),
    SECOND: Step(_second_view, _on_second),
}
