"""What the core asks of the database about the sessions of people who signed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from core.domain.client import Identity
from core.domain.member import Member


class AuthSession(NamedTuple):
    """A session: never its tokens. ``device``: what the browser called itself. Instants are UTC."""

    id: UUID
    identity_id: UUID
    device: str
    created_at: datetime
    used_at: datetime
    idle_until: datetime
    expires_at: datetime


class SessionUser(NamedTuple):
    """Whose session it is, now: the messenger user and as what they work where, oldest membership first.

    ``slugs``: those of the businesses that they are members of.
    """

    session_id: UUID
    identity: Identity
    members: Sequence[Member]
    slugs: Mapping[UUID, str]


class AuthSessionRepository(Protocol):
    """Sessions, by id."""

    async def add(self, session: AuthSession, refresh_hash: bytes) -> None:
        """A new one."""
        ...

    async def user(self, session_id: UUID, now: datetime) -> SessionUser | None:
        """Whose session it is; None when it was ended or ran out. One round trip."""
        ...

    async def swap(
        self, session_id: UUID, old_hash: bytes, new_hash: bytes, idle_until: datetime, now: datetime
    ) -> bool:
        """Put a new refresh token in place of the present one, in one statement.

        ``idle_until`` is cut to the session's absolute end. False when ``old_hash`` isn't the present one's,
        or the session was ended or ran out.
        """
        ...

    async def end_reused(self, session_id: UUID, used_hash: bytes, now: datetime) -> bool:
        """End a session whose replaced refresh token came again, to be asked after a failed :meth:`swap` in
        its transaction. Whether it was ended now.

        Two that were sent at once are no reuse: the later one began before the other's swap was done.
        """
        ...

    async def of_identity(self, identity_id: UUID, now: datetime) -> Sequence[AuthSession]:
        """Those of a messenger user that live, last used first."""
        ...

    async def end(self, session_id: UUID, identity_id: UUID, now: datetime) -> bool:
        """End a session of this messenger user; False when there is none that lives."""
        ...

    async def forget(self, before: datetime) -> int:
        """Delete those that ended or ran out before that time (UTC); how many."""
        ...
