"""Reading bookings: lists, own ones, the calendar file, the next request."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.domain.actor import Actor, ActorKind, Role
from core.domain.booking import BookingStatus
from core.domain.catalog import BookingRules
from core.domain.errors import Forbidden, InvalidInput, NotFound
from core.ports.repositories import BookingFilter
from deploy.clock import new_id
from tests.support.world import Core, Hands, World, book, make_business


def master(world: World) -> Actor:
    return Actor(ActorKind.MEMBER, new_id(), world.id, Role.MASTER, world.anna)


async def test_pages_and_filters(core: Core, world: World) -> None:
    ids = [(await book(core, world, world.at(hour)))[2].id for hour in (11, 12, 13, 14, 15)]
    _, _, other = await book(core, world, world.at(12), items=world.query(staff=world.maria).items)
    owner = world.owner()
    found, cursor = [], None
    for _ in range(10):
        page = await core.bookings.list(owner, "okoshko", limit=2, cursor=cursor)
        found += [booking.id for booking in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert sorted(found) == sorted([*ids, other.id])
    assert found[0] == ids[0]
    marias = await core.bookings.list(owner, world.id, BookingFilter(staff_id=world.maria))
    assert [booking.id for booking in marias.items] == [other.id]
    midday = BookingFilter(start_from=world.at(12), start_until=world.at(14))
    assert len((await core.bookings.list(owner, world.id, midday)).items) == 3
    nothing = BookingFilter(statuses=frozenset({BookingStatus.CANCELLED}))
    assert (await core.bookings.list(owner, world.id, nothing)).items == []


async def test_who_may_list(core: Core, world: World) -> None:
    client, _, own = await book(core, world, world.at(12))
    await book(core, world, world.at(12), items=world.query(staff=world.maria).items)
    page = await core.bookings.list(master(world), world.id)
    assert [booking.id for booking in page.items] == [own.id]
    with pytest.raises(Forbidden):
        await core.bookings.list(master(world), world.id, BookingFilter(staff_id=world.maria))
    with pytest.raises(Forbidden):
        await core.bookings.list(client, world.id)
    with pytest.raises(NotFound):
        await core.bookings.list(world.visitor(), world.id)
    with pytest.raises(NotFound):
        await core.bookings.list(Actor(ActorKind.TOKEN, new_id(), new_id(), Role.OWNER), world.id)
    with pytest.raises(InvalidInput):
        await core.bookings.list(world.owner(), world.id, limit=0)
    with pytest.raises(InvalidInput):
        await core.bookings.list(world.owner(), world.id, cursor="чепуха")


async def test_a_clients_own_coming_and_past(core: Core, world: World, clock: Hands) -> None:
    client, identity, first = await book(core, world, world.at(12))
    wish = world.wish(world.at(15), identity_id=identity.id, client=None, consent=False)
    second = await core.bookings.create(client, wish)
    assert [b.id for b in await core.bookings.coming(client)] == [first.id, second.id]
    clock.to(world.at(14))
    assert [b.id for b in await core.bookings.coming(client)] == [second.id]
    assert [b.id for b in await core.bookings.past(client)] == [first.id]
    assert await core.bookings.coming(world.visitor()) == ()
    assert await core.bookings.past(world.visitor()) == ()


async def test_clients_do_not_learn_who_of_the_staff_did_what(core: Core, world: World) -> None:
    client, _, booking = await book(core, world, world.at(12))
    await core.bookings.cancel(world.owner("Елена"), booking.id)
    shown = await core.bookings.timeline(client, booking.id)
    assert [entry.actor_name for entry in shown] == ["Ольга", ""]
    inside = await core.bookings.timeline(world.owner(), booking.id)
    assert [entry.actor_name for entry in inside] == ["Ольга", "Елена"]


async def test_the_next_request(core: Core) -> None:
    world = await make_business(core.uow, slug="asking", rules=BookingRules(auto_confirm=False))
    _, _, late = await book(core, world, world.at(15))
    _, _, early = await book(core, world, world.at(12))
    marias = world.query(staff=world.maria).items
    _, _, other = await book(core, world, world.at(11), items=marias)
    owner = world.owner()
    first = await core.bookings.next_pending(owner, world.id)
    assert first is not None
    assert first.id == other.id
    own = await core.bookings.next_pending(master(world), world.id)
    assert own is not None
    assert own.id == early.id
    await core.bookings.confirm(owner, early.id)
    await core.bookings.decline(owner, late.id)
    assert await core.bookings.next_pending(master(world), world.id) is None
    with pytest.raises(NotFound):
        await core.bookings.next_pending(world.visitor(), world.id)


async def test_the_calendar_file(core: Core, world: World) -> None:
    client, _, booking = await book(core, world, world.at(12))
    name, content = await core.bookings.calendar(client, booking.id)
    assert name == "okoshko-2026-11-23.ics"
    text = content.decode()
    assert "DTSTART:20261123T090000Z\r\n" in text
    assert "SEQUENCE:1\r\n" in text
    assert "Тверская\\, 12" in text.replace("\r\n ", "")
    await core.bookings.cancel(client, booking.id)
    _, cancelled = await core.bookings.calendar(client, booking.id)
    assert b"STATUS:CANCELLED\r\n" in cancelled


async def test_a_price_of_its_day(core: Core, world: World) -> None:
    client, _, booking = await book(core, world, world.at(12))
    change = {"title": "Маникюр люкс", "price": 999_00, "duration_minutes": 90}
    await core.admin.update_service(world.owner(), world.manicure, change)
    kept = await core.bookings.get(client, booking.id)
    assert (kept.total.minor, kept.segments[0].service_title, kept.duration) == (150_000, "Маникюр", 60)
    moved = await core.bookings.reschedule(client, booking.id, world.at(12) + timedelta(hours=3))
    assert moved.booking.total.minor == 150_000
    assert moved.booking.segments[0].service_title == "Маникюр"
