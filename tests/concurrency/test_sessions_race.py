"""A group session that somebody joins while others have its name locked."""

from __future__ import annotations

import asyncio

import pytest

from core.domain.visit import VisitItem
from tests.support.world import Core, World, book

pytestmark = pytest.mark.race


async def test_a_move_into_a_session_waits_for_nobody_who_may_wait_for_its_master(
    core: Core, world: World
) -> None:
    """Who cancels a series locks masters and sessions by their names in one order. A move that leaves a
    session empty has its master already: waiting for another session's name then would be a deadlock.
    """
    yoga = (VisitItem(world.yoga),)
    _, _, standing = await book(core, world, world.at(14), items=yoga)
    client, _, alone = await book(core, world, world.at(11), items=yoga)
    (segment,) = standing.segments
    async with core.uow.begin() as tx:
        await tx.bookings.lock([f"resource:{segment.session_id}"])
        assert await tx.bookings.get(standing.id) == standing
        async with asyncio.timeout(5):
            moved = (await core.bookings.reschedule(client, alone.id, standing.start)).booking
    assert moved.segments[0].session_id == segment.session_id
