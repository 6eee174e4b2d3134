"""Booking: when."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bots.dialogs.context import Context
from bots.dialogs.event import Event
from bots.dialogs.flow import Step
from bots.dialogs.flows.book_path import (
    EXTRAS,
    GONE,
    MASTER,
    MISSED,
    ask_of,
    go_choose,
    go_on,
    otherwise,
    with_master,
)
from bots.dialogs.flows.common import pressed
from bots.dialogs.flows.draft import BookData, further_services, has_choice_of_master, read_items, start_of
from bots.dialogs.flows.picking import (
    CALENDAR,
    DAY,
    TIMES,
    Chosen,
    calendar_screen,
    day_screen,
    near_screen,
    on_picking,
    times_screen,
)
from bots.dialogs.screen import Button, Row, Screen, act, t
from bots.dialogs.transition import Go, Transition
from core.domain.catalog import Catalogue

_EXTRAS: Final = "extras"
_ANOTHER_MASTER: Final = "another_master"


async def _day_view(ctx: Context, data: BookData) -> Screen:
    catalogue = await ctx.catalogue()
    buttons: list[Button] = []
    if _has_extras(catalogue, data):
        buttons.append(act(t("button.extras"), _EXTRAS))
    screen = await day_screen(ctx, await ask_of(ctx, data), tuple(buttons))
    if screen.choices is None or screen.choices.items or not has_choice_of_master(catalogue, data):
        return screen
    return replace(screen, rows=(_other_master_row(), *screen.rows))


def _has_extras(catalogue: Catalogue, data: BookData) -> bool:
    services = [catalogue.services[item.service_id] for item in read_items(data.items)]
    return (
        any(service.addon_ids for service in services)
        or services[0].capacity > 1
        or bool(further_services(catalogue, data))
    )


def _other_master_row() -> Row:
    return (act(t("button.other_master"), _ANOTHER_MASTER),)


async def _calendar_view(ctx: Context, data: BookData) -> Screen:
    return await calendar_screen(ctx, await ask_of(ctx, data), data.month)


async def _times_view(ctx: Context, data: BookData) -> Screen:
    return await times_screen(ctx, await ask_of(ctx, data), data)


async def _gone_view(ctx: Context, data: BookData) -> Screen:
    return await near_screen(
        ctx, await ask_of(ctx, data), start_of(data), t("gone.taken"), await _ways_out(ctx, data)
    )


async def _missed_view(ctx: Context, data: BookData) -> Screen:
    return await near_screen(
        ctx, await ask_of(ctx, data), start_of(data), t("gone.not_offered"), await _ways_out(ctx, data)
    )


async def _ways_out(ctx: Context, data: BookData) -> tuple[Row, ...]:
    catalogue = await ctx.catalogue()
    named = read_items(data.items)[0].staff_id is not None
    return (_other_master_row(),) if named and has_choice_of_master(catalogue, data) else ()


async def _on(ctx: Context, data: BookData, event: Event) -> Transition:
    if pressed(event, _EXTRAS) is not None:
        return Go(data, EXTRAS)
    if pressed(event, _ANOTHER_MASTER) is not None:
        free = with_master(await ctx.catalogue(), replace(data, start=None), None)
        return Go(replace(free, any_staff=False), MASTER)
    match await on_picking(ctx, await ask_of(ctx, data), data, event):
        case Chosen(start):
            return await go_choose(ctx, data, start)
        case None:
            return await otherwise(ctx, data, event)
        case transition:
            return transition


async def _on_lost(ctx: Context, data: BookData, event: Event) -> Transition:
    """The chosen start is no start any more: what follows begins without it, while this screen still tells
    of it.
    """
    transition = await _on(ctx, replace(data, start=None), event)
    if isinstance(transition, Go) and transition.step is None:
        return replace(transition, data=replace(transition.data, start=data.start))
    return transition


async def another_time(ctx: Context, data: BookData) -> Go:
    """Choose the time again."""
    return await go_on(ctx, replace(data, start=None, month="", day="", part=""), push=False)


STEPS: Final = {
    DAY: Step(_day_view, _on),
    CALENDAR: Step(_calendar_view, _on),
    TIMES: Step(_times_view, _on),
    GONE: Step(_gone_view, _on_lost),
    MISSED: Step(_missed_view, _on_lost),
}
