"""«Мои записи»: coming and past visits; see, move, cancel (one or the rest of a series), repeat, calendar
file, route.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from bots.dialogs.access import as_client
from bots.dialogs.context import Context
from bots.dialogs.event import Event
from bots.dialogs.failures import failure_words
from bots.dialogs.flow import Flow, Step
from bots.dialogs.flows.again import start_again
from bots.dialogs.flows.book_path import start_booking
from bots.dialogs.flows.common import back_button, general, home_button, pressed
from bots.dialogs.flows.keepsakes import calendar_message, route_message
from bots.dialogs.flows.move import start_move
from bots.dialogs.flows.series import start_series
from bots.dialogs.screen import BLANK, Act, Button, Choices, Line, Screen, Tone, act, bold, line, n, quote, t
from bots.dialogs.transition import Answer, Go, Start, Transition
from bots.dialogs.words import (
    booking_lines,
    booking_title,
    on_button,
    phone_words,
    raw,
    status_words,
    when_short,
)
from core.domain.actor import Actor
from core.domain.booking import OPEN, Booking
from core.domain.errors import PolicyRefused
from core.services.clients import repeat_query

FLOW: Final = "mine"

LIST: Final = "list"
PAST: Final = "past"
ONE: Final = "one"
CANCEL: Final = "cancel"
CANCELLED: Final = "cancelled"

_OPEN: Final = "open"
_BOOK: Final = "book"
_MOVE: Final = "move"
_REPEAT: Final = "repeat"
_SERIES: Final = "series"
_REST: Final = "rest"
_CALENDAR: Final = "calendar"
_ROUTE: Final = "route"
_YES: Final = "yes"
_LIST: Final = "to_list"
_LINKING: Final = "linking"
_MOST: Final = 50


@dataclass(frozen=True, slots=True)
class MineData:
    """The booking that is looked at."""

    booking: str = ""


# --- lists


async def _list_view(ctx: Context, _: MineData) -> Screen:
    bookings = await ctx.app.bookings.coming(await ctx.actor(), limit=_MOST)
    elsewhere = await _elsewhere(ctx)
    question = t("mine.coming") if bookings else t("mine.nothing")
    return Screen(
        lines=(line(question),),
        choices=Choices(tuple(_entry(ctx, booking) for booking in bookings)),
        rows=(
            (act(t("button.book"), _BOOK, tone=Tone.MAIN), act(t("mine.to_past"), PAST)),
            *(((elsewhere,),) if elsewhere is not None else ()),
            (back_button(), home_button()),
        ),
    )


async def _elsewhere(ctx: Context) -> Act | None:
    """The way to the client's other messenger, or to which of them is written to."""
    client = await ctx.client()
    if client is None:
        return None
    known, other = await ctx.app.clients.channels_of(client.id), None
    for way in ctx.app.links((await ctx.catalogue()).business, ""):
        other = other or (way.channel if way.channel not in known else None)
    if other is not None:
        return act(t("linking.link", channel=t(f"channel.{other.value}")), _LINKING)
    return act(t("linking.where"), _LINKING) if len(known) > 1 else None


async def _past_view(ctx: Context, _: MineData) -> Screen:
    bookings = await ctx.app.bookings.past(await ctx.actor(), limit=_MOST)
    question = t("mine.past") if bookings else t("mine.no_past")
    return Screen(
        lines=(line(question),),
        choices=Choices(tuple(_entry(ctx, booking) for booking in bookings)),
        rows=((back_button(),),),
    )


def _entry(ctx: Context, booking: Booking) -> Act:
    label = t(
        "mine.entry",
        when=when_short(booking.start, ctx.now, booking.zone),
        title=on_button(booking_title(booking).text, 20),
    )
    return act(label, _OPEN, str(booking.id))


async def _on_list(ctx: Context, data: MineData, event: Event) -> Transition:
    if (args := pressed(event, _OPEN)) is not None:
        return Go(MineData(str(args[0])), ONE)
    if pressed(event, PAST) is not None:
        return Go(data, PAST)
    if pressed(event, _BOOK) is not None:
        return await start_booking(ctx)
    if pressed(event, _LINKING) is not None:
        return Start("linking", keep_trail=True)
    return general(event)


# --- one


async def _one_view(ctx: Context, data: MineData) -> Screen:
    _, booking = await as_client(ctx, UUID(data.booking))
    catalogue = await ctx.catalogue()
    comment: tuple[Line, ...] = (line(quote(raw(booking.comment, 500))),) if booking.comment else ()
    buttons: list[Button] = []
    if is_coming(booking, ctx):
        buttons += [act(t("button.move"), _MOVE), act(t("button.cancel"), CANCEL, tone=Tone.DANGER)]
        buttons += [act(t("button.calendar"), _CALENDAR), act(t("button.route"), _ROUTE)]
    if repeat_query(catalogue, booking) is not None:
        again = (
            act(t("series.button"), _SERIES) if is_coming(booking, ctx) else act(t("button.repeat"), _REPEAT)
        )
        buttons.append(again)
    return Screen(
        lines=(
            line(bold(t("mine.title", status=status_words(booking.status)))),
            BLANK,
            *booking_lines(booking, catalogue, ctx.now),
            *comment,
        ),
        choices=Choices(tuple(buttons), columns=2) if buttons else None,
        rows=((back_button(), home_button()),),
    )


def is_coming(booking: Booking, ctx: Context) -> bool:
    """Whether it still lies ahead and holds its time."""
    return booking.status in OPEN and booking.start > ctx.now


async def _on_one(ctx: Context, data: MineData, event: Event) -> Transition:
    if pressed(event, _MOVE, CANCEL, _CALENDAR, _ROUTE, _REPEAT, _SERIES) is None:
        return general(event)
    actor, booking = await as_client(ctx, UUID(data.booking))
    if pressed(event, _CALENDAR) is not None:
        return Answer(extra=(await calendar_message(ctx, actor, booking),))
    if pressed(event, _ROUTE) is not None:
        return Answer(extra=(await route_message(ctx, booking),))
    if pressed(event, _REPEAT) is not None:
        return await start_again(ctx, booking)
    if pressed(event, _SERIES) is not None:
        return await start_series(ctx, booking)
    if pressed(event, _MOVE) is not None:
        return await start_move(ctx, booking)
    return await _to_cancel(ctx, data, booking)


# --- cancel


async def _to_cancel(ctx: Context, data: MineData, booking: Booking) -> Go:
    catalogue = await ctx.catalogue()
    if not is_coming(booking, ctx):
        return Go(data, ONE, note=t(f"failure.transition.{booking.status.value}"))
    try:
        await ctx.app.bookings.check_cancel(booking)
    except PolicyRefused as error:
        phone = catalogue.business.phone
        words = t("cancel.too_late_call", phone=phone_words(phone)) if phone else failure_words(error)
        return Go(data, ONE, note=words)
    return Go(data, CANCEL)


async def _cancel_view(ctx: Context, data: MineData) -> Screen:
    actor, booking = await as_client(ctx, UUID(data.booking))
    rest = len(await _rest(ctx, actor, booking))
    more = (act(n("series.cancel_rest", rest), _REST, tone=Tone.DANGER),) if rest > 1 else ()
    return Screen(
        lines=(
            line(bold(t("cancel.question"))),
            BLANK,
            *booking_lines(booking, await ctx.catalogue(), ctx.now),
            BLANK,
            line(t("cancel.loses")),
        ),
        rows=tuple(
            row
            for row in (
                (act(t("cancel.keep"), _OPEN), act(t("cancel.yes"), _YES, tone=Tone.DANGER)),
                more,
            )
            if row
        ),
    )


async def _rest(ctx: Context, actor: Actor, booking: Booking) -> list[Booking]:
    """This visit and the later ones of its series that still hold their time."""
    return [
        each
        for each in await ctx.app.bookings.series(actor, booking.id)
        if each.status in OPEN and each.start >= booking.start
    ]


async def _on_cancel(ctx: Context, data: MineData, event: Event) -> Transition:
    if pressed(event, _OPEN) is not None:
        return Go(data, ONE, push=False)
    if pressed(event, _YES) is not None:
        actor, _ = await as_client(ctx, UUID(data.booking))
        await ctx.app.bookings.cancel(actor, UUID(data.booking))
        return Go(data, CANCELLED, push=False, toast=t("cancel.toast"))
    if pressed(event, _REST) is not None:
        actor, _ = await as_client(ctx, UUID(data.booking))
        outcome = await ctx.app.bookings.cancel_rest(actor, UUID(data.booking))
        count = len(outcome.changed)
        return Go(data, CANCELLED, push=False, toast=n("series.cancelled_toast", count))
    return general(event)


async def _cancelled_view(ctx: Context, data: MineData) -> Screen:
    _, booking = await as_client(ctx, UUID(data.booking))
    return Screen(
        lines=(
            line(bold(t("cancel.done"))),
            line(booking_title(booking)),
            line(when_short(booking.start, ctx.now, booking.zone)),
            BLANK,
            line(t("cancel.again")),
        ),
        rows=(
            (act(t("cancel.other_time"), _REPEAT, tone=Tone.MAIN),),
            (home_button(), act(t("button.mine"), _LIST)),
        ),
    )


async def _on_cancelled(ctx: Context, data: MineData, event: Event) -> Transition:
    if pressed(event, _REPEAT) is not None:
        _, booking = await as_client(ctx, UUID(data.booking))
        return await start_again(ctx, booking)
    if pressed(event, _LIST) is not None:
        return Start(FLOW)
    return general(event)


async def start_cancel(ctx: Context, booking: Booking) -> Start:
    """The way to cancelling from a lasting button: the question, or why it can't be done."""
    to = await _to_cancel(ctx, MineData(str(booking.id)), booking)
    return Start(FLOW, to.step, to.data, note=to.note)


async def start_cancel_series(ctx: Context, actor: Actor, booking: Booking) -> Start:
    """The same for a series: the question stands at its next visit."""
    coming = [each for each in await ctx.app.bookings.series(actor, booking.id) if is_coming(each, ctx)]
    return await start_cancel(ctx, coming[0] if coming else booking)


mine = Flow(
    name=FLOW,
    first=LIST,
    data=MineData,
    steps={
        LIST: Step(_list_view, _on_list),
        PAST: Step(_past_view, _on_list),
        ONE: Step(_one_view, _on_one),
        CANCEL: Step(_cancel_view, _on_cancel),
        CANCELLED: Step(_cancelled_view, _on_cancelled),
    },
)
