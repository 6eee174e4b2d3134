"""What buttons carry: ``rev.index`` for a screen of a session, a signed ``verb`` for what outlives it.

A press is untrusted input: a payload that doesn't parse, has a wrong signature or another revision is
*outdated* and is answered with a fresh screen. Services authorise again whatever a signed verb says.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

_SESSION: Final = re.compile(r"(\d{1,9})\.(\d{1,3})")
_VERB: Final = re.compile(r"~([a-z]{1,4})\.([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{0,16})\.([A-Za-z0-9_-]{11})")
_SIGNATURE_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class ScreenPress:
    """A button of the screen shown as revision ``rev``."""

    rev: int
    index: int


@dataclass(frozen=True, slots=True)
class VerbPress:
    """A signed verb on an object."""

    verb: str
    target: UUID
    arg: str


def screen_payload(rev: int, index: int) -> str:
    """The payload of a session's button."""
    return f"{rev}.{index}"


class Signer:
    """Signs verbs with a key of ours (HMAC-SHA256, 64 bits kept: forging one needs 2^63 presses, and rights
    are checked again).
    """

    def __init__(self, key: bytes) -> None:
        self._key = hashlib.sha256(b"okoshko buttons" + key).digest()

    def _sign(self, text: str) -> str:
        mac = hmac.new(self._key, text.encode(), hashlib.sha256).digest()[:_SIGNATURE_BYTES]
        return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()

    def verb(self, verb: str, target: UUID, arg: str = "") -> str:
        """The payload of a signed button, at most 58 bytes."""
        text = f"~{verb}.{base64.urlsafe_b64encode(target.bytes).rstrip(b'=').decode()}.{arg}"
        payload = f"{text}.{self._sign(text)}"
        if not _VERB.fullmatch(payload):
            raise ValueError(f"not a verb payload: {payload!r}")
        return payload

    def read(self, payload: str) -> ScreenPress | VerbPress | None:
        """What a press means; None when it means nothing."""
        if match := _SESSION.fullmatch(payload):
            return ScreenPress(int(match[1]), int(match[2]))
        match = _VERB.fullmatch(payload)
        if not match:
            return None
        text, _, signature = payload.rpartition(".")
        if not hmac.compare_digest(self._sign(text), signature):
            return None
        return VerbPress(match[1], UUID(bytes=base64.urlsafe_b64decode(match[2] + "==")), match[3])
