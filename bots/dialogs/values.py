"""Parameters of texts that each language writes its own way, and their wording."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from core.domain.money import Money
from locales import Texts


@dataclass(frozen=True, slots=True)
class Day:
    """A date with its weekday, near ones by name too: «завтра, ср 26 ноября»."""

    day: date
    today: date | None = None


@dataclass(frozen=True, slots=True)
class ShortDay:
    """A date for a button: «завтра», «чт» within the week, later and without ``today`` «чт 27 нояб»."""

    day: date
    today: date | None = None


@dataclass(frozen=True, slots=True)
class Clock:
    """A local time of day: «15:00»."""

    moment: datetime


@dataclass(frozen=True, slots=True)
class Minutes:
    """A duration: «60 мин»."""

    minutes: int


@dataclass(frozen=True, slots=True)
class Month:
    """«Ноябрь 2026»."""

    month: int
    year: int


@dataclass(frozen=True, slots=True)
class Weekday:
    """«пн»: 0 = Monday."""

    weekday: int


@dataclass(frozen=True, slots=True)
class Weekdays:
    """Weekdays in a row, 0 = Monday: «Пн–Сб», or one: «Вс»."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Hours:
    """Opening hours, minutes after midnight: «10–20», «9:30–18»."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Names:
    """Who works: those of a group together, the groups one after the other: «Анна и Мария, Ольга»."""

    groups: tuple[tuple[str, ...], ...]


Value = str | int | Money | Day | ShortDay | Clock | Minutes | Month | Weekday | Weekdays | Hours | Names


def word(value: Value, texts: Texts) -> str:
    """``value`` as this language writes it."""
    match value:
        case str():
            return value
        case Clock():
            return texts.time(value.moment)
    return _written(value, texts)


# A time is not among them: one instant is equal on every wall clock, and not written the same.
@lru_cache(maxsize=4096, typed=True)
def _written(
    value: int | Money | Day | ShortDay | Minutes | Month | Weekday | Weekdays | Hours | Names, texts: Texts
) -> str:
    """Formatting is dear, and screens say the same prices and days again and again."""
    match value:
        case int():
            return texts.number(value)
        case Money():
            return texts.money(value.minor, value.currency)
        case Day():
            return texts.day(value.day, value.today)
        case ShortDay():
            return texts.short_day(value.day, value.today)
        case Minutes():
            return texts.minutes(value.minutes)
        case Month():
            return texts.month(value.month, value.year)
        case Weekday():
            return texts.weekday(value.weekday)
        case Weekdays():
            names = [texts.weekday(value.first), texts.weekday(value.last)]
            names = [name[:1].upper() + name[1:] for name in names]
            return names[0] if value.first == value.last else "–".join(names)
        case Hours():
            return f"{_hour(value.start)}–{_hour(value.end)}"
        case Names():
            return ", ".join(texts.join(list(group)) for group in value.groups)


def _hour(minutes: int) -> str:
    hour, minute = divmod(minutes, 60)
    return f"{hour}:{minute:02}" if minute else str(hour)
