"""What pages say of a business."""

from __future__ import annotations

import pytest
from aiohttp.test_utils import make_mocked_request

from core.domain.schedule import WeeklyHours
from locales import texts
from webapp.pages.opening import opening_lines
from webapp.pages.render import STATIC, languages
from webapp.pages.said import initials, spoken_phone


def week(**days: tuple[tuple[int, int], ...]) -> WeeklyHours:
    """Hours by weekday, ``d0`` = Monday."""
    return tuple(days.get(f"d{weekday}", ()) for weekday in range(7))


def test_neighbouring_days_with_equal_hours_share_a_line() -> None:
    usual = ((600, 1200),)
    hours = week(d0=usual, d1=usual, d2=usual, d3=usual, d4=usual, d5=((600, 840), (900, 1080)))
    assert opening_lines(hours, texts("ru")) == [
        ("пн–пт", "10:00–20:00"),
        ("сб", "10:00–14:00, 15:00–18:00"),
        ("вс", "выходной"),
    ]
    assert opening_lines(hours, texts("en"))[0] == ("Mon–Fri", "10:00–20:00")


def test_a_place_that_is_always_open() -> None:
    assert opening_lines((((0, 1440),),) * 7, texts("en")) == [("Mon–Sun", "0:00–24:00")]


@pytest.mark.parametrize("path", ["/b/demo?a=1", "//example.org/b/demo?a=1", "/\\example.org?a=1"])
def test_another_language_is_another_address_of_this_page(path: str) -> None:
    """Never one of another site, whatever the path looks like."""
    assert [(code, url) for code, _, url in languages(make_mocked_request("GET", path))] == [
        ("ru", "?a=1&lang=ru"),
        ("en", "?a=1&lang=en"),
    ]


@pytest.mark.parametrize(
    ("name", "letters"), [("Анна Смирнова", "АС"), ("emma stone-hall", "ES"), ("Ё", "Ё"), ("", "")]
)
def test_initials(name: str, letters: str) -> None:
    assert initials(name) == letters


@pytest.mark.parametrize(
    ("phone", "spoken"),
    [("+74950000012", "+7 495 000-00-12"), ("+442079460012", "+44 20 7946 0012"), (None, ""), ("x", "x")],
)
def test_phones_are_written_as_people_read_them(phone: str | None, spoken: str) -> None:
    assert spoken_phone(phone) == spoken


def test_static_files_are_named_by_their_content() -> None:
    assert STATIC.url("site.css").startswith("/static/site.")
    assert STATIC.url("site.css") != "/static/site.css"
