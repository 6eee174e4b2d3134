"""Wall clocks and instants: local dates of a zone as stretches of epoch minutes.

A clock change is met in one place, here. A wall time that does not exist (clocks went forward over it) is
the end of the gap; one that comes twice (clocks went back) is taken first or last as :func:`instant` is told.
Zones are taken to be whole minutes from UTC, as all have been since 1972.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

DAY: Final = 24 * 60
_EPOCH: Final = date(1970, 1, 1).toordinal()
_EPOCH_MOMENT: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE: Final = timedelta(minutes=1)


class Piece(NamedTuple):
    """A stretch of one local date within which the offset from UTC stays: its wall clock, as minutes after
    local midnight, is the epoch minute plus ``wall``.
    """

    start: int
    end: int
    wall: int


def offset_at(zone: ZoneInfo, minute: int) -> int:
    """Minutes that local clocks are ahead of UTC at this epoch minute."""
    moment = (_EPOCH_MOMENT + timedelta(minutes=minute)).astimezone(zone)
    return _minutes(moment.utcoffset())


def local_date(zone: ZoneInfo, minute: int) -> date:
    """The local date of an epoch minute."""
    return (_EPOCH_MOMENT + timedelta(minutes=minute)).astimezone(zone).date()


@lru_cache(maxsize=16384)
def day_start(zone: ZoneInfo, day: date) -> int:
    """The first epoch minute of a local date: midnight, or the end of a gap that swallowed it."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    wall = (day.toordinal() - _EPOCH) * DAY
    before = _minutes(midnight.utcoffset())
    after = _minutes(midnight.replace(fold=1).utcoffset())
    if after > before:
        return _change(zone, wall - after, wall - before)
    return wall - before


@lru_cache(maxsize=16384)
def pieces_of(zone: ZoneInfo, day: date) -> tuple[Piece, ...]:
    """A local date as its one piece, or as two on a day when clocks change."""
    start, end = day_start(zone, day), day_start(zone, day + timedelta(days=1))
    midnight = (day.toordinal() - _EPOCH) * DAY
    first, last = offset_at(zone, start), offset_at(zone, end - 1)
    if first == last:
        return (Piece(start, end, first - midnight),)
    change = _change(zone, start, end - 1)
    return (Piece(start, change, first - midnight), Piece(change, end, last - midnight))


@lru_cache(maxsize=1024)
def day_starts(zone: ZoneInfo, first: date, last: date) -> tuple[int, ...]:
    """The first minute of each local date from ``first`` to ``last``, and of the one after."""
    count = (last - first).days + 2
    return tuple(day_start(zone, first + timedelta(days=number)) for number in range(count))


def interval(zone: ZoneInfo, day: date, start: int, end: int) -> tuple[int, int]:
    """The instants between two wall times of a local date (minutes after midnight, ``end`` up to 1440): from
    the first minute of the date that is ``start`` or later, to the last one that is before ``end``.

    So an hour that comes twice is worked through both times by who works through it once on the wall, and
    what lies in a gap is empty.
    """
    pieces = pieces_of(zone, day)
    early, late = pieces[0], pieces[-1]
    from_ = start - early.wall if start < early.end + early.wall else max(late.start, start - late.wall)
    until = end - late.wall if end > late.start + late.wall else min(early.end, end - early.wall)
    from_ = max(early.start, from_)
    return from_, max(from_, min(late.end, until))


@lru_cache(maxsize=1024)
def grid(zone: ZoneInfo, first: date, last: date, step: int, grid_start: int) -> tuple[Piece, ...]:
    """The wall-clock grid over some local dates: a minute within a piece is on it when minute plus ``wall``
    is a multiple of ``step``. Pieces that go on in the same rhythm are one.
    """
    found: list[Piece] = []
    for number in range((last - first).days + 1):
        for start, end, wall in pieces_of(zone, first + timedelta(days=number)):
            phase = (wall - grid_start) % step
            if found and found[-1].wall == phase and found[-1].end == start:
                found[-1] = Piece(found[-1].start, end, phase)
            else:
                found.append(Piece(start, end, phase))
    return tuple(found)


def _minutes(offset: timedelta | None) -> int:
    assert offset is not None
    return offset // _MINUTE


def _change(zone: ZoneInfo, before: int, after: int) -> int:
    """The first minute with another offset than ``before`` has; ``after`` is known to have it."""
    old = offset_at(zone, before)
    while after - before > 1:
        middle = (before + after) // 2
        if offset_at(zone, middle) == old:
            before = middle
        else:
            after = middle
    return after
