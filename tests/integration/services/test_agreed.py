"""What was agreed on holds: minutes and prices through a move, and no time that is closed by now.

An offer that is taken, a request that is confirmed, a booking from the web that is brought into a messenger
are all placed anew; what only bound the asking (notice, horizon, limits) is no reason any more.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain.actor import Actor, ActorKind, Role
from core.domain.booking import Booking, BookingSource, BookingStatus
from core.domain.catalog import BookingRules, WebConfirmation
from core.domain.client import Channel
from core.domain.errors import (
    Forbidden,
    InvalidInput,
    NotFound,
    PolicyRefused,
    SlotNotOffered,
    TransitionRefused,
    VersionMismatch,
)
from core.domain.message import MessageKind
from core.domain.recurrence import SeriesPlan
from core.domain.visit import VisitItem
from core.services.linking import Opening
from tests.support.senders import Recorder, sweep
from tests.support.world import MONDAY, Core, Hands, World, book, join, make_business, meet

TUESDAY = MONDAY + timedelta(days=1)
BY_HAND = BookingRules(auto_confirm=False, pending_minutes=60)


@pytest.fixture
async def asking(core: Core) -> World:
    """A business where a master confirms."""
    return await make_business(core.uow, slug="asking", rules=BY_HAND)


async def close(core: Core, world: World) -> None:
    """Tuesday."""
    await core.admin.create_exception(world.owner(), world.id, {"date": str(TUESDAY), "type": "closed"})


async def with_design(core: Core, world: World) -> tuple[Actor, Booking]:
    """A manicure with design, 75 minutes and 1 800 roubles, whose service has become longer and dearer since
    and has lost that add-on.
    """
    item = VisitItem(world.manicure, world.anna, (world.design,))
    client, _, booking = await book(core, world, world.at(12, day=TUESDAY), items=(item,))
    changes = {"duration_minutes": 120, "price": 999_000, "addon_ids": []}
    await core.admin.update_service(world.owner(), world.manicure, changes)
    return client, booking


# --- what was booked


async def test_a_move_keeps_minutes_price_and_addons(core: Core, world: World) -> None:
    client, booking = await with_design(core, world)
    query = core.bookings.query_of(booking)
    [day] = await core.availability.days(world.id, query, TUESDAY, TUESDAY)
    assert {free.end - free.start for free in day.starts} == {75}
    start = world.at(18, 45, day=TUESDAY)
    assert start in [world.at(0, day=TUESDAY) + timedelta(minutes=each) for each in range(0, 1440, 15)]
    await core.holding.hold(world.id, query, start, "me")
    moved = (await core.bookings.reschedule(client, booking.id, start, hold_owner="me")).booking
    assert (moved.start, moved.duration, moved.total) == (start, 75, booking.total)
    assert moved.segments[0].addons == booking.segments[0].addons
    assert await core.bookings.get(client, booking.id) == moved


async def test_another_master_takes_her_own_minutes_and_the_booked_addons(core: Core, world: World) -> None:
    _, booking = await with_design(core, world)
    moved = (await core.bookings.reschedule(world.owner(), booking.id, booking.start, world.maria)).booking
    assert (moved.duration, moved.total.minor) == (135, 999_000 + 30_000)
    assert moved.segments[0].addons == booking.segments[0].addons


async def test_what_left_the_offer_is_moved_by_an_operator_only(core: Core, world: World) -> None:
    client, booking = await with_design(core, world)
    await core.admin.archive_service(world.owner(), world.manicure)
    start = world.at(15, day=TUESDAY)
    for actor in (client, world.owner()):
        with pytest.raises(NotFound):
            await core.bookings.reschedule(actor, booking.id, start)
    moved = (await core.bookings.reschedule(world.owner(), booking.id, start, override=True)).booking
    assert (moved.start, moved.duration, moved.total) == (start, 75, booking.total)


async def test_a_group_seat_keeps_its_price(core: Core, world: World) -> None:
    client, _, booking = await book(core, world, world.at(12), items=(VisitItem(world.yoga),), seats=2)
    await core.admin.update_service(world.owner(), world.yoga, {"price": 999_000})
    moved = (await core.bookings.reschedule(client, booking.id, world.at(14))).booking
    assert (moved.total, moved.duration) == (booking.total, 60)


# --- an offer that is taken


async def test_an_offered_time_that_was_closed_is_not_taken(core: Core, world: World) -> None:
    client, _, booking = await book(core, world, world.at(12))
    await core.bookings.offer_times(world.owner(), booking.id, [world.at(15, day=TUESDAY)])
    await close(core, world)
    with pytest.raises(SlotNotOffered, match="outside_hours"):
        await core.bookings.accept_offer(client, booking.id, world.at(15, day=TUESDAY))
    assert (await core.bookings.get(client, booking.id)).start == booking.start


async def test_what_the_master_offered_they_meant(core: Core, world: World, clock: Hands) -> None:
    """Notice, limits and the like, changed since, are no reason."""
    client, _, booking = await book(core, world, world.at(12))
    start = world.at(15, day=TUESDAY)
    await core.bookings.offer_times(world.owner(), booking.id, [start])
    rules = {"min_notice_minutes": 10_000, "max_visits_per_day": 1, "slot_step_minutes": 60}
    await core.admin.update_business(world.owner(), world.id, {"booking_rules": rules})
    await core.bookings.create(
        world.owner(), world.wish(world.at(10, day=TUESDAY), override=True, source=BookingSource.ADMIN)
    )
    await core.admin.update_service(world.owner(), world.manicure, {"online": False})
    assert (await core.bookings.accept_offer(client, booking.id, start)).booking.start == start


async def test_an_offer_does_not_outlive_the_visit(core: Core, world: World, clock: Hands) -> None:
    client, _, booking = await book(core, world, world.at(12))
    await core.bookings.offer_times(world.owner(), booking.id, [world.at(15, day=TUESDAY)])
    clock.to(world.at(12))
    with pytest.raises(PolicyRefused) as gone:
        await core.bookings.accept_offer(client, booking.id, world.at(15, day=TUESDAY))
    assert gone.value.rule == "offer_gone"
    with pytest.raises(TransitionRefused):
        await core.bookings.offer_times(world.owner(), booking.id, [world.at(16, day=TUESDAY)])


async def test_ones_own_hold_is_not_in_ones_way(core: Core, world: World) -> None:
    client, _, booking = await book(core, world, world.at(12))
    start = world.at(15, day=TUESDAY)
    await core.bookings.offer_times(world.owner(), booking.id, [start])
    await core.holding.hold(world.id, core.bookings.query_of(booking), start, "me")
    taken = await core.bookings.accept_offer(client, booking.id, start, hold_owner="me")
    assert taken.booking.start == start
    assert await core.holding.mine(world.id, "me") is None


async def test_an_unanswered_offer_leaves_the_client_free(core: Core, clock: Hands) -> None:
    rules = BookingRules(reschedule_until_minutes=120, cancel_until_minutes=120, max_reschedules=0)
    world = await make_business(core.uow, slug="strict", rules=rules)
    client, _, first = await book(core, world, world.at(10, 30))
    _, _, other = await book(core, world, world.at(11, 30))
    for check in (core.bookings.check_move, core.bookings.check_cancel):
        with pytest.raises(PolicyRefused):
            await check(first)
    for each in (first, other):
        await core.bookings.offer_times(world.owner(), each.id, [world.at(15, day=TUESDAY)])
    await core.bookings.check_move(first)
    await core.bookings.check_cancel(first)
    moved = (await core.bookings.reschedule(client, first.id, world.at(16))).booking
    assert moved.start == world.at(16)
    clock.to(world.at(15))
    with pytest.raises(PolicyRefused):
        await core.bookings.cancel(client, first.id)
    owner = Actor(ActorKind.CLIENT, other.client_id, world.id)
    clock.to(world.at(11))
    assert (await core.bookings.cancel(owner, other.id)).booking.status is BookingStatus.CANCELLED


# --- the client's own move


async def test_where_somebody_confirms_a_clients_move_asks_again(
    core: Core, asking: World, clock: Hands
) -> None:
    await join(core, asking, Role.MASTER, asking.anna)
    client, _, booking = await book(core, asking, asking.at(12, day=TUESDAY))
    await core.bookings.confirm(asking.owner(), booking.id)
    telegram = Recorder()
    await sweep(core, telegram).drain()
    telegram.given.clear()
    moved = (await core.bookings.reschedule(client, booking.id, asking.at(16, day=TUESDAY))).booking
    assert moved.status is BookingStatus.PENDING
    assert moved.expires_at == clock.now() + timedelta(minutes=60)
    assert await core.bookings.get(client, booking.id) == moved
    events = [entry.event for entry in await core.bookings.timeline(asking.owner(), booking.id)]
    assert events == ["create", "confirm", "reschedule", "submit"]
    await sweep(core, telegram).drain()
    assert telegram.to_clients() == [MessageKind.BOOKING_MOVED]
    clock.to(asking.at(11, day=TUESDAY))
    telegram.given.clear()
    await sweep(core, telegram).drain()
    assert MessageKind.REMINDER not in telegram.to_clients(), "nothing is promised yet"


async def test_a_move_of_the_businesss_and_a_taken_offer_ask_nobody(core: Core, asking: World) -> None:
    client, _, booking = await book(core, asking, asking.at(12))
    await core.bookings.confirm(asking.owner(), booking.id)
    moved = (await core.bookings.reschedule(asking.owner(), booking.id, asking.at(13))).booking
    assert moved.status is BookingStatus.CONFIRMED
    await core.bookings.offer_times(asking.owner(), booking.id, [asking.at(15)])
    taken = (await core.bookings.accept_offer(client, booking.id, asking.at(15))).booking
    assert (taken.status, taken.expires_at) == (BookingStatus.CONFIRMED, None)


async def test_a_cancelled_booking_is_not_moved_to_where_it_was(core: Core, world: World) -> None:
    client, _, booking = await book(core, world, world.at(12))
    await core.bookings.cancel(client, booking.id)
    with pytest.raises(TransitionRefused):
        await core.bookings.reschedule(client, booking.id, booking.start)


# --- confirming


async def test_a_request_on_a_day_that_was_closed_is_not_confirmed(core: Core, asking: World) -> None:
    _, _, booking = await book(core, asking, asking.at(12, day=TUESDAY))
    await close(core, asking)
    with pytest.raises(SlotNotOffered, match="outside_hours"):
        await core.bookings.confirm(asking.owner(), booking.id)
    with pytest.raises(SlotNotOffered):
        await core.bookings.confirm_series(asking.owner(), booking.id)
    master, _ = await join(core, asking, Role.MASTER, asking.anna)
    with pytest.raises(Forbidden):
        await core.bookings.confirm(master, booking.id, override=True)
    taken = (await core.bookings.confirm(asking.owner(), booking.id, override=True)).booking
    assert taken.status is BookingStatus.CONFIRMED
    last = (await core.bookings.timeline(asking.owner(), booking.id))[-1]
    assert last.after == {"status": "confirmed", "override": True}


@pytest.mark.parametrize("what", ["service", "staff"])
async def test_nor_is_one_for_what_is_gone(core: Core, asking: World, what: str) -> None:
    _, _, booking = await book(core, asking, asking.at(12, day=TUESDAY))
    if what == "service":
        await core.admin.archive_service(asking.owner(), asking.manicure)
    else:
        await core.admin.archive_staff(asking.owner(), asking.anna)
    with pytest.raises(NotFound) as gone:
        await core.bookings.confirm(asking.owner(), booking.id)
    assert gone.value.params["what"] == what
    await core.bookings.decline(asking.owner(), booking.id)


async def test_what_went_by_while_it_waited_is_no_reason(core: Core, clock: Hands) -> None:
    rules = BookingRules(
        auto_confirm=False, min_notice_minutes=120, same_day_cutoff=10 * 60, max_visits_per_day=1
    )
    world = await make_business(core.uow, slug="strict", rules=rules)
    _, _, booking = await book(core, world, world.at(12))
    changes = {"buffer_before": 30, "duration_minutes": 180, "online": False}
    await core.admin.update_service(world.owner(), world.manicure, changes)
    clock.to(world.at(12, 10))
    assert (await core.bookings.confirm(world.owner(), booking.id)).booking.duration == 60


async def test_a_seat_in_a_class_is_confirmed(core: Core, asking: World) -> None:
    yoga = (VisitItem(asking.yoga),)
    made = [(await book(core, asking, asking.at(12, day=TUESDAY), items=yoga, seats=2))[2] for _ in range(2)]
    for booking in made:
        confirmed = (await core.bookings.confirm(asking.owner(), booking.id)).booking
        assert confirmed.status is BookingStatus.CONFIRMED


async def test_the_web_brings_no_visit_to_a_closed_day(core: Core) -> None:
    rules = BookingRules(auto_confirm=True, web_confirmation=WebConfirmation.MESSENGER)
    world = await make_business(core.uow, slug="careful", rules=rules)
    booking = await core.bookings.create(world.visitor(), world.wish(world.at(12, day=TUESDAY)))
    await close(core, world)
    client = Actor(ActorKind.CLIENT, booking.client_id, world.id)
    code = await core.linking.of_booking(client, booking.id)
    opened = await core.linking.open(code, await meet(core, "Оля", Channel.VK))
    assert opened.what is Opening.CONFIRMED
    now = await core.bookings.get(world.owner(), booking.id)
    assert (now.status, now.awaits_client) == (BookingStatus.PENDING, False)
    assert now.expires_at is not None


# --- what the decision was made on


async def test_a_decision_is_on_what_was_seen(core: Core, asking: World) -> None:
    client, _, booking = await book(core, asking, asking.at(12))
    moved = (await core.bookings.reschedule(client, booking.id, asking.at(16))).booking
    owner = asking.owner()
    for decide in (core.bookings.confirm, core.bookings.decline, core.bookings.cancel):
        with pytest.raises(VersionMismatch) as outdated:
            await decide(owner, booking.id, version=booking.version)
        assert outdated.value.version == moved.version
    assert await core.bookings.get(owner, booking.id) == moved
    taken = await core.bookings.confirm(owner, booking.id, version=moved.version)
    assert taken.booking.status is BookingStatus.CONFIRMED
    again = await core.bookings.confirm(owner, booking.id, version=booking.version)
    assert again.already is not None, "what was wanted is so"
    await core.bookings.cancel(client, booking.id)
    with pytest.raises(TransitionRefused):
        await core.bookings.confirm(owner, booking.id, version=booking.version)


async def test_declining_what_was_confirmed_cancels_it_for_all(core: Core, world: World) -> None:
    await join(core, world, Role.MASTER, world.anna)
    _, _, booking = await book(core, world, world.at(12))
    telegram = Recorder()
    await sweep(core, telegram).drain()
    telegram.given.clear()
    await core.bookings.decline(world.owner(), booking.id, "мастер приболел")
    await sweep(core, telegram).drain()
    assert telegram.to_clients() == [MessageKind.BOOKING_CANCELLED]
    assert telegram.of(MessageKind.STAFF_BOOKING_CANCELLED)
    last = (await core.bookings.timeline(world.owner(), booking.id))[-1]
    assert (last.event, last.reason) == ("cancel", "мастер приболел")


# --- series


async def test_cancelling_the_rest_leaves_what_took_place(core: Core, world: World, clock: Hands) -> None:
    client, _, first = await book(core, world, world.at(12))
    series = await core.bookings.repeat(client, first.id, SeriesPlan(1, 3))
    clock.to(world.at(14))
    outcome = await core.bookings.cancel_rest(client, first.id)
    assert [each.id for each in outcome.changed] == [each.id for each in series.bookings[1:]]
    kept = await core.bookings.get(client, first.id)
    assert kept.status is BookingStatus.CONFIRMED


async def test_a_key_of_a_booking_makes_no_series(core: Core, world: World) -> None:
    wish = world.wish(world.at(12), request_key="form")
    await core.bookings.create(world.visitor(), wish)
    later = replace(wish, start=world.at(15, day=TUESDAY))
    with pytest.raises(InvalidInput) as reused:
        await core.bookings.create_series(world.visitor(), later, SeriesPlan(1, 2))
    assert (reused.value.field, reused.value.issue) == ("request_key", "reused")


async def test_a_series_of_nothing_more_is_none(core: Core, world: World) -> None:
    client, _, first = await book(core, world, world.at(12))
    plan = SeriesPlan(1, 3, left_out=frozenset({1, 2}))
    seen = await core.bookings.preview_repeat(client, first.id, plan)
    assert [visit.taken for visit in seen] == [False] * 3
    with pytest.raises(InvalidInput):
        await core.bookings.repeat(client, first.id, plan)
    assert (await core.bookings.get(client, first.id)).series_id is None
