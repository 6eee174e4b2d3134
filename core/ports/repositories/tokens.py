"""What the core asks of the database about personal API tokens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from core.domain.actor import Role, Scope


class ApiToken(NamedTuple):
    """A personal API token: never the token itself.

    ``staff_id``: the staff member that a master's token acts as. ``scopes``: what it was made for, as it was
    said; None: all that the role may. ``created_at`` UTC.
    """

    id: UUID
    business_id: UUID
    role: Role
    name: str
    staff_id: UUID | None
    scopes: frozenset[Scope] | None
    created_at: datetime


class TokenRepository(Protocol):
    """Personal API tokens, by hash."""

    async def add(self, token: ApiToken, token_hash: bytes) -> None:
        """Keep a new token's hash."""
        ...

    async def by_hash(self, token_hash: bytes) -> ApiToken | None:
        """The token that has this hash and is not revoked."""
        ...

    async def of_business(self, business_id: UUID) -> Sequence[ApiToken]:
        """Those that are not revoked, oldest first."""
        ...

    async def revoke(self, business_id: UUID, token_id: UUID, now: datetime) -> bool:
        """It opens nothing any more; False when there is none to revoke."""
        ...
