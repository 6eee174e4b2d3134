"""Holds in a real Valkey: all or nothing, on the caller's clock, and a courtesy only."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from core.domain.held import HeldSession
from core.domain.visit_parts import VisitPart
from core.ports.holds import Held, HeldVisit
from deploy.clock import new_id
from storage.redis.breaker import Breaker
from storage.redis.holds import RedisHolds

BUSINESS, ANNA, MARIA, ROOM = (new_id() for _ in range(4))
NOW = 1_800_000_000
LATER = NOW + 180


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """An empty Valkey."""
    connected = Redis.from_url(redis_url)
    yield connected
    await connected.aclose()


@pytest.fixture
def holds(redis: Redis) -> RedisHolds:
    """The holds."""
    return RedisHolds(redis)


def held(
    start: int, end: int, owner: str, *, resource: UUID = ANNA, lane: int = 0, before: int = 0, after: int = 0
) -> Held:
    return Held(resource, lane, start - before, start, end, end + after, owner, LATER)


def visit(claims: Sequence[Held]) -> HeldVisit:
    """A visit that takes these."""
    parts = [
        VisitPart(MARIA, (each.resource_id, ANNA), ROOM, each.start, each.end, 100, (BUSINESS,))
        for each in claims
    ]
    return HeldVisit(tuple(parts), min(each.expires_at for each in claims))


async def take(
    holds: RedisHolds, business: UUID, owner: str, claims: Sequence[Held], now: int
) -> bool | None:
    """Hold them and the visit that takes them."""
    return await holds.take(business, owner, claims, visit(claims), now)


async def test_what_one_holds_another_can_not(holds: RedisHolds) -> None:
    assert await take(holds, BUSINESS, "olga", [held(600, 660, "olga")], NOW)
    assert not await take(holds, BUSINESS, "irina", [held(645, 705, "irina")], NOW)
    assert await take(holds, BUSINESS, "irina", [held(660, 720, "irina")], NOW)
    assert await take(holds, BUSINESS, "vera", [held(600, 660, "vera", resource=MARIA)], NOW)
    assert await take(holds, BUSINESS, "nina", [held(600, 660, "nina", lane=1)], NOW)
    assert await take(holds, new_id(), "lena", [held(600, 660, "lena")], NOW)


async def test_all_or_nothing(holds: RedisHolds) -> None:
    await take(holds, BUSINESS, "olga", [held(600, 660, "olga", resource=ROOM)], NOW)
    wanted = [held(600, 660, "irina"), held(600, 660, "irina", resource=ROOM)]
    assert not await take(holds, BUSINESS, "irina", wanted, NOW)
    assert await holds.mine(BUSINESS, "irina", NOW) is None
    assert await holds.others(BUSINESS, {ANNA}, None, NOW) == []


async def test_a_new_hold_takes_the_place_of_the_earlier(holds: RedisHolds) -> None:
    await take(holds, BUSINESS, "olga", [held(600, 660, "olga")], NOW)
    overlapping = [held(615, 675, "olga", before=5, after=10)]
    assert await take(holds, BUSINESS, "olga", overlapping, NOW)
    assert await holds.mine(BUSINESS, "olga", NOW) == visit(overlapping)
    assert await holds.others(BUSINESS, {ANNA}, "irina", NOW) == overlapping
    await take(holds, BUSINESS, "irina", [held(900, 960, "irina")], NOW)
    assert not await take(holds, BUSINESS, "olga", [held(930, 990, "olga")], NOW)
    assert await holds.mine(BUSINESS, "olga", NOW) == visit(overlapping)
    assert await holds.others(BUSINESS, {ANNA}, "irina", NOW) == overlapping


async def test_who_sees_what(holds: RedisHolds) -> None:
    mine, theirs, elsewhere = (
        held(600, 660, "olga"),
        held(660, 720, "irina"),
        held(600, 660, "vera", resource=MARIA),
    )
    for each in (mine, theirs, elsewhere):
        await take(holds, BUSINESS, each.owner, [each], NOW)
    assert await holds.others(BUSINESS, {ANNA}, "olga", NOW) == [theirs]
    assert sorted(await holds.others(BUSINESS, {ANNA, MARIA}, None, NOW)) == sorted([mine, theirs, elsewhere])
    assert await holds.others(BUSINESS, {ROOM}, None, NOW) == []


async def test_a_hold_lapses_by_the_callers_clock(holds: RedisHolds) -> None:
    await take(holds, BUSINESS, "olga", [held(600, 660, "olga")], NOW)
    assert await holds.mine(BUSINESS, "olga", LATER - 1)
    assert not await take(holds, BUSINESS, "irina", [held(600, 660, "irina")], LATER - 1)
    assert await holds.mine(BUSINESS, "olga", LATER) is None
    assert await holds.others(BUSINESS, {ANNA}, None, LATER) == []
    assert await take(holds, BUSINESS, "irina", [held(600, 660, "irina")], LATER)


@pytest.mark.parametrize("owner", ["olga", "telegram:7:100", "a b", "b", "%d+", "Ольга 💅"])
async def test_what_is_released_is_ones_own(holds: RedisHolds, owner: str) -> None:
    """Whatever the names look like."""
    other = f"x {owner}"
    await take(holds, BUSINESS, other, [held(660, 720, other)], NOW)
    await take(holds, BUSINESS, owner, [held(600, 660, owner)], NOW)
    await holds.release(BUSINESS, owner)
    await holds.release(BUSINESS, owner)
    assert await holds.mine(BUSINESS, owner, NOW) is None
    assert await holds.mine(BUSINESS, other, NOW) == visit([held(660, 720, other)])
    assert await holds.others(BUSINESS, {ANNA}, None, NOW) == [held(660, 720, other)]


def seated(owner: str, *seats: int, start: int = 600, opens: bool = True) -> list[Held]:
    """Seats of Anna's class, with her time and the room where it is still to be opened."""
    session = HeldSession(MARIA, ANNA, ROOM, start, start + 60)
    taken = [held(start, start + 60, owner, resource=session.id, lane=seat) for seat in seats]
    if opens:
        taken += [held(start, start + 60, owner, after=15), held(start, start + 60, owner, resource=ROOM)]
    return [each._replace(session=session) for each in taken]


async def test_seats_of_one_session_are_held_side_by_side(holds: RedisHolds) -> None:
    assert await take(holds, BUSINESS, "olga", seated("olga", 0, 1), NOW)
    assert not await take(holds, BUSINESS, "irina", seated("irina", 1), NOW)
    assert await take(holds, BUSINESS, "irina", seated("irina", 2), NOW)
    assert await take(holds, BUSINESS, "vera", seated("vera", 3, opens=False), NOW)
    found = await holds.others(BUSINESS, {ANNA}, None, NOW)
    assert sorted(found) == sorted(
        [*seated("olga", 0, 1), *seated("irina", 2), *seated("vera", 3, opens=False)]
    )
    assert await holds.others(BUSINESS, {MARIA}, None, NOW) == []


async def test_the_time_of_a_session_is_nobody_elses(holds: RedisHolds) -> None:
    assert await take(holds, BUSINESS, "olga", seated("olga", 0), NOW)
    assert not await take(holds, BUSINESS, "irina", [held(630, 690, "irina")], NOW)
    assert not await take(holds, BUSINESS, "irina", [held(660, 720, "irina")], NOW), "the buffer is held too"
    assert not await take(holds, BUSINESS, "irina", [held(630, 690, "irina", resource=ROOM)], NOW)
    assert not await take(holds, BUSINESS, "irina", seated("irina", 1, start=630), NOW), "another session"
    await holds.release(BUSINESS, "olga")
    assert await take(holds, BUSINESS, "irina", seated("irina", 0, start=630), NOW)
    assert not await take(holds, BUSINESS, "olga", seated("olga", 1), NOW)


async def test_of_fifty_at_once_one_has_it(holds: RedisHolds) -> None:
    taken = await asyncio.gather(
        *(take(holds, BUSINESS, f"user {n}", [held(600, 660, f"user {n}")], NOW) for n in range(50))
    )
    assert taken.count(True) == 1


async def test_nothing_stays_for_ever(holds: RedisHolds, redis: Redis) -> None:
    await take(holds, BUSINESS, "olga", [held(600, 660, "olga")], NOW)
    keys = await redis.keys()
    assert len(keys) == 2
    for key in keys:
        assert 0 < await redis.ttl(key) <= 7200


def apart(one: Held, other: Held) -> bool:
    """The rule: by the larger of the first one's buffer after and the second one's buffer before."""
    first, second = sorted([one, other], key=lambda each: each.start)
    return second.start - first.end >= max(first.trail - first.end, second.start - second.lead)


minutes, buffers = st.integers(600, 640), st.integers(0, 15)
spans = st.builds(
    lambda start, length, before, after: (start, start + length, before, after),
    minutes,
    st.integers(1, 20),
    buffers,
    buffers,
)


@given(spans, spans)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_buffers_count_as_documented(
    redis_url: str, one: tuple[int, int, int, int], other: tuple[int, int, int, int]
) -> None:
    redis = Redis.from_url(redis_url)
    holds, business = RedisHolds(redis), new_id()
    first, second = (
        held(start, end, owner, before=before, after=after)
        for owner, (start, end, before, after) in (("one", one), ("other", other))
    )
    await take(holds, business, "one", [first], NOW)
    assert await take(holds, business, "other", [second], NOW) == apart(first, second)
    await redis.aclose()


async def test_without_redis_booking_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    redis = Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.2)
    holds = RedisHolds(redis)
    wanted: Sequence[Held] = [held(600, 660, "olga")]
    with caplog.at_level(logging.ERROR):
        assert await take(holds, BUSINESS, "olga", wanted, NOW) is None
        assert await holds.others(BUSINESS, {ANNA}, None, NOW) == []
        assert await holds.mine(BUSINESS, "olga", NOW) is None
        await holds.release(BUSINESS, "olga")
    assert holds.failures == 4
    assert [record.message for record in caplog.records] == ["holds: going on without Redis"]
    await redis.aclose()


def test_not_everybody_waits_for_the_time_out(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("storage.redis.breaker.time.monotonic", lambda: now[0])
    breaker = Breaker("it")
    asked = [breaker.open]
    breaker.failed(OSError())
    asked.append(breaker.open)
    now[0] += 2.0
    asked.append(breaker.open)
    assert asked == [False, True, False]
    assert breaker.failures == 2
