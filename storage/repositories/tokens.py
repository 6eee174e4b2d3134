"""Personal API tokens, by hash."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from asyncpg import Connection, Record

from core.domain.actor import Role, Scope
from core.ports.repositories import ApiToken

_SELECT: Final = "SELECT id, business_id, role, name, staff_id, scopes, created_at FROM api_tokens"
_ADD: Final = """
INSERT INTO api_tokens (id, business_id, role, name, staff_id, scopes, created_at, token_hash)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_REVOKE: Final = """
UPDATE api_tokens SET revoked_at = $3 WHERE business_id = $1 AND id = $2 AND revoked_at IS NULL
"""


class Tokens:
    """See :class:`core.ports.repositories.TokenRepository`."""

    def __init__(self, connection: Connection[Record]) -> None:
        self._connection = connection

    async def add(self, token: ApiToken, token_hash: bytes) -> None:
        """Keep the hash."""
        scopes = None if token.scopes is None else sorted(token.scopes)
        await self._connection.execute(_ADD, *token[:5], scopes, token.created_at, token_hash)

    async def by_hash(self, token_hash: bytes) -> ApiToken | None:
        """None for an unknown or revoked one."""
        row = await self._connection.fetchrow(
            f"{_SELECT} WHERE token_hash = $1 AND revoked_at IS NULL", token_hash
        )
        return None if row is None else _token_of(row)

    async def of_business(self, business_id: UUID) -> Sequence[ApiToken]:
        """Oldest first."""
        found = await self._connection.fetch(
            f"{_SELECT} WHERE business_id = $1 AND revoked_at IS NULL ORDER BY created_at, id", business_id
        )
        return [_token_of(row) for row in found]

    async def revoke(self, business_id: UUID, token_id: UUID, now: datetime) -> bool:
        """Once."""
        status = await self._connection.execute(_REVOKE, business_id, token_id, now)
        return status.endswith(" 1")


def _token_of(row: Record) -> ApiToken:
    return ApiToken(
        id=row["id"],
        business_id=row["business_id"],
        role=Role(row["role"]),
        name=row["name"],
        staff_id=row["staff_id"],
        scopes=None if row["scopes"] is None else frozenset(map(Scope, row["scopes"])),
        created_at=row["created_at"],
    )
