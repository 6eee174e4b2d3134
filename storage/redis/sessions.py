"""Dialog sessions in Redis: one round trip reads and locks, one writes and unlocks, for all who are at it at
the moment.

Within this process the events of one person are served in order of arrival; a lock in Redis keeps other
processes out. When Redis is away, sessions live in this process for the while (loudly logged and counted): a
conversation goes on, and is written back once Redis is there again.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from redis.asyncio import Redis

from core.ports.together import Together
from storage.redis.breaker import AWAY, Breaker
from storage.redis.turns import Turns

LOCK_SECONDS: Final = 5
"""When the lock of a process that died lapses. One that lives renews the locks that it needs for longer."""

_RENEW_SECONDS: Final = LOCK_SECONDS / 3

_WAIT_SECONDS: Final = 15.0
_POLL_SECONDS: Final = (0.01, 0.2)
_LOCAL_SESSIONS: Final = 10_000
#: Calls under way at once: while one is, those that it brings nothing to have theirs.
_WAYS: Final = 2

# Each session has two keys: its own and its lock's. Many are opened, or saved, by one call, since a call
# costs more than what it does.

# ARGV: when the locks lapse, how this process's tokens begin, then each session's token. Whoever has the turn
# in this process may take over a lock that this process left behind: it couldn't be given back when Redis was
# away.
_OPEN: Final = """
local found = {}
for i = 1, #KEYS / 2 do
  local lock = KEYS[2 * i]
  local holder = redis.call('GET', lock)
  if holder and string.sub(holder, 1, #ARGV[2]) ~= ARGV[2] then
    found[i] = 0
  else
    redis.call('SET', lock, ARGV[2 + i], 'EX', ARGV[1])
    found[i] = redis.call('GET', KEYS[2 * i - 1])
  end
end
return found
"""
# ARGV: for each session its token, what to write, for how long, and 1 for one that was opened when Redis was
# away: it has no lock, and needs one that is free.
_SAVE: Final = """
local done = {}
for i = 1, #KEYS / 2 do
  local key, lock, at = KEYS[2 * i - 1], KEYS[2 * i], 4 * i - 3
  local holder = redis.call('GET', lock)
  if holder ~= ARGV[at] and (holder or ARGV[at + 3] == '0') then
    done[i] = 0
  else
    redis.call('SET', key, ARGV[at + 1], 'EX', ARGV[at + 2])
    redis.call('DEL', lock)
    done[i] = 1
  end
end
return done
"""
# ARGV[1] is when the locks lapse then, the others their tokens.
_RENEW: Final = """
for at, key in ipairs(KEYS) do
  if redis.call('GET', key) == ARGV[at + 1] then redis.call('EXPIRE', key, ARGV[1]) end
end
return 1
"""
_FREE: Final = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


class SessionBusy(Exception):
    """Somebody else has worked on this session for too long."""


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A session under lock; see ``bots.dialogs.session.Opened``."""

    raw: bytes | None
    token: str


class _Open(NamedTuple):
    key: str
    token: str


class _Save(NamedTuple):
    key: str
    token: str
    raw: bytes
    ttl: int
    unlocked: bool


class RedisSessions:
    """See ``bots.dialogs.session.SessionStore``.

    ``failures``: how often a session was kept in this process.
    """

    def __init__(self, redis: Redis) -> None:
        self._open = redis.register_script(_OPEN)
        self._save = redis.register_script(_SAVE)
        self._opening: Together[_Open, bytes | int | None] = Together(self._open_all, ways=_WAYS)
        self._saving: Together[_Save, bool] = Together(self._save_all, ways=_WAYS)
        self._free = redis.register_script(_FREE)
        self._renew = redis.register_script(_RENEW)
        self._breaker = Breaker("dialog sessions")
        self._process = secrets.token_hex(6) + ":"
        self._numbers = itertools.count(1)
        self._turns = Turns()
        self._holders: dict[str, str] = {}
        self._alarm: asyncio.TimerHandle | None = None
        self._renewing: asyncio.Task[None] | None = None
        self._unlocked: set[str] = set()
        self._local: OrderedDict[str, bytes] = OrderedDict()

    @property
    def failures(self) -> int:
        """Calls that had to do without Redis."""
        return self._breaker.failures

    async def open(self, key: str) -> OpenedSession:
        """Read and lock. Raises SessionBusy when the lock is not had for long."""
        try:
            await self._turns.take(key, _WAIT_SECONDS)
        except TimeoutError:
            raise SessionBusy(key) from None
        token = f"{self._process}{next(self._numbers)}"
        try:
            raw = await self._lock(key, token)
        except BaseException:
            self._turns.give(key)
            raise
        self._holders[key] = token
        self._watch()
        return OpenedSession(self._local.get(key, raw), token)

    async def save(self, key: str, raw: bytes, token: str, ttl: int) -> bool:
        """Write and unlock; False when the lock was lost, and nothing is written.

        ``ttl``: seconds that the session is kept without being used.
        """
        if self._holders.get(key) != token:
            return False
        try:
            return await self._write(key, raw, token, ttl)
        finally:
            self._give(key)

    async def release(self, key: str, token: str) -> None:
        """Unlock without writing; a lock that is not held any more is no fault."""
        if self._holders.get(key) != token:
            return
        try:
            if not self._breaker.open:
                await self._free(keys=[_keys(key)[1]], args=[token])
        except AWAY as error:
            self._breaker.failed(error)
        finally:
            self._give(key)

    async def _lock(self, key: str, token: str) -> bytes | None:
        """Lock in Redis and read, waiting for another process; without Redis nothing is locked or read."""
        pause, waited = _POLL_SECONDS[0], 0.0
        while not self._breaker.open:
            try:
                found = await self._opening.ask(_Open(key, token))
            except AWAY as error:
                self._breaker.failed(error)
                break
            if not isinstance(found, int):
                return found
            if waited > _WAIT_SECONDS:
                raise SessionBusy(key)
            await asyncio.sleep(pause)
            waited += pause
            pause = min(pause * 1.5, _POLL_SECONDS[1])
        self._unlocked.add(key)
        return None

    async def _write(self, key: str, raw: bytes, token: str, ttl: int) -> bool:
        unlocked = key in self._unlocked
        if not self._breaker.open:
            try:
                written = await self._saving.ask(_Save(key, token, raw, ttl, unlocked))
            except AWAY as error:
                self._breaker.failed(error)
            else:
                if written or not unlocked:
                    self._local.pop(key, None)
                    return written
        self._local[key] = raw
        self._local.move_to_end(key)
        if len(self._local) > _LOCAL_SESSIONS:
            self._local.popitem(last=False)
        return True

    async def _open_all(self, asked: Sequence[_Open]) -> Sequence[bytes | int | None]:
        """What each session holds: None when there is none, 0 when another process works on it."""
        keys = [key for each in asked for key in _keys(each.key)]
        args: list[str | int] = [LOCK_SECONDS, self._process, *(each.token for each in asked)]
        found: list[bytes | int | None] = await self._open(keys=keys, args=args)
        return found

    async def _save_all(self, asked: Sequence[_Save]) -> Sequence[bool]:
        """Whether each was written."""
        keys = [key for each in asked for key in _keys(each.key)]
        args = [arg for each in asked for arg in (each.token, each.raw, each.ttl, int(each.unlocked))]
        done: list[int] = await self._save(keys=keys, args=args)
        return [bool(each) for each in done]

    def _watch(self) -> None:
        """Come back in a while to those who still hold what they hold now."""
        if self._alarm is None:
            loop = asyncio.get_running_loop()
            self._alarm = loop.call_later(_RENEW_SECONDS, self._look, dict(self._holders))

    def _look(self, before: dict[str, str]) -> None:
        self._alarm = None
        long = {key: token for key, token in before.items() if self._holders.get(key) == token}
        if self._holders:
            self._watch()
        if long and not self._breaker.open:
            self._renewing = asyncio.create_task(self._prolong(long))

    async def _prolong(self, held: dict[str, str]) -> None:
        keys = [_keys(key)[1] for key in held]
        try:
            await self._renew(keys=keys, args=[LOCK_SECONDS, *held.values()])
        except AWAY as error:
            self._breaker.failed(error)

    def _give(self, key: str) -> None:
        del self._holders[key]
        self._unlocked.discard(key)
        self._turns.give(key)


def _keys(key: str) -> list[str]:
    return [f"dialog:{key}", f"dialog:{key}:lock"]
