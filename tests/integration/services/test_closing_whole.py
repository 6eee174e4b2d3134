"""Closures that are cut off, hindered or long: everybody is told exactly once all the same."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest

from core.domain.actor import Actor, Role, Scope
from core.domain.booking import Booking, BookingSource, BookingStatus
from core.domain.catalog import BookingRules
from core.domain.client import Identity
from core.domain.closure import MAX_DAYS
from core.domain.errors import Forbidden, InvalidInput, NotFound, TryAgain
from core.domain.message import MessageKind
from core.domain.visit import VisitItem
from core.jobs.closures import ClosureSweep
from core.services.closing import LEASE
from tests.support.world import MONDAY, Core, Hands, World, book, join, make_business

TUESDAY = MONDAY + timedelta(days=1)
DAY = {"date": str(TUESDAY), "reason": "Ремонт"}
CANCEL = {**DAY, "action": "cancel"}
OFFER = {**DAY, "action": "offer"}
BOTH = pytest.mark.parametrize("asked", [CANCEL, OFFER], ids=["cancel", "offer"])

Row = dict[str, Any]


async def rows(database: str, kind: MessageKind) -> Sequence[Row]:
    """The outbox's rows of a kind: parameters, whose they are, how they stand."""
    connection = await asyncpg.connect(database)
    found = await connection.fetch("SELECT * FROM outbox WHERE kind = $1 ORDER BY id", kind)
    await connection.close()
    return [{**json.loads(row["params"]), **dict(row)} for row in found]


async def told(database: str) -> list[Any]:
    """Clients who were told of a closed day, once for each time."""
    return sorted(row["client_id"] for row in await rows(database, MessageKind.DAY_CLOSED))


async def one_more(core: Core, world: World, who: tuple[Actor, Identity], at: datetime) -> Booking:
    """Another visit of somebody who has booked."""
    client, identity = who
    wish = world.wish(at, identity_id=identity.id, client=None)
    return await core.bookings.create(client, replace(wish, source=BookingSource.TELEGRAM))


def anew(core: Core) -> tuple[Core, ClosureSweep]:
    """Another process on the same database."""
    other = Core(core.uow, core.holds, core.clock)
    return other, ClosureSweep(other.uow, other.closing, other.clock)


def dying(core: Core, monkeypatch: pytest.MonkeyPatch, error: BaseException, at: int = 2) -> None:
    """The process dies when it comes to the client number ``at``."""
    real, calls = core.bookings.close_visits, 0

    async def dies(*args: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == at:
            raise error
        return await real(*args)

    monkeypatch.setattr(core.bookings, "close_visits", dies)


# --- cut off


@BOTH
async def test_one_that_was_cut_off_is_carried_on(  # noqa: PLR0917 - fixtures
    core: Core, world: World, clock: Hands, database: str, monkeypatch: pytest.MonkeyPatch, asked: Row
) -> None:
    people = [(await book(core, world, world.at(hour, day=TUESDAY)))[0] for hour in (10, 12, 14)]
    await join(core, world, Role.MASTER, world.anna, name="Анна")
    dying(core, monkeypatch, asyncio.CancelledError())
    with pytest.raises(asyncio.CancelledError):
        await core.closing.close(world.owner("Вера"), world.id, asked)
    assert len(await told(database)) == 1
    _, sweep = anew(core)
    assert await sweep.run_once() == 0, "whoever works on it is left alone"
    clock.on(seconds=LEASE.total_seconds() + 1)
    assert await sweep.run_once() == 1
    assert await told(database) == sorted(actor.id for actor in people if actor.id)
    assert len(await rows(database, MessageKind.STAFF_DAY_CLOSED)) == 1
    by = {row["actor_name"] for row in await rows(database, MessageKind.DAY_CLOSED)}
    assert by == {"Вера"}, "on behalf of who asked for it"
    clock.on(hours=1)
    assert await sweep.run_once() == 0
    assert len(await told(database)) == 3


async def test_two_that_carry_on_at_once_tell_everybody_once(
    core: Core, world: World, clock: Hands, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [(await book(core, world, world.at(hour, day=TUESDAY)))[0] for hour in range(10, 16)]
    dying(core, monkeypatch, ConnectionError())
    with pytest.raises(ConnectionError):
        await core.closing.close(world.owner(), world.id, OFFER)
    clock.on(hours=1)
    other, sweep = anew(core)
    _, another = anew(core)
    await asyncio.gather(
        sweep.run_once(), another.run_once(), other.closing.close(world.owner(), world.id, OFFER)
    )
    assert await told(database) == sorted(actor.id for actor in people if actor.id)


async def test_what_was_taken_back_is_not_carried_on(
    core: Core, world: World, clock: Hands, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [await book(core, world, world.at(hour, day=TUESDAY)) for hour in (10, 12)]
    dying(core, monkeypatch, ConnectionError())
    with pytest.raises(ConnectionError):
        await core.closing.close(world.owner(), world.id, CANCEL)
    (exception,) = await core.admin.exceptions(world.owner(), world.id)
    await core.admin.delete_exception(world.owner(), exception.id)
    clock.on(hours=1)
    _, sweep = anew(core)
    assert await sweep.run_once() == 1
    clock.on(hours=1)
    assert await sweep.run_once() == 0
    assert len(await told(database)) == 1
    actor, _, last = people[1]
    assert (await core.bookings.get(actor, last.id)).status is BookingStatus.CONFIRMED


async def test_another_decision_about_the_same_day_overtakes(
    core: Core, world: World, clock: Hands, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [await book(core, world, world.at(hour, day=TUESDAY)) for hour in (10, 12)]
    dying(core, monkeypatch, ConnectionError(), at=1)
    with pytest.raises(ConnectionError):
        await core.closing.close(world.owner(), world.id, CANCEL)
    assert (await core.closing.close(world.owner(), world.id, OFFER)).offered == 2
    clock.on(hours=1)
    _, sweep = anew(core)
    assert await sweep.run_once() == 0
    for actor, _, booking in people:
        assert (await core.bookings.get(actor, booking.id)).status is BookingStatus.CONFIRMED


async def test_who_can_not_be_dealt_with_now_is_later(
    core: Core, world: World, clock: Hands, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [(await book(core, world, world.at(hour, day=TUESDAY)))[0] for hour in (10, 12, 14)]
    dying(core, monkeypatch, TryAgain())
    done = await core.closing.close(world.owner(), world.id, CANCEL)
    assert (done.visits, done.cancelled, done.told, done.unfinished) == (3, 2, 2, 1)
    _, sweep = anew(core)
    clock.on(hours=1)
    assert await sweep.run_once() == 1
    assert await told(database) == sorted(actor.id for actor in people if actor.id)


# --- other times


async def test_a_visit_that_can_not_be_placed_holds_nobody_up(
    core: Core, world: World, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [await book(core, world, world.at(hour, day=TUESDAY)) for hour in (10, 12, 14)]
    hindered = people[1][2]
    real = core.availability.nearest

    async def nearest(business: Any, query: Any, *args: Any, **more: Any) -> Any:
        if query.ignore_booking == hindered.id:
            raise NotFound(what="addon")
        return await real(business, query, *args, **more)

    monkeypatch.setattr(core.availability, "nearest", nearest)
    done = await core.closing.close(world.owner(), world.id, OFFER)
    assert (done.visits, done.offered, done.without_times, done.unfinished) == (3, 3, 1, 0)
    offers = {
        row["booking_id"]: row["visits"][0]["offers"] for row in await rows(database, MessageKind.DAY_CLOSED)
    }
    assert [bool(offers[booking.id]) for _, _, booking in people] == [True, False, True]
    assert await anew(core)[1].run_once() == 0


async def offered(database: str) -> list[set[int]]:
    """The starts of each message."""
    return [
        {start for visit in row["visits"] for start in visit["offers"]}
        for row in await rows(database, MessageKind.DAY_CLOSED)
    ]


async def test_nobody_is_offered_what_another_was(
    core: Core, world: World, clock: Hands, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for hour in range(10, 18):
        await book(core, world, world.at(hour, day=TUESDAY))
    dying(core, monkeypatch, ConnectionError(), at=4)
    with pytest.raises(ConnectionError):
        await core.closing.close(world.owner(), world.id, OFFER)
    clock.on(minutes=5)
    await anew(core)[1].run_once()
    starts = await offered(database)
    assert [len(each) for each in starts] == [3] * 8
    every = sorted(start for each in starts for start in each)
    assert all(later - earlier >= 60 for earlier, later in itertools.pairwise(every)), every


async def test_a_short_supply_is_offered_again(core: Core, database: str) -> None:
    world = await make_business(core.uow, slug="short", rules=BookingRules(horizon_days=2))
    for hour in (10, 12, 14):
        await book(core, world, world.at(hour, day=TUESDAY))
    closed = {"type": "closed", "date": str(MONDAY)}
    await core.admin.create_exception(world.owner(), world.id, closed)
    wednesday = {"type": "open_custom", "date": str(TUESDAY + timedelta(days=1))}
    hours = {"start_time": "10:00", "end_time": "12:00"}
    await core.admin.create_exception(world.owner(), world.id, {**wednesday, **hours})
    done = await core.closing.close(world.owner(), world.id, OFFER)
    assert (done.offered, done.without_times) == (3, 0)
    first, second, third = await offered(database)
    assert first
    assert first == second == third


async def test_a_group_with_seats_is_offered_to_several(core: Core, world: World, database: str) -> None:
    for _ in range(4):
        await book(core, world, world.at(12, day=TUESDAY), items=(VisitItem(world.yoga),))
    await core.closing.close(world.owner(), world.id, OFFER)
    first, *others = await offered(database)
    assert len(first) == 3
    assert all(each == first for each in others), "four places, four of them"


# --- what was still to be said


async def test_nobody_is_expected_on_a_closed_day(core: Core, world: World, database: str) -> None:
    client, identity, first = await book(core, world, world.at(12, day=TUESDAY))
    other = await one_more(core, world, (client, identity), world.at(12, day=TUESDAY + timedelta(days=2)))
    await core.closing.close(world.owner(), world.id, OFFER)
    for kind in (MessageKind.REMINDER, MessageKind.BOOKING_CONFIRMED):
        found = await rows(database, kind)
        assert {row["status"] for row in found if row["booking_id"] == first.id} == {"dropped"}
        assert {row["status"] for row in found if row["booking_id"] == other.id} == {"queued"}


async def waiting(database: str) -> list[str]:
    """What the messages about closed days that are still to go out tell of."""
    found = await rows(database, MessageKind.DAY_CLOSED)
    return [row["event"] for row in found if row["status"] == "queued"]


async def test_an_offer_that_waits_for_the_morning_gives_way(
    core: Core, world: World, clock: Hands, database: str
) -> None:
    await book(core, world, world.at(12, day=TUESDAY + timedelta(days=1)))
    clock.to(world.at(23, day=MONDAY))
    wednesday = {"date": str(TUESDAY + timedelta(days=1))}
    await core.closing.close(world.owner(), world.id, {**wednesday, "action": "offer"})
    assert await waiting(database) == ["offer_times"]
    await core.closing.close(world.owner(), world.id, {**wednesday, "action": "cancel"})
    assert await waiting(database) == ["cancel"]


async def test_but_not_while_it_tells_of_another_visit(
    core: Core, world: World, clock: Hands, database: str
) -> None:
    client, identity, _ = await book(core, world, world.at(12, day=TUESDAY + timedelta(days=1)))
    await one_more(core, world, (client, identity), world.at(12, day=TUESDAY + timedelta(days=2)))
    clock.to(world.at(23, day=MONDAY))
    leave = {"date": str(TUESDAY + timedelta(days=1)), "date_until": str(TUESDAY + timedelta(days=2))}
    await core.closing.close(world.owner(), world.id, {**leave, "action": "offer"})
    await core.closing.close(world.owner(), world.id, {"date": leave["date"], "action": "cancel"})
    assert await waiting(database) == ["offer_times", "cancel"]


# --- several days


async def test_a_leave_is_one_closure_and_one_message_a_client(
    core: Core, world: World, database: str
) -> None:
    leave = {"date": str(TUESDAY), "date_until": str(TUESDAY + timedelta(days=2)), "action": "offer"}
    client, identity, first = await book(core, world, world.at(12, day=TUESDAY))
    last = await one_more(core, world, (client, identity), world.at(15, day=TUESDAY + timedelta(days=2)))
    beyond = await one_more(core, world, (client, identity), world.at(15, day=TUESDAY + timedelta(days=3)))
    other, _, single = await book(core, world, world.at(13, day=TUESDAY + timedelta(days=1)))
    await join(core, world, Role.MASTER, world.anna, name="Анна")
    seen = await core.closing.close(world.owner(), world.id, {**leave, "dry_run": True})
    assert (seen.visits, seen.clients, len(seen.exceptions)) == (3, 2, 3)
    done = await core.closing.close(world.owner(), world.id, leave)
    assert (done.visits, done.clients, done.offered, done.told) == (3, 2, 3, 2)
    stand = await core.admin.exceptions(world.owner(), world.id)
    assert [each.date for each in stand] == [TUESDAY + timedelta(days=number) for number in range(3)]
    assert [each.id for each in done.exceptions] == [each.id for each in stand]
    by_client = {row["client_id"]: row for row in await rows(database, MessageKind.DAY_CLOSED)}
    both, one = by_client[client.id], by_client[other.id]
    assert [visit["booking"] for visit in both["visits"]] == [str(first.id), str(last.id)]
    assert all(len(visit["offers"]) == 2 for visit in both["visits"])
    assert (both["date"], both["until"]) == (str(TUESDAY), str(TUESDAY + timedelta(days=2)))
    assert (one["date"], "until" in one) == (str(TUESDAY + timedelta(days=1)), False)
    assert [visit["booking"] for visit in one["visits"]] == [str(single.id)]
    (card,) = await rows(database, MessageKind.STAFF_DAY_CLOSED)
    assert (card["date"], card["until"]) == (leave["date"], leave["date_until"])
    assert (await core.bookings.get(client, beyond.id)).version == beyond.version
    again = await core.closing.close(world.owner(), world.id, leave)
    assert (again.offered, len(await core.admin.exceptions(world.owner(), world.id))) == (0, 3)


async def test_how_long_a_closure_may_be(core: Core, world: World) -> None:
    for last, issue in ((MONDAY, "before_from"), (TUESDAY + timedelta(days=MAX_DAYS), "too_long")):
        with pytest.raises(InvalidInput) as met:
            await core.closing.close(world.owner(), world.id, {**CANCEL, "date_until": str(last)})
        assert (met.value.field, met.value.issue) == ("date_until", issue)
    assert await core.admin.exceptions(world.owner(), world.id) == ()
    longest = {**CANCEL, "date_until": str(TUESDAY + timedelta(days=MAX_DAYS - 1))}
    assert len((await core.closing.close(world.owner(), world.id, longest)).exceptions) == MAX_DAYS


# --- who may


async def test_a_master_closes_the_own_chair(core: Core, world: World) -> None:
    anna, _ = await join(core, world, Role.MASTER, world.anna, name="Анна")
    client, _, hers = await book(core, world, world.at(12, day=TUESDAY))
    _, _, marias = await book(
        core, world, world.at(12, day=TUESDAY), items=(VisitItem(world.manicure, world.maria),)
    )
    for whose in ({}, {"staff_id": str(world.maria)}, {"location_id": str(world.location)}):
        for dry_run in (True, False):
            with pytest.raises(Forbidden):
                await core.closing.close(anna, world.id, {**CANCEL, **whose, "dry_run": dry_run})
    assert await core.admin.exceptions(world.owner(), world.id) == ()
    done = await core.closing.close(anna, world.id, {**CANCEL, "staff_id": str(world.anna)})
    assert done.cancelled == 1
    assert (await core.bookings.get(client, hers.id)).status is BookingStatus.CANCELLED
    assert (await core.bookings.get(world.owner(), marias.id)).status is BookingStatus.CONFIRMED


async def test_a_masters_closure_is_carried_on(
    core: Core, world: World, clock: Hands, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, _ = await join(core, world, Role.MASTER, world.anna, name="Анна")
    for hour in (10, 12):
        await book(core, world, world.at(hour, day=TUESDAY))
    dying(core, monkeypatch, ConnectionError())
    with pytest.raises(ConnectionError):
        await core.closing.close(anna, world.id, {**OFFER, "staff_id": str(world.anna)})
    clock.on(hours=1)
    await anew(core)[1].run_once()
    assert len(await told(database)) == 2


async def test_nothing_is_written_by_whom_bookings_are_not_for(core: Core, world: World) -> None:
    catalogue_only = replace(world.owner(), scopes=frozenset({Scope.CATALOGUE_WRITE}))
    with pytest.raises(Forbidden):
        await core.closing.close(catalogue_only, world.id, CANCEL)
    assert await core.admin.exceptions(world.owner(), world.id) == ()
