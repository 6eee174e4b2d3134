"""Moving a booking: it stays the same one, at another time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
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
from bots.dialogs.screen import BLANK, Choices, Screen, Tone, Words, act, bold, line, t
from bots.dialogs.transition import Go, Leave, Start, Transition
from bots.dialogs.words import booking_masters, booking_title, dotted, raw, when
from core.domain.booking import OPEN, Booking
from core.domain.catalog import Catalogue, StaffMember
from core.domain.errors import SlotConflict, SlotNotOffered, TransitionRefused
from core.domain.visit import from_minutes, to_minutes
from core.domain.visit_rules import rules_of_booking

FLOW: Final = "move"
CONFIRM: Final = "confirm"
GONE: Final = "gone"
MISSED: Final = "missed"

MASTER: Final = "master"

_MOVE: Final = "move"
_MASTER: Final = "master"
_OTHER_MASTER: Final = "other_master"


@dataclass(frozen=True, slots=True)
class MoveData(Picking):
    """The booking, the start that was chosen (epoch minutes), and another master, if one is wanted."""

    booking: str = ""
    start: int = 0
    staff: str = ""


async def start_move(ctx: Context, booking: Booking) -> Start:
    """Begin, if the client may still move it. Raises PolicyRefused, TransitionRefused."""
    if booking.status not in OPEN or booking.start <= ctx.now:
        raise TransitionRefused(status=booking.status.value, event="reschedule")
    await ctx.app.bookings.check_move(booking)
    return Start(FLOW, DAY, MoveData(booking=str(booking.id)), keep_trail=True)


def start_near(booking: Booking, start: datetime) -> Start:
    """Begin with the free times nearest to one that was lost."""
    return Start(FLOW, GONE, MoveData(booking=str(booking.id), start=to_minutes(start)), keep_trail=True)


async def _ask(ctx: Context, data: MoveData) -> Ask:
    _, booking = await as_client(ctx, UUID(data.booking))
    catalogue = await ctx.catalogue()
    heading = (
        dotted(bold(t("move.title")), booking_title(booking), _masters(catalogue, booking, data)),
        line(t("move.now", when=when(booking.start, ctx.now, booking.zone))),
        BLANK,
    )
    return Ask(
        catalogue,
        ctx.app.bookings.query_of(booking, staff_id=_staff(data)),
        heading,
        ctx.owner,
        present=None if data.staff else to_minutes(booking.start),
    )


def _staff(data: MoveData) -> UUID | None:
    return UUID(data.staff) if data.staff else None


def _masters(catalogue: Catalogue, booking: Booking, data: MoveData) -> Words:
    """Who will do it."""
    staff_id = _staff(data)
    return booking_masters(booking) if staff_id is None else raw(catalogue.staff[staff_id].name)


def _others(catalogue: Catalogue, booking: Booking, data: MoveData) -> list[StaffMember]:
    """Who else does all of it, at its place. Who does it together with somebody is nobody else."""
    now = {_staff(data)} if data.staff else booking.staff_ids
    together = any(segment.assistant_ids for segment in booking.segments)
    services = [segment.service_id for segment in booking.segments]
    able = [{member.id for member in catalogue.staff_of(service_id)} for service_id in services]
    return [
        member
        for member in catalogue.staff_of(services[0])
        if all(member.id in each for each in able)
        and booking.location_id in member.location_ids
        and (member.id not in now if together else {member.id} != now)
    ]


async def _day_view(ctx: Context, data: MoveData) -> Screen:
    _, booking = await as_client(ctx, UUID(data.booking))
    others = _others(await ctx.catalogue(), booking, data)
    beside = (act(t("button.other_master"), _OTHER_MASTER),) if others else ()
    return await day_screen(ctx, await _ask(ctx, data), beside)


async def _master_view(ctx: Context, data: MoveData) -> Screen:
    _, booking = await as_client(ctx, UUID(data.booking))
    others = _others(await ctx.catalogue(), booking, data)
    return Screen(
        lines=(*(await _ask(ctx, data)).heading, line(t("master.question"))),
        choices=Choices(tuple(act(raw(member.name, 36), _MASTER, str(member.id)) for member in others)),
        rows=((back_button(),),),
    )


async def _on_master(ctx: Context, data: MoveData, event: Event) -> Transition:
    if (args := pressed(event, _MASTER)) is None:
        return general(event, stop="home")
    _, booking = await as_client(ctx, UUID(data.booking))
    if all(str(member.id) != args[0] for member in _others(await ctx.catalogue(), booking, data)):
        return Go(data, note=t("master.gone"))
    return Go(replace(data, staff=str(args[0])), DAY, push=False)


async def _calendar_view(ctx: Context, data: MoveData) -> Screen:
    return await calendar_screen(ctx, await _ask(ctx, data), data.month)


async def _times_view(ctx: Context, data: MoveData) -> Screen:
    return await times_screen(ctx, await _ask(ctx, data), data)


async def _gone_view(ctx: Context, data: MoveData) -> Screen:
    return await near_screen(ctx, await _ask(ctx, data), from_minutes(data.start), t("gone.taken"))


async def _missed_view(ctx: Context, data: MoveData) -> Screen:
    return await near_screen(ctx, await _ask(ctx, data), from_minutes(data.start), t("gone.not_offered"))


async def _on(ctx: Context, data: MoveData, event: Event) -> Transition:
    if pressed(event, _OTHER_MASTER) is not None:
        return Go(data, MASTER)
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
    catalogue = await ctx.catalogue()
    asks = not rules_of_booking(catalogue, booking).auto_confirm
    return Screen(
        lines=(
            line(bold(t("move.question"))),
            dotted(booking_title(booking), _masters(catalogue, booking, data)),
            BLANK,
            line(t("move.from", when=when(booking.start, ctx.now, booking.zone))),
            line(t("move.to", when=when(from_minutes(data.start), ctx.now, booking.zone))),
            *((BLANK, line(t("move.asks"))) if asks else ()),
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
            _staff(data),
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
        MASTER: Step(_master_view, _on_master),
        CALENDAR: Step(_calendar_view, _on),
        TIMES: Step(_times_view, _on),
        GONE: Step(_gone_view, _on),
        MISSED: Step(_missed_view, _on),
        CONFIRM: Step(_confirm_view, _on_confirm),
    },
)
