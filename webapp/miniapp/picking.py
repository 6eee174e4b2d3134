"""What the calendar answers, laid out to choose from: a strip of days, a month, the times of a day."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from core.domain.catalog import Catalogue
from core.domain.visit import DayStarts, FreeStart, from_minutes
from core.domain.visit_rules import last_date, rules_of_query
from core.services.availability import Availability
from locales import Texts
from webapp.miniapp.flow import Flow
from webapp.miniapp.said import PARTS, part_of, soon_said, zone_of
from webapp.miniapp.screen import Links
from webapp.miniapp.wishes import Choices, choices

STRIP_DAYS: Final = 14
_MOST_STRIP_DAYS: Final = 61


@dataclass(frozen=True, slots=True)
class DayCell:
    """A day of the strip: a window that is lit when it has free starts."""

    id: str
    weekday: str
    number: int
    month: str
    count: int
    said: str
    address: str
    chosen: bool
    weekend: bool


@dataclass(frozen=True, slots=True)
class MonthView:
    """A month. ``cells``: weeks of (number, address or None, said, chosen); None before its first day."""

    title: str
    weekdays: tuple[str, ...]
    weeks: tuple[tuple[tuple[int, str | None, str, bool] | None, ...], ...]
    earlier: str | None
    later: str | None
    has_free: bool


@dataclass(frozen=True, slots=True)
class Time:
    """A start that can be had. ``value``: epoch minutes."""

    value: int
    said: str
    seats: str = ""


@dataclass(frozen=True, slots=True)
class PartOfDay:
    """Starts before noon, after it, in the evening."""

    name: str
    times: tuple[Time, ...]


@dataclass(frozen=True, slots=True)
class Picker:
    """The whole of it. ``soonest``: the nearest start; ``empty``: what is said where a day has none."""

    choices: tuple[Choices, ...]
    soonest: Time | None
    strip: tuple[DayCell, ...]
    more: str | None
    month: MonthView | None
    month_address: str
    day_said: str
    parts: tuple[PartOfDay, ...]
    empty: str
    nearest: tuple[Time, ...]
    said: str


class Picking:
    """Asks the calendar for one visitor's booking in progress.

    ``owner``: whose hold doesn't stand in the way; ``present``: the start (epoch minutes) that a booking has
    which is being moved.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        availability: Availability,
        flow: Flow,
        words: Texts,
        now: datetime,
        *,
        owner: str | None = None,
        present: int | None = None,
    ) -> None:
        self._catalogue = catalogue
        self._availability = availability
        self._flow = flow
        self._words = words
        self._now = now
        self._owner = owner
        self._present = present
        self._links = Links(catalogue.business.slug, flow)
        self.zone: ZoneInfo = zone_of(catalogue, flow.place)
        self.today: date = now.astimezone(catalogue.business.zone).date()

    async def picker(self) -> Picker:
        """Everything on the screen. One reading of the calendar, and one more only when all is taken or a
        month is open.
        """
        words, flow = self._words, self._flow
        first, last = self._strip_range()
        days = await self._days(first, last)
        chosen = self._chosen(days)
        by_date = {day.date: day.starts for day in days}
        soonest = next((day.starts[0] for day in days if day.starts), None)
        if soonest is None or first > self.today:
            soonest = next(iter(await self._next(1)), None)
        starts = by_date.get(chosen)
        if starts is None:
            starts = next((day.starts for day in await self._days(chosen, chosen)), ())
        nearest = () if starts else await self._nearest(chosen)
        day_said = words.day(chosen, self.today)
        empty = ""
        if not starts:
            empty = words.t("app.day_full", day=day_said) if soonest else words.t("app.nothing_free")
        said = words.t("app.day_count", day=day_said, count=words.n("app.free", len(starts)))
        return Picker(
            choices=choices(self._catalogue, flow, words),
            soonest=self._time(soonest, dated=True) if soonest else None,
            strip=tuple(self._cell(day, chosen) for day in days),
            more=self._more(last),
            month=await self._month(chosen) if flow.month else None,
            month_address=self._links.to("time", month=None if flow.month else chosen.replace(day=1)),
            day_said=day_said,
            parts=self._parts(starts),
            empty=empty,
            nearest=tuple(self._time(start, dated=True) for start in nearest),
            said=said,
        )

    async def beside(self, around: datetime) -> tuple[Time, ...]:
        """The nearest starts to one that has gone."""
        return tuple(self._time(start, dated=True) for start in await self._nearest_to(around))

    def last_day(self) -> date:
        """The last date that may be offered."""
        return last_date(rules_of_query(self._catalogue, self._flow.slots()), self.today)

    # --- the calendar

    async def _days(self, first: date, last: date) -> list[DayStarts]:
        days = await self._availability.days(
            self._catalogue.business.id, self._flow.slots(), first, last, owner=self._owner
        )
        return [DayStarts(day.date, self._news(day.starts)) for day in days]

    async def _next(self, limit: int) -> tuple[FreeStart, ...]:
        starts = await self._availability.next(
            self._catalogue.business.id, self._flow.slots(), limit=limit + 1, owner=self._owner
        )
        return self._news(starts)[:limit]

    async def _nearest(self, day: date) -> tuple[FreeStart, ...]:
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=self.zone)
        return await self._nearest_to(noon)

    async def _nearest_to(self, around: datetime) -> tuple[FreeStart, ...]:
        found = await self._availability.nearest(
            self._catalogue.business.id, self._flow.slots(), around, limit=4, owner=self._owner
        )
        starts = self._news(found)[:3] or await self._next(3)
        return tuple(sorted(starts, key=lambda start: start.start))

    def _news(self, starts: Sequence[FreeStart]) -> tuple[FreeStart, ...]:
        if self._present is None:
            return tuple(starts)
        return tuple(start for start in starts if start.start != self._present)

    # --- days

    def _strip_range(self) -> tuple[date, date]:
        """Two weeks from today; from the chosen day's week on when that is later."""
        last = self.last_day()
        first = self.today
        if self._flow.day is not None and self._flow.day > first + timedelta(days=STRIP_DAYS - 1):
            first = min(self._flow.day - timedelta(days=3), last)
        return first, max(first, min(last, first + timedelta(days=STRIP_DAYS - 1)))

    def _chosen(self, days: Sequence[DayStarts]) -> date:
        """The day asked for; else the first one that has a free start."""
        asked = self._flow.day
        if asked is not None and self.today <= asked <= self.last_day():
            return asked
        return next((day.date for day in days if day.starts), self.today)

    def _cell(self, day: DayStarts, chosen: date) -> DayCell:
        words, count = self._words, len(day.starts)
        said = words.n("app.free", count) if count else words.t("app.none_free")
        return DayCell(
            id=f"day-{day.date:%Y%m%d}",
            weekday=words.weekday(day.date.weekday()),
            number=day.date.day,
            month=words.month_short(day.date.month) if day.date.day == 1 else "",
            count=count,
            said=f"{words.day(day.date, self.today)}: {said}",
            address=self._links.to("time", day=day.date, month=None),
            chosen=day.date == chosen,
            weekend=day.date.weekday() >= 5,
        )

    def _more(self, last: date) -> str | None:
        """Where the strip goes on; None at the last day that is offered."""
        after = last + timedelta(days=1)
        if after > self.last_day() or (after - self.today).days > _MOST_STRIP_DAYS:
            return None
        return self._links.to("days", day=after, month=None)

    async def further(self) -> tuple[tuple[DayCell, ...], str | None]:
        """Two more weeks of the strip, from the flow's day on."""
        first = max(self._flow.day or self.today, self.today)
        last = min(self.last_day(), first + timedelta(days=STRIP_DAYS - 1))
        if last < first:
            return (), None
        cells = tuple(self._cell(day, date.min) for day in await self._days(first, last))
        return cells, self._more(last)

    async def _month(self, chosen: date) -> MonthView:
        words, last = self._words, self.last_day()
        shown = max(self.today.replace(day=1), min(self._flow.month or chosen, last.replace(day=1)))
        length = calendar.monthrange(shown.year, shown.month)[1]
        first_day, last_day = max(shown, self.today), min(shown.replace(day=length), last)
        free: frozenset[date] = frozenset()
        if first_day <= last_day:
            free = await self._availability.month(
                self._catalogue.business.id, self._flow.slots(), first_day, last_day, owner=self._owner
            )
        # Weeks that are over would only be rows of grey.
        monday = max(shown, self.today - timedelta(days=self.today.weekday()))
        cells: list[tuple[int, str | None, str, bool] | None] = [None] * monday.weekday()
        for number in range(monday.day, length + 1):
            day = shown.replace(day=number)
            address = self._links.to("time", day=day, month=None) if day in free else None
            cells.append((number, address, words.day(day, self.today), day == chosen))
        cells += [None] * (-len(cells) % 7)
        before = (shown - timedelta(days=1)).replace(day=1)
        after = (shown + timedelta(days=31)).replace(day=1)
        return MonthView(
            title=words.month(shown.month, shown.year),
            weekdays=tuple(words.weekday(number) for number in range(7)),
            weeks=tuple(tuple(cells[at : at + 7]) for at in range(0, len(cells), 7)),
            earlier=self._links.to("time", month=before) if shown > self.today else None,
            later=self._links.to("time", month=after) if after <= last else None,
            has_free=bool(free),
        )

    # --- times

    def _parts(self, starts: Sequence[FreeStart]) -> tuple[PartOfDay, ...]:
        found: dict[str, list[Time]] = {}
        for start in starts:
            local = from_minutes(start.start).astimezone(self.zone)
            found.setdefault(part_of(local), []).append(self._time(start))
        return tuple(
            PartOfDay(self._words.t(f"part.{name}"), tuple(found[name])) for name, _ in PARTS if name in found
        )

    def _time(self, start: FreeStart, *, dated: bool = False) -> Time:
        moment = from_minutes(start.start)
        said = (
            soon_said(moment, self._now, self.zone, self._words)
            if dated
            else self._words.time(moment.astimezone(self.zone))
        )
        seats = self._words.n("app.seats_left", start.seats_left) if start.seats_left is not None else ""
        return Time(start.start, said, seats)
