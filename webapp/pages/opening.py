"""Opening hours as people say them: «пн–сб 10:00–20:00»."""

from __future__ import annotations

from itertools import groupby

from core.domain.schedule import WeeklyHours
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
