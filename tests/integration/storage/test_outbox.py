"""The outbox: queued once, taken by one, sent, put back, given up."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from core.domain.booking import Booking
from core.domain.client import Channel, Client
from core.domain.message import MessageKind, OutgoingMessage, Priority
from core.ports.repositories import Backlog, ClaimedMessage, SentCopy
from deploy.clock import new_id
from storage.unit_of_work import PgUnitOfWork
from tests.support.visits import add, visit
from tests.support.world import Core, Hands, World, join

COPY = SentCopy(Channel.TELEGRAM, "7", "100", "5001")


@pytest.fixture
async def booking(uow: PgUnitOfWork, world: World, client: Client) -> Booking:
    """What the messages are about."""
    return await add(uow, visit(world, client, world.at(12)))


def message(booking: Booking, due: datetime, **changes: object) -> OutgoingMessage:
    made = OutgoingMessage(
        id=new_id(),
        business_id=booking.business_id,
        kind=MessageKind.REMINDER,
        dedup_key=str(new_id()),
        due_at=due,
        client_id=booking.client_id,
        booking_id=booking.id,
        params={"minutes": 120, "reason": "«ё»", "starts": [1, 2]},
        priority=Priority.OPS,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # names are checked by the dataclass


async def queue(uow: PgUnitOfWork, *messages: OutgoingMessage) -> None:
    async with uow.begin() as tx:
        await tx.outbox.add(messages)


async def claim(uow: PgUnitOfWork, now: datetime, limit: int = 50) -> Sequence[ClaimedMessage]:
    async with uow.begin() as tx:
        return await tx.outbox.claim(now, limit=limit, lease_seconds=60)


async def standing(uow: PgUnitOfWork, message_id: UUID) -> str:
    async with uow.read() as tx:
        status: str = await tx.connection.fetchval("SELECT status FROM outbox WHERE id = $1", message_id)
    return status


async def test_what_is_taken_is_what_was_queued(uow: PgUnitOfWork, booking: Booking, clock: Hands) -> None:
    queued = message(booking, clock.now(), not_after=clock.now() + timedelta(hours=1))
    await queue(uow, queued)
    assert await claim(uow, clock.now()) == [ClaimedMessage(queued, 1, None)]


async def test_a_cause_repeated_is_one_message(uow: PgUnitOfWork, booking: Booking, clock: Hands) -> None:
    first = message(booking, clock.now(), dedup_key="created:1")
    await queue(uow, first, message(booking, clock.now(), dedup_key="created:1"))
    await queue(uow, message(booking, clock.now(), dedup_key="created:1"))
    await queue(uow)
    assert [each.message for each in await claim(uow, clock.now())] == [first]


async def test_two_causes_of_the_same_messages_do_not_wait_crosswise(
    uow: PgUnitOfWork, booking: Booking, clock: Hands
) -> None:
    keys = [f"key:{number}" for number in range(30)]

    async def cause(order: int) -> None:
        await queue(uow, *(message(booking, clock.now(), dedup_key=key) for key in keys[::order]))

    await asyncio.gather(*(cause(order) for order in (1, -1) * 8))
    assert len(await claim(uow, clock.now())) == 30


async def test_nothing_goes_out_early(uow: PgUnitOfWork, booking: Booking, clock: Hands) -> None:
    due = clock.now() + timedelta(hours=1)
    await queue(uow, message(booking, due))
    async with uow.read() as tx:
        assert await tx.outbox.next_due() == due
    assert await claim(uow, due - timedelta(seconds=1)) == []
    assert len(await claim(uow, due)) == 1


async def test_the_urgent_first_then_the_oldest(uow: PgUnitOfWork, booking: Booking, clock: Hands) -> None:
    now = clock.now()
    mass = message(booking, now - timedelta(hours=2), priority=Priority.HEAVY)
    late, early = message(booking, now), message(booking, now - timedelta(hours=1))
    answer = message(booking, now, priority=Priority.CRITICAL)
    await queue(uow, mass, late, early, answer)
    assert [each.message for each in await claim(uow, now, limit=3)] == [answer, early, late]
    assert [each.message for each in await claim(uow, now)] == [mass]


async def test_eight_workers_share_the_work(uow: PgUnitOfWork, booking: Booking, clock: Hands) -> None:
    queued = [message(booking, clock.now()) for _ in range(200)]
    await queue(uow, *queued)

    async def worker() -> list[UUID]:
        taken = []
        while batch := await claim(uow, clock.now(), limit=7):
            taken += [each.message.id for each in batch]
        return taken

    taken = await asyncio.gather(*(worker() for _ in range(8)))
    assert sorted(id_ for each in taken for id_ in each) == sorted(each.id for each in queued)


async def test_what_a_crash_left_behind_is_taken_again(
    uow: PgUnitOfWork, booking: Booking, clock: Hands
) -> None:
    await queue(uow, message(booking, clock.now()))
    await claim(uow, clock.now())
    clock.on(seconds=59)
    assert await claim(uow, clock.now()) == []
    clock.on(seconds=1)
    assert [each.attempts for each in await claim(uow, clock.now())] == [2]


async def test_what_was_sent_is_not_sent_again(uow: PgUnitOfWork, booking: Booking, clock: Hands) -> None:
    queued = message(booking, clock.now())
    await queue(uow, queued)
    await claim(uow, clock.now())
    async with uow.begin() as tx:
        await tx.outbox.mark_sent(queued.id, COPY, clock.now())
        assert await tx.outbox.next_due() is None
    clock.on(days=30)
    assert await claim(uow, clock.now()) == []


async def test_an_edit_knows_where_what_it_edits_went(
    uow: PgUnitOfWork, booking: Booking, clock: Hands
) -> None:
    card = message(booking, clock.now(), priority=Priority.CRITICAL)
    edit = message(booking, clock.now(), kind=MessageKind.CARD_UPDATE, edit_of=card.id)
    await queue(uow, card, edit)
    assert [each.edit_target for each in await claim(uow, clock.now())] == [None, None]
    async with uow.begin() as tx:
        await tx.outbox.mark_sent(card.id, COPY, clock.now())
        await tx.outbox.postpone(edit.id, clock.now(), clock.now())
    assert [each.edit_target for each in await claim(uow, clock.now())] == [COPY]


async def test_putting_back_is_no_failure_and_keeps_when_it_was_due(
    uow: PgUnitOfWork, booking: Booking, clock: Hands
) -> None:
    """How late a message is can be told however often it was put back."""
    queued = message(booking, clock.now())
    await queue(uow, queued)
    for _ in range(3):
        assert await claim(uow, clock.now()) == [ClaimedMessage(queued, 1, None)]
        clock.on(seconds=5)
        async with uow.begin() as tx:
            await tx.outbox.postpone(queued.id, clock.now(), clock.now())


async def test_a_failure_is_tried_again_and_given_up_in_the_end(
    uow: PgUnitOfWork, booking: Booking, clock: Hands
) -> None:
    queued = message(booking, clock.now())
    await queue(uow, queued)
    await claim(uow, clock.now())
    again = clock.now() + timedelta(seconds=10)
    async with uow.begin() as tx:
        await tx.outbox.mark_failed(queued.id, "timeout", again, clock.now())
    assert await claim(uow, again - timedelta(seconds=1)) == []
    assert [each.attempts for each in await claim(uow, again)] == [2]
    async with uow.begin() as tx:
        await tx.outbox.mark_failed(queued.id, "x" * 9000, None, again)
        assert await tx.outbox.backlog(again) == Backlog(0, 0.0, 1)
    assert await claim(uow, again + timedelta(days=1)) == []
    async with uow.begin() as tx:
        assert await tx.outbox.replay(queued.id, again)
        assert not await tx.outbox.replay(queued.id, again)
    assert [each.attempts for each in await claim(uow, again)] == [1]


async def test_what_lost_its_sense_stays_dropped(uow: PgUnitOfWork, booking: Booking, clock: Hands) -> None:
    """Also when it was on its way, and failed."""
    reminder = message(booking, clock.now())
    created = message(booking, clock.now(), kind=MessageKind.BOOKING_CREATED)
    await queue(uow, reminder, created)
    await claim(uow, clock.now())
    async with uow.begin() as tx:
        await tx.outbox.drop_for_booking(booking.id, {MessageKind.REMINDER})
        await tx.outbox.mark_failed(reminder.id, "timeout", clock.now(), clock.now())
        await tx.outbox.postpone(reminder.id, clock.now(), clock.now())
        await tx.outbox.mark_dropped(created.id, "late", clock.now())
    assert await standing(uow, reminder.id) == await standing(uow, created.id) == "dropped"
    clock.on(hours=1)
    assert await claim(uow, clock.now()) == []


async def test_what_went_out_though_it_was_dropped_is_sent(
    uow: PgUnitOfWork, booking: Booking, clock: Hands
) -> None:
    queued = message(booking, clock.now())
    await queue(uow, queued)
    async with uow.begin() as tx:
        await tx.outbox.drop_for_booking(booking.id, {MessageKind.REMINDER})
        await tx.outbox.mark_sent(queued.id, COPY, clock.now())
    assert await standing(uow, queued.id) == "sent"


async def test_the_cards_that_stay_true(
    uow: PgUnitOfWork, world: World, booking: Booking, clock: Hands, core: Core
) -> None:
    actor, _identity = await join(core, world, name="Елена")
    to_member = {"client_id": None, "member_id": actor.id, "kind": MessageKind.STAFF_NEW_BOOKING}
    sent, waiting, dropped = (message(booking, clock.now(), **to_member) for _ in range(3))
    await queue(uow, sent, waiting, dropped, message(booking, clock.now()))
    async with uow.begin() as tx:
        await tx.outbox.mark_sent(sent.id, COPY, clock.now())
        await tx.outbox.mark_dropped(dropped.id, "gone", clock.now())
        cards = await tx.outbox.sent_cards(booking.id, {MessageKind.STAFF_NEW_BOOKING, MessageKind.REMINDER})
    assert cards == [sent, waiting]


async def test_how_it_stands(uow: PgUnitOfWork, booking: Booking, clock: Hands) -> None:
    now = clock.now()
    async with uow.read() as tx:
        assert await tx.outbox.backlog(now) == Backlog(0, 0.0, 0)
    await queue(
        uow,
        message(booking, now - timedelta(minutes=3)),
        message(booking, now),
        message(booking, now + timedelta(1)),
    )
    async with uow.read() as tx:
        assert await tx.outbox.backlog(now) == Backlog(2, 180.0, 0)


async def test_a_message_has_one_reader(uow: PgUnitOfWork, booking: Booking, clock: Hands) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="ck_outbox_reader"):
        await queue(uow, message(booking, clock.now(), client_id=None))
