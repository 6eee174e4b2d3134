"""Group sessions: opened by the first who books, joined by others, closed by the last who leaves."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from core.domain.booking import Booking, BookingStatus
from core.domain.client import Client
from core.domain.visit import BusySession, to_minutes
from storage.unit_of_work import PgUnitOfWork
from tests.support.visits import Visit, add, try_add, visit, yoga
from tests.support.world import World


async def sessions(uow: PgUnitOfWork, world: World) -> tuple[BusySession, ...]:
    span = (to_minutes(world.at(0)), to_minutes(world.at(23)))
    async with uow.read() as tx:
        return (await tx.bookings.busy(world.id, [world.maria], span)).busy.sessions.get(world.maria, ())


async def cancel(uow: PgUnitOfWork, booking: Booking) -> None:
    async with uow.begin() as tx:
        over = replace(booking, status=BookingStatus.CANCELLED, version=booking.version + 1)
        assert await tx.bookings.save_status(over, expected_version=booking.version)


async def test_seats_are_taken_one_by_one(uow: PgUnitOfWork, world: World, client: Client) -> None:
    first = await add(uow, yoga(world, client, world.at(12), seats=[0, 1]))
    session_id = first.segments[0].session_id
    second = await add(uow, yoga(world, client, world.at(12), seats=[3], session=session_id))
    assert not await try_add(uow, yoga(world, client, world.at(12), seats=[2, 3], session=session_id))
    (standing,) = await sessions(uow, world)
    assert standing.lanes == (0, 1, 3)
    assert standing.booking_ids == (first.id, first.id, second.id)
    assert standing.seats_taken == 3


async def test_the_master_is_taken_once_for_all(uow: PgUnitOfWork, world: World, client: Client) -> None:
    opener = await add(uow, yoga(world, client, world.at(12)))
    guest = await add(
        uow, yoga(world, client, world.at(12), seats=[1], session=opener.segments[0].session_id)
    )
    private = visit(world, client, world.at(12, 30), staff=world.maria)
    assert not await try_add(uow, private)
    await cancel(uow, opener)
    (standing,) = await sessions(uow, world)
    assert standing.booking_ids == (guest.id,)
    assert not await try_add(uow, private)
    await cancel(uow, guest)
    assert await sessions(uow, world) == ()
    assert await try_add(uow, private)


async def test_of_two_who_open_it_one_is_told_to_look_again(
    uow: PgUnitOfWork, world: World, client: Client
) -> None:
    won = await asyncio.gather(*(try_add(uow, yoga(world, client, world.at(12))) for _ in range(6)))
    assert won.count(True) == 1
    assert len(await sessions(uow, world)) == 1


async def test_nobody_joins_a_session_that_has_closed(
    uow: PgUnitOfWork, world: World, client: Client
) -> None:
    opener = await add(uow, yoga(world, client, world.at(12)))
    session_id = opener.segments[0].session_id
    await cancel(uow, opener)
    assert not await try_add(uow, yoga(world, client, world.at(12), session=session_id))
    assert await try_add(uow, yoga(world, client, world.at(12)))


async def test_joining_while_the_last_one_leaves(uow: PgUnitOfWork, world: World, client: Client) -> None:
    """Whichever comes first, nobody sits in a closed session and no session stands empty."""
    for _ in range(20):
        opener = await add(uow, yoga(world, client, world.at(12)))
        session_id = opener.segments[0].session_id
        guest = yoga(world, client, world.at(12), seats=[1], session=session_id)
        joined, _left = await asyncio.gather(try_add(uow, guest), cancel(uow, opener))
        standing = await sessions(uow, world)
        assert [session.booking_ids for session in standing] == ([(guest.booking.id,)] if joined else [])
        if joined:
            await cancel(uow, guest.booking)


async def test_the_only_guest_moves_it_by_a_quarter(uow: PgUnitOfWork, world: World, client: Client) -> None:
    """The session left empty closes first: its master's time is what the new one needs."""
    old = await add(uow, yoga(world, client, world.at(12)))
    new = yoga(world, client, world.at(12, 15))
    booking = replace(
        old, start=new.booking.start, end=new.booking.end, segments=new.booking.segments, version=2
    )
    async with uow.begin() as tx:
        assert await tx.bookings.move(booking, new.claims, new.sessions, expected_version=1)
    (standing,) = await sessions(uow, world)
    assert (standing.id, standing.start) == (new.sessions[0].id, new.sessions[0].start)
    assert standing.booking_ids == (old.id,)


async def test_a_guest_moves_to_another_session_and_the_old_one_stands(
    uow: PgUnitOfWork, world: World, client: Client
) -> None:
    opener = await add(uow, yoga(world, client, world.at(12)))
    other = await add(uow, yoga(world, client, world.at(15)))
    guest = await add(
        uow, yoga(world, client, world.at(12), seats=[1], session=opener.segments[0].session_id)
    )
    new = yoga(world, client, world.at(15), seats=[1], session=other.segments[0].session_id)
    booking = replace(
        guest, start=new.booking.start, end=new.booking.end, segments=new.booking.segments, version=2
    )
    async with uow.begin() as tx:
        assert await tx.bookings.move(booking, new.claims, (), expected_version=1)
    early, late = await sessions(uow, world)
    assert early.booking_ids == (opener.id,)
    assert late.booking_ids == (other.id, guest.id)


async def test_who_stands_in_the_way_of_a_session_is_a_guest_of_it(
    uow: PgUnitOfWork, world: World, client: Client
) -> None:
    opener: Visit = yoga(world, client, world.at(12))
    await add(uow, opener)
    async with uow.read() as tx:
        wanted = visit(world, client, world.at(12), staff=world.maria).claims
        assert await tx.bookings.conflicting(world.id, wanted) == opener.booking.id
