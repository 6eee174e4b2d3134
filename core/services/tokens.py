"""Personal API tokens: shown once, kept as a hash."""

from __future__ import annotations

import hashlib
import secrets
from typing import Final
from uuid import UUID

from core.domain.actor import Actor, ActorKind, Role
from core.domain.client import clean_name
from core.domain.errors import Forbidden, Unauthorized
from core.ports.clock import Clock, NewId
from core.ports.repositories import ApiToken
from core.ports.unit_of_work import UnitOfWork
from core.services.catalogues import Catalogues

PREFIX: Final = "oko_"
_BYTES: Final = 32


class Tokens:
    """Makes tokens and knows their bearers."""

    def __init__(self, uow: UnitOfWork, catalogues: Catalogues, clock: Clock, new_id: NewId) -> None:
        self._uow = uow
        self._catalogues = catalogues
        self._clock = clock
        self._new_id = new_id

    async def create(self, actor: Actor, business: UUID | str, *, role: Role, name: str) -> str:
        """A new token of a business with the rights of ``role``. It can't be shown again.

        Raises NotFound, Forbidden, InvalidInput (``name``).
        """
        catalogue = await self._catalogues.get(business)
        actor.require_manager(catalogue.business.id)
        if role is Role.OWNER and actor.role not in {Role.OWNER, None}:
            raise Forbidden
        token = PREFIX + secrets.token_urlsafe(_BYTES)
        kept = ApiToken(self._new_id(), catalogue.business.id, role, clean_name(name))
        async with self._uow.begin() as tx:
            await tx.tokens.add(kept, digest(token), self._clock.now())
        return token

    async def authenticate(self, token: str) -> Actor:
        """Who bears this token. Raises Unauthorized."""
        if not token.startswith(PREFIX) or len(token) > 100 or not token.isascii():
            raise Unauthorized
        async with self._uow.read() as tx:
            found = await tx.tokens.by_hash(digest(token))
        if found is None:
            raise Unauthorized
        return Actor(
            ActorKind.TOKEN, id=found.id, business_id=found.business_id, role=found.role, name=found.name
        )


def digest(token: str) -> bytes:
    """SHA-256 of a token. Right for 256 random bits, which can't be guessed, unlike a password."""
    return hashlib.sha256(token.encode()).digest()
