"""Races through the services: one winner, lawful orders, no deadlock. Each is run in one process and in
three, for within one process those who want exactly the same wait for each other.

peers: check, then insert, with no constraint; a second confirm of a slot that two people asked for; a move
that checks no overlap.
"""

from __future__ import annotations

import random
from collections.abc import Coroutine, Sequence
from datetime import timedelta
from itertools import cycle
from typing import Any

import pytest

from core.domain.booking import Booking, BookingStatus
from core.domain.catalog import BookingRules
from core.domain.errors import SlotConflict, TransitionRefused
from core.domain.visit import VisitItem
from core.services.booking import Outcome
from tests.concurrency.racing import OVERLAPS, RACERS, ask, dealt, race
from tests.support.world import MONDAY, Core, World, book, make_business

pytestmark = [pytest.mark.race, pytest.mark.usefixtures("judged")]


@pytest.fixture
def core(cores: Sequence[Core]) -> Core:
    """The first process, for what is no race."""
    return cores[0]


@pytest.fixture
async def world(core: Core) -> World:
    rules = BookingRules(max_active_per_client=None, min_notice_minutes=0)
    return await make_business(core.uow, rules=rules)


async def test_fifty_for_one_slot(cores: Sequence[Core], world: World) -> None:
    for day in (1, 2, 3, 4):
        noon = world.at(12, day=MONDAY + timedelta(days=day))
        made, refused = await race(
            *(core.bookings.create(world.visitor(), world.wish(noon)) for core in dealt(cores))
        )
        assert len(made) == 1
        assert {type(error) for error in refused} == {SlotConflict}


async def test_fifty_for_starts_that_overlap(cores: Sequence[Core], world: World) -> None:
    """Nobody wants the same, and nobody fits beside anybody."""
    for day in (1, 2, 3, 4):
        first = world.at(12, day=MONDAY + timedelta(days=day))
        starts = cycle(first + timedelta(minutes=15 * quarter) for quarter in range(4))
        made, refused = await race(
            *(core.bookings.create(world.visitor(), world.wish(next(starts))) for core in dealt(cores))
        )
        assert len(made) == 1
        assert {type(error) for error in refused} == {SlotConflict}


async def test_fifty_for_the_starts_of_one_day(cores: Sequence[Core], world: World) -> None:
    """Visits of an hour and of an hour and a half, anywhere in the day: in the way of whoever was refused is
    somebody who was not.
    """
    chance = random.Random(7)
    services = {world.manicure: timedelta(hours=1), world.pedicure: timedelta(minutes=90)}
    wanted = [
        (world.at(10) + timedelta(minutes=15 * chance.randrange(4, 35)), chance.choice(list(services)))
        for _ in range(RACERS)
    ]
    made, refused = await race(
        *(
            core.bookings.create(world.visitor(), world.wish(start, items=(VisitItem(service, world.anna),)))
            for core, (start, service) in zip(dealt(cores), wanted, strict=True)
        )
    )
    assert {type(error) for error in refused} == {SlotConflict}
    had = {(booking.start, booking.segments[0].service_id) for booking in made}
    assert len(had) == len(made)
    for start, service in wanted:
        end = start + services[service]
        assert any(start < booking.end and booking.start < end for booking in made)


async def test_fifty_for_any_of_two_masters(cores: Sequence[Core], world: World) -> None:
    anyone = (VisitItem(world.manicure),)
    made, refused = await race(
        *(
            core.bookings.create(world.visitor(), world.wish(world.at(12), items=anyone))
            for core in dealt(cores)
        )
    )
    assert {booking.segments[0].staff_id for booking in made} == {world.anna, world.maria}
    assert len(made) == 2
    assert {type(error) for error in refused} == {SlotConflict}


async def test_fifty_for_four_seats(cores: Sequence[Core], world: World) -> None:
    yoga = (VisitItem(world.yoga),)
    made, refused = await race(
        *(
            core.bookings.create(world.visitor(), world.wish(world.at(12), items=yoga))
            for core in dealt(cores)
        )
    )
    assert len(made) == 4
    assert len({booking.segments[0].session_id for booking in made}) == 1
    assert {type(error) for error in refused} == {SlotConflict}


async def test_fifty_for_one_room_of_two_masters(cores: Sequence[Core], world: World) -> None:
    massage = (VisitItem(world.massage),)
    made, refused = await race(
        *(
            core.bookings.create(world.visitor(), world.wish(world.at(12), items=massage))
            for core in dealt(cores)
        )
    )
    assert len(made) == 1
    assert {type(error) for error in refused} == {SlotConflict}


async def test_twenty_taps_of_one_button_are_one_booking(cores: Sequence[Core], world: World) -> None:
    wish = world.wish(world.at(12), request_key="form-1")
    made, refused = await race(*(core.bookings.create(world.visitor(), wish) for core in dealt(cores, 20)))
    assert refused == []
    assert len({booking.id for booking in made}) == 1
    page = await cores[0].bookings.list(world.owner(), world.id)
    assert len(page.items) == 1


async def test_ten_first_bookings_of_one_person_make_one_card(
    cores: Sequence[Core], core: Core, world: World
) -> None:
    _, identity, first = await book(core, world, world.at(10))
    stranger = world.wish(world.at(11))
    wishes = [
        world.wish(
            world.at(11 + n // 2, 30 * (n % 2)), client=stranger.client, items=(VisitItem(world.manicure),)
        )
        for n in range(0, 8, 2)
    ]
    made, refused = await race(
        *(
            each.bookings.create(world.visitor(), wish)
            for each, wish in zip(dealt(cores, len(wishes)), wishes, strict=True)
        )
    )
    assert refused == []
    assert len({booking.client_id for booking in made}) == 1
    assert first.client_id not in {booking.client_id for booking in made}
    assert identity.reachable


async def test_a_clients_limit_holds_under_many_taps(cores: Sequence[Core], core: Core) -> None:
    world = await make_business(core.uow, slug="few", rules=BookingRules(max_active_per_client=3))
    client, identity, _ = await book(core, world, world.at(10, 30))
    wishes = [
        world.wish(world.at(hour, 30), client=None, consent=False, identity_id=identity.id)
        for hour in range(11, 19)
    ]
    made, _ = await race(
        *(
            each.bookings.create(client, wish)
            for each, wish in zip(dealt(cores, len(wishes)), wishes, strict=True)
        )
    )
    assert len(made) == 2


async def test_a_masters_daily_limit_holds_under_many_clients(cores: Sequence[Core], core: Core) -> None:
    world = await make_business(core.uow, slug="calm", rules=BookingRules(max_visits_per_day=3))
    wishes = [world.wish(world.at(hour, 30)) for hour in range(10, 19)]
    made, _ = await race(
        *(
            each.bookings.create(world.visitor(), wish)
            for each, wish in zip(dealt(cores, len(wishes)), wishes, strict=True)
        )
    )
    assert len(made) == 3


async def test_two_requests_for_one_time_are_never_both_confirmed(cores: Sequence[Core], core: Core) -> None:
    """A request has its time as a booking has: the second one can't be made, early or late."""
    world = await make_business(core.uow, slug="asking", rules=BookingRules(auto_confirm=False))
    for hour in range(11, 18, 2):
        starts = [world.at(hour), world.at(hour, 30)]
        requests, refused = await race(
            *(
                each.bookings.create(world.visitor(), world.wish(start))
                for each, start in zip(dealt(cores, 2), starts, strict=True)
            )
        )
        (request,) = requests
        assert request.status is BookingStatus.PENDING
        assert [type(error) for error in refused] == [SlotConflict]
        (loser,) = {*starts} - {request.start}
        with pytest.raises(SlotConflict):
            await core.bookings.create(world.visitor(), world.wish(loser))
        confirmed, refused = await race(
            *(each.bookings.confirm(world.owner(), request.id) for each in dealt(cores, 6)),
            *(each.bookings.create(world.visitor(), world.wish(loser)) for each in dealt(cores, 6)),
        )
        assert [type(error) for error in refused] == [SlotConflict] * 6
        assert {outcome.booking.status for outcome in confirmed} == {BookingStatus.CONFIRMED}
        assert [outcome.already for outcome in confirmed].count(None) == 1


async def test_confirm_and_cancel_at_once_come_in_a_lawful_order(cores: Sequence[Core], core: Core) -> None:
    world = await make_business(core.uow, slug="asking", rules=BookingRules(auto_confirm=False))
    for hour in range(11, 19):
        client, _, booking = await book(core, world, world.at(hour))
        acts: list[Coroutine[Any, Any, Outcome]] = [
            cores[0].bookings.confirm(world.owner(), booking.id),
            cores[-1].bookings.cancel(client, booking.id),
        ]
        random.Random(hour).shuffle(acts)
        _, refused = await race(*acts)
        assert {type(error) for error in refused} <= {TransitionRefused}
        events = [entry.event for entry in await core.bookings.timeline(world.owner(), booking.id)]
        assert events in (["create", "confirm", "cancel"], ["create", "cancel"])
        assert (events == ["create", "cancel"]) == bool(refused)
        kept = await core.bookings.get(client, booking.id)
        assert kept.status is BookingStatus.CANCELLED


async def test_two_moves_into_each_others_places(
    cores: Sequence[Core], core: Core, world: World, database: str
) -> None:
    """Whoever comes first finds the other one still there, so both stay where they are."""
    for round_ in range(8):
        day = MONDAY + timedelta(days=1 + round_ % 5)
        one, _, first = await book(core, world, world.at(11, 15 * (round_ // 5), day=day))
        two, _, second = await book(core, world, world.at(15, 15 * (round_ // 5), day=day))
        moved, refused = await race(
            cores[0].bookings.reschedule(one, first.id, second.start),
            cores[-1].bookings.reschedule(two, second.id, first.start),
        )
        assert moved == []
        assert [type(error) for error in refused] == [SlotConflict] * 2
        assert await core.bookings.get(one, first.id) == first
        assert await core.bookings.get(two, second.id) == second
        assert await ask(database, OVERLAPS) == 0
        await core.bookings.cancel(one, first.id)
        await core.bookings.cancel(two, second.id)


async def test_two_moves_one_after_the_other_at_once(
    cores: Sequence[Core], core: Core, world: World, database: str
) -> None:
    """Into a free place, and into the one that becomes free by it: the first succeeds in any case, the
    second one if it comes later.
    """
    for day in (MONDAY + timedelta(days=number) for number in range(1, 5)):
        one, _, first = await book(core, world, world.at(11, day=day))
        two, _, second = await book(core, world, world.at(15, day=day))
        moved, refused = await race(
            cores[0].bookings.reschedule(one, first.id, world.at(18, day=day)),
            cores[-1].bookings.reschedule(two, second.id, first.start),
        )
        assert {type(error) for error in refused} <= {SlotConflict}
        assert (await core.bookings.get(one, first.id)).start == world.at(18, day=day)
        follower = await core.bookings.get(two, second.id)
        assert follower.start == (second.start if refused else first.start)
        assert len(moved) == 2 - len(refused)
        assert await ask(database, OVERLAPS) == 0


async def test_many_moves_into_one_place(cores: Sequence[Core], core: Core, world: World) -> None:
    movers: list[tuple[Any, Booking]] = []
    for day in range(1, 6):
        for hour in (10, 12, 14, 16, 18):
            client, _, booking = await book(core, world, world.at(hour, day=MONDAY + timedelta(days=day)))
            movers.append((client, booking))
    goal = world.at(15, day=MONDAY + timedelta(days=7))
    moved, refused = await race(
        *(
            each.bookings.reschedule(client, booking.id, goal)
            for each, (client, booking) in zip(dealt(cores, len(movers)), movers, strict=True)
        )
    )
    assert len(moved) == 1
    assert {type(error) for error in refused} == {SlotConflict}
