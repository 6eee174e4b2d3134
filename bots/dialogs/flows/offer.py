"""The master offers other times: up to three free starts, sent to the client with a button each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from bots.dialogs.access import as_member
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
    on_picking,
    times_screen,
)
from bots.dialogs.screen import BLANK, Act, Choices, Screen, Tone, act, bold, line, n, t
from bots.dialogs.transition import Go, Start, Transition
from bots.dialogs.words import booking_title, dotted, raw, when, when_short
from core.domain.actor import Actor
from core.domain.booking import OPEN, Booking
from core.domain.errors import SlotConflict, SlotNotOffered, TransitionRefused
from core.domain.visit import from_minutes, to_minutes

FLOW: Final = "offer"
OFFER: Final = "offer"
MOST: Final = 3

_SEND: Final = "send"
_DROP: Final = "drop"
_MORE: Final = "more"


@dataclass(frozen=True, slots=True)
class OfferData(Picking):
    """The booking, and the starts chosen so far (epoch minutes)."""

    booking: str = ""
    starts: Sequence[int] = ()


async def start_offer(ctx: Context, actor: Actor, booking: Booking) -> Start:
    """Begin choosing. Raises TransitionRefused when nothing can be moved any more."""
    if booking.status not in OPEN or booking.start <= ctx.now:
        raise TransitionRefused(status=booking.status.value, event="offer_times")
    return Start(FLOW, DAY, OfferData(booking=str(booking.id)), keep_trail=True)


async def _ask(ctx: Context, data: OfferData) -> Ask:
    actor, booking = await as_member(ctx, UUID(data.booking))
    client = await ctx.app.clients.get(actor, booking.client_id)
    heading = (
        dotted(bold(t("offer.title")), raw(client.name), booking_title(booking)),
        line(t("move.now", when=when(booking.start, ctx.now, booking.zone))),
        BLANK,
    )
    return Ask(
        await ctx.catalogue(),
        ctx.app.bookings.query_of(booking),
        heading,
        ctx.owner,
        present=to_minutes(booking.start),
        question=t("offer.empty"),
    )


async def _day_view(ctx: Context, data: OfferData) -> Screen:
    return await day_screen(ctx, await _ask(ctx, data))


async def _calendar_view(ctx: Context, data: OfferData) -> Screen:
    return await calendar_screen(ctx, await _ask(ctx, data), data.month)


async def _times_view(ctx: Context, data: OfferData) -> Screen:
    return await times_screen(ctx, await _ask(ctx, data), data)


async def _on_times(ctx: Context, data: OfferData, event: Event) -> Transition:
    match await on_picking(ctx, await _ask(ctx, data), data, event):
        case Chosen(start):
            starts = sorted({*data.starts, start})[:MOST]
            return Go(replace(data, starts=starts), OFFER, push=False)
        case None:
            return general(event, carry=("starts",), stop="desk")
        case transition:
            return transition


async def _offer_view(ctx: Context, data: OfferData) -> Screen:
    ask = await _ask(ctx, data)
    chosen: list[Act] = [
        act(t("offer.drop", when=when_short(from_minutes(start), ctx.now, ask.zone)), _DROP, start)
        for start in data.starts
    ]
    more = (act(t("offer.more"), _MORE),) if len(data.starts) < MOST else ()
    send = (act(n("offer.send", len(data.starts)), _SEND, tone=Tone.MAIN),) if data.starts else ()
    question = n("offer.ready", len(data.starts)) if data.starts else t("offer.empty")
    rows = tuple(row for row in (send, more, (back_button(),)) if row)
    return Screen(
        lines=(*ask.heading, line(question)),
        choices=Choices(tuple(chosen)) if chosen else None,
        rows=rows,
    )


async def _on_offer(ctx: Context, data: OfferData, event: Event) -> Transition:
    if (args := pressed(event, _DROP)) is not None:
        return Go(replace(data, starts=[start for start in data.starts if start != args[0]]))
    if pressed(event, _MORE) is not None:
        return Go(replace(data, day="", month="", part=""), DAY, push=False)
    if pressed(event, _SEND) is None:
        return general(event, stop="desk")
    actor, booking = await as_member(ctx, UUID(data.booking))
    starts = [from_minutes(start) for start in data.starts]
    try:
        await ctx.app.bookings.offer_times(actor, booking.id, starts)
    except (SlotConflict, SlotNotOffered):
        return Go(replace(data, starts=()), DAY, push=False, note=t("offer.gone"))
    return Start("desk", note=n("offer.sent", len(starts)))


offer = Flow(
    name=FLOW,
    first=DAY,
    data=OfferData,
    steps={
        DAY: Step(_day_view, _on_times),
        CALENDAR: Step(_calendar_view, _on_times),
        TIMES: Step(_times_view, _on_times),
        OFFER: Step(_offer_view, _on_offer),
    },
)
