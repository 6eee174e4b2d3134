"""Dialog sessions in a real Valkey: one event of a person at a time, in order, and nothing lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from redis.asyncio import Redis

from storage.redis import sessions as module
from storage.redis.sessions import RedisSessions, SessionBusy

KEY = "telegram:7:100"
TTL = 1000


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """An empty Valkey."""
    connected = Redis.from_url(redis_url)
    yield connected
    await connected.aclose()


@pytest.fixture
def sessions(redis: Redis) -> RedisSessions:
    """The sessions of one process."""
    return RedisSessions(redis)


async def test_what_is_saved_is_read(sessions: RedisSessions, redis: Redis) -> None:
    opened = await sessions.open(KEY)
    assert opened.raw is None
    assert await sessions.save(KEY, b'{"v":1}', opened.token, TTL)
    again = await sessions.open(KEY)
    assert again.raw == b'{"v":1}'
    await sessions.release(KEY, again.token)
    assert 0 < await redis.ttl(f"dialog:{KEY}") <= TTL
    assert await redis.keys("*lock") == []


async def test_releasing_writes_nothing(sessions: RedisSessions) -> None:
    opened = await sessions.open(KEY)
    await sessions.release(KEY, opened.token)
    await sessions.release(KEY, opened.token)
    assert not await sessions.save(KEY, b"late", opened.token, TTL)
    assert (await sessions.open(KEY)).raw is None


async def test_one_round_trip_each(sessions: RedisSessions, redis: Redis) -> None:
    opened = await sessions.open(KEY)
    await sessions.save(KEY, b"1", opened.token, TTL)
    before = await commands(redis)
    opened = await sessions.open(KEY)
    await sessions.save(KEY, b"2", opened.token, TTL)
    assert await commands(redis) - before == 3  # the two, and this question


async def commands(redis: Redis) -> int:
    """Commands of clients that the server has run; those within scripts count apart."""
    stats = await redis.info("commandstats")
    return sum(
        int(each["calls"])
        for name, each in stats.items()
        if name in {"cmdstat_evalsha", "cmdstat_eval", "cmdstat_info"}
    )


async def test_events_of_one_person_are_served_in_order(sessions: RedisSessions) -> None:
    served: list[int] = []
    inside = 0

    async def event(number: int) -> None:
        nonlocal inside
        opened = await sessions.open(KEY)
        inside += 1
        assert inside == 1
        await asyncio.sleep(0)
        served.append(number)
        inside -= 1
        assert await sessions.save(KEY, b"%d" % number, opened.token, TTL)

    await asyncio.gather(*map(event, range(50)))
    assert served == list(range(50))
    assert (await sessions.open(KEY)).raw == b"49"


async def test_different_people_do_not_wait(sessions: RedisSessions) -> None:
    first = await sessions.open(KEY)
    async with asyncio.timeout(5):
        second = await sessions.open("telegram:7:200")
    assert await sessions.save("telegram:7:200", b"2", second.token, TTL)
    assert await sessions.save(KEY, b"1", first.token, TTL)


async def test_processes_take_turns(redis: Redis) -> None:
    """Each adds one to the count: none is lost."""
    processes = [RedisSessions(redis) for _ in range(4)]

    async def event(sessions: RedisSessions) -> None:
        opened = await sessions.open(KEY)
        count = int(opened.raw or b"0")
        await asyncio.sleep(0)
        assert await sessions.save(KEY, b"%d" % (count + 1), opened.token, TTL)

    await asyncio.gather(*(event(processes[number % 4]) for number in range(40)))
    assert (await processes[0].open(KEY)).raw == b"40"


async def test_who_waits_too_long_is_told(
    redis: Redis, sessions: RedisSessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_WAIT_SECONDS", 0.05)
    held = await sessions.open(KEY)
    with pytest.raises(SessionBusy):
        await sessions.open(KEY)
    other = RedisSessions(redis)
    with pytest.raises(SessionBusy):
        await other.open(KEY)
    assert await sessions.save(KEY, b"1", held.token, TTL)
    assert (await sessions.open(KEY)).raw == b"1"


async def test_who_gives_up_does_not_stop_the_queue(sessions: RedisSessions) -> None:
    held = await sessions.open(KEY)
    impatient = asyncio.create_task(sessions.open(KEY))
    patient = asyncio.create_task(sessions.open(KEY))
    await asyncio.sleep(0)
    impatient.cancel()
    await sessions.save(KEY, b"1", held.token, TTL)
    assert (await patient).raw == b"1"
    with pytest.raises(asyncio.CancelledError):
        await impatient


async def test_a_lost_lock_writes_nothing(redis: Redis, sessions: RedisSessions) -> None:
    """A process that was away for longer than its lock must not undo what another did since."""
    slow = await sessions.open(KEY)
    await redis.delete(f"dialog:{KEY}:lock")
    other = RedisSessions(redis)
    quick = await other.open(KEY)
    assert await other.save(KEY, b"new", quick.token, TTL)
    assert not await sessions.save(KEY, b"old", slow.token, TTL)
    assert (await other.open(KEY)).raw == b"new"


class Outage:
    """Redis that can be away."""

    def __init__(self, redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
        self._redis = redis
        self._patch = monkeypatch

    def begin(self, sessions: RedisSessions) -> None:
        """From now on no command arrives."""

        async def away(*_: object, **__: object) -> None:
            raise ConnectionError

        for name in ("_open", "_save", "_free"):
            self._patch.setattr(sessions, name, away)

    def end(self, sessions: RedisSessions) -> None:
        """It is there again, and has been for a while."""
        self._patch.undo()
        sessions._breaker._closed_at = 0.0


@pytest.fixture
def outage(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> Outage:
    """A switch."""
    return Outage(redis, monkeypatch)


async def test_a_conversation_goes_on_without_redis(sessions: RedisSessions, outage: Outage) -> None:
    opened = await sessions.open(KEY)
    await sessions.save(KEY, b"before", opened.token, TTL)
    outage.begin(sessions)
    for step in (b"one", b"two"):
        opened = await sessions.open(KEY)
        assert await sessions.save(KEY, step, opened.token, TTL)
    assert (await sessions.open(KEY)).raw == b"two"
    assert sessions.failures > 0


async def test_without_redis_events_still_take_turns(sessions: RedisSessions, outage: Outage) -> None:
    outage.begin(sessions)
    first = await sessions.open(KEY)
    second = asyncio.create_task(sessions.open(KEY))
    await asyncio.sleep(0)
    assert not second.done()
    await sessions.save(KEY, b"first", first.token, TTL)
    assert (await second).raw == b"first"


async def test_what_happened_meanwhile_is_written_back(
    sessions: RedisSessions, redis: Redis, outage: Outage
) -> None:
    opened = await sessions.open(KEY)
    outage.begin(sessions)
    assert await sessions.save(KEY, b"meanwhile", opened.token, TTL)
    outage.end(sessions)
    async with asyncio.timeout(5):  # the lock left behind is one's own
        opened = await sessions.open(KEY)
    assert opened.raw == b"meanwhile"
    assert await sessions.save(KEY, b"after", opened.token, TTL)
    assert await redis.get(f"dialog:{KEY}") == b"after"
    assert (await RedisSessions(redis).open(KEY)).raw == b"after"


async def test_redis_comes_back_while_an_event_is_served(
    sessions: RedisSessions, redis: Redis, outage: Outage
) -> None:
    outage.begin(sessions)
    opened = await sessions.open(KEY)
    outage.end(sessions)
    assert await sessions.save(KEY, b"kept", opened.token, TTL)
    assert await redis.get(f"dialog:{KEY}") == b"kept"


async def test_redis_comes_back_and_another_process_is_at_it(
    sessions: RedisSessions, redis: Redis, outage: Outage
) -> None:
    """Nothing of the other's is overwritten behind its back, and nothing of ours is lost."""
    other = RedisSessions(redis)
    outage.begin(sessions)
    ours = await sessions.open(KEY)
    theirs = await other.open(KEY)
    outage.end(sessions)
    assert await sessions.save(KEY, b"ours", ours.token, TTL)
    assert await redis.get(f"dialog:{KEY}") is None
    assert await other.save(KEY, b"theirs", theirs.token, TTL)
    assert (await sessions.open(KEY)).raw == b"ours"


async def test_a_lock_lapses_soon_after_its_process_died(redis: Redis, sessions: RedisSessions) -> None:
    await sessions.open(KEY)
    assert 0 < await redis.pttl(f"dialog:{KEY}:lock") <= 5000


async def test_who_works_for_long_keeps_the_lock(
    redis: Redis, sessions: RedisSessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_RENEW_SECONDS", 0.02)
    opened = await sessions.open(KEY)
    lock = f"dialog:{KEY}:lock"
    for _ in range(3):
        await redis.pexpire(lock, 1000)
        await until(lambda: lasts(redis, lock, 4000))
    assert await sessions.save(KEY, b"1", opened.token, TTL)
    assert await redis.keys("*lock") == []


async def test_a_lock_that_somebody_else_has_by_now_is_not_renewed(
    redis: Redis, sessions: RedisSessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_RENEW_SECONDS", 0.02)
    lost, kept = KEY, "telegram:7:200"
    opened = await sessions.open(lost)
    await sessions.open(kept)
    await redis.set(f"dialog:{lost}:lock", "another", px=1000)
    await redis.pexpire(f"dialog:{kept}:lock", 1000)
    await until(lambda: lasts(redis, f"dialog:{kept}:lock", 4000))
    assert await redis.pttl(f"dialog:{lost}:lock") <= 1000
    assert not await sessions.save(lost, b"1", opened.token, TTL)


async def lasts(redis: Redis, key: str, millis: int) -> bool:
    """Whether the key stays for longer than that."""
    return bool(await redis.pttl(key) > millis)


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    """Wait for it."""
    async with asyncio.timeout(10):
        while not await true():  # noqa: ASYNC110 - Valkey tells nobody
            await asyncio.sleep(0.005)
