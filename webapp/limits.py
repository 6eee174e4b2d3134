"""How often one may call: reads, writes, and sign-ins that fail.

Reads are counted in this process, writes and failures by all processes together. Who has shown a token that
is good is counted by it, everybody else by address. Programs of this machine that call directly read and
write as much as they like.

A failed sign-in is one that is answered 401. Good ones are never counted nor refused, however many others
behind the same address fail: what is shown has 256 bits or a signature and can't be guessed, so there is
nobody to be locked out, and behind one address of a mobile network there is half a town.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable, MutableMapping
from typing import Final

from aiohttp import hdrs, web

from core.domain.actor import ActorKind
from core.domain.rate import Rate, Verdict, judge
from core.ports.limits import SharedLimits
from webapp.access import CALLER, Caller
from webapp.client_address import Addresses, is_local, site_of
from webapp.errors import Fault

FAILURES: Final = Rate(60)

#: What was judged of the request, for the headers of the answer.
JUDGED: Final = web.RequestKey("judged", tuple[Rate, Verdict])

_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
#: Called by machines that have a pace of their own, and files that are kept for ever.
_FREE: Final = ("/static/", "/hooks/", "/sandbox", "/metrics", "/api/v1/health", "/api/v1/ready")
_SIGN_IN: Final = "/api/v1/auth/"
_KEPT: Final = 20_000


class LocalLimits:
    """Counts in this process. Who was heard of longest ago is forgotten first: that is harmless, for so many
    others have called since.
    """

    def __init__(self, kept: int = _KEPT, clock: Callable[[], float] = time.monotonic) -> None:
        self._used_up: OrderedDict[str, float] = OrderedDict()
        self._kept = kept
        self._clock = clock

    def pass_one(self, key: str, rate: Rate) -> Verdict:
        """One more of ``key``."""
        now = self._clock()
        used_up, verdict = judge(self._used_up.get(key, 0.0), now, rate)
        self._used_up[key] = used_up
        self._used_up.move_to_end(key)
        if len(self._used_up) > self._kept:
            self._used_up.popitem(last=False)
        return verdict


class Limits:
    """See the module. ``reads`` and ``writes`` a minute, 0: as many as they like. ``shared`` None: every
    process counts for itself.
    """

    def __init__(
        self,
        addresses: Addresses,
        *,
        reads: int,
        writes: int,
        shared: SharedLimits | None,
    ) -> None:
        self._addresses = addresses
        self._reads = Rate(reads) if reads else None
        self._writes = Rate(writes) if writes else None
        self._shared = shared
        self._local = LocalLimits()
        self._known: OrderedDict[str, str] = OrderedDict()

    async def admit(self, request: web.Request) -> Fault | None:
        """Count a request before it is worked on; why it is not."""
        if is_local(request) or request.path.startswith(_FREE):
            return None
        reading = request.method in _READS
        rate = self._reads if reading else self._writes
        if rate is None:
            return None
        who = self._known.get(request.headers.get(hdrs.AUTHORIZATION, "")) or self._address(request)
        if reading:
            verdict: Verdict | None = self._local.pass_one(f"r:{who}", rate)
        else:
            verdict = await self._count(f"w:{who}", rate)
        if verdict is None:
            return None
        request[JUDGED] = rate, verdict
        return None if verdict.allowed else too_many(verdict)

    async def answered(self, request: web.Request, status: int) -> Fault | None:
        """Learn from the answer whose token that was; what to answer instead to one who failed too often."""
        shown = request.headers.get(hdrs.AUTHORIZATION)
        if status == 401:
            if shown is None and not request.path.startswith(_SIGN_IN):
                return None
            if shown is not None:
                self._known.pop(shown, None)
            verdict = await self._count(f"f:{self._address(request)}", FAILURES)
            if verdict is None or verdict.allowed:
                return None
            request[JUDGED] = FAILURES, verdict
            return too_many(verdict)
        if shown is not None and shown not in self._known and (caller := request.get(CALLER)) is not None:
            self._remember(shown, name_of(caller))
        return None

    async def _count(self, key: str, rate: Rate) -> Verdict | None:
        if self._shared is None:
            return self._local.pass_one(key, rate)
        return await self._shared.pass_one(key, rate)

    def _address(self, request: web.Request) -> str:
        return site_of(self._addresses.of(request))

    def _remember(self, shown: str, name: str | None) -> None:
        if name is None:
            return
        self._known[shown] = name
        if len(self._known) > _KEPT:
            self._known.popitem(last=False)


def name_of(caller: Caller) -> str | None:
    """A caller's own name, the same whichever way they prove it: a person's all sessions are one. None for
    somebody unknown.
    """
    if caller.visit is not None:
        return f"visit:{caller.visit.booking_id}"
    if caller.identity is not None:
        return f"identity:{caller.identity.id}"
    if caller.actor.kind is ActorKind.ANONYMOUS or caller.actor.id is None:
        return None
    return f"{caller.actor.kind}:{caller.actor.id}"


def too_many(verdict: Verdict) -> Fault:
    """The refusal, and when to come again."""
    return Fault("TOO_MANY_REQUESTS", headers={hdrs.RETRY_AFTER: str(max(1, math.ceil(verdict.retry)))})


def tell_limits(request: web.Request, headers: MutableMapping[str, str]) -> None:
    """How much of the limit is left, in the headers of an answer: whole numbers, seconds."""
    judged = request.get(JUDGED)
    if judged is None:
        return
    rate, verdict = judged
    headers["X-RateLimit-Limit"] = str(rate.per_minute)
    headers["X-RateLimit-Remaining"] = str(verdict.remaining)
    headers["X-RateLimit-Reset"] = str(math.ceil(verdict.reset))
