"""A month to choose a date from, with arrows to the months beside it; for messengers whose keyboard can hold
one.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

from bots.dialogs.screen import Button, Choices, Inert, Raw, Row, act, t
from bots.dialogs.values import Month, Weekday

#: What the buttons say: a month (``2026-11``), a date (ISO).
MONTH: Final = "month"
DATE: Final = "date"

_BLANK: Final = Inert(Raw("\u2800"))
_NOT_THERE: Final = Inert(Raw("·"))


def month_of(stored: str, first: date, last: date) -> date:
    """The first of the month to show, ``stored`` as long as it has dates from ``first`` to ``last``."""
    try:
        wanted = date.fromisoformat(f"{stored}-01")
    except ValueError:
        wanted = first
    return max(first.replace(day=1), min(wanted, last.replace(day=1)))


def last_of(month: date) -> date:
    """The last date of a month."""
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])


def month_grid(shown: date, first: date, last: date, is_open: Callable[[date], bool]) -> tuple[Choices, Row]:
    """The month ``shown`` within the dates from ``first`` to ``last``, and the row with its name; a date that
    isn't open can't be pressed.
    """
    cells: list[Button] = [Inert(t("calendar.weekday", day=Weekday(weekday))) for weekday in range(7)]
    # Weeks that are over would only be rows of dots.
    monday = max(shown, first - timedelta(days=first.weekday()))
    cells += [_BLANK] * monday.weekday()
    for number in range(monday.day, last_of(shown).day + 1):
        day = shown.replace(day=number)
        cells.append(act(Raw(str(number)), DATE, day.isoformat()) if is_open(day) else _NOT_THERE)
    cells += [_BLANK] * (-len(cells) % 7)
    earlier = (shown - timedelta(days=1)).replace(day=1)
    later = (shown + timedelta(days=31)).replace(day=1)
    title = Inert(t("calendar.month", month=Month(shown.month, shown.year)))
    row = (
        _arrow("‹", earlier if shown > first else None),
        title,
        _arrow("›", later if later <= last else None),
    )
    return Choices(tuple(cells), columns=7, grid=True), row


def _arrow(label: str, month: date | None) -> Button:
    """Both arrows, always: places of buttons must not jump."""
    return act(Raw(label), MONTH, f"{month:%Y-%m}") if month else _NOT_THERE
