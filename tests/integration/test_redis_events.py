"""Changes on their way through Redis, to every process in one order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

import pytest
from redis.asyncio import Redis

from core.domain.booking import BookingStatus
from core.ports.events import BookingChanged, CatalogueChanged, Change, News, SlotsChanged
from core.ports.holds import Held, HeldVisit
from storage.redis import events
from storage.redis.events import NUMBER, RedisFeed, RedisNews, decode, encode, merged
from storage.redis.holds import RedisHolds

HERE, THERE = UUID(int=1), UUID(int=2)
ANNA, MARIA = UUID(int=21), UUID(int=22)
SLOTS = SlotsChanged(HERE, frozenset({(0, 60)}), frozenset({ANNA}))
BOOKING = BookingChanged(
    business_id=HERE,
    booking_id=UUID(int=41),
    client_id=UUID(int=11),
    event="reschedule",
    status=BookingStatus.CONFIRMED,
    start=datetime(2026, 11, 23, 7, tzinfo=UTC),
    staff_ids=frozenset({ANNA}),
    version=3,
    former_staff_ids=frozenset({MARIA}),
)


class Ears:
    """An audience that keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[int | None, Change]] = []
        self.begun: list[int] = []
        self.losses = 0
        self._news = asyncio.Event()

    def began(self, number: int) -> None:
        self.begun.append(number)
        self._news.set()

    def lost(self) -> None:
        self.losses += 1
        self._news.set()

    def arrived(self, number: int | None, change: Change) -> None:
        self.told.append((number, change))
        self._news.set()

    async def until(self, there: Callable[[], bool]) -> None:
        """Wait for it, a little."""
        async with asyncio.timeout(10):
            while not there():
                self._news.clear()
                await self._news.wait()


@asynccontextmanager
async def process(redis_url: str) -> AsyncIterator[tuple[News, Ears]]:
    """What a process has of it."""
    ears = Ears()
    redis = Redis.from_url(redis_url)
    news, feed = RedisNews(redis, ears), RedisFeed(redis_url, ears)
    await feed.start()
    await feed.ready()
    yield news, ears
    await feed.stop()
    await news.close()
    await redis.aclose()


@pytest.mark.parametrize("change", [SLOTS, BOOKING, CatalogueChanged(HERE, 7)])
def test_a_change_arrives_as_it_went(change: Change) -> None:
    assert decode(encode(change)) == change


@pytest.mark.parametrize("text", [b"{}", b"[]", b'{"slots": 1}', b"no", b'{"catalogue": "x", "version": 1}'])
def test_what_is_no_change_is_said_to_be_none(text: bytes) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        decode(text)


def test_what_comes_close_together_is_told_as_one() -> None:
    other = SlotsChanged(HERE, frozenset({(60, 90)}), frozenset({MARIA}))
    third = SlotsChanged(THERE, frozenset({(0, 5)}), frozenset({MARIA}))
    versions = [CatalogueChanged(HERE, number) for number in (3, 5, 4)]
    assert merged([SLOTS, *versions, BOOKING, other, third]) == [
        CatalogueChanged(HERE, 5),
        SlotsChanged(HERE, frozenset({(0, 60), (60, 90)}), frozenset({ANNA, MARIA})),
        third,
        BOOKING,
    ]


async def test_all_processes_hear_all_in_one_order(redis_url: str) -> None:
    async with process(redis_url) as (one, first), process(redis_url) as (two, second):
        for number in range(20):
            one.publish([CatalogueChanged(HERE, number)])
            two.publish([CatalogueChanged(THERE, number), BOOKING])
            await asyncio.sleep(0)
        await first.until(lambda: CatalogueChanged(THERE, 19) in [each for _, each in first.told])
        await first.until(lambda: CatalogueChanged(HERE, 19) in [each for _, each in first.told])
        await second.until(lambda: len(second.told) == len(first.told))
        assert second.told == first.told
        numbers = [number for number, _ in first.told]
        begun = first.begun[-1]
        assert numbers == list(range(begun + 1, begun + 1 + len(numbers)))


async def test_databases_of_one_server_hear_nothing_of_each_other(redis_url: str) -> None:
    base, _, number = redis_url.rpartition("/")
    other_url = f"{base}/{15 - int(number)}"
    async with process(redis_url) as (one, first), process(other_url) as (_, second):
        one.publish([SLOTS])
        await first.until(lambda: bool(first.told))
        await asyncio.sleep(0.05)
        assert second.told == []


async def test_without_redis_a_process_tells_itself(unused_tcp_port: int) -> None:
    ears = Ears()
    redis = Redis.from_url(f"redis://127.0.0.1:{unused_tcp_port}/0", socket_connect_timeout=1)
    news = RedisNews(redis, ears)
    news.publish([SLOTS])
    news.publish([CatalogueChanged(HERE, 7)])
    await news.close()
    assert ears.told == [(None, CatalogueChanged(HERE, 7)), (None, SLOTS)]
    assert news.failures == 1
    await redis.aclose()


async def test_a_message_that_got_lost_is_noticed(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "_LOOK_SECONDS", 0.1)
    monkeypatch.setattr(events, "_GRACE_SECONDS", 0.1)
    async with process(redis_url) as (_, ears), Redis.from_url(redis_url) as redis:
        begun = ears.begun[-1]
        await redis.incr(NUMBER)
        await ears.until(lambda: ears.begun[-1] == begun + 1)
        await redis.delete(NUMBER)
        await ears.until(lambda: ears.begun[-1] > begun + 1)


async def test_a_broken_connection_is_made_anew(redis_url: str) -> None:
    async with process(redis_url) as (news, ears), Redis.from_url(redis_url) as redis:
        seen = len(ears.begun)
        await redis.client_kill_filter(_type="pubsub")
        await ears.until(lambda: len(ears.begun) > seen)
        news.publish([SLOTS])
        await ears.until(lambda: bool(ears.told))
        assert ears.told[0][1] == SLOTS


async def test_holds_are_told_when_taken_given_up_and_lapsed(redis_url: str) -> None:
    class Paper:
        def __init__(self) -> None:
            self.changes: list[Change] = []
            self.lapsed = asyncio.Event()

        def publish(self, changes: Sequence[Change]) -> None:
            self.changes += changes
            if len(self.changes) == 2:
                self.lapsed.set()

    def held(start: int, until: int) -> Held:
        return Held(ANNA, 0, start, start, start + 60, start + 75, "web:1", until)

    paper = Paper()
    async with Redis.from_url(redis_url) as redis:
        holds = RedisHolds(redis, paper)

        async def take(owner: str, claim: Held) -> bool | None:
            return await holds.take(HERE, owner, [claim], HeldVisit((), claim.expires_at), 900)

        assert await take("web:1", held(600, 1000))
        assert paper.changes.pop() == SlotsChanged(HERE, frozenset({(600, 675)}), frozenset({ANNA}))
        assert not await take("web:2", held(630, 1000))
        assert paper.changes == []
        assert await take("web:1", held(800, 1000))
        assert paper.changes.pop() == SlotsChanged(
            HERE, frozenset({(600, 675), (800, 875)}), frozenset({ANNA})
        )
        await holds.release(HERE, "web:1")
        assert paper.changes.pop() == SlotsChanged(HERE, frozenset({(800, 875)}), frozenset({ANNA}))
        await holds.release(HERE, "web:1")
        assert paper.changes == []
        assert await take("web:1", held(600, 900))
        assert len(paper.changes) == 1
        async with asyncio.timeout(5):
            await paper.lapsed.wait()
        assert paper.changes[0] == paper.changes[1]
