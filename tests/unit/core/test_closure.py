"""Who may close, and which of the free starts a client is offered."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from core.domain.actor import SYSTEM, Actor, ActorKind, Role, Scope
from core.domain.closure import Offer, choose_offers, dates_of, offer_of, require_may_close
from core.domain.errors import Forbidden, NotFound
from core.domain.visit import FreeStart, to_minutes
from tests.unit.core.samples import booking

BUSINESS, ANNA, MARIA = uuid4(), uuid4(), uuid4()
VISIT = booking()
NOON = to_minutes(VISIT.start)


def starts(*minutes: int, seats_left: int | None = None) -> list[FreeStart]:
    """Hour-long free starts, minutes after that of the visit."""
    return [FreeStart(NOON + each, NOON + each + 60, (), seats_left) for each in minutes]


def given(minutes: int, seats: int = 1) -> Offer:
    """The same visit's offer to somebody else."""
    return offer_of(VISIT, NOON + minutes)._replace(seats=seats)


def chosen(found: list[FreeStart], own: list[Offer], others: list[Offer], limit: int = 3) -> list[int]:
    return [each.start - NOON for each in choose_offers(found, VISIT, own=own, given=others, limit=limit)]


def test_a_real_choice_is_an_hour_apart() -> None:
    assert chosen(starts(0, 15, 60, 90, 120, 180), [], []) == [0, 60, 120]
    assert chosen(starts(0, 60), [], [], limit=1) == [0]
    assert chosen([], [], []) == []


def test_nothing_that_meets_what_was_offered_before() -> None:
    assert chosen(starts(0, 30, 60), [given(0)], []) == [60]
    assert chosen(starts(0, 30, 60), [], [given(0)]) == [60]
    elsewhere = given(0)._replace(staff_ids=frozenset({MARIA}))
    assert chosen(starts(0, 60), [], [elsewhere]) == [0, 60], "another master is no rival"
    assert chosen(starts(0, 60), [elsewhere], []) == [60], "but nobody is in two places"


def test_a_group_is_offered_while_it_has_seats() -> None:
    assert chosen(starts(0, seats_left=2), [], [given(0)]) == [0]
    assert chosen(starts(0, seats_left=2), [], [given(0), given(0)]) == []
    assert chosen(starts(0, seats_left=2), [], [given(0, seats=2)]) == []
    another = given(0)._replace(services=(uuid4(),))
    assert chosen(starts(0, seats_left=9), [], [another]) == [], "another class of the same master"


def test_an_offer_is_as_long_as_the_visit() -> None:
    offer = offer_of(VISIT, NOON)
    assert (offer.moment, offer.end) == (VISIT.start, to_minutes(VISIT.end))


def test_dates_of_a_closure() -> None:
    today = VISIT.start.date()
    assert dates_of(today, today) == (today,)
    assert dates_of(today, today + timedelta(days=2))[-1] == today + timedelta(days=2)


def master(**changes: object) -> Actor:
    """Anna."""
    anna = Actor(ActorKind.MEMBER, uuid4(), BUSINESS, Role.MASTER, ANNA)
    return replace(anna, **changes)  # type: ignore[arg-type]  # names are checked by the dataclass


@pytest.mark.parametrize(
    ("actor", "staff_id"),
    [
        (SYSTEM, None),
        (master(role=Role.OWNER, staff_id=None), None),
        (master(role=Role.OPS_MANAGER, staff_id=None), MARIA),
        (master(), ANNA),
    ],
)
def test_who_may_close(actor: Actor, staff_id: UUID | None) -> None:
    require_may_close(actor, BUSINESS, staff_id)


@pytest.mark.parametrize(
    ("actor", "staff_id", "error"),
    [
        (master(), None, Forbidden),
        (master(), MARIA, Forbidden),
        (master(staff_id=None), None, Forbidden),
        (master(role=Role.OPERATOR), ANNA, Forbidden),
        (master(kind=ActorKind.CLIENT), ANNA, Forbidden),
        (master(scopes=frozenset({Scope.BOOKINGS_WRITE})), ANNA, Forbidden),
        (master(business_id=uuid4()), ANNA, NotFound),
    ],
)
def test_who_may_not(actor: Actor, staff_id: UUID | None, error: type[Exception]) -> None:
    with pytest.raises(error):
        require_may_close(actor, BUSINESS, staff_id)
