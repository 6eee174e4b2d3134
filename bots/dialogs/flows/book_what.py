"""Booking: what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from bots.dialogs.context import Context
from bots.dialogs.event import Event, Typed
from bots.dialogs.flow import Step
from bots.dialogs.flows.book_path import (
    CATEGORY,
    MANY_SERVICES,
    NOTHING,
    SERVICE,
    categories,
    go_on,
    otherwise,
)
from bots.dialogs.flows.common import back_button, home_button, plain_words, pressed
from bots.dialogs.flows.draft import (
    BookData,
    changed,
    write_items,
)
from bots.dialogs.screen import BLANK, Act, Card, Choices, Line, Screen, act, bold, line, n, t
from bots.dialogs.transition import Go, Transition
from bots.dialogs.words import (
    minutes,
    on_button,
    phone_words,
    raw,
    service_price,
)
from core.domain.catalog import Catalogue, Service
from core.domain.visit import VisitItem

_CHOOSE: Final = "choose"

_WIDE_TITLE: Final = 20


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
                tuple(priced_button(catalogue, service) for service in services),
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


def priced_button(catalogue: Catalogue, service: Service, name: str = _CHOOSE) -> Act:
    """A service with its price, to be chosen."""
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
    return await go_on(ctx, changed(data, items=items, any_staff=False, location=None, seats=1))


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


STEPS: Final = {
    NOTHING: Step(_nothing_view, otherwise),
    CATEGORY: Step(_category_view, _on_category),
    SERVICE: Step(_service_view, _on_service),
}
