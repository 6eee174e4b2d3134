"""Which way a message goes: where its reader wants it, by a process that can, with others of its day."""

from __future__ import annotations

from datetime import timedelta

from core.domain.actor import Actor, ActorKind, Role
from core.domain.booking import Booking, BookingSource
from core.domain.client import Account, Channel
from core.domain.message import MessageKind
from core.ports.channels import Unreachable
from core.services.booking import ClientData
from tests.support.senders import Recorder, sweep
from tests.support.world import Core, Hands, World, book, join, meet


async def test_where_the_client_wants_it_and_where_that_is_closed_elsewhere(core: Core, world: World) -> None:
    who = ClientData("Ольга", "+79001112233", phone_verified=True)
    identity = await meet(core, "Ольга", Channel.TELEGRAM)
    vk_user = await meet(core, "Ольга", Channel.VK)
    for user, hour in ((vk_user, 11), (identity, 14)):
        await core.bookings.create(
            world.visitor(), world.wish(world.at(hour), client=who, identity_id=user.id)
        )
        core.clock.on(minutes=1)  # type: ignore[attr-defined]  # the test's clock
    await core.clients.prefer(await core.clients.actor(world.id, identity.id), Channel.VK)
    telegram, vk = Recorder(), Recorder(Channel.VK)
    vk.answers.extend([Unreachable("denied")])
    outbox = sweep(core, telegram, vk)
    await outbox.run_once()
    assert len(vk.given) + len(telegram.given) >= 2
    assert vk.given, "asked first where they want it"
    assert telegram.given, "then where it is open"
    before = len(telegram.given)
    await core.bookings.create(world.visitor(), world.wish(world.at(16), client=who, identity_id=identity.id))
    await outbox.drain()
    assert len(telegram.given) == before + 1, "VK is known to be closed"


async def test_a_client_of_the_web_has_to_be_called_when_the_business_changes_something(
    core: Core, world: World
) -> None:
    """Without a messenger there is no way to tell them; what they did themselves they know."""
    _, master = await join(core, world, Role.MASTER, world.anna)
    booking = await core.bookings.create(world.visitor(), world.wish(world.at(12)))
    telegram = Recorder()
    outbox = sweep(core, telegram)
    await outbox.drain()
    [card] = telegram.given
    assert (card.message.kind, card.client_reachable) == (MessageKind.STAFF_NEW_BOOKING, False)
    await core.bookings.reschedule(world.owner(), booking.id, world.at(15))
    await outbox.drain()
    [told] = telegram.of(MessageKind.STAFF_UNREACHABLE)
    assert told.identity.id == master.id
    assert told.message.params["kind"] == MessageKind.BOOKING_MOVED


async def test_a_card_of_somebody_in_a_messenger_says_nothing_of_calling(core: Core, world: World) -> None:
    await join(core, world, Role.MASTER, world.anna)
    await book(core, world, world.at(12))
    telegram = Recorder()
    await sweep(core, telegram).drain()
    [card] = telegram.of(MessageKind.STAFF_NEW_BOOKING)
    assert card.client_reachable


async def _two_programs(core: Core) -> None:
    """A Telegram bot and a VK community are known to the deployment."""
    async with core.uow.begin() as tx:
        for channel in Channel:
            await tx.people.bind_account(Account(channel, "1"))


async def test_a_worker_leaves_what_it_cannot_send_to_one_who_can(core: Core, world: World) -> None:
    """peers: messages lost in a process that had no token of that messenger."""
    await _two_programs(core)
    _, telegram_user, _ = await book(core, world, world.at(12))
    vk_user = await meet(core, "Ева", Channel.VK)
    await core.bookings.create(world.visitor(), world.wish(world.at(14), identity_id=vk_user.id))
    telegram, vk = Recorder(), Recorder(Channel.VK)
    await sweep(core, telegram).drain()
    assert [each.identity.id for each in telegram.given] == [telegram_user.id]
    await sweep(core, vk).drain()
    assert [each.identity.id for each in vk.given] == [vk_user.id]


async def test_two_bots_of_one_messenger_in_two_programs(core: Core, world: World) -> None:
    async with core.uow.begin() as tx:
        for key in ("1", "2"):
            await tx.people.bind_account(Account(Channel.TELEGRAM, key))
    await book(core, world, world.at(12))
    other = Recorder(Channel.TELEGRAM, "2")
    await sweep(core, other).drain()
    assert not other.given
    async with core.uow.read() as tx:
        assert (await tx.outbox.backlog(core.clock.now())).due == 1, "neither dropped nor taken"


async def test_what_the_other_program_leaves_for_long_is_told_to_the_master(
    core: Core, world: World, clock: Hands
) -> None:
    await _two_programs(core)
    await join(core, world, Role.MASTER, world.anna)
    vk_user = await meet(core, "Ева", Channel.VK)
    await core.bookings.create(
        world.visitor(), world.wish(world.at(12) + timedelta(days=1), identity_id=vk_user.id)
    )
    telegram = Recorder()
    outbox = sweep(core, telegram)
    await outbox.drain()
    assert telegram.kinds() == [MessageKind.STAFF_NEW_BOOKING]
    clock.on(hours=1, minutes=1)
    await outbox.drain()
    assert telegram.kinds() == [MessageKind.STAFF_NEW_BOOKING, MessageKind.STAFF_UNREACHABLE]


async def visits_of(core: Core, world: World, *hours: int) -> list[Booking]:
    """Several visits of one client on tomorrow's date."""
    identity = await meet(core)
    who = ClientData("Ольга", "+79001112233")
    made = []
    for hour in hours:
        start = world.at(hour) + timedelta(days=1)
        wish = world.wish(start, client=who, identity_id=identity.id, source=BookingSource.TELEGRAM)
        made.append(await core.bookings.create(world.visitor(), wish))
    return made


async def test_several_visits_of_a_day_make_one_reminder(core: Core, world: World, clock: Hands) -> None:
    first, second, evening = await visits_of(core, world, 11, 12, 18)
    telegram = Recorder()
    outbox = sweep(core, telegram)
    for hour in range(9, 20):
        clock.to(world.at(hour, 30))
        await outbox.drain()
    [day] = telegram.of(MessageKind.REMINDER)
    assert [visit.id for visit in day.together] == [first.id, second.id, evening.id]
    telegram.given.clear()
    for hour in range(8, 18):
        clock.to(world.at(hour, 30) + timedelta(days=1))
        await outbox.drain()
    told = [[visit.id for visit in each.together] for each in telegram.of(MessageKind.REMINDER)]
    assert told == [[first.id, second.id], [evening.id]], "near ones together, the evening's by itself"


async def test_a_visit_that_came_later_has_its_own_reminder(core: Core, world: World, clock: Hands) -> None:
    [first] = await visits_of(core, world, 11)
    telegram = Recorder()
    outbox = sweep(core, telegram)
    clock.to(world.at(11, 30))
    await outbox.drain()
    actor = Actor(ActorKind.CLIENT, first.client_id, world.id)
    wish = world.wish(world.at(15) + timedelta(days=1), client=None, consent=False)
    second = await core.bookings.create(actor, wish)
    telegram.given.clear()
    clock.to(world.at(15, 30))
    await outbox.drain()
    [own] = telegram.of(MessageKind.REMINDER)
    assert [visit.id for visit in own.together] == [second.id]


async def test_a_cancelled_one_is_not_told_of(core: Core, world: World, clock: Hands) -> None:
    first, second = await visits_of(core, world, 11, 14)
    actor = Actor(ActorKind.CLIENT, first.client_id, world.id)
    await core.bookings.cancel(actor, first.id)
    telegram = Recorder()
    clock.to(world.at(14, 30))
    await sweep(core, telegram).drain()
    [own] = telegram.of(MessageKind.REMINDER)
    assert [visit.id for visit in own.together] == [second.id]
