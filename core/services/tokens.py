"""Personal API tokens: shown once, kept as a hash."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

from core.domain.actor import Actor, ActorKind, Role, Scope, scopes_with_implied
from core.domain.client import clean_name
from core.domain.errors import Forbidden, InvalidInput, NotFound, Unauthorized
from core.ports.clock import Clock, NewId
from core.ports.repositories import ApiToken
from core.ports.unit_of_work import UnitOfWork
from core.services.catalogues import Catalogues

PREFIX: Final = "oko_"
_BYTES: Final = 32

#: How long (seconds) a token that was good is taken for good: so much later may it be noticed that another
#: process revoked it.
_GOOD_SECONDS: Final = 2.0
_KEPT: Final = 1000


class _Good(NamedTuple):
    actor: Actor
    until: float


class Tokens:
    """Makes tokens and knows their bearers."""

    def __init__(self, uow: UnitOfWork, catalogues: Catalogues, clock: Clock, new_id: NewId) -> None:
        self._uow = uow
        self._catalogues = catalogues
        self._clock = clock
        self._new_id = new_id
        self._good: OrderedDict[bytes, _Good] = OrderedDict()

    async def create(
        self,
        actor: Actor,
        business: UUID | str,
        *,
        role: Role,
        name: str,
        staff_id: UUID | None = None,
        scopes: frozenset[Scope] | None = None,
    ) -> str:
        """A new token of a business with the rights of ``role``, or those of them that ``scopes`` name. It
        can't be shown again.

        ``staff_id``: the staff member as whom a master's token acts; without one it sees no visit. Raises
        NotFound, Forbidden, InvalidInput (``name``, ``staff_id``, ``scopes``).
        """
        _, token = await self.create_shown(
            actor, business, role=role, name=name, staff_id=staff_id, scopes=scopes
        )
        return token

    async def create_shown(
        self,
        actor: Actor,
        business: UUID | str,
        *,
        role: Role,
        name: str,
        staff_id: UUID | None = None,
        scopes: frozenset[Scope] | None = None,
    ) -> tuple[ApiToken, str]:
        """As :meth:`create`: what is kept of it, and the token."""
        catalogue = await self._catalogues.get(business)
        actor.require_owner(catalogue.business.id)
        if actor.scopes is not None and (scopes is None or not scopes_with_implied(scopes) <= actor.scopes):
            # What was made for less doesn't make more.
            raise Forbidden
        if scopes is not None and not scopes:
            raise InvalidInput("scopes", "empty")
        if staff_id is not None:
            if role is not Role.MASTER:
                raise InvalidInput("staff_id", "not_a_master")
            member = catalogue.staff.get(staff_id)
            if member is None or member.archived:
                raise NotFound(what="staff")
        token = PREFIX + secrets.token_urlsafe(_BYTES)
        kept = ApiToken(
            id=self._new_id(),
            business_id=catalogue.business.id,
            role=role,
            name=clean_name(name),
            staff_id=staff_id,
            scopes=scopes,
            created_at=self._clock.now(),
        )
        async with self._uow.begin() as tx:
            await tx.tokens.add(kept, digest(token))
        return kept, token

    async def list(self, actor: Actor, business: UUID | str) -> Sequence[ApiToken]:
        """The tokens of a business that still open something, oldest first. Raises NotFound, Forbidden."""
        business_id = (await self._catalogues.peek(business)).business.id
        actor.require_owner(business_id)
        async with self._uow.read() as tx:
            return await tx.tokens.of_business(business_id)

    async def revoke(self, actor: Actor, business: UUID | str, token_id: UUID) -> None:
        """It opens nothing any more, in two seconds at the latest. Raises NotFound, Forbidden."""
        business_id = (await self._catalogues.peek(business)).business.id
        actor.require_owner(business_id)
        async with self._uow.begin() as tx:
            if not await tx.tokens.revoke(business_id, token_id, self._clock.now()):
                raise NotFound(what="token")
        self._good = OrderedDict((key, good) for key, good in self._good.items() if good.actor.id != token_id)

    async def authenticate(self, token: str) -> Actor:
        """Who bears this token. Raises Unauthorized."""
        if not token.startswith(PREFIX) or len(token) > 100 or not token.isascii():
            raise Unauthorized
        key = digest(token)
        good = self._good.get(key)
        if good is not None and time.monotonic() < good.until:
            return good.actor
        self._good.pop(key, None)
        async with self._uow.read() as tx:
            found = await tx.tokens.by_hash(key)
        if found is None:
            raise Unauthorized
        actor = Actor(
            ActorKind.TOKEN,
            id=found.id,
            business_id=found.business_id,
            role=found.role,
            staff_id=found.staff_id,
            name=found.name,
            scopes=None if found.scopes is None else scopes_with_implied(found.scopes),
        )
        self._good[key] = _Good(actor, time.monotonic() + _GOOD_SECONDS)
        if len(self._good) > _KEPT:
            self._good.popitem(last=False)
        return actor


def digest(token: str) -> bytes:
    """SHA-256 of a token. Right for 256 random bits, which can't be guessed, unlike a password."""
    return hashlib.sha256(token.encode()).digest()
