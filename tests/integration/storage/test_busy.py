"""Reading taken time: in one round trip, in epoch minutes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from core.domain.booking import BookingStatus
from core.domain.catalog import AnyStaffChoice, BookingRules
from core.domain.client import Client
from core.domain.errors import NotFound
from core.domain.visit import BusyClaim, DayLoad, to_minutes
from core.ports.repositories import BusyQuestion
from deploy.clock import new_id
from storage.unit_of_work import PgUnitOfWork
from tests.support.visits import add, new_client, visit, yoga
from tests.support.world import MONDAY, Hands, World, make_business

TUESDAY = MONDAY + timedelta(days=1)


def span(world: World, first: date = MONDAY, last: date = MONDAY) -> tuple[int, int]:
    return to_minutes(world.at(0, 0, first)), to_minutes(world.at(0, 0, last + timedelta(days=1)))


async def test_claims_come_as_minutes_sorted_by_start(
    uow: PgUnitOfWork, world: World, client: Client
) -> None:
    for hour in (15, 12, 10):
        await add(uow, visit(world, client, world.at(hour), before=5, after=10))
    await add(uow, visit(world, client, world.at(12), staff=world.maria))
    async with uow.read() as tx:
        reading = await tx.bookings.busy(world.id, [world.anna, world.room], span(world))
    at = [to_minutes(world.at(hour)) for hour in (10, 12, 15)]
    assert reading.version == 1
    assert reading.busy.claims == {
        world.anna: tuple(BusyClaim(start - 5, start, start + 60, start + 70) for start in at)
    }


async def test_whose_they_are_is_told_where_a_booking_is_ignored(
    uow: PgUnitOfWork, world: World, client: Client
) -> None:
    """The search itself leaves out what the ignored booking takes."""
    booking = await add(uow, visit(world, client, world.at(10), staff=world.maria))
    opener = await add(uow, yoga(world, client, world.at(12)))
    async with uow.read() as tx:
        reading = await tx.bookings.busy(world.id, [world.maria], span(world), ignore_booking=booking.id)
    own, group = reading.busy.claims[world.maria]
    assert (own.booking_id, own.session_id) == (booking.id, None)
    assert (group.booking_id, group.session_id) == (None, opener.segments[0].session_id)


async def test_what_reaches_into_the_span_counts(uow: PgUnitOfWork, world: World, client: Client) -> None:
    await add(uow, visit(world, client, world.at(10), before=30, after=30))

    async def seen(first: int, last: int) -> bool:
        start = to_minutes(world.at(10))
        async with uow.read() as tx:
            reading = await tx.bookings.busy(world.id, [world.anna], (start + first, start + last))
        return bool(reading.busy.claims)

    assert await seen(0, 60)
    assert await seen(-60, -29)
    assert not await seen(-60, -30)
    assert await seen(89, 120)
    assert not await seen(90, 120)
    assert await seen(20, 21)


async def test_a_visit_of_a_whole_day_is_found_from_its_last_minute(
    uow: PgUnitOfWork, world: World, client: Client
) -> None:
    await add(uow, visit(world, client, world.at(10), minutes=24 * 60 - 60, before=30, after=30))
    end = to_minutes(world.at(9, 30, TUESDAY))
    async with uow.read() as tx:
        assert (await tx.bookings.busy(world.id, [world.anna], (end - 1, end + 60))).busy.claims
        assert not (await tx.bookings.busy(world.id, [world.anna], (end, end + 60))).busy.claims


async def test_loads_are_of_whole_local_dates(uow: PgUnitOfWork, world: World, client: Client) -> None:
    """Whatever part of them the span touches; by the start of each service, in the zone of the business."""
    await add(uow, visit(world, client, world.at(9), minutes=45))
    ignored = await add(uow, visit(world, client, world.at(20), minutes=30))
    await add(uow, visit(world, client, world.at(23, 30)))
    await add(uow, visit(world, client, world.at(0, 30, TUESDAY)))
    await add(uow, visit(world, client, world.at(3, 0, TUESDAY + timedelta(days=1))))
    await add(uow, yoga(world, client, world.at(10)))
    await add(uow, visit(world, client, world.at(12), staff=world.maria, minutes=40))
    around_midnight = to_minutes(world.at(23)), to_minutes(world.at(1, 0, TUESDAY))
    async with uow.read() as tx:
        staff = [world.anna, world.maria]
        loads = (await tx.bookings.busy(world.id, staff, around_midnight)).busy.loads
        less = await tx.bookings.busy(world.id, staff, around_midnight, ignore_booking=ignored.id)
        none = await tx.bookings.busy(world.id, staff, around_midnight, loads=False)
    assert loads == {
        (world.anna, MONDAY): DayLoad(3, 135),
        (world.anna, TUESDAY): DayLoad(1, 60),
        (world.maria, MONDAY): DayLoad(2, 100),
    }
    assert less.busy.loads[world.anna, MONDAY] == DayLoad(2, 105)
    assert none.busy.loads == {}


async def test_a_session_is_one_visit_and_none_for_its_only_guest(
    uow: PgUnitOfWork, world: World, client: Client
) -> None:
    opener = await add(uow, yoga(world, client, world.at(10), seats=[0, 1]))
    session_id = opener.segments[0].session_id

    async def load() -> DayLoad | None:
        async with uow.read() as tx:
            reading = await tx.bookings.busy(world.id, [world.maria], span(world), ignore_booking=opener.id)
        return reading.busy.loads.get((world.maria, MONDAY))

    assert await load() is None
    await add(uow, yoga(world, client, world.at(10), seats=[2], session=session_id))
    assert await load() == DayLoad(1, 60)


async def test_what_is_over_is_no_load(uow: PgUnitOfWork, world: World, client: Client) -> None:
    booking = await add(uow, visit(world, client, world.at(10)))
    async with uow.begin() as tx:
        over = replace(booking, status=BookingStatus.CANCELLED, version=2)
        await tx.bookings.save_status(over, expected_version=1)
    async with uow.read() as tx:
        busy = (await tx.bookings.busy(world.id, [world.anna], span(world))).busy
    assert (busy.claims, busy.loads) == ({}, {})


async def test_who_was_booked_last(uow: PgUnitOfWork, clock: Hands) -> None:
    world = await make_business(uow, rules=BookingRules(any_staff=AnyStaffChoice.LEAST_RECENT))
    first = await new_client(uow, world, clock.now())
    clock.on(hours=1)
    second = await new_client(uow, world, clock.now())
    await add(uow, visit(world, first, world.at(15)))
    await add(uow, visit(world, second, world.at(12)))
    async with uow.read() as tx:
        busy = (await tx.bookings.busy(world.id, [world.anna, world.maria], span(world))).busy
    assert busy.last_booked == {world.anna: to_minutes(clock.now())}


async def test_a_move_is_no_new_booking(uow: PgUnitOfWork, clock: Hands) -> None:
    world = await make_business(uow, rules=BookingRules(any_staff=AnyStaffChoice.LEAST_RECENT))
    client = await new_client(uow, world, clock.now())
    early = await add(uow, visit(world, client, world.at(15)))
    clock.on(hours=1)
    late = to_minutes(clock.now())
    await add(uow, visit(world, await new_client(uow, world, clock.now()), world.at(12)))
    plan = visit(world, client, world.at(17))
    moved = replace(plan.booking, id=early.id, created_at=early.created_at, version=2)
    async with uow.begin() as tx:
        assert await tx.bookings.move(moved, plan.claims, plan.sessions, expected_version=1)
    async with uow.read() as tx:
        busy = (await tx.bookings.busy(world.id, [world.anna], span(world))).busy
    assert busy.last_booked == {world.anna: late}, "the older booking's segments are the newest rows now"


async def test_the_version_comes_along(uow: PgUnitOfWork, world: World) -> None:
    async with uow.begin() as tx:
        await tx.catalogue.save_business(world.id, {"name": "Окно"})
    async with uow.read() as tx:
        assert (await tx.bookings.busy(world.id, [], span(world))).version == 2
        with pytest.raises(NotFound):
            await tx.bookings.busy(new_id(), [world.anna], span(world))


async def test_many_questions_have_the_answers_that_each_has_alone(
    uow: PgUnitOfWork, world: World, client: Client
) -> None:
    await add(uow, visit(world, client, world.at(10), before=30, after=30))
    await add(uow, visit(world, client, world.at(10, day=TUESDAY)))
    opener = await add(uow, yoga(world, client, world.at(12), seats=(0, 2)))
    await add(uow, yoga(world, client, world.at(12), seats=(1,), session=opener.segments[0].session_id))
    minute = to_minutes(world.at(11))
    questions = [
        BusyQuestion(world.id, frozenset(staff), within)
        for staff in ([world.anna], [world.maria], [world.anna, world.maria], [])
        for within in (
            span(world),
            span(world, TUESDAY, TUESDAY),
            (minute, minute + 29),
            (minute + 30, minute + 90),
        )
    ]
    async with uow.read() as tx:
        alone = [await tx.bookings.busy(*question, loads=False) for question in questions]
        assert await tx.bookings.busy_of(questions) == alone
        assert await tx.bookings.busy_of([BusyQuestion(new_id(), frozenset([world.anna]), span(world))]) == [
            None
        ]
        assert await tx.bookings.busy_of([]) == []
    assert any(reading.busy.sessions for reading in alone)
