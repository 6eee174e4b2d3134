"""Closures in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from core.domain.closure import Closure
from tests.support.memory.state import Rows


class Closures(Rows):
    async def keep(self, closure: Closure) -> Closure:
        same = (closure.business_id, closure.action, closure.exception_ids)
        for each in self._s.closures.values():
            if (each.business_id, each.action, each.exception_ids) == same:
                closure = replace(closure, id=each.id)
        for each in self._s.closures.values():
            if each.business_id == closure.business_id and {*each.exception_ids} <= {*closure.exception_ids}:
                self._s.closed[each.id] = closure.created_at
        self._s.closures[closure.id] = closure
        self._s.closed.pop(closure.id, None)
        return closure

    async def claim(self, now: datetime, leased_until: datetime) -> Closure | None:
        left = [each for each in self._s.closures.values() if each.id not in self._s.closed]
        free = [each for each in left if each.leased_until <= now]
        if not free:
            return None
        first = min(free, key=lambda each: (each.leased_until, each.id))
        self._s.closures[first.id] = replace(first, leased_until=leased_until)
        return self._s.closures[first.id]

    async def finish(self, closure: Closure, now: datetime) -> None:
        if self._s.closures[closure.id].leased_until == closure.leased_until:
            self._s.closed[closure.id] = now
