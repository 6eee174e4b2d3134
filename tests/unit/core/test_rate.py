"""The generic cell rate algorithm: a minute's worth at once, then at the allowed pace."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.rate import MINUTE, Rate, judge


def test_a_minutes_worth_at_once_then_one_at_a_time() -> None:
    rate, used_up = Rate(60), 0.0
    for left in range(59, -1, -1):
        used_up, verdict = judge(used_up, 1000.0, rate)
        assert (verdict.allowed, verdict.remaining) == (True, left)
    used_up, verdict = judge(used_up, 1000.0, rate)
    assert (verdict.allowed, verdict.remaining) == (False, 0)
    assert verdict.retry == pytest.approx(1.0)
    assert verdict.reset == pytest.approx(60.0)
    assert not judge(used_up, 1000.9, rate)[1].allowed
    used_up, verdict = judge(used_up, 1001.0, rate)
    assert verdict.allowed
    assert not judge(used_up, 1001.0, rate)[1].allowed


@given(
    per_minute=st.integers(1, 2000),
    pauses=st.lists(st.floats(0, 30, allow_nan=False), min_size=1, max_size=200),
)
def test_no_window_lets_more_through_than_a_minutes_worth_and_the_pace(
    per_minute: int, pauses: list[float]
) -> None:
    rate, used_up, now = Rate(per_minute), 0.0, 0.0
    passed: list[float] = []
    for pause in pauses:
        now += pause
        used_up, verdict = judge(used_up, now, rate)
        assert 0 <= verdict.remaining < per_minute
        if verdict.allowed:
            passed.append(now)
        else:
            # Who waits for as long as they were told passes.
            assert judge(used_up, now + verdict.retry, rate)[1].allowed
    for first, begin in enumerate(passed):
        for last in range(first, len(passed)):
            most = per_minute * (1 + (passed[last] - begin) / MINUTE)
            assert last - first + 1 <= most + 1e-6 * per_minute + 1


@given(st.integers(1, 500))
def test_who_keeps_to_the_pace_is_never_refused(per_minute: int) -> None:
    rate, used_up, now = Rate(per_minute), 0.0, 50.0
    for _ in range(3 * per_minute):
        used_up, verdict = judge(used_up, now, rate)
        assert verdict.allowed
        now += rate.interval
