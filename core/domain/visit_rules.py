"""The booking rules of one visit: the business's, with what its services say of their own.

Each service of a visit has the business's rules with its own values in their place. Of several services the
visit keeps the strictest: the longest notice, the nearest horizon and the earliest cut-off, the smallest
limits, the strictest gap rule, the shortest wait for an answer, the earliest deadlines; buffers lie in
working hours, or somebody has to confirm, as soon as one service wants it. Only the grid is the first
service's, with which the visit begins. Choosing among masters and what the plain web has to prove are the
business's alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import date, timedelta
from typing import Any, Final, TypeVar
from uuid import UUID

from core.domain.booking import Booking
from core.domain.catalog import BookingRules, Catalogue, GapMode, ServiceRules
from core.domain.visit import SlotQuery

_Limit = TypeVar("_Limit", int, date)

_OWN: Final = tuple(each.name for each in fields(ServiceRules))
_NONE: Final = ServiceRules()
_GAPS: Final = (GapMode.OFF, GapMode.RANK, GapMode.LIMIT)


def rules_of(catalogue: Catalogue, service_ids: Iterable[UUID]) -> BookingRules:
    """The rules of a visit with these services, in order; one that isn't there any more says nothing."""
    rules = catalogue.business.rules
    own = [service.rules for service in map(catalogue.services.get, service_ids) if service is not None]
    if all(each == _NONE for each in own):
        return rules
    return _strictest([_of_service(rules, each) for each in own])


def rules_of_query(catalogue: Catalogue, query: SlotQuery) -> BookingRules:
    """The rules of the visit that is asked for."""
    return rules_of(catalogue, (item.service_id for item in query.items))


def rules_of_booking(catalogue: Catalogue, booking: Booking) -> BookingRules:
    """The rules of a booked visit, as they stand now."""
    return rules_of(catalogue, (segment.service_id for segment in booking.segments))


def last_date(rules: BookingRules, today: date) -> date:
    """The last local date that is offered to clients."""
    last = today + timedelta(days=rules.horizon_days)
    return last if rules.horizon_until is None else min(last, rules.horizon_until)


def has_daily_limits(rules: BookingRules) -> bool:
    """Whether what a master has on a day can be in the way."""
    return rules.max_visits_per_day is not None or rules.max_minutes_per_day is not None


def _of_service(rules: BookingRules, own: ServiceRules) -> BookingRules:
    said: dict[str, Any] = {name: getattr(own, name) for name in _OWN if getattr(own, name) is not None}
    return replace(rules, **said)


def _strictest(rules: list[BookingRules]) -> BookingRules:
    return replace(
        rules[0],
        min_notice_minutes=max(each.min_notice_minutes for each in rules),
        horizon_days=min(each.horizon_days for each in rules),
        horizon_until=_least(each.horizon_until for each in rules),
        same_day_cutoff=_least(each.same_day_cutoff for each in rules),
        gap_mode=max((each.gap_mode for each in rules), key=_GAPS.index),
        buffers_within_hours=any(each.buffers_within_hours for each in rules),
        max_visits_per_day=_least(each.max_visits_per_day for each in rules),
        max_minutes_per_day=_least(each.max_minutes_per_day for each in rules),
        max_active_per_client=_least(each.max_active_per_client for each in rules),
        auto_confirm=all(each.auto_confirm for each in rules),
        pending_minutes=min(each.pending_minutes for each in rules),
        cancel_until_minutes=max(each.cancel_until_minutes for each in rules),
        reschedule_until_minutes=max(each.reschedule_until_minutes for each in rules),
        max_reschedules=_least(each.max_reschedules for each in rules),
    )


def _least(limits: Iterable[_Limit | None]) -> _Limit | None:
    """The smallest; None where none is set."""
    return min((each for each in limits if each is not None), default=None)
