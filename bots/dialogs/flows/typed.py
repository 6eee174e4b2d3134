"""Dates and times as people type them where a button was expected: «завтра», «в субботу», «27.11», "Fri 3pm".

Only what stands alone is read here; whole sentences are not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from bots.dialogs.flows.common import plain_words
from bots.dialogs.vocabulary import FILLERS, MONTHS, NEAR, WEEKDAYS

_DOTTED: Final = re.compile(r"(\d{1,2})[./](\d{1,2})(?:[./](\d{4}|\d{2}))?")
_ISO: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_TIME: Final = re.compile(r"(\d{1,2})[:.\-](\d{2})")
_PM: Final = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?(am|pm)")
_NUMBER: Final = re.compile(r"(\d{1,2})(?:-?(?:го|е|ого|st|nd|rd|th))?")
_LONGEST: Final = 60


@dataclass(frozen=True, slots=True)
class TypedWhen:
    """What was read: a date, a time (minutes after local midnight), or both."""

    day: date | None = None
    minute: int | None = None


def read_when(text: str, today: date) -> TypedWhen | None:
    """The date and time that stand in ``text``; None when there are other words, or neither."""
    if len(text) > _LONGEST:
        return None
    words = [word for word in plain_words(text).replace(",", " ").split() if word not in FILLERS]
    day: date | None = None
    minute: int | None = None
    index = 0
    while index < len(words):
        word, following = words[index], words[index + 1] if index + 1 < len(words) else ""
        index += 1
        if day is None and (found := _day(word, following, today)) is not None:
            day, used = found
            index += used
        elif minute is None and (time := _time(word)) is not None:
            minute = time
        elif day is not None and word in WEEKDAYS:
            continue
        else:
            return None
    if day is None and minute is None:
        return None
    return TypedWhen(day, minute)


def _day(word: str, following: str, today: date) -> tuple[date, int] | None:
    """A date beginning at ``word``, and how many further words it took."""
    if word in NEAR:
        return today + timedelta(days=NEAR[word]), 0
    if word in WEEKDAYS:
        if _NUMBER.fullmatch(following) and not _TIME.fullmatch(following):
            return None
        return today + timedelta(days=(WEEKDAYS[word] - today.weekday()) % 7), 0
    if match := _ISO.fullmatch(word):
        return _taken(_date(int(match[1]), int(match[2]), int(match[3])), 0)
    if match := _DOTTED.fullmatch(word):
        if match[3]:
            year = int(match[3])
            return _taken(_date(year + 2000 if year < 100 else year, int(match[2]), int(match[1])), 0)
        return _taken(_nearest(int(match[1]), int(match[2]), today), 0)
    number, month = _NUMBER.fullmatch(word), _month(following)
    if number and month:
        return _taken(_nearest(int(number[1]), month, today), 1)
    number, month = _NUMBER.fullmatch(following), _month(word)
    if number and month:
        return _taken(_nearest(int(number[1]), month, today), 1)
    return None


def _taken(day: date | None, used: int) -> tuple[date, int] | None:
    return None if day is None else (day, used)


def _month(word: str) -> int | None:
    if not word.isalpha() or word in WEEKDAYS or word in NEAR:
        return None
    for number, beginnings in MONTHS.items():
        if any(word.startswith(beginning) for beginning in beginnings) and len(word) >= 3:
            return number
    return None


def _nearest(day: int, month: int, today: date) -> date | None:
    """A date without a year: this year's, or next year's when this one's is half a year and more ago."""
    found = _date(today.year, month, day)
    if found is not None and (today - found).days > 180:
        return _date(today.year + 1, month, day)
    return found


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _time(word: str) -> int | None:
    if match := _PM.fullmatch(word):
        hour, minute = int(match[1]) % 12 + (12 if match[3] == "pm" else 0), int(match[2] or 0)
        return hour * 60 + minute if int(match[1]) <= 12 and minute < 60 else None
    if match := _TIME.fullmatch(word):
        hour, minute = int(match[1]), int(match[2])
    elif match := _NUMBER.fullmatch(word):
        hour, minute = int(match[1]), 0
    else:
        return None
    return hour * 60 + minute if hour < 24 and minute < 60 else None
