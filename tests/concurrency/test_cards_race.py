"""A client's card that two write at once."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from core.domain.client import Channel
from storage.database import Database
from tests.support.waiting import somebody_waits
from tests.support.world import Core, World, book

pytestmark = pytest.mark.race


async def test_what_a_client_prefers_takes_nothing_back(
    core: Core, world: World, connected: Database
) -> None:
    """A booking has just written another name."""
    actor, identity, booking = await book(core, world, world.at(12))
    async with core.uow.begin() as tx:
        await tx.bookings.lock([f"client:{booking.client_id}"])
        card = await tx.clients.get(booking.client_id)
        assert card is not None
        await tx.clients.save(replace(card, name="Ольга Петрова"))
        under_way = asyncio.create_task(core.clients.prefer(actor, Channel.TELEGRAM))
        await somebody_waits(connected)
    assert (await under_way).name == "Ольга Петрова"
    kept = await core.clients.find(world.id, identity.id)
    assert kept is not None
    assert (kept.name, kept.preferred_channel) == ("Ольга Петрова", Channel.TELEGRAM)
