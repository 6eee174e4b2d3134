"""What becomes of a booking that is moved, and until when its client may."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from core.domain.booking import (
    BookingEvent,
    BookingStatus,
    TimelineEntry,
    check_client_cancel,
    check_client_reschedule,
    meant,
    next_status,
)
from core.domain.catalog import BookingRules
from core.domain.errors import PolicyRefused
from core.domain.moving import (
    OFFER,
    RESCHEDULE,
    Mover,
    check_accept,
    event_of_move,
    expiry_of_move,
    is_offered,
    offered_starts,
)
from tests.unit.core.samples import NOON, booking, uid

AUTO, BY_HAND = BookingRules(), BookingRules(auto_confirm=False, pending_minutes=60)
CLIENT, BUSINESS = Mover(decides=False, accepts=False), Mover(decides=True, accepts=False)
ACCEPTS = Mover(decides=False, accepts=True)
LATER = NOON + timedelta(days=1)
S = BookingStatus


def entry(event: str, *starts: datetime) -> TimelineEntry:
    """What the history says of a move or an offer."""
    after = {"starts": [start.isoformat() for start in starts]} if event == OFFER else {}
    return TimelineEntry(uid(9), uid(1), NOON, event, "member", None, "Анна", after=after)


@pytest.mark.parametrize(
    ("status", "mover", "rules", "becomes"),
    [
        (S.CONFIRMED, CLIENT, AUTO, S.CONFIRMED),
        (S.CONFIRMED, CLIENT, BY_HAND, S.PENDING),
        (S.CONFIRMED, BUSINESS, BY_HAND, S.CONFIRMED),
        (S.CONFIRMED, ACCEPTS, BY_HAND, S.CONFIRMED),
        (S.PENDING, CLIENT, BY_HAND, S.PENDING),
        (S.PENDING, BUSINESS, BY_HAND, S.PENDING),
        (S.PENDING, ACCEPTS, BY_HAND, S.CONFIRMED),
        (S.DEPOSIT_REQUIRED, CLIENT, BY_HAND, S.DEPOSIT_REQUIRED),
        (S.DEPOSIT_REQUIRED, ACCEPTS, BY_HAND, S.DEPOSIT_REQUIRED),
    ],
)
def test_what_is_confirmed_is_a_time(
    status: BookingStatus, mover: Mover, rules: BookingRules, becomes: BookingStatus
) -> None:
    event = event_of_move(booking(status=status), mover, rules)
    assert (status if event is None else next_status(status, event)) is becomes


def test_a_request_waits_anew_and_nobody_gets_more_time_to_pay() -> None:
    now, due = NOON - timedelta(hours=5), NOON - timedelta(hours=4, minutes=30)
    asked = booking(status=S.PENDING, expires_at=due)
    assert expiry_of_move(asked, S.PENDING, LATER, BY_HAND, now) == now + timedelta(hours=1)
    for waits in (replace(asked, status=S.DEPOSIT_REQUIRED), replace(asked, awaits_client=True)):
        assert expiry_of_move(waits, waits.status, LATER, BY_HAND, now) == due
        assert expiry_of_move(waits, waits.status, now, BY_HAND, now) == now
    assert expiry_of_move(asked, S.CONFIRMED, LATER, BY_HAND, now) is None
    assert expiry_of_move(booking(), S.PENDING, LATER, BY_HAND, now) == now + timedelta(hours=1)


def test_the_newest_offer_counts_until_the_booking_moves() -> None:
    first, second = entry(OFFER, NOON), entry(OFFER, LATER)
    assert offered_starts([first, second]) == {LATER}
    assert is_offered([first, second])
    assert not offered_starts([first, second, entry(RESCHEDULE)])
    assert not is_offered([first, entry(RESCHEDULE)])
    assert is_offered([entry(OFFER)]), "a day was closed, and there is nothing else"
    assert not is_offered([])


def test_an_offer_ends_with_the_visit_it_is_instead_of() -> None:
    visit, told = booking(), [entry(OFFER, LATER)]
    check_accept(visit, LATER, told, visit.start - timedelta(seconds=1))
    for start, now in ((LATER, visit.start), (NOON, visit.start - timedelta(hours=1))):
        with pytest.raises(PolicyRefused, match="policy_refused") as gone:
            check_accept(visit, start, told, now)
        assert gone.value.rule == "offer_gone"


def test_an_unanswered_offer_holds_no_deadline_against_the_client() -> None:
    rules = BookingRules(reschedule_until_minutes=120, cancel_until_minutes=120, max_reschedules=0)
    visit, late = booking(), NOON - timedelta(minutes=10)
    for check in (check_client_reschedule, check_client_cancel):
        with pytest.raises(PolicyRefused):
            check(visit, rules, late)
        check(visit, rules, late, offered=True)
        with pytest.raises(PolicyRefused):
            check(visit, rules, NOON + timedelta(minutes=1), offered=True)


def test_declining_what_was_confirmed_is_cancelling_it() -> None:
    assert meant(S.CONFIRMED, BookingEvent.DECLINE) is BookingEvent.CANCEL
    assert meant(S.PENDING, BookingEvent.DECLINE) is BookingEvent.DECLINE
