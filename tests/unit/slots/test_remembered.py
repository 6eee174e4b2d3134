"""An answer is remembered exactly as long as what it was made of."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from core.domain.catalog import BookingRules
from core.domain.slots import free_starts
from core.domain.visit import Busy, BusyClaim, SlotQuery, VisitItem, to_minutes
from core.services.remembered import RememberedStarts
from tests.unit.core import samples


def test_same_object_until_something_changes() -> None:
    catalogue, query, now, day = samples.salon()
    remembered = RememberedStarts()

    def ask(busy: Busy, catalogue=catalogue, now=now):  # type: ignore[no-untyped-def]
        found = remembered.free_starts(catalogue, query, busy, now=now, first=day, last=day)
        assert found == free_starts(catalogue, query, busy, now, day, day)
        return found
