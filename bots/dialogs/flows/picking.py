"""Choosing a start: the nearest ones, a month, the times of a day. Shared by booking, moving and offering."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from bots.dialogs.context import Context
from bots.dialogs.event import Event, Typed
from bots.dialogs.flows.common import back_button, pressed
from bots.dialogs.flows.draft import Picking
from bots.dialogs.flows.typed import TypedWhen, read_when
from bots.dialogs.screen import (
    BLANK,
    Act,
    Button,
    Choices,
    Inert,
    Line,
    Raw,
    Row,
    Screen,
    Words,
    act,
    line,
    n,
    t,
)
from bots.dialogs.transition import Go, Transition
from bots.dialogs.values import Clock, Month, ShortDay, Weekday
from bots.dialogs.words import day_words, when, when_short, zone_of
from core.domain.catalog import Catalogue
from core.domain.visit import DayStarts, FreeStart, SlotQuery, from_minutes, to_minutes
from core.domain.visit_rules import last_date, rules_of_query

DAY: Final = "day"
CALENDAR: Final = "calendar"
TIMES: Final = "times"

PICK: Final = "pick"
_OPEN_CALENDAR: Final = "open_calendar"
_MONTH: Final = "month"
_DATE: Final = "date"
_PART: Final = "part"

_NEAR_DAYS: Final = 14
_QUESTION_DAYS: Final = 61
_FEW_BUTTONS: Final = 20
_MANY_TIMES: Final = 24
_APART: Final = (180, 60)

#: Parts of the day by the first hour that is not in them any more.
PARTS: Final = (("morning", 12), ("afternoon", 17), ("evening", 24))

D = TypeVar("D", bound=Picking)


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked of the calendar, and how the screens begin.

    ``present``: the start that a booking has now (epoch minutes), which is no news. ``question``: what the
    first screen asks.
    """

    catalogue: Catalogue
    query: SlotQuery
    heading: tuple[Line, ...]
    owner: str | None = None
    present: int | None = None
    question: Words | None = None

    @property
    def business_id(self) -> UUID:
        """Whose calendar."""
        return self.catalogue.business.id

    @property
    def zone(self) -> ZoneInfo:
        """The wall clock of the place that was chosen."""
        return zone_of(self.catalogue, self.query.location_id)

    def today(self, now: datetime) -> date:
        """The date as the calendar counts days: the business's."""
        return now.astimezone(self.catalogue.business.zone).date()

    def news(self, starts: Sequence[FreeStart]) -> tuple[FreeStart, ...]:
        """Without the present start."""
        return tuple(start for start in starts if start.start != self.present)

    def last_day(self, today: date) -> date:
        """The last date that may be offered."""
        return last_date(rules_of_query(self.catalogue, self.query), today)


class Chosen(NamedTuple):
    """A start was chosen, in epoch minutes."""

    start: int


def quick_picks(days: Sequence[DayStarts], limit: int = 3) -> tuple[FreeStart, ...]:
    """The nearest starts worth a button: the best one of each day, then more of those days, some hours apart
    where that is possible, else an hour. The best are those that the gap rule has not marked, and of these
    the earliest.
    """

    def best_first(day: DayStarts) -> list[FreeStart]:
        return sorted(day.starts, key=lambda start: (start.rank, start.start))

    ranked = [best_first(day) for day in days if day.starts]
    found = [starts[0] for starts in ranked[:limit]]
    more = [start for starts in ranked for start in starts]
    for apart in _APART:
        for start in more:
            if len(found) < limit and all(abs(start.start - other.start) >= apart for other in found):
                found.append(start)
    return tuple(sorted(found, key=lambda start: start.start))


# --- screens


async def day_screen(ctx: Context, ask: Ask, beside: Row = ()) -> Screen:
    """The nearest free starts, and the way to a month; ``beside`` it more buttons."""
    today = ask.today(ctx.now)
    last = min(today + timedelta(days=_NEAR_DAYS - 1), ask.last_day(today))
    days = await ctx.app.availability.days(
        ask.business_id, ask.query, today, max(today, last), owner=ask.owner
    )
    picks = quick_picks([DayStarts(day.date, ask.news(day.starts)) for day in days])
    question = ask.question or t("day.question")
    if not picks:
        far = await ctx.app.availability.next(ask.business_id, ask.query, per_day=1, owner=ask.owner)
        picks = ask.news(far)
        if picks:
            first = from_minutes(picks[0].start)
            question = t("day.far", when=when(first, ctx.now, ask.zone))
        else:
            question = t("day.nothing")
    row = (act(t("button.choose_day"), _OPEN_CALENDAR), *beside) if picks else beside
    return Screen(
        lines=(*ask.heading, line(question)),
        choices=Choices(pick_buttons(ctx, ask, picks), columns=_pick_columns(ask)),
        rows=((row,) if row else ()) + ((back_button(),),),
    )


def pick_buttons(ctx: Context, ask: Ask, starts: Sequence[FreeStart]) -> tuple[Act, ...]:
    """Starts of several days as buttons."""
    buttons = []
    for start in starts:
        label: Words = when_short(from_minutes(start.start), ctx.now, ask.zone)
        if start.seats_left is not None:
            label = n("time.with_seats", start.seats_left, time=label)
        buttons.append(act(label, PICK, start.start))
    return tuple(buttons)


def _pick_columns(ask: Ask) -> int:
    return 1 if _is_group(ask) else 3


def _is_group(ask: Ask) -> bool:
    return any(ask.catalogue.services[item.service_id].capacity > 1 for item in ask.query.items)


async def calendar_screen(ctx: Context, ask: Ask, month: str) -> Screen:
    """A month in which only days with a free start can be pressed; a list of such days where a keyboard can't
    hold a month.
    """
    today = ask.today(ctx.now)
    last = ask.last_day(today)
    if not ctx.caps.grid:
        return await _day_list(ctx, ask, today, last)
    shown = _month_of(month, today, last)
    length = calendar.monthrange(shown.year, shown.month)[1]
    first_day, last_day = max(shown, today), min(shown.replace(day=length), last)
    free: frozenset[date] = frozenset()
    if first_day <= last_day:
        free = await ctx.app.availability.month(
            ask.business_id, ask.query, first_day, last_day, owner=ask.owner
        )
    cells: list[Button] = [Inert(t("calendar.weekday", day=Weekday(weekday))) for weekday in range(7)]
    # Weeks that are over would only be rows of dots.
    monday = max(shown, today - timedelta(days=today.weekday()))
    cells += [Inert(Raw("\u2800"))] * monday.weekday()
    for number in range(monday.day, length + 1):
        day = shown.replace(day=number)
        cells.append(act(Raw(str(number)), _DATE, day.isoformat()) if day in free else Inert(Raw("·")))
    cells += [Inert(Raw("\u2800"))] * (-len(cells) % 7)
    earlier, later = _neighbours(shown, today, last)
    title = t("calendar.month", month=Month(shown.month, shown.year))
    question = t("calendar.question") if free else t("calendar.nothing")
    return Screen(
        lines=(*ask.heading, line(question)),
        choices=Choices(tuple(cells), columns=7, grid=True),
        rows=((_arrow("‹", earlier), Inert(title), _arrow("›", later)), (back_button(),)),
    )


async def _day_list(ctx: Context, ask: Ask, today: date, last: date) -> Screen:
    until = max(today, min(last, today + timedelta(days=_QUESTION_DAYS)))
    free = await ctx.app.availability.month(ask.business_id, ask.query, today, until, owner=ask.owner)
    days = tuple(act(t("calendar.day", day=ShortDay(day)), _DATE, day.isoformat()) for day in sorted(free))
    question = t("calendar.question_list") if days else t("day.nothing")
    return Screen(
        lines=(*ask.heading, line(question)), choices=Choices(days, columns=2), rows=((back_button(),),)
    )


def _month_of(stored: str, today: date, last: date) -> date:
    """The first of the month to show, within what may be offered."""
    first, final = today.replace(day=1), last.replace(day=1)
    try:
        wanted = date.fromisoformat(f"{stored}-01")
    except ValueError:
        wanted = first
    return max(first, min(wanted, final))


def _neighbours(shown: date, today: date, last: date) -> tuple[date | None, date | None]:
    earlier = (shown - timedelta(days=1)).replace(day=1)
    later = (shown + timedelta(days=31)).replace(day=1)
    return (earlier if shown > today else None), (later if later <= last else None)


def _arrow(label: str, month: date | None) -> Button:
    """Both arrows, always: places of buttons must not jump."""
    return act(Raw(label), _MONTH, f"{month:%Y-%m}") if month else Inert(Raw("·"))


async def times_screen(ctx: Context, ask: Ask, data: Picking) -> Screen:
    """The free starts of a day; by parts of the day where there are many."""
    day = date.fromisoformat(data.day)
    starts = await _starts_of(ctx, ask, day)
    if not starts:
        near = await ctx.app.availability.nearest(
            ask.business_id, ask.query, _noon(day, ask.zone), owner=ask.owner
        )
        words = t("times.nothing", day=day_words(day, ctx.now, ask.zone))
        return Screen(
            lines=(*ask.heading, line(words)),
            choices=Choices(pick_buttons(ctx, ask, near), columns=_pick_columns(ask)),
            rows=((act(t("button.other_day"), _OPEN_CALENDAR),), (back_button(),)),
        )
    question = t("times.question", day=day_words(day, ctx.now, ask.zone))
    parts = _by_part(starts, ask.zone)
    few_buttons = ctx.caps.buttons < _FEW_BUTTONS
    if len(parts) == 1 or len(starts) <= (ctx.caps.buttons - 1 if few_buttons else _MANY_TIMES):
        return Screen(
            lines=(*ask.heading, line(question)),
            choices=Choices(_time_buttons(ask, starts), columns=_time_columns(ask)),
            rows=((back_button(),),),
        )
    if few_buttons and data.part not in parts:
        return Screen(lines=(*ask.heading, line(question)), rows=(_part_row(parts, ""), (back_button(),)))
    part = data.part if data.part in parts else next(iter(parts))
    tabs = () if few_buttons else (_part_row(parts, part),)
    back = act(t("button.back"), _PART, "") if few_buttons else back_button()
    return Screen(
        lines=(*ask.heading, line(question)),
        choices=Choices(_time_buttons(ask, parts[part]), columns=_time_columns(ask)),
        rows=(*tabs, (back,)),
    )


def _time_columns(ask: Ask) -> int:
    return 2 if _is_group(ask) else 4


def _time_buttons(ask: Ask, starts: Sequence[FreeStart]) -> tuple[Act, ...]:
    buttons = []
    for start in starts:
        time: Words = t("time.only", time=Clock(from_minutes(start.start).astimezone(ask.zone)))
        if start.seats_left is not None:
            time = n("time.with_seats", start.seats_left, time=time)
        buttons.append(act(time, PICK, start.start))
    return tuple(buttons)


def _part_row(parts: dict[str, list[FreeStart]], shown: str) -> Row:
    row: list[Button] = []
    for part in parts:
        label: Words = t(f"part.{part}")
        if part == shown:
            row.append(Inert(t("part.shown", part=label)))
        else:
            row.append(act(label, _PART, part))
    return tuple(row)


def _by_part(starts: Sequence[FreeStart], zone: ZoneInfo) -> dict[str, list[FreeStart]]:
    """Starts by part of the day, in order, empty parts left out."""
    parts: dict[str, list[FreeStart]] = {}
    for start in starts:
        hour = from_minutes(start.start).astimezone(zone).hour
        part = next(name for name, until in PARTS if hour < until)
        parts.setdefault(part, []).append(start)
    return parts


async def near_screen(
    ctx: Context, ask: Ask, around: datetime, title: Words, rows: Sequence[Row] = ()
) -> Screen:
    """A start can't be had (any more): the nearest three that can."""
    starts = await ctx.app.availability.nearest(ask.business_id, ask.query, around, owner=ask.owner)
    if not starts:
        starts = await ctx.app.availability.next(ask.business_id, ask.query, owner=ask.owner)
    words = t("gone.near") if starts else t("day.nothing")
    return Screen(
        lines=(line(title), BLANK, *ask.heading, line(words)),
        choices=Choices(pick_buttons(ctx, ask, starts), columns=_pick_columns(ask)),
        rows=((act(t("button.other_day"), _OPEN_CALENDAR),), *rows, (back_button(),)),
    )


async def _starts_of(ctx: Context, ask: Ask, day: date) -> tuple[FreeStart, ...]:
    today = ask.today(ctx.now)
    if not today <= day <= ask.last_day(today):
        return ()
    days = await ctx.app.availability.days(ask.business_id, ask.query, day, day, owner=ask.owner)
    return ask.news([start for each in days if each.date == day for start in each.starts])


def _noon(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=zone)


# --- events


async def on_picking(ctx: Context, ask: Ask, data: D, event: Event) -> Chosen | Transition | None:
    """The start that was chosen, or the next screen; None when the event is not about that."""
    if (args := pressed(event, PICK)) is not None and isinstance(args[0], int):
        return Chosen(args[0])
    if pressed(event, _OPEN_CALENDAR) is not None:
        return Go(replace(data, month="", part=""), CALENDAR)
    if (args := pressed(event, _MONTH)) is not None:
        return Go(replace(data, month=str(args[0])), CALENDAR)
    if (args := pressed(event, _DATE)) is not None:
        return Go(replace(data, day=str(args[0]), part=""), TIMES)
    if (args := pressed(event, _PART)) is not None:
        return Go(replace(data, part=str(args[0])), TIMES)
    if isinstance(event, Typed):
        typed = read_when(event.text, ask.today(ctx.now))
        if typed is not None:
            return await _on_typed(ctx, ask, data, typed)
    return None


async def _on_typed(ctx: Context, ask: Ask, data: D, typed: TypedWhen) -> Chosen | Transition | None:
    today = ask.today(ctx.now)
    day = typed.day
    if day is None:
        if not data.day:
            return None
        day = date.fromisoformat(data.day)
    words = day_words(day, ctx.now, ask.zone)
    if day < today:
        return Go(data, note=t("typed.past", day=words))
    if day > (last := ask.last_day(today)):
        return Go(data, note=t("typed.too_far", day=day_words(last, ctx.now, ask.zone)))
    starts = await _starts_of(ctx, ask, day)
    there = replace(data, day=day.isoformat(), part="")
    if not starts or typed.minute is None:
        return Go(there, TIMES)
    for start in starts:
        local = from_minutes(start.start).astimezone(ask.zone)
        if local.hour * 60 + local.minute == typed.minute:
            return Chosen(start.start)
    wanted = datetime(day.year, day.month, day.day, *divmod(typed.minute, 60), tzinfo=ask.zone)
    note = t("typed.not_free", when=when(wanted, ctx.now, ask.zone))
    nearest = min(starts, key=lambda start: abs(start.start - to_minutes(wanted)))
    part = next(iter(_by_part([nearest], ask.zone)))
    return Go(replace(there, part=part), TIMES, note=note)
