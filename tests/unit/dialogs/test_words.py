"""Small wording: opening hours, typed dates, quick picks, phones."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.dialogs.flows.picking import quick_picks
from bots.dialogs.flows.typed import TypedWhen, read_when
from bots.dialogs.layout import say
from bots.dialogs.screen import Line, Raw
from bots.dialogs.words import hours_lines, phone_words, week_groups, within
from core.domain.schedule import DatedException, ExceptionType
from core.domain.visit import DayStarts, FreeStart
from deploy.clock import new_id
from locales import texts
from tests.support.world import MONDAY, OPEN_DAYS
from tests.unit.dialogs.sizes import business

DAY = ((600, 1200),)


def plain(spans: Line, locale: str = "ru") -> str:
    """A line's words."""
    return "".join(say(span.words, texts(locale)) for span in spans)


def test_weekdays_with_like_hours_stand_together() -> None:
    assert week_groups(OPEN_DAYS) == [(0, 5, DAY)]
    split = (DAY, DAY, (), DAY, ((540, 720), (780, 1080)), DAY, ())
    assert [(first, last) for first, last, _ in week_groups(split)] == [(0, 1), (3, 3), (4, 4), (5, 5)]


def test_hours_as_people_write_them() -> None:
    catalogue = business(services=1, masters=1)
    monday = datetime(2026, 11, 23, 12, tzinfo=catalogue.business.zone)
    assert plain(hours_lines(catalogue, monday)) == "Пн–Сб 10–20"
    assert plain(hours_lines(catalogue, monday), "en") == "Mon–Sat 10–20"
    sunday = monday + timedelta(days=6)
    assert plain(hours_lines(catalogue, sunday)) == "Пн–Сб 10–20 · сегодня выходной"


def test_a_holiday_is_told_of() -> None:
    catalogue = business(services=1, masters=1)
    holiday = DatedException(new_id(), MONDAY, ExceptionType.CLOSED)
    object.__setattr__(catalogue, "exceptions", (holiday,))
    monday = datetime(2026, 11, 23, 12, tzinfo=catalogue.business.zone)
    assert plain(hours_lines(catalogue, monday)).endswith("сегодня выходной")


@pytest.mark.parametrize(
    ("text", "day", "minute"),
    [
        ("завтра", date(2026, 11, 24), None),
        ("послезавтра в 18:30", date(2026, 11, 25), 1110),
        ("В субботу!", date(2026, 11, 28), None),
        ("понедельник", MONDAY, None),
        ("27.11", date(2026, 11, 27), None),
        ("27.11.26 в 9", date(2026, 11, 27), 540),
        ("2026-12-01", date(2026, 12, 1), None),
        ("1 декабря", date(2026, 12, 1), None),
        ("3 мая", date(2027, 5, 3), None),
        ("May 3", date(2027, 5, 3), None),
        ("1st december 3pm", date(2026, 12, 1), 900),
        ("чт, 26 ноября", None, None),
        ("fri 10:15am", date(2026, 11, 27), 615),
        ("12am", None, 0),
        ("15:00", None, 900),
        ("к 7", None, 420),
    ],
)
def test_typed_days_and_times(text: str, day: date | None, minute: int | None) -> None:
    expected = None if day is None and minute is None else TypedWhen(day, minute)
    assert read_when(text, MONDAY) == expected


@pytest.mark.parametrize(
    "text", ["", "маникюр", "завтра маникюр", "31.02", "25:00", "99", "13pm", "1" * 61, "в"]
)
def test_what_is_neither_a_day_nor_a_time(text: str) -> None:
    assert read_when(text, MONDAY) is None


@given(st.text(max_size=80), st.dates())
def test_nothing_typed_breaks_the_reader(text: str, today: date) -> None:
    read_when(text, today)


@given(st.dates(date(2026, 11, 23), date(2027, 4, 30)))
def test_a_date_written_out_is_read_back(day: date) -> None:
    assert read_when(f"{day:%d.%m.%Y}", MONDAY) == TypedWhen(day)
    assert read_when(f"{day:%d.%m}", MONDAY) == TypedWhen(day)
    assert read_when(texts("ru").month_day(day), MONDAY) == TypedWhen(day)
    assert read_when(texts("en").month_day(day), MONDAY) == TypedWhen(day)


def starts(day: int, *minutes: int) -> DayStarts:
    """Free starts of a day."""
    base = day * 1440
    found = tuple(FreeStart(base + minute, base + minute + 60, ()) for minute in minutes)
    return DayStarts(MONDAY + timedelta(days=day), found)


def test_quick_picks_are_of_different_days_where_there_are_any() -> None:
    days = [starts(0, 1140), starts(1), starts(2, 600, 615), starts(3, 700), starts(4, 1)]
    assert [pick.start for pick in quick_picks(days)] == [1140, 2 * 1440 + 600, 3 * 1440 + 700]
    assert [pick.start for pick in quick_picks([starts(0, 600, 615, 660, 700, 780, 1000)])] == [
        600,
        780,
        1000,
    ]
    assert [pick.start for pick in quick_picks([starts(0, 600, 615, 660, 700, 720)])] == [600, 660, 720]
    assert quick_picks([]) == ()


@given(st.lists(st.lists(st.integers(0, 1439), unique=True, max_size=8).map(sorted), max_size=5))
def test_quick_picks_are_few_in_order_and_real(days: list[list[int]]) -> None:
    offered = [starts(number, *minutes) for number, minutes in enumerate(days)]
    picks = quick_picks(offered)
    every = [start for day in offered for start in day.starts]
    assert len(picks) <= 3
    assert list(picks) == sorted(set(picks), key=lambda pick: pick.start)
    assert set(picks) <= set(every)
    assert bool(picks) == bool(every)
    assert not every or picks[0] == every[0]


def test_phones_and_titles() -> None:
    assert phone_words("+79001234567") == Raw("+7 900 123-45-67")
    assert phone_words("+442079460012") == Raw("+442079460012")
    assert within(Raw("Маникюр")) == Raw("маникюр")
    assert within(Raw("СПА-уход")) == Raw("СПА-уход")
    assert within(Raw("")) == Raw("")
