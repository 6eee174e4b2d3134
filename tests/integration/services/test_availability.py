"""What is free, as it is asked: ranges, holds of others, a catalogue that changes under way."""

from __future__ import annotations

from datetime import date, timedelta
from socket import socket

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from core.domain.errors import InvalidInput, NotFound, SlotConflict, SlotNotOffered
from core.domain.visit import SlotQuery, VisitItem, from_minutes
from deploy.clock import new_id
from storage.redis.holds import RedisHolds
from tests.support.world import MONDAY, Core, Hands, World, book, make_business

SUNDAY = MONDAY + timedelta(days=6)


async def starts(core: Core, world: World, query: SlotQuery, owner: str | None = None) -> set[str]:
    """The free starts of Monday, as wall clock."""
    [day] = await core.availability.days(world.id, query, MONDAY, MONDAY, owner=owner)
    return {f"{from_minutes(start.start).astimezone(world.zone):%H:%M}" for start in day.starts}


async def test_a_day_and_a_month(core: Core, world: World) -> None:
    days = await core.availability.days("okoshko", world.query(), MONDAY, SUNDAY)
    assert [day.date for day in days] == [MONDAY + timedelta(days=n) for n in range(7)]
    assert days[-1].starts == (), "closed on Sunday"
    assert len(days[1].starts) == 37, "10:00 to 19:00 by the quarter"
    free = await core.availability.month(world.id, world.query(), MONDAY, SUNDAY)
    assert free == {MONDAY + timedelta(days=n) for n in range(6)}


async def test_next_and_nearest(core: Core, world: World) -> None:
    [first, *_] = await core.availability.next(world.id, world.query(), limit=3)
    assert from_minutes(first.start) == world.at(10)
    assert set(first.staff_ids) == {world.anna, world.maria}
    await book(core, world, world.at(15))
    near = await core.availability.nearest(world.id, world.query(staff=world.anna), world.at(15))
    assert {from_minutes(start.start) for start in near} == {world.at(14), world.at(16), world.at(13, 45)}


async def test_next_looks_further_when_the_week_is_full(core: Core, world: World) -> None:
    for offset in range(9):
        await core.admin.create_exception(
            world.owner(),
            world.id,
            {"date": (MONDAY + timedelta(days=offset)).isoformat(), "type": "closed"},
        )
    [first] = await core.availability.next(world.id, world.query(), limit=1)
    assert from_minutes(first.start) == world.at(10, day=MONDAY + timedelta(days=9))


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (MONDAY, MONDAY - timedelta(days=1)),
        (MONDAY, MONDAY + timedelta(days=62)),
        (date(1, 1, 1), date(1, 1, 2)),
        (date(9999, 12, 30), date(9999, 12, 31)),
    ],
)
async def test_ranges_that_are_none(core: Core, world: World, first: date, last: date) -> None:
    with pytest.raises(InvalidInput):
        await core.availability.days(world.id, world.query(), first, last)


async def test_what_is_not_there(core: Core, world: World) -> None:
    elsewhere = await make_business(core.uow, slug="elsewhere")
    for query in (
        world.query(new_id()),
        world.query(elsewhere.manicure),
        world.query(staff=elsewhere.anna),
        SlotQuery(items=(VisitItem(world.manicure),), location_id=elsewhere.location),
        SlotQuery(items=(VisitItem(world.manicure, None, (elsewhere.design,)),)),
    ):
        with pytest.raises(NotFound):
            await core.availability.days(world.id, query, MONDAY, MONDAY)
    with pytest.raises(NotFound):
        await core.availability.next("нет-такого", world.query())
    with pytest.raises(NotFound):
        await core.availability.next(str(new_id()), world.query())


async def test_a_hold_is_seen_by_others_and_not_by_its_owner(core: Core, world: World, clock: Hands) -> None:
    query = world.query(staff=world.anna)
    held = await core.holding.hold(world.id, query, world.at(12), "telegram:1:42")
    assert (held.start, held.end, held.staff_ids) == (world.at(12), world.at(13), (world.anna,))
    assert not {"11:15", "12:00", "12:45"} & await starts(core, world, query)
    assert "12:00" in await starts(core, world, query, "telegram:1:42")
    assert await core.holding.mine(world.id, "telegram:1:42") == held
    with pytest.raises(SlotConflict):
        await core.holding.hold(world.id, query, world.at(12, 30), "telegram:1:43")
    with pytest.raises(SlotConflict):
        await core.bookings.create(world.visitor(), world.wish(world.at(12)))
    clock.on(seconds=181)
    assert "12:00" in await starts(core, world, query)
    assert await core.holding.mine(world.id, "telegram:1:42") is None


async def test_one_owner_has_one_hold(core: Core, world: World) -> None:
    query = world.query(staff=world.anna)
    await core.holding.hold(world.id, query, world.at(12), "me")
    await core.holding.hold(world.id, query, world.at(15), "me")
    assert {"12:00"} <= await starts(core, world, query)
    assert "15:00" not in await starts(core, world, query)
    await core.holding.release(world.id, "me")
    assert "15:00" in await starts(core, world, query)


async def test_the_owner_books_what_they_hold_and_it_is_released(core: Core, world: World) -> None:
    await core.holding.hold(world.id, world.query(staff=world.anna), world.at(12), "me")
    await core.bookings.create(world.visitor(), world.wish(world.at(12), hold_owner="me"))
    assert await core.holding.mine(world.id, "me") is None


async def test_any_master_goes_round_a_hold(core: Core, world: World) -> None:
    first = await core.holding.hold(world.id, world.query(), world.at(12), "me")
    second = await core.holding.hold(world.id, world.query(), world.at(12), "you")
    assert {*first.staff_ids, *second.staff_ids} == {world.anna, world.maria}
    with pytest.raises(SlotConflict):
        await core.holding.hold(world.id, world.query(), world.at(12), "they")


async def test_what_is_not_offered_is_not_held(core: Core, world: World) -> None:
    with pytest.raises(SlotNotOffered):
        await core.holding.hold(world.id, world.query(), world.at(5), "me")
    with pytest.raises(NotFound):
        await core.holding.hold(world.id, world.query(new_id()), world.at(12), "me")


async def test_seats_of_a_group_are_held(core: Core, world: World) -> None:
    yoga = world.query(world.yoga)
    for owner in ("a", "b", "c", "d"):
        held = await core.holding.hold(world.id, yoga, world.at(12), owner)
        assert await core.holding.mine(world.id, owner) == held
    assert "12:00" not in await starts(core, world, yoga)
    with pytest.raises(SlotConflict):
        await core.holding.hold(world.id, yoga, world.at(12), "e")
    await core.holding.release(world.id, "a")
    (day,) = await core.availability.days(world.id, yoga, MONDAY, MONDAY)
    assert [start.seats_left for start in day.starts if from_minutes(start.start) == world.at(12)] == [1]
    for owner in ("e", "b"):
        wish = world.wish(world.at(12), items=yoga.items, hold_owner=owner)
        await core.bookings.create(world.visitor(), wish)
    with pytest.raises(SlotConflict):
        await book(core, world, world.at(12), items=yoga.items, seats=2)


async def test_a_changed_catalogue_is_noticed_at_once(core: Core, world: World) -> None:
    """Another process has its snapshot in memory: the reading of busy time shows that it is old."""
    other = Core(core.uow, core.holds, core.clock)
    assert "10:15" in await starts(other, world, world.query())
    await core.admin.update_business(world.owner(), world.id, {"booking_rules": {"slot_step_minutes": 60}})
    assert "10:15" not in await starts(other, world, world.query())
    with pytest.raises(SlotNotOffered, match="off_grid"):
        await other.bookings.create(world.visitor(), world.wish(world.at(10, 15)))


async def test_yesterdays_snapshot_is_read_anew(core: Core, world: World, clock: Hands) -> None:
    first = await core.catalogues.peek(world.id)
    assert await core.catalogues.peek("okoshko") is first
    assert await core.catalogues.get(str(world.id)) is first
    clock.to(world.at(0, 5, day=MONDAY + timedelta(days=1)))
    assert await core.catalogues.peek(world.id) is not first


async def test_without_redis_booking_goes_on_without_holds(core: Core, world: World) -> None:
    with socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    redis = Redis(host="127.0.0.1", port=port, retry=Retry(NoBackoff(), 0))
    alone = Core(core.uow, RedisHolds(redis), core.clock)
    held = await alone.holding.hold(world.id, world.query(staff=world.anna), world.at(12), "me")
    assert held.expires_at is None, "nothing is promised"
    assert await alone.holding.mine(world.id, "me") is None
    assert "12:00" in await starts(alone, world, world.query(staff=world.anna))
    await alone.bookings.create(world.visitor(), world.wish(world.at(12), hold_owner="me"))
    with pytest.raises(SlotConflict):
        await alone.bookings.create(world.visitor(), world.wish(world.at(12)))
    await redis.aclose()


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "America/New_York", "Australia/Lord_Howe"])
async def test_everything_hangs_on_the_wall_clock_of_the_business(core: Core, zone: str) -> None:
    """peers: lists in UTC; server-local time for slots."""
    world = await make_business(core.uow, slug="far", zone=zone)
    day = MONDAY + timedelta(days=2)
    [found] = await core.availability.days(world.id, world.query(), day, day)
    assert from_minutes(found.starts[0].start) == world.at(10, day=day)
    client, _, booking = await book(core, world, world.at(10, day=day))
    assert f"{booking.local_start:%d %H:%M}" == f"{day.day} 10:00"
    _, visits = await core.team.day(world.owner(), world.id, day)
    assert [visit.id for visit in visits] == [booking.id]
    for other in (day - timedelta(days=1), day + timedelta(days=1)):
        assert (await core.team.day(world.owner(), world.id, other))[1] == ()
    name, _ = await core.bookings.calendar(client, booking.id)
    assert name == f"far-{day.isoformat()}.ics"
