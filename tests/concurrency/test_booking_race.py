"""Races through the services: one winner, lawful orders, no deadlock.

peers: check, then insert, with no constraint; a second confirm of a slot that two people asked for; a move
that checks no overlap.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Coroutine
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from redis.asyncio import Redis

from core.domain.booking import OCCUPIES, Booking, BookingStatus
from core.domain.catalog import BookingRules
from core.domain.errors import DomainError, SlotConflict, TransitionRefused, TryAgain
from core.domain.visit import VisitItem
from core.jobs.expiry import ExpirySweep
from core.services.booking import Outcome
from storage.database import Database
from storage.redis.holds import RedisHolds
from storage.unit_of_work import PgUnitOfWork
from tests.support.world import MONDAY, Core, Hands, World, book, make_business

pytestmark = pytest.mark.race

RACERS = 50


@pytest.fixture
async def core(database: str, redis_url: str) -> AsyncIterator[Core]:
    connected = await Database.connect(database, max_size=20)
    redis = Redis.from_url(redis_url)
    yield Core(PgUnitOfWork(connected), RedisHolds(redis), Hands())
    await redis.aclose()
    await connected.close()


@pytest.fixture
async def deadlocks(database: str) -> AsyncIterator[None]:
    """PostgreSQL's own count of deadlocks stays where it was."""
    yield
    connection = await asyncpg.connect(database)
    await connection.execute("SELECT pg_stat_force_next_flush()")
    count = await connection.fetchval(
        "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    )
    await connection.close()
    assert count == 0


@pytest.fixture
async def world(core: Core, deadlocks: None) -> World:
    rules = BookingRules(max_active_per_client=None, min_notice_minutes=0)
    return await make_business(core.uow, rules=rules)


async def race(*runners: Coroutine[Any, Any, Any]) -> tuple[list[Any], list[BaseException]]:
    """Run side by side; results and errors."""
    ended = await asyncio.gather(*runners, return_exceptions=True)
    errors = [each for each in ended if isinstance(each, BaseException)]
    unexpected = [each for each in errors if not isinstance(each, DomainError) or isinstance(each, TryAgain)]
    assert not unexpected, unexpected
    return [each for each in ended if not isinstance(each, BaseException)], errors


async def overlaps(database: str) -> int:
    """Pairs of active claims on one lane that are too near to each other, found by brute force."""
    connection = await asyncpg.connect(database)
    count: int = await connection.fetchval(
        """
        SELECT count(*) FROM claims a JOIN claims b USING (resource_id, lane)
        WHERE a.id < b.id AND a.active AND b.active
          AND (a.with_before && b.with_before OR a.with_after && b.with_after)
          AND (a.booking_id IS DISTINCT FROM b.booking_id OR a.booking_id IS NULL)
        """
    )
    await connection.close()
    return count


async def test_fifty_for_one_slot(core: Core, world: World, database: str) -> None:
    for day in (1, 2, 3, 4):
        start = world.at(12, day=MONDAY + timedelta(days=day))
        made, refused = await race(
            *(core.bookings.create(world.visitor(), world.wish(start)) for _ in range(RACERS))
        )
        assert len(made) == 1
        assert {type(error) for error in refused} == {SlotConflict}
    assert await overlaps(database) == 0


async def test_fifty_for_any_of_two_masters(core: Core, world: World) -> None:
    anyone = (VisitItem(world.manicure),)
    made, refused = await race(
        *(
            core.bookings.create(world.visitor(), world.wish(world.at(12), items=anyone))
            for _ in range(RACERS)
        )
    )
    assert {booking.segments[0].staff_id for booking in made} == {world.anna, world.maria}
    assert len(made) == 2
    assert {type(error) for error in refused} == {SlotConflict}


async def test_fifty_for_four_seats(core: Core, world: World) -> None:
    yoga = (VisitItem(world.yoga),)
    made, refused = await race(
        *(core.bookings.create(world.visitor(), world.wish(world.at(12), items=yoga)) for _ in range(RACERS))
    )
    assert len(made) == 4
    assert len({booking.segments[0].session_id for booking in made}) == 1
    assert {type(error) for error in refused} == {SlotConflict}


async def test_fifty_for_one_room_of_two_masters(core: Core, world: World, database: str) -> None:
    massage = (VisitItem(world.massage),)
    made, refused = await race(
        *(
            core.bookings.create(world.visitor(), world.wish(world.at(12), items=massage))
            for _ in range(RACERS)
        )
    )
    assert len(made) == 1
    assert {type(error) for error in refused} == {SlotConflict}
    assert await overlaps(database) == 0


async def test_twenty_taps_of_one_button_are_one_booking(core: Core, world: World) -> None:
    wish = world.wish(world.at(12), request_key="form-1")
    made, refused = await race(*(core.bookings.create(world.visitor(), wish) for _ in range(20)))
    assert refused == []
    assert len({booking.id for booking in made}) == 1
    page = await core.bookings.list(world.owner(), world.id)
    assert len(page.items) == 1


async def test_ten_first_bookings_of_one_person_make_one_card(core: Core, world: World) -> None:
    _, identity, first = await book(core, world, world.at(10))
    stranger = world.wish(world.at(11))
    wishes = [
        world.wish(
            world.at(11 + n // 2, 30 * (n % 2)), client=stranger.client, items=(VisitItem(world.manicure),)
        )
        for n in range(0, 8, 2)
    ]
    made, refused = await race(*(core.bookings.create(world.visitor(), wish) for wish in wishes))
    assert refused == []
    assert len({booking.client_id for booking in made}) == 1
    assert first.client_id not in {booking.client_id for booking in made}
    assert identity.reachable


async def test_a_clients_limit_holds_under_many_taps(core: Core) -> None:
    world = await make_business(core.uow, slug="few", rules=BookingRules(max_active_per_client=3))
    client, identity, _ = await book(core, world, world.at(10, 30))
    wishes = [
        world.wish(world.at(hour, 30), client=None, consent=False, identity_id=identity.id)
        for hour in range(11, 19)
    ]
    made, _ = await race(*(core.bookings.create(client, wish) for wish in wishes))
    assert len(made) == 2


async def test_a_masters_daily_limit_holds_under_many_clients(core: Core) -> None:
    world = await make_business(core.uow, slug="calm", rules=BookingRules(max_visits_per_day=3))
    wishes = [world.wish(world.at(hour, 30)) for hour in range(10, 19)]
    made, _ = await race(*(core.bookings.create(world.visitor(), wish) for wish in wishes))
    assert len(made) == 3


async def test_two_requests_for_one_time_are_never_both_confirmed(core: Core) -> None:
    world = await make_business(core.uow, slug="asking", rules=BookingRules(auto_confirm=False))
    made, _ = await race(
        *(core.bookings.create(world.visitor(), world.wish(world.at(12))) for _ in range(10))
    )
    confirmed, _ = await race(
        *(core.bookings.confirm(world.owner(), booking.id) for booking in made for _ in range(5))
    )
    assert len({outcome.booking.id for outcome in confirmed}) == 1
    assert sum(1 for outcome in confirmed if outcome.already is None) == 1


async def test_confirm_and_cancel_at_once_come_in_a_lawful_order(core: Core) -> None:
    world = await make_business(core.uow, slug="asking", rules=BookingRules(auto_confirm=False))
    for hour in range(11, 19):
        client, _, booking = await book(core, world, world.at(hour))
        acts: list[Coroutine[Any, Any, Outcome]] = [
            core.bookings.confirm(world.owner(), booking.id),
            core.bookings.cancel(client, booking.id),
        ]
        random.Random(hour).shuffle(acts)
        _, refused = await race(*acts)
        assert {type(error) for error in refused} <= {TransitionRefused}
        events = [entry.event for entry in await core.bookings.timeline(world.owner(), booking.id)]
        assert events in (["create", "confirm", "cancel"], ["create", "cancel"])
        kept = await core.bookings.get(client, booking.id)
        assert kept.status is BookingStatus.CANCELLED


async def test_two_moves_into_each_others_places(core: Core, world: World, database: str) -> None:
    for round_ in range(8):
        day = MONDAY + timedelta(days=1 + round_ % 5)
        one, _, first = await book(core, world, world.at(11, 15 * (round_ // 5), day=day))
        two, _, second = await book(core, world, world.at(15, 15 * (round_ // 5), day=day))
        moved, refused = await race(
            core.bookings.reschedule(one, first.id, second.start),
            core.bookings.reschedule(two, second.id, first.start),
        )
        assert {type(error) for error in refused} <= {SlotConflict}
        assert len(moved) <= 1, "each place was taken while the other one asked for it"
        await core.bookings.cancel(one, first.id)
        await core.bookings.cancel(two, second.id)
    assert await overlaps(database) == 0


async def test_fifty_moves_into_one_place(core: Core, world: World, database: str) -> None:
    movers: list[tuple[Any, Booking]] = []
    for day in range(1, 6):
        for hour in (10, 12, 14, 16, 18):
            client, _, booking = await book(core, world, world.at(hour, day=MONDAY + timedelta(days=day)))
            movers.append((client, booking))
    goal = world.at(15, day=MONDAY + timedelta(days=7))
    moved, refused = await race(
        *(core.bookings.reschedule(client, booking.id, goal) for client, booking in movers)
    )
    assert len(moved) == 1
    assert {type(error) for error in refused} == {SlotConflict}
    assert await overlaps(database) == 0


async def test_a_storm_of_everything(core: Core, world: World, database: str) -> None:
    """Creates, moves, cancels and sweeps at random: nothing overlaps, everything acknowledged is there."""
    chance = random.Random(20261123)
    services = [world.manicure, world.pedicure, world.massage, world.yoga]
    known: dict[Any, tuple[Any, Booking]] = {}

    async def act() -> None:
        day = MONDAY + timedelta(days=chance.randrange(1, 4))
        start = world.at(chance.randrange(10, 19), chance.choice((0, 15, 30, 45)), day=day)
        dice = chance.random()
        if dice < 0.5 or not known:
            items = tuple(VisitItem(chance.choice(services)) for _ in range(chance.choice((1, 1, 2))))
            client, _, booking = await book(core, world, start, items=items)
            known[booking.id] = (client, booking)
            return
        client, booking = chance.choice(list(known.values()))
        if dice < 0.8:
            outcome = await core.bookings.reschedule(client, booking.id, start)
        elif dice < 0.95:
            outcome = await core.bookings.cancel(client, booking.id)
        else:
            await ExpirySweep(core.uow, core.bookings, core.clock).run_once()
            return
        known[booking.id] = (client, outcome.booking)

    for _ in range(10):
        await race(*(act() for _ in range(20)))
    assert await overlaps(database) == 0
    owner, standing = world.owner(), 0
    for booking_id in known:
        stored = await core.bookings.get(owner, booking_id)
        standing += stored.status in OCCUPIES
        history = await core.bookings.timeline(owner, booking_id)
        assert history[0].event == "create"
        assert stored.version == len(history), "every change left its entry"
    assert standing > 10
