"""Names, comments and phones as people type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.client import MAX_NAME, clean_comment, clean_name, mask_phone
from core.domain.errors import InvalidInput
from core.integrations.phones import LibPhones

PHONES = LibPhones()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Анна  ", "Анна"),
        ("Анна\nСмирнова", "Анна Смирнова"),
        ("O'Neil-Müller", "O'Neil-Müller"),
        ("Аня 🌸", "Аня 🌸"),
        ("李", "李"),
        ("<b>Анна</b>", "<b>Анна</b>"),
        ("\u202eАнна", "Анна"),
    ],
)
def test_names_that_are_names(typed: str, kept: str) -> None:
    assert clean_name(typed) == kept


@pytest.mark.parametrize(
    ("typed", "issue"),
    [
        ("", "empty"),
        (" \n\u200b", "empty"),
        ("🌸🌸", "no_letters"),
        ("А" * 300, "too_long"),
        ("12345", "no_letters"),
    ],
)
def test_names_that_are_none(typed: str, issue: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        clean_name(typed)
    assert (refused.value.field, refused.value.issue) == ("name", issue)


@given(st.text(max_size=200))
def test_a_name_is_either_refused_or_fit_for_one_line(typed: str) -> None:
    try:
        name = clean_name(typed)
    except InvalidInput:
        return
    assert 1 <= len(name) <= MAX_NAME
    assert name == name.strip()
    assert name.isprintable() or "\u200d" in name or any(c.isspace() for c in name)
    assert clean_name(name) == name


def test_comments_have_a_limit() -> None:
    assert clean_comment("  позвоните  ") == "позвоните"
    with pytest.raises(InvalidInput):
        clean_comment("я" * 501)


@pytest.mark.parametrize(
    ("typed", "region", "read"),
    [
        ("8 900 123-45-67", "RU", "+79001234567"),
        ("+7 (900) 123 45 67", "RU", "+79001234567"),
        ("79001234567", "RU", "+79001234567"),
        ("9001234567", "RU", "+79001234567"),
        ("+44 20 7946 0958", "RU", "+442079460958"),
        ("020 7946 0958", "GB", "+442079460958"),
        ("+44 7700 900123", "RU", "+447700900123"),
        ("٨٩٠٠١٢٣٤٥٦٧", "RU", "+79001234567"),
    ],
)
def test_phones_in_any_spelling(typed: str, region: str, read: str) -> None:
    assert PHONES.parse(typed, region) == read


@pytest.mark.parametrize(
    "typed",
    [
        "12345",
        "",
        "привет",
        "+7 900",
        "8 900 123-45-67 доб 5",
        "1" * 60,
        "🙂",
        "+79001234567890123",
        "0000000000",
    ],
)
def test_phones_that_are_none(typed: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        PHONES.parse(typed, "RU")
    assert (refused.value.field, refused.value.issue) == ("phone", "not_a_phone")


@given(st.text(max_size=60))
def test_any_text_is_a_phone_or_a_refusal(typed: str) -> None:
    try:
        read = PHONES.parse(typed, "RU")
    except InvalidInput:
        return
    assert read.startswith("+")
    assert read[1:].isdigit()
    assert 8 <= len(read) <= 16


def test_a_masked_phone_can_be_recognised_and_not_called() -> None:
    assert mask_phone("+79001234567") == "+7 900 •••-45-67"
    assert "123" not in mask_phone("+79001234567")
    assert mask_phone("+442079460958").endswith("09-58")
