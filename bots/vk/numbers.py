"""``random_id``: two messages of one number to one person are one message to VK, for an hour.

So it is made of what causes the message: a repeat after a lost answer or a crash shows nothing twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from uuid import UUID

from bots.vk.caps import RANDOM_ID

#: ``(how many were sent before, content) -> random_id``.
Numbering = Callable[[int, str], int]


def of_row(row_id: UUID) -> Numbering:
    """Of an outbox row: once, whatever its words have become since."""
    return lambda count, _content: _number(row_id.hex, str(count))


def of_event(event_id: str) -> Numbering:
    """Of what a person did: an event that is served again may have another answer, which is to be seen."""
    return lambda count, content: _number(event_id, str(count), content)


def _number(*parts: str) -> int:
    """1 to 2³¹−1: an int32, and 0 would mean «no number»."""
    digest = hashlib.blake2s("\0".join(parts).encode(errors="replace"), digest_size=8).digest()
    return int.from_bytes(digest) % RANDOM_ID + 1
