"""A storm over five masters: everything that people do to a calendar, at random and at once.

Eight seconds in the suite; ``OKOSHKO_STORM_SECONDS`` makes it longer. Afterwards one query finds no overlap,
every acknowledged booking is there as it was acknowledged, and PostgreSQL counted no deadlock.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg
import pytest
from redis.asyncio import Redis

from core.domain.actor import Actor
from core.domain.booking import OCCUPIES, OPEN, Booking, BookingStatus
from core.domain.catalog import BookingRules
from core.domain.errors import DomainError, SlotConflict, TryAgain
from core.domain.recurrence import SeriesPlan
from core.domain.visit import VisitItem
from core.jobs.expiry import ExpirySweep
from core.ports.repositories import CataloguePart
from storage.database import Database
from storage.redis.holds import RedisHolds
from storage.unit_of_work import PgUnitOfWork
from tests.support.world import MONDAY, Core, Hands, World, book, make_business

pytestmark = pytest.mark.race

SECONDS: Final = float(os.environ.get("OKOSHKO_STORM_SECONDS", "8"))
PEOPLE: Final = 16
DAYS: Final = 4
RACERS: Final = 50

#: Pairs of active claims of one lane that are too near to each other, whoever holds them, and seats beyond a
#: session's capacity.
OVERLAPS: Final = """
SELECT (SELECT count(*) FROM claims a JOIN claims b USING (resource_id, lane)
        WHERE a.id < b.id AND a.active AND b.active
          AND (a.with_before && b.with_before OR a.with_after && b.with_after)
          AND coalesce(a.booking_id, a.session_id) <> coalesce(b.booking_id, b.session_id))
     + (SELECT count(*) FROM sessions s JOIN claims c ON c.resource_id = s.id
        WHERE c.active AND (NOT s.active OR c.lane >= s.capacity))
"""
#: Bookings that hold less or more than their status says.
UNTRUE: Final = """
SELECT count(*) FROM bookings b
WHERE (b.status = ANY($1)) <> EXISTS (SELECT FROM claims c WHERE c.booking_id = b.id AND c.active)
   OR b.status = ANY($1) AND EXISTS (
        SELECT FROM booking_segments s WHERE s.booking_id = b.id AND NOT EXISTS (
            SELECT FROM claims c WHERE c.active AND c.resource_id = coalesce(s.session_id, s.staff_id)
              AND c.booking_id = b.id AND tstzrange(s.start_at, s.end_at) && c.with_before))
"""
DEADLOCKS: Final = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"


@pytest.fixture
async def core(database: str, redis_url: str) -> AsyncIterator[Core]:
    connected = await Database.connect(database, max_size=20)
    redis = Redis.from_url(redis_url)
    yield Core(PgUnitOfWork(connected), RedisHolds(redis), Hands())
    await redis.aclose()
    await connected.close()


async def ask(database: str, sql: str, *args: object) -> int:
    """One number."""
    connection = await asyncpg.connect(database)
    await connection.execute("SELECT pg_stat_force_next_flush()")
    found: int = await connection.fetchval(sql, *args)
    await connection.close()
    return found


async def five_masters(core: Core) -> World:
    """«Окошко» with three more masters, a second room, and massages that are asked for."""
    rules = BookingRules(max_active_per_client=None, max_reschedules=None, pending_minutes=5)
    world = await make_business(
        core.uow, rules=rules, services={"pedicure": {"buffer_after": 15}, "manicure": {"buffer_before": 10}}
    )
    owner = world.owner()
    room = await core.admin.create_part(owner, world.id, CataloguePart.ROOM, {"title": "Второй"})
    changes = {"room_ids": [str(world.room), str(room.id)], "booking_rules": {"auto_confirm": False}}
    await core.admin.update_service(owner, world.massage, changes)
    everything = [str(each) for each in (world.manicure, world.pedicure, world.massage)]
    for name in ("Вера", "Нина", "Ольга"):
        await core.admin.create_staff(owner, world.id, {"name": name, "service_ids": everything})
    return world


@dataclass
class Storm:
    """What is done, and what has been acknowledged: the newest version of each booking that anybody saw."""

    core: Core
    world: World
    chance: random.Random
    clients: dict[UUID, Actor] = field(default_factory=dict)
    seen: dict[UUID, Booking] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)

    def saw(self, *bookings: Booking) -> None:
        """Acknowledged."""
        for booking in bookings:
            known = self.seen.get(booking.id)
            if known is None or known.version < booking.version:
                self.seen[booking.id] = booking

    def start(self) -> datetime:
        """Some quarter of an hour of the next days."""
        day = MONDAY + timedelta(days=self.chance.randrange(1, 1 + DAYS))
        return self.world.at(self.chance.randrange(10, 19), self.chance.choice((0, 15, 30, 45)), day=day)

    async def any_one(self) -> tuple[Actor, Booking]:
        """A client with a booking of theirs, one that still stands where there is such."""
        standing = [each for each in self.seen.values() if each.status in OPEN]
        known = self.chance.choice(standing or list(self.seen.values()))
        known = await self.core.bookings.get(self.world.owner(), known.id)
        self.saw(known)
        return self.clients[known.client_id], known

    def items(self) -> tuple[VisitItem, ...]:
        """One or two services."""
        world, chance = self.world, self.chance
        if chance.random() < 0.2:
            return (VisitItem(world.yoga),)
        staff = chance.choice((None, None, world.anna, world.maria))
        services = (world.manicure, world.pedicure, world.massage)
        return tuple(VisitItem(chance.choice(services), staff) for _ in range(chance.choice((1, 1, 2))))

    # --- what people do

    async def creates(self) -> None:
        """A client books."""
        client, _, booking = await book(self.core, self.world, self.start(), items=self.items(), seats=1)
        self.clients[booking.client_id] = client
        self.saw(booking)

    async def repeats(self) -> None:
        """A client repeats a visit, as far as it can be."""
        client, booking = await self.any_one()
        plan = SeriesPlan(1, self.chance.randrange(2, 4))
        series = await self.core.bookings.repeat(client, booking.id, plan)
        self.saw(*series.bookings)

    async def moves(self) -> None:
        """A client moves."""
        client, booking = await self.any_one()
        staff = self.chance.choice((None, None, self.world.anna, self.world.maria))
        self.saw((await self.core.bookings.reschedule(client, booking.id, self.start(), staff)).booking)

    async def cancels(self) -> None:
        """A client cancels one, or the rest of a series."""
        client, booking = await self.any_one()
        if booking.series_id is not None:
            self.saw(*(await self.core.bookings.cancel_rest(client, booking.id)).changed)
        else:
            self.saw((await self.core.bookings.cancel(client, booking.id)).booking)

    async def decides(self) -> None:
        """The owner answers a request."""
        waiting = [each for each in self.seen.values() if each.status is BookingStatus.PENDING]
        if not waiting:
            return
        booking, owner = self.chance.choice(waiting), self.world.owner()
        if self.chance.random() < 0.7:
            self.saw((await self.core.bookings.confirm(owner, booking.id)).booking)
        else:
            self.saw((await self.core.bookings.decline(owner, booking.id)).booking)

    async def expires(self) -> None:
        """Time goes by, and what nobody answered is freed."""
        assert isinstance(self.core.clock, Hands)
        self.core.clock.on(seconds=20)
        await ExpirySweep(self.core.uow, self.core.bookings, self.core.clock).run_once()

    async def closes(self) -> None:
        """The owner closes some hours of a master's day, or everybody's, and opens them again later."""
        hour = self.chance.randrange(10, 18)
        data: dict[str, object] = {
            "date": str(MONDAY + timedelta(days=self.chance.randrange(1, 1 + DAYS))),
            "start_time": f"{hour}:00",
            "end_time": f"{hour + 2}:00",
            "action": self.chance.choice(("cancel", "offer")),
        }
        if self.chance.random() < 0.7:
            data["staff_id"] = str(self.chance.choice((self.world.anna, self.world.maria)))
        owner = self.world.owner()
        closure = await self.core.closing.close(owner, self.world.id, data)
        await asyncio.sleep(self.chance.random() * 0.2)
        await self.core.admin.delete_exception(owner, closure.exception.id)

    async def act(self) -> None:
        """One of them; what the rules or other people forbid is no fault."""
        deeds: list[tuple[Callable[[], Awaitable[None]], int]] = [(self.creates, 45)]
        if self.seen:
            deeds += [
                (self.moves, 22),
                (self.cancels, 12),
                (self.decides, 10),
                (self.repeats, 4),
                (self.expires, 5),
                (self.closes, 1),
            ]
        (deed,) = self.chance.choices([each for each, _ in deeds], [weight for _, weight in deeds])
        try:
            await deed()
        except DomainError as error:
            self.done[f"{deed.__name__}: {error.code}"] += 1
        else:
            self.done[deed.__name__] += 1


async def test_a_storm_over_five_masters(core: Core, database: str, caplog: pytest.LogCaptureFixture) -> None:
    world = await five_masters(core)
    storm = Storm(core, world, random.Random(20261124))
    until = time.monotonic() + SECONDS

    async def person() -> None:
        while time.monotonic() < until:
            await storm.act()

    await asyncio.gather(*(person() for _ in range(PEOPLE)))

    retried = Counter(getattr(record, "error", "") for record in caplog.records)
    print(dict(sorted(storm.done.items())), dict(retried))
    assert not retried["DeadlockDetectedError"]
    assert await ask(database, OVERLAPS) == 0
    assert await ask(database, UNTRUE, sorted(OCCUPIES)) == 0
    assert await ask(database, DEADLOCKS) == 0
    owner = world.owner()
    for booking_id, acknowledged in storm.seen.items():
        stored = await core.bookings.get(owner, booking_id)
        history = await core.bookings.timeline(owner, booking_id)
        assert stored.version >= acknowledged.version
        assert history[0].event == "create"
        # Taking an offer is told as two things: the move, and the confirmation.
        assert len(history) >= stored.version, "every change left its entry"
        if stored.version == acknowledged.version:
            assert (stored.start, stored.status) == (acknowledged.start, acknowledged.status)
    # Only a catalogue that is being changed over and over asks somebody to come again.
    again = sum(count for deed, count in storm.done.items() if deed.endswith(TryAgain.code))
    assert again <= sum(storm.done.values()) / 100
    for deed in ("creates", "moves", "cancels", "decides", "expires", "closes", "repeats"):
        assert storm.done[deed], f"{deed}: never came to anything"
    assert sum(each.status in OCCUPIES for each in storm.seen.values()) > 5


# --- the last places


async def race(core: Core, world: World, items: tuple[VisitItem, ...], start: datetime) -> list[Booking]:
    """Fifty for what is left; those who had it."""
    ended: list[Any] = await asyncio.gather(
        *(core.bookings.create(world.visitor(), world.wish(start, items=items)) for _ in range(RACERS)),
        return_exceptions=True,
    )
    assert {type(each) for each in ended} <= {Booking, SlotConflict}
    return [each for each in ended if isinstance(each, Booking)]


async def test_fifty_for_the_last_seat(core: Core, database: str) -> None:
    world = await five_masters(core)
    yoga = (VisitItem(world.yoga),)
    for day in range(1, 4):
        noon = world.at(12, day=MONDAY + timedelta(days=day))
        first = await core.bookings.create(world.visitor(), world.wish(noon, items=yoga, seats=3))
        (last,) = await race(core, world, yoga, noon)
        assert last.segments[0].session_id == first.segments[0].session_id
    assert await ask(database, OVERLAPS) == 0
    assert await ask(database, DEADLOCKS) == 0


async def test_fifty_for_the_last_of_two_rooms(core: Core, database: str) -> None:
    world = await five_masters(core)
    massage = (VisitItem(world.massage),)
    for day in range(1, 4):
        noon = world.at(12, day=MONDAY + timedelta(days=day))
        first = await core.bookings.create(world.visitor(), world.wish(noon, items=massage))
        (last,) = await race(core, world, massage, noon)
        taken = [booking.segments[0].room_ids for booking in (first, last)]
        assert len(set(taken)) == 2
        assert all(len(rooms) == 1 for rooms in taken)
        assert len(await race(core, world, massage, noon)) == 0
    assert await ask(database, OVERLAPS) == 0
    assert await ask(database, DEADLOCKS) == 0


async def test_two_requests_for_one_time_are_not_both_confirmed(core: Core, database: str) -> None:
    """The second one can't even be made while the first waits; once it has expired, one at most wins, and
    the place is whoever's it is, or free.
    """
    world = await five_masters(core)
    assert isinstance(core.clock, Hands)
    noon, owner = world.at(12, day=MONDAY + timedelta(days=1)), world.owner()
    massage = (VisitItem(world.massage, world.anna),)
    (first,) = await race(core, world, massage, noon)
    assert first.status is BookingStatus.PENDING
    core.clock.on(minutes=6)
    acts = [core.bookings.expire(first.id), *(core.bookings.confirm(owner, first.id) for _ in range(5))]
    wishes = [world.wish(noon, items=massage) for _ in range(10)]
    ended: list[Any] = await asyncio.gather(
        *acts,
        *(core.bookings.create(world.visitor(), wish) for wish in wishes),
        return_exceptions=True,
    )
    assert not [each for each in ended if isinstance(each, Exception) and not isinstance(each, DomainError)]
    made = [each for each in ended if isinstance(each, Booking)]
    await asyncio.gather(*(core.bookings.confirm(owner, each.id) for each in made), return_exceptions=True)
    stored = [await core.bookings.get(owner, each.id) for each in (first, *made)]
    confirmed = sum(each.status is BookingStatus.CONFIRMED for each in stored)
    assert confirmed <= 1
    late = await race(core, world, massage, noon)
    assert len(late) == 1 - confirmed
    assert await ask(database, OVERLAPS) == 0
    assert await ask(database, DEADLOCKS) == 0
