"""Short addresses of calendar files: a calendar on a phone opens a plain address and sends no header.

``/v/<39 characters>.ics``: the booking's id and an HMAC-SHA256 cut to 13 bytes, in base64url. It shows when,
where and what of that one visit, and opens nothing: neither its client's name nor any way to change it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Final
from uuid import UUID

_PURPOSE: Final = b"okoshko calendar file"
_TAG_BYTES: Final = 13
_ID_BYTES: Final = 16


class CalendarLinks:
    """Makes and reads the addresses of one deployment, from its secret."""

    def __init__(self, secret: bytes) -> None:
        self._key = hmac.digest(secret, _PURPOSE, hashlib.sha256)

    def path(self, booking_id: UUID) -> str:
        """The address of a visit's file."""
        code = base64.urlsafe_b64encode(booking_id.bytes + self._tag(booking_id.bytes)).decode().rstrip("=")
        return f"/v/{code}.ics"

    def read(self, code: str) -> UUID | None:
        """The visit that an address names; None when it was not made here."""
        try:
            raw = base64.b64decode(f"{code}{'=' * (-len(code) % 4)}", altchars=b"-_", validate=True)
        except ValueError:
            return None
        body, tag = raw[:_ID_BYTES], raw[_ID_BYTES:]
        if len(raw) != _ID_BYTES + _TAG_BYTES or not hmac.compare_digest(tag, self._tag(body)):
            return None
        return UUID(bytes=body)

    def _tag(self, body: bytes) -> bytes:
        return hmac.digest(self._key, body, hashlib.sha256)[:_TAG_BYTES]
