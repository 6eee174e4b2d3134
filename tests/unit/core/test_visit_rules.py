"""The rules of a visit: the business's, its services' own, and the strictest of several."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from core.domain.catalog import BookingRules, Business, Catalogue, GapMode, Service, ServiceRules
from core.domain.visit import SlotQuery, VisitItem
from core.domain.visit_rules import has_daily_limits, last_date, rules_of, rules_of_query

CUT, DYE, GONE = UUID(int=1), UUID(int=2), UUID(int=3)


def shop(rules: BookingRules, cut: ServiceRules, dye: ServiceRules | None = None) -> Catalogue:
    services = {
        CUT: Service(CUT, "Cut", 60, 0, rules=cut),
        DYE: Service(DYE, "Dye", 60, 0, rules=dye or ServiceRules()),
    }
    business = Business(UUID(int=9), "b", "B", ZoneInfo("Europe/Moscow"), "ru", "RUB", rules=rules)
    return Catalogue(1, business, {}, services, {}, {})


#: By rule: the business's value, one service's, another's, and what a visit of both keeps.
OWN: dict[str, tuple[Any, Any, Any, Any]] = {
    "slot_step_minutes": (15, 30, 10, 30),
    "grid_start": (0, 10, 20, 10),
    "min_notice_minutes": (60, 30, 90, 90),
    "horizon_days": (60, 90, 30, 30),
    "horizon_until": (None, date(2027, 1, 2), date(2027, 1, 1), date(2027, 1, 1)),
    "same_day_cutoff": (None, 900, 600, 600),
    "auto_confirm": (True, True, False, False),
    "pending_minutes": (1440, 60, 120, 60),
    "buffers_within_hours": (False, True, False, True),
    "max_visits_per_day": (None, 3, 2, 2),
    "max_minutes_per_day": (None, 300, 200, 200),
    "max_active_per_client": (10, 12, 5, 5),
    "cancel_until_minutes": (120, 60, 240, 240),
    "reschedule_until_minutes": (120, 240, 60, 240),
    "max_reschedules": (5, 1, 7, 1),
    "gap_mode": (GapMode.OFF, GapMode.LIMIT, GapMode.RANK, GapMode.LIMIT),
}


def test_every_rule_of_a_service_is_one_of_the_business() -> None:
    assert set(OWN) == {each.name for each in fields(ServiceRules)}
    assert set(OWN) < {each.name for each in fields(BookingRules)}


@pytest.mark.parametrize("name", OWN)
def test_a_service_has_its_own_value_and_several_the_strictest(name: str) -> None:
    usual, one, other, both = OWN[name]
    rules = replace(BookingRules(), **{name: usual})
    catalogue = shop(rules, ServiceRules(**{name: one}), ServiceRules(**{name: other}))
    assert rules_of(catalogue, [CUT]) == replace(rules, **{name: one})
    assert rules_of(catalogue, [DYE]) == replace(rules, **{name: other})
    assert rules_of(catalogue, [CUT, DYE]) == replace(rules, **{name: both})


@pytest.mark.parametrize("name", OWN)
def test_what_a_service_leaves_open_is_the_business_s(name: str) -> None:
    usual, one, _, _ = OWN[name]
    rules = replace(BookingRules(), **{name: usual})
    catalogue = shop(rules, ServiceRules(**{name: one}))
    assert rules_of(catalogue, [DYE]) is rules
    stricter = getattr(rules_of(catalogue, [DYE, CUT]), name)
    looser_alone = {"horizon_days", "max_active_per_client", "min_notice_minutes", "cancel_until_minutes"}
    grid = {"slot_step_minutes", "grid_start"}
    assert stricter == (usual if name in looser_alone | grid else one)


def test_a_service_that_is_gone_says_nothing() -> None:
    rules = BookingRules(max_reschedules=2)
    catalogue = shop(rules, ServiceRules(max_reschedules=1))
    assert rules_of(catalogue, [GONE]) is rules
    assert rules_of(catalogue, [GONE, CUT]).max_reschedules == 1
    assert rules_of_query(catalogue, SlotQuery((VisitItem(CUT), VisitItem(GONE)))).max_reschedules == 1


def test_the_last_date_is_the_nearer_one() -> None:
    today = date(2026, 11, 23)
    assert last_date(BookingRules(horizon_days=3), today) == date(2026, 11, 26)
    assert last_date(BookingRules(horizon_days=3, horizon_until=today), today) == today


def test_daily_limits() -> None:
    assert not has_daily_limits(BookingRules())
    assert has_daily_limits(BookingRules(max_visits_per_day=1))
    assert has_daily_limits(BookingRules(max_minutes_per_day=60))
