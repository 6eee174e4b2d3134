"""When reminders are due, and when a message has lost its sense."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.booking import BookingStatus
from core.domain.catalog import MessageRules
from core.domain.message import (
    MessageKind,
    OutgoingMessage,
    after_quiet,
    is_quiet,
    lost_sense,
    out_of_quiet,
    reminder_times,
    retry_delay,
)
from core.domain.visit import to_minutes
from tests.unit.core.samples import MOSCOW, NOON, booking, uid

DAY_AND_TWO_HOURS = MessageRules(reminders_minutes=(24 * 60, 2 * 60), quiet_from=22 * 60, quiet_until=8 * 60)
ZONES = [
    ZoneInfo(name)
    for name in (
        "Europe/Moscow",
        "Europe/London",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "America/New_York",
    )
]


def local(day: int, hour: int, minute: int = 0) -> datetime:
    """A Moscow wall clock of November 2026 as an instant."""
    return datetime(2026, 11, day, hour, minute, tzinfo=MOSCOW).astimezone(UTC)


def test_a_day_before_and_two_hours_before() -> None:
    times = reminder_times(booking(), DAY_AND_TWO_HOURS, NOON - timedelta(days=3))
    assert times == ((24 * 60, NOON - timedelta(days=1)), (120, NOON - timedelta(hours=2)))


def test_a_visit_booked_five_hours_ahead_has_no_day_reminder() -> None:
    times = reminder_times(booking(), DAY_AND_TWO_HOURS, NOON - timedelta(hours=5))
    assert times == ((120, NOON - timedelta(hours=2)),)


def test_an_early_visit_is_announced_the_evening_before_and_not_at_six() -> None:
    """peers: a window that opens at T-28h, so that a 10:00 visit is announced at 6:00."""
    visit = booking(start=local(26, 9))
    due = dict(reminder_times(visit, DAY_AND_TWO_HOURS, local(20, 12)))
    assert due[120] == local(25, 21, 59)
    assert due[24 * 60] == local(25, 9)


def test_two_reminders_that_would_come_together_are_one() -> None:
    rules = MessageRules(reminders_minutes=(120, 90), quiet_from=22 * 60, quiet_until=8 * 60)
    times = reminder_times(booking(start=local(26, 8, 30)), rules, local(20, 12))
    assert times == ((90, local(25, 21, 59)),)


@given(
    start=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),  # noqa: DTZ001 - the zone is UTC, below
    zone=st.sampled_from(ZONES),
    minutes=st.lists(st.integers(10, 4000), min_size=1, max_size=4, unique=True),
    quiet_from=st.integers(0, 1439),
    quiet_until=st.integers(0, 1439),
    ahead=st.integers(-100, 10_000),
)
def test_reminders_come_in_time_and_never_in_the_quiet_hours(
    *, start: datetime, zone: ZoneInfo, minutes: list[int], quiet_from: int, quiet_until: int, ahead: int
) -> None:
    start = start.replace(tzinfo=UTC, second=0, microsecond=0)
    rules = MessageRules(tuple(minutes), quiet_from, quiet_until)
    now = start - timedelta(minutes=ahead)
    times = reminder_times(booking(start=start, zone=zone), rules, now)
    assert [due for _, due in times] == sorted({due for _, due in times})
    for before, due in times:
        assert before in minutes
        assert now < due < start
        assert due <= start - timedelta(minutes=before)
        wall = due.astimezone(zone)
        assert quiet_from == quiet_until or not is_quiet(wall.hour * 60 + wall.minute, rules)


@given(
    moment=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),  # noqa: DTZ001 - the zone is UTC, below
    zone=st.sampled_from(ZONES),
    quiet_from=st.integers(0, 1439),
    quiet_until=st.integers(0, 1439),
)
def test_what_waits_for_the_morning_waits_no_longer(
    moment: datetime, zone: ZoneInfo, quiet_from: int, quiet_until: int
) -> None:
    moment = moment.replace(tzinfo=UTC)
    rules = MessageRules((), quiet_from, quiet_until)
    after, before = after_quiet(moment, rules, zone), out_of_quiet(moment, rules, zone)
    assert before <= moment <= after < moment + timedelta(hours=25)
    wall = moment.astimezone(zone)
    if not is_quiet(wall.hour * 60 + wall.minute, rules):
        assert before == moment == after


def reminder(visit_start: datetime, not_after: datetime | None = None) -> OutgoingMessage:
    return OutgoingMessage(
        id=uid(100),
        business_id=uid(2),
        kind=MessageKind.REMINDER,
        dedup_key="r",
        due_at=visit_start - timedelta(hours=2),
        client_id=uid(3),
        booking_id=uid(1),
        params={"start": to_minutes(visit_start), "minutes": 120},
        not_after=not_after,
    )


NOW = NOON - timedelta(hours=2)


def test_a_reminder_of_a_standing_visit_goes_out() -> None:
    assert lost_sense(reminder(NOON), booking(), NOW) is None


@pytest.mark.parametrize("status", [s for s in BookingStatus if s is not BookingStatus.CONFIRMED])
def test_no_reminder_of_a_visit_that_is_not_to_be(status: BookingStatus) -> None:
    """peers: reminders sent to cancelled and no-show clients."""
    assert lost_sense(reminder(NOON), booking(status=status), NOW) == f"booking_{status}"


def test_no_reminder_of_a_start_that_moved() -> None:
    """peers: flags not reset by a move."""
    moved = booking(start=NOON + timedelta(days=1))
    assert lost_sense(reminder(NOON), moved, NOW) == "booking_moved"


def test_no_late_and_no_orphaned_message() -> None:
    assert lost_sense(reminder(NOON, not_after=NOW), booking(), NOW) == "too_late"
    assert lost_sense(reminder(NOON), None, NOW) == "booking_gone"


def message(kind: MessageKind, **params: object) -> OutgoingMessage:
    return OutgoingMessage(
        uid(100), uid(2), kind, "m", NOW, client_id=uid(3), booking_id=uid(1), params=params
    )


def test_news_that_is_older_than_the_newest_is_left_out() -> None:
    visit = booking(version=3)
    assert lost_sense(message(MessageKind.CARD_UPDATE, version=2), visit, NOW) == "superseded"
    assert lost_sense(message(MessageKind.CARD_UPDATE, version=3), visit, NOW) is None
    old = to_minutes(NOON) - 60
    assert lost_sense(message(MessageKind.BOOKING_MOVED, start=old), visit, NOW) == "moved_again"
    assert lost_sense(message(MessageKind.BOOKING_CREATED), visit, NOW) == "booking_confirmed"


def test_the_end_of_a_visit_is_always_told() -> None:
    over = booking(status=BookingStatus.CANCELLED)
    assert lost_sense(message(MessageKind.BOOKING_CANCELLED), over, NOW) is None
    assert lost_sense(message(MessageKind.STAFF_BOOKING_CANCELLED), over, NOW) is None
    assert lost_sense(message(MessageKind.OFFER_TIMES), over, NOW) == "booking_cancelled"


@given(attempt=st.integers(1, 40), jitter=st.floats(0, 1))
def test_retries_wait_longer_and_never_too_long(attempt: int, jitter: float) -> None:
    delay = retry_delay(attempt, jitter).total_seconds()
    assert 1.6 <= delay <= 1080
    assert delay < retry_delay(attempt + 3, jitter).total_seconds() or attempt > 6
