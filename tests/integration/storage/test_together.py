"""Services that several masters do together: what is kept of them, and where their assistants are found."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import asyncpg
import pytest

from core.domain.booking import Booking, BookingStatus
from core.domain.catalog import AnyStaffChoice, BookingRules, Service
from core.domain.client import Client
from core.domain.visit import DayLoad, to_minutes
from core.ports.repositories import BookingFilter
from deploy.clock import new_id
from storage.database import Database
from storage.unit_of_work import PgUnitOfWork
from tests.integration.storage.test_news import Paper
from tests.support.visits import Visit, add, new_client, try_add, visit
from tests.support.world import MONDAY, Hands, World, make_business

TUESDAY = MONDAY + timedelta(days=1)


def together(made: Visit, world: World) -> Visit:
    """The same visit with Maria's help: she is taken for all of it too."""
    (segment,) = made.booking.segments
    booking = replace(
        made.booking,
        segments=(replace(segment, assistant_ids=(world.maria,), assistant_names=("Мария",)),),
    )
    helps = made.claims[0]._replace(resource_id=world.maria)
    return Visit(booking, sorted((*made.claims, helps)))


async def loads_of(
    uow: PgUnitOfWork, world: World, ignored: Booking | None = None
) -> dict[tuple[UUID, date], DayLoad]:
    span = to_minutes(world.at(0)), to_minutes(world.at(0, 0, TUESDAY))
    async with uow.read() as tx:
        reading = await tx.bookings.busy(
            world.id, [world.anna, world.maria], span, ignore_booking=ignored.id if ignored else None
        )
    return dict(reading.busy.loads)


async def test_assistants_are_kept_with_their_names(uow: PgUnitOfWork, world: World, client: Client) -> None:
    booking = await add(uow, together(visit(world, client, world.at(10)), world))
    async with uow.read() as tx:
        stored = await tx.bookings.get(booking.id)
    assert stored == booking
    assert stored.staff_ids == {world.anna, world.maria}
    assert stored.segments[0].staff_names == ("Анна", "Мария")


async def test_both_have_the_load_of_it(uow: PgUnitOfWork, world: World, client: Client) -> None:
    booking = await add(uow, together(visit(world, client, world.at(10), minutes=45), world))
    await add(uow, visit(world, client, world.at(15), staff=world.maria))
    assert await loads_of(uow, world) == {
        (world.anna, MONDAY): DayLoad(1, 45),
        (world.maria, MONDAY): DayLoad(2, 105),
    }
    assert await loads_of(uow, world, booking) == {(world.maria, MONDAY): DayLoad(1, 60)}
    async with uow.begin() as tx:
        gone = replace(booking, status=BookingStatus.CANCELLED, version=2)
        assert await tx.bookings.save_status(gone, expected_version=1)
    assert await loads_of(uow, world) == {(world.maria, MONDAY): DayLoad(1, 60)}


async def test_an_assistant_was_booked_too(uow: PgUnitOfWork, clock: Hands) -> None:
    world = await make_business(uow, rules=BookingRules(any_staff=AnyStaffChoice.LEAST_RECENT))
    client = await new_client(uow, world, clock.now())
    await add(uow, together(visit(world, client, world.at(10)), world))
    span = to_minutes(world.at(0)), to_minutes(world.at(0, 0, TUESDAY))
    async with uow.read() as tx:
        reading = await tx.bookings.busy(world.id, [world.anna, world.maria], span)
    assert reading.busy.last_booked == dict.fromkeys((world.anna, world.maria), to_minutes(clock.now()))


async def test_an_assistant_finds_it_among_their_own(uow: PgUnitOfWork, world: World, client: Client) -> None:
    made = visit(
        world, client, world.at(10), status=BookingStatus.PENDING, expires_at=world.at(9, day=TUESDAY)
    )
    made = together(made, world)
    booking = await add(uow, made)
    other = await add(uow, visit(world, client, world.at(12)))
    async with uow.read() as tx:
        for staff_id, expected in ((world.maria, {booking.id}), (world.anna, {booking.id, other.id})):
            page = await tx.bookings.list(world.id, BookingFilter(staff_id=staff_id), limit=10)
            assert {each.id for each in page.items} == expected
            found = await tx.bookings.next_pending(world.id, staff_id, world.at(9))
            assert found is not None
            assert found.id == booking.id


async def test_who_is_taken_as_an_assistant_is_taken(uow: PgUnitOfWork, world: World, client: Client) -> None:
    await add(uow, together(visit(world, client, world.at(10)), world))
    assert not await try_add(uow, visit(world, client, world.at(10, 30), staff=world.maria))
    assert not await try_add(uow, together(visit(world, client, world.at(9, 30)), world))
    assert await try_add(uow, together(visit(world, client, world.at(11)), world))


async def test_changes_tell_of_assistants(connected: Database, world: World, client: Client) -> None:
    """Of those who were one and are no more, too."""
    paper = Paper()
    uow = PgUnitOfWork(connected, paper)
    made = together(visit(world, client, world.at(10)), world)
    await add(uow, made)
    (slots,), (changed,), _ = paper.read()
    assert slots.resources == changed.staff_ids == {world.anna, world.maria}
    alone = visit(world, client, world.at(14))
    moved = replace(
        made.booking,
        start=alone.booking.start,
        end=alone.booking.end,
        segments=alone.booking.segments,
        version=2,
    )
    async with uow.begin() as tx:
        assert await tx.bookings.move(moved, alone.claims, (), expected_version=1)
    (slots,), (changed,), _ = paper.read()
    assert changed.staff_ids == {world.anna}
    assert changed.former_staff_ids == {world.maria}
    assert slots.resources == {world.anna, world.maria}


async def test_the_database_refuses_a_group_that_several_lead(uow: PgUnitOfWork, world: World) -> None:
    service = replace(world.catalogue.services[world.yoga], staff_needed=2)
    with pytest.raises(asyncpg.CheckViolationError):
        async with uow.begin() as tx:
            await tx.catalogue.save_service(world.id, service)


async def test_how_many_it_needs_is_kept(uow: PgUnitOfWork, world: World) -> None:
    service = Service(new_id(), "В четыре руки", 60, 290_000, staff_needed=2, position=9)
    async with uow.begin() as tx:
        await tx.catalogue.save_service(world.id, service)
    async with uow.read() as tx:
        catalogue = await tx.catalogue.load(world.id, MONDAY)
    assert catalogue.services[service.id] == service


async def test_assistants_are_found_by_an_index(connected: Database, uow: PgUnitOfWork, world: World) -> None:
    """The loads of a day don't read the history of everybody else."""
    async with connected.pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL enable_seqscan = off")
        plan = await connection.fetch(
            "EXPLAIN SELECT FROM booking_segments WHERE assistant_ids <> '{}' AND assistant_ids && $1",
            [world.maria],
        )
    assert "ix_booking_segments_assistant_ids" in " ".join(row[0] for row in plan)
