"""Working time: wall-clock rules of hours, rotations, breaks and dated exceptions.

Rules are kept as wall clock (minutes after local midnight, ``end`` up to 1440) and expanded per local date in
the location's zone, then compared as instants, so that a working day has its right length across DST changes.
The expansion, and what decides when several of these speak about one date, is in
:mod:`core.domain.working_time`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

#: Open intervals of each weekday (0 = Monday), minutes after local midnight.
WeeklyHours = tuple[tuple[tuple[int, int], ...], ...]

CLOSED_ALL_WEEK: WeeklyHours = ((),) * 7


class Parity(StrEnum):
    """Rotation by day of the month."""

    ODD = "odd"
    EVEN = "even"


@dataclass(frozen=True, slots=True)
class Cycle:
    """``on`` working days, then ``off`` free ones, counted from ``anchor`` (the first working day), in both
    directions.
    """

    anchor: date
    on: int
    off: int


@dataclass(frozen=True, slots=True)
class WorkingRule:
    """One interval of work (or of break) on the days that fit all of its conditions; None is no condition.

    ``start`` and ``end``: minutes after local midnight, ``0 <= start < end <= 1440``. ``location_id``: where
    (None: wherever they work).
    """

    start: int
    end: int
    weekday: int | None = None
    parity: Parity | None = None
    cycle: Cycle | None = None
    location_id: UUID | None = None
    valid_from: date | None = None
    valid_until: date | None = None


class ExceptionType(StrEnum):
    """What a dated exception does.

    ``closed`` removes the interval (the whole date when it has none). ``open_custom`` replaces the date's
    hours by its interval (several of one date: by all of them). ``open_extra`` adds its interval to the
    date's hours.
    """

    CLOSED = "closed"
    OPEN_CUSTOM = "open_custom"
    OPEN_EXTRA = "open_extra"


@dataclass(frozen=True, slots=True)
class DatedException:
    """A change of the hours of one local date.

    It is the staff member's (``staff_id``), the location's (``location_id``) or, with neither, the whole
    business's. What a staff member's dated opening adds is not limited by the location's weekly hours, but a
    location's or business's closure of that date wins over it. A date on which a location is closed by its
    weekly hours and opened by an exception of its own or of the business is worked by everybody of that
    location who has no dated opening of their own that day. A staff member's exception with a
    ``location_id`` too speaks of their time there only. ``start``/``end``: minutes after local midnight;
    None: from the beginning and to the end of the date.
    """

    id: UUID
    date: date
    type: ExceptionType
    start: int | None = None
    end: int | None = None
    staff_id: UUID | None = None
    location_id: UUID | None = None
    reason: str = ""
