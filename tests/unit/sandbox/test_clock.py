"""The clock that can be moved forward."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bots.sandbox.clock import ShiftableClock

START = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def frozen(offset: timedelta = timedelta()) -> ShiftableClock:
    return ShiftableClock(offset=offset, source=lambda: START)


async def test_advances_and_tells_subscribers() -> None:
    clock, told = frozen(), list[timedelta]()

    async def hear(step: timedelta) -> None:
        told.append(step)

    unsubscribe = clock.subscribe(hear)
    assert await clock.advance(timedelta(hours=3)) == START + timedelta(hours=3)
    assert clock.offset == timedelta(hours=3)
    unsubscribe()
    await clock.advance(timedelta(minutes=15))
    assert told == [timedelta(hours=3)]
    assert clock.now() == START + timedelta(hours=3, minutes=15)


async def test_moves_to_a_moment_and_keeps_the_offset_it_is_given() -> None:
    clock = frozen(timedelta(hours=1))
    tomorrow = START + timedelta(days=1)
    assert await clock.move_to(tomorrow) == tomorrow
    assert clock.offset == timedelta(days=1)


async def test_never_goes_back() -> None:
    clock = frozen()
    with pytest.raises(ValueError, match="forward"):
        await clock.advance(timedelta(seconds=-1))
    with pytest.raises(ValueError, match="forward"):
        await clock.move_to(START - timedelta(hours=1))
    with pytest.raises(ValueError, match="offset"):
        await clock.move_to(datetime(2030, 1, 1))  # noqa: DTZ001 (that it is naive is the point)
    with pytest.raises(ValueError, match="forward"):
        frozen(timedelta(hours=-1))
    assert clock.now() == START
