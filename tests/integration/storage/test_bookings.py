"""Bookings: written, read, changed and listed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain.booking import OPEN, Booking, BookingStatus
from core.domain.client import Client
from core.domain.errors import InvalidInput
from core.domain.visit import Claim, to_minutes
from core.ports.repositories import BookingFilter
from core.ports.unit_of_work import Transaction
from deploy.clock import new_id
from storage.unit_of_work import PgUnitOfWork
from tests.support.visits import Lost, Visit, add, booking_of, entry_of, new_client, try_add, visit
from tests.support.world import Hands, World, make_business


async def test_what_is_read_is_what_was_written(uow: PgUnitOfWork, world: World, client: Client) -> None:
    start = world.at(12)
    first = visit(world, client, start, addon=True, before=5, after=10).booking.segments[0]
    second = replace(
        first,
        id=new_id(),
        start=first.end,
        end=first.end + timedelta(minutes=30),
        room_ids=(world.room,),
        addons=(),
    )
    booking = booking_of(
        world,
        client,
        start,
        (first, second),
        comment="Позвоните в домофон 12",
        expires_at=start,
        attendance_confirmed_at=start - timedelta(hours=1),
        series_id=new_id(),
        request_key="form:1",
        reschedules=2,
        version=3,
    )
    at = to_minutes(start)
    claims = sorted(
        [
            Claim(world.anna, 0, at - 5, at, at + 90, at + 100),
            Claim(world.room, 0, at + 55, at + 60, at + 90, at + 100),
        ]
    )
    await add(uow, Visit(booking, claims))
    async with uow.read() as tx:
        assert await tx.bookings.get(booking.id) == booking
        assert await tx.bookings.by_request(world.id, "form:1") == booking
        assert await tx.bookings.by_request(world.id, "form:2") is None
        assert await tx.bookings.get(new_id()) is None


async def test_taken_time_can_not_be_had_again(uow: PgUnitOfWork, world: World, client: Client) -> None:
    await add(uow, visit(world, client, world.at(12), minutes=90))
    late = visit(world, client, world.at(13))
    assert not await try_add(uow, late)
    async with uow.read() as tx:
        assert await tx.bookings.get(late.booking.id) is None
    assert await try_add(uow, visit(world, client, world.at(13, 30)))
    assert await try_add(uow, visit(world, client, world.at(13), staff=world.maria))


async def test_a_status_is_swapped_only_from_the_version_it_was_read_at(
    uow: PgUnitOfWork, world: World, client: Client
) -> None:
    booking = await add(uow, visit(world, client, world.at(12), status=BookingStatus.PENDING))
    confirmed = replace(booking, status=BookingStatus.CONFIRMED, version=2)
    declined = replace(booking, status=BookingStatus.CANCELLED, version=2, cancel_reason="болею")
    async with uow.begin() as tx:
        assert await tx.bookings.save_status(confirmed, expected_version=1)
    async with uow.begin() as tx:
        assert not await tx.bookings.save_status(declined, expected_version=1)
    async with uow.read() as tx:
        assert await tx.bookings.get(booking.id) == confirmed


@pytest.mark.parametrize("status", [BookingStatus.CANCELLED, BookingStatus.EXPIRED])
async def test_a_booking_that_is_over_frees_its_time(
    uow: PgUnitOfWork, world: World, client: Client, status: BookingStatus
) -> None:
    booking = await add(uow, visit(world, client, world.at(12)))
    async with uow.begin() as tx:
        await tx.bookings.save_status(replace(booking, status=status, version=2), expected_version=1)
    assert await try_add(uow, visit(world, client, world.at(12)))


@pytest.mark.parametrize("status", [BookingStatus.COMPLETED, BookingStatus.NO_SHOW])
async def test_a_visit_that_took_place_holds_its_time(
    uow: PgUnitOfWork, world: World, client: Client, status: BookingStatus
) -> None:
    booking = await add(uow, visit(world, client, world.at(12)))
    async with uow.begin() as tx:
        await tx.bookings.save_status(replace(booking, status=status, version=2), expected_version=1)
    assert not await try_add(uow, visit(world, client, world.at(12)))


def moved(old: Booking, new: Visit) -> Visit:
    """The old booking at the time and with the master of the new one."""
    booking = replace(
        old,
        start=new.booking.start,
        end=new.booking.end,
        segments=new.booking.segments,
        version=old.version + 1,
    )
    return Visit(booking, new.claims, new.sessions)


async def test_a_move_takes_the_new_time_and_frees_the_old(
    uow: PgUnitOfWork, world: World, client: Client
) -> None:
    old = await add(uow, visit(world, client, world.at(12)))
    new = moved(old, visit(world, client, world.at(15), staff=world.maria))
    async with uow.begin() as tx:
        assert await tx.bookings.move(*new, expected_version=1)
    async with uow.read() as tx:
        assert await tx.bookings.get(old.id) == new.booking
    assert await try_add(uow, visit(world, client, world.at(12)))
    assert not await try_add(uow, visit(world, client, world.at(15), staff=world.maria))


async def test_a_move_may_overlap_its_own_old_time(uow: PgUnitOfWork, world: World, client: Client) -> None:
    old = await add(uow, visit(world, client, world.at(12)))
    new = moved(old, visit(world, client, world.at(12, 15)))
    async with uow.begin() as tx:
        assert await tx.bookings.move(*new, expected_version=1)
    assert await try_add(uow, visit(world, client, world.at(11, 15)))
    assert not await try_add(uow, visit(world, client, world.at(13)))


async def test_a_move_onto_somebody_changes_nothing(uow: PgUnitOfWork, world: World, client: Client) -> None:
    old = await add(uow, visit(world, client, world.at(12)))
    await add(uow, visit(world, client, world.at(15)))
    new = moved(old, visit(world, client, world.at(14, 30)))

    async def work(tx: Transaction) -> None:
        assert not await tx.bookings.move(*new, expected_version=1)
        raise Lost

    with pytest.raises(Lost):
        await uow.run(work)
    async with uow.read() as tx:
        assert await tx.bookings.get(old.id) == old
    assert not await try_add(uow, visit(world, client, world.at(12)))


async def test_a_move_of_another_version_is_none(uow: PgUnitOfWork, world: World, client: Client) -> None:
    old = await add(uow, visit(world, client, world.at(12)))
    async with uow.begin() as tx:
        assert not await tx.bookings.move(*moved(old, visit(world, client, world.at(15))), expected_version=7)
    async with uow.read() as tx:
        assert await tx.bookings.get(old.id) == old


async def test_a_moved_booking_may_keep_the_ids_of_its_services(
    uow: PgUnitOfWork, world: World, client: Client
) -> None:
    old = await add(uow, visit(world, client, world.at(12)))
    new = moved(old, visit(world, client, world.at(15)))
    kept = replace(new.booking, segments=(replace(new.booking.segments[0], id=old.segments[0].id),))
    async with uow.begin() as tx:
        assert await tx.bookings.move(kept, new.claims, (), expected_version=1)
    async with uow.read() as tx:
        assert await tx.bookings.get(old.id) == kept


async def test_who_waited_for_the_lock_reads_the_services_of_after_the_wait(
    uow: PgUnitOfWork, world: World, client: Client
) -> None:
    """PostgreSQL gives a statement that waited the new row together with the old rows of other tables."""
    old = await add(uow, visit(world, client, world.at(12)))
    new = moved(old, visit(world, client, world.at(15)))
    async with uow.begin() as mover, uow.begin() as waiter:
        assert await mover.bookings.move(*new, expected_version=1)
        waiting = asyncio.create_task(waiter.bookings.get(old.id, for_update=True))
        await wait_until_blocked(uow)
        await mover.connection.execute("COMMIT; BEGIN")
        assert await waiting == new.booking


async def wait_until_blocked(uow: PgUnitOfWork) -> None:
    """Until some connection of this database waits for a lock."""
    async with uow.read() as tx:
        while not await tx.connection.fetchval(
            "SELECT EXISTS (SELECT FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock')"
        ):
            pass


async def test_history_is_in_order(uow: PgUnitOfWork, world: World, client: Client, clock: Hands) -> None:
    booking = await add(uow, visit(world, client, world.at(12)))
    entries = [entry_of(booking, event, clock.now()) for event in ("create", "confirm", "will_come")]
    late = replace(
        entry_of(booking, "reschedule", clock.now() + timedelta(hours=1)),
        before={"start": "12:00", "staff_ids": [str(world.anna)]},
        after={"start": "13:00"},
        reason="по просьбе",
    )
    # Asked for before the move, and done after it: it waited for the booking's lock.
    waited = entry_of(booking, "cancel", clock.now() + timedelta(minutes=59))
    async with uow.begin() as tx:
        for entry in (*entries, late, waited):
            await tx.bookings.add_timeline(entry)
    async with uow.read() as tx:
        assert await tx.bookings.timeline(booking.id) == [*entries, late, waited]


async def test_a_list_comes_in_pages(uow: PgUnitOfWork, world: World, client: Client) -> None:
    made = [
        await add(uow, visit(world, client, world.at(hour), staff=staff))
        for hour in (10, 11, 12)
        for staff in (world.anna, world.maria)
    ]
    expected = [booking.id for booking in sorted(made, key=lambda booking: (booking.start, booking.id))]
    seen = []
    cursor = None
    async with uow.read() as tx:
        for size in (1, 2, 3):
            page = await tx.bookings.list(world.id, BookingFilter(), limit=size, cursor=cursor)
            seen += [booking.id for booking in page.items]
            cursor = page.next_cursor
    assert seen == expected
    assert cursor is None


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "!!!!", "AAAA", "MTIz", "9" * 400, "MTIzLmFiYw", "LjAw", "ю", "OTk5OTk5OTk5OTk5OTk5OTk5OS4w"],
)
async def test_a_cursor_that_is_none(uow: PgUnitOfWork, world: World, cursor: str) -> None:
    async with uow.read() as tx:
        if not cursor:
            assert (await tx.bookings.list(world.id, BookingFilter(), limit=1, cursor=cursor)).items == []
            return
        with pytest.raises(InvalidInput) as refused:
            await tx.bookings.list(world.id, BookingFilter(), limit=1, cursor=cursor)
    assert refused.value.field == "cursor"


async def test_a_list_is_filtered(uow: PgUnitOfWork, world: World, client: Client, clock: Hands) -> None:
    other_world = await make_business(uow, slug="other")
    stranger = await new_client(uow, other_world, clock.now())
    await add(uow, visit(other_world, stranger, world.at(12)))
    friend = await new_client(uow, world, clock.now(), "Ирина")
    early = await add(uow, visit(world, client, world.at(10)))
    noon = await add(uow, visit(world, friend, world.at(12), staff=world.maria, status=BookingStatus.PENDING))
    late = await add(uow, visit(world, client, world.at(15), status=BookingStatus.NO_SHOW))

    async def found(**where: object) -> list[Booking]:
        async with uow.read() as tx:
            page = await tx.bookings.list(world.id, BookingFilter(**where), limit=10)  # type: ignore[arg-type]
        return list(page.items)

    assert await found() == [early, noon, late]
    assert await found(start_from=world.at(12)) == [noon, late]
    assert await found(start_until=world.at(12)) == [early]
    assert await found(start_from=world.at(11), start_until=world.at(15)) == [noon]
    assert await found(staff_id=world.anna) == [early, late]
    assert await found(client_id=friend.id) == [noon]
    assert await found(statuses=OPEN) == [early, noon]
    assert await found(statuses=frozenset()) == []
    assert await found(
        staff_id=world.anna, client_id=client.id, statuses=frozenset({BookingStatus.NO_SHOW})
    ) == [late]


async def test_a_clients_coming_and_past(uow: PgUnitOfWork, world: World, client: Client) -> None:
    past = await add(uow, visit(world, client, world.at(10), status=BookingStatus.COMPLETED))
    running = await add(uow, visit(world, client, world.at(12), status=BookingStatus.IN_PROGRESS))
    coming = await add(uow, visit(world, client, world.at(15)))
    gone = await add(uow, visit(world, client, world.at(17)))
    async with uow.begin() as tx:
        await tx.bookings.save_status(
            replace(gone, status=BookingStatus.CANCELLED, version=2), expected_version=1
        )
    now = world.at(12, 30)
    async with uow.read() as tx:
        assert await tx.bookings.of_client(client.id, since=now, limit=9) == [running, coming]
        assert await tx.bookings.of_client(client.id, since=now, limit=1) == [running]
        assert await tx.bookings.past_of_client(client.id, until=now, limit=9) == [running, past]
        assert await tx.bookings.count_open(client.id, since=now) == 1


async def test_what_waits(uow: PgUnitOfWork, world: World, client: Client) -> None:
    waits = BookingStatus.PENDING
    first = await add(uow, visit(world, client, world.at(12), expires_at=world.at(11), status=waits))
    second = await add(
        uow, visit(world, client, world.at(15), staff=world.maria, expires_at=world.at(10), status=waits)
    )
    await add(uow, visit(world, client, world.at(17)))
    async with uow.read() as tx:
        assert await tx.bookings.due_to_expire(world.at(9), 9) == []
        assert await tx.bookings.due_to_expire(world.at(10), 9) == [second.id]
        assert await tx.bookings.due_to_expire(world.at(18), 1) == [second.id]
        assert await tx.bookings.next_pending(world.id, None, world.at(9)) == first
        assert await tx.bookings.next_pending(world.id, None, world.at(13)) == second
        assert await tx.bookings.next_pending(world.id, world.maria, world.at(9)) == second
        assert await tx.bookings.next_pending(world.id, world.maria, world.at(16)) is None


async def test_who_stands_in_the_way(uow: PgUnitOfWork, world: World, client: Client) -> None:
    standing = await add(uow, visit(world, client, world.at(12), after=15))
    async with uow.read() as tx:
        near = visit(world, client, world.at(13, 10)).claims
        far = visit(world, client, world.at(13, 15)).claims
        assert await tx.bookings.conflicting(world.id, near) == standing.id
        assert await tx.bookings.conflicting(world.id, far) is None
