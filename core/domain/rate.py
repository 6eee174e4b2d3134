"""How often somebody may do a thing: the generic cell rate algorithm (GCRA, ITU-T I.371).

One instant is kept for each caller: when, at the allowed pace, all that they have done would be used up. A
whole minute's worth may come at once, then one at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

MINUTE: Final = 60.0


@dataclass(frozen=True, slots=True)
class Rate:
    """``per_minute`` (at least 1): how many a minute, and at once."""

    per_minute: int

    @property
    def interval(self) -> float:
        """Seconds that one costs."""
        return MINUTE / self.per_minute


class Verdict(NamedTuple):
    """Whether one more may pass.

    ``remaining``: how many more could right now. In seconds: ``reset`` until all of them can again, ``retry``
    until the next one can (0 when this one may).
    """

    allowed: bool
    remaining: int
    reset: float
    retry: float


def judge(used_up: float, now: float, rate: Rate) -> tuple[float, Verdict]:
    """One more at ``now``, by any clock in seconds; the new instant is to be kept, the old one if refused."""
    used_up = max(used_up, now)
    then = used_up + rate.interval
    early = then - now - MINUTE
    # A millionth of a second is the rounding of sums, not somebody's hurry.
    if early > 1e-6:
        return used_up, Verdict(False, 0, used_up - now, early)
    return then, Verdict(True, int(-early / rate.interval + 1e-6), then - now, 0.0)
