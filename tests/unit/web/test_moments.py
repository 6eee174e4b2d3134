"""Times in JSON: the quick way writes what the plain way writes."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.visit import DayStarts, FreeStart, to_minutes
from webapp.api.availability import render
from webapp.api.moments import CLOCK, clock, frame, iso, stamp

ZONES = [
    ZoneInfo(name)
    for name in (
        "Europe/Moscow",
        "Europe/London",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "America/New_York",
        "Africa/Casablanca",
    )
]


@given(
    zone=st.sampled_from(ZONES),
    day=st.dates(date(2024, 1, 1), date(2028, 12, 31)),
    minute=st.integers(-180, 1800),
)
def test_a_stamp_is_the_iso_time_of_its_minute(zone: ZoneInfo, day: date, minute: int) -> None:
    around = frame(zone, day)
    moment = datetime.fromtimestamp((around.begins + minute) * 60, UTC)

    written = stamp(around.begins + minute, around, zone)

    assert written == moment.astimezone(zone).isoformat()
    assert datetime.fromisoformat(written) == moment


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Europe/London", date(2026, 3, 29)),
        ("Europe/London", date(2026, 10, 25)),
        ("Australia/Lord_Howe", date(2026, 10, 4)),
        ("America/New_York", date(2026, 11, 1)),
    ],
)
def test_a_day_on_which_clocks_change_has_no_steady_frame(zone: str, day: date) -> None:
    assert not frame(ZoneInfo(zone), day).steady
    assert frame(ZoneInfo(zone), day + timedelta(days=1)).steady


def test_both_hours_of_an_autumn_night_are_told_apart() -> None:
    zone = ZoneInfo("Europe/London")
    around = frame(zone, date(2026, 10, 25))
    first = to_minutes(datetime(2026, 10, 25, 0, 30, tzinfo=UTC))

    assert stamp(first, around, zone) == "2026-10-25T01:30:00+01:00"
    assert stamp(first + 60, around, zone) == "2026-10-25T01:30:00+00:00"


def test_times_of_day() -> None:
    assert [clock(0), clock(9 * 60 + 5), clock(1440), clock(None)] == ["00:00", "09:05", "24:00", None]
    assert len(set(CLOCK)) == 1441


def test_iso_leaves_out_what_is_finer_than_a_second() -> None:
    moment = datetime(2026, 11, 26, 12, 0, 0, 123456, tzinfo=UTC)
    assert iso(moment, ZoneInfo("Europe/Moscow")) == "2026-11-26T15:00:00+03:00"


def test_availability_has_the_promised_shape() -> None:
    zone = ZoneInfo("Europe/Moscow")
    anna, maria = UUID(int=1), UUID(int=2)
    start = to_minutes(datetime(2026, 11, 26, 12, 0, tzinfo=UTC))
    days = (
        DayStarts(
            date(2026, 11, 26),
            (
                FreeStart(start, start + 60, (anna, maria)),
                FreeStart(start + 60, start + 120, (anna,), seats_left=3),
            ),
        ),
        DayStarts(date(2026, 11, 27), ()),
    )

    assert json.loads(render(days, zone)) == {
        "timezone": "Europe/Moscow",
        "days": [
            {
                "date": "2026-11-26",
                "slots": [
                    {
                        "start_ts": "2026-11-26T15:00:00+03:00",
                        "end_ts": "2026-11-26T16:00:00+03:00",
                        "staff_ids": [str(anna), str(maria)],
                    },
                    {
                        "start_ts": "2026-11-26T16:00:00+03:00",
                        "end_ts": "2026-11-26T17:00:00+03:00",
                        "staff_ids": [str(anna)],
                        "seats_left": 3,
                    },
                ],
            },
            {"date": "2026-11-27", "slots": []},
        ],
    }
