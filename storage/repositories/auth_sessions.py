"""Sessions of people who signed in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from core.domain.actor import Role
from core.domain.member import Member
from core.ports.auth_sessions import AuthSession, SessionUser
from storage.repositories.identity_rows import IDENTITY, identity_of
from storage.session import Statements

_ADD: Final = """
INSERT INTO auth_sessions (id, identity_id, device, created_at, used_at, idle_until, expires_at, refresh_hash)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_LIVES: Final = "s.revoked_at IS NULL AND s.idle_until > "
# A row for each membership; one without any for those who have none.
_USER: Final = f"""
SELECT {IDENTITY}, m.id AS member_id, m.business_id AS member_of, m.role, m.name AS member_name, m.locale AS member_locale,
       m.staff_id, b.slug
FROM auth_sessions AS s JOIN identities AS i ON i.id = s.identity_id
LEFT JOIN member_identities AS l ON l.identity_id = i.id
LEFT JOIN members AS m ON m.id = l.member_id AND NOT m.archived
LEFT JOIN businesses AS b ON b.id = m.business_id
WHERE s.id = $1 AND {_LIVES}$2 ORDER BY m.created_at, m.id
"""
_SWAP: Final = f"""
UPDATE auth_sessions AS s
SET refresh_hash = $3, used_at = greatest(s.used_at, $5), idle_until = least($4, s.expires_at), swapped_at = clock_timestamp()
WHERE s.id = $1 AND s.refresh_hash = $2 AND {_LIVES}$5
"""
# now() is the beginning of this transaction. Whoever began before the swap was done can't have known of it.
_END_REUSED: Final = f"""
UPDATE auth_sessions AS s SET revoked_at = $3
WHERE s.id = $1 AND s.refresh_hash <> $2 AND s.swapped_at < now() AND {_LIVES}$3
"""
_OF_IDENTITY: Final = f"""
SELECT s.id, s.identity_id, s.device, s.created_at, s.used_at, s.idle_until, s.expires_at FROM auth_sessions AS s
WHERE s.identity_id = $1 AND {_LIVES}$2 ORDER BY s.used_at DESC, s.id DESC
"""
_END: Final = (
    f"UPDATE auth_sessions AS s SET revoked_at = $3 WHERE s.id = $1 AND s.identity_id = $2 AND {_LIVES}$3"
)
_FORGET: Final = "DELETE FROM auth_sessions WHERE idle_until < $1 OR revoked_at < $1"


class AuthSessions:
    """See :class:`core.ports.auth_sessions.AuthSessionRepository`."""

    def __init__(self, connection: Statements) -> None:
        self._connection = connection

    async def add(self, session: AuthSession, refresh_hash: bytes) -> None:
        """Insert."""
        await self._connection.execute(_ADD, *session, refresh_hash)

    async def user(self, session_id: UUID, now: datetime) -> SessionUser | None:
        """With one query."""
        found = await self._connection.fetch(_USER, session_id, now)
        if not found:
            return None
        mine = [row for row in found if row["member_id"] is not None]
        members = [
            Member(
                row["member_id"],
                row["member_of"],
                Role(row["role"]),
                row["member_name"],
                row["member_locale"],
                row["staff_id"],
            )
            for row in mine
        ]
        slugs = {row["member_of"]: row["slug"] for row in mine}
        return SessionUser(session_id, identity_of(found[0]), members, slugs)

    async def swap(
        self, session_id: UUID, old_hash: bytes, new_hash: bytes, idle_until: datetime, now: datetime
    ) -> bool:
        """Compare and swap."""
        status = await self._connection.execute(_SWAP, session_id, old_hash, new_hash, idle_until, now)
        return status.endswith(" 1")

    async def end_reused(self, session_id: UUID, used_hash: bytes, now: datetime) -> bool:
        """By PostgreSQL's own clock, which all replicas share."""
        status = await self._connection.execute(_END_REUSED, session_id, used_hash, now)
        return status.endswith(" 1")

    async def of_identity(self, identity_id: UUID, now: datetime) -> Sequence[AuthSession]:
        """Last used first."""
        found = await self._connection.fetch(_OF_IDENTITY, identity_id, now)
        return [AuthSession(**row) for row in found]

    async def end(self, session_id: UUID, identity_id: UUID, now: datetime) -> bool:
        """Once."""
        status = await self._connection.execute(_END, session_id, identity_id, now)
        return status.endswith(" 1")

    async def forget(self, before: datetime) -> int:
        """For good."""
        status = await self._connection.execute(_FORGET, before)
        return int(status.rpartition(" ")[2])
