"""What people do to a calendar, at random, and what they were told of it."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from core.domain.actor import Actor
from core.domain.booking import OPEN, Booking, BookingStatus
from core.domain.catalog import BookingRules
from core.domain.errors import DomainError
from core.domain.recurrence import SeriesPlan
from core.domain.visit import SlotQuery, VisitItem
from core.jobs.expiry import ExpirySweep
from core.ports.repositories import CataloguePart
from tests.support.world import MONDAY, Core, Hands, World, book, make_business

DAYS: Final = 4


async def five_masters(core: Core) -> World:
    """«Окошко» with three more masters, a second room, massages that are asked for, and pedicures that two do
    together.
    """
    rules = BookingRules(max_active_per_client=None, max_reschedules=None, pending_minutes=5)
    world = await make_business(
        core.uow,
        rules=rules,
        services={"pedicure": {"buffer_after": 15, "staff_needed": 2}, "manicure": {"buffer_before": 10}},
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
    """What is done in these processes, whose clock goes on by ``tick`` seconds now and then, and what has
    been acknowledged: the newest version of each booking that anybody saw.
    """

    cores: Sequence[Core]
    world: World
    chance: random.Random
    tick: float
    clients: dict[UUID, Actor] = field(default_factory=dict)
    seen: dict[UUID, Booking] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)

    @property
    def core(self) -> Core:
        """The process that somebody comes to."""
        return self.chance.choice(self.cores)

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

    async def holds(self) -> None:
        """Somebody keeps a start, and books it in another process, gives it up or lets it lapse."""
        items, start, owner = self.items(), self.start(), f"page:{self.chance.getrandbits(64):x}"
        await self.core.holding.hold(self.world.id, SlotQuery(items), start, owner)
        await asyncio.sleep(self.chance.random() * 0.05)
        dice = self.chance.random()
        if dice < 0.6:
            client, _, booking = await book(self.core, self.world, start, items=items, hold_owner=owner)
            self.clients[booking.client_id] = client
            self.saw(booking)
        elif dice < 0.8:
            await self.core.holding.release(self.world.id, owner)

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

    async def offers(self) -> None:
        """The owner offers another time, and the client takes it."""
        client, booking = await self.any_one()
        start = self.start()
        self.saw(await self.core.bookings.offer_times(self.world.owner(), booking.id, [start]))
        await asyncio.sleep(self.chance.random() * 0.05)
        self.saw((await self.core.bookings.accept_offer(client, booking.id, start)).booking)

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
        """Time goes by, and what nobody answered is freed, by every process that comes to it."""
        core = self.core
        assert isinstance(core.clock, Hands)
        core.clock.on(seconds=self.tick)
        await ExpirySweep(core.uow, core.bookings, core.clock).run_once()

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
        deeds: list[tuple[Callable[[], Awaitable[None]], int]] = [(self.creates, 40), (self.holds, 8)]
        if self.seen:
            deeds += [
                (self.moves, 20),
                (self.cancels, 12),
                (self.decides, 10),
                (self.offers, 3),
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
