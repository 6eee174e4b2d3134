"""Keyed requests: kept once, worked on by one at a time."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from asyncpg import Connection, Record

from core.ports.requests import KeyedRequest, KnownRequest, StoredAnswer

_NO_BUSINESS: Final = UUID(int=0)
# One that somebody else keeps at this moment is waited for; the second part, whose snapshot is older, doesn't
# see it then, and nothing comes back.
_TAKE: Final = """
WITH taken AS (
    INSERT INTO http_requests AS r (id, business_id, caller, operation, key_hash, request_sha256, locked_at, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $9)
    ON CONFLICT (business_id, caller, operation, key_hash) DO UPDATE SET locked_at = excluded.locked_at
        WHERE r.state = 'in_progress' AND r.locked_at <= $8 AND r.request_sha256 = excluded.request_sha256
    RETURNING id, request_sha256, locked_at, true AS mine, status, headers, body
)
SELECT * FROM taken
UNION ALL
SELECT id, request_sha256, locked_at, false, status, headers, body FROM http_requests
WHERE business_id = $2 AND caller = $3 AND operation = $4 AND key_hash = $5 AND NOT EXISTS (SELECT FROM taken)
"""
_FINISH: Final = """
UPDATE http_requests SET state = 'done', status = $2, headers = $3, body = $4
WHERE id = $1 AND state = 'in_progress'
"""
_RELEASE: Final = """
UPDATE http_requests SET locked_at = 'epoch' WHERE id = $1 AND state = 'in_progress' AND locked_at = $2
"""
_REMOVE: Final = "DELETE FROM http_requests WHERE id = $1 AND state = 'in_progress' AND locked_at = $2"
_FORGET: Final = "DELETE FROM http_requests WHERE expires_at <= $1"


class Requests:
    """See :class:`core.ports.requests.RequestRepository`."""

    def __init__(self, connection: Connection[Record]) -> None:
        self._connection = connection

    async def take(
        self, request: KeyedRequest, new_id: UUID, now: datetime, *, stale: datetime, expires_at: datetime
    ) -> KnownRequest | None:
        """One round trip."""
        row = await self._connection.fetchrow(
            _TAKE,
            new_id,
            request.business_id or _NO_BUSINESS,
            request.caller,
            request.operation,
            request.key_hash,
            request.fingerprint,
            now,
            stale,
            expires_at,
        )
        if row is None:
            return None
        status, headers, body = row["status"], row["headers"], row["body"]
        answer = None if status is None else StoredAnswer(status, headers, body)
        return KnownRequest(row["id"], row["request_sha256"], row["locked_at"], row["mine"], answer)

    async def finish(self, request_id: UUID, answer: StoredAnswer) -> None:
        """The first answer stays."""
        await self._connection.execute(_FINISH, request_id, answer.status, dict(answer.headers), answer.body)

    async def release(self, request_id: UUID, locked_at: datetime) -> None:
        """Compare-and-swap on the time of taking."""
        await self._connection.execute(_RELEASE, request_id, locked_at)

    async def remove(self, request_id: UUID, locked_at: datetime) -> None:
        """The same."""
        await self._connection.execute(_REMOVE, request_id, locked_at)

    async def forget(self, now: datetime) -> int:
        """What has expired."""
        status = await self._connection.execute(_FORGET, now)
        return int(status.rpartition(" ")[2])
