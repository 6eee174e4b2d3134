"""Reading taken time for the slot search: the database's claims with other people's holds merged in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID

from core.domain import held as held_time
from core.domain.catalog import Catalogue
from core.domain.errors import InvalidInput, NotFound, TryAgain
from core.domain.held import HeldClaim
from core.domain.slots import resources_of, span_of
from core.domain.visit import Busy, Claim, SlotQuery
from core.domain.visit_rules import has_daily_limits, rules_of_query
from core.ports.holds import Held, Holds
from core.ports.repositories import BusyQuestion, BusyReading
from core.ports.together import Together
from core.ports.unit_of_work import UnitOfWork
from core.services.catalogues import Catalogues

_TRIES: Final = 5
#: Resources of a question that is quickly answered, so that it keeps no other one waiting.
_FEW: Final = 4


class Reading(NamedTuple):
    """A catalogue and the time that is taken under it, other people's holds (``held``) included."""

    catalogue: Catalogue
    busy: Busy
    held: Sequence[Held] = ()


class BusyReader:
    """One round trip to PostgreSQL at most: who asks while others' questions are being answered is answered
    together with all who do. Holds and the catalogue mostly come from the process.
    """

    def __init__(self, uow: UnitOfWork, catalogues: Catalogues, holds: Holds) -> None:
        self._uow = uow
        self._catalogues = catalogues
        self._holds = holds
        self._together: Together[BusyQuestion, BusyReading | None] = Together(self._read_together)

    async def read(
        self,
        catalogue: Catalogue,
        query: SlotQuery,
        first: date,
        last: date,
        *,
        now: datetime,
        owner: str | None = None,
        with_holds: bool = True,
    ) -> Reading:
        """What is taken on the local dates ``first`` to ``last``, inclusive.

        The holds of ``owner`` don't count. A stale catalogue is replaced, and the reading done again. Raises
        NotFound, InvalidInput for the query; TryAgain when the catalogue never stands still.
        """
        for _ in range(_TRIES):
            check_query(catalogue, query)
            resources = resources_of(catalogue, query)
            span = span_of(catalogue, query, first, last)
            held = await self._held(catalogue, resources, owner, now) if with_holds else ()
            reading = await self._claims(catalogue, query, resources, span)
            fresh = await self._catalogues.fresher(catalogue, reading.version)
            if fresh is None:
                return Reading(catalogue, with_held(reading.busy, held), held)
            catalogue = fresh
        raise TryAgain

    async def _claims(
        self, catalogue: Catalogue, query: SlotQuery, resources: frozenset[UUID], span: tuple[int, int]
    ) -> BusyReading:
        question = BusyQuestion(catalogue.business.id, resources, span)
        loads = loads_matter(catalogue, query)
        if loads or query.ignore_booking is not None or len(resources) > _FEW:
            async with self._uow.read() as tx:
                return await tx.bookings.busy(*question, ignore_booking=query.ignore_booking, loads=loads)
        reading = await self._together.ask(question)
        if reading is None:
            raise NotFound(what="business")
        return reading

    async def _read_together(self, questions: Sequence[BusyQuestion]) -> Sequence[BusyReading | None]:
        async with self._uow.read() as tx:
            return await tx.bookings.busy_of(questions)

    async def _held(
        self, catalogue: Catalogue, resources: frozenset[UUID], owner: str | None, now: datetime
    ) -> Sequence[Held]:
        return await self._holds.others(catalogue.business.id, resources, owner, int(now.timestamp()))


def with_held(busy: Busy, held: Sequence[Held]) -> Busy:
    """Busy time with holds among the claims, and held seats among those taken."""
    if not held:
        return busy
    return held_time.with_held(busy, (HeldClaim(Claim(*hold[:6]), hold.session) for hold in held))


def loads_matter(catalogue: Catalogue, query: SlotQuery) -> bool:
    """Whether what masters already have on a day shapes the answer: it chooses between masters, and daily
    limits bound it. Nothing is left to choose when every service names its master.
    """
    limited = has_daily_limits(rules_of_query(catalogue, query))
    return limited or any(item.staff_id is None for item in query.items)


def check_query(catalogue: Catalogue, query: SlotQuery) -> None:
    """What is asked for exists in this business. Raises NotFound, InvalidInput."""
    if not query.items or len(query.items) > 10:
        raise InvalidInput("items", "count", min=1, max=10)
    if query.seats < 1:
        raise InvalidInput("seats", "too_small", min=1)
    if query.location_id is not None and query.location_id not in catalogue.locations:
        raise NotFound(what="location")
    for item in query.items:
        service = catalogue.services.get(item.service_id)
        if service is None:
            raise NotFound(what="service")
        if item.staff_id is not None and item.staff_id not in catalogue.staff:
            raise NotFound(what="staff")
        if item.booked is None and any(addon not in service.addon_ids for addon in item.addon_ids):
            raise NotFound(what="addon")
