"""Moving bookings, and offering other times."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.domain.actor import Role
from core.domain.booking import BookingStatus
from core.domain.catalog import BookingRules
from core.domain.errors import (
    Forbidden,
    InvalidInput,
    NotFound,
    PolicyRefused,
    SlotConflict,
    SlotNotOffered,
    TransitionRefused,
)
from core.domain.message import MessageKind
from deploy.clock import new_id
from tests.support.senders import Recorder, sweep
from tests.support.world import Core, Hands, World, book, join, make_business


async def test_a_move_keeps_the_booking_and_frees_its_old_time(core: Core, world: World) -> None:
    client, _, booking = await book(core, world, world.at(12))
    moved = (await core.bookings.reschedule(client, booking.id, world.at(15))).booking
    assert (moved.id, moved.client_id, moved.total) == (booking.id, booking.client_id, booking.total)
    assert (moved.start, moved.end) == (world.at(15), world.at(16))
    assert (moved.version, moved.reschedules) == (2, 1)
    assert await core.bookings.get(client, booking.id) == moved
    last = (await core.bookings.timeline(client, booking.id))[-1]
    assert last.event == "reschedule"
    assert last.before["start"] == world.at(12).isoformat()
    assert last.after["start"] == world.at(15).isoformat()
    await book(core, world, world.at(12))
    with pytest.raises(SlotConflict):
        await book(core, world, world.at(15))


async def test_a_move_checks_overlaps_and_rules_like_everybody(core: Core, world: World) -> None:
    """peers: a move that checks no overlap."""
    client, _, booking = await book(core, world, world.at(12))
    await book(core, world, world.at(15))
    for hour, minute in ((14, 30), (15, 0), (15, 45)):
        with pytest.raises(SlotConflict):
            await core.bookings.reschedule(client, booking.id, world.at(hour, minute))
    with pytest.raises(SlotNotOffered, match="outside_hours"):
        await core.bookings.reschedule(client, booking.id, world.at(19, 30))
    with pytest.raises(SlotNotOffered, match="off_grid"):
        await core.bookings.reschedule(client, booking.id, world.at(16, 7))
    with pytest.raises(SlotNotOffered, match="in_the_past"):
        await core.bookings.reschedule(client, booking.id, world.at(12) - timedelta(days=7))
    assert await core.bookings.get(client, booking.id) == booking, "nothing is half done"


async def test_a_move_into_its_own_time(core: Core, world: World) -> None:
    client, _, booking = await book(core, world, world.at(12))
    moved = (await core.bookings.reschedule(client, booking.id, world.at(12, 30))).booking
    assert moved.start == world.at(12, 30)
    again = await core.bookings.reschedule(client, booking.id, world.at(12, 30))
    assert again.already is not None
    assert again.booking.version == 2


async def test_a_move_to_another_master(core: Core, world: World) -> None:
    _, _, booking = await book(core, world, world.at(12))
    moved = (await core.bookings.reschedule(world.owner(), booking.id, world.at(12), world.maria)).booking
    assert moved.staff_ids == {world.maria}
    assert moved.reschedules == 0, "only the client's own moves are counted"
    with pytest.raises(NotFound):
        await core.bookings.reschedule(world.owner(), booking.id, world.at(12), new_id())


async def test_a_group_seat_moves_and_empties_its_session(core: Core, world: World) -> None:
    yoga = world.query(world.yoga).items
    client, _, booking = await book(core, world, world.at(12), items=yoga, seats=2)
    moved = (await core.bookings.reschedule(client, booking.id, world.at(14))).booking
    assert moved.segments[0].session_id != booking.segments[0].session_id
    await book(core, world, world.at(12), items=world.query(staff=world.maria).items)
    _, _, joined = await book(core, world, world.at(14), items=yoga, seats=2)
    assert joined.segments[0].session_id == moved.segments[0].session_id


async def test_deadline_and_number_of_a_clients_moves(core: Core, clock: Hands) -> None:
    rules = BookingRules(max_reschedules=1, reschedule_until_minutes=120)
    world = await make_business(core.uow, slug="strict", rules=rules)
    client, _, booking = await book(core, world, world.at(15))
    await core.bookings.reschedule(client, booking.id, world.at(16))
    with pytest.raises(PolicyRefused) as often:
        await core.bookings.reschedule(client, booking.id, world.at(17))
    assert often.value.rule == "reschedule_too_often"
    other, _, later = await book(core, world, world.at(13))
    clock.to(world.at(11, 30))
    with pytest.raises(PolicyRefused) as late:
        await core.bookings.reschedule(other, later.id, world.at(18))
    assert late.value.rule == "reschedule_too_late"
    await core.bookings.reschedule(world.owner(), later.id, world.at(18))


async def test_what_is_over_does_not_move(core: Core, world: World) -> None:
    client, _, booking = await book(core, world, world.at(12))
    await core.bookings.cancel(client, booking.id)
    with pytest.raises(TransitionRefused):
        await core.bookings.reschedule(client, booking.id, world.at(15))
    with pytest.raises(Forbidden):
        await core.bookings.reschedule(client, booking.id, world.at(15), override=True)


async def test_a_move_moves_the_reminders_and_tells_both_sides(
    core: Core, world: World, clock: Hands
) -> None:
    """peers: a move that moves no reminders and tells nobody; flags not reset by a move."""
    await join(core, world, Role.MASTER, world.anna)
    client, _, booking = await book(core, world, world.at(12) + timedelta(days=2))
    telegram = Recorder()
    await sweep(core, telegram).drain()
    clock.to(world.at(12) + timedelta(days=1))
    await sweep(core, telegram).drain()
    assert telegram.to_clients()[-1] is MessageKind.REMINDER
    await core.bookings.will_come(client, booking.id)
    telegram.given.clear()
    moved = await core.bookings.reschedule(client, booking.id, world.at(16) + timedelta(days=3))
    assert moved.booking.attendance_confirmed_at is None
    await sweep(core, telegram).drain()
    assert telegram.to_clients() == [MessageKind.BOOKING_MOVED]
    [told] = telegram.of(MessageKind.STAFF_BOOKING_MOVED)
    assert told.message.params["old_start"] == int(booking.start.timestamp()) // 60
    telegram.given.clear()
    clock.to(world.at(11, 59) + timedelta(days=2))
    await sweep(core, telegram).drain()
    assert telegram.given == [], "the old reminder is gone"
    clock.to(world.at(16) + timedelta(days=2))
    await sweep(core, telegram).drain()
    clock.to(world.at(14) + timedelta(days=3))
    await sweep(core, telegram).drain()
    assert [delivery.message.params["minutes"] for delivery in telegram.given] == [24 * 60, 120]


async def test_there_and_back_again_keeps_the_reminders(core: Core, world: World, clock: Hands) -> None:
    day = timedelta(days=2)
    client, _, booking = await book(core, world, world.at(12) + day)
    await core.bookings.reschedule(client, booking.id, world.at(15) + day)
    await core.bookings.reschedule(client, booking.id, world.at(12) + day)
    telegram = Recorder()
    clock.to(world.at(10) + day)
    await sweep(core, telegram).drain()
    assert telegram.to_clients().count(MessageKind.REMINDER) == 1


async def test_both_masters_hear_of_a_change_of_hands(core: Core, world: World) -> None:
    for staff in (world.anna, world.maria):
        await join(core, world, Role.MASTER, staff)
    _, _, booking = await book(core, world, world.at(12))
    telegram = Recorder()
    await sweep(core, telegram).drain()
    telegram.given.clear()
    await core.bookings.reschedule(world.owner(), booking.id, world.at(13), world.maria)
    await sweep(core, telegram).drain()
    told = telegram.of(MessageKind.STAFF_BOOKING_MOVED)
    assert {delivery.member.staff_id for delivery in told if delivery.member} == {world.anna, world.maria}


async def test_an_offered_time_is_taken_by_one_press(core: Core) -> None:
    rules = BookingRules(auto_confirm=False, max_reschedules=0)
    world = await make_business(core.uow, slug="asking", rules=rules)
    client, _, booking = await book(core, world, world.at(12))
    starts = [world.at(15), world.at(14)]
    await core.bookings.offer_times(world.owner(), booking.id, starts)
    telegram = Recorder()
    await sweep(core, telegram).drain()
    [offer] = telegram.of(MessageKind.OFFER_TIMES)
    assert offer.message.params["starts"] == sorted(int(s.timestamp()) // 60 for s in starts)
    taken = (await core.bookings.accept_offer(client, booking.id, world.at(14))).booking
    assert (taken.start, taken.status) == (world.at(14), BookingStatus.CONFIRMED)
    assert taken.expires_at is None
    assert taken.reschedules == 0
    assert (await core.bookings.accept_offer(client, booking.id, world.at(14))).already is not None
    with pytest.raises(PolicyRefused) as gone:
        await core.bookings.accept_offer(client, booking.id, world.at(15))
    assert gone.value.rule == "offer_gone"


async def test_only_what_is_free_can_be_offered(core: Core, world: World) -> None:
    client, _, booking = await book(core, world, world.at(12))
    await book(core, world, world.at(15))
    owner = world.owner()
    with pytest.raises(SlotConflict):
        await core.bookings.offer_times(owner, booking.id, [world.at(14), world.at(15)])
    with pytest.raises(SlotNotOffered):
        await core.bookings.offer_times(owner, booking.id, [world.at(6)])
    with pytest.raises(InvalidInput):
        await core.bookings.offer_times(owner, booking.id, [])
    with pytest.raises(Forbidden):
        await core.bookings.offer_times(client, booking.id, [world.at(14)])


async def test_an_offer_that_somebody_took_meanwhile(core: Core, world: World) -> None:
    client, _, booking = await book(core, world, world.at(12))
    await core.bookings.offer_times(world.owner(), booking.id, [world.at(15)])
    await book(core, world, world.at(15))
    with pytest.raises(SlotConflict):
        await core.bookings.accept_offer(client, booking.id, world.at(15))
    with pytest.raises(PolicyRefused):
        await core.bookings.accept_offer(client, booking.id, world.at(16))
    stranger, _, _ = await book(core, world, world.at(18))
    with pytest.raises(NotFound):
        await core.bookings.accept_offer(stranger, booking.id, world.at(15))
