"""More chains than can be tried, with rules that look at a visit as a whole."""

from __future__ import annotations

from typing import Any

import pytest

from core.domain.catalog import GapMode
from core.domain.schedule import ExceptionType
from core.domain.visit import Placement, Refusal
from tests.unit.slots.oracle import Oracle
from tests.unit.slots.salon import DAY, Salon


class TestBigSalons:
    @staticmethod
    def salon(masters: int, *, off: int = 0, **rules: Any) -> Salon:
        """Cutters and as many nail masters, the first of whom are off that day."""
        salon = Salon()
        salon.service("cut", 60)
        salon.service("nails", 60)
        for number in range(masters):
            salon.master(f"cutter {number:02}", "10:00-18:00", does=["cut"])
        for number in range(masters + 1):
            salon.master(f"nails {number:02}", "10:00-18:00", does=["nails"])
            if number < off:
                salon.exception(ExceptionType.CLOSED, of=f"nails {number:02}")
        salon.rule_out(**rules)
        return salon

    @pytest.mark.parametrize(
        "rules",
        [
            {},
            {"max_visits_per_day": 8},
            {"max_minutes_per_day": 480},
            {"gap_mode": GapMode.RANK},
            {"gap_mode": GapMode.LIMIT, "max_visits_per_day": 8, "max_minutes_per_day": 60},
        ],
    )
    def test_no_day_vanishes_because_the_first_masters_are_off(self, rules: dict[str, Any]) -> None:
        salon = self.salon(20, off=20, **rules)
        query = salon.query("cut", "nails")
        if rules.get("gap_mode") is GapMode.LIMIT:
            assert salon.times(query)[0] == "10:00"
        else:
            assert len(salon.times(query)) == 13
        assert salon.days(query) == {DAY}
        assert salon.who("10:00", query)[1] == "nails 20"

    def test_a_limit_is_only_named_where_it_is_the_reason(self) -> None:
        salon = self.salon(25, off=25, max_visits_per_day=1)
        query = salon.query("cut", "nails")
        assert isinstance(salon.placed("10:00", query), Placement)
        salon.load("nails 25", visits=1, minutes=60)
        assert salon.placed("10:00", query) is Refusal.DAILY_LIMIT
        assert salon.times(query) == []

    @pytest.mark.parametrize("limit", [60, 120, 180])
    @pytest.mark.parametrize("gaps", [GapMode.OFF, GapMode.RANK])
    def test_services_that_are_too_long_together_are_divided(self, limit: int, gaps: GapMode) -> None:
        """Five masters do each of three services: the oracle tries all 125 chains."""
        salon = Salon()
        for name in ("wash", "cut", "colour"):
            salon.service(name, 60)
        for number in range(5):
            salon.master(f"master {number}", "10:00-15:00")
            salon.load(f"master {number}", minutes=60 * (number % 2))
        salon.rule_out(slot_step_minutes=60, max_minutes_per_day=limit, gap_mode=gaps)
        query = salon.query("wash", "cut", "colour")
        oracle = Oracle(salon.catalogue, query, salon.busy, salon.now)
        expected = oracle.starts(DAY, DAY)
        found = {one.start: one for one in salon.starts(query)}
        assert found.keys() == expected.keys()
        for start, every in expected.items():
            assert (found[start].end, found[start].rank) == (every[0].end, every[0].rank)
            assert set(found[start].staff_ids) == {one.staff[0] for one in every}
            placement = salon.placed(salon.shown(start), query)
            assert isinstance(placement, Placement)
            assert tuple(one.staff_id for one in placement.segments) == every[0].staff
