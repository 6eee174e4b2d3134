"""Limits that all processes share."""

from __future__ import annotations

from typing import Protocol

from core.domain.rate import Rate, Verdict


class SharedLimits(Protocol):
    """Counts what callers do, for all processes together."""

    async def pass_one(self, key: str, rate: Rate) -> Verdict | None:
        """One more of ``key``; None when there is no telling, and everybody may pass."""
        ...
