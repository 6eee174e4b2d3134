"""Times and times of day, written fast."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from core.domain.visit import from_minutes, to_minutes

#: Minutes of a day on which no clock is changed.
MINUTES: Final = 24 * 60

#: «HH:MM» of every minute of a day, «24:00» being its end.
CLOCK: Final = tuple(f"{minute // 60:02}:{minute % 60:02}" for minute in range(MINUTES + 1))


def iso(moment: datetime, zone: ZoneInfo) -> str:
    """ISO 8601 in the zone, with its offset, to the second."""
    return moment.astimezone(zone).isoformat(timespec="seconds")


def clock(minute: int | None) -> str | None:
    """«HH:MM» of minutes after midnight; the end of the day is «24:00»."""
    return None if minute is None else CLOCK[minute]


class DayFrame(NamedTuple):
    """A local date: when it begins (epoch minutes), and what stands around the time of day.

    ``steady``: the offset holds all day long, so that the frame fits every minute of it.
    """

    begins: int
    before: str
    after: str
    steady: bool


@lru_cache(maxsize=4096)
def frame(zone: ZoneInfo, day: date) -> DayFrame:
    """The frame of a local date."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    offset = midnight.utcoffset() or timedelta()
    # Compared in UTC: between aware times of one zone Python subtracts wall clocks.
    length = (midnight + timedelta(days=1)).astimezone(UTC) - midnight.astimezone(UTC)
    return DayFrame(
        begins=to_minutes(midnight),
        before=f"{day.isoformat()}T",
        after=f":00{midnight.isoformat()[-6:]}",
        steady=length == timedelta(days=1) and offset.total_seconds() % 60 == 0,
    )


def stamp(minutes: int, around: DayFrame, zone: ZoneInfo) -> str:
    """ISO 8601 of epoch minutes, quick for those of the frame's own day."""
    minute = minutes - around.begins
    if around.steady and 0 <= minute < MINUTES:
        return f"{around.before}{CLOCK[minute]}{around.after}"
    return iso(from_minutes(minutes), zone)
