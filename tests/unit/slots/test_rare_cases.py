"""What seldom happens, an example each: cases that a random salon rarely comes to, and that are got wrong
without anybody noticing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from core.domain.catalog import GapMode
from core.domain.slots import free_starts
from core.domain.visit import BusySession, DayStarts, Placement, Refusal, SlotQuery, to_minutes
from tests.unit.slots.salon import DAY, Salon, every_day, named, rule


@pytest.fixture
def yoga() -> Salon:
    """A group of four in the one room, held by Anna."""
    salon = Salon()
    salon.service("yoga", 60, capacity=4, rooms=(salon.room("Hall"),))
    salon.master("Anna", "10:00-14:00")
    return salon


def stand(salon: Salon, at: str, seats: int, **more: object) -> None:
    """A session of yoga with so many seats taken."""
    start = to_minutes(salon.instant(at))
    session = BusySession(
        named("session", at), named("service", "yoga"), named("staff", "Anna"), start, start + 60, seats
    )
    salon._stand(session._replace(**more))  # type: ignore[arg-type]  # names are checked by the tuple


def test_the_room_of_a_session_that_the_move_empties_is_free_for_it(yoga: Salon) -> None:
    booking = yoga.book("12:00")
    assert yoga.times() == ["10:00", "10:30", "11:00", "12:00", "13:00"]
    moving = yoga.query(ignore_booking=booking)
    assert yoga.times(moving) == ["10:00", "10:30", "11:00", "11:30", "12:00", "12:30", "13:00"]
    assert isinstance(yoga.placed("12:30", moving), Placement)


def test_a_session_whose_seats_have_no_numbers_has_its_first_ones_taken(yoga: Salon) -> None:
    stand(yoga, "12:00", 2)
    joined = yoga.placed("12:00", yoga.query(seats=2))
    assert isinstance(joined, Placement)
    assert joined.segments[0].seats == (2, 3)


def test_a_full_session_off_the_grid_is_taken_though_its_master_could_begin_then(yoga: Salon) -> None:
    """No gap rule has a say in it: nobody could open another one off the grid."""
    yoga.master("Maria", "10:00-14:00", does=["yoga"])
    stand(yoga, "12:10", 4)
    assert yoga.placed("12:10") is Refusal.TAKEN
    assert yoga.placed("12:20") is Refusal.OFF_GRID


def test_the_grid_of_one_place_is_no_reason_at_another() -> None:
    """Noon in Moscow is a quarter to three in Kathmandu: the one has it on its grid and is closed."""
    salon = Salon()
    salon.service("cut", 60)
    salon.place("Here", every_day("14:00-18:00"))
    salon.place("There", every_day("10:00-18:00"), zone="Asia/Kathmandu")
    salon.master("Anna", "10:00-18:00", at=("Here", "There"))
    assert salon.placed("12:00") is Refusal.OUTSIDE_HOURS
    assert isinstance(salon.placed("12:15"), Placement)


@pytest.mark.parametrize(("inside", "offered"), [(False, True), (True, False)])
def test_a_session_that_is_cleared_up_after_hours_is_joined_where_that_may_be(
    inside: bool, offered: bool
) -> None:
    salon = Salon()
    salon.service("yoga", 60, capacity=4, buffer_after=15)
    salon.master("Anna", "10:00-14:00")
    salon.rule_out(buffers_within_hours=inside)
    stand(salon, "13:00", 1)
    assert ("13:00" in salon.times()) is offered
    assert isinstance(salon.placed("13:00"), Placement) is offered


def test_the_next_starts_of_many_weeks_leave_no_day_out() -> None:
    salon = Salon()
    salon.service("cut")
    salon.master("Anna")
    found = salon.following(100, days=30, per_day=1)
    days = [DAY + timedelta(days=number) for number in range(31)]
    assert found == [f"{day:%d} 10:00" for day in days]


def test_a_remainder_is_not_usable_for_an_archived_service() -> None:
    salon = Salon()
    salon.service("cut", 60)
    salon.service("fringe", 30, archived=True)
    salon.master("Anna", "10:00-12:00")
    salon.rule_out(gap_mode=GapMode.LIMIT)
    assert salon.times(salon.query("cut")) == ["10:00", "11:00"]


def test_the_daily_limit_of_the_date_on_which_a_service_begins() -> None:
    """The second one of the visit begins tomorrow."""
    salon = Salon()
    salon.service("cut")
    salon.service("dye")
    salon.master("Anna", "00:00-24:00")
    salon.rule_out(max_visits_per_day=1)
    salon.load("Anna", visits=1, minutes=60, day=DAY + timedelta(days=1))
    both = salon.query("cut", "dye")
    assert salon.times(both)[-1] == "22:30"
    assert salon.placed("23:00", both) is Refusal.DAILY_LIMIT


def test_a_second_question_to_one_catalogue_has_an_answer_of_its_own(yoga: Salon) -> None:
    stand(yoga, "12:00", 2, location_id=named("place", "Main"))
    yoga.master("Maria", "12:00-16:00", does=())
    yoga.rule_out(min_notice_minutes=3 * 24 * 60)
    plain = yoga.query()
    yoga.service("by request", 60, online=False)
    yoga.master("Vera", "10:00-14:00", does=["by request"])
    questions = [
        yoga.query("by request"),
        yoga.query("by request", override=True),
        replace(plain, seats=9),
        plain,
        replace(plain, seats=3),
        replace(plain, by_business=True),
        replace(plain, override=True),
        replace(plain, location_id=named("place", "Main")),
        yoga.query(("yoga", "Anna")),
        yoga.query(("yoga", "Maria")),
    ]
    catalogue = yoga.catalogue

    def asked(query: SlotQuery, *, anew: bool) -> tuple[DayStarts, ...]:
        known = replace(catalogue) if anew else catalogue
        return free_starts(known, query, yoga.busy, yoga.now, DAY, DAY + timedelta(days=1))

    expected = [asked(query, anew=True) for query in questions]
    assert len(set(expected)) > 3
    assert [asked(query, anew=False) for query in questions] == expected
    assert [asked(query, anew=False) for query in reversed(questions)] == expected[::-1]


def test_a_break_holds_where_it_is_said_to() -> None:
    salon = Salon()
    salon.service("cut")
    salon.place("Here")
    there = salon.place("There")
    lunch = rule("11:00-12:00", location_id=there)
    salon.master("Anna", "10:00-13:00", at=("Here", "There"), breaks=(lunch,))
    assert salon.times(salon.query(location_id=named("place", "Here"))) == [
        "10:00",
        "10:30",
        "11:00",
        "11:30",
        "12:00",
    ]
    assert salon.times(salon.query(location_id=there)) == ["10:00", "12:00"]


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Africa/Cairo", date(2026, 4, 24)),
        ("America/Havana", date(2026, 3, 8)),
        ("Asia/Beirut", date(2026, 3, 29)),
        ("America/Santiago", date(2026, 9, 6)),
    ],
)
def test_a_day_whose_clocks_skip_its_midnight_begins_an_hour_later(zone: str, day: date) -> None:
    salon = Salon(zone_name=zone)
    salon.place("Main", every_day("00:00-24:00"))
    salon.service("cut")
    salon.master("Anna", "00:00-03:00")
    salon.now = salon.instant("12:00", day - timedelta(days=3))
    assert salon.times(day=day - timedelta(days=1)) == ["00:00", "00:30", "01:00", "01:30", "02:00"]
    assert salon.times(day=day) == ["01:00", "01:30", "02:00"]


def test_a_visit_that_began_before_the_day_is_seen_among_very_many() -> None:
    salon = Salon()
    salon.service("cut", 30)
    salon.master("Anna", "00:00-24:00")
    for number in range(1, 24):
        for day in (DAY - timedelta(days=1), DAY + timedelta(days=1)):
            salon.take("Anna", f"{number:02}:00-{number:02}:10", day=day)
    salon._claim(
        named("staff", "Anna"),
        salon.busy.claims[named("staff", "Anna")][0]._replace(
            lead=to_minutes(salon.instant("23:00", DAY - timedelta(days=1))),
            start=to_minutes(salon.instant("23:00", DAY - timedelta(days=1))),
            end=to_minutes(salon.instant("02:00")),
            trail=to_minutes(salon.instant("02:00")),
        ),
    )
    assert salon.times()[0] == "02:00"
