"""Phone numbers as people type them, read by ``phonenumbers``."""

from __future__ import annotations

import re
from typing import Final

import phonenumbers
from phonenumbers import (
    NumberParseException,
    PhoneMetadata,
    PhoneNumber,
    PhoneNumberFormat,
    ValidationResult,
)

from core.domain.errors import InvalidInput

_MAX_TYPED: Final = 40
#: What most numbers here look like, messengers tell them so: nothing is left to read, which takes the library
#: a tenth of the time of a whole booking.
_RUSSIAN_MOBILE: Final = re.compile(r"\+79[0-9]{9}")


class LibPhones:
    """The ``Phones`` port."""

    def parse(self, raw: str, region: str) -> str:
        """E.164. «8 900 …», «+7 (900) …», «7900…», Arabic digits and full-width ones are all read.

        Raises InvalidInput (``phone``, ``not_a_phone``).
        """
        typed = raw.strip()
        if len(typed) > _MAX_TYPED:
            raise InvalidInput("phone", "not_a_phone")
        if _RUSSIAN_MOBILE.fullmatch(typed):
            return typed
        number = read_with_library(typed, region)
        if number is None and not typed.startswith("+"):
            number = read_with_library(f"+{typed}", region, known=True)
        if number is None:
            raise InvalidInput("phone", "not_a_phone")
        return number


def read_with_library(text: str, region: str, *, known: bool = False) -> str | None:
    """E.164; ``known``: only numbers of the library's tables. None for what is none."""
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        return None
    right = phonenumbers.is_valid_number if known else _plausible
    if number.extension or not right(number):
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _plausible(number: PhoneNumber) -> bool:
    """It has its country's length and begins as its numbers do.

    The library's tables of numbers in use age, and leave out those kept for examples; the general plan
    does not.
    """
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return False
    region = phonenumbers.region_code_for_country_code(number.country_code or 0)
    plan = PhoneMetadata.metadata_for_region(region, None)
    pattern = plan.general_desc.national_number_pattern if plan is not None and plan.general_desc else None
    return pattern is None or bool(re.fullmatch(pattern, phonenumbers.national_significant_number(number)))
