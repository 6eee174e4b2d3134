"""Phones as people type them, and the short way that most of them take."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.errors import InvalidInput
from core.integrations.phones import LibPhones, read_with_library

PHONES = LibPhones()


@pytest.mark.parametrize(
    "typed",
    ["+79001234567", "8 (900) 123-45-67", "7 900 123 45 67", "+7 900 123-45-67", "٨٩٠٠١٢٣٤٥٦٧", "9001234567"],
)
def test_one_number_in_many_spellings(typed: str) -> None:
    assert PHONES.parse(typed, "RU") == "+79001234567"


@pytest.mark.parametrize(
    "typed", ["", "no", "+7900123456", "+790012345678", "112", "+79001234567 ext. 5", "+" + "7" * 41]
)
def test_no_number(typed: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        PHONES.parse(typed, "RU")
    assert (caught.value.field, caught.value.issue) == ("phone", "not_a_phone")


@given(st.integers(0, 999_999_999), st.sampled_from(["RU", "GB", "KZ", "US"]))
def test_the_short_way_says_what_the_library_says(number: int, region: str) -> None:
    """A Russian mobile in full, whatever the business's own country is."""
    typed = f"+79{number:09}"
    assert PHONES.parse(typed, region) == read_with_library(typed, region) == typed
    assert phonenumbers.is_possible_number(phonenumbers.parse(typed, region))
