"""The status table, walked at random and read as a table."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from core.domain.booking import (
    ACTIVE,
    AFTER_START,
    OCCUPIES,
    OPEN,
    TRANSITIONS,
    BookingEvent,
    BookingStatus,
    check_event_time,
    next_status,
)
from core.domain.errors import PolicyRefused, TransitionRefused
from tests.unit.core.samples import NOON, booking

OVER = {BookingStatus.CANCELLED, BookingStatus.EXPIRED}


class Life(RuleBasedStateMachine):
    """Any events in any order, at any time around the visit."""

    def __init__(self) -> None:
        super().__init__()
        self.booking = booking(status=BookingStatus.DRAFT)
        self.now = NOON - timedelta(days=2)
        self.freed = False

    @rule(event=st.sampled_from(BookingEvent))
    def happens(self, event: BookingEvent) -> None:
        before = self.booking.status
        try:
            after = next_status(before, event)
            check_event_time(self.booking, event, self.now)
        except TransitionRefused:
            assert (before, event) not in TRANSITIONS
            return
        except PolicyRefused:
            early = event in AFTER_START and self.now < self.booking.start
            late = event is BookingEvent.CONFIRM and self.now >= self.booking.end
            assert early or late
            return
        assert not self.freed, "nothing happens to a booking whose time was given away"
        self.booking = replace(self.booking, status=after)
        self.freed = after not in OCCUPIES

    @rule(minutes=st.integers(1, 24 * 60))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @invariant()
    def an_absence_is_not_known_in_advance(self) -> None:
        if self.booking.status in {BookingStatus.NO_SHOW, BookingStatus.COMPLETED}:
            assert self.now >= self.booking.start - timedelta(minutes=30)


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=150, stateful_step_count=30)


def test_nothing_follows_a_freed_time() -> None:
    """A cancelled or expired booking never comes back: its time may be somebody else's."""
    assert not [pair for pair in TRANSITIONS if pair[0] in OVER]


def test_statuses_that_hold_time_nest() -> None:
    assert OPEN < ACTIVE < OCCUPIES
    assert set(BookingStatus) - OCCUPIES == OVER


def test_every_status_can_be_reached_and_every_event_used() -> None:
    assert set(TRANSITIONS.values()) | {BookingStatus.DRAFT} == set(BookingStatus)
    assert {event for _, event in TRANSITIONS} == set(BookingEvent)


def test_a_second_confirm_is_not_a_transition() -> None:
    """peers: a second confirm of a slot that two people asked for."""
    with pytest.raises(TransitionRefused):
        next_status(BookingStatus.CONFIRMED, BookingEvent.CONFIRM)


@pytest.mark.parametrize("event", sorted(AFTER_START))
def test_marks_of_presence_wait_for_the_visit(event: BookingEvent) -> None:
    visit = booking()
    with pytest.raises(PolicyRefused, match="policy_refused"):
        check_event_time(visit, event, visit.start - timedelta(hours=1))
    check_event_time(visit, event, visit.start)


def test_a_visit_that_is_over_is_not_confirmed() -> None:
    visit = booking(status=BookingStatus.PENDING)
    check_event_time(visit, BookingEvent.CONFIRM, visit.end - timedelta(minutes=1))
    with pytest.raises(PolicyRefused):
        check_event_time(visit, BookingEvent.CONFIRM, visit.end)
