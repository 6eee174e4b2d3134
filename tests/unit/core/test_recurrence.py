"""Visits that come again keep to the wall clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.errors import InvalidInput
from core.domain.recurrence import MAX_VISITS, MAX_WEEKS, SeriesPlan, laid_out, occurrences

LONDON = ZoneInfo("Europe/London")
FIRST = datetime.fromisoformat("2020-01-01")
ZONES = ["Europe/London", "Europe/Moscow", "Australia/Lord_Howe", "America/Santiago", "Asia/Kathmandu"]


def walls(start: datetime, every: int, times: int) -> list[str]:
    """Local times of the visits, with their offsets."""
    zone = start.tzinfo
    assert isinstance(zone, ZoneInfo)
    return [found.astimezone(zone).isoformat()[5:] for found in occurrences(start, zone, every, times)]


def test_ten_stays_ten_in_winter() -> None:
    assert walls(datetime(2026, 10, 14, 10, tzinfo=LONDON), 2, 3) == [
        "10-14T10:00:00+01:00",
        "10-28T10:00:00+00:00",
        "11-11T10:00:00+00:00",
    ]


def test_a_time_that_clocks_skip_is_at_the_end_of_the_gap() -> None:
    assert walls(datetime(2026, 3, 15, 1, 30, tzinfo=LONDON), 2, 3) == [
        "03-15T01:30:00+00:00",
        "03-29T02:00:00+01:00",
        "04-12T01:30:00+01:00",
    ]
    half_an_hour = ZoneInfo("Australia/Lord_Howe")
    assert walls(datetime(2026, 9, 20, 2, 15, tzinfo=half_an_hour), 2, 2)[1] == "10-04T02:30:00+11:00"


def test_a_time_that_comes_twice_is_the_first_one() -> None:
    assert walls(datetime(2026, 10, 11, 1, 30, tzinfo=LONDON), 2, 2)[1] == "10-25T01:30:00+01:00"
    second = datetime(2026, 10, 25, 1, 30, tzinfo=LONDON, fold=1)
    assert walls(second, 1, 2)[0] == "10-25T01:30:00+00:00", "what was asked for is what it is"


@given(
    st.datetimes(timezones=st.just(UTC), min_value=FIRST, max_value=FIRST.replace(year=2030)).map(
        lambda at: at.replace(second=0, microsecond=0, tzinfo=None)
    ),
    st.sampled_from(ZONES),
    st.integers(1, MAX_WEEKS),
    st.integers(1, MAX_VISITS),
)
def test_every_visit_is_on_its_weekday_at_its_time(
    wall: datetime, zone_name: str, every: int, times: int
) -> None:
    zone = ZoneInfo(zone_name)
    start = wall.replace(tzinfo=zone).astimezone(UTC)
    first = start.astimezone(zone)
    found = occurrences(start, zone, every, times)
    assert len(found) == times
    assert found[0] == start
    assert list(found) == sorted(set(found))
    for number, moment in enumerate(found):
        local = moment.astimezone(zone)
        wanted = (first + timedelta(weeks=every * number)).replace(fold=0)
        exists = wanted.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == wanted.replace(tzinfo=None)
        assert local.date() == wanted.date()
        if number and exists:
            assert moment == wanted.astimezone(UTC)
        if not exists:
            before, after = local.utcoffset(), (moment - timedelta(minutes=1)).astimezone(zone).utcoffset()
            assert before != after, "the end of the gap"


@pytest.mark.parametrize(
    ("plan", "field"),
    [
        (SeriesPlan(0, 3), "every_weeks"),
        (SeriesPlan(MAX_WEEKS + 1, 3), "every_weeks"),
        (SeriesPlan(2, 1), "times"),
        (SeriesPlan(2, MAX_VISITS + 1), "times"),
        (SeriesPlan(2, 3, {3: datetime(2026, 1, 1, tzinfo=UTC)}), "replaced"),
        (SeriesPlan(2, 3, left_out=frozenset({-1})), "left_out"),
        (SeriesPlan(2, 2, left_out=frozenset({0, 1})), "left_out"),
    ],
)
def test_plans_that_are_none(plan: SeriesPlan, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        plan.check()
    assert refused.value.field == field


def test_what_was_resolved_stands_in_its_place() -> None:
    start = datetime(2026, 11, 24, 12, tzinfo=UTC)
    other = start + timedelta(weeks=1, hours=1)
    plan = SeriesPlan(1, 3, {1: other}, frozenset({2}))
    visits = laid_out(start, ZoneInfo("Europe/Moscow"), plan, booked=True)
    assert [visit.start for visit in visits] == [start, other, start + timedelta(weeks=2)]
    assert [visit.wanted for visit in visits][1] == start + timedelta(weeks=1)
    assert [visit.taken for visit in visits] == [False, True, False]
