"""Which language is answered."""

from __future__ import annotations

import pytest
from aiohttp.test_utils import make_mocked_request
from hypothesis import given
from hypothesis import strategies as st

from webapp.language import COOKIE, accepted, api_texts, page_language


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", None),
        ("*", None),
        ("ru", "ru"),
        ("en-GB,en;q=0.9", "en"),
        ("en;q=0.3, ru;q=0.8", "ru"),
        ("de-DE, en;q=0.5, ru;q=0.1", "en"),
        ("de, ru;q=0.2", "ru"),
        ("uk", "ru"),
        ("fr", "en"),
        ("ru;q=0, en;q=0.1", "en"),
        ("ru;q=nonsense, en", "en"),
    ],
)
def test_accept_language(header: str, language: str | None) -> None:
    assert accepted(header) == language


@given(st.text(max_size=600))
def test_any_header_is_borne(header: str) -> None:
    assert accepted(header) in {None, "ru", "en"}


def test_the_api_speaks_russian_unless_asked() -> None:
    assert api_texts(make_mocked_request("GET", "/")).locale == "ru"
    assert api_texts(make_mocked_request("GET", "/", headers={"Accept-Language": "en"})).locale == "en"


def test_a_page_speaks_the_language_of_the_address_then_the_cookie_then_its_own_then_the_browser() -> None:
    browser = {"Accept-Language": "en"}
    cookie = {**browser, "Cookie": f"{COOKIE}=ru"}
    assert page_language(make_mocked_request("GET", "/?lang=en", headers=cookie), "ru") == "en"
    assert page_language(make_mocked_request("GET", "/?lang=xx", headers=cookie), "en") == "ru"
    assert page_language(make_mocked_request("GET", "/", headers=browser), "ru") == "ru"
    assert page_language(make_mocked_request("GET", "/", headers=browser)) == "en"
    assert page_language(make_mocked_request("GET", "/")) == "ru"
