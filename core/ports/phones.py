"""Phone numbers as people type them."""

from __future__ import annotations

from typing import Protocol


class Phones(Protocol):
    """Reads a phone number."""

    def parse(self, raw: str, region: str) -> str:
        """E.164 of what somebody typed, national numbers read as of ``region`` (ISO 3166).

        Raises InvalidInput (``phone``, ``not_a_phone``).
        """
        ...
