"""Series of visits on a real database: each is checked, nothing is half booked, everybody is told once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import asyncpg
import pytest

from core.domain.actor import Actor, ActorKind, Role
from core.domain.booking import OPEN, Booking, BookingSource, BookingStatus
from core.domain.catalog import BookingRules
from core.domain.errors import (
    ConsentRequired,
    Forbidden,
    InvalidInput,
    NotFound,
    PolicyRefused,
    SeriesConflict,
    TransitionRefused,
)
from core.domain.message import MessageKind
from core.domain.recurrence import SeriesPlan
from core.domain.visit import Refusal, VisitItem, to_minutes
from core.jobs.expiry import ExpirySweep
from core.services.recurring import Series
from tests.support.world import MONDAY, Core, Hands, World, book, join, make_business, meet

TUESDAY = MONDAY + timedelta(days=1)
WEEKLY = SeriesPlan(1, 4)


def starts(world: World, count: int = 4, hour: int = 12) -> list[datetime]:
    """Tuesdays at noon."""
    return [world.at(hour, day=TUESDAY + timedelta(weeks=number)) for number in range(count)]


async def messages(database: str, kind: MessageKind) -> Sequence[asyncpg.Record]:
    """Rows of the outbox."""
    connection = await asyncpg.connect(database)
    found = await connection.fetch(
        "SELECT params, client_id, member_id, edit_of, status FROM outbox WHERE kind = $1 ORDER BY id", kind
    )
    await connection.close()
    return found


async def make(core: Core, world: World, plan: SeriesPlan = WEEKLY, **changes: object) -> Series:
    """A weekly series of a new messenger user."""
    identity = await meet(core)
    wish = world.wish(
        world.at(12, day=TUESDAY), identity_id=identity.id, source=BookingSource.TELEGRAM, **changes
    )
    return await core.bookings.create_series(world.visitor(), wish, plan)


async def test_a_series_is_booked_as_a_whole(core: Core, world: World, database: str) -> None:
    await join(core, world, Role.OWNER, name="Вера")
    series = await make(core, world)
    assert [booking.start for booking in series.bookings] == starts(world)
    assert {booking.series_id for booking in series.bookings} == {series.id}
    assert {booking.status for booking in series.bookings} == {BookingStatus.CONFIRMED}
    for booking in series.bookings:
        (entry,) = await core.bookings.timeline(world.owner(), booking.id)
        assert entry.after["series_id"] == str(series.id)

    (confirmation,) = await messages(database, MessageKind.SERIES_BOOKED)
    assert f'"starts": {[to_minutes(start) for start in starts(world)]}' in confirmation["params"]
    (card,) = await messages(database, MessageKind.STAFF_SERIES)
    assert card["member_id"] is not None
    assert await messages(database, MessageKind.BOOKING_CONFIRMED) == []
    assert await messages(database, MessageKind.STAFF_NEW_BOOKING) == []
    assert len(await messages(database, MessageKind.REMINDER)) == 8, "each visit has its own"


async def test_conflicts_come_back_with_offers_and_nothing_is_booked(core: Core, world: World) -> None:
    second, third = starts(world)[1:3]
    await core.bookings.create(world.visitor(), world.wish(second))
    await core.admin.create_exception(
        world.owner(), world.id, {"date": str(TUESDAY + timedelta(weeks=2)), "type": "closed"}
    )
    with pytest.raises(SeriesConflict) as refused:
        await make(core, world)
    visits = refused.value.occurrences
    assert [visit.refusal for visit in visits] == [None, Refusal.TAKEN, Refusal.OUTSIDE_HOURS, None]
    assert visits[1].offers == (
        second - timedelta(hours=1),
        second + timedelta(hours=1),
        second - timedelta(minutes=75),
    )
    assert all(abs(offer - third) < timedelta(days=2) for offer in visits[2].offers)
    assert len((await core.bookings.list(world.owner(), world.id)).items) == 1

    resolved = SeriesPlan(1, 4, {1: visits[1].offers[0]}, frozenset({2}))
    series = await make(core, world, resolved)
    assert [booking.start for booking in series.bookings] == [
        starts(world)[0],
        visits[1].offers[0],
        starts(world)[3],
    ]


async def test_the_preview_says_what_the_booking_does(core: Core, world: World) -> None:
    await core.bookings.create(world.visitor(), world.wish(starts(world)[1]))
    identity = await meet(core)
    wish = world.wish(world.at(12, day=TUESDAY), identity_id=identity.id)
    seen = await core.bookings.preview_series(world.visitor(), wish, WEEKLY)
    with pytest.raises(SeriesConflict) as refused:
        await core.bookings.create_series(world.visitor(), wish, WEEKLY)
    assert seen == refused.value.occurrences
    assert await core.clients.find(world.id, identity.id) is None, "a refused series leaves nobody behind"


async def test_visits_of_one_series_do_not_stand_in_each_others_place(core: Core, world: World) -> None:
    first = starts(world)[0]
    plan = SeriesPlan(1, 2, {1: first})
    wish = world.wish(first)
    seen = await core.bookings.preview_series(world.visitor(), wish, plan)
    assert [visit.refusal for visit in seen] == [None, Refusal.TAKEN]
    assert first not in seen[1].offers
    with pytest.raises(SeriesConflict):
        await core.bookings.create_series(world.visitor(), wish, plan)


async def test_beyond_the_horizon_is_refused_and_a_manager_may_override(core: Core, world: World) -> None:
    plan = SeriesPlan(4, 4)
    with pytest.raises(SeriesConflict) as refused:
        await make(core, world, plan)
    assert [visit.refusal for visit in refused.value.occurrences] == [None, None, None, Refusal.TOO_FAR]
    series = await core.bookings.create_series(
        world.owner(), world.wish(starts(world)[0], override=True), plan
    )
    assert len(series.bookings) == 4
    (entry,) = await core.bookings.timeline(world.owner(), series.bookings[3].id)
    assert entry.after["override"] is True


async def test_ten_in_the_morning_stays_ten_when_clocks_change(core: Core, clock: Hands) -> None:
    world = await make_business(core.uow, slug="london", zone="Europe/London")
    clock.to(world.at(9, day=MONDAY.replace(month=10, day=12)))
    day = MONDAY.replace(month=10, day=13)
    series = await core.bookings.create_series(
        world.visitor(), world.wish(world.at(10, day=day)), SeriesPlan(1, 4)
    )
    assert [booking.local_start.hour for booking in series.bookings] == [10] * 4
    assert len({booking.start.hour for booking in series.bookings}) == 2


async def test_the_same_form_twice_is_one_series(core: Core, world: World) -> None:
    identity = await meet(core)
    wish = world.wish(world.at(12, day=TUESDAY), identity_id=identity.id, request_key="form")
    made = await asyncio.gather(
        *(core.bookings.create_series(world.visitor(), wish, WEEKLY) for _ in range(4))
    )
    assert {series.id for series in made} == {made[0].id}
    assert {tuple(b.id for b in series.bookings) for series in made} == {
        tuple(b.id for b in made[0].bookings)
    }
    assert len((await core.bookings.list(world.owner(), world.id)).items) == 4


async def test_two_series_over_the_same_weeks(core: Core, world: World) -> None:
    ended = await asyncio.gather(
        make(core, world),
        make(core, world),
        make(core, world, SeriesPlan(2, 3)),
        return_exceptions=True,
    )
    made = [each for each in ended if isinstance(each, Series)]
    assert len(made) == 1
    assert {type(each) for each in ended if each not in made} == {SeriesConflict}
    assert len((await core.bookings.list(world.owner(), world.id)).items) == len(made[0].bookings)


async def test_who_and_how_many(core: Core, world: World) -> None:
    start = world.at(12, day=TUESDAY)
    with pytest.raises(ConsentRequired):
        await core.bookings.create_series(world.visitor(), world.wish(start, consent=False), WEEKLY)
    with pytest.raises(Forbidden):
        await core.bookings.create_series(world.visitor(), world.wish(start, override=True), WEEKLY)
    with pytest.raises(InvalidInput):
        await core.bookings.create_series(world.visitor(), world.wish(start), SeriesPlan(1, 60))
    few = await make_business(core.uow, slug="few", rules=BookingRules(max_active_per_client=3))
    with pytest.raises(PolicyRefused) as refused:
        await make(core, few)
    assert refused.value.rule == "too_many_open"
    assert (await core.bookings.list(few.owner(), few.id)).items == []


async def test_a_group_and_two_services_come_again_too(core: Core, world: World) -> None:
    yoga = await make(core, world, items=(VisitItem(world.yoga),), seats=2)
    assert len({booking.segments[0].session_id for booking in yoga.bookings}) == 4
    items = (VisitItem(world.manicure, world.anna, (world.design,)), VisitItem(world.pedicure, world.anna))
    visits = await make(core, world, items=items)
    assert {booking.duration for booking in visits.bookings} == {165}
    assert {booking.total.minor for booking in visits.bookings} == {400_000}


# --- grown from a booking


async def test_a_booking_becomes_the_first_of_a_series(core: Core, world: World, database: str) -> None:
    client, _, first = await book(core, world, world.at(12, day=TUESDAY))
    seen = await core.bookings.preview_repeat(client, first.id, WEEKLY)
    assert [visit.booked for visit in seen] == [True, False, False, False]
    series = await core.bookings.repeat(client, first.id, WEEKLY, request_key="form")
    assert [booking.start for booking in series.bookings] == starts(world)
    assert series.bookings[0].id == first.id
    history = [entry.event for entry in await core.bookings.timeline(client, first.id)]
    assert history == ["create", "repeat"]
    (told,) = await messages(database, MessageKind.SERIES_BOOKED)
    assert f'"starts": {[to_minutes(start) for start in starts(world)[1:]]}' in told["params"]

    again = await core.bookings.repeat(client, first.id, WEEKLY, request_key="form")
    assert [booking.id for booking in again.bookings] == [booking.id for booking in series.bookings]
    other, _, _ = await book(core, world, world.at(16, day=TUESDAY))
    with pytest.raises(NotFound):
        await core.bookings.repeat(other, first.id, WEEKLY)
    with pytest.raises(InvalidInput):
        await core.bookings.repeat(client, first.id, SeriesPlan(1, 3, left_out=frozenset({0})))


async def test_what_is_over_does_not_go_on(core: Core, world: World) -> None:
    client, _, first = await book(core, world, world.at(12, day=TUESDAY))
    await core.bookings.cancel(client, first.id)
    with pytest.raises(TransitionRefused):
        await core.bookings.preview_repeat(client, first.id, WEEKLY)
    with pytest.raises(TransitionRefused):
        await core.bookings.repeat(client, first.id, WEEKLY)


# --- its life


def statuses(bookings: Sequence[Booking]) -> list[BookingStatus]:
    """By start."""
    return [booking.status for booking in bookings]


async def test_cancelling_one_or_the_rest(core: Core, world: World, database: str) -> None:
    await join(core, world, Role.OWNER, name="Вера")
    client, _, first = await book(core, world, world.at(12, day=TUESDAY))
    series = await core.bookings.repeat(client, first.id, WEEKLY)
    await core.bookings.cancel(client, series.bookings[1].id)
    gone, kept = BookingStatus.CANCELLED, BookingStatus.CONFIRMED
    assert statuses(await core.bookings.series(client, first.id)) == [kept, gone, kept, kept]

    outcome = await core.bookings.cancel_rest(client, series.bookings[2].id)
    assert [booking.start for booking in outcome.changed] == starts(world)[2:]
    assert statuses(await core.bookings.series(client, first.id)) == [kept, gone, gone, gone]
    assert len(await messages(database, MessageKind.STAFF_SERIES_CANCELLED)) == 1
    assert await messages(database, MessageKind.SERIES_CANCELLED) == [], "they did it themselves"
    left = [row for row in await messages(database, MessageKind.REMINDER) if row["status"] == "queued"]
    assert len(left) == 2
    again = await core.bookings.cancel_rest(client, series.bookings[2].id)
    assert again.changed == ()
    assert again.already is not None
    await core.bookings.create(world.visitor(), world.wish(starts(world)[3]))  # its time is free again


async def test_too_late_for_the_first_is_too_late_for_the_rest(
    core: Core, world: World, clock: Hands
) -> None:
    client, _, first = await book(core, world, world.at(12, day=TUESDAY))
    await core.bookings.repeat(client, first.id, WEEKLY)
    clock.to(world.at(11, 30, day=TUESDAY))
    with pytest.raises(PolicyRefused):
        await core.bookings.cancel_rest(client, first.id)
    assert {each.status for each in await core.bookings.series(client, first.id)} == {BookingStatus.CONFIRMED}
    outcome = await core.bookings.cancel_rest(world.owner(), first.id, "Мастер уволился")
    assert len(outcome.changed) == 4


@pytest.fixture
async def asking(core: Core) -> World:
    """A business that confirms by hand."""
    return await make_business(
        core.uow, slug="asking", rules=BookingRules(auto_confirm=False, pending_minutes=60)
    )


async def test_a_series_is_answered_with_one_word(core: Core, asking: World, database: str) -> None:
    owner, _ = await join(core, asking, Role.OWNER, name="Вера")
    series = await make(core, asking)
    assert set(statuses(series.bookings)) == {BookingStatus.PENDING}
    outcome = await core.bookings.confirm_series(owner, series.bookings[0].id)
    assert statuses(outcome.changed) == [BookingStatus.CONFIRMED] * 4
    assert all(booking.expires_at is None for booking in outcome.changed)
    told = await messages(database, MessageKind.SERIES_BOOKED)
    assert [row["status"] for row in told] == ["dropped", "queued"], "the request's answer makes it idle"
    assert [row["edit_of"] is not None for row in await messages(database, MessageKind.STAFF_SERIES)] == [
        False,
        True,
    ]
    again = await core.bookings.confirm_series(owner, series.bookings[0].id)
    assert again.changed == ()
    assert again.already is not None
    with pytest.raises(TransitionRefused):
        await core.bookings.decline_series(owner, series.bookings[0].id)


async def test_a_declined_series(core: Core, asking: World, database: str) -> None:
    series = await make(core, asking)
    first = series.bookings[0]
    await core.bookings.confirm(asking.owner(), first.id)
    client = (await core.bookings.get(asking.owner(), first.id)).client_id
    outcome = await core.bookings.decline_series(asking.owner(), series.bookings[1].id, "В отпуске")
    assert len(outcome.changed) == 3
    assert {booking.cancel_reason for booking in outcome.changed} == {"В отпуске"}
    (told,) = await messages(database, MessageKind.SERIES_CANCELLED)
    assert told["client_id"] == client
    with pytest.raises(NotFound):
        await core.bookings.confirm_series(Actor(ActorKind.TOKEN, first.id, first.id, Role.OWNER), first.id)


async def test_a_series_that_nobody_answered_expires_with_one_word(
    core: Core, asking: World, clock: Hands, database: str
) -> None:
    series = await make(core, asking)
    clock.on(hours=2)
    await ExpirySweep(core.uow, core.bookings, core.clock).run_once()
    assert set(statuses(await core.bookings.series(asking.owner(), series.bookings[0].id))) == {
        BookingStatus.EXPIRED
    }
    assert len(await messages(database, MessageKind.SERIES_CANCELLED)) == 1
    assert await messages(database, MessageKind.BOOKING_EXPIRED) == []


async def test_a_master_answers_for_the_own_chair(core: Core, asking: World) -> None:
    anna, _ = await join(core, asking, Role.MASTER, asking.anna, name="Анна")
    maria, _ = await join(core, asking, Role.MASTER, asking.maria, name="Мария")
    series = await make(core, asking)
    with pytest.raises(NotFound):
        await core.bookings.confirm_series(maria, series.bookings[0].id)
    assert len((await core.bookings.confirm_series(anna, series.bookings[0].id)).changed) == 4


async def test_one_of_a_series_moves_by_itself(core: Core, world: World) -> None:
    client, _, first = await book(core, world, world.at(12, day=TUESDAY))
    series = await core.bookings.repeat(client, first.id, WEEKLY)
    moved = (await core.bookings.reschedule(client, series.bookings[1].id, world.at(15, day=TUESDAY))).booking
    assert moved.series_id == series.id
    rest = await core.bookings.series(client, first.id)
    assert [each.start for each in rest] == [
        starts(world)[0],
        world.at(15, day=TUESDAY),
        *starts(world)[2:],
    ]
    assert all(each.status in OPEN for each in rest)
