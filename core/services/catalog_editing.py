"""Changing a catalogue: one editor at a time, on the newest state, with the snapshot forgotten afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from core.domain.actor import Actor
from core.domain.catalog import Catalogue
from core.domain.errors import NotFound
from core.ports.clock import Clock, NewId
from core.ports.phones import Phones
from core.ports.unit_of_work import Transaction, UnitOfWork
from core.services.catalogues import Catalogues


class Edit(NamedTuple):
    """A transaction and the catalogue as it stands in it."""

    tx: Transaction
    catalogue: Catalogue


class CatalogCases:
    """The tools of all who change a catalogue."""

    def __init__(
        self, *, uow: UnitOfWork, catalogues: Catalogues, clock: Clock, new_id: NewId, phones: Phones
    ) -> None:
        self._uow = uow
        self._catalogues = catalogues
        self._clock = clock
        self._new_id = new_id
        self._phones = phones

    async def _managed(self, actor: Actor, business: UUID | str) -> UUID:
        """The id of a business that the actor may change. Raises NotFound, Forbidden."""
        catalogue = await self._catalogues.peek(business)
        actor.require_manager(catalogue.business.id)
        return catalogue.business.id

    async def _managed_owner(self, actor: Actor, business_id: UUID | None, what: str) -> UUID:
        """The same, of the business that has a thing; to a stranger the thing doesn't exist."""
        if business_id is None:
            raise NotFound(what=what)
        try:
            actor.require_manager(business_id)
        except NotFound:
            raise NotFound(what=what) from None
        return business_id

    @asynccontextmanager
    async def _editing(self, business_id: UUID) -> AsyncIterator[Edit]:
        """A transaction under the catalogue's lock: two owners' changes don't undo each other."""
        async with self._uow.begin() as tx:
            await tx.bookings.lock([f"catalogue:{business_id}"])
            since = self._clock.now().date() - timedelta(days=2)
            yield Edit(tx, await tx.catalogue.load(business_id, since))
        self._catalogues.forget(business_id)


def region_of(catalogue: Catalogue) -> str:
    """The country as whose a national phone number is read: ISO 4217 begins with ISO 3166 (RUB, GBP)."""
    return catalogue.business.currency[:2]
