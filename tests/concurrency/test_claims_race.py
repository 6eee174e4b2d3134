"""Races for time, judged by PostgreSQL alone: what the exclusion constraints promise, and what happens
without them.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.domain.booking import Booking, BookingStatus
from core.domain.client import Client
from core.domain.visit import Claim
from deploy.clock import new_id
from storage.database import Database
from storage.unit_of_work import PgTransaction, PgUnitOfWork
from tests.support.visits import Lost, Visit, add, new_client, try_add, visit, yoga
from tests.support.world import MONDAY, Hands, World, make_business

pytestmark = pytest.mark.race

RACERS = 50
ROUNDS = 100

#: Two bookings that have one lane of one resource at one time: the rule, spelled out without the constraints.
DOUBLES = """
SELECT count(*) FROM claims AS a JOIN claims AS b
  ON a.id < b.id AND a.resource_id = b.resource_id AND a.lane = b.lane AND a.active AND b.active
 AND coalesce(a.booking_id, a.session_id) <> coalesce(b.booking_id, b.session_id)
 AND (a.with_before && b.with_before OR a.with_after && b.with_after)
"""


@pytest.fixture
async def connected(database: str) -> AsyncIterator[Database]:
    """A connection for each racer."""
    opened = await Database.connect(database, max_size=RACERS)
    yield opened
    await opened.close()


@pytest.fixture
def uow(connected: Database) -> PgUnitOfWork:
    """The unit of work."""
    return PgUnitOfWork(connected)


@pytest.fixture
async def world(uow: PgUnitOfWork) -> World:
    """«Окошко» with two masters."""
    return await make_business(uow)


@pytest.fixture
async def client(uow: PgUnitOfWork, world: World) -> Client:
    """Olga, who books."""
    return await new_client(uow, world, Hands().now())


async def deadlocks(connected: Database) -> int:
    """How many PostgreSQL has counted in this database."""
    await connected.pool.execute("SELECT pg_stat_force_next_flush()")
    count: int = await connected.pool.fetchval(
        "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    )
    return count


async def doubles(connected: Database) -> int:
    """Pairs of bookings that have the same time."""
    count: int = await connected.pool.fetchval(DOUBLES)
    return count


def slot(world: World, number: int) -> datetime:
    """The hours of the coming weeks, one after another."""
    return world.at(10 + number % 10, 0, MONDAY + timedelta(days=number // 10))


async def test_fifty_race_for_one_slot_a_hundred_times(
    uow: PgUnitOfWork, connected: Database, world: World, client: Client
) -> None:
    before = await deadlocks(connected)
    for number in range(ROUNDS):
        start = slot(world, number)
        racers = [
            visit(
                world, client, start + timedelta(minutes=random.choice((0, 15, 30, 45))), before=5, after=10
            )
            for _ in range(RACERS)
        ]
        won = await asyncio.gather(*(try_add(uow, racer) for racer in racers))
        # Starts within an hour of each other: nobody fits beside anybody.
        assert won.count(True) == 1
        await cancel(uow, racers[won.index(True)].booking)
        assert await try_add(uow, visit(world, client, start))
    assert await doubles(connected) == 0
    assert await deadlocks(connected) == before


async def test_without_the_constraints_there_are_doubles(
    uow: PgUnitOfWork, connected: Database, world: World, client: Client
) -> None:
    """The race is real: the same one with the guard taken away, and a check before each insert instead."""
    await connected.pool.execute(
        "ALTER TABLE claims DROP CONSTRAINT ex_claims_with_before, DROP CONSTRAINT ex_claims_with_after"
    )

    async def check_and_add(racer: Visit) -> bool:
        async with uow.begin() as tx:
            if await tx.bookings.conflicting(world.id, racer.claims) is not None:
                return False
            return await tx.bookings.add(*racer)

    for number in range(20):
        racers = [visit(world, client, slot(world, number)) for _ in range(RACERS)]
        await asyncio.gather(*map(check_and_add, racers))
    assert await doubles(connected) > 0


async def test_the_last_seat_of_a_group(
    uow: PgUnitOfWork, connected: Database, world: World, client: Client
) -> None:
    before = await deadlocks(connected)
    for number in range(20):
        opener = await add(uow, yoga(world, client, slot(world, number), seats=[0, 1, 2]))
        session_id = opener.segments[0].session_id
        racers = [
            yoga(world, client, slot(world, number), seats=[3], session=session_id) for _ in range(RACERS)
        ]
        assert (await asyncio.gather(*(try_add(uow, racer) for racer in racers))).count(True) == 1
    assert await doubles(connected) == 0
    assert await deadlocks(connected) == before


async def test_seats_taken_in_pairs_from_both_ends(
    uow: PgUnitOfWork, connected: Database, world: World, client: Client
) -> None:
    """Several claims each: nobody holds one seat and waits for another."""
    before = await deadlocks(connected)
    for number in range(20):
        opener = await add(uow, yoga(world, client, slot(world, number), seats=[0]))
        session_id = opener.segments[0].session_id
        racers = [
            yoga(world, client, slot(world, number), seats=pair, session=session_id)
            for pair in ([1, 2], [2, 3], [1, 3], [1, 2, 3])
            for _ in range(8)
        ]
        assert (await asyncio.gather(*(try_add(uow, racer) for racer in racers))).count(True) == 1
    assert await deadlocks(connected) == before


async def cancel(uow: PgUnitOfWork, booking: Booking) -> bool:
    """False when it is not as it was any more."""
    over = replace(booking, status=BookingStatus.CANCELLED, version=booking.version + 1)
    async with uow.begin() as tx:
        return await tx.bookings.save_status(over, expected_version=booking.version)


async def move(uow: PgUnitOfWork, old: Booking, new: Visit) -> Booking | None:
    """The booking at the new place, or None when that is somebody's."""
    booking = replace(
        old,
        start=new.booking.start,
        end=new.booking.end,
        segments=new.booking.segments,
        version=old.version + 1,
    )

    async def work(tx: PgTransaction) -> Booking:
        if not await tx.bookings.move(booking, new.claims, new.sessions, expected_version=old.version):
            raise Lost
        return booking

    try:
        return await uow.run(work)
    except Lost:
        return None


async def test_two_moves_into_each_others_places(
    uow: PgUnitOfWork, connected: Database, world: World, client: Client
) -> None:
    """One after the other both would be refused, for the other one is still there: so they are at once."""
    before = await deadlocks(connected)
    for number in range(ROUNDS):
        here = await add(uow, visit(world, client, slot(world, number)))
        there = await add(uow, visit(world, client, slot(world, number), staff=world.maria))
        swapped = await asyncio.gather(
            move(uow, here, visit(world, client, there.start, staff=world.maria)),
            move(uow, there, visit(world, client, here.start)),
        )
        assert [*swapped] == [None, None]
    assert await doubles(connected) == 0
    assert await deadlocks(connected) == before


async def test_moves_in_a_circle_with_a_way_out(
    uow: PgUnitOfWork, connected: Database, world: World, client: Client
) -> None:
    """The place that somebody leaves may be had by the next or not, but never by two."""
    before = await deadlocks(connected)
    for number in range(20):
        chain = [await add(uow, visit(world, client, slot(world, number * 10 + hour))) for hour in range(4)]
        moved = await asyncio.gather(
            *(
                move(uow, booking, visit(world, client, slot(world, number * 10 + hour + 1)))
                for hour, booking in enumerate(chain)
            )
        )
        assert moved[-1] is not None
    assert await doubles(connected) == 0
    assert await deadlocks(connected) == before


async def test_a_crowd_that_books_moves_and_cancels(
    uow: PgUnitOfWork, connected: Database, world: World, client: Client
) -> None:
    """Every booking that was acknowledged stands, and no two have the same time."""
    before = await deadlocks(connected)
    chance = random.Random(7)
    standing: dict[object, Booking] = {}
    staff = [world.anna, world.maria]

    def wish() -> Visit:
        start = world.at(10) + timedelta(minutes=15 * chance.randrange(32))
        if chance.random() < 0.2:
            return yoga(world, client, start, seats=[chance.randrange(4)])
        return visit(
            world,
            client,
            start,
            staff=chance.choice(staff),
            minutes=15 * chance.randint(1, 6),
            before=5 * chance.randrange(3),
            after=5 * chance.randrange(3),
        )

    async def somebody() -> None:
        for _ in range(25):
            act = chance.random()
            mine = standing.pop(chance.choice(list(standing)), None) if act < 0.6 and standing else None
            if mine is None:
                made = wish()
                if await try_add(uow, made):
                    standing[made.booking.id] = made.booking
            elif act < 0.35:
                moved = await move(uow, mine, wish())
                standing[mine.id] = moved or mine
            else:
                assert await cancel(uow, mine)

    await asyncio.gather(*(somebody() for _ in range(20)))
    assert await doubles(connected) == 0
    assert await deadlocks(connected) == before
    async with uow.read() as tx:
        for booking in standing.values():
            assert await tx.bookings.get(booking.id) == booking
    kept = await connected.pool.fetch(
        "SELECT DISTINCT booking_id FROM claims WHERE active AND booking_id IS NOT NULL"
    )
    assert {row["booking_id"] for row in kept} == set(standing)
    empty = await connected.pool.fetchval(
        "SELECT count(*) FROM sessions AS s WHERE s.active"
        " AND NOT EXISTS (SELECT FROM claims AS seat WHERE seat.resource_id = s.id AND seat.active)"
    )
    assert empty == 0


minutes = st.integers(600, 660)
spans = st.builds(
    lambda lead, before, length, after: (
        lead,
        lead + before,
        lead + before + length,
        lead + before + length + after,
    ),
    minutes,
    st.integers(0, 20),
    st.integers(1, 40),
    st.integers(0, 20),
)


@given(st.lists(st.tuples(spans, st.integers(0, 1)), min_size=2, max_size=6))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_the_constraints_say_what_the_rule_says(
    database: str, wanted: list[tuple[tuple[int, int, int, int], int]]
) -> None:
    """Two visits of one lane are apart by the larger of the first one's buffer after and the second one's
    buffer before.
    """
    connection = await asyncpg.connect(database)
    resource, business = new_id(), new_id()
    had: list[Claim] = []
    # The claims alone: what they belong to plays no part.
    await connection.execute("SET session_replication_role = replica")
    for (lead, start, end, trail), lane in wanted:
        claim = Claim(resource, lane, lead, start, end, trail)
        taken = await connection.fetchval(
            "INSERT INTO claims (business_id, booking_id, resource_id, lane, lead, start, stop, trail)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING RETURNING 1",
            business,
            new_id(),
            *claim[:6],
        )
        assert bool(taken) == all(apart(claim, other) for other in had if other.lane == lane)
        if taken:
            had.append(claim)
    await connection.close()


def apart(one: Claim, other: Claim) -> bool:
    """The documented rule."""
    first, second = sorted([one, other], key=lambda claim: (claim.start, claim.end))
    return second.start - first.end >= max(first.trail - first.end, second.start - second.lead)


@pytest.mark.parametrize(
    ("times", "rule"),
    [
        ((5, 0, 60, 60), "order"),
        ((0, 60, 60, 60), "order"),
        ((0, 0, 60, 50), "order"),
        ((0, 10, 1000, 1441), "length"),
    ],
)
async def test_claims_that_make_no_sense(
    connected: Database, world: World, times: tuple[int, int, int, int], rule: str
) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match=f"ck_claims_{rule}"):
        await connected.pool.execute(
            "INSERT INTO claims (business_id, booking_id, resource_id, lane, lead, start, stop, trail)"
            " VALUES ($1, $2, $3, 0, $4, $5, $6, $7)",
            world.id,
            new_id(),
            world.anna,
            *times,
        )
