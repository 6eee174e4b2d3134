"""What is free: the questions that chats, pages and the API ask of the calendar."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from core.domain.catalog import Catalogue
from core.domain.errors import InvalidInput
from core.domain.slots import days_with_starts, nearest_starts, next_starts
from core.domain.visit import DayStarts, FreeStart, SlotQuery
from core.domain.visit_rules import rules_of_query
from core.ports.clock import Clock
from core.ports.holds import Holds
from core.ports.unit_of_work import UnitOfWork
from core.services.catalogues import Catalogues
from core.services.reading import BusyReader
from core.services.remembered import RememberedStarts

MAX_DAYS: Final = 62
"""Longest range of one question, in days."""

_YEARS: Final = (1971, 2199)
_WINDOWS: Final = (7, 31, 366)


class Availability:
    """Free starts. ``owner`` is who asks: what they hold themselves is free to them (see ``Holds``)."""

    def __init__(self, uow: UnitOfWork, catalogues: Catalogues, holds: Holds, clock: Clock) -> None:
        self._catalogues = catalogues
        self._clock = clock
        self._reader = BusyReader(uow, catalogues, holds)
        self._remembered = RememberedStarts()

    async def days(
        self, business: UUID | str, query: SlotQuery, first: date, last: date, *, owner: str | None = None
    ) -> tuple[DayStarts, ...]:
        """All free starts of the local dates ``first`` to ``last`` (inclusive, at most 62 days).

        Raises NotFound for a business, service or staff member that isn't there, InvalidInput for the range.
        """
        check_range(first, last)
        now = self._clock.now()
        catalogue = await self._catalogues.peek(business)
        reading = await self._reader.read(catalogue, query, first, last, now=now, owner=owner)
        return self._remembered.free_starts(
            reading.catalogue, query, reading.busy, now=now, first=first, last=last
        )

    async def month(
        self, business: UUID | str, query: SlotQuery, first: date, last: date, *, owner: str | None = None
    ) -> frozenset[date]:
        """The local dates between ``first`` and ``last`` that have a free start. Raises as :meth:`days`."""
        check_range(first, last)
        now = self._clock.now()
        catalogue = await self._catalogues.peek(business)
        reading = await self._reader.read(catalogue, query, first, last, now=now, owner=owner)
        return days_with_starts(reading.catalogue, query, reading.busy, now, first, last)

    async def next(
        self,
        business: UUID | str,
        query: SlotQuery,
        *,
        limit: int = 3,
        per_day: int | None = None,
        owner: str | None = None,
    ) -> tuple[FreeStart, ...]:
        """The earliest free starts from now on, over all masters asked for and the whole horizon; of one date
        ``per_day`` at most.

        Reads a week first and more only when the week has too few. Raises NotFound.
        """
        now = self._clock.now()
        catalogue = await self._catalogues.peek(business)
        today = _local_date(catalogue, now)
        horizon = _horizon(catalogue, query)
        starts: tuple[FreeStart, ...] = ()
        for days in _WINDOWS:
            last = today + timedelta(days=min(days, horizon))
            reading = await self._reader.read(catalogue, query, today, last, now=now, owner=owner)
            catalogue = reading.catalogue
            busy = reading.busy
            starts = next_starts(catalogue, query, busy, now, today, last, limit=limit, per_day=per_day)
            if len(starts) >= limit or days >= horizon:
                break
        return starts

    async def nearest(
        self,
        business: UUID | str,
        query: SlotQuery,
        around: datetime,
        *,
        limit: int = 3,
        owner: str | None = None,
    ) -> tuple[FreeStart, ...]:
        """Free starts nearest to ``around``, such as one that has just been taken.

        Reads a week before and after it first, and more, up to the horizon, only when there is none. Raises
        NotFound.
        """
        now = self._clock.now()
        catalogue = await self._catalogues.peek(business)
        today = _local_date(catalogue, now)
        day = max(_local_date(catalogue, around), today)
        end = today + timedelta(days=_horizon(catalogue, query))
        starts: tuple[FreeStart, ...] = ()
        for days in _WINDOWS:
            first, last = max(day - timedelta(days=days), today), day + timedelta(days=days)
            reading = await self._reader.read(catalogue, query, first, last, now=now, owner=owner)
            catalogue, busy = reading.catalogue, reading.busy
            starts = nearest_starts(catalogue, query, busy, now, first, last, around=around, limit=limit)
            if starts or (first == today and last >= end):
                break
        return starts


def check_range(first: date, last: date) -> None:
    """A range that may be asked for. Raises InvalidInput."""
    if not (_YEARS[0] <= first.year <= _YEARS[1] and _YEARS[0] <= last.year <= _YEARS[1]):
        raise InvalidInput("from", "out_of_range")
    if last < first:
        raise InvalidInput("to", "before_from")
    if (last - first).days >= MAX_DAYS:
        raise InvalidInput("to", "too_long", max_days=MAX_DAYS)


def _horizon(catalogue: Catalogue, query: SlotQuery) -> int:
    """Days from today in which the visit asked for may be offered."""
    return _WINDOWS[-1] if query.at_any_date else rules_of_query(catalogue, query).horizon_days


def _local_date(catalogue: Catalogue, moment: datetime) -> date:
    return moment.astimezone(catalogue.business.zone).date()
