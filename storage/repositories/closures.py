"""Closures: written with the exceptions that close, taken by SKIP LOCKED under a lease."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from asyncpg import Record

from core.domain.actor import Actor, ActorKind, Role
from core.domain.closure import Closure, ClosureAction
from storage.session import Statements

_COLUMNS: Final = """id, business_id, action, exception_ids, reason, actor_kind, actor_id, actor_role, actor_staff_id, actor_name,
       created_at, leased_until"""
_KEEP: Final = f"""
INSERT INTO closures ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (business_id, action, exception_ids) DO UPDATE SET
    reason = excluded.reason, actor_kind = excluded.actor_kind, actor_id = excluded.actor_id,
    actor_role = excluded.actor_role, actor_staff_id = excluded.actor_staff_id, actor_name = excluded.actor_name,
    leased_until = excluded.leased_until, done_at = NULL
RETURNING id
"""
_OVERTAKE: Final = """
UPDATE closures SET done_at = $4
WHERE business_id = $1 AND id <> $2 AND done_at IS NULL AND exception_ids <@ $3::uuid[]
"""
_CLAIM: Final = f"""
UPDATE closures SET leased_until = $2
WHERE id = (
    SELECT id FROM closures WHERE done_at IS NULL AND leased_until <= $1
    ORDER BY leased_until, id LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING {_COLUMNS}
"""
_FINISH: Final = "UPDATE closures SET done_at = $3 WHERE id = $1 AND leased_until = $2 AND done_at IS NULL"


class Closures:
    """See :class:`core.ports.closures.ClosureRepository`."""

    def __init__(self, connection: Statements) -> None:
        self._connection = connection

    async def keep(self, closure: Closure) -> Closure:
        """One row for each action on the same exceptions."""
        actor, ids = closure.actor, list(closure.exception_ids)
        kept = await self._connection.fetchval(
            _KEEP,
            closure.id,
            closure.business_id,
            closure.action,
            ids,
            closure.reason,
            actor.kind,
            actor.id,
            actor.role,
            actor.staff_id,
            actor.name,
            closure.created_at,
            closure.leased_until,
        )
        await self._connection.execute(_OVERTAKE, closure.business_id, kept, ids, closure.created_at)
        return replace(closure, id=kept)

    async def claim(self, now: datetime, leased_until: datetime) -> Closure | None:
        """One at a time: what fails keeps no other back."""
        row = await self._connection.fetchrow(_CLAIM, now, leased_until)
        return None if row is None else _closure_of(row)

    async def finish(self, closure: Closure, now: datetime) -> None:
        """The lease says whose it is."""
        await self._connection.execute(_FINISH, closure.id, closure.leased_until, now)


def _closure_of(row: Record) -> Closure:
    role = row["actor_role"]
    return Closure(
        id=row["id"],
        business_id=row["business_id"],
        action=ClosureAction(row["action"]),
        exception_ids=tuple(row["exception_ids"]),
        actor=Actor(
            ActorKind(row["actor_kind"]),
            row["actor_id"],
            row["business_id"],
            None if role is None else Role(role),
            row["actor_staff_id"],
            row["actor_name"],
        ),
        reason=row["reason"],
        created_at=row["created_at"],
        leased_until=row["leased_until"],
    )
