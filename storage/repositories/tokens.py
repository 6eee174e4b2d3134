"""Personal API tokens, by hash."""

from __future__ import annotations

from datetime import datetime

from asyncpg import Connection, Record

from core.domain.actor import Role
from core.ports.repositories import ApiToken


class Tokens:
    """See :class:`core.ports.repositories.TokenRepository`."""

    def __init__(self, connection: Connection[Record]) -> None:
        self._connection = connection

    async def add(self, token: ApiToken, token_hash: bytes, now: datetime) -> None:
        """Keep the hash."""
        await self._connection.execute(
            "INSERT INTO api_tokens (id, business_id, role, name, token_hash, created_at)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            token.id,
            token.business_id,
            token.role,
            token.name,
            token_hash,
            now,
        )

    async def by_hash(self, token_hash: bytes) -> ApiToken | None:
        """None for an unknown or revoked one."""
        row = await self._connection.fetchrow(
            "SELECT id, business_id, role, name FROM api_tokens WHERE token_hash = $1 AND revoked_at IS NULL",
            token_hash,
        )
        return (
            None if row is None else ApiToken(row["id"], row["business_id"], Role(row["role"]), row["name"])
        )
