"""Visit keys: what somebody who books without an account gets, to look after that one booking.

``okov_`` and 86 characters of base64url: the ids of booking, client and business and an HMAC-SHA256 cut
to 16 bytes. A key opens its booking, with the series that it is of, and nothing else, not even other bookings
of the same client card: a typed phone may be somebody else's.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Final, NamedTuple
from uuid import UUID

PREFIX: Final = "okov_"
_PURPOSE: Final = b"okoshko visit key"
_TAG_BYTES: Final = 16
_BYTES: Final = 3 * 16 + _TAG_BYTES


class Visit(NamedTuple):
    """Whom a key lets to what."""

    booking_id: UUID
    client_id: UUID
    business_id: UUID


class VisitKeys:
    """Makes and reads the keys of one deployment, from its secret."""

    def __init__(self, secret: bytes) -> None:
        self._key = hmac.digest(secret, _PURPOSE, hashlib.sha256)

    def make(self, visit: Visit) -> str:
        """The key of a booking."""
        body = b"".join(part.bytes for part in visit)
        return PREFIX + base64.urlsafe_b64encode(body + self._tag(body)).decode().rstrip("=")

    def read(self, key: str) -> Visit | None:
        """What the key opens; None when it was not made here."""
        try:
            raw = base64.b64decode(f"{key.removeprefix(PREFIX)}==", altchars=b"-_", validate=True)
        except ValueError:
            return None
        body, tag = raw[:-_TAG_BYTES], raw[-_TAG_BYTES:]
        if len(raw) != _BYTES or not hmac.compare_digest(tag, self._tag(body)):
            return None
        return Visit(*(UUID(bytes=body[at : at + 16]) for at in (0, 16, 32)))

    def _tag(self, body: bytes) -> bytes:
        return hmac.digest(self._key, body, hashlib.sha256)[:_TAG_BYTES]
