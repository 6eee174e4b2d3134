"""Defects that others have in their slots, and that are absent here."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from core.domain.schedule import ExceptionType
from core.domain.visit import Placement, Refusal
from tests.unit.slots.salon import DAY, Salon


def test_a_long_visit_closes_every_start_that_it_covers() -> None:
    """Elsewhere only the exact start is locked, so that 10:00 for 90 minutes leaves 10:30 free."""
    salon = Salon()
    salon.service("colour", 90)
    salon.service("trim", 30)
    salon.master("Anna", "09:00-13:00")
    salon.book("10:00", salon.query("colour"))
    assert salon.times(salon.query("trim")) == ["09:00", "09:30", "11:30", "12:00", "12:30"]
    assert salon.times(salon.query("colour")) == ["11:30"]
    for at in ("10:00", "10:30", "11:00"):
        assert salon.placed(at, salon.query("trim")) is Refusal.TAKEN


def test_a_long_visit_is_not_offered_into_the_next_booking() -> None:
    salon = Salon()
    salon.service("colour", 90)
    salon.service("trim", 30)
    salon.master("Anna", "09:00-13:00")
    salon.book("10:00", salon.query("trim"))
    assert salon.placed("09:00", salon.query("colour")) is Refusal.TAKEN


def test_a_move_is_checked_against_everybody_else() -> None:
    """Elsewhere a move checks no overlap."""
    salon = Salon()
    salon.service("cut", 60)
    salon.master("Anna", "10:00-14:00")
    mine = salon.book("10:00")
    salon.book("12:00")
    moving = salon.query("cut", ignore_booking=mine)
    assert salon.placed("11:30", moving) is Refusal.TAKEN
    assert isinstance(salon.placed("10:30", moving), Placement)


def test_the_day_is_the_salon_s_own_wherever_the_server_is() -> None:
    """Elsewhere lists are in UTC, "now" is the server's and "+3 hours" is in the SQL."""
    salon = Salon(
        "Asia/Vladivostok", now=datetime(2026, 6, 2, 22, 31, tzinfo=UTC)
    )  # there it is 08:31 on the 3rd
    salon.service("cut", 60)
    salon.master("Anna", "08:00-11:00")
    assert salon.times(day=DAY) == ["09:00", "09:30", "10:00"]
    assert salon.times(day=DAY - timedelta(days=1)) == []
    assert salon.starts()[0].start * 60 == datetime(2026, 6, 2, 23, 0, tzinfo=UTC).timestamp()


def test_hours_hang_on_the_wall_clock_when_clocks_change() -> None:
    salon = Salon("Europe/London", now=datetime(2026, 3, 20, tzinfo=UTC))
    salon.service("cut", 60)
    salon.master("Anna", "09:00-11:00")
    before, after = date(2026, 3, 28), date(2026, 3, 29)
    assert salon.times(day=before) == salon.times(day=after) == ["09:00", "09:30", "10:00"]
    assert salon.starts(day=after)[0].start - salon.starts(day=before)[0].start == 23 * 60


def test_a_day_off_leaves_nothing_to_book() -> None:
    salon = Salon()
    salon.service("cut", 60)
    salon.master("Anna", "10:00-14:00")
    salon.exception(ExceptionType.CLOSED, of="Anna")
    assert salon.times() == []
    assert salon.placed("10:00") is Refusal.OUTSIDE_HOURS


def test_late_times_are_listed_to_the_last() -> None:
    """Elsewhere a keyboard of eight buttons hides the later times; the list itself has no such end."""
    salon = Salon()
    salon.service("trim", 30)
    salon.master("Anna", "00:00-24:00")
    assert len(salon.times()) == 48
