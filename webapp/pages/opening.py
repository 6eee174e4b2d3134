"""Opening hours as people say them: «пн–сб 10:00–20:00», «открыто до 20:00»."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import groupby

from core.domain.catalog import Catalogue, Location
from core.domain.local_time import DAY
from core.domain.schedule import ExceptionType, WeeklyHours
from core.domain.spans import merged, minus
from locales import Texts


def opening_lines(hours: WeeklyHours, words: Texts) -> list[tuple[str, str]]:
    """Days and their hours, neighbours with equal hours in one line."""
    lines: list[tuple[str, str]] = []
    for intervals, days in groupby(range(7), key=lambda weekday: hours[weekday]):
        run = list(days)
        first, last = words.weekday(run[0]), words.weekday(run[-1])
        name = first if len(run) == 1 else f"{first}–{last}"
        said = ", ".join(f"{_clock(start)}–{_clock(end)}" for start, end in intervals)
        lines.append((name, said or words.t("web.closed")))
    return lines


def _clock(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02}"


def open_on(catalogue: Catalogue, location: Location, day: date) -> list[tuple[int, int]]:
    """When a place is open on a date: its weekly hours under the dated exceptions of it and of the business.

    Minutes after local midnight.
    """
    said = [
        each
        for each in catalogue.exceptions
        if each.date == day and each.staff_id is None and each.location_id in {None, location.id}
    ]
    by_type: dict[ExceptionType, list[tuple[int, int]]] = {}
    for each in said:
        span = (each.start or 0, DAY if each.end is None else each.end)
        by_type.setdefault(each.type, []).append(span)
    usual = by_type.get(ExceptionType.OPEN_CUSTOM, list(location.hours[day.weekday()]))
    opened = merged([*usual, *by_type.get(ExceptionType.OPEN_EXTRA, [])])
    return minus(opened, merged(by_type.get(ExceptionType.CLOSED, [])))


def open_now(catalogue: Catalogue, location: Location, now: datetime, words: Texts) -> tuple[bool, str]:
    """Whether a place is open at this moment, and how that is said: «открыто до 20:00»."""
    local = now.astimezone(location.zone)
    minute = local.hour * 60 + local.minute
    for start, end in open_on(catalogue, location, local.date()):
        if start <= minute < end:
            return True, words.t("app.open_until", time=_clock(end))
        if minute < start:
            return False, words.t("app.opens_at", time=_clock(start))
    for ahead in range(1, 8):
        day = local.date() + timedelta(days=ahead)
        for start, _ in open_on(catalogue, location, day):
            when = words.short_day(day, local.date())
            return False, words.t("app.opens_on", day=when, time=_clock(start))
    return False, words.t("app.closed_now")
