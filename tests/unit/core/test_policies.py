"""What a client may still do, and until when."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.domain.booking import (
    BookingStatus,
    check_client_cancel,
    check_client_reschedule,
    expiry_of,
)
from core.domain.catalog import BookingRules
from core.domain.errors import PolicyRefused
from tests.unit.core.samples import NOON, booking

RULES = BookingRules(cancel_until_minutes=120, reschedule_until_minutes=180, max_reschedules=2)


def test_cancel_until_the_deadline_and_not_after() -> None:
    deadline = NOON - timedelta(hours=2)
    check_client_cancel(booking(), RULES, deadline)
    with pytest.raises(PolicyRefused) as refused:
        check_client_cancel(booking(), RULES, deadline + timedelta(seconds=1))
    assert refused.value.rule == "cancel_too_late"
    assert refused.value.params["deadline"] == deadline


def test_a_request_that_nobody_took_can_be_withdrawn_until_its_start() -> None:
    request = booking(status=BookingStatus.PENDING)
    check_client_cancel(request, RULES, NOON - timedelta(minutes=1))
    with pytest.raises(PolicyRefused):
        check_client_cancel(request, RULES, NOON)


def test_moves_have_a_deadline_and_a_number() -> None:
    check_client_reschedule(booking(), RULES, NOON - timedelta(hours=3))
    with pytest.raises(PolicyRefused) as late:
        check_client_reschedule(booking(), RULES, NOON - timedelta(hours=2))
    assert late.value.rule == "reschedule_too_late"
    with pytest.raises(PolicyRefused) as often:
        check_client_reschedule(booking(reschedules=2), RULES, NOON - timedelta(days=1))
    assert often.value.rule == "reschedule_too_often"


def test_no_limit_of_moves() -> None:
    unlimited = BookingRules(max_reschedules=None)
    check_client_reschedule(booking(reschedules=99), unlimited, NOON - timedelta(days=1))


def test_a_request_keeps_its_time_for_a_while_but_not_beyond_its_start() -> None:
    rules = BookingRules(pending_minutes=60)
    assert expiry_of(NOON, rules, NOON - timedelta(hours=5)) == NOON - timedelta(hours=4)
    assert expiry_of(NOON, rules, NOON - timedelta(minutes=20)) == NOON
