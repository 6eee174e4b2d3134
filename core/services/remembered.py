"""Answers remembered for as long as nothing they are made of has changed.

A page that many look at asks the same again and again, while the calendar changes now and then. Taken time is
read each time all the same; only what follows from it is not worked out twice.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID

from core.domain.catalog import Catalogue
from core.domain.slots import free_starts, window
from core.domain.visit import Busy, DayStarts, SlotQuery

_KEPT: Final = 256

_Question = tuple[UUID, SlotQuery, date, date]


class _Answer(NamedTuple):
    catalogue: Catalogue
    busy: Busy
    window: tuple[int, int] | None
    days: tuple[DayStarts, ...]


class RememberedStarts:
    """The free starts of the questions asked last."""

    def __init__(self) -> None:
        self._answers: OrderedDict[_Question, _Answer] = OrderedDict()

    def free_starts(
        self, catalogue: Catalogue, query: SlotQuery, busy: Busy, *, now: datetime, first: date, last: date
    ) -> tuple[DayStarts, ...]:
        """As :func:`core.domain.slots.free_starts`; the same object when nothing has changed."""
        question = (catalogue.business.id, query, first, last)
        left = window(catalogue, query, now, first, last)
        known = self._answers.get(question)
        if known is not None and known.catalogue is catalogue and known.window == left and known.busy == busy:
            self._answers.move_to_end(question)
            return known.days
        days = free_starts(catalogue, query, busy, now, first, last)
        self._answers[question] = _Answer(catalogue, busy, left, days)
        if len(self._answers) > _KEPT:
            self._answers.popitem(last=False)
        return days
