"""Which ``random_id`` made which message: the same one within the hour makes no second."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta

_KEPT = 10_000


class SentNumbers:
    """Of all communities. ``same``: how long a number is remembered."""

    def __init__(self, same: timedelta) -> None:
        self._same = same
        self._sent: OrderedDict[tuple[str, int], tuple[int, datetime]] = OrderedDict()

    def known(self, chat: str, random_id: int, now: datetime) -> int | None:
        """The message that this number made in the chat, if it was lately; 0 is no number."""
        message_id, at = self._sent.get((chat, random_id), (0, now))
        return message_id if random_id and message_id and now - at <= self._same else None

    def note(self, chat: str, random_id: int, message_id: int, now: datetime) -> None:
        if random_id:
            self._sent[(chat, random_id)] = (message_id, now)
            while len(self._sent) > _KEPT:
                self._sent.popitem(last=False)
