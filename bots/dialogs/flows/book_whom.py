"""Booking: where and with whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from bots.dialogs.context import Context
from bots.dialogs.event import Event, Typed
from bots.dialogs.flow import Step
from bots.dialogs.flows.book_path import (
    MANY_SERVICES,
    MASTER,
    PLACE,
    go_on,
    heading,
    otherwise,
    places_of,
    with_master,
)
from bots.dialogs.flows.common import back_button, plain_words, pressed
from bots.dialogs.flows.draft import (
    BookData,
    masters_for,
    query_of,
    read_items,
)
from bots.dialogs.screen import BLANK, Choices, Line, Screen, Words, act, bold, line, t
from bots.dialogs.transition import Go, Transition
from bots.dialogs.words import (
    dotted,
    minutes,
    on_button,
    raw,
    service_price,
    when_short,
    zone_of,
)
from core.domain.catalog import Catalogue, StaffMember
from core.domain.visit import from_minutes

_CHOOSE: Final = "choose"
_ANY: Final = "any"

_LOOK_DAYS: Final = 14


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


STEPS: Final = {
    PLACE: Step(_place_view, _on_place),
    MASTER: Step(_master_view, _on_master),
}
