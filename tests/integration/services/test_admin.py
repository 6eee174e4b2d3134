"""The owner's work on the catalogue: what it writes, what it refuses, whom it lets in."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import date, timedelta

import pytest

from core.domain.actor import Actor, ActorKind, Role
from core.domain.catalog import AnyStaffChoice
from core.domain.errors import Forbidden, InvalidInput, NotFound
from core.domain.schedule import Cycle, ExceptionType, Parity, WorkingRule
from core.domain.visit import from_minutes
from core.services.catalog_hours import exception_json, schedule_json
from deploy.clock import new_id
from tests.support.world import MONDAY, Core, World, book, make_business


async def walls(core: Core, world: World, staff: object, day: date = MONDAY) -> list[str]:
    query = world.query(staff=staff)  # type: ignore[arg-type]
    [found] = await core.availability.days(world.id, query, day, day)
    return [f"{from_minutes(start.start).astimezone(world.zone):%H:%M}" for start in found.starts]


async def test_rules_of_the_business(core: Core, world: World) -> None:
    changed = await core.admin.update_business(
        world.owner(),
        "okoshko",
        {
            "name": "Студия",
            "booking_rules": {
                "slot_step_minutes": 45,
                "grid_start": "00:15",
                "min_notice_minutes": 0,
                "max_active_per_client": None,
                "any_staff": "priority",
                "horizon_until": "2026-12-31",
            },
            "messages": {"reminders_minutes": [180, 1440], "quiet_from": "23:00"},
        },
    )
    rules = changed.business.rules
    assert changed.business.name == "Студия"
    assert (rules.slot_step_minutes, rules.grid_start, rules.any_staff) == (45, 15, AnyStaffChoice.PRIORITY)
    assert rules.max_active_per_client is None
    assert rules.horizon_until == date(2026, 12, 31)
    assert rules.auto_confirm, "what isn't named stays"
    assert changed.business.messages.reminders_minutes == (1440, 180)
    assert changed.business.messages.quiet_from == 23 * 60
    again = Core(core.uow, core.holds, core.clock)
    assert (await again.catalogues.get("okoshko")).business == changed.business


async def test_a_new_zone_moves_the_walls(core: Core, world: World) -> None:
    changed = await core.admin.update_business(world.owner(), world.id, {"timezone": "Asia/Kathmandu"})
    assert changed.business.zone.key == "Asia/Kathmandu"
    assert changed.locations[world.location].zone.key == "Asia/Kathmandu"


@pytest.mark.parametrize(
    ("data", "field", "issue"),
    [
        ({"name": ""}, "name", "empty"),
        ({"name": 5}, "name", "not_a_text"),
        ({"timezone": "Europe/Atlantis"}, "timezone", "unknown"),
        ({"timezone": "../etc/passwd"}, "timezone", "unknown"),
        ({"currency": "rub"}, "currency", "not_a_currency"),
        ({"locale": "fr"}, "locale", "unknown"),
        ({"slug": "other"}, "slug", "read_only"),
        ({"phone": "12345"}, "phone", "not_a_phone"),
        ({"photo_url": "javascript:alert(1)"}, "photo_url", "not_a_url"),
        ({"colour": "red"}, "colour", "unknown"),
        ({"booking_rules": {"slot_step_minutes": 0}}, "booking_rules.slot_step_minutes", "out_of_range"),
        ({"booking_rules": {"slot_step_minutes": "15"}}, "booking_rules.slot_step_minutes", "not_a_number"),
        ({"booking_rules": {"slot_step_minutes": True}}, "booking_rules.slot_step_minutes", "not_a_number"),
        ({"booking_rules": {"grid_start": "24:00"}}, "booking_rules.grid_start", "not_a_time"),
        ({"booking_rules": {"auto_confirm": 1}}, "booking_rules.auto_confirm", "not_a_boolean"),
        ({"booking_rules": {"any_staff": "mine"}}, "booking_rules.any_staff", "unknown"),
        ({"booking_rules": {"horizon_until": "завтра"}}, "booking_rules.horizon_until", "not_a_date"),
        ({"booking_rules": {"surprise": 1}}, "booking_rules.surprise", "unknown"),
        ({"booking_rules": []}, "booking_rules", "not_an_object"),
        ({"messages": {"reminders_minutes": [5]}}, "messages.reminders_minutes", "out_of_range"),
        ({"messages": {"reminders_minutes": ["60"]}}, "messages.reminders_minutes", "not_a_number"),
    ],
)
async def test_bad_fields_of_a_business(
    *, core: Core, world: World, data: Mapping[str, object], field: str, issue: str
) -> None:
    before = await core.catalogues.get(world.id)
    with pytest.raises(InvalidInput) as refused:
        await core.admin.update_business(world.owner(), world.id, data)
    assert (refused.value.field, refused.value.issue) == (field, issue)
    assert (await core.catalogues.get(world.id)).version == before.version


async def test_a_new_service_and_who_does_it(core: Core, world: World) -> None:
    owner = world.owner()
    made = await core.admin.create_service(
        owner,
        world.id,
        {
            "title": "Брови",
            "duration_minutes": 45,
            "price": 110_000,
            "currency": "RUB",
            "buffer_after": 15,
            "staff_ids": [str(world.maria)],
            "processing": {"offset": 10, "minutes": 20},
            "booking_rules": {"auto_confirm": False},
        },
    )
    catalogue = await core.catalogues.get(world.id)
    assert catalogue.services[made.id] == made
    assert [member.id for member in catalogue.staff_of(made.id)] == [world.maria]
    assert (made.processing, made.rules.auto_confirm, made.capacity) == ((10, 20), False, 1)
    changed = await core.admin.update_service(
        owner, made.id, {"id": str(made.id), "price": 120_000, "processing": None, "staff_ids": []}
    )
    assert (changed.title, changed.price, changed.processing) == ("Брови", 120_000, None)
    catalogue = await core.catalogues.get(world.id)
    assert catalogue.staff_of(made.id) == ()
    assert len(catalogue.services_of(world.maria)) == 4, "her other work stays"
    bare = await core.admin.create_service(owner, world.id, {"title": "Консультация"})
    assert (bare.duration, bare.price, bare.online) == (60, 0, True)


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({}, "title"),
        ({"title": "А" * 121}, "title"),
        ({"title": "Я", "duration_minutes": 0}, "duration_minutes"),
        ({"title": "Я", "duration_minutes": 1000, "buffer_before": 500}, "duration_minutes"),
        ({"title": "Я", "price": -1}, "price"),
        ({"title": "Я", "price": 15.5}, "price"),
        ({"title": "Я", "capacity": 0}, "capacity"),
        ({"title": "Я", "currency": "USD"}, "currency"),
        ({"title": "Я", "staff_ids": ["нет"]}, "staff_ids"),
        ({"title": "Я", "staff_ids": [str(new_id())]}, "staff_ids"),
        ({"title": "Я", "category_id": str(new_id())}, "category_id"),
        ({"title": "Я", "price_kind": "range"}, "price_max"),
        ({"title": "Я", "price": 200, "price_max": 100}, "price_max"),
        ({"title": "Я", "processing": {"offset": 30, "minutes": 30}}, "processing"),
        ({"title": "Я", "processing": {"offset": 30}}, "processing.minutes"),
        ({"title": "Я", "duration": 30}, "duration"),
    ],
)
async def test_bad_services(*, core: Core, world: World, data: Mapping[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await core.admin.create_service(world.owner(), world.id, data)
    assert refused.value.field == field
    assert len((await core.catalogues.get(world.id)).services) == 4


async def test_what_bookings_refer_to_is_archived(core: Core, world: World) -> None:
    client, _, booking = await book(core, world, world.at(12))
    await core.admin.archive_service(world.owner(), world.manicure)
    await core.admin.archive_staff(world.owner(), world.anna)
    catalogue = await core.catalogues.get(world.id)
    assert world.manicure in catalogue.services
    assert world.manicure not in {service.id for service in catalogue.bookable_services()}
    assert await core.bookings.get(client, booking.id) == booking
    with pytest.raises(NotFound):
        await core.bookings.reschedule(client, booking.id, world.at(15), new_id())


async def test_a_new_master_works_when_the_house_is_open(core: Core, world: World) -> None:
    member = await core.admin.create_staff(
        world.owner(),
        world.id,
        {"name": "  Ирина  Волкова ", "phone": "8 900 765-43-21", "service_ids": [str(world.manicure)]},
    )
    assert (member.name, member.phone) == ("Ирина Волкова", "+79007654321")
    shown = await walls(core, world, member.id)
    assert (shown[0], shown[-1]) == ("10:00", "19:00")
    renamed = await core.admin.update_staff(world.owner(), member.id, {"name": "Ирина", "phone": None})
    assert (renamed.name, renamed.phone) == ("Ирина", None)
    assert await walls(core, world, member.id) == shown, "the hours and services stay"
    for data, field in (
        ({}, "name"),
        ({"name": "🌸"}, "name"),
        ({"name": "Я", "service_ids": 5}, "service_ids"),
    ):
        with pytest.raises(InvalidInput) as refused:
            await core.admin.create_staff(world.owner(), world.id, data)
        assert refused.value.field == field


async def test_weekly_hours(core: Core, world: World) -> None:
    data = {
        "weekly": [
            {"weekday": 0, "start": "12:00", "end": "15:00"},
            {"weekday": 0, "start": "16:00", "end": "18:00"},
        ],
        "breaks": [{"weekday": 0, "start": "13:00", "end": "13:30"}],
    }
    member = await core.admin.set_schedule(world.owner(), world.anna, data)
    assert not member.follows_location
    assert schedule_json(member) == {**data, "follows_location": False}
    assert await walls(core, world, world.anna) == [
        *("12:00", "13:30", "13:45", "14:00"),
        *("16:00", "16:15", "16:30", "16:45", "17:00"),
    ]
    assert await walls(core, world, world.anna, MONDAY + timedelta(days=1)) == []
    follows = await core.admin.set_schedule(world.owner(), world.anna, {"follows_location": True})
    assert len(follows.rules) == 2


async def test_rotations(core: Core, world: World) -> None:
    data = {
        "weekly": [
            {"start": "10:00", "end": "12:00", "parity": "odd"},
            {"start": "14:00", "end": "24:00", "cycle": {"anchor": "2026-11-24", "on": 1, "off": 3}},
        ]
    }
    member = await core.admin.set_schedule(world.owner(), world.anna, data)
    assert set(member.rules) == {
        WorkingRule(600, 720, parity=Parity.ODD),
        WorkingRule(840, 1440, cycle=Cycle(date(2026, 11, 24), 1, 3)),
    }
    assert (await walls(core, world, world.anna))[-1] == "11:00"
    assert (await walls(core, world, world.anna, MONDAY + timedelta(days=1)))[0] == "14:00"


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        ({"weekday": 7, "start": "10:00", "end": "12:00"}, "weekly[0].weekday"),
        ({"start": "10:00", "end": "12:00"}, "weekly[0].weekday"),
        ({"weekday": 0, "start": "12:00", "end": "10:00"}, "weekly[0].end"),
        ({"weekday": 0, "start": "9:00", "end": "10:00"}, "weekly[0].start"),
        ({"weekday": 0, "start": "10:00"}, "weekly[0].end"),
        ({"weekday": 0, "start": "10:00", "end": "24:01"}, "weekly[0].end"),
        ({"weekday": 0, "start": "10:00", "end": "12:00", "parity": "prime"}, "weekly[0].parity"),
        (
            {"weekday": 0, "start": "10:00", "end": "12:00", "location_id": str(new_id())},
            "weekly[0].location_id",
        ),
        (
            {"start": "10:00", "end": "12:00", "cycle": {"anchor": "2026-11-24", "on": 0, "off": 1}},
            "weekly[0].cycle.on",
        ),
        ("понедельник", "weekly[0]"),
    ],
)
async def test_bad_hours(*, core: Core, world: World, entry: object, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await core.admin.set_schedule(world.owner(), world.anna, {"weekly": [entry]})
    assert refused.value.field == field


async def test_overlapping_hours(core: Core, world: World) -> None:
    first = {"weekday": 2, "start": "10:00", "end": "14:00"}
    second = {"weekday": 2, "start": "13:00", "end": "18:00"}
    with pytest.raises(InvalidInput) as refused:
        await core.admin.set_schedule(world.owner(), world.anna, {"weekly": [first, second]})
    assert (refused.value.field, refused.value.issue) == ("weekly[1].start", "overlaps")


async def test_a_day_off_tells_which_bookings_it_hits(core: Core, world: World) -> None:
    """peers: a block or day off that ignores the bookings in it."""
    _, _, hers = await book(core, world, world.at(12))
    await book(core, world, world.at(12), items=world.query(staff=world.maria).items)
    gone, _, cancelled = await book(core, world, world.at(15))
    await core.bookings.cancel(gone, cancelled.id)
    owner = world.owner()
    exception = await core.admin.create_exception(
        owner, world.id, {"date": "2026-11-23", "type": "closed", "staff_id": str(world.anna)}
    )
    hit = await core.admin.affected(owner, world.id, exception)
    assert [booking.id for booking in hit] == [hers.id]
    assert await walls(core, world, world.anna) == []
    assert await walls(core, world, world.maria) != []
    part = await core.admin.update_exception(
        owner, exception.id, {"start_time": "14:00", "end_time": "18:00"}
    )
    assert await core.admin.affected(owner, world.id, part) == []
    assert (await walls(core, world, world.anna))[-1] == "19:00"
    assert await core.admin.exceptions(owner, world.id) == (part,)
    await core.admin.delete_exception(owner, exception.id)
    with pytest.raises(NotFound):
        await core.admin.delete_exception(owner, exception.id)
    assert "14:00" in await walls(core, world, world.anna)


async def test_own_hours_of_one_date(core: Core, world: World) -> None:
    sunday = MONDAY + timedelta(days=6)
    data = {"date": sunday.isoformat(), "type": "open_custom", "start_time": "12:00", "end_time": "14:00"}
    made = await core.admin.create_exception(world.owner(), world.id, data)
    assert made.type is ExceptionType.OPEN_CUSTOM
    assert exception_json(made)["start_time"] == "12:00"
    assert await walls(core, world, world.anna, sunday) == ["12:00", "12:15", "12:30", "12:45", "13:00"]


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"type": "closed"}, "date"),
        ({"date": "2026-02-30", "type": "closed"}, "date"),
        ({"date": "2026-11-23"}, "type"),
        ({"date": "2026-11-23", "type": "maybe"}, "type"),
        ({"date": "2026-11-23", "type": "open_custom"}, "start_time"),
        ({"date": "2026-11-23", "type": "closed", "start_time": "10:00"}, "end_time"),
        ({"date": "2026-11-23", "type": "closed", "start_time": "12:00", "end_time": "12:00"}, "end_time"),
        ({"date": "2026-11-23", "type": "closed", "staff_id": str(new_id())}, "staff_id"),
        ({"date": "2026-11-23", "type": "closed", "who": "all"}, "who"),
    ],
)
async def test_bad_exceptions(*, core: Core, world: World, data: Mapping[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await core.admin.create_exception(world.owner(), world.id, data)
    assert refused.value.field == field


async def test_nobody_else_changes_anything(core: Core, world: World) -> None:
    elsewhere = await make_business(core.uow, slug="elsewhere")
    exception = await core.admin.create_exception(
        world.owner(), world.id, {"date": "2026-11-23", "type": "closed"}
    )
    admin, name = core.admin, {"name": "Чужой"}
    writes: list[Callable[[Actor], Awaitable[object]]] = [
        lambda who: admin.update_business(who, world.id, name),
        lambda who: admin.create_service(who, world.id, {"title": "Чужая"}),
        lambda who: admin.update_service(who, world.manicure, {"title": "Чужая"}),
        lambda who: admin.archive_service(who, world.manicure),
        lambda who: admin.create_staff(who, world.id, name),
        lambda who: admin.update_staff(who, world.anna, name),
        lambda who: admin.archive_staff(who, world.anna),
        lambda who: admin.set_schedule(who, world.anna, {"weekly": []}),
        lambda who: admin.exceptions(who, world.id),
        lambda who: admin.create_exception(who, world.id, {"date": "2026-11-23", "type": "closed"}),
        lambda who: admin.update_exception(who, exception.id, {"reason": "так"}),
        lambda who: admin.delete_exception(who, exception.id),
        lambda who: admin.affected(who, world.id, exception),
    ]
    master = Actor(ActorKind.MEMBER, new_id(), world.id, Role.MASTER, world.anna)
    client, _, _ = await book(core, elsewhere, elsewhere.at(12))
    before = await core.catalogues.get(world.id)
    for write in writes:
        for stranger in (elsewhere.owner(), world.visitor(), client):
            with pytest.raises(NotFound):
                await write(stranger)
        with pytest.raises(Forbidden):
            await write(master)
    assert (await core.catalogues.get(world.id)).version == before.version
    owner = world.owner()
    for missing in (admin.update_service, admin.update_staff, admin.update_exception):
        with pytest.raises(NotFound):
            await missing(owner, new_id(), {})


async def test_two_owners_at_once_do_not_undo_each_other(core: Core, world: World) -> None:
    owner = world.owner()
    await asyncio.gather(
        core.admin.update_business(owner, world.id, {"booking_rules": {"slot_step_minutes": 30}}),
        core.admin.update_business(owner, world.id, {"booking_rules": {"min_notice_minutes": 0}}),
        core.admin.update_service(owner, world.manicure, {"price": 1}),
        core.admin.update_service(owner, world.manicure, {"title": "М"}),
    )
    catalogue = await core.catalogues.get(world.id)
    assert (catalogue.business.rules.slot_step_minutes, catalogue.business.rules.min_notice_minutes) == (
        30,
        0,
    )
    assert (catalogue.services[world.manicure].price, catalogue.services[world.manicure].title) == (1, "М")
