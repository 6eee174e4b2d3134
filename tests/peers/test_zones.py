"""Elsewhere lists are in UTC, "now" is the server's and "+3 hours" is in the SQL."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from core.domain.visit import from_minutes
from tests.support.dialog import City
from tests.support.world import MONDAY, Core, World, book, join, make_business


@pytest.fixture(params=["Pacific/Kiritimati", "America/Los_Angeles", "Asia/Kathmandu"])
def elsewhere(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The server stands in another part of the world."""
    zone = str(request.param)
    with monkeypatch.context() as patch:
        patch.setitem(os.environ, "TZ", zone)
        time.tzset()
        yield zone
    time.tzset()


@pytest.fixture
async def far_database(database: str, elsewhere: str) -> str:
    """A database whose sessions have the server's zone."""
    connection = await asyncpg.connect(database)
    await connection.execute(f"ALTER DATABASE {urlsplit(database).path[1:]} SET timezone TO '{elsewhere}'")
    await connection.close()
    return database


async def test_the_offer_and_the_days_list_are_the_business_s(
    far_database: str, core: Core, world: World
) -> None:
    [day] = await core.availability.days(world.id, world.query(staff=world.anna), MONDAY, MONDAY)
    moscow = ZoneInfo("Europe/Moscow")
    times = [from_minutes(start.start).astimezone(moscow) for start in day.starts]
    assert (f"{times[0]:%d %H:%M}", f"{times[-1]:%d %H:%M}") == ("23 10:00", "23 19:00")

    _, _, late = await book(core, world, world.at(19))
    _, _, early = await book(core, world, world.at(10))
    owner, _ = await join(core, world)
    _, visits = await core.team.day(owner, world.id, MONDAY)
    assert [visit.id for visit in visits] == [early.id, late.id]
    assert [f"{visit.local_start:%H:%M}" for visit in visits] == ["10:00", "19:00"]


async def test_what_people_read_is_the_business_s_wall_clock(elsewhere: str, city: City) -> None:
    world = await make_business(city.uow)
    olga = city.person()
    await olga.start()
    for label in ("Записаться", "Маникюр", "Анна", "Завтра 10:00"):
        await olga.presses(label)
    await olga.shares("79001234567")
    assert "Завтра, вт 24 ноября, 10:00–11:00" in olga.text
    await olga.presses("Согласиться")
    [booking] = city.state.bookings.values()
    assert booking.start == world.at(10, day=MONDAY.replace(day=24))
    due = [message.due_at for message in city.state.outbox.values() if message.kind == "reminder"]
    assert booking.start - max(due) == booking.start - world.at(8, day=MONDAY.replace(day=24))
