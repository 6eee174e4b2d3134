"""How pages write a person: a telephone number, initials where there is no photo."""

from __future__ import annotations

import phonenumbers


def spoken_phone(phone: str | None) -> str:
    """«+7 495 000-00-12» of an E.164 number."""
    if not phone:
        return ""
    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return phone
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def initials(name: str) -> str:
    """«АС» of «Анна Смирнова»."""
    return "".join(part[0] for part in name.split()[:2]).upper()
