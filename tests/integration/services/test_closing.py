"""A closed day on a real database: one message a client, however it is interrupted or raced."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from core.domain.actor import Actor, Role
from core.domain.booking import Booking, BookingSource, BookingStatus
from core.domain.catalog import BookingRules
from core.domain.errors import DomainError, Forbidden, InvalidInput, NotFound, SlotNotOffered
from core.domain.message import MessageKind
from core.domain.schedule import ExceptionType
from core.domain.visit import VisitItem, from_minutes, to_minutes
from tests.support.world import MONDAY, Core, Hands, World, book, join, make_business, meet

TUESDAY = MONDAY + timedelta(days=1)
DAY = {"date": str(TUESDAY), "reason": "Ремонт"}
CANCEL = {**DAY, "action": "cancel"}
OFFER = {**DAY, "action": "offer"}


async def messages(database: str, kind: MessageKind) -> Sequence[dict[str, Any]]:
    """Parameters of the outbox's rows of a kind, with whose they are."""
    connection = await asyncpg.connect(database)
    found = await connection.fetch("SELECT * FROM outbox WHERE kind = $1 ORDER BY id", kind)
    await connection.close()
    return [{**json.loads(row["params"]), "client_id": row["client_id"]} for row in found]


async def visits_of_one(core: Core, world: World, *hours: int) -> tuple[Actor, list[Booking]]:
    """Several visits of one client on Tuesday."""
    client, identity, first = await book(core, world, world.at(hours[0], day=TUESDAY))
    more = [
        await core.bookings.create(
            client,
            replace(
                world.wish(world.at(hour, day=TUESDAY), identity_id=identity.id, client=None),
                source=BookingSource.TELEGRAM,
            ),
        )
        for hour in hours[1:]
    ]
    return client, [first, *more]


async def test_a_dry_run_counts_and_changes_nothing(core: Core, world: World) -> None:
    await visits_of_one(core, world, 11, 13)
    await book(core, world, world.at(15, day=TUESDAY))
    await book(core, world, world.at(15, day=MONDAY))
    seen = await core.closing.close(world.owner(), world.id, {**CANCEL, "dry_run": True})
    assert (seen.visits, seen.clients, seen.cancelled) == (3, 2, 0)
    assert await core.admin.exceptions(world.owner(), world.id) == ()
    await core.bookings.create(world.visitor(), world.wish(world.at(17, day=TUESDAY)))


async def test_all_cancelled_and_each_client_told_once(core: Core, world: World, database: str) -> None:
    client, two = await visits_of_one(core, world, 11, 13)
    other, _, one = await book(core, world, world.at(15, day=TUESDAY))
    anna, _ = await join(core, world, Role.MASTER, world.anna, name="Анна")
    maria, _ = await join(core, world, Role.MASTER, world.maria, name="Мария")
    done = await core.closing.close(world.owner(), world.id, CANCEL)
    assert (done.visits, done.clients, done.cancelled, done.declined) == (3, 2, 3, 0)
    for actor, booking in [(client, two[0]), (client, two[1]), (other, one)]:
        now = await core.bookings.get(actor, booking.id)
        assert (now.status, now.cancel_reason) == (BookingStatus.CANCELLED, "Ремонт")
        assert [entry.event for entry in await core.bookings.timeline(actor, booking.id)] == [
            "create",
            "cancel",
        ]
    told = await messages(database, MessageKind.DAY_CLOSED)
    assert sorted((row["client_id"], len(row["visits"])) for row in told) == sorted(
        [(client.id, 2), (other.id, 1)]
    )
    assert await messages(database, MessageKind.BOOKING_CANCELLED) == []
    assert len(await messages(database, MessageKind.STAFF_DAY_CLOSED)) == 1, "Мария is not concerned"
    with pytest.raises(SlotNotOffered):
        await core.bookings.create(world.visitor(), world.wish(world.at(17, day=TUESDAY)))
    assert {anna.staff_id, maria.staff_id} == {world.anna, world.maria}


async def test_requests_are_declined(core: Core) -> None:
    world = await make_business(core.uow, slug="asking", rules=BookingRules(auto_confirm=False))
    client, _, request = await book(core, world, world.at(12, day=TUESDAY))
    done = await core.closing.close(world.owner(), world.id, CANCEL)
    assert (done.cancelled, done.declined) == (0, 1)
    events = [entry.event for entry in await core.bookings.timeline(client, request.id)]
    assert events == ["create", "decline"]


async def test_other_times_are_offered_and_can_be_taken(core: Core, world: World, database: str) -> None:
    client, two = await visits_of_one(core, world, 11, 13)
    done = await core.closing.close(world.owner(), world.id, OFFER)
    assert (done.visits, done.offered, done.cancelled) == (2, 2, 0)
    (told,) = await messages(database, MessageKind.DAY_CLOSED)
    assert [visit["booking"] for visit in told["visits"]] == [str(booking.id) for booking in two]
    for visit, booking in zip(told["visits"], two, strict=True):
        offers = [from_minutes(minute) for minute in visit["offers"]]
        assert len(offers) == 2
        assert abs(offers[0] - offers[1]) >= timedelta(hours=1)
        assert all(offer.astimezone(world.zone).date() != TUESDAY for offer in offers)
        moved = await core.bookings.accept_offer(client, booking.id, offers[0])
        assert moved.booking.start == offers[0]
        assert moved.booking.status is BookingStatus.CONFIRMED
    assert (await core.closing.close(world.owner(), world.id, {**CANCEL, "dry_run": True})).visits == 0


async def test_a_request_that_takes_an_offer_is_confirmed(core: Core, database: str) -> None:
    world = await make_business(core.uow, slug="asking", rules=BookingRules(auto_confirm=False))
    client, _, request = await book(core, world, world.at(12, day=TUESDAY))
    await core.closing.close(world.owner(), world.id, OFFER)
    (told,) = await messages(database, MessageKind.DAY_CLOSED)
    start = from_minutes(told["visits"][0]["offers"][0])
    moved = await core.bookings.accept_offer(client, request.id, start)
    assert (moved.booking.status, moved.booking.start) == (BookingStatus.CONFIRMED, start)


async def test_asking_again_changes_nothing(core: Core, world: World, database: str) -> None:
    await visits_of_one(core, world, 11, 13)
    for asked in (OFFER, OFFER, CANCEL, CANCEL):
        await core.closing.close(world.owner(), world.id, asked)
    assert len(await core.admin.exceptions(world.owner(), world.id)) == 1
    assert [row["event"] for row in await messages(database, MessageKind.DAY_CLOSED)] == [
        "offer_times",
        "cancel",
    ]


async def test_a_crash_in_the_middle_leaves_nobody_half_told(
    core: Core, world: World, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [await visits_of_one(core, world, hour, hour + 5) for hour in (10, 11, 12)]
    real, calls = core.bookings.close_visits, 0

    async def dies(*args: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise ConnectionError
        return await real(*args)

    monkeypatch.setattr(core.bookings, "close_visits", dies)
    with pytest.raises(ConnectionError):
        await core.closing.close(world.owner(), world.id, CANCEL)
    assert len(await messages(database, MessageKind.DAY_CLOSED)) == 1
    done = await core.closing.close(world.owner(), world.id, CANCEL)
    assert (done.visits, done.clients) == (4, 2), "those who are left"
    told = await messages(database, MessageKind.DAY_CLOSED)
    assert sorted(row["client_id"] for row in told) == sorted(actor.id for actor, _ in people if actor.id)
    assert {len(row["visits"]) for row in told} == {2}


async def test_hours_a_master_and_a_place(core: Core, world: World) -> None:
    _, _, early = await book(core, world, world.at(10, day=TUESDAY))
    _, _, across = await book(core, world, world.at(13, 30, day=TUESDAY))
    _, _, with_maria = await book(
        core, world, world.at(13, 30, day=TUESDAY), items=(VisitItem(world.manicure, world.maria),)
    )
    hours = {**CANCEL, "start_time": "14:00", "end_time": "16:00", "staff_id": str(world.anna)}
    done = await core.closing.close(world.owner(), world.id, hours)
    assert done.cancelled == 1
    owner = world.owner()
    standing = {
        each.id: (await core.bookings.get(owner, each.id)).status for each in (early, across, with_maria)
    }
    assert [status.value for status in standing.values()] == ["confirmed", "cancelled", "confirmed"]
    place = {**CANCEL, "location_id": str(world.location)}
    assert (await core.closing.close(owner, world.id, place)).cancelled == 2


async def test_another_hand_of_the_same_visit_is_not_the_masters(core: Core, world: World) -> None:
    items = (VisitItem(world.manicure, world.anna), VisitItem(world.pedicure, world.maria))
    await book(core, world, world.at(12, day=TUESDAY), items=items)
    afternoon = {**CANCEL, "start_time": "13:00", "end_time": "18:00", "dry_run": True}
    owner = world.owner()
    assert (await core.closing.close(owner, world.id, {**afternoon, "staff_id": str(world.anna)})).visits == 0
    assert (
        await core.closing.close(owner, world.id, {**afternoon, "staff_id": str(world.maria)})
    ).visits == 1


async def test_what_has_begun_is_left_alone(core: Core, world: World, clock: Hands) -> None:
    await book(core, world, world.at(11))
    await book(core, world, world.at(15))
    clock.to(world.at(11, 30))
    done = await core.closing.close(world.owner(), world.id, {**CANCEL, "date": str(MONDAY)})
    assert (done.visits, done.cancelled) == (1, 1)


async def test_a_group_is_told_one_by_one(core: Core, world: World, database: str) -> None:
    for _ in range(3):
        await book(core, world, world.at(12, day=TUESDAY), items=(VisitItem(world.yoga),))
    done = await core.closing.close(world.owner(), world.id, CANCEL)
    assert (done.visits, done.clients, done.cancelled) == (3, 3, 3)
    owner = world.owner()
    assert (
        await core.bookings.sessions(
            owner, world.id, world.at(0), world.at(0, day=TUESDAY + timedelta(days=1))
        )
        == []
    )
    assert len(await messages(database, MessageKind.DAY_CLOSED)) == 3


async def test_raced_with_the_clients_own_moves(core: Core, world: World, database: str) -> None:
    people = [await book(core, world, world.at(hour, day=TUESDAY)) for hour in range(10, 19)]

    async def moves(number: int, actor: Actor, booking: Booking) -> None:
        try:
            if number % 3 == 0:
                await core.bookings.cancel(actor, booking.id)
            else:
                day = TUESDAY + timedelta(days=1 + number % 2)
                await core.bookings.reschedule(actor, booking.id, world.at(10 + number, day=day))
        except DomainError:
            return

    await asyncio.gather(
        *(moves(number, actor, booking) for number, (actor, _, booking) in enumerate(people)),
        core.closing.close(world.owner(), world.id, CANCEL),
        core.closing.close(world.owner(), world.id, CANCEL),
    )
    left = await core.closing.close(world.owner(), world.id, {**CANCEL, "dry_run": True})
    assert left.visits == 0
    told = [row["client_id"] for row in await messages(database, MessageKind.DAY_CLOSED)]
    assert len(told) == len(set(told))
    for actor, _, booking in people:
        now = await core.bookings.get(actor, booking.id)
        by_us = any(
            entry.event == "cancel" and entry.actor_kind == "token"
            for entry in await core.bookings.timeline(actor, booking.id)
        )
        assert by_us == (actor.id in told)
        assert now.status is BookingStatus.CANCELLED or now.local_start.date() != TUESDAY


async def test_who_may_close_and_what_is_no_closure(core: Core, world: World) -> None:
    anna, _ = await join(core, world, Role.MASTER, world.anna, name="Анна")
    elsewhere = await make_business(core.uow, slug="elsewhere")
    with pytest.raises(Forbidden):
        await core.closing.close(anna, world.id, CANCEL)
    with pytest.raises(NotFound):
        await core.closing.close(elsewhere.owner(), world.id, CANCEL)
    for wrong in (
        {**CANCEL, "action": "burn"},
        {**CANCEL, "date": "вчера"},
        {**CANCEL, "start_time": "10:00"},
        {**CANCEL, "staff_id": str(world.room)},
        {**CANCEL, "type": "open_extra", "colour": "red"},
        DAY,
    ):
        with pytest.raises(InvalidInput):
            await core.closing.close(world.owner(), world.id, wrong)
    assert await core.admin.exceptions(world.owner(), world.id) == ()


async def test_the_exception_is_the_one_that_stands(core: Core, world: World) -> None:
    made = await core.admin.create_exception(world.owner(), world.id, {**DAY, "type": "closed"})
    closure = await core.closing.close(world.owner(), world.id, {**CANCEL, "reason": "Другая причина"})
    assert closure.exception.id == made.id
    assert closure.exception.type is ExceptionType.CLOSED


async def test_offers_where_nothing_is_free(core: Core, database: str) -> None:
    world = await make_business(core.uow, slug="short", rules=BookingRules(horizon_days=1))
    client, identity, booking = await book(core, world, world.at(12, day=TUESDAY))
    await core.admin.create_exception(world.owner(), world.id, {"date": str(MONDAY), "type": "closed"})
    done = await core.closing.close(world.owner(), world.id, OFFER)
    assert done.offered == 1
    (told,) = await messages(database, MessageKind.DAY_CLOSED)
    assert told["visits"][0]["offers"] == []
    assert told["visits"][0]["start"] == to_minutes(booking.start)
    assert (await core.bookings.get(client, booking.id)).status is BookingStatus.CONFIRMED
    assert identity.id != (await meet(core)).id
