"""Working time: rules, breaks, exceptions, and the days on which clocks change."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.domain.local_time import day_start, day_starts, interval, local_date, pieces_of
from core.domain.schedule import Cycle, ExceptionType, Parity
from core.domain.visit import from_minutes
from core.domain.working_time import working_time
from tests.unit.slots.salon import DAY, Salon, every_day, named, rule

CLOSED, CUSTOM, EXTRA = ExceptionType.CLOSED, ExceptionType.OPEN_CUSTOM, ExceptionType.OPEN_EXTRA


def hours(
    salon: Salon, name: str = "Anna", day: date = DAY, at: str = "Main", until: date | None = None
) -> list[str]:
    """A master's working time as the wall clock shows it."""
    spans = working_time(salon.catalogue).staff(named("staff", name), named("place", at), day, until or day)
    return [f"{salon.shown(start)}-{salon.shown(end)}" for start, end in spans]


def real(zone: str, day: date, start: int, end: int) -> int:
    """How many real minutes lie between two wall times."""
    from_, until = interval(ZoneInfo(zone), day, start, end)
    return until - from_


class TestRules:
    def test_several_intervals_a_day_are_joined_where_they_meet(self) -> None:
        salon = Salon()
        salon.master(
            "Anna", [rule("10:00-14:00"), rule("15:00-18:00"), rule("18:00-19:00"), rule("17:30-18:10")]
        )
        assert hours(salon) == ["10:00-14:00", "15:00-19:00"]

    def test_a_rule_holds_on_its_weekday(self) -> None:
        salon = Salon()
        salon.master("Anna", [rule("10:00-14:00", weekday=2), rule("12:00-20:00", weekday=3)])
        assert [hours(salon, day=DAY + timedelta(days=n)) for n in range(-1, 3)] == [
            [],
            ["10:00-14:00"],
            ["12:00-20:00"],
            [],
        ]

    def test_odd_and_even_days_go_by_the_day_of_the_month(self) -> None:
        salon = Salon()
        salon.master(
            "Anna", [rule("10:00-14:00", parity=Parity.ODD), rule("15:00-20:00", parity=Parity.EVEN)]
        )
        days = [date(2026, 7, 30), date(2026, 7, 31), date(2026, 8, 1), date(2026, 8, 2)]
        assert [hours(salon, day=day)[0][:2] for day in days] == ["15", "10", "10", "15"]

    def test_two_on_two_off_counts_from_its_anchor_in_both_directions(self) -> None:
        salon = Salon()
        salon.master("Anna", [rule("10:00-20:00", cycle=Cycle(DAY, 2, 2))])
        works = [bool(hours(salon, day=DAY + timedelta(days=n))) for n in range(-4, 6)]
        assert works == [True, True, False, False, True, True, False, False, True, True]

    def test_a_rule_is_valid_on_its_first_and_last_date(self) -> None:
        salon = Salon()
        tomorrow = DAY + timedelta(days=1)
        salon.master("Anna", [rule("10:00-20:00", valid_from=DAY, valid_until=tomorrow)])
        works = [bool(hours(salon, day=DAY + timedelta(days=n))) for n in range(-1, 3)]
        assert works == [False, True, True, False]

    def test_breaks_are_taken_away_on_the_days_they_hold(self) -> None:
        salon = Salon()
        salon.master("Anna", breaks=(rule("13:00-14:00"), rule("16:00-16:15", weekday=3)))
        assert hours(salon) == ["10:00-13:00", "14:00-18:00"]
        assert hours(salon, day=DAY + timedelta(days=1)) == ["10:00-13:00", "14:00-16:00", "16:15-18:00"]

    def test_the_location_limits_its_staff(self) -> None:
        salon = Salon()
        salon.place("Main", every_day("11:00-13:00", "14:00-17:00"))
        salon.master("Anna")
        assert hours(salon) == ["11:00-13:00", "14:00-17:00"]

    def test_who_follows_the_location_needs_no_hours(self) -> None:
        salon = Salon()
        salon.place("Main", every_day("09:00-21:00"))
        salon.master("Anna", [], follows_location=True, breaks=(rule("13:00-13:30"),))
        assert hours(salon) == ["09:00-13:00", "13:30-21:00"]

    def test_staff_of_two_locations_have_hours_at_each(self) -> None:
        salon = Salon()
        here, there = salon.place("Here"), salon.place("There")
        salon.place("Elsewhere")
        salon.master(
            "Anna",
            [
                rule("10:00-13:00", location_id=here),
                rule("14:00-18:00", location_id=there),
                rule("19:00-20:00"),
            ],
            at=("Here", "There"),
        )
        assert hours(salon, at="Here") == ["10:00-13:00", "19:00-20:00"]
        assert hours(salon, at="There") == ["14:00-18:00", "19:00-20:00"]
        assert hours(salon, at="Elsewhere") == []

    def test_a_night_shift_is_one_stretch_over_midnight(self) -> None:
        salon = Salon()
        salon.master("Anna", [rule("20:00-24:00"), rule("00:00-04:00")])
        tomorrow = DAY + timedelta(days=1)
        assert hours(salon, until=tomorrow) == ["00:00-04:00", "20:00-04:00", "20:00-00:00"]


class TestExceptions:
    @pytest.fixture
    def salon(self) -> Salon:
        salon = Salon()
        salon.place("Main", every_day("10:00-20:00"))
        salon.master("Anna", "10:00-18:00", breaks=(rule("13:00-14:00"),))
        return salon

    def test_a_day_off(self, salon: Salon) -> None:
        salon.exception(CLOSED, of="Anna")
        assert hours(salon) == []
        assert hours(salon, day=DAY + timedelta(days=1)) == ["10:00-13:00", "14:00-18:00"]

    def test_some_hours_off(self, salon: Salon) -> None:
        salon.exception(CLOSED, "10:00-12:00", of="Anna")
        salon.exception(CLOSED, "17:00-24:00", of="Anna")
        assert hours(salon) == ["12:00-13:00", "14:00-17:00"]

    def test_custom_hours_replace_the_days_hours_breaks_and_all(self, salon: Salon) -> None:
        salon.exception(CUSTOM, "12:00-15:00", of="Anna")
        salon.exception(CUSTOM, "21:00-22:00", of="Anna")
        assert hours(salon) == ["12:00-15:00", "21:00-22:00"]

    def test_extra_hours_are_added_whatever_the_location_does(self, salon: Salon) -> None:
        salon.exception(EXTRA, "20:30-22:00", of="Anna")
        assert hours(salon) == ["10:00-13:00", "14:00-18:00", "20:30-22:00"]

    def test_ones_own_closure_wins_over_ones_own_opening(self, salon: Salon) -> None:
        salon.exception(CUSTOM, "12:00-20:00", of="Anna")
        salon.exception(CLOSED, "15:00-16:00", of="Anna")
        assert hours(salon) == ["12:00-15:00", "16:00-20:00"]

    @pytest.mark.parametrize("at", [None, "Main"])
    def test_a_closure_of_the_place_or_the_business_wins_over_everybody(
        self, salon: Salon, at: str | None
    ) -> None:
        salon.exception(CUSTOM, "12:00-20:00", of="Anna")
        salon.exception(CLOSED, "15:00-24:00", at=at)
        assert hours(salon) == ["12:00-15:00"]
        salon.exception(CLOSED, at=at)
        assert hours(salon) == []

    def test_a_shorter_day_of_the_place_limits_its_staff(self, salon: Salon) -> None:
        salon.exception(CUSTOM, "12:00-16:00", at="Main")
        assert hours(salon) == ["12:00-13:00", "14:00-16:00"]

    def test_a_place_closed_by_its_week_and_opened_by_exception_is_worked_by_all(self) -> None:
        salon = Salon()
        salon.place("Main", ((),) * 7)
        salon.master("Anna")
        salon.master("Boris", breaks=(rule("13:00-14:00"),))
        salon.master("Vera", "12:00-18:00")
        salon.exception(CUSTOM, "11:00-15:00")
        salon.exception(CLOSED, "14:00-15:00", of="Vera")
        assert hours(salon, "Anna") == ["11:00-15:00"]
        assert hours(salon, "Boris") == ["11:00-13:00", "14:00-15:00"]
        assert hours(salon, "Vera") == ["11:00-14:00"], "away for an hour, she works the rest"
        salon.exception(EXTRA, "13:00-16:00", of="Vera")
        assert hours(salon, "Vera") == ["12:00-14:00", "15:00-16:00"], "with hours of her own hers count"

    def test_an_exception_of_another_place_or_person_changes_nothing(self, salon: Salon) -> None:
        salon.place("Other")
        salon.master("Boris", at=("Other",))
        salon.exception(CLOSED, at="Other")
        salon.exception(CLOSED, of="Boris")
        assert hours(salon) == ["10:00-13:00", "14:00-18:00"]

    def test_somebody_is_away_from_one_of_their_places_only(self) -> None:
        salon = Salon()
        salon.master("Anna", at=("Main", "Other"))
        salon.exception(CLOSED, of="Anna", at="Other")
        assert hours(salon) == ["10:00-18:00"]
        assert hours(salon, at="Other") == []


class TestClockChanges:
    @pytest.mark.parametrize(
        ("zone", "day", "start", "end", "minutes"),
        [
            # London, 29 March 2026: 01:00 becomes 02:00.
            ("Europe/London", date(2026, 3, 29), 0, 1440, 23 * 60),
            ("Europe/London", date(2026, 3, 29), 0, 180, 120),
            ("Europe/London", date(2026, 3, 29), 60, 120, 0),
            ("Europe/London", date(2026, 3, 29), 90, 180, 60),
            ("Europe/London", date(2026, 3, 29), 0, 90, 60),
            # London, 25 October 2026: 02:00 becomes 01:00 again.
            ("Europe/London", date(2026, 10, 25), 0, 1440, 25 * 60),
            ("Europe/London", date(2026, 10, 25), 60, 120, 120),
            ("Europe/London", date(2026, 10, 25), 90, 180, 150),
            ("Europe/London", date(2026, 10, 25), 0, 60, 60),
            ("Europe/London", date(2026, 10, 25), 0, 90, 150),
            ("Europe/London", date(2026, 10, 25), 75, 90, 75),
            # Lord Howe changes by half an hour: 02:00 becomes 02:30, and back from 02:00 to 01:30.
            ("Australia/Lord_Howe", date(2026, 10, 4), 0, 1440, 23 * 60 + 30),
            ("Australia/Lord_Howe", date(2026, 10, 4), 120, 150, 0),
            ("Australia/Lord_Howe", date(2026, 4, 5), 0, 1440, 24 * 60 + 30),
            ("Australia/Lord_Howe", date(2026, 4, 5), 90, 120, 60),
            # New York, at 02:00.
            ("America/New_York", date(2026, 3, 8), 60, 240, 120),
            ("America/New_York", date(2026, 11, 1), 60, 240, 240),
            # Cairo goes forward at midnight: 24 April 2026 begins at 01:00.
            ("Africa/Cairo", date(2026, 4, 24), 0, 1440, 23 * 60),
            ("Africa/Cairo", date(2026, 4, 24), 0, 30, 0),
            ("Africa/Cairo", date(2026, 4, 24), 30, 90, 30),
            ("Africa/Cairo", date(2026, 4, 23), 0, 1440, 24 * 60),
            # Havana goes back from 01:00 to 00:00: the first hour of the date comes twice.
            ("America/Havana", date(2026, 11, 1), 0, 60, 120),
            ("America/Havana", date(2026, 10, 31), 1380, 1440, 60),
            # Kathmandu never changes, and is 5:45 ahead.
            ("Asia/Kathmandu", date(2026, 3, 29), 0, 1440, 24 * 60),
        ],
    )
    def test_real_minutes_between_wall_times(
        self, zone: str, day: date, start: int, end: int, minutes: int
    ) -> None:
        assert real(zone, day, start, end) == minutes

    @pytest.mark.parametrize(
        "zone", ["Europe/London", "Australia/Lord_Howe", "Africa/Cairo", "America/Havana"]
    )
    def test_dates_follow_each_other_without_gap_or_overlap(self, zone: str) -> None:
        days = [date(2026, 1, 1) + timedelta(days=number) for number in range(365)]
        starts = day_starts(ZoneInfo(zone), days[0], days[-1])
        for day, start, end in zip(days, starts, starts[1:], strict=False):
            pieces = pieces_of(ZoneInfo(zone), day)
            assert (pieces[0].start, pieces[-1].end) == (start, end)
            assert local_date(ZoneInfo(zone), start) == local_date(ZoneInfo(zone), end - 1) == day
            assert local_date(ZoneInfo(zone), start - 1) == day - timedelta(days=1)

    def test_kathmandu_begins_its_day_at_a_quarter_past_six_in_utc(self) -> None:
        start = from_minutes(day_start(ZoneInfo("Asia/Kathmandu"), DAY))
        assert (start.hour, start.minute) == (18, 15)

    def test_a_working_day_has_its_wall_clock_whatever_the_clocks_did_at_night(self) -> None:
        salon = Salon("Europe/London")
        salon.master("Anna")
        for day in (date(2026, 3, 28), date(2026, 3, 29), date(2026, 10, 25)):
            assert hours(salon, day=day) == ["10:00-18:00"]
