"""What a business sets for one master, one service or one branch, and whom the clients' rules bind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from core.domain.actor import Actor, ActorKind, Role, Scope
from core.domain.booking import BookingSource, BookingStatus
from core.domain.catalog import BookingRules, Offer
from core.domain.errors import Forbidden, InvalidInput, PolicyRefused, SlotNotOffered
from core.domain.recurrence import SeriesPlan
from core.domain.visit import SlotQuery, VisitItem, from_minutes
from core.ports.repositories import CataloguePart
from deploy.clock import new_id
from tests.support.world import MONDAY, Core, Hands, World, book, make_business

TUESDAY = MONDAY + timedelta(days=1)


async def offers(core: Core, world: World) -> dict[UUID, tuple[int | None, int | None]]:
    """Anna's own durations and prices by service."""
    catalogue = await core.catalogues.get(world.id)
    mine = [offer for offer in catalogue.offers.values() if offer.staff_id == world.anna]
    return {offer.service_id: (offer.duration, offer.price) for offer in mine}


async def set_offers(core: Core, world: World, *entries: Mapping[str, object], **more: object) -> None:
    await core.admin.update_staff(world.owner(), world.anna, {"offers": list(entries), **more})


# --- a master's own duration and price


async def test_a_master_has_a_duration_and_a_price_of_their_own(core: Core, world: World) -> None:
    manicure, massage = str(world.manicure), str(world.massage)
    await set_offers(
        core,
        world,
        {"service_id": manicure, "duration_minutes": 90, "price": 250_000},
        {"service_id": massage},
    )
    assert await offers(core, world) == {world.manicure: (90, 250_000), world.massage: (None, None)}
    [day] = await core.availability.days(world.id, world.query(staff=world.anna), TUESDAY, TUESDAY)
    assert day.starts[0].end - day.starts[0].start == 90
    _, _, booking = await book(core, world, world.at(12, day=TUESDAY))
    assert (booking.duration, booking.total.minor) == (90, 250_000)

    await set_offers(
        core, world, {"service_id": manicure, "price": None}, {"service_id": massage, "price": 0}
    )
    assert await offers(core, world) == {world.manicure: (90, None), world.massage: (None, 0)}


async def test_a_list_of_services_keeps_what_is_their_own(core: Core, world: World) -> None:
    own = {"service_id": str(world.manicure), "duration_minutes": 45, "price": 99_000}
    await set_offers(core, world, own, {"service_id": str(world.massage)})
    listed = [str(world.pedicure), str(world.manicure)]
    await core.admin.update_staff(world.owner(), world.anna, {"service_ids": listed})
    assert await offers(core, world) == {world.manicure: (45, 99_000), world.pedicure: (None, None)}
    await core.admin.update_staff(world.owner(), world.anna, {"bio": "Мастер"})
    assert (await offers(core, world))[world.manicure] == (45, 99_000)


async def test_what_holds_anyway_is_no_value_of_its_own(core: Core, world: World) -> None:
    told = {"service_id": str(world.manicure), "duration_minutes": 60, "price": 150_000}
    await set_offers(core, world, told)
    await core.admin.update_service(world.owner(), world.manicure, {"price": 170_000})
    assert (await core.catalogues.get(world.id)).price(world.manicure, world.anna) == 170_000
    await set_offers(core, world, {**told, "price": 150_000})
    await set_offers(core, world, {**told, "price": 150_000}, service_ids=[str(world.manicure)])
    assert await offers(core, world) == {world.manicure: (None, 150_000)}


async def test_a_newcomer_comes_with_offers(core: Core, world: World) -> None:
    entry = {"service_id": str(world.manicure), "duration_minutes": 40}
    made = await core.admin.create_staff(world.owner(), world.id, {"name": "Вера", "offers": [entry]})
    catalogue = await core.catalogues.get(world.id)
    assert catalogue.offers[made.id, world.manicure] == Offer(made.id, world.manicure, 40)


@pytest.mark.parametrize(
    ("changes", "field", "issue"),
    [
        ({"offers": [{}]}, "offers[0].service_id", "required"),
        ({"offers": [{"service_id": str(new_id())}]}, "offers[0].service_id", "not_found"),
        (
            {"offers": [{"service_id": "manicure", "duration_minutes": 0}]},
            "offers[0].duration_minutes",
            "out_of_range",
        ),
        ({"offers": [{"service_id": "manicure", "price": -1}]}, "offers[0].price", "out_of_range"),
        ({"offers": [{"service_id": "manicure", "discount": 5}]}, "offers[0].discount", "unknown"),
        ({"offers": [{"service_id": "manicure"}] * 2}, "offers[1].service_id", "repeated"),
        ({"offers": [{"service_id": "manicure"}], "service_ids": []}, "offers", "contradicts_service_ids"),
        ({"offers": "all"}, "offers", "not_a_list"),
    ],
)
async def test_bad_offers(
    core: Core, world: World, changes: dict[str, object], field: str, issue: str
) -> None:
    entries = changes["offers"]
    if isinstance(entries, list):
        named = [
            {**entry, "service_id": str(world.manicure)} if entry.get("service_id") == "manicure" else entry
            for entry in entries
        ]
        changes = {**changes, "offers": named}
    before = await offers(core, world)
    with pytest.raises(InvalidInput) as refused:
        await core.admin.update_staff(world.owner(), world.anna, changes)
    assert (refused.value.field, refused.value.issue) == (field, issue)
    assert await offers(core, world) == before


async def test_no_own_duration_outgrows_a_day_with_its_buffers(core: Core, world: World) -> None:
    await core.admin.update_service(world.owner(), world.manicure, {"buffer_after": 60})
    with pytest.raises(InvalidInput) as refused:
        await set_offers(core, world, {"service_id": str(world.manicure), "duration_minutes": 24 * 60})
    assert refused.value.issue == "too_long"


# --- exceptions of one branch, and of several dates


async def second_branch(core: Core, world: World) -> UUID:
    """Where Anna works too, on the same hours."""
    week = [{"weekday": weekday, "start": "10:00", "end": "20:00"} for weekday in range(6)]
    made = await core.admin.create_part(
        world.owner(), world.id, CataloguePart.LOCATION, {"name": "На Арбате", "weekly": week}
    )
    both = [str(world.location), str(made.id)]
    await core.admin.update_staff(world.owner(), world.anna, {"location_ids": both})
    return made.id


async def hours_at(core: Core, world: World, place: UUID, day: date) -> int:
    """How many starts Anna has at a branch."""
    query = SlotQuery((VisitItem(world.manicure, world.anna),), place)
    [found] = await core.availability.days(world.id, query, day, day)
    return len(found.starts)


async def test_an_exception_of_a_master_may_be_of_one_branch(core: Core, world: World) -> None:
    branch, sunday = await second_branch(core, world), MONDAY + timedelta(days=6)
    extra = {"type": "open_extra", "start_time": "12:00", "end_time": "14:00", "staff_id": str(world.anna)}
    made = await core.admin.create_exception(
        world.owner(), world.id, {**extra, "date": sunday.isoformat(), "location_id": str(branch)}
    )
    assert (made.staff_id, made.location_id) == (world.anna, branch)
    assert await hours_at(core, world, branch, sunday) == 5
    assert await hours_at(core, world, world.location, sunday) == 0

    off = {"date": TUESDAY.isoformat(), "type": "closed", "staff_id": str(world.anna)}
    closed = await core.admin.create_exception(
        world.owner(), world.id, {**off, "location_id": str(world.location)}
    )
    assert await hours_at(core, world, branch, TUESDAY) > 0
    assert await hours_at(core, world, world.location, TUESDAY) == 0
    wider = await core.admin.update_exception(world.owner(), closed.id, {"location_id": None})
    assert wider.location_id is None
    assert await hours_at(core, world, branch, TUESDAY) == 0


async def test_the_branch_is_one_of_theirs(core: Core, world: World) -> None:
    branch = await second_branch(core, world)
    with pytest.raises(InvalidInput) as refused:
        await core.admin.create_exception(
            world.owner(),
            world.id,
            {
                "date": TUESDAY.isoformat(),
                "type": "closed",
                "staff_id": str(world.maria),
                "location_id": str(branch),
            },
        )
    assert (refused.value.field, refused.value.issue) == ("location_id", "not_of_staff")


async def test_a_leave_is_one_call(core: Core, world: World) -> None:
    leave = {"date": "2026-11-24", "date_until": "2026-12-07", "type": "closed", "reason": "Отпуск"}
    key = new_id()
    made = await core.admin.create_exceptions(
        world.owner(), world.id, {**leave, "staff_id": str(world.anna)}, new_id=key
    )
    assert [each.date for each in made] == [TUESDAY + timedelta(days=number) for number in range(14)]
    assert {(each.staff_id, each.reason) for each in made} == {(world.anna, "Отпуск")}
    assert await core.admin.exceptions(world.owner(), world.id) == tuple(made)
    again = await core.admin.create_exceptions(
        world.owner(), world.id, {**leave, "staff_id": str(world.anna)}, new_id=key
    )
    assert again == made
    assert len(await core.admin.exceptions(world.owner(), world.id)) == 14
    query = world.query(staff=world.anna)
    free = await core.availability.month(world.id, query, TUESDAY, TUESDAY + timedelta(days=14))
    assert free == {TUESDAY + timedelta(days=14)}


@pytest.mark.parametrize(
    ("changes", "field", "issue"),
    [
        ({"date_until": "2026-11-22"}, "date_until", "before_from"),
        ({"date_until": "2027-11-24"}, "date_until", "too_long"),
        ({"date_until": "soon"}, "date_until", "not_a_date"),
        ({"date": None}, "date", "required"),
        ({"type": "open_extra"}, "start_time", "required"),
        ({"id": str(new_id())}, "id", "read_only"),
    ],
)
async def test_bad_leaves(
    core: Core, world: World, changes: dict[str, object], field: str, issue: str
) -> None:
    leave = {"date": "2026-11-23", "date_until": "2026-11-30", "type": "closed", **changes}
    with pytest.raises(InvalidInput) as refused:
        await core.admin.create_exceptions(world.owner(), world.id, leave)
    assert (refused.value.field, refused.value.issue) == (field, issue)
    assert await core.admin.exceptions(world.owner(), world.id) == ()


async def test_a_leave_of_a_year_fits(core: Core, world: World) -> None:
    year = {"date": "2026-11-23", "date_until": "2027-11-23", "type": "closed"}
    assert len(await core.admin.create_exceptions(world.owner(), world.id, year)) == 366


# --- a service's own rules


async def rule(core: Core, world: World, **rules: object) -> None:
    await core.admin.update_service(world.owner(), world.manicure, {"booking_rules": rules})


async def test_a_service_has_its_own_deadlines_and_wait(core: Core, world: World) -> None:
    clock = core.clock
    assert isinstance(clock, Hands)
    await rule(core, world, auto_confirm=False, pending_minutes=15)
    _, _, asked = await book(core, world, world.at(15))
    assert asked.status is BookingStatus.PENDING
    assert asked.expires_at == clock.now() + timedelta(minutes=15)
    other = (VisitItem(world.pedicure, world.maria),)
    assert (await book(core, world, world.at(15), items=other))[2].status is BookingStatus.CONFIRMED

    await rule(core, world, auto_confirm=None, cancel_until_minutes=600, max_reschedules=0)
    client, _, strict = await book(core, world, world.at(18))
    with pytest.raises(PolicyRefused) as refused:
        await core.bookings.cancel(client, strict.id)
    assert refused.value.rule == "cancel_too_late"
    with pytest.raises(PolicyRefused) as refused:
        await core.bookings.reschedule(client, strict.id, world.at(19))
    assert refused.value.rule == "reschedule_too_often"
    client, _, easy = await book(core, world, world.at(18), items=other)
    assert (await core.bookings.reschedule(client, easy.id, world.at(17))).booking.start == world.at(17)
    await core.bookings.cancel(client, easy.id)


async def test_a_service_has_its_own_limits(core: Core, world: World) -> None:
    await rule(core, world, max_visits_per_day=1)
    client, identity, booking = await book(core, world, world.at(12))
    [day] = await core.availability.days(world.id, world.query(staff=world.anna), MONDAY, MONDAY)
    assert day.starts == (), "the list reads what masters have"
    wish = world.wish(world.at(15), identity_id=identity.id)
    with pytest.raises(SlotNotOffered) as refused:
        await core.bookings.create(client, wish)
    assert refused.value.reason == "daily_limit"
    await core.bookings.create(world.visitor(), replace(wish, items=(VisitItem(world.pedicure, world.anna),)))

    await rule(core, world, max_visits_per_day=None, max_active_per_client=1)
    with pytest.raises(PolicyRefused) as open_limit:
        await core.bookings.create(client, replace(wish, start=world.at(17), identity_id=None))
    assert open_limit.value.rule == "too_many_open"
    assert booking.status is BookingStatus.CONFIRMED


# --- by the business


async def operator(world: World) -> Actor:
    return Actor(ActorKind.TOKEN, new_id(), world.id, Role.OPERATOR, name="Ира")


def master(world: World) -> Actor:
    return Actor(ActorKind.TOKEN, new_id(), world.id, Role.MASTER, world.anna, "Анна")


async def test_the_business_s_people_book_whom_they_like_when_they_say_so(core: Core) -> None:
    """A phone client who wants to come in 45 minutes, for a service that clients ask for."""
    assert isinstance(core.clock, Hands)
    rules = BookingRules(min_notice_minutes=120, same_day_cutoff=8 * 60, horizon_days=3)
    world = await make_business(core.uow, rules=rules, services={"manicure": {"online": False}})
    core.clock.to(world.at(11, 15))
    soon, far = world.at(12), world.at(12, day=MONDAY + timedelta(days=30))
    query = SlotQuery((VisitItem(world.manicure, world.anna),), by_business=True)
    [day] = await core.availability.days(world.id, query, MONDAY, MONDAY)
    assert soon in {from_minutes(each.start) for each in day.starts}
    assert from_minutes((await core.availability.next(world.id, query))[0].start) == world.at(11, 15)
    await core.holding.hold(world.id, query, soon, "phone")
    await core.holding.release(world.id, "phone")
    for actor in (await operator(world), master(world)):
        for start in (soon, far):
            wish = world.wish(start, source=BookingSource.PHONE)
            with pytest.raises(SlotNotOffered):
                await core.bookings.create(actor, wish)
            booking = await core.bookings.create(actor, replace(wish, by_business=True))
            assert booking.status is BookingStatus.CONFIRMED
            later = start + timedelta(minutes=30)
            with pytest.raises(SlotNotOffered):
                await core.bookings.reschedule(actor, booking.id, later)
            moved = await core.bookings.reschedule(actor, booking.id, later, by_business=True)
            assert moved.booking.start == later
            history = await core.bookings.timeline(actor, booking.id)
            assert [entry.after["by_business"] for entry in history] == [True, True]
            await core.bookings.cancel(actor, booking.id)
        seen = await core.bookings.preview_series(
            actor, replace(world.wish(soon), by_business=True), SeriesPlan(1, 2)
        )
        assert [visit.refusal for visit in seen] == [None, None]
        with pytest.raises(SlotNotOffered) as refused:
            await core.bookings.create(actor, replace(world.wish(world.at(20)), by_business=True))
        assert refused.value.reason == "outside_hours"
    with pytest.raises(SlotNotOffered):
        await core.bookings.create(world.owner(), world.wish(soon))
    await core.bookings.create(world.owner(), replace(world.wish(world.at(20)), override=True))
    with pytest.raises(Forbidden):
        await core.bookings.create(world.visitor(), replace(world.wish(soon), by_business=True))


async def test_limits_bind_the_business_s_people_but_for_a_manager_s_override(core: Core) -> None:
    world = await make_business(core.uow, rules=BookingRules(max_visits_per_day=1))
    await book(core, world, world.at(12))
    wish = world.wish(world.at(15))
    for actor in (await operator(world), world.owner()):
        with pytest.raises(SlotNotOffered) as refused:
            await core.bookings.create(actor, replace(wish, by_business=True))
        assert refused.value.reason == "daily_limit"
    with pytest.raises(Forbidden):
        await core.bookings.create(await operator(world), replace(wish, override=True))
    await core.bookings.create(world.owner(), replace(wish, override=True))


def test_who_makes_bookings() -> None:
    here = new_id()
    people = {role: Actor(ActorKind.MEMBER, new_id(), here, role) for role in Role}
    may = {Role.OWNER, Role.OPS_MANAGER, Role.OPERATOR, Role.MASTER}
    client = Actor(ActorKind.CLIENT, new_id(), here)
    reader = replace(people[Role.OWNER], scopes=frozenset({Scope.BOOKINGS_READ}))
    for role in may:
        people[role].require_booker()
    for actor in (*(people[role] for role in set(Role) - may), client, reader):
        with pytest.raises(Forbidden):
            actor.require_booker()
