"""What shapes the offer: hours, grid, notice, horizon, limits, buffers, overrides."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from core.domain.catalog import BookingRules, GapMode, ServiceRules
from core.domain.placement import with_claims
from core.domain.schedule import ExceptionType
from core.domain.slots import free_starts, resources_of, span_of
from core.domain.visit import Busy, Claim, Placement, Refusal, SlotQuery, VisitItem, to_minutes
from tests.unit.slots.salon import DAY, Salon, clock, every_day, named, rule


@pytest.fixture
def salon() -> Salon:
    """Anna cuts hair for an hour, 10 to 14, at any half hour."""
    salon = Salon()
    salon.service("cut", 60)
    salon.master("Anna", "10:00-14:00")
    return salon


class TestHours:
    def test_a_visit_ends_by_closing_time(self, salon: Salon) -> None:
        assert salon.times() == ["10:00", "10:30", "11:00", "11:30", "12:00", "12:30", "13:00"]
        assert salon.placed("13:30") is Refusal.OUTSIDE_HOURS

    def test_a_visit_fits_between_others(self, salon: Salon) -> None:
        salon.take("Anna", "11:00-11:45")
        assert salon.times() == ["10:00", "12:00", "12:30", "13:00"]
        assert salon.placed("11:30") is Refusal.TAKEN

    def test_every_date_asked_is_answered(self, salon: Salon) -> None:
        salon.exception(ExceptionType.CLOSED)
        found = free_starts(
            salon.catalogue,
            salon.query(),
            Busy(),
            salon.now,
            DAY - timedelta(days=1),
            DAY + timedelta(days=1),
        )
        assert [(one.date, len(one.starts)) for one in found] == [
            (DAY - timedelta(days=1), 7),
            (DAY, 0),
            (DAY + timedelta(days=1), 7),
        ]

    def test_a_visit_may_go_over_midnight_where_the_shift_does(self) -> None:
        salon = Salon()
        salon.service("cut", 60)
        salon.master("Anna", [rule("23:00-24:00"), rule("00:00-01:00")])
        assert salon.times() == ["00:00", "23:00", "23:30"]
        salon.book("23:30")
        assert salon.times(day=DAY + timedelta(days=1)) == ["23:00", "23:30"]


class TestGrid:
    def test_the_step_is_the_business_s_or_the_service_s_own(self, salon: Salon) -> None:
        salon.rule_out(slot_step_minutes=60)
        assert salon.times() == ["10:00", "11:00", "12:00", "13:00"]
        salon.services["cut"] = replace(salon.services["cut"], rules=ServiceRules(slot_step_minutes=90))
        assert salon.times() == ["10:30", "12:00"], "counted from midnight"

    def test_the_grid_has_its_own_beginning(self, salon: Salon) -> None:
        salon.rule_out(slot_step_minutes=45, grid_start=clock("10:10"))
        assert salon.times() == ["10:10", "10:55", "11:40", "12:25"]
        assert salon.placed("10:00") is Refusal.OFF_GRID

    def test_a_start_is_a_whole_minute(self, salon: Salon) -> None:
        salon.rule_out(slot_step_minutes=1)
        assert isinstance(salon.placed("10:07"), Placement)
        assert salon.placed(salon.instant("10:07") + timedelta(seconds=1)) is Refusal.OFF_GRID

    def test_a_step_that_does_not_divide_the_day_begins_anew_each_date(self) -> None:
        salon = Salon(rules=BookingRules(slot_step_minutes=500, min_notice_minutes=0))
        salon.service("cut", 60)
        salon.master("Anna", "00:00-24:00")
        assert salon.times() == salon.times(day=DAY + timedelta(days=1)) == ["00:00", "08:20", "16:40"]

    def test_an_hour_that_comes_twice_is_offered_twice(self) -> None:
        salon = Salon("Europe/London", now=datetime(2026, 10, 24, 6, tzinfo=UTC))
        salon.service("cut", 30)
        salon.master("Anna", "00:30-02:30")
        starts = salon.starts(day=date(2026, 10, 25))
        assert [salon.shown(one.start) for one in starts] == [
            "00:30",
            "01:00",
            "01:30",
            "01:00",
            "01:30",
            "02:00",
        ]
        assert [one.start - starts[0].start for one in starts] == [0, 30, 60, 90, 120, 150]

    def test_an_hour_that_is_skipped_is_not_offered(self) -> None:
        salon = Salon("Europe/London", now=datetime(2026, 3, 28, 6, tzinfo=UTC))
        salon.service("cut", 30)
        salon.master("Anna", "00:00-03:00")
        assert salon.times(day=date(2026, 3, 29)) == ["00:00", "00:30", "02:00", "02:30"]

    def test_the_grid_is_the_wall_clock_of_the_location(self) -> None:
        salon = Salon()
        salon.place("Main", every_day("10:00-11:00"), zone="Asia/Kathmandu")
        salon.service("cut", 30)
        salon.master("Anna", "00:00-24:00")
        assert salon.times() == ["07:15", "07:45"], "10:00 and 10:30 there, as Moscow sees it"

    @pytest.mark.parametrize(
        ("zone", "day", "count"),
        [
            ("Australia/Lord_Howe", date(2026, 10, 4), 47),
            ("Australia/Lord_Howe", date(2026, 4, 5), 49),
            ("Asia/Kathmandu", date(2026, 6, 3), 48),
            ("America/New_York", date(2026, 3, 8), 46),
            ("America/New_York", date(2026, 11, 1), 50),
        ],
    )
    def test_half_hours_of_a_day_and_night(self, zone: str, day: date, count: int) -> None:
        salon = Salon(zone, now=datetime(2026, 3, 1, tzinfo=UTC))
        salon.rule_out(horizon_days=400)
        salon.service("cut", 30)
        salon.master("Anna", "00:00-24:00")
        assert len(salon.times(day=day)) == count


class TestNow:
    def test_the_past_is_past(self, salon: Salon) -> None:
        salon.now = salon.instant("11:00") + timedelta(seconds=1)
        assert salon.times() == ["11:30", "12:00", "12:30", "13:00"]
        assert salon.placed("11:00") is Refusal.IN_THE_PAST
        assert salon.placed("10:00", day=DAY - timedelta(days=1)) is Refusal.IN_THE_PAST
        salon.now = salon.instant("11:00")
        assert salon.times()[0] == "11:00"

    def test_notice_is_kept_to_the_second(self, salon: Salon) -> None:
        salon.rule_out(min_notice_minutes=90)
        salon.now = salon.instant("10:30")
        assert salon.times()[0] == "12:00"
        salon.now += timedelta(seconds=1)
        assert salon.times()[0] == "12:30"
        assert salon.placed("12:00") is Refusal.TOO_SOON

    def test_a_service_may_ask_for_its_own_notice_and_horizon(self, salon: Salon) -> None:
        salon.services["cut"] = replace(
            salon.services["cut"], rules=ServiceRules(min_notice_minutes=48 * 60, horizon_days=3)
        )
        salon.now = salon.instant("12:00", DAY - timedelta(days=2))
        assert salon.times() == ["12:00", "12:30", "13:00"]
        assert salon.times(day=DAY + timedelta(days=1))
        assert salon.times(day=DAY + timedelta(days=2)) == []
        assert salon.placed("10:00", day=DAY + timedelta(days=2)) is Refusal.TOO_FAR

    def test_the_horizon_ends_after_some_days_or_at_a_date(self, salon: Salon) -> None:
        salon.now = salon.instant("08:00", DAY - timedelta(days=5))
        salon.rule_out(horizon_days=5)
        assert salon.times()
        assert not salon.times(day=DAY + timedelta(days=1))
        salon.rule_out(horizon_until=DAY - timedelta(days=1))
        assert salon.placed("10:00") is Refusal.TOO_FAR

    def test_from_the_cut_off_on_today_is_over(self, salon: Salon) -> None:
        salon.rule_out(same_day_cutoff=clock("09:00"))
        salon.now = salon.instant("08:59")
        assert salon.times()
        salon.now = salon.instant("09:00")
        assert not salon.times()
        assert salon.placed("13:00") is Refusal.TOO_SOON
        assert salon.times(day=DAY + timedelta(days=1))[0] == "10:00"


class TestDailyLimits:
    def test_so_many_visits_a_day(self, salon: Salon) -> None:
        salon.rule_out(max_visits_per_day=2)
        salon.book("10:00")
        assert salon.times()[0] == "11:00"
        salon.book("12:00")
        assert salon.times() == []
        assert salon.placed("11:00") is Refusal.DAILY_LIMIT
        assert salon.placed("12:00") is Refusal.TAKEN, "somebody's time comes before the limit"
        assert salon.times(day=DAY + timedelta(days=1))

    def test_so_many_minutes_a_day(self, salon: Salon) -> None:
        salon.rule_out(max_minutes_per_day=100)
        salon.book("10:00")
        assert salon.placed("12:00") is Refusal.DAILY_LIMIT
        salon.service("trim", 40)
        salon.own("Anna", "trim")
        assert isinstance(salon.placed("12:00", salon.query("trim")), Placement)

    def test_two_services_of_one_visit_are_one_visit_and_all_their_minutes(self, salon: Salon) -> None:
        salon.service("trim", 30)
        salon.own("Anna", "trim")
        salon.rule_out(max_visits_per_day=1, max_minutes_per_day=90)
        assert salon.times(salon.query("cut", "trim"))
        salon.rule_out(max_minutes_per_day=80)
        assert not salon.times(salon.query("cut", "trim"))

    def test_another_master_takes_over_where_one_is_full(self, salon: Salon) -> None:
        salon.master("Boris", "10:00-14:00", does=["cut"])
        salon.rule_out(max_visits_per_day=1)
        salon.load("Anna", visits=1, minutes=1)
        assert {one.staff_ids for one in salon.starts()} == {(named("staff", "Boris"),)}

    def test_a_seat_in_a_standing_session_costs_the_master_nothing(self) -> None:
        salon = Salon()
        salon.service("yoga", 60, capacity=3)
        salon.master("Irina", "10:00-14:00")
        salon.rule_out(max_visits_per_day=1)
        salon.book("11:00")
        assert salon.times() == ["11:00"]


class TestBuffers:
    def test_between_visits_the_larger_buffer_counts(self) -> None:
        salon = Salon(rules=BookingRules(slot_step_minutes=5, min_notice_minutes=0))
        salon.service("cut", 60, buffer_before=10, buffer_after=15)
        salon.master("Anna", "10:00-18:00")
        salon.take("Anna", "12:00-13:00", before=20, after=5)
        assert salon.times()[-1] == "17:00"
        assert "10:40" in salon.times(), "ends 20 before: as much as the other one needs"
        assert "10:45" not in salon.times()
        assert "13:10" in salon.times(), "begins 10 after: as much as this one needs"
        assert "13:05" not in salon.times()

    def test_buffers_reach_past_hours_unless_the_rules_say_otherwise(self) -> None:
        salon = Salon()
        salon.service("cut", 60, buffer_before=30, buffer_after=30)
        salon.master("Anna", "10:00-13:00")
        assert salon.times() == ["10:00", "10:30", "11:00", "11:30", "12:00"]
        salon.rule_out(buffers_within_hours=True)
        assert salon.times() == ["10:30", "11:00", "11:30"]

    def test_a_buffer_meets_what_is_taken_outside_working_hours(self) -> None:
        salon = Salon()
        salon.service("cut", 60, buffer_after=30)
        salon.master("Anna", "10:00-13:00")
        salon.take("Anna", "13:00-15:00")
        assert salon.times() == ["10:00", "10:30", "11:00", "11:30"]

    def test_two_bookings_made_one_after_the_other_keep_apart(self) -> None:
        salon = Salon(rules=BookingRules(slot_step_minutes=15, min_notice_minutes=0))
        salon.service("cut", 60, buffer_after=15)
        salon.master("Anna", "10:00-13:00")
        salon.book("10:00")
        assert salon.times() == ["11:15", "11:30", "11:45", "12:00"]


class TestOverride:
    @pytest.fixture
    def query(self) -> SlotQuery:
        return SlotQuery((VisitItem(named("service", "cut"), named("staff", "Anna")),), override=True)

    def test_staff_place_a_visit_outside_the_rules(self, salon: Salon, query: SlotQuery) -> None:
        salon.rule_out(
            min_notice_minutes=600,
            same_day_cutoff=0,
            horizon_days=0,
            max_visits_per_day=0,
            max_minutes_per_day=0,
        )
        salon.services["cut"] = replace(salon.services["cut"], online=False)
        salon.exception(ExceptionType.CLOSED)
        salon.now = salon.instant("09:00")
        for at in ("09:07", "10:00", "23:59"):
            assert isinstance(salon.placed(at, query), Placement)
        assert isinstance(salon.placed("21:00", query, day=DAY + timedelta(days=90)), Placement)
        assert salon.times(query)[:3] == ["09:00", "09:30", "10:00"], "the list stays on the grid"

    def test_busy_stays_busy_and_past_stays_past(self, salon: Salon, query: SlotQuery) -> None:
        salon.take("Anna", "20:00-21:00")
        salon.now = salon.instant("09:00")
        assert salon.placed("20:30", query) is Refusal.TAKEN
        assert salon.placed("08:59", query) is Refusal.IN_THE_PAST

    def test_an_override_has_an_end_too(self, salon: Salon, query: SlotQuery) -> None:
        assert salon.placed(datetime(2080, 1, 1, tzinfo=UTC), query) is Refusal.TOO_FAR
        assert (
            salon.placed(datetime.max.replace(tzinfo=UTC, second=0, microsecond=0), query) is Refusal.TOO_FAR
        )
        assert salon.placed(datetime.min.replace(tzinfo=UTC), query) is Refusal.IN_THE_PAST


class TestByBusiness:
    @pytest.fixture
    def query(self) -> SlotQuery:
        return SlotQuery((VisitItem(named("service", "cut"), named("staff", "Anna")),), by_business=True)

    def test_the_clients_rules_do_not_bind_its_people(self, salon: Salon, query: SlotQuery) -> None:
        salon.rule_out(min_notice_minutes=600, same_day_cutoff=0, horizon_days=0)
        salon.services["cut"] = replace(salon.services["cut"], online=False)
        salon.now = salon.instant("10:15")
        assert salon.times(query) == ["10:30", "11:00", "11:30", "12:00", "12:30", "13:00"]
        assert isinstance(salon.placed("10:30", query), Placement)
        assert isinstance(salon.placed("10:00", query, day=DAY + timedelta(days=90)), Placement)
        assert salon.placed("10:30") is Refusal.NOT_ONLINE, "a client asks after one did"
        assert salon.placed("10:00", query) is Refusal.IN_THE_PAST

    def test_all_else_binds_them_too(self, salon: Salon, query: SlotQuery) -> None:
        salon.rule_out(max_visits_per_day=1)
        assert salon.placed("10:07", query) is Refusal.OFF_GRID
        assert salon.placed("13:30", query) is Refusal.OUTSIDE_HOURS
        salon.take("Anna", "10:00-11:00")
        assert salon.placed("10:30", query) is Refusal.TAKEN
        salon.book("12:00")
        assert salon.placed("11:00", query) is Refusal.DAILY_LIMIT
        salon.exception(ExceptionType.CLOSED)
        assert salon.placed("11:00", query) is Refusal.OUTSIDE_HOURS


class TestServicesOwnRules:
    @pytest.mark.parametrize(
        ("own", "start", "refusal"),
        [
            (ServiceRules(grid_start=10), "12:00", Refusal.OFF_GRID),
            (ServiceRules(same_day_cutoff=0), "12:00", Refusal.TOO_SOON),
            (ServiceRules(horizon_until=DAY - timedelta(days=1)), "12:00", Refusal.TOO_FAR),
            (ServiceRules(buffers_within_hours=True), "13:00", Refusal.OUTSIDE_HOURS),
            (ServiceRules(max_visits_per_day=1), "12:00", Refusal.DAILY_LIMIT),
            (ServiceRules(max_minutes_per_day=90), "12:00", Refusal.DAILY_LIMIT),
            (ServiceRules(gap_mode=GapMode.LIMIT), "12:00", Refusal.LEAVES_GAP),
        ],
    )
    def test_list_and_validator_obey_them(
        self, salon: Salon, own: ServiceRules, start: str, refusal: Refusal
    ) -> None:
        salon.services["cut"] = replace(salon.services["cut"], buffer_after=15)
        salon.now = salon.instant("09:00")
        salon.book("10:00")
        assert start in salon.times(), "by the business's rules"
        salon.services["cut"] = replace(salon.services["cut"], rules=own)
        assert start not in salon.times()
        assert salon.placed(start) is refusal


class TestMoves:
    def test_a_booking_does_not_stand_in_its_own_way(self, salon: Salon) -> None:
        mine = salon.book("11:00")
        salon.book("13:00")
        assert salon.times() == ["10:00", "12:00"]
        moving = replace(salon.query(), ignore_booking=mine)
        assert salon.times(moving) == ["10:00", "10:30", "11:00", "11:30", "12:00"]
        assert isinstance(salon.placed("11:30", moving), Placement)
        assert salon.placed("13:00", moving) is Refusal.TAKEN

    def test_others_in_the_group_stay_when_one_moves_away(self) -> None:
        salon = Salon()
        salon.service("yoga", 60, capacity=2)
        salon.master("Irina", "10:00-12:00")
        mine, other = salon.book("10:00"), salon.book("10:00")
        assert salon.times() == ["11:00"]
        moving = replace(salon.query(), ignore_booking=mine)
        assert salon.times(moving) == ["10:00", "11:00"]
        assert [one.seats_left for one in salon.starts(moving)] == [1, 2]
        assert salon.times(replace(moving, ignore_booking=other)) == ["10:00", "11:00"]

    def test_a_session_goes_away_with_the_only_one_who_is_in_it(self) -> None:
        salon = Salon()
        salon.service("yoga", 60, capacity=2)
        salon.master("Irina", "10:00-12:00")
        mine = salon.book("10:30")
        assert salon.times() == ["10:30"]
        assert salon.times(replace(salon.query(), ignore_booking=mine)) == ["10:00", "10:30", "11:00"]


class TestQuestionsThatCannotBeAsked:
    @pytest.mark.parametrize(
        ("query", "refusal"),
        [
            (SlotQuery(()), Refusal.UNKNOWN_SERVICE),
            (SlotQuery((VisitItem(UUID(int=1)),)), Refusal.UNKNOWN_SERVICE),
            (SlotQuery((VisitItem(named("service", "old")),)), Refusal.UNKNOWN_SERVICE),
            (SlotQuery((VisitItem(named("service", "cut"), UUID(int=1)),)), Refusal.UNKNOWN_STAFF),
            (SlotQuery((VisitItem(named("service", "cut"), named("staff", "Gone")),)), Refusal.UNKNOWN_STAFF),
            (
                SlotQuery((VisitItem(named("service", "cut"), named("staff", "Boris")),)),
                Refusal.STAFF_DOES_NOT_DO_IT,
            ),
            (SlotQuery((VisitItem(named("service", "nails")),)), Refusal.STAFF_DOES_NOT_DO_IT),
            (SlotQuery((VisitItem(named("service", "asked")),)), Refusal.NOT_ONLINE),
            (SlotQuery((VisitItem(named("service", "cut"), None, (UUID(int=1),)),)), Refusal.UNKNOWN_ADDON),
            (
                SlotQuery((VisitItem(named("service", "cut"), None, (named("addon", "mask"),)),)),
                Refusal.UNKNOWN_ADDON,
            ),
            (SlotQuery((VisitItem(named("service", "cut")),), UUID(int=1)), Refusal.UNKNOWN_LOCATION),
            (
                SlotQuery((VisitItem(named("service", "cut")),), named("place", "Other")),
                Refusal.STAFF_DOES_NOT_DO_IT,
            ),
            (SlotQuery((VisitItem(named("service", "cut")),), seats=2), Refusal.TOO_MANY_SEATS),
            (SlotQuery((VisitItem(named("service", "cut")),), seats=0), Refusal.TOO_MANY_SEATS),
            (SlotQuery((VisitItem(named("service", "cut")),) * 24), Refusal.OUTSIDE_HOURS),
        ],
    )
    def test_they_are_refused_by_name_and_have_no_starts(self, query: SlotQuery, refusal: Refusal) -> None:
        salon = Salon()
        salon.service("cut", 61)
        salon.service("old", 60, archived=True)
        salon.service("asked", 60, online=False)
        salon.addon("mask", 10)
        salon.master("Anna")
        salon.master("Gone", archived=True)
        salon.master("Boris", does=[])
        salon.service("nails", 60)
        salon.place("Other")
        assert salon.placed("12:00", query) is refusal
        assert salon.times(query) == []
        assert salon.days(query) == frozenset()
        assert salon.following(3, query) == []
        assert salon.nearest("12:00", query=query) == []
        assert not refusal.is_conflict
        assert resources_of(salon.catalogue, query) == frozenset()
        assert span_of(salon.catalogue, query, DAY, DAY) == (
            to_minutes(salon.instant("00:00")),
            to_minutes(salon.instant("00:00")) + 1440,
        )

    def test_dates_at_the_ends_of_the_calendar(self, salon: Salon) -> None:
        for first, last in ((date.min, date.min), (date.max, date.max), (DAY, DAY - timedelta(days=1))):
            found = free_starts(salon.catalogue, salon.query(), Busy(), salon.now, first, last)
            assert not any(day.starts for day in found)
            assert span_of(salon.catalogue, salon.query(), first, last)


class TestQuestions:
    @pytest.fixture
    def salon(self) -> Salon:
        salon = Salon()
        salon.service("cut", 60)
        salon.master("Anna", "10:00-12:00")
        salon.master("Boris", "15:00-16:00", does=["cut"])
        salon.take("Anna", "10:00-11:00")
        salon.take("Boris", "15:00-16:00", day=DAY + timedelta(days=1))
        return salon

    def test_the_next_starts_go_over_masters_and_days(self, salon: Salon) -> None:
        assert salon.following(4) == ["03 11:00", "03 15:00", "04 10:00", "04 10:30"]
        assert salon.following(3, per_day=1) == ["03 11:00", "04 10:00", "05 10:00"]
        assert salon.following(3, salon.query(("cut", "Boris"))) == ["03 15:00", "05 15:00", "06 15:00"]

    def test_days_with_a_start(self, salon: Salon) -> None:
        boris = salon.query(("cut", "Boris"))
        week = DAY + timedelta(days=2)
        assert salon.days(boris, DAY - timedelta(days=3), week) == {
            DAY - timedelta(days=2),
            DAY - timedelta(days=1),
            DAY,
            week,
        }

    def test_the_nearest_alternatives_are_of_the_same_day_first(self, salon: Salon) -> None:
        assert salon.nearest("10:00") == ["03 11:00", "03 15:00", "02 15:00"]
        assert salon.nearest("14:00", limit=1) == ["03 15:00"]
        assert salon.nearest("11:00", limit=1) == ["03 11:00"], "what is free is its own best alternative"

    def test_only_what_bears_on_the_question_has_to_be_read(self, salon: Salon) -> None:
        salon.services["cut"] = replace(salon.services["cut"], buffer_before=10, buffer_after=20)
        query = salon.query(("cut", "Anna"))
        midnight = to_minutes(salon.instant("00:00"))
        assert resources_of(salon.catalogue, query) == {named("staff", "Anna")}
        assert span_of(salon.catalogue, query, DAY, DAY) == (midnight - 10, midnight + 1440 + 60 + 20)


class TestHolds:
    def test_what_others_hold_is_taken(self, salon: Salon) -> None:
        start = to_minutes(salon.instant("12:00"))
        held = Claim(named("staff", "Anna"), 0, start, start, start + 60, start + 60)
        salon.busy = with_claims(salon.busy, [held])
        assert salon.times() == ["10:00", "10:30", "11:00", "13:00"]
        assert with_claims(salon.busy, []) is salon.busy

    def test_a_seat_that_others_hold_is_taken(self) -> None:
        salon = Salon()
        salon.service("yoga", 60, capacity=3)
        salon.master("Irina", "10:00-11:00")
        salon.book("10:00")
        session = salon.busy.sessions[named("staff", "Irina")][0]
        held = Claim(session.id, 1, session.start, session.start, session.end, session.end)
        salon.busy = with_claims(salon.busy, [held])
        assert [one.seats_left for one in salon.starts()] == [1]
        placement = salon.placed("10:00")
        assert isinstance(placement, Placement)
        assert placement.segments[0].seats == (2,)
