"""Deciding about bookings: rights, repeats, deadlines, and what each side hears."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from core.domain.actor import Actor, ActorKind, Role
from core.domain.booking import Booking, BookingStatus
from core.domain.catalog import BookingRules, MessageRules
from core.domain.errors import Forbidden, NotFound, PolicyRefused, SlotConflict, TransitionRefused
from core.domain.message import MessageKind
from core.services.booking import Outcome
from deploy.clock import new_id
from tests.support.senders import Recorder, sweep
from tests.support.world import Core, Hands, World, book, join, make_business

ASKING = BookingRules(auto_confirm=False, pending_minutes=60)


@pytest.fixture
async def asking(core: Core) -> World:
    """A business where a master confirms."""
    return await make_business(core.uow, slug="asking", rules=ASKING)


async def test_the_whole_life(core: Core, asking: World, clock: Hands) -> None:
    owner = asking.owner()
    _, _, booking = await book(core, asking, asking.at(12))
    assert (await core.bookings.confirm(owner, booking.id)).booking.status is BookingStatus.CONFIRMED
    clock.to(asking.at(12))
    assert (await core.bookings.start(owner, booking.id)).booking.status is BookingStatus.IN_PROGRESS
    clock.on(hours=1)
    done = (await core.bookings.complete(owner, booking.id)).booking
    assert done.status is BookingStatus.COMPLETED
    assert await core.bookings.get(owner, booking.id) == done
    events = [entry.event for entry in await core.bookings.timeline(owner, booking.id)]
    assert events == ["create", "confirm", "start", "complete"]


async def test_a_second_press_says_who_decided(core: Core, asking: World) -> None:
    _, _, booking = await book(core, asking, asking.at(12))
    first = await core.bookings.confirm(asking.owner("Елена"), booking.id)
    assert first.already is None
    second = await core.bookings.confirm(asking.owner("Мария"), booking.id)
    assert second.already is not None
    assert (second.already.actor_name, second.already.event) == ("Елена", "confirm")
    assert second.booking.version == first.booking.version, "nothing was changed"


async def test_an_auto_confirmed_one_was_confirmed_by_being_made(core: Core, world: World) -> None:
    _, _, booking = await book(core, world, world.at(12))
    outcome = await core.bookings.confirm(world.owner(), booking.id)
    assert outcome.already is not None
    assert outcome.already.event == "create"


async def test_what_was_cancelled_is_not_confirmed(core: Core, asking: World) -> None:
    client, _, booking = await book(core, asking, asking.at(12))
    await core.bookings.cancel(client, booking.id, "передумала")
    with pytest.raises(TransitionRefused) as refused:
        await core.bookings.confirm(asking.owner(), booking.id)
    assert refused.value.status == BookingStatus.CANCELLED
    kept = await core.bookings.get(client, booking.id)
    assert kept.cancel_reason == "передумала"


async def test_a_cancelled_time_is_free_again(core: Core, world: World) -> None:
    client, _, booking = await book(core, world, world.at(12))
    with pytest.raises(SlotConflict):
        await book(core, world, world.at(12))
    await core.bookings.cancel(client, booking.id)
    await book(core, world, world.at(12))


async def test_the_last_one_to_leave_a_group_frees_its_master(core: Core, world: World) -> None:
    yoga = world.query(world.yoga).items
    one, _, first = await book(core, world, world.at(12), items=yoga)
    two, _, second = await book(core, world, world.at(12), items=yoga)
    manicure = world.query(staff=world.maria).items
    await core.bookings.cancel(one, first.id)
    with pytest.raises(SlotConflict):
        await book(core, world, world.at(12), items=manicure)
    await core.bookings.cancel(two, second.id)
    await book(core, world, world.at(12), items=manicure)


async def test_clients_cancel_until_the_deadline_and_staff_at_any_time(
    core: Core, world: World, clock: Hands
) -> None:
    client, _, booking = await book(core, world, world.at(12))
    clock.to(world.at(10, 1))
    with pytest.raises(PolicyRefused) as refused:
        await core.bookings.cancel(client, booking.id)
    assert refused.value.rule == "cancel_too_late"
    assert (await core.bookings.get(client, booking.id)).status is BookingStatus.CONFIRMED
    await core.bookings.cancel(world.owner(), booking.id, "заболела")


async def test_nobody_is_absent_from_what_has_not_begun(core: Core, world: World, clock: Hands) -> None:
    _, _, booking = await book(core, world, world.at(12))
    for act in (core.bookings.start, core.bookings.complete, core.bookings.no_show):
        with pytest.raises(PolicyRefused, match="policy_refused"):
            await act(world.owner(), booking.id)
    clock.to(world.at(12, 20))
    await core.bookings.no_show(world.owner(), booking.id)
    await core.bookings.complete(world.owner(), booking.id)


async def test_a_request_is_not_confirmed_once_its_time_is_over(
    core: Core, asking: World, clock: Hands
) -> None:
    _, _, booking = await book(core, asking, asking.at(12))
    clock.to(asking.at(13))
    with pytest.raises(PolicyRefused):
        await core.bookings.confirm(asking.owner(), booking.id)


Act = Callable[[Actor], Awaitable[Outcome]]


def acts(core: Core, booking: Booking) -> dict[str, Act]:
    bookings, key = core.bookings, booking.id
    return {
        "confirm": lambda actor: bookings.confirm(actor, key),
        "decline": lambda actor: bookings.decline(actor, key),
        "start": lambda actor: bookings.start(actor, key),
        "complete": lambda actor: bookings.complete(actor, key),
        "no_show": lambda actor: bookings.no_show(actor, key),
        "cancel": lambda actor: bookings.cancel(actor, key),
        "will_come": lambda actor: bookings.will_come(actor, key),
        "reschedule": lambda actor: bookings.reschedule(actor, key, booking.start + timedelta(hours=2)),
    }


async def test_a_foreign_booking_is_not_there(core: Core, asking: World) -> None:
    """A foreign booking's id in a button: for every act and every kind of stranger the same answer."""
    _, _, booking = await book(core, asking, asking.at(12))
    neighbour, _, _ = await book(core, asking, asking.at(14))
    strangers = [
        neighbour,
        asking.visitor(),
        Actor(ActorKind.TOKEN, new_id(), new_id(), Role.OWNER),
        Actor(ActorKind.MEMBER, new_id(), asking.id, Role.MASTER, asking.maria),
        Actor(ActorKind.CLIENT, None, asking.id),
    ]
    for stranger in strangers:
        for name, act in acts(core, booking).items():
            with pytest.raises(NotFound):
                await act(stranger)
            assert name
        with pytest.raises(NotFound):
            await core.bookings.get(stranger, booking.id)
        with pytest.raises(NotFound):
            await core.bookings.timeline(stranger, booking.id)
        with pytest.raises(NotFound):
            await core.bookings.calendar(stranger, booking.id)
    assert await core.bookings.get(asking.owner(), booking.id) == booking
    with pytest.raises(NotFound):
        await core.bookings.confirm(asking.owner(), new_id())


async def test_who_sees_but_does_not_decide(core: Core, asking: World) -> None:
    client, _, booking = await book(core, asking, asking.at(12))
    reader = Actor(ActorKind.TOKEN, new_id(), asking.id, Role.READ_ONLY)
    for name, act in acts(core, booking).items():
        with pytest.raises(Forbidden):
            await act(reader)
        if name in {"confirm", "decline", "start", "complete", "no_show"}:
            with pytest.raises(Forbidden):
                await act(client)
    master = Actor(ActorKind.MEMBER, new_id(), asking.id, Role.MASTER, asking.anna)
    await core.bookings.confirm(master, booking.id)


async def test_will_come_is_kept_and_told_once(core: Core, world: World) -> None:
    """peers: «Приду» that stores nothing and takes cancelled bookings."""
    await join(core, world, Role.MASTER, world.anna)
    client, _, booking = await book(core, world, world.at(12))
    first = await core.bookings.will_come(client, booking.id)
    assert first.booking.attendance_confirmed_at == core.clock.now()
    assert (await core.bookings.get(client, booking.id)).attendance_confirmed_at is not None
    second = await core.bookings.will_come(client, booking.id)
    assert second.already is not None
    telegram = Recorder()
    await sweep(core, telegram).drain()
    assert len(telegram.of(MessageKind.STAFF_ATTENDANCE)) == 1
    await core.bookings.cancel(client, booking.id)
    with pytest.raises(TransitionRefused):
        await core.bookings.will_come(client, booking.id)


async def test_one_decision_is_seen_by_everybody_who_has_the_card(core: Core, asking: World) -> None:
    await join(core, asking, name="Елена")
    master, _ = await join(core, asking, Role.MASTER, asking.anna)
    _, client, booking = await book(core, asking, asking.at(12))
    telegram = Recorder()
    await sweep(core, telegram).drain()
    cards = telegram.of(MessageKind.STAFF_NEW_BOOKING)
    assert len(cards) == 2
    assert telegram.to_clients() == [MessageKind.BOOKING_CREATED]
    telegram.given.clear()
    await core.bookings.confirm(master, booking.id)
    await sweep(core, telegram).drain()
    assert telegram.to_clients() == [MessageKind.BOOKING_CONFIRMED]
    updates = telegram.of(MessageKind.CARD_UPDATE)
    assert len(updates) == 2
    assert {update.identity.id for update in updates} == {card.identity.id for card in cards}
    assert all(update.edit_only and update.edit_target for update in updates)
    assert {update.message.params["actor_name"] for update in updates} == {"Анна"}
    assert {update.booking.status for update in updates if update.booking} == {BookingStatus.CONFIRMED}
    assert client.reachable


@pytest.mark.parametrize(
    ("act", "to_client"),
    [
        ("decline", [MessageKind.BOOKING_DECLINED]),
        ("cancel", [MessageKind.BOOKING_CANCELLED]),
    ],
)
async def test_the_client_hears_the_reason(
    *, core: Core, asking: World, act: str, to_client: list[MessageKind]
) -> None:
    _, _, booking = await book(core, asking, asking.at(12))
    telegram = Recorder()
    await sweep(core, telegram).drain()
    telegram.given.clear()
    await getattr(core.bookings, act)(asking.owner(), booking.id, "мастер заболел")
    await sweep(core, telegram).drain()
    assert telegram.to_clients() == to_client
    assert telegram.given[0].message.params["reason"] == "мастер заболел"


async def test_a_client_who_cancels_is_told_to_the_staff_and_reminded_no_more(
    core: Core, world: World, clock: Hands
) -> None:
    """peers: reminders sent to cancelled clients."""
    await join(core, world, Role.MASTER, world.anna)
    client, _, booking = await book(core, world, world.at(12) + timedelta(days=2))
    telegram = Recorder()
    await sweep(core, telegram).drain()
    telegram.given.clear()
    await core.bookings.cancel(client, booking.id)
    await sweep(core, telegram).drain()
    assert sorted(telegram.kinds()) == [MessageKind.CARD_UPDATE, MessageKind.STAFF_BOOKING_CANCELLED]
    telegram.given.clear()
    clock.to(world.at(11) + timedelta(days=2))
    await sweep(core, telegram).drain()
    assert telegram.given == []


async def test_bad_news_waits_for_the_morning_unless_it_is_urgent(core: Core, clock: Hands) -> None:
    messages = MessageRules(reminders_minutes=(), quiet_from=22 * 60, quiet_until=10 * 60)
    world = await make_business(core.uow, slug="quiet", messages=messages)
    _, _, late = await book(core, world, world.at(16) + timedelta(days=1))
    _, _, early = await book(core, world, world.at(10, 30) + timedelta(days=1))
    telegram = Recorder()
    await sweep(core, telegram).drain()
    telegram.given.clear()
    clock.to(world.at(23))
    await core.bookings.cancel(world.owner(), late.id)
    await sweep(core, telegram).drain()
    assert telegram.given == []
    await core.bookings.cancel(world.owner(), early.id)
    await sweep(core, telegram).drain()
    assert [delivery.message.booking_id for delivery in telegram.given] == [early.id]
    clock.to(world.at(10) + timedelta(days=1))
    await sweep(core, telegram).drain()
    assert [delivery.message.booking_id for delivery in telegram.given] == [early.id, late.id]


async def test_an_answer_to_the_client_comes_at_any_hour(core: Core, asking: World, clock: Hands) -> None:
    clock.to(asking.at(22, 30))
    _, _, booking = await book(core, asking, asking.at(12) + timedelta(days=1))
    await core.bookings.confirm(asking.owner(), booking.id)
    telegram = Recorder()
    await sweep(core, telegram).drain()
    assert telegram.to_clients() == [MessageKind.BOOKING_CONFIRMED]
