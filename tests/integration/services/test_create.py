"""Making bookings: what is written, what is refused, what is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.domain.actor import Actor, ActorKind, Role
from core.domain.booking import BookingSource, BookingStatus
from core.domain.catalog import BookingRules
from core.domain.errors import (
    ConsentRequired,
    DomainError,
    Forbidden,
    InvalidInput,
    NotFound,
    PolicyRefused,
    SlotConflict,
    SlotNotOffered,
)
from core.domain.message import MessageKind
from core.domain.visit import VisitItem
from core.ports.repositories import SentCopy
from core.services.booking import ClientData
from deploy.clock import new_id
from tests.support.senders import Recorder, sweep
from tests.support.world import Core, Hands, World, book, join, make_business, meet


async def test_a_booking_keeps_everything_of_its_day(core: Core, world: World) -> None:
    wish = world.wish(
        world.at(12),
        items=(VisitItem(world.manicure, world.anna, (world.design,)),),
        comment="  Аллергия на акрил ",
    )
    made = await core.bookings.create(world.visitor(), wish)
    kept = await core.bookings.get(world.owner(), made.id)
    assert kept == made
    assert (kept.status, kept.source) == (BookingStatus.CONFIRMED, BookingSource.WEB)
    assert (kept.start, kept.end) == (world.at(12), world.at(13, 15))
    assert kept.zone == world.zone
    assert kept.total.minor == 180_000
    assert kept.comment == "Аллергия на акрил"
    [segment] = kept.segments
    assert (segment.service_title, segment.staff_name) == ("Маникюр", "Анна")
    assert [line.title for line in segment.addons] == ["Дизайн"]
    [entry] = await core.bookings.timeline(world.owner(), made.id)
    assert (entry.event, entry.actor_kind, entry.actor_name) == ("create", "client", "Ольга")


async def test_a_taken_time_closes_everything_that_would_overlap(core: Core, world: World) -> None:
    """peers: a lock on the exact start only, so that 10:00 × 90 min leaves 10:30 free."""
    pedicure = (VisitItem(world.pedicure, world.anna),)
    await core.bookings.create(world.visitor(), world.wish(world.at(11), items=pedicure))
    for hour, minute in ((10, 15), (10, 30), (11, 0), (11, 30), (12, 15)):
        with pytest.raises(SlotConflict):
            await core.bookings.create(world.visitor(), world.wish(world.at(hour, minute)))
    await core.bookings.create(world.visitor(), world.wish(world.at(12, 30)))
    await core.bookings.create(world.visitor(), world.wish(world.at(10)))


@pytest.mark.parametrize(
    ("hour", "minute", "days", "reason"),
    [
        (9, 0, 1, "outside_hours"),
        (19, 30, 1, "outside_hours"),
        (12, 7, 1, "off_grid"),
        (9, 0, -1, "in_the_past"),
        (12, 0, 90, "too_far"),
    ],
)
async def test_what_is_not_offered_is_refused_with_the_reason(
    *, core: Core, world: World, hour: int, minute: int, days: int, reason: str
) -> None:
    start = world.at(hour, minute) + timedelta(days=days)
    with pytest.raises(SlotNotOffered) as refused:
        await core.bookings.create(world.visitor(), world.wish(start))
    assert refused.value.reason == reason


async def test_too_soon(core: Core, world: World, clock: Hands) -> None:
    clock.to(world.at(11, 30))
    with pytest.raises(SlotNotOffered, match="too_soon"):
        await core.bookings.create(world.visitor(), world.wish(world.at(12)))


@pytest.mark.parametrize(
    ("client", "field", "issue"),
    [
        (ClientData("", "+79001112233"), "name", "empty"),
        (ClientData("А" * 300, "+79001112233"), "name", "too_long"),
        (ClientData("🌸🌸🌸", "+79001112233"), "name", "no_letters"),
        (ClientData("Анна", "12345"), "phone", "not_a_phone"),
        (ClientData("Анна", None), "phone", "required"),
        (ClientData("Анна", "+79001112233", email="не почта"), "email", "not_an_email"),
        (None, "name", "empty"),
    ],
)
async def test_bad_words_about_oneself(
    core: Core, world: World, client: ClientData | None, field: str, issue: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await core.bookings.create(world.visitor(), world.wish(world.at(12), client=client))
    assert (refused.value.field, refused.value.issue) == (field, issue)
    assert (await core.bookings.list(world.owner(), world.id)).items == [], "nothing is half done"


async def test_other_bad_input(core: Core, world: World) -> None:
    naive = datetime(2026, 11, 23, 12)  # noqa: DTZ001 - that is the point
    cases: list[tuple[dict[str, object], type[DomainError]]] = [
        ({"start": naive}, InvalidInput),
        ({"start": world.at(12) + timedelta(seconds=30)}, InvalidInput),
        ({"start": datetime(9999, 12, 31, 23, 59, tzinfo=UTC)}, InvalidInput),
        ({"comment": "я" * 501}, InvalidInput),
        ({"seats": 0}, InvalidInput),
        ({"items": ()}, InvalidInput),
        ({"items": (VisitItem(new_id()),)}, NotFound),
        ({"items": (VisitItem(world.manicure, new_id()),)}, NotFound),
        ({"items": (VisitItem(world.manicure, world.anna, (new_id(),)),)}, NotFound),
        ({"items": (VisitItem(world.yoga, world.anna),)}, SlotNotOffered),
        ({"location_id": new_id()}, NotFound),
        ({"business": "нет-такого"}, NotFound),
        ({"client_id": new_id()}, NotFound),
        ({"override": True}, Forbidden),
        ({"quiet": True}, Forbidden),
        ({"seats": 2}, SlotNotOffered),
    ]
    for changes, error in cases:
        with pytest.raises(error):
            await core.bookings.create(world.visitor(), world.wish(world.at(12), **changes))


async def test_consent_is_asked_for_once(core: Core, world: World) -> None:
    identity = await meet(core)
    wish = world.wish(world.at(12), identity_id=identity.id, consent=False)
    with pytest.raises(ConsentRequired):
        await core.bookings.create(world.visitor(), wish)
    assert await core.clients.find(world.id, identity.id) is None, "no card without consent"
    await core.bookings.create(world.visitor(), replace(wish, consent=True))
    actor = await core.clients.actor(world.id, identity.id)
    again = replace(wish, start=world.at(14), client=None)
    assert (await core.bookings.create(actor, again)).client_id == actor.id
    assert actor.id is not None
    assert await core.clients.has_consent(actor.id)


async def test_a_double_tap_is_one_booking(core: Core, world: World) -> None:
    identity = await meet(core)
    wish = world.wish(world.at(12), identity_id=identity.id, request_key="form-1")
    first = await core.bookings.create(world.visitor(), wish)
    second = await core.bookings.create(world.visitor(), wish)
    assert second.id == first.id
    other = await meet(core, "Чужой")
    with pytest.raises(SlotConflict):
        await core.bookings.create(world.visitor(), replace(wish, identity_id=other.id))


async def test_a_double_tap_on_a_group_takes_one_seat(core: Core, world: World) -> None:
    identity = await meet(core)
    yoga = (VisitItem(world.yoga),)
    wish = world.wish(world.at(12), identity_id=identity.id, request_key="form-1", items=yoga)
    first = await core.bookings.create(world.visitor(), wish)
    assert (await core.bookings.create(world.visitor(), wish)).id == first.id
    starts = await core.availability.next(world.id, world.query(world.yoga), limit=9)
    assert {start.seats_left for start in starts if start.start == _minutes(world.at(12))} == {3}


def _minutes(moment: datetime) -> int:
    return int(moment.timestamp()) // 60


async def test_one_client_has_so_many_coming_bookings(core: Core) -> None:
    world = await make_business(core.uow, slug="few", rules=BookingRules(max_active_per_client=2))
    identity = await meet(core)
    for hour in (10, 12):
        await core.bookings.create(world.visitor(), world.wish(world.at(hour + 1), identity_id=identity.id))
    with pytest.raises(PolicyRefused) as refused:
        await core.bookings.create(world.visitor(), world.wish(world.at(15), identity_id=identity.id))
    assert (refused.value.rule, refused.value.params["count"]) == ("too_many_open", 2)
    client = await core.clients.find(world.id, identity.id)
    assert client is not None
    by_phone = world.wish(world.at(15), client=None, client_id=client.id)
    await core.bookings.create(world.owner(), by_phone)


async def test_daily_limits_hold_for_everybody(core: Core) -> None:
    world = await make_business(core.uow, slug="calm", rules=BookingRules(max_visits_per_day=2))
    for hour in (11, 13):
        await core.bookings.create(world.visitor(), world.wish(world.at(hour)))
    with pytest.raises(SlotNotOffered, match="daily_limit"):
        await core.bookings.create(world.visitor(), world.wish(world.at(16)))
    anyone = (VisitItem(world.manicure),)
    other = await core.bookings.create(world.visitor(), world.wish(world.at(16), items=anyone))
    assert other.staff_ids == {world.maria}


async def test_any_master_is_the_one_who_is_free(core: Core, world: World) -> None:
    anyone = (VisitItem(world.manicure),)
    first = await core.bookings.create(world.visitor(), world.wish(world.at(12), items=anyone))
    second = await core.bookings.create(world.visitor(), world.wish(world.at(12), items=anyone))
    assert first.staff_ids | second.staff_ids == {world.anna, world.maria}
    with pytest.raises(SlotConflict):
        await core.bookings.create(world.visitor(), world.wish(world.at(12), items=anyone))


async def test_two_services_in_one_visit(core: Core, world: World) -> None:
    both = (VisitItem(world.manicure), VisitItem(world.pedicure))
    visit = await core.bookings.create(world.visitor(), world.wish(world.at(12), items=both))
    assert [segment.service_title for segment in visit.segments] == ["Маникюр", "Педикюр"]
    assert visit.segments[0].end == visit.segments[1].start
    assert len(visit.staff_ids) == 1, "one master for all, where one does all"
    assert visit.total.minor == 370_000


async def test_the_only_room_is_one(core: Core, world: World) -> None:
    massage = (VisitItem(world.massage, world.anna),)
    await core.bookings.create(world.visitor(), world.wish(world.at(12), items=massage))
    with pytest.raises(SlotConflict):
        await core.bookings.create(
            world.visitor(), world.wish(world.at(12), items=(VisitItem(world.massage, world.maria),))
        )


async def test_a_group_fills_up(core: Core, world: World) -> None:
    yoga = (VisitItem(world.yoga),)
    three = await core.bookings.create(world.visitor(), world.wish(world.at(12), items=yoga, seats=3))
    assert three.total.minor == 180_000
    with pytest.raises(SlotConflict):
        await core.bookings.create(world.visitor(), world.wish(world.at(12), items=yoga, seats=2))
    last = await core.bookings.create(world.visitor(), world.wish(world.at(12), items=yoga))
    assert last.segments[0].session_id == three.segments[0].session_id
    with pytest.raises(SlotConflict):
        await core.bookings.create(world.visitor(), world.wish(world.at(12), items=yoga))
    with pytest.raises(SlotConflict):
        await core.bookings.create(
            world.visitor(), world.wish(world.at(12, 30), items=(VisitItem(world.manicure, world.maria),))
        )


async def test_without_auto_confirm_it_waits_for_the_master(core: Core) -> None:
    rules = BookingRules(auto_confirm=False, pending_minutes=30)
    world = await make_business(core.uow, slug="asking", rules=rules)
    request = await core.bookings.create(world.visitor(), world.wish(world.at(12)))
    assert request.status is BookingStatus.PENDING
    assert request.expires_at == core.clock.now() + timedelta(minutes=30)
    walk_in = await core.bookings.create(world.owner(), world.wish(world.at(15)))
    assert walk_in.status is BookingStatus.CONFIRMED


async def test_staff_book_outside_the_rules_but_not_over_others(core: Core, world: World) -> None:
    late = world.wish(world.at(21, 5), override=True, source=BookingSource.ADMIN)
    await core.bookings.create(world.owner(), late)
    with pytest.raises(SlotConflict):
        await core.bookings.create(world.owner(), late)


async def test_who_may_book_for_the_business(core: Core, world: World) -> None:
    reader = Actor(ActorKind.TOKEN, new_id(), world.id, Role.READ_ONLY)
    foreign = Actor(ActorKind.TOKEN, new_id(), new_id(), Role.OWNER)
    master = Actor(ActorKind.MEMBER, new_id(), world.id, Role.MASTER, world.anna)
    with pytest.raises(Forbidden):
        await core.bookings.create(reader, world.wish(world.at(12)))
    with pytest.raises(NotFound):
        await core.bookings.create(foreign, world.wish(world.at(12)))
    other_chair = (VisitItem(world.manicure, world.maria),)
    with pytest.raises(Forbidden):
        await core.bookings.create(master, world.wish(world.at(12), items=other_chair))
    await core.bookings.create(master, world.wish(world.at(12)))


async def test_a_client_of_another_business_is_a_stranger(core: Core, world: World) -> None:
    elsewhere = await make_business(core.uow, slug="elsewhere")
    actor, _, _ = await book(core, elsewhere, elsewhere.at(12))
    with pytest.raises(NotFound):
        await core.bookings.create(actor, world.wish(world.at(12)))


async def test_everybody_concerned_hears_of_it(core: Core, world: World, clock: Hands) -> None:
    await join(core, world, name="Елена")
    await join(core, world, Role.MASTER, world.anna)
    await join(core, world, Role.MASTER, world.maria)
    telegram = Recorder()
    _, client, _ = await book(core, world, world.at(12) + timedelta(days=2))
    await sweep(core, telegram).drain()
    assert telegram.to_clients() == [MessageKind.BOOKING_CONFIRMED]
    cards = telegram.of(MessageKind.STAFF_NEW_BOOKING)
    assert {card.member.name for card in cards if card.member} == {"Елена", "Анна"}
    telegram.given.clear()
    clock.to(world.at(12) + timedelta(days=1))
    await sweep(core, telegram).drain()
    clock.to(world.at(10) + timedelta(days=2))
    await sweep(core, telegram).drain()
    assert telegram.to_clients() == [MessageKind.REMINDER, MessageKind.REMINDER]
    assert [delivery.message.params["minutes"] for delivery in telegram.given] == [24 * 60, 120]
    assert {delivery.identity.id for delivery in telegram.given} == {client.id}


async def test_the_dialogs_message_becomes_the_confirmation(core: Core, world: World) -> None:
    identity = await meet(core)
    shown = SentCopy(identity.channel, "1", identity.external_id, "77")
    await core.bookings.create(
        world.visitor(), world.wish(world.at(12), identity_id=identity.id, shown_in=shown)
    )
    telegram = Recorder()
    await sweep(core, telegram).drain()
    [delivery] = telegram.given
    assert delivery.edit_target == shown
    assert not delivery.edit_only, "a message that was deleted is replaced by a new one"
