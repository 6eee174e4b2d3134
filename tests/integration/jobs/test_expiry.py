"""Requests that nobody took give up their time, and both sides hear of it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from core.domain.actor import Role
from core.domain.booking import BookingStatus
from core.domain.catalog import BookingRules
from core.domain.errors import TransitionRefused
from core.domain.message import MessageKind
from core.jobs.cleanup import InboxCleanup
from core.jobs.expiry import ExpirySweep
from core.ports.repositories import InboxEvent
from tests.support.senders import Recorder, sweep
from tests.support.world import Core, Hands, World, book, join, make_business


@pytest.fixture
async def asking(core: Core) -> World:
    return await make_business(
        core.uow, slug="asking", rules=BookingRules(auto_confirm=False, pending_minutes=60)
    )


def expiry(core: Core) -> ExpirySweep:
    return ExpirySweep(core.uow, core.bookings, core.clock)


async def test_an_hour_later_it_is_gone(core: Core, asking: World, clock: Hands) -> None:
    await join(core, asking, Role.MASTER, asking.anna)
    client, _, booking = await book(core, asking, asking.at(15))
    telegram = Recorder()
    await sweep(core, telegram).drain()
    telegram.given.clear()
    clock.on(minutes=59)
    assert await expiry(core).run_once() == 0
    with pytest.raises(TransitionRefused):
        await core.bookings.expire(booking.id)
    clock.on(minutes=1)
    assert await expiry(core).run_once() == 1
    assert await expiry(core).run_once() == 0
    expired = await core.bookings.get(client, booking.id)
    assert (expired.status, expired.expires_at) == (BookingStatus.EXPIRED, None)
    await sweep(core, telegram).drain()
    assert telegram.to_clients() == [MessageKind.BOOKING_EXPIRED]
    [told] = telegram.of(MessageKind.STAFF_BOOKING_CANCELLED)
    assert told.message.params["event"] == "expire"
    assert len(telegram.of(MessageKind.CARD_UPDATE)) == 1
    await book(core, asking, asking.at(15))


async def test_what_was_decided_in_time_stays(core: Core, asking: World, clock: Hands) -> None:
    client, _, booking = await book(core, asking, asking.at(15))
    await core.bookings.confirm(asking.owner(), booking.id)
    clock.on(hours=2)
    assert await expiry(core).run_once() == 0
    assert (await core.bookings.get(client, booking.id)).status is BookingStatus.CONFIRMED


async def test_four_sweeps_at_once_expire_each_once(core: Core, asking: World, clock: Hands) -> None:
    for hour in (11, 12, 13, 14, 15):
        await book(core, asking, asking.at(hour))
    clock.on(hours=1)
    counts = await asyncio.gather(*(expiry(core).run_once() for _ in range(4)))
    assert sum(counts) == 5
    telegram = Recorder()
    await sweep(core, telegram).drain()
    assert telegram.to_clients().count(MessageKind.BOOKING_EXPIRED) == 5


async def test_done_events_are_forgotten_after_a_week(core: Core, clock: Hands) -> None:
    event = InboxEvent("telegram:1", "1000", "telegram:1:7", {"update_id": 1000})
    async with core.uow.begin() as tx:
        assert await tx.inbox.put([event], clock.now()) == [event]
        await tx.inbox.done("telegram:1", ["1000"], clock.now())
    cleanup = InboxCleanup(core.uow, clock)
    clock.on(days=6)
    assert await cleanup.run_once() == 0
    clock.on(days=2)
    assert await cleanup.run_once() == 1
    async with core.uow.begin() as tx:
        assert await tx.inbox.put([event], clock.now() + timedelta(0)) == [event]
