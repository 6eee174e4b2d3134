"""Who hears what, catching up, and giving up those who don't listen."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.actor import SYSTEM, Actor, ActorKind, Role, Scope
from core.domain.booking import BookingStatus
from core.domain.errors import DomainError, Forbidden, NotFound, Unauthorized
from core.ports.events import BookingChanged, CatalogueChanged, SlotsChanged
from core.services.live import Kind, Listener, Live, Told, Viewer, viewer_of

HERE, THERE = UUID(int=1), UUID(int=2)
OLGA, IVAN = UUID(int=11), UUID(int=12)
ANNA, MARIA = UUID(int=21), UUID(int=22)

ANYBODY = Actor(ActorKind.ANONYMOUS)
OWNER = Actor(ActorKind.TOKEN, UUID(int=31), HERE, Role.OWNER)
MASTER = Actor(ActorKind.MEMBER, UUID(int=32), HERE, Role.MASTER, ANNA)
CLIENT = Actor(ActorKind.CLIENT, OLGA, HERE)

SLOTS = SlotsChanged(HERE, frozenset({(0, 60)}), frozenset({ANNA}))
CATALOGUE = CatalogueChanged(HERE, 2)
BOOKING = BookingChanged(
    business_id=HERE,
    booking_id=UUID(int=41),
    client_id=OLGA,
    event="create",
    status=BookingStatus.CONFIRMED,
    start=datetime(2026, 11, 23, 7, tzinfo=UTC),
    staff_ids=frozenset({ANNA}),
    version=1,
)


def version(number: int, business_id: UUID = HERE) -> CatalogueChanged:
    return CatalogueChanged(business_id, number)


def everybody() -> Viewer:
    return viewer_of(ANYBODY, HERE, None)


async def heard(listener: Listener) -> list[Told]:
    return list(await listener.next(0))


# --- who hears what


@pytest.mark.parametrize(
    ("actor", "hears"),
    [
        (ANYBODY, False),
        (OWNER, True),
        (SYSTEM, True),
        (MASTER, True),
        (replace(MASTER, staff_id=MARIA), False),
        (replace(MASTER, staff_id=None), False),
        (CLIENT, True),
        (replace(CLIENT, id=IVAN), False),
        (replace(OWNER, business_id=THERE), False),
        (replace(CLIENT, business_id=THERE), False),
    ],
)
def test_of_bookings_hear_whose_they_are(actor: Actor, hears: bool) -> None:
    viewer = viewer_of(actor, HERE, None)
    assert viewer.hears(BOOKING) is hears
    assert viewer.hears(SLOTS)
    assert viewer.hears(CATALOGUE)


def test_another_business_is_never_heard() -> None:
    for actor in (ANYBODY, OWNER, CLIENT, MASTER, SYSTEM):
        viewer = viewer_of(actor, HERE, None)
        for change in (SLOTS, CATALOGUE, BOOKING):
            assert not viewer.hears(replace(change, business_id=THERE))


@pytest.mark.parametrize(
    ("actor", "refusal"),
    [
        (ANYBODY, Unauthorized),
        (replace(OWNER, business_id=THERE), NotFound),
        (replace(CLIENT, business_id=THERE), NotFound),
        (replace(OWNER, scopes=frozenset({Scope.CATALOGUE_READ})), Forbidden),
    ],
)
def test_bookings_are_not_for_strangers_to_ask_for(actor: Actor, refusal: type[DomainError]) -> None:
    with pytest.raises(refusal):
        viewer_of(actor, HERE, [Kind.SLOTS, Kind.BOOKINGS])
    assert viewer_of(actor, HERE, None).kinds == {Kind.SLOTS, Kind.CATALOGUE}


def test_a_token_hears_of_bookings_by_its_scope() -> None:
    viewer = viewer_of(replace(OWNER, scopes=frozenset({Scope.BOOKINGS_READ})), HERE, None)
    assert viewer.hears(BOOKING)


def test_only_what_was_asked_for_is_heard() -> None:
    viewer = viewer_of(OWNER, HERE, [Kind.CATALOGUE])
    assert [viewer.hears(each) for each in (SLOTS, CATALOGUE, BOOKING)] == [False, True, False]


def test_a_visit_that_went_to_a_colleague_is_heard_of_and_seen_no_more() -> None:
    gone = replace(BOOKING, staff_ids=frozenset({MARIA}), former_staff_ids=frozenset({ANNA}))
    viewer = viewer_of(MASTER, HERE, None)
    assert viewer.hears(gone)
    assert not viewer.still_sees(gone)
    assert viewer_of(replace(MASTER, staff_id=MARIA), HERE, None).still_sees(gone)


def test_the_key_of_a_visit_opens_that_visit_alone() -> None:
    viewer = viewer_of(CLIENT, HERE, None, booking_id=BOOKING.booking_id)
    assert viewer.hears(BOOKING)
    assert not viewer.hears(replace(BOOKING, booking_id=UUID(int=42)))
    assert not viewer.hears(replace(BOOKING, business_id=THERE))


def test_the_key_of_a_visit_outlives_a_change_of_cards() -> None:
    viewer = viewer_of(CLIENT, HERE, None, booking_id=BOOKING.booking_id)
    moved = replace(BOOKING, client_id=IVAN)
    assert viewer.hears(moved)
    assert viewer.still_sees(moved)
    assert not viewer_of(CLIENT, HERE, None).hears(moved)


# --- catching up


async def test_who_comes_back_hears_what_came_meanwhile() -> None:
    live = Live()
    live.began(100)
    for number in range(101, 106):
        live.arrived(number, version(number, HERE if number % 2 else THERE))
    with live.listening(everybody(), since=101) as listener:
        assert [told.number for told in await heard(listener)] == [103, 105]
    with live.listening(everybody(), since=100) as listener:
        assert [told.number for told in await heard(listener)] == [101, 103, 105]
    with live.listening(everybody(), since=105) as listener:
        assert await heard(listener) == []
    with live.listening(everybody()) as listener:
        assert await heard(listener) == []


@pytest.mark.parametrize("since", [-1, 0, 99, 106, 10**17])
async def test_who_missed_what_is_not_kept_is_told_so(since: int) -> None:
    live = Live()
    live.began(100)
    for number in range(101, 106):
        live.arrived(number, version(number))
    with live.listening(everybody(), since) as listener:
        assert await heard(listener) == [Told(105, None)]


@given(kept=st.integers(1, 5), count=st.integers(0, 12), back=st.integers(0, 12))
def test_what_comes_again_is_whole_or_said_not_to_be(kept: int, count: int, back: int) -> None:
    live = Live(kept=kept)
    live.began(0)
    for number in range(1, count + 1):
        live.arrived(number, version(number))
    since = max(0, count - back)
    with live.listening(everybody(), since) as listener:
        told = asyncio.run(heard(listener))
    if told == [Told(count, None)]:
        assert count - since > kept
    else:
        assert [each.number for each in told] == list(range(since + 1, count + 1))


async def test_a_gap_is_a_loss_and_a_repetition_is_none() -> None:
    live = Live()
    live.began(10)
    with live.listening(everybody()) as listener:
        live.arrived(11, version(11))
        live.arrived(11, version(11))
        assert await heard(listener) == [Told(11, version(11))]
        live.arrived(14, version(14))
        assert await heard(listener) == [Told(13, None), Told(14, version(14))]
    with live.listening(everybody(), since=11) as listener:
        assert await heard(listener) == [Told(14, None)]


async def test_while_nobody_tells_own_changes_are_heard_and_nothing_can_be_taken_up() -> None:
    live = Live()
    live.began(10)
    with live.listening(everybody()) as listener:
        live.lost()
        assert live.position is None
        live.arrived(None, version(1))
        assert await heard(listener) == [Told(None, version(1))]
        with live.listening(everybody(), since=10) as other:
            assert await heard(other) == [Told(None, None)]
        live.began(12)
        assert await heard(listener) == [Told(12, None)]
        assert live.position == 12


# --- listening


async def test_a_listener_waits_and_is_woken() -> None:
    live = Live()
    live.began(0)
    with live.listening(everybody()) as listener:
        waiting = asyncio.create_task(listener.next(60))
        await asyncio.sleep(0)
        live.arrived(1, SLOTS)
        assert await waiting == (Told(1, SLOTS),)
        waiting = asyncio.create_task(listener.next(60))
        await asyncio.sleep(0)
        listener.end()
        assert await waiting == ()


async def test_who_does_not_listen_is_given_up_and_keeps_nothing() -> None:
    live = Live(depth=3)
    live.began(0)
    with live.listening(everybody()) as slow, live.listening(everybody()) as quick:
        for number in range(1, 10):
            live.arrived(number, version(number))
            assert [told.number for told in await heard(quick)] == [number]
        assert slow.overrun
        assert slow.ended
        assert await heard(slow) == []
        assert not quick.overrun
    with live.listening(everybody(), since=9) as listener:
        assert await heard(listener) == []
    with live.listening(everybody(), since=2) as listener:
        assert await heard(listener) == [Told(9, None)]


async def test_who_left_is_forgotten() -> None:
    live = Live()
    with live.listening(everybody()), live.listening(viewer_of(OWNER, HERE, None)):
        assert live.listeners == 2
    assert live.listeners == 0
