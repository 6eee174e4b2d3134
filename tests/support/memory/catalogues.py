"""Catalogues in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from core.domain.catalog import Catalogue
from core.domain.errors import NotFound
from core.domain.schedule import DatedException
from tests.support.memory.state import Rows


class Catalogues(Rows):
    async def add(self, catalogue: Catalogue) -> None:
        self._s.catalogues[catalogue.business.id] = catalogue

    async def save_exception(self, business_id: UUID, exception: DatedException) -> None:
        old = self._s.catalogues[business_id]
        kept = tuple(each for each in old.exceptions if each.id != exception.id)
        self._s.catalogues[business_id] = replace(old, version=old.version + 1, exceptions=(*kept, exception))

    async def save_exceptions(self, business_id: UUID, exceptions: Sequence[DatedException]) -> None:
        for exception in exceptions:
            await self.save_exception(business_id, exception)

    async def find(self, business: UUID | str) -> tuple[UUID, int] | None:
        for each in self._s.catalogues.values():
            if business in {each.business.id, each.business.slug}:
                return each.business.id, each.version
        return None

    async def load(self, business_id: UUID, since: date) -> Catalogue:
        if business_id not in self._s.catalogues:
            raise NotFound(what="business")
        members = tuple(each for each in self._s.members.values() if each.business_id == business_id)
        return replace(self._s.catalogues[business_id], members=members)

    async def list_businesses(self) -> Sequence[tuple[UUID, str, str]]:
        found = [
            (each.business.id, each.business.slug, each.business.name) for each in self._s.catalogues.values()
        ]
        return sorted(found, key=lambda row: row[2])
