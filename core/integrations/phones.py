"""Phone numbers as people type them, read by ``phonenumbers``."""

from __future__ import annotations

from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from core.domain.errors import InvalidInput

_MAX_TYPED: Final = 40


class LibPhones:
    """The ``Phones`` port."""

    def parse(self, raw: str, region: str) -> str:
        """E.164. «8 900 …», «+7 (900) …», «7900…», Arabic digits and full-width ones are all read.

        Raises InvalidInput (``phone``, ``not_a_phone``).
        """
        typed = raw.strip()
        if len(typed) > _MAX_TYPED:
            raise InvalidInput("phone", "not_a_phone")
        number = _read(typed, region)
        if number is None and not typed.startswith("+"):
            number = _read(f"+{typed}", region, known=True)
        if number is None:
            raise InvalidInput("phone", "not_a_phone")
        return number


def _read(text: str, region: str, *, known: bool = False) -> str | None:
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        return None
    # The library's tables of valid numbers age: one of another country, written in full with its country's
    # length, is believed. At home they are known well, and a slip of the finger is likelier.
    home = number.country_code == phonenumbers.country_code_for_region(region)
    believed = text.startswith("+") and not known and not home
    right = phonenumbers.is_possible_number if believed else phonenumbers.is_valid_number
    if number.extension or not right(number):
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)
