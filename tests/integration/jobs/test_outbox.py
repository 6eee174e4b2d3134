"""The outbox's sweep: each message once, to whom it can be brought, whatever breaks."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from core.domain.actor import Role
from core.domain.catalog import MessageRules
from core.domain.client import Channel
from core.domain.message import MAX_ATTEMPTS, MessageKind, OutgoingMessage
from core.jobs.pace import Limits
from core.ports.channels import Failed, Gone, Rejected, RetryAfter, Unreachable
from core.services.booking import ClientData
from deploy.clock import new_id
from tests.support.senders import Recorder, sweep
from tests.support.world import MONDAY, Core, Hands, World, book, join, make_business, meet

CONFIRMED = MessageKind.BOOKING_CONFIRMED


async def test_a_message_goes_out_once(core: Core, world: World) -> None:
    _, identity, booking = await book(core, world, world.at(12))
    telegram = Recorder()
    outbox = sweep(core, telegram)
    assert await outbox.run_once() == 1
    assert await outbox.drain() == 0
    [delivery] = telegram.given
    assert (delivery.message.kind, delivery.locale) == (CONFIRMED, "ru")
    assert (delivery.identity.id, delivery.booking) == (identity.id, booking)
    assert delivery.client is not None
    assert delivery.client.id == booking.client_id
    assert delivery.catalogue.business.id == world.id


async def test_a_crash_between_claim_and_send(core: Core, world: World, clock: Hands) -> None:
    """The lease of the crashed process runs out, another one sends: once."""
    await book(core, world, world.at(12))
    async with core.uow.begin() as tx:
        taken = await tx.outbox.claim(clock.now(), limit=10, lease_seconds=120)
    assert len(taken) == 1
    telegram = Recorder()
    outbox = sweep(core, telegram)
    assert await outbox.drain() == 0, "still the other one's"
    clock.on(seconds=121)
    assert await outbox.drain() == 1
    assert await outbox.drain() == 0
    assert telegram.kinds() == [CONFIRMED]


async def test_what_did_not_get_through_is_tried_again_later(core: Core, world: World, clock: Hands) -> None:
    await book(core, world, world.at(12))
    telegram = Recorder()
    telegram.answers.extend([Failed("502"), ValueError("a bug of the sender's")])
    outbox = sweep(core, telegram)
    await outbox.drain()
    assert len(telegram.given) == 1, "not at once"
    clock.on(seconds=3)
    await outbox.drain()
    clock.on(seconds=6)
    await outbox.drain()
    await outbox.drain()
    assert telegram.kinds() == [CONFIRMED] * 3


async def test_after_many_failures_it_is_kept_and_can_be_replayed(
    core: Core, world: World, clock: Hands
) -> None:
    await book(core, world, world.at(12) + timedelta(days=30))
    telegram = Recorder()
    telegram.answers.extend([Failed("502")] * 50)
    outbox = sweep(core, telegram)
    for _ in range(MAX_ATTEMPTS + 5):
        await outbox.drain()
        clock.on(minutes=20)
    assert len(telegram.given) == MAX_ATTEMPTS
    message = telegram.given[0].message
    async with core.uow.begin() as tx:
        assert await tx.outbox.replay(message.id, clock.now())
    telegram.answers.clear()
    await outbox.drain()
    assert telegram.given[-1].message.id == message.id


async def test_what_the_messenger_will_never_take_is_not_repeated(
    core: Core, world: World, clock: Hands
) -> None:
    await book(core, world, world.at(12))
    telegram = Recorder()
    telegram.answers.append(Rejected("can't parse entities"))
    for _ in range(3):
        await sweep(core, telegram).drain()
        clock.on(minutes=20)
    assert telegram.kinds() == [CONFIRMED]


async def test_retry_after_is_obeyed_and_is_no_failure(core: Core, world: World, clock: Hands) -> None:
    await book(core, world, world.at(12))
    telegram = Recorder()
    telegram.answers.append(RetryAfter(0.05))
    outbox = sweep(core, telegram)
    await outbox.run_once()
    async with core.uow.read() as tx:
        due = await tx.outbox.next_due()
    assert due == clock.now() + timedelta(seconds=0.05)
    clock.on(seconds=1)
    assert await outbox.drain() == 1
    assert telegram.kinds() == [CONFIRMED] * 2


async def test_a_client_who_blocked_us_is_written_elsewhere(core: Core, world: World) -> None:
    """peers: VK-only clients forgotten; blocked clients retried each minute for ever."""
    who = ClientData("Ольга", "+79001112233", phone_verified=True)
    for channel, hour in ((Channel.VK, 11), (Channel.TELEGRAM, 14)):
        identity = await meet(core, "Ольга", channel)
        await core.bookings.create(
            world.visitor(), world.wish(world.at(hour), client=who, identity_id=identity.id)
        )
        core.clock.on(minutes=1)  # type: ignore[attr-defined]  # the test's clock
    telegram, vk = Recorder(), Recorder(Channel.VK)
    telegram.answers.extend([Unreachable("bot was blocked by the user")] * 5)
    await sweep(core, telegram, vk, concurrency=1).drain()
    assert len(telegram.given) == 1, "asked once"
    assert vk.kinds() == [CONFIRMED, CONFIRMED]


async def test_messages_on_their_way_when_a_block_shows_all_arrive_elsewhere(
    core: Core, world: World, clock: Hands
) -> None:
    """Both ask the closed messenger before either has noted it; what comes later does not."""
    who = ClientData("Ольга", "+79001112233", phone_verified=True)
    identities = [await meet(core, "Ольга", channel) for channel in (Channel.VK, Channel.TELEGRAM)]
    wishes = [
        world.wish(world.at(hour), client=who, identity_id=identity.id)
        for hour, identity in zip((11, 14, 16), (*identities, identities[0]), strict=True)
    ]
    for wish in wishes[:2]:
        await core.bookings.create(world.visitor(), wish)
    clock.on(minutes=1)
    await core.clients.see(identities[1])
    telegram, vk = Recorder(), Recorder(Channel.VK)
    telegram.answers.extend([Unreachable("bot was blocked by the user")] * 5)
    telegram.gate = asyncio.Barrier(2)
    outbox = sweep(core, telegram, vk)
    await outbox.drain()
    assert len(telegram.given) == 2
    assert vk.kinds() == [CONFIRMED, CONFIRMED]
    telegram.gate = None
    await core.bookings.create(world.visitor(), wishes[2])
    await outbox.drain()
    assert len(telegram.given) == 2, "it is known by now"
    assert vk.kinds() == [CONFIRMED] * 3


async def test_a_client_out_of_reach_is_the_masters_business(core: Core, world: World, clock: Hands) -> None:
    master, _ = await join(core, world, Role.MASTER, world.anna)
    _, identity, _ = await book(core, world, world.at(12) + timedelta(days=2))
    telegram = Recorder()
    await sweep(core, telegram).drain()
    telegram.given.clear()
    clock.to(world.at(12) + timedelta(days=1))
    telegram.answers.append(Unreachable("blocked"))
    outbox = sweep(core, telegram)
    await outbox.drain()
    assert telegram.kinds() == [MessageKind.REMINDER, MessageKind.STAFF_UNREACHABLE]
    told = telegram.given[1]
    assert told.member is not None
    assert told.member.id == master.id
    assert told.message.params["kind"] == MessageKind.REMINDER
    telegram.given.clear()
    clock.to(world.at(10) + timedelta(days=2))
    for _ in range(5):
        await outbox.drain()
        clock.on(minutes=1)
    assert telegram.given == [], "known to be blocked: not tried, and the master was told"
    await core.clients.see(identity)
    assert (await core.clients.see(identity)).reachable


async def test_who_was_never_in_a_messenger_is_nobodys_trouble(core: Core, world: World) -> None:
    await join(core, world, Role.MASTER, world.anna)
    await core.bookings.create(world.owner(), world.wish(world.at(12)))
    telegram = Recorder()
    await sweep(core, telegram).drain()
    assert telegram.kinds() == [MessageKind.STAFF_NEW_BOOKING]


async def test_a_member_hears_in_each_of_their_messengers(core: Core, world: World) -> None:
    actor, identity = await join(core, world, Role.MASTER, world.anna)
    start = await core.team.create_invite(world.owner(), world.id, role=Role.MASTER, staff_id=world.anna)
    other = await meet(core, "Анна", Channel.VK)
    assert (await core.team.accept_invite(start, other.id)).id == actor.id
    client, _, booking = await book(core, world, world.at(12))
    telegram, vk = Recorder(), Recorder(Channel.VK)
    outbox = sweep(core, telegram, vk)
    await outbox.drain()
    assert len(telegram.of(MessageKind.STAFF_NEW_BOOKING)) == 1
    assert len(vk.of(MessageKind.STAFF_NEW_BOOKING)) == 1
    await core.bookings.cancel(client, booking.id)
    await outbox.drain()
    assert len(telegram.of(MessageKind.CARD_UPDATE)) == 1
    assert len(vk.of(MessageKind.CARD_UPDATE)) == 1
    assert identity.channel is Channel.TELEGRAM


async def test_a_card_that_is_on_its_way_is_edited_after_it(core: Core, world: World, clock: Hands) -> None:
    await join(core, world, Role.MASTER, world.anna)
    client, _, booking = await book(core, world, world.at(12))
    async with core.uow.begin() as tx:
        taken = await tx.outbox.claim(clock.now(), limit=10, lease_seconds=120)
    assert MessageKind.STAFF_NEW_BOOKING in {each.message.kind for each in taken}
    await core.bookings.will_come(client, booking.id)
    telegram = Recorder()
    outbox = sweep(core, telegram)
    await outbox.drain()
    assert MessageKind.CARD_UPDATE not in telegram.kinds()
    clock.on(seconds=121)
    await outbox.drain()
    clock.on(seconds=3)
    await outbox.drain()
    kinds = telegram.kinds()
    assert kinds.index(MessageKind.STAFF_NEW_BOOKING) < kinds.index(MessageKind.CARD_UPDATE)


async def test_a_card_that_was_deleted_is_let_go(core: Core, world: World) -> None:
    await join(core, world, Role.MASTER, world.anna)
    client, _, booking = await book(core, world, world.at(12))
    telegram = Recorder()
    outbox = sweep(core, telegram)
    await outbox.drain()
    await core.bookings.will_come(client, booking.id)
    telegram.answers.append(lambda delivery: Gone() if delivery.edit_only else telegram._sent(delivery))
    await outbox.drain()
    before = len(telegram.given)
    await outbox.drain()
    assert len(telegram.given) == before


async def test_an_urgent_message_overtakes_the_reminders(core: Core, clock: Hands) -> None:
    world = await make_business(core.uow, slug="busy", messages=MessageRules(reminders_minutes=(1440,)))
    for hour in (11, 12, 13, 14):
        await book(core, world, world.at(hour) + timedelta(days=2))
    telegram = Recorder()
    await sweep(core, telegram).drain()
    telegram.given.clear()
    clock.to(world.at(14) + timedelta(days=1))
    await book(core, world, world.at(18) + timedelta(days=2))
    await sweep(core, telegram, concurrency=1).drain()
    assert telegram.kinds() == [CONFIRMED, *[MessageKind.REMINDER] * 4]


async def test_a_late_reminder_does_not_come_after_its_use(core: Core, world: World, clock: Hands) -> None:
    await book(core, world, world.at(15) + timedelta(days=2))
    telegram = Recorder()
    await sweep(core, telegram).drain()
    telegram.given.clear()
    clock.to(world.at(14, 55) + timedelta(days=2))
    await sweep(core, telegram).drain()
    assert telegram.given == []


async def test_a_late_reminder_does_not_wake_anybody(core: Core, world: World, clock: Hands) -> None:
    await book(core, world, world.at(18) + timedelta(days=2))
    telegram = Recorder()
    await sweep(core, telegram).drain()
    telegram.given.clear()
    clock.to(world.at(23, 30) + timedelta(days=1))
    await sweep(core, telegram).drain()
    assert telegram.given == []
    clock.to(world.at(8) + timedelta(days=2))
    await sweep(core, telegram).drain()
    assert telegram.kinds() == [MessageKind.REMINDER]


async def test_one_chat_is_not_flooded(core: Core, world: World) -> None:
    await join(core, world, name="Елена")
    for hour in (11, 12, 13, 14):
        await core.bookings.create(world.owner(), world.wish(world.at(hour)))
    telegram = Recorder()
    limits = {Channel.TELEGRAM: Limits(1000, chat_per_second=1.0, chat_burst=2, margin=0)}
    outbox = sweep(core, telegram, limits=limits)
    taken = await outbox.run_once()
    assert taken >= 4
    assert len(telegram.of(MessageKind.STAFF_NEW_BOOKING)) == 3, (
        "two at once, one after a second, one put back"
    )


async def test_eight_workers_send_a_hundred_reminders_once_each(core: Core, clock: Hands) -> None:
    world = await make_business(core.uow, slug="many", messages=MessageRules(reminders_minutes=(120,)))
    days = [MONDAY + timedelta(days=n) for n in range(1, 13) if (MONDAY + timedelta(days=n)).weekday() < 6]
    places = [
        (day, hour, staff) for day in days for hour in range(10, 17) for staff in (world.anna, world.maria)
    ]
    for day, hour, staff in places[:100]:
        await book(core, world, world.at(hour, day=day), items=world.query(staff=staff).items)
    telegram = Recorder()
    await sweep(core, telegram).drain()
    telegram.given.clear()
    for day in days:
        for hour in range(8, 15):
            clock.to(world.at(hour, day=day))
            await asyncio.gather(*(sweep(core, telegram, concurrency=6).drain() for _ in range(8)))
    assert set(telegram.kinds()) == {MessageKind.REMINDER}
    ids = [delivery.message.id for delivery in telegram.given]
    assert len(ids) == len(set(ids)) == 100


async def test_a_hundred_due_at_once_are_shared_by_eight_workers(core: Core, world: World) -> None:
    """All in one sweep's time: SKIP LOCKED deals them out."""
    start = world.at(12, day=MONDAY + timedelta(days=5))
    _, _, booking = await book(core, world, start)
    async with core.uow.begin() as tx:
        await tx.outbox.drop_for_booking(booking.id, set(MessageKind))
        await tx.outbox.add(
            [
                OutgoingMessage(
                    id=new_id(),
                    business_id=world.id,
                    kind=MessageKind.REMINDER,
                    dedup_key=f"again:{number}",
                    due_at=core.clock.now(),
                    client_id=booking.client_id,
                    booking_id=booking.id,
                    params={"start": int(start.timestamp()) // 60, "minutes": 120},
                )
                for number in range(100)
            ]
        )
    telegram = Recorder()
    counts = await asyncio.gather(*(sweep(core, telegram, concurrency=5).drain() for _ in range(8)))
    assert sum(counts) == 100
    assert len({delivery.message.id for delivery in telegram.given}) == len(telegram.given) == 100
    assert sum(1 for count in counts if count) > 1


async def test_a_stopped_sweep_finishes_what_it_has(core: Core, world: World) -> None:
    await book(core, world, world.at(12))
    telegram = Recorder()
    telegram.gate = asyncio.Event()
    outbox = sweep(core, telegram)
    running = asyncio.create_task(outbox.drain())
    await telegram.begun.wait()
    outbox.stop()
    telegram.gate.set()
    assert await running == 1
    assert await sweep(core, Recorder()).drain() == 0
