"""Catalogues kept in the process: immutable snapshots with their version and the local day of the reading.

A booking needs the whole catalogue and it changes seldom, so it is read once and checked by its version: by a
cheap query (:meth:`Catalogues.get`), once a second at most (:meth:`Catalogues.recent`) or, on hot paths, by
the version that comes with the reading of busy time (:meth:`Catalogues.peek`, then
:meth:`Catalogues.fresher`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from core.domain.catalog import Catalogue
from core.domain.errors import NotFound
from core.ports.clock import Clock
from core.ports.repositories import CataloguePart
from core.ports.unit_of_work import Transaction, UnitOfWork

_RECENT_SECONDS: Final = 1.0


class _Kept(NamedTuple):
    catalogue: Catalogue
    day: date


class Catalogues:
    """The snapshots of all businesses that were asked for. One for the process."""

    def __init__(self, uow: UnitOfWork, clock: Clock) -> None:
        self._uow = uow
        self._clock = clock
        self._kept: dict[UUID, _Kept] = {}
        self._slugs: dict[str, UUID] = {}
        self._loading: dict[UUID, asyncio.Lock] = {}
        self._checked: dict[UUID, float] = {}

    async def get(self, business: UUID | str) -> Catalogue:
        """The newest catalogue of a business by id or slug. Raises NotFound."""
        async with self._uow.read() as tx:
            found = await tx.catalogue.find(_key(business))
            if found is None:
                raise NotFound(what="business")
            business_id, version = found
            return await self._at_least(tx, business_id, version)

    async def peek(self, business: UUID | str) -> Catalogue:
        """The kept catalogue, unchecked; read when there is none of today. Raises NotFound."""
        key = _key(business)
        business_id = self._slugs.get(key) if isinstance(key, str) else key
        kept = self._kept.get(business_id) if business_id else None
        if kept is not None and kept.day == self._today(kept.catalogue):
            return kept.catalogue
        return await self.get(key)

    async def recent(self, business: UUID) -> Catalogue:
        """The catalogue as it was within the last second: for what is only shown, and judged again before it
        has an effect. Raises NotFound.
        """
        kept = self._kept.get(business)
        checked = self._checked.get(business, 0.0)
        if (
            kept is not None
            and time.monotonic() - checked < _RECENT_SECONDS
            and kept.day == self._today(kept.catalogue)
        ):
            return kept.catalogue
        found = await self.get(business)
        self._checked[business] = time.monotonic()
        return found

    async def fresher(self, catalogue: Catalogue, version: int) -> Catalogue | None:
        """None while ``catalogue`` is as new as ``version``; otherwise one that is."""
        if catalogue.version >= version:
            return None
        async with self._uow.read() as tx:
            return await self._at_least(tx, catalogue.business.id, version)

    async def of_service(self, service_id: UUID) -> Catalogue:
        """The catalogue that has this service. Raises NotFound."""
        async with self._uow.read() as tx:
            business_id = await tx.catalogue.business_of_service(service_id)
        if business_id is None:
            raise NotFound(what="service")
        return await self.get(business_id)

    async def of_staff(self, staff_id: UUID) -> Catalogue:
        """The catalogue that has this staff member. Raises NotFound."""
        async with self._uow.read() as tx:
            business_id = await tx.catalogue.business_of_staff(staff_id)
        if business_id is None:
            raise NotFound(what="staff")
        return await self.get(business_id)

    async def of_exception(self, exception_id: UUID) -> Catalogue:
        """The catalogue that has this dated exception. Raises NotFound."""
        async with self._uow.read() as tx:
            business_id = await tx.catalogue.business_of_exception(exception_id)
        if business_id is None:
            raise NotFound(what="exception")
        return await self.get(business_id)

    async def business_of(self, what: str, thing_id: UUID) -> UUID:
        """The business that has a ``service``, ``staff`` member, ``exception`` or part (its kind's name): for
        finding out as whom somebody stands to it. It tells nothing else. Raises NotFound.
        """
        async with self._uow.read() as tx:
            match what:
                case "service":
                    found = await tx.catalogue.business_of_service(thing_id)
                case "staff":
                    found = await tx.catalogue.business_of_staff(thing_id)
                case "exception":
                    found = await tx.catalogue.business_of_exception(thing_id)
                case _:
                    found = await tx.catalogue.business_of_part(CataloguePart(what), thing_id)
        if found is None:
            raise NotFound(what=what)
        return found

    async def list(self) -> Sequence[tuple[UUID, str, str]]:
        """(id, slug, name) of all businesses, by name."""
        async with self._uow.read() as tx:
            return await tx.catalogue.list_businesses()

    def forget(self, business_id: UUID) -> None:
        """Read anew next time."""
        self._kept.pop(business_id, None)

    def _today(self, catalogue: Catalogue) -> date:
        return self._clock.now().astimezone(catalogue.business.zone).date()

    async def _at_least(self, tx: Transaction, business_id: UUID, version: int) -> Catalogue:
        """Kept or read, by one reader at a time for each business."""
        kept = self._current(business_id, version)
        if kept is not None:
            return kept
        async with self._loading.setdefault(business_id, asyncio.Lock()):
            kept = self._current(business_id, version)
            if kept is not None:
                return kept
            # The zone is not known before the catalogue: two days back is before yesterday in all of them.
            since = self._clock.now().date() - timedelta(days=2)
            catalogue = await tx.catalogue.load(business_id, since)
            self._kept[business_id] = _Kept(catalogue, self._today(catalogue))
            self._slugs[catalogue.business.slug] = business_id
            return catalogue

    def _current(self, business_id: UUID, version: int) -> Catalogue | None:
        kept = self._kept.get(business_id)
        if kept is None or kept.catalogue.version < version or kept.day != self._today(kept.catalogue):
            return None
        return kept.catalogue


def _key(business: UUID | str) -> UUID | str:
    """An id written as text is an id."""
    if isinstance(business, UUID):
        return business
    try:
        return UUID(business)
    except ValueError:
        return business
