"""Moving a booking: it stays the same one, at another time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from bots.dialogs.access import as_client
from bots.dialogs.context import Context
from bots.dialogs.event import Event
from bots.dialogs.flow import Flow, Step
from bots.dialogs.flows.common import back_button, general, pressed
from bots.dialogs.flows.draft import Picking
from bots.dialogs.flows.picking import (
    CALENDAR,
    DAY,
    TIMES,
    Ask,
    Chosen,
    calendar_screen,
    day_screen,
    near_screen,
    on_picking,
    times_screen,
)
from bots.dialogs.screen import BLANK, Screen, Tone, act, bold, line, t
from bots.dialogs.transition import Go, Leave, Start, Transition
from bots.dialogs.words import booking_masters, booking_title, dotted, when
from core.domain.booking import OPEN, Booking, check_client_reschedule
from core.domain.errors import SlotConflict, SlotNotOffered, TransitionRefused
from core.domain.visit import from_minutes, to_minutes

FLOW: Final = "move"
CONFIRM: Final = "confirm"
GONE: Final = "gone"
MISSED: Final = "missed"

_MOVE: Final = "move"


@dataclass(frozen=True, slots=True)
class MoveData(Picking):
    """The booking, and the start that was chosen (epoch minutes)."""

    booking: str = ""
    start: int = 0


async def start_move(ctx: Context, booking: Booking) -> Start:
    """Begin, if the client may still move it. Raises PolicyRefused, TransitionRefused."""
    if booking.status not in OPEN or booking.start <= ctx.now:
        raise TransitionRefused(status=booking.status.value, event="reschedule")
    check_client_reschedule(booking, (await ctx.catalogue()).business.rules, ctx.now)
    return Start(FLOW, DAY, MoveData(booking=str(booking.id)), keep_trail=True)


async def _ask(ctx: Context, data: MoveData) -> Ask:
    _, booking = await as_client(ctx, UUID(data.booking))
    heading = (
        dotted(bold(t("move.title")), booking_title(booking), booking_masters(booking)),
        line(t("move.now", when=when(booking.start, ctx.now, booking.zone))),
        BLANK,
    )
    return Ask(
        await ctx.catalogue(),
        ctx.app.bookings.query_of(booking),
        heading,
        ctx.owner,
        present=to_minutes(booking.start),
    )


async def _day_view(ctx: Context, data: MoveData) -> Screen:
    return await day_screen(ctx, await _ask(ctx, data))


async def _calendar_view(ctx: Context, data: MoveData) -> Screen:
    return await calendar_screen(ctx, await _ask(ctx, data), data.month)


async def _times_view(ctx: Context, data: MoveData) -> Screen:
    return await times_screen(ctx, await _ask(ctx, data), data)


async def _gone_view(ctx: Context, data: MoveData) -> Screen:
    return await near_screen(ctx, await _ask(ctx, data), from_minutes(data.start), t("gone.taken"))


async def _missed_view(ctx: Context, data: MoveData) -> Screen:
    return await near_screen(ctx, await _ask(ctx, data), from_minutes(data.start), t("gone.not_offered"))


async def _on(ctx: Context, data: MoveData, event: Event) -> Transition:
    ask = await _ask(ctx, data)
    match await on_picking(ctx, ask, data, event):
        case Chosen(start):
            return await _choose(ctx, ask, replace(data, start=start))
        case None:
            return general(event, stop="home")
        case transition:
            return transition


async def _choose(ctx: Context, ask: Ask, data: MoveData) -> Go:
    try:
        await ctx.app.holding.hold(ask.business_id, ask.query, from_minutes(data.start), ctx.owner)
    except SlotConflict:
        return Go(data, GONE)
    except SlotNotOffered:
        return Go(data, MISSED)
    return Go(data, CONFIRM)


async def _confirm_view(ctx: Context, data: MoveData) -> Screen:
    _, booking = await as_client(ctx, UUID(data.booking))
    return Screen(
        lines=(
            line(bold(t("move.question"))),
            dotted(booking_title(booking), booking_masters(booking)),
            BLANK,
            line(t("move.from", when=when(booking.start, ctx.now, booking.zone))),
            line(t("move.to", when=when(from_minutes(data.start), ctx.now, booking.zone))),
        ),
        rows=((act(t("button.move"), _MOVE, tone=Tone.MAIN),), (back_button(),)),
    )


async def _on_confirm(ctx: Context, data: MoveData, event: Event) -> Transition:
    if pressed(event, _MOVE) is None:
        return general(event, stop="home")
    actor, booking = await as_client(ctx, UUID(data.booking))
    try:
        outcome = await ctx.app.bookings.reschedule(
            actor,
            booking.id,
            from_minutes(data.start),
            hold_owner=ctx.owner,
            shown_in=ctx.shown,
        )
    except SlotConflict:
        return Go(data, GONE, push=False)
    except SlotNotOffered:
        return Go(data, MISSED, push=False)
    if outcome.already is not None:
        return Go(data, DAY, push=False, note=t("move.same"))
    return Leave(toast=t("move.toast"))


move = Flow(
    name=FLOW,
    first=DAY,
    data=MoveData,
    steps={
        DAY: Step(_day_view, _on),
        CALENDAR: Step(_calendar_view, _on),
        TIMES: Step(_times_view, _on),
        GONE: Step(_gone_view, _on),
        MISSED: Step(_missed_view, _on),
        CONFIRM: Step(_confirm_view, _on_confirm),
    },
)
