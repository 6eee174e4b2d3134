"""«Закрыть день»: whose, from which day to which, what becomes of the visits; done after a look at how many.

Managers close the whole business or one master, a master the own chair.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from bots.dialogs.access import member_of
from bots.dialogs.context import Context
from bots.dialogs.event import Event, Typed
from bots.dialogs.flow import Flow, Step
from bots.dialogs.flows.common import back_button, general, pressed
from bots.dialogs.flows.typed import read_when
from bots.dialogs.screen import (
    BLANK,
    Button,
    Choices,
    Inert,
    Line,
    Raw,
    Row,
    Screen,
    T,
    Tone,
    Words,
    act,
    bold,
    line,
    n,
    t,
)
from bots.dialogs.transition import Back, Go, Start, Transition
from bots.dialogs.values import Day, Month, ShortDay, Weekday
from bots.dialogs.words import dotted, raw
from core.domain.actor import MANAGERS, Actor, Role
from core.domain.catalog import StaffMember
from core.domain.closure import MAX_DAYS, ClosureAction, dates_of
from core.services.closing import ClosureOutcome

FLOW: Final = "close_day"
WHO: Final = "who"
FIRST: Final = "first"
LAST: Final = "last"
WHAT: Final = "what"
DONE: Final = "done"

_STAFF: Final = "staff"
_MONTH: Final = "month"
_DATE: Final = "date"
_ONE_DAY: Final = "one_day"
_DO: Final = "do"
_DESK: Final = "desk"
#: How far ahead a closure may begin, in days.
_AHEAD: Final = 365


@dataclass(frozen=True, slots=True)
class CloseData:
    """All JSON.

    ``staff``: whose chair, empty for the whole business. ``first``, ``last``: dates (ISO). ``month``: which
    one the calendar shows (``2026-11``). ``action`` and the counts after it: what was done.
    """

    staff: str = ""
    first: str = ""
    last: str = ""
    month: str = ""
    action: str = ""
    changed: int = 0
    clients: int = 0
    without_times: int = 0
    unfinished: int = 0


def may_close(actor: Actor) -> bool:
    """Whether there is anything that they may close."""
    return actor.role in MANAGERS or (actor.role is Role.MASTER and actor.staff_id is not None)


async def start_close(ctx: Context) -> Start:
    """Begin: a manager with whom, where there are several to choose from, a master with the day."""
    actor = await member_of(ctx)
    if actor.role is Role.MASTER:
        return Start(FLOW, FIRST, CloseData(staff=str(actor.staff_id or "")), keep_trail=True)
    step = WHO if len(await _masters(ctx)) > 1 else FIRST
    return Start(FLOW, step, CloseData(), keep_trail=True)


async def _masters(ctx: Context) -> list[StaffMember]:
    staff = (await ctx.catalogue()).staff.values()
    return sorted((each for each in staff if not each.archived), key=lambda each: each.position)


async def _heading(ctx: Context, data: CloseData, *dates: Words) -> tuple[Line, ...]:
    """What is being closed, as far as it is known."""
    member = (await ctx.catalogue()).staff.get(UUID(data.staff)) if data.staff else None
    whose: Words = t("close.everybody") if member is None else raw(member.name, 100)
    return (dotted(bold(t("close.title")), whose), *map(line, dates), BLANK)


# --- whose


async def _who_view(ctx: Context, _: CloseData) -> Screen:
    masters = tuple(act(raw(each.name, 60), _STAFF, str(each.id)) for each in await _masters(ctx))
    return Screen(
        lines=(line(bold(t("close.title"))), line(t("close.who"))),
        choices=Choices((act(t("close.everybody"), _STAFF, ""), *masters)),
        rows=((back_button(),),),
    )


async def _on_who(_: Context, data: CloseData, event: Event) -> Transition:
    if (args := pressed(event, _STAFF)) is not None:
        return Go(replace(data, staff=str(args[0]), month=""), FIRST)
    return general(event, stop="desk")


# --- from which day to which


async def _first_view(ctx: Context, data: CloseData) -> Screen:
    today = await ctx.today()
    days, arrows = await _calendar(ctx, data.month, today, today + timedelta(days=_AHEAD))
    lines = (*await _heading(ctx, data), line(t("close.first")))
    return Screen(lines=lines, choices=days, rows=(*arrows, (back_button(),)))


async def _on_first(ctx: Context, data: CloseData, event: Event) -> Transition:
    today = await ctx.today()
    day = _day_of(event, today)
    if day is None:
        return _on_month(data, event)
    if day < today:
        return Go(data, note=t("typed.past", day=Day(day, today)))
    if day > today + timedelta(days=_AHEAD):
        return Go(data, note=t("close.too_far"))
    return Go(replace(data, first=day.isoformat(), month=f"{day:%Y-%m}"), LAST)


async def _last_view(ctx: Context, data: CloseData) -> Screen:
    first = date.fromisoformat(data.first)
    until = first + timedelta(days=MAX_DAYS - 1)
    days, arrows = await _calendar(ctx, data.month, first + timedelta(days=1), until)
    only = (act(t("close.one_day"), _ONE_DAY, tone=Tone.MAIN),)
    from_ = t("close.from", day=Day(first, await ctx.today()))
    lines = (*await _heading(ctx, data, from_), line(t("close.last")))
    return Screen(lines=lines, choices=days, rows=(*arrows, only, (back_button(),)))


async def _on_last(ctx: Context, data: CloseData, event: Event) -> Transition:
    first = date.fromisoformat(data.first)
    day = first if pressed(event, _ONE_DAY) is not None else _day_of(event, await ctx.today())
    if day is None:
        return _on_month(data, event)
    if day < first:
        return Go(data, note=t("close.before_first"))
    if (day - first).days >= MAX_DAYS:
        return Go(data, note=n("close.too_long", MAX_DAYS))
    return Go(replace(data, last=day.isoformat()), WHAT)


def _day_of(event: Event, today: date) -> date | None:
    """The date that was pressed or typed."""
    if (args := pressed(event, _DATE)) is not None:
        return date.fromisoformat(str(args[0]))
    typed = read_when(event.text, today) if isinstance(event, Typed) else None
    return typed.day if typed is not None else None


def _on_month(data: CloseData, event: Event) -> Transition:
    if (args := pressed(event, _MONTH)) is not None:
        return Go(replace(data, month=str(args[0])), push=False)
    return general(event, stop="desk")


async def _calendar(ctx: Context, month: str, first: date, last: date) -> tuple[Choices, tuple[Row, ...]]:
    """The dates from ``first`` to ``last``: a month of them with arrows, or a list where a keyboard can't
    hold one.
    """
    if not ctx.caps.grid:
        today, until = await ctx.today(), min(last, first + timedelta(days=MAX_DAYS - 1))
        days = dates_of(first, until)
        buttons = [act(t("calendar.day", day=ShortDay(day, today)), _DATE, day.isoformat()) for day in days]
        return Choices(tuple(buttons), columns=2), ()
    shown = _month_of(month, first, last)
    cells: list[Button] = [Inert(t("calendar.weekday", day=Weekday(weekday))) for weekday in range(7)]
    # Weeks that are over would only be rows of dots.
    monday = max(shown, first - timedelta(days=first.weekday()))
    cells += [Inert(Raw("\u2800"))] * monday.weekday()
    for number in range(monday.day, calendar.monthrange(shown.year, shown.month)[1] + 1):
        day = shown.replace(day=number)
        within = first <= day <= last
        cells.append(act(Raw(str(number)), _DATE, day.isoformat()) if within else Inert(Raw("·")))
    cells += [Inert(Raw("\u2800"))] * (-len(cells) % 7)
    earlier = (shown - timedelta(days=1)).replace(day=1)
    later = (shown + timedelta(days=31)).replace(day=1)
    arrows = (
        _arrow("‹", earlier if shown > first else None),
        Inert(t("calendar.month", month=Month(shown.month, shown.year))),
        _arrow("›", later if later <= last else None),
    )
    return Choices(tuple(cells), columns=7, grid=True), (arrows,)


def _month_of(stored: str, first: date, last: date) -> date:
    """The first of the month to show, within what may be chosen."""
    try:
        wanted = date.fromisoformat(f"{stored}-01")
    except ValueError:
        wanted = first
    return max(first.replace(day=1), min(wanted, last.replace(day=1)))


def _arrow(label: str, month: date | None) -> Button:
    """Both arrows, always: places of buttons must not jump."""
    return act(Raw(label), _MONTH, f"{month:%Y-%m}") if month else Inert(Raw("·"))


# --- what becomes of the visits


async def _what_view(ctx: Context, data: CloseData) -> Screen:
    seen = await _close(ctx, data, ClosureAction.OFFER, dry_run=True)
    heading = await _heading(ctx, data, await _range(ctx, data))
    back = (back_button(),)
    if not seen.visits:
        free = act(t("close.only_close"), _DO, ClosureAction.OFFER.value, tone=Tone.MAIN)
        return Screen(lines=(*heading, line(t("close.nobody"))), rows=((free,), back))
    affects = n("close.affects", seen.visits, clients=n("close.clients", seen.clients))
    return Screen(
        lines=(*heading, line(affects), line(t("close.what"))),
        rows=(
            (act(t("close.offer"), _DO, ClosureAction.OFFER.value, tone=Tone.MAIN),),
            (act(n("close.cancel", seen.visits), _DO, ClosureAction.CANCEL.value, tone=Tone.DANGER),),
            back,
        ),
    )


async def _on_what(ctx: Context, data: CloseData, event: Event) -> Transition:
    if (args := pressed(event, _DO)) is None:
        return general(event, stop="desk")
    if date.fromisoformat(data.first) < await ctx.today():
        return Go(replace(data, month=""), FIRST, push=False, note=t("close.past"))
    action = ClosureAction(str(args[0]))
    done = await _close(ctx, data, action, dry_run=False)
    counted = replace(
        data,
        action=action.value,
        changed=done.offered + done.cancelled + done.declined,
        clients=done.told,
        without_times=done.without_times,
        unfinished=done.unfinished,
    )
    return Go(counted, DONE, push=False)


async def _close(ctx: Context, data: CloseData, action: ClosureAction, *, dry_run: bool) -> ClosureOutcome:
    actor = await member_of(ctx)
    assert actor.business_id is not None
    wanted = {
        "date": data.first,
        "date_until": data.last,
        "staff_id": data.staff or None,
        "action": action.value,
        "dry_run": dry_run,
    }
    return await ctx.app.closing.close(actor, actor.business_id, wanted)


async def _range(ctx: Context, data: CloseData) -> T:
    today, first, last = await ctx.today(), date.fromisoformat(data.first), date.fromisoformat(data.last)
    if first == last:
        return t("close.day", day=Day(first, today))
    return t("close.days", first=Day(first, today), last=Day(last, today))


# --- done


async def _done_view(ctx: Context, data: CloseData) -> Screen:
    lines = [*await _heading(ctx, data, await _range(ctx, data)), line(t("close.done"))]
    if data.changed:
        clients = n("close.told", data.clients)
        if data.action == ClosureAction.CANCEL:
            lines.append(line(n("close.cancelled", data.changed, told=clients)))
        else:
            lines.append(line(n("close.offered", data.changed, told=clients)))
    if data.without_times:
        lines.append(line(n("close.without_times", data.without_times)))
    if data.unfinished:
        lines.append(line(n("close.unfinished", data.unfinished)))
    return Screen(lines=tuple(lines), rows=((act(t("button.desk"), _DESK),),))


async def _on_done(_: Context, __: CloseData, event: Event) -> Transition:
    """It is over: every way leads to the desk."""
    way = general(event)
    return Start("desk") if pressed(event, _DESK) is not None or isinstance(way, Back) else way


close_day = Flow(
    name=FLOW,
    first=WHO,
    data=CloseData,
    steps={
        WHO: Step(_who_view, _on_who),
        FIRST: Step(_first_view, _on_first),
        LAST: Step(_last_view, _on_last),
        WHAT: Step(_what_view, _on_what),
        DONE: Step(_done_view, _on_done),
    },
)
