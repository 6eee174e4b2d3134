"""Clients of a business, newest first, and the search among them. Search goes by trigram indexes."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from core.domain.errors import InvalidInput

_LEAST_DIGITS: Final = 3

NAME: Final = "translate(lower(c.name), 'ё', 'е')"
"""A name as it is searched: indexed in just this form."""

_TAIL: Final = """
  AND c.merged_into IS NULL
  AND ($2::timestamptz IS NULL OR (c.created_at, c.id) < ($2, $3::uuid))
ORDER BY c.created_at DESC, c.id DESC LIMIT $4
"""
ALL: Final = f"WHERE c.business_id = $1 {_TAIL}"
BY_NAME: Final = f"WHERE c.business_id = $1 AND {NAME} LIKE $5 {_TAIL}"
BY_NAME_OR_PHONE: Final = f"WHERE c.business_id = $1 AND ({NAME} LIKE $5 OR c.phone LIKE $6) {_TAIL}"


def condition(text: str) -> tuple[str, tuple[str, ...]]:
    """What to search by, and its parameters from the fifth on."""
    if not text:
        return ALL, ()
    name = f"%{_literal(text.lower().replace('ё', 'е'))}%"
    digits = re.sub(r"[^0-9]", "", text)
    # Only what looks like a phone is searched among phones: not the year in «Анна 1990».
    if len(digits) < _LEAST_DIGITS or re.search(r"[^0-9+() .–-]", text):
        return BY_NAME, (name,)
    return BY_NAME_OR_PHONE, (name, f"%{_national(digits, text)}%")


def _national(digits: str, text: str) -> str:
    """The digits as E.164 has them: a Russian 8 in front of ten digits is a way to dial."""
    return digits[1:] if len(digits) == 11 and digits[0] == "8" and "+" not in text else digits


def _literal(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text)


def write_cursor(created_at: datetime, client_id: UUID) -> str:
    """Where the next page begins."""
    text = f"{int(created_at.timestamp() * 1_000_000)}.{client_id.hex}"
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def read_cursor(cursor: str | None) -> tuple[datetime | None, UUID | None]:
    """Raises InvalidInput (``cursor``) for what is none."""
    if cursor is None:
        return None, None
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        micros, _, key = text.partition(".")
        return datetime.fromtimestamp(int(micros) / 1_000_000, UTC), UUID(hex=key)
    except (ValueError, OverflowError, OSError, binascii.Error):
        raise InvalidInput("cursor", "unknown") from None
