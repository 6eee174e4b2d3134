"""«Повторять»: a coming visit becomes the first of a series; every visit is checked before any is booked.

The way: how often, how many, then the list. What can't be had as it falls is given another start or left out,
one by one; only then the series can be booked, all of it at once.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from bots.dialogs.access import as_client
from bots.dialogs.context import Context
from bots.dialogs.event import Event
from bots.dialogs.flow import Flow, Step
from bots.dialogs.flows.again import start_again
from bots.dialogs.flows.common import back_button, general, pressed
from bots.dialogs.flows.picking import Ask
from bots.dialogs.screen import BLANK, Act, Choices, Line, Screen, T, Tone, act, bold, line, n, t
from bots.dialogs.transition import Go, Leave, Start, Transition
from bots.dialogs.words import booking_masters, booking_title, dotted, when, when_short
from core.domain.booking import OPEN, Booking
from core.domain.errors import SeriesConflict, TransitionRefused
from core.domain.recurrence import Occurrence, SeriesPlan, occurrences
from core.domain.visit import from_minutes, to_minutes

FLOW: Final = "series"
OFTEN: Final = "often"
MANY: Final = "many"
REVIEW: Final = "review"
INSTEAD: Final = "instead"

PERIODS: Final = (1, 2, 3, 4)
MOST: Final = 12
"""Visits of a series by chat, the first one included."""

_ONCE: Final = "once"
_EVERY: Final = "every"
_TIMES: Final = "times"
_BOOK: Final = "book"
_FIX: Final = "fix"
_PICK: Final = "pick"
_SKIP: Final = "skip"


@dataclass(frozen=True, slots=True)
class SeriesData:
    """All JSON.

    ``booking``: the first visit. ``every``: weeks, ``times``: visits in all. ``replaced``: [number, start in
    epoch minutes] each, ``left_out``: numbers. ``number``: the visit that another start is looked for.
    ``form``: names this filling-in, so that submitting twice books once.
    """

    booking: str = ""
    every: int = 0
    times: int = 0
    replaced: Sequence[Any] = ()
    left_out: Sequence[int] = ()
    number: int = 0
    form: str = ""


async def start_series(ctx: Context, booking: Booking) -> Start:
    """Begin. Raises TransitionRefused for a visit that is over."""
    if booking.status not in OPEN or booking.start <= ctx.now:
        raise TransitionRefused(status=booking.status.value, event="repeat")
    data = SeriesData(str(booking.id), form=secrets.token_urlsafe(12))
    return Start(FLOW, OFTEN, data, keep_trail=True)


def _plan(data: SeriesData) -> SeriesPlan:
    return SeriesPlan(
        every_weeks=data.every,
        times=data.times,
        replaced={number: from_minutes(start) for number, start in data.replaced},
        left_out=frozenset(data.left_out),
    )


async def _most(ctx: Context, booking: Booking, every: int) -> int:
    """How many visits there can be, before one is beyond what may be offered."""
    ask = Ask(await ctx.catalogue(), ctx.app.bookings.query_of(booking), ())
    last = ask.last_day(ctx.now.astimezone(ask.zone).date())
    starts = occurrences(booking.start, booking.zone, every, MOST)
    return sum(start.astimezone(ask.zone).date() <= last for start in starts)


def _heading(ctx: Context, booking: Booking) -> tuple[Line, ...]:
    return (
        dotted(bold(t("series.title")), booking_title(booking), booking_masters(booking)),
        line(t("series.first", when=when(booking.start, ctx.now, booking.zone))),
        BLANK,
    )


# --- how often, how many


async def _often_view(ctx: Context, data: SeriesData) -> Screen:
    _, booking = await as_client(ctx, UUID(data.booking))
    fitting = [every for every in PERIODS if await _most(ctx, booking, every) > 1]
    buttons = [act(t("series.once"), _ONCE)]
    buttons += [act(_every_words(every), _EVERY, every) for every in fitting]
    question = t("series.question") if fitting else t("series.too_far")
    return Screen(
        lines=(*_heading(ctx, booking), line(question)),
        choices=Choices(tuple(buttons)),
        rows=((back_button(),),),
    )


def _every_words(every: int) -> T:
    return t("series.weekly") if every == 1 else n("series.every", every)


async def _on_often(ctx: Context, data: SeriesData, event: Event) -> Transition:
    if pressed(event, _ONCE) is not None:
        _, booking = await as_client(ctx, UUID(data.booking))
        return await start_again(ctx, booking)
    if (args := pressed(event, _EVERY)) is not None and isinstance(args[0], int):
        return Go(replace(data, every=args[0], replaced=(), left_out=()), MANY)
    return general(event, stop="mine")


async def _many_view(ctx: Context, data: SeriesData) -> Screen:
    _, booking = await as_client(ctx, UUID(data.booking))
    most = await _most(ctx, booking, data.every)
    buttons = tuple(act(n("series.count", count), _TIMES, count) for count in range(2, most + 1))
    return Screen(
        lines=(
            *_heading(ctx, booking),
            line(_every_words(data.every)),
            line(t("series.many") if buttons else t("series.too_far")),
        ),
        choices=Choices(buttons, columns=3) if buttons else None,
        rows=((back_button(),),),
    )


async def _on_many(_: Context, data: SeriesData, event: Event) -> Transition:
    if (args := pressed(event, _TIMES)) is not None and isinstance(args[0], int):
        return Go(replace(data, times=args[0], replaced=(), left_out=()), REVIEW)
    return general(event, stop="mine")


# --- the list


async def _review_view(ctx: Context, data: SeriesData) -> Screen:
    actor, booking = await as_client(ctx, UUID(data.booking))
    visits = await ctx.app.bookings.preview_repeat(actor, booking.id, _plan(data))
    open_ = [visit for visit in visits if visit.refusal is not None]
    new = sum(visit.taken for visit in visits)
    fixes = tuple(
        act(t("series.fix", when=when_short(visit.start, ctx.now, booking.zone)), _FIX, visit.number)
        for visit in open_
    )
    ready = (act(n("series.book", new), _BOOK, tone=Tone.MAIN),) if new and not open_ else ()
    question = n("series.unsolved", len(open_)) if open_ else t("series.ready") if new else t("series.none")
    return Screen(
        lines=(
            dotted(bold(t("series.review")), booking_title(booking), booking_masters(booking)),
            *(line(_visit_words(ctx, booking, visit)) for visit in visits),
            BLANK,
            line(question),
        ),
        choices=Choices(fixes) if fixes else None,
        rows=tuple(row for row in (ready, (back_button(),)) if row),
    )


def _visit_words(ctx: Context, booking: Booking, visit: Occurrence) -> T:
    moment = when(visit.start, ctx.now, booking.zone)
    if visit.booked:
        return t("series.line_booked", when=moment)
    if visit.left_out:
        return t("series.line_left_out", when=moment)
    return t("series.line_free", when=moment) if visit.refusal is None else t("series.line_gone", when=moment)


async def _on_review(ctx: Context, data: SeriesData, event: Event) -> Transition:
    if (args := pressed(event, _FIX)) is not None and isinstance(args[0], int):
        return Go(replace(data, number=args[0]), INSTEAD)
    if pressed(event, _BOOK) is None:
        return general(event, stop="mine")
    actor, booking = await as_client(ctx, UUID(data.booking))
    try:
        await ctx.app.bookings.repeat(
            actor, booking.id, _plan(data), request_key=data.form, shown_in=ctx.shown
        )
    except SeriesConflict:
        return Go(data, note=t("series.taken"))
    return Leave(toast=t("summary.toast"))


# --- another start for one of them


async def _instead_view(ctx: Context, data: SeriesData) -> Screen:
    actor, booking = await as_client(ctx, UUID(data.booking))
    visits = await ctx.app.bookings.preview_repeat(actor, booking.id, _plan(data))
    visit = visits[data.number]
    starts = visit.offers if visit.refusal is not None else (visit.start,)
    offers = tuple(_offer(ctx, booking, start) for start in starts)
    words = t("gone.near") if offers else t("series.nothing_near")
    return Screen(
        lines=(line(t("series.gone", when=when(visit.start, ctx.now, booking.zone))), line(words)),
        choices=Choices(offers) if offers else None,
        rows=((act(t("series.skip"), _SKIP),), (back_button(),)),
    )


def _offer(ctx: Context, booking: Booking, start: datetime) -> Act:
    return act(when_short(start, ctx.now, booking.zone), _PICK, to_minutes(start))


async def _on_instead(_: Context, data: SeriesData, event: Event) -> Transition:
    kept = [each for each in data.replaced if each[0] != data.number]
    if (args := pressed(event, _PICK)) is not None and isinstance(args[0], int):
        return Go(replace(data, replaced=(*kept, [data.number, args[0]])), REVIEW, push=False)
    if pressed(event, _SKIP) is not None:
        left_out = sorted({*data.left_out, data.number})
        return Go(replace(data, replaced=tuple(kept), left_out=left_out), REVIEW, push=False)
    return general(event, stop="mine")


series = Flow(
    name=FLOW,
    first=OFTEN,
    data=SeriesData,
    steps={
        OFTEN: Step(_often_view, _on_often),
        MANY: Step(_many_view, _on_many),
        REVIEW: Step(_review_view, _on_review),
        INSTEAD: Step(_instead_view, _on_instead),
    },
)
