"""Booking: add-ons, further services, seats."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from bots.dialogs.context import Context
from bots.dialogs.event import Event
from bots.dialogs.flow import Step
from bots.dialogs.flows.book_path import (
    EXTRAS,
    SECOND,
    go_choose,
    go_on,
    heading,
    otherwise,
)
from bots.dialogs.flows.book_what import priced_button
from bots.dialogs.flows.common import back_button, pressed
from bots.dialogs.flows.draft import (
    BookData,
    changed,
    further_services,
    read_items,
    write_items,
)
from bots.dialogs.screen import BLANK, Act, Choices, Screen, Words, act, line, n, t
from bots.dialogs.transition import Go, Transition
from bots.dialogs.words import (
    on_button,
)
from core.domain.catalog import Catalogue
from core.domain.money import Money
from core.domain.visit import VisitItem

_CHOOSE: Final = "choose"
_TOGGLE: Final = "toggle"
_ADD: Final = "add"
_DROP: Final = "drop"
_SEATS: Final = "seats"
_READY: Final = "ready"

_MOST_SEATS: Final = 4


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
        return Go(changed(data, items=write_items(items)))
    if (args := pressed(event, _DROP)) is not None and isinstance(args[0], int):
        del items[args[0]]
        return Go(changed(data, items=write_items(items)))
    if (args := pressed(event, _SEATS)) is not None and isinstance(args[0], int):
        return Go(changed(data, seats=args[0]))
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
        choices=Choices(tuple(priced_button(catalogue, service) for service in services)),
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
        return Go(changed(data, items=write_items(items), seats=1), EXTRAS, push=False)
    return await otherwise(ctx, data, event)


STEPS: Final = {
    EXTRAS: Step(_extras_view, _on_extras),
    SECOND: Step(_second_view, _on_second),
}
