"""The catalogue: a snapshot out, changes in, a version that tells them apart."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from core.domain.catalog import (
    AddOn,
    AnyStaffChoice,
    BookingRules,
    Business,
    Catalogue,
    Category,
    GapMode,
    Location,
    MessageRules,
    Offer,
    PriceKind,
    Room,
    RoomNeed,
    Service,
    ServiceRules,
    StaffMember,
    WebConfirmation,
)
from core.domain.errors import InvalidInput, NotFound
from core.domain.schedule import Cycle, DatedException, ExceptionType, Parity, WorkingRule
from deploy.clock import new_id
from storage.unit_of_work import PgUnitOfWork
from tests.support.world import MONDAY, World, make_business


def whole_catalogue() -> Catalogue:
    """A business that uses every field there is."""
    moscow, samara = ZoneInfo("Europe/Moscow"), ZoneInfo("Europe/Samara")
    here = Location(
        new_id(),
        "На Тверской",
        "Тверская, 12",
        moscow,
        (((600, 840), (900, 1200)),) * 6 + ((),),
        55.7,
        37.6,
        "Со двора",
        1,
    )
    there = Location(new_id(), "В Самаре", "Ленина, 3", samara, ((),) * 7)
    # Neither the order of their making nor that of their names.
    rooms = [Room(new_id(), here.id, title, "кабинет", 2) for title in ("Б", "В", "А")]
    addons = [AddOn(new_id(), title, 15, 30_000, place) for place, title in enumerate(("Дизайн", "Снятие"))]
    nails = Category(new_id(), "Ногти", 3)
    service = Service(
        id=new_id(),
        title="Окрашивание",
        duration=150,
        price=450_000,
        category_id=nails.id,
        description="С уходом",
        price_kind=PriceKind.RANGE,
        price_max=600_000,
        buffer_before=5,
        buffer_after=15,
        capacity=3,
        online=False,
        processing=(30, 45),
        rooms=(rooms[2].id, rooms[0].id, rooms[1].id),
        room_need=RoomNeed.ALL,
        addon_ids=(addons[1].id, addons[0].id),
        rules=ServiceRules(slot_step_minutes=30, min_notice_minutes=0, horizon_days=7, auto_confirm=False),
        colour="#aa3355",
        photo_url="/photo.jpg",
        position=4,
        archived=True,
    )
    master = StaffMember(
        id=new_id(),
        name="Анна",
        location_ids=(there.id, here.id),
        rules=(
            WorkingRule(540, 1080, weekday=1, valid_from=MONDAY, valid_until=MONDAY + timedelta(days=90)),
            WorkingRule(600, 1440, parity=Parity.ODD, location_id=there.id),
            WorkingRule(0, 720, cycle=Cycle(MONDAY, 2, 2)),
        ),
        breaks=(WorkingRule(780, 840, weekday=1),),
        profession="мастер",
        bio="Десять лет",
        photo_url="/anna.jpg",
        phone="+79000000001",
        priority=-2,
        position=7,
    )
    exceptions = (
        DatedException(new_id(), MONDAY, ExceptionType.CLOSED, reason="праздник"),
        DatedException(new_id(), MONDAY, ExceptionType.OPEN_EXTRA, 1200, 1320, staff_id=master.id),
        DatedException(
            new_id(), MONDAY + timedelta(days=1), ExceptionType.OPEN_CUSTOM, 600, 660, location_id=here.id
        ),
    )
    business = Business(
        id=new_id(),
        slug="whole",
        name="Студия „Окошко“",
        zone=moscow,
        locale="ru",
        currency="RUB",
        tagline="маникюр",
        description="Чай с чабрецом",
        phone="+74950000012",
        photo_url="/studio.jpg",
        rules=BookingRules(
            slot_step_minutes=20,
            grid_start=5,
            min_notice_minutes=0,
            horizon_days=30,
            horizon_until=date(2026, 12, 31),
            same_day_cutoff=1080,
            auto_confirm=False,
            pending_minutes=90,
            buffers_within_hours=True,
            max_visits_per_day=8,
            max_minutes_per_day=480,
            max_active_per_client=None,
            cancel_until_minutes=60,
            reschedule_until_minutes=30,
            max_reschedules=None,
            any_staff=AnyStaffChoice.PRIORITY,
            gap_mode=GapMode.LIMIT,
            web_confirmation=WebConfirmation.MESSENGER,
        ),
        messages=MessageRules((2880, 60), 1380, 540),
    )
    return Catalogue(
        version=1,
        business=business,
        locations={here.id: here, there.id: there},
        services={service.id: service},
        staff={master.id: master},
        offers={(master.id, service.id): Offer(master.id, service.id, 120, 400_000)},
        categories={nails.id: nails},
        addons={addon.id: addon for addon in addons},
        rooms={room.id: room for room in rooms},
        exceptions=exceptions,
    )


async def load(uow: PgUnitOfWork, catalogue: Catalogue, since: date = MONDAY) -> Catalogue:
    async with uow.read() as tx:
        return await tx.catalogue.load(catalogue.business.id, since)


def without_order(catalogue: Catalogue) -> Catalogue:
    """Working rules are a set of conditions and come in an order of the database's own."""
    staff = {
        key: replace(
            member, rules=tuple(sorted(member.rules, key=repr)), breaks=tuple(sorted(member.breaks, key=repr))
        )
        for key, member in catalogue.staff.items()
    }
    return replace(catalogue, staff=staff, exceptions=tuple(sorted(catalogue.exceptions, key=repr)))


async def test_every_field_comes_back(uow: PgUnitOfWork) -> None:
    made = whole_catalogue()
    for dataclass, thing in ((BookingRules, made.business.rules), (MessageRules, made.business.messages)):
        assert all(getattr(thing, each.name) != each.default for each in fields(dataclass))
    async with uow.begin() as tx:
        await tx.catalogue.add(made)
    assert without_order(await load(uow, made)) == without_order(made)


async def test_old_exceptions_stay_behind(uow: PgUnitOfWork) -> None:
    made = whole_catalogue()
    async with uow.begin() as tx:
        await tx.catalogue.add(made)
    assert len((await load(uow, made, MONDAY + timedelta(days=1))).exceptions) == 1


async def test_a_business_is_found_by_id_and_slug(uow: PgUnitOfWork, world: World) -> None:
    async with uow.read() as tx:
        assert await tx.catalogue.find(world.id) == (world.id, 1)
        assert await tx.catalogue.find("okoshko") == (world.id, 1)
        assert await tx.catalogue.find("Okoshko") is None
        assert await tx.catalogue.find(new_id()) is None
        assert await tx.catalogue.list_businesses() == [(world.id, "okoshko", "Студия «Окошко»")]
        with pytest.raises(NotFound):
            await tx.catalogue.load(new_id(), MONDAY)


async def test_a_slug_is_had_once(uow: PgUnitOfWork, world: World) -> None:
    with pytest.raises(InvalidInput) as refused:
        await make_business(uow, slug="okoshko")
    assert (refused.value.field, refused.value.issue) == ("slug", "taken")


async def test_every_change_raises_the_version(uow: PgUnitOfWork, world: World) -> None:
    anna, manicure = world.catalogue.staff[world.anna], world.catalogue.services[world.manicure]
    day_off = DatedException(new_id(), MONDAY, ExceptionType.CLOSED, staff_id=anna.id)
    shift = WorkingRule(600, 1080, weekday=0)
    version = 1
    async with uow.begin() as tx:
        catalogue = tx.catalogue
        for change in (
            catalogue.save_business(world.id, {"name": "Окно", "rules": BookingRules(slot_step_minutes=30)}),
            catalogue.save_service(world.id, replace(manicure, title="Маникюр плюс", rooms=(world.room,))),
            catalogue.save_staff(world.id, replace(anna, name="Анна С.")),
            catalogue.set_offers(world.id, anna.id, [Offer(anna.id, world.manicure, 50, None)]),
            catalogue.set_schedule(world.id, anna.id, [shift], [], False),
            catalogue.save_exception(world.id, day_off),
            catalogue.delete_exception(world.id, day_off.id),
        ):
            await change
            version += 1
            assert await catalogue.find(world.id) == (world.id, version)
        assert not await catalogue.delete_exception(world.id, day_off.id)
    found = await load(uow, world.catalogue)
    assert (found.business.name, found.business.rules.slot_step_minutes) == ("Окно", 30)
    assert found.services[world.manicure] == replace(manicure, title="Маникюр плюс", rooms=(world.room,))
    assert found.staff[anna.id] == replace(anna, name="Анна С.", follows_location=False, rules=(shift,))
    assert [offer for (staff, _), offer in found.offers.items() if staff == anna.id] == [
        Offer(anna.id, world.manicure, 50, None)
    ]
    assert found.exceptions == ()


async def test_a_new_zone_goes_to_the_places_that_had_the_old_one(uow: PgUnitOfWork) -> None:
    made = whole_catalogue()
    here, there = made.locations.values()
    async with uow.begin() as tx:
        await tx.catalogue.add(made)
        await tx.catalogue.save_business(made.business.id, {"zone": ZoneInfo("Asia/Kathmandu")})
    found = await load(uow, made)
    assert found.business.zone.key == "Asia/Kathmandu"
    assert found.locations[here.id].zone.key == "Asia/Kathmandu"
    assert found.locations[there.id].zone.key == "Europe/Samara"


async def test_whose_it_is(uow: PgUnitOfWork) -> None:
    made = whole_catalogue()
    async with uow.begin() as tx:
        await tx.catalogue.add(made)
    async with uow.read() as tx:
        for owner, key in (
            (tx.catalogue.business_of_staff, next(iter(made.staff))),
            (tx.catalogue.business_of_service, next(iter(made.services))),
            (tx.catalogue.business_of_exception, made.exceptions[0].id),
        ):
            assert await owner(key) == made.business.id
            assert await owner(new_id()) is None


async def test_nothing_of_another_business_can_be_changed(uow: PgUnitOfWork, world: World) -> None:
    stranger = await make_business(uow, slug="stranger")
    async with uow.begin() as tx:
        for change in (
            tx.catalogue.save_service(stranger.id, world.catalogue.services[world.manicure]),
            tx.catalogue.save_staff(stranger.id, world.catalogue.staff[world.anna]),
        ):
            with pytest.raises(NotFound):
                await change
    assert (await load(uow, world.catalogue)).services == world.catalogue.services


async def test_a_row_can_not_refer_into_another_business(uow: PgUnitOfWork, world: World) -> None:
    stranger = await make_business(uow, slug="stranger")
    closed = DatedException(new_id(), MONDAY, ExceptionType.CLOSED, staff_id=world.anna)

    async def work() -> None:
        async with uow.begin() as tx:
            await tx.catalogue.save_exception(stranger.id, closed)

    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await work()
