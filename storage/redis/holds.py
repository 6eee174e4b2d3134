"""Holds in Redis: one sorted set a business, a member each held claim, scored by when it lapses; and the
visit that an owner holds, for the owner alone.

A hold is taken by one script, all or nothing. ``now`` comes from the caller's clock, so that the sandbox's
clock owns the lapse; the keys' own time to live only sweeps up.

What was read is taken for true for some hundredths of a second, since every look at a calendar asks for it: a
hold of another process may be seen that much later, one of this process never.

What is taken, given up or lapses is told as a change of slots.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import OrderedDict
from collections.abc import Collection, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

from redis.asyncio import Redis

from core.domain.held import HeldSession
from core.domain.visit_parts import read_part
from core.ports.events import News, SlotsChanged
from core.ports.holds import Held, HeldVisit
from storage.redis.breaker import AWAY, Breaker

# A member is "resource lane lead start end trail session owner", the session "-" or "id/service/master/place/
# start/end". Two claims are apart when neither [lead, end) nor [start, trail) overlap (BusyClaim), or when
# both are time of one session; its seats, whose resource is its id, are as any other lane.
_SWEPT_SECONDS: Final = 7200
_TAKE: Final = f"""
local now, owner = tonumber(ARGV[1]), ARGV[2]
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local held, mine = redis.call('ZRANGE', KEYS[1], 0, -1), {{}}
local wanted = {{}}
for i = 4, #ARGV, 2 do
  local r, l, a, s, e, t, g = string.match(ARGV[i], '^(%S+) (%d+) (%d+) (%d+) (%d+) (%d+) (%S+) ')
  local id = string.sub(g, 1, 36)
  wanted[#wanted + 1] =
    {{r .. ' ' .. l, tonumber(a), tonumber(s), tonumber(e), tonumber(t), id ~= r and id or nil}}
end
for _, member in ipairs(held) do
  local r, l, a, s, e, t, g, who = string.match(member, '^(%S+) (%d+) (%d+) (%d+) (%d+) (%d+) (%S+) (.*)$')
  if who == owner then
    mine[#mine + 1] = member
  else
    a, s, e, t = tonumber(a), tonumber(s), tonumber(e), tonumber(t)
    for _, w in ipairs(wanted) do
      if w[1] == r .. ' ' .. l and (g == '-' or w[6] ~= string.sub(g, 1, 36))
        and ((w[2] < e and a < w[4]) or (w[3] < t and s < w[5])) then return false end
    end
  end
end
for _, member in ipairs(mine) do redis.call('ZREM', KEYS[1], member) end
for i = 4, #ARGV, 2 do redis.call('ZADD', KEYS[1], ARGV[i + 1], ARGV[i]) end
redis.call('EXPIRE', KEYS[1], {_SWEPT_SECONDS})
redis.call('SET', KEYS[2], ARGV[3], 'EX', {_SWEPT_SECONDS})
return mine
"""
_RELEASE: Final = """
local mine = {}
for _, member in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local owner = string.match(member, '^%S+ %d+ %d+ %d+ %d+ %d+ %S+ (.*)$')
  if owner == ARGV[1] then
    redis.call('ZREM', KEYS[1], member)
    mine[#mine + 1] = member
  end
end
redis.call('DEL', KEYS[2])
return mine
"""


_FRESH_SECONDS: Final = 0.05
_KEPT: Final = 1000


class _Read(NamedTuple):
    until: float
    held: Sequence[Held]


_NOTHING: Final = _Read(0.0, ())


class RedisHolds:
    """See :class:`core.ports.holds.Holds`. ``failures``: how often booking went on without holds. ``news``:
    where changes are told.
    """

    def __init__(self, redis: Redis, news: News | None = None) -> None:
        self._redis: Any = redis
        self._news = news
        self._lapses: dict[tuple[UUID, str], asyncio.TimerHandle] = {}
        self._take = redis.register_script(_TAKE)
        self._release = redis.register_script(_RELEASE)
        self._breaker = Breaker("holds")
        self._read: OrderedDict[UUID, _Read] = OrderedDict()
        self._changes = 0

    @property
    def failures(self) -> int:
        """Calls that had to do without Redis."""
        return self._breaker.failures

    async def take(
        self, business_id: UUID, owner: str, claims: Sequence[Held], visit: HeldVisit, now: int
    ) -> bool | None:
        """All or nothing, in place of the owner's earlier hold."""
        if self._breaker.open:
            return None
        args: list[str | int] = [now, owner, _write_visit(visit)]
        for held in claims:
            args += [_member(held, owner), held.expires_at]
        try:
            former = await self._take(keys=_keys(business_id, owner), args=args)
        except AWAY as error:
            self._breaker.failed(error)
            return None
        finally:
            self._changed(business_id)
        if former is None:
            return False
        self._tell(business_id, owner, [*claims, *(_held(member, 0) for member in former)])
        if claims:
            self._tell_later(business_id, owner, claims, now)
        return True

    async def release(self, business_id: UUID, owner: str) -> None:
        """Nothing held is no fault."""
        if self._breaker.open:
            return
        try:
            former = await self._release(keys=_keys(business_id, owner), args=[owner])
            self._tell(business_id, owner, [_held(member, 0) for member in former])
        except AWAY as error:
            self._breaker.failed(error)
        finally:
            self._changed(business_id)

    async def others(
        self, business_id: UUID, resources: Collection[UUID], owner: str | None, now: int
    ) -> Sequence[Held]:
        """One round trip; what has lapsed is left out."""
        return [
            held
            for held in await self._all(business_id, now)
            if held.owner != owner and held.concerns(resources)
        ]

    async def mine(self, business_id: UUID, owner: str, now: int) -> HeldVisit | None:
        """One round trip."""
        if self._breaker.open:
            return None
        try:
            found = await self._redis.get(_visit_key(business_id, owner))
        except AWAY as error:
            self._breaker.failed(error)
            return None
        visit = _read_visit(found) if found is not None else None
        return visit if visit is not None and visit.expires_at > now else None

    async def _all(self, business_id: UUID, now: int) -> Sequence[Held]:
        known = self._read.get(business_id)
        if known is None or known.until < time.monotonic():
            known = await self._read_anew(business_id)
        return [held for held in known.held if held.expires_at > now] if known.held else ()

    async def _read_anew(self, business_id: UUID) -> _Read:
        if self._breaker.open:
            return _NOTHING
        changes = self._changes
        try:
            found = await self._redis.zrange(_key(business_id), 0, -1, withscores=True)
        except AWAY as error:
            self._breaker.failed(error)
            return _NOTHING
        held = [_held(member, int(score)) for member, score in found]
        read = _Read(time.monotonic() + _FRESH_SECONDS, held)
        if changes == self._changes:
            self._read[business_id] = read
            self._read.move_to_end(business_id)
            if len(self._read) > _KEPT:
                self._read.popitem(last=False)
        return read

    def _tell(self, business_id: UUID, owner: str, claims: Sequence[Held]) -> None:
        """Time that ``owner`` took or gave back."""
        if self._news is None:
            return
        if (lapse := self._lapses.pop((business_id, owner), None)) is not None:
            lapse.cancel()
        if claims:
            spans = frozenset((held.lead, held.trail) for held in claims)
            resources = {held.resource_id for held in claims}
            resources |= {held.session.staff_id for held in claims if held.session is not None}
            self._news.publish([SlotsChanged(business_id, spans, frozenset(resources))])

    def _tell_later(self, business_id: UUID, owner: str, claims: Sequence[Held], now: int) -> None:
        """When a hold lapses, nobody does anything: it is told by whoever took it, if they still run."""
        if self._news is not None:
            seconds = max(held.expires_at for held in claims) - now
            self._lapses[business_id, owner] = asyncio.get_running_loop().call_later(
                seconds, self._tell, business_id, owner, claims
            )

    def _changed(self, business_id: UUID) -> None:
        """What was read before, or is being read now, is not true any more."""
        self._changes += 1
        self._read.pop(business_id, None)


def _key(business_id: UUID) -> str:
    # Of the second form: a process of an earlier version beside this one must not read these.
    return f"holds:2:{business_id}"


def _visit_key(business_id: UUID, owner: str) -> str:
    return f"holds:2:{business_id}:{owner}"


def _keys(business_id: UUID, owner: str) -> list[str]:
    return [_key(business_id), _visit_key(business_id, owner)]


def _member(held: Held, owner: str) -> str:
    session = "/".join(map(str, (held.session.id, *held.session))) if held.session is not None else "-"
    return (
        f"{held.resource_id} {held.lane} {held.lead} {held.start} {held.end} {held.trail} {session} {owner}"
    )


def _held(member: bytes, score: int) -> Held:
    resource, lane, lead, start, end, trail, session, owner = member.decode().split(" ", 7)
    times = int(lane), int(lead), int(start), int(end), int(trail)
    return Held(UUID(resource), *times, owner, score, None if session == "-" else _session(session))


def _session(text: str) -> HeldSession:
    _, service, staff, location, start, end = text.split("/")
    return HeldSession(UUID(service), UUID(staff), UUID(location), int(start), int(end))


def _write_visit(visit: HeldVisit) -> str:
    return json.dumps([visit.expires_at, [part.written() for part in visit.parts]])


def _read_visit(raw: bytes) -> HeldVisit:
    expires_at, parts = json.loads(raw)
    return HeldVisit(tuple(map(read_part, parts)), expires_at)
