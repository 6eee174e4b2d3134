"""What changes, from every process to every process, by Redis's pub/sub.

Changes are numbered and sent in one step, so that all who listen get the same changes in the same order
and notice when one is missing: by the next one's number, or, when none comes, by looking at the newest number
now and then. So it does not matter what the connection went through meanwhile.

Without Redis a process tells its own listeners alone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final, cast
from uuid import UUID

import orjson
from redis.asyncio import Redis

from core.domain.booking import BookingStatus
from core.ports.events import Audience, BookingChanged, CatalogueChanged, Change, SlotsChanged
from storage.redis.breaker import AWAY, Breaker
from storage.tasks import end

_log = logging.getLogger(__name__)

#: Where the number of the newest change is kept.
NUMBER: Final = "live:number"
_CHANNEL: Final = "okoshko:live"

# A number that got lost with Redis's memory begins again above all that there were: in milliseconds since
# 1970.
_BEGIN: Final = """
if redis.call('EXISTS', KEYS[1]) == 0 then
  local t = redis.call('TIME')
  redis.call('SET', KEYS[1], string.format('%.0f', t[1] * 1000 + math.floor(t[2] / 1000)))
end
"""
_SEND: Final = f"""{_BEGIN}
local last = redis.call('INCRBY', KEYS[1], #ARGV - 1)
local first = string.format('%.0f', last - #ARGV + 2)
return redis.call('PUBLISH', ARGV[1], first .. '\\n' .. table.concat(ARGV, '\\n', 2))
"""
_NEWEST: Final = f"""{_BEGIN}
return redis.call('GET', KEYS[1])
"""

_PAUSE_SECONDS: Final = 0.02
_RETRY_SECONDS: Final = 1.0
_LOOK_SECONDS: Final = 5.0
_GRACE_SECONDS: Final = 1.0


def _channel_of(redis: Redis) -> str:
    """Databases of one server share its channels, so each has a name of its own."""
    return f"{_CHANNEL}:{redis.connection_pool.connection_kwargs.get('db') or 0}"


class RedisNews:
    """See :class:`core.ports.events.News`. ``local``: who is told in this process while Redis is away."""

    def __init__(self, redis: Redis, local: Audience | None = None) -> None:
        self._channel = _channel_of(redis)
        self._local = local
        self._send = redis.register_script(_SEND)
        self._breaker = Breaker("live")
        self._waiting: list[Change] = []
        self._task: asyncio.Task[None] | None = None

    @property
    def failures(self) -> int:
        """How often other processes were not told."""
        return self._breaker.failures

    def publish(self, changes: Sequence[Change]) -> None:
        """Sent in the background, together with what comes soon after."""
        if not changes:
            return
        self._waiting += changes
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._keep_sending(), name="live-news")

    async def close(self) -> None:
        """Let the last changes go out."""
        if self._task is not None:
            await self._task

    async def _keep_sending(self) -> None:
        while self._waiting:
            changes, self._waiting = merged(self._waiting), []
            if not await self._sent(changes) and self._local is not None:
                for change in changes:
                    self._local.arrived(None, change)
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _sent(self, changes: Sequence[Change]) -> bool:
        if self._breaker.open:
            return False
        try:
            await self._send(keys=[NUMBER], args=[self._channel, *map(encode, changes)])
        except AWAY as error:
            self._breaker.failed(error)
            return False
        return True


class RedisFeed:
    """Brings what any process publishes to this one's ``audience``."""

    def __init__(self, redis_url: str, audience: Audience) -> None:
        self._url = redis_url
        self._audience = audience
        self._task: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()

    async def start(self) -> None:
        """Begin to listen; returns at once, the connection is made in the background."""
        self._task = asyncio.create_task(self._listen(), name="live-feed")

    async def ready(self) -> None:
        """Wait until it listens."""
        await self._ready.wait()

    async def stop(self) -> None:
        """Stop listening."""
        await end(self._task)

    async def _listen(self) -> None:
        while True:
            try:
                await self._listen_once()
            except AWAY as error:
                _log.warning("not listening to changes, trying again", extra={"error": type(error).__name__})
            finally:
                self._ready.clear()
                self._audience.lost()
            await asyncio.sleep(_RETRY_SECONDS)

    async def _listen_once(self) -> None:
        async with Redis.from_url(self._url, socket_connect_timeout=1) as redis:
            newest = redis.register_script(_NEWEST)
            async with redis.pubsub() as pubsub:
                await pubsub.subscribe(_channel_of(redis))
                # What was published before this answer is within the number that is asked for after it.
                if await pubsub.get_message(timeout=_LOOK_SECONDS) is None:
                    raise TimeoutError
                last = await self._begin(newest)
                self._ready.set()
                while True:
                    heard = await self._hear(pubsub, _LOOK_SECONDS)
                    if heard is None and await self._number(newest) != last:
                        heard = await self._hear(pubsub, _GRACE_SECONDS)
                        if heard is None:
                            last = await self._begin(newest)
                    last = max(last, heard or 0)

    async def _begin(self, newest: Any) -> int:
        number = await self._number(newest)
        self._audience.began(number)
        return number

    async def _number(self, newest: Any) -> int:
        async with asyncio.timeout(_LOOK_SECONDS):
            return int(await cast("Awaitable[bytes]", newest(keys=[NUMBER])))

    async def _hear(self, pubsub: Any, seconds: float) -> int | None:
        """The next changes, and the number of the last; None when there are none so soon."""
        message = await pubsub.get_message(timeout=seconds)
        if message is None or message["type"] != "message":
            return None
        first, *texts = cast("bytes", message["data"]).split(b"\n")
        for number, text in enumerate(texts, int(first)):
            try:
                change = decode(text)
            except (ValueError, KeyError, TypeError):
                # A process of another version says something new: this one tells that it missed something.
                _log.warning("a change that nobody understands")
                self._audience.began(number)
            else:
                self._audience.arrived(number, change)
        return int(first) + len(texts) - 1


def merged(changes: Sequence[Change]) -> list[Change]:
    """The same with less to say: times of one business together, of a catalogue the newest version, of a
    booking each version.
    """
    slots: dict[UUID, SlotsChanged] = {}
    catalogues: dict[UUID, CatalogueChanged] = {}
    bookings: list[BookingChanged] = []
    for change in changes:
        if isinstance(change, SlotsChanged):
            other = slots.get(change.business_id, change)
            slots[change.business_id] = SlotsChanged(
                change.business_id, other.spans | change.spans, other.resources | change.resources
            )
        elif isinstance(change, CatalogueChanged):
            known = catalogues.get(change.business_id, change)
            catalogues[change.business_id] = max(known, change, key=lambda each: each.version)
        else:
            bookings.append(change)
    return [*catalogues.values(), *slots.values(), *bookings]


def encode(change: Change) -> bytes:
    """A change as it travels."""
    said: dict[str, object]
    if isinstance(change, SlotsChanged):
        said = {
            "slots": change.business_id,
            "spans": sorted(change.spans),
            "resources": list(change.resources),
        }
    elif isinstance(change, CatalogueChanged):
        said = {"catalogue": change.business_id, "version": change.version}
    else:
        said = {
            "booking": change.business_id,
            "id": change.booking_id,
            "client": change.client_id,
            "event": change.event,
            "status": change.status,
            "start": int(change.start.timestamp()),
            "staff": list(change.staff_ids),
            "former": list(change.former_staff_ids),
            "version": change.version,
        }
    # The database's driver has ids of a class of its own.
    return orjson.dumps(said, default=str)


def decode(text: bytes) -> Change:
    """What :func:`encode` wrote. Raises ValueError, KeyError or TypeError for anything else."""
    said = orjson.loads(text)
    if "slots" in said:
        return SlotsChanged(
            UUID(str(said["slots"])),
            frozenset((int(begins), int(ends)) for begins, ends in said["spans"]),
            _ids(said["resources"]),
        )
    if "catalogue" in said:
        return CatalogueChanged(UUID(str(said["catalogue"])), int(said["version"]))
    return BookingChanged(
        business_id=UUID(str(said["booking"])),
        booking_id=UUID(str(said["id"])),
        client_id=UUID(str(said["client"])),
        event=str(said["event"]),
        status=BookingStatus(said["status"]),
        start=datetime.fromtimestamp(said["start"], UTC),
        staff_ids=_ids(said["staff"]),
        version=int(said["version"]),
        former_staff_ids=_ids(said["former"]),
    )


def _ids(said: Iterable[object]) -> frozenset[UUID]:
    return frozenset(UUID(str(each)) for each in said)
