"""Races for services that several masters do together: all of a crew or nobody."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from core.domain.booking import Booking
from core.domain.errors import SlotConflict
from core.domain.visit import VisitItem
from tests.support.world import MONDAY, Core, World

pytestmark = pytest.mark.race

RACERS = 20

#: Bookings of a crew that don't hold each of its people, and pairs of claims of one person that meet.
UNTRUE = """
SELECT (SELECT count(*) FROM booking_segments s, unnest(s.staff_id || s.assistant_ids) AS one (staff_id)
        WHERE s.active AND NOT EXISTS (
            SELECT FROM claims c
            WHERE c.active AND c.booking_id = s.booking_id AND c.resource_id = one.staff_id
              AND tstzrange(s.start_at, s.end_at) = c.with_before))
     + (SELECT count(*) FROM claims a JOIN claims b USING (resource_id, lane)
        WHERE a.id < b.id AND a.active AND b.active AND a.with_before && b.with_before)
"""


async def hired(core: Core, world: World, *, needed: int, more: int = 0) -> UUID:
    """A service that ``needed`` of Anna, Maria and ``more`` others do together."""
    owner = world.owner()
    others = [
        await core.admin.create_staff(owner, world.id, {"name": f"Мастер {number}", "service_ids": []})
        for number in range(more)
    ]
    service = await core.admin.create_service(
        owner,
        world.id,
        {
            "title": "В четыре руки",
            "duration_minutes": 60,
            "price": 290_000,
            "staff_needed": needed,
            "staff_ids": [str(each) for each in (world.anna, world.maria, *(one.id for one in others))],
        },
    )
    return service.id


async def race(*runners: Any) -> list[Booking]:
    """Those who had it; nobody else met anything but a conflict."""
    ended = await asyncio.gather(*runners, return_exceptions=True)
    assert {type(each) for each in ended} <= {Booking, SlotConflict}, ended
    return [each for each in ended if isinstance(each, Booking)]


async def untrue(database: str) -> int:
    connection = await asyncpg.connect(database)
    found: int = await connection.fetchval(UNTRUE)
    await connection.close()
    return found


async def test_twenty_for_the_last_pair(core: Core, world: World, database: str) -> None:
    service = await hired(core, world, needed=2)
    for day in (1, 2, 3):
        noon = world.at(12, day=MONDAY + timedelta(days=day))
        wish = (VisitItem(service),)
        (made,) = await race(
            *(core.bookings.create(world.visitor(), world.wish(noon, items=wish)) for _ in range(RACERS))
        )
        assert made.staff_ids == {world.anna, world.maria}
    assert await untrue(database) == 0


async def test_twenty_for_one_pair_of_three(core: Core, world: World, database: str) -> None:
    """One master is left over, and nobody has half a crew."""
    service = await hired(core, world, needed=2, more=1)
    for day in (1, 2, 3):
        noon = world.at(12, day=MONDAY + timedelta(days=day))
        wish = (VisitItem(service),)
        made = await race(
            *(core.bookings.create(world.visitor(), world.wish(noon, items=wish)) for _ in range(RACERS))
        )
        assert len(made) == 1
    assert await untrue(database) == 0


async def test_pairs_and_single_masters_for_the_same_hours(core: Core, world: World, database: str) -> None:
    """Starts that overlap, of a pair and of each of them alone: whoever gets it has all they need."""
    service = await hired(core, world, needed=2)
    day = MONDAY + timedelta(days=1)
    wishes = [
        world.wish(world.at(12, minute, day=day), items=(item,))
        for minute in (0, 15, 30, 45)
        for item in (
            VisitItem(service),
            VisitItem(world.manicure, world.anna),
            VisitItem(world.manicure, world.maria),
            VisitItem(world.manicure),
            VisitItem(service, world.maria),
        )
    ]
    made = await race(*(core.bookings.create(world.visitor(), wish) for wish in wishes))
    assert 1 <= len(made) <= 2
    assert sum(len(booking.staff_ids) for booking in made) <= 2
    assert await untrue(database) == 0
