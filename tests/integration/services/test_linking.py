"""One person in two messengers: by a one-time link or a proved phone, never by a typed one.

peers: cards merged by equal names or typed phones; histories split between messengers.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from core.domain.actor import Actor, ActorKind
from core.domain.booking import Booking, BookingSource, BookingStatus
from core.domain.catalog import BookingRules, WebConfirmation
from core.domain.client import Account, Channel, Client, Identity
from core.domain.errors import LinkInvalid, NotFound, TwoPhones
from core.domain.message import MessageKind
from core.domain.recurrence import SeriesPlan
from core.services.booking import ClientData
from core.services.linking import LINK_LIFE, LinkKind, Opening, Peeked
from tests.support.senders import Recorder, sweep
from tests.support.world import MONDAY, Core, Hands, World, join, make_business, meet

PHONE, OTHER_PHONE = "+79001234567", "+79161112233"


async def booked(
    core: Core, world: World, hour: int, who: ClientData, channel: Channel
) -> tuple[Identity, Booking]:
    """A messenger user who has booked."""
    identity = await meet(core, who.name, channel)
    source = BookingSource(channel.value)
    wish = world.wish(world.at(hour), client=who, identity_id=identity.id, source=source)
    return identity, await core.bookings.create(world.visitor(), wish)


async def card_of(core: Core, world: World, identity: Identity) -> Client:
    card = await core.clients.find(world.id, identity.id)
    assert card is not None
    return card


async def link_of(core: Core, world: World, identity: Identity) -> str:
    return await core.linking.of_client(await core.clients.actor(world.id, identity.id), world.id)


async def coming(core: Core, world: World, identity: Identity) -> set[UUID]:
    actor = await core.clients.actor(world.id, identity.id)
    return {booking.id for booking in await core.bookings.coming(actor)}


async def test_a_link_makes_a_newcomer_of_the_other_messenger_the_same_client(
    core: Core, world: World
) -> None:
    telegram, booking = await booked(core, world, 11, ClientData("Анна", PHONE), Channel.TELEGRAM)
    vk = await meet(core, "Анна", Channel.VK)
    opened = await core.linking.open(await link_of(core, world, telegram), vk)
    assert opened.what is Opening.LINKED
    assert opened.client.id == booking.client_id
    assert await coming(core, world, vk) == {booking.id}


async def test_two_cards_become_one_with_everything_of_both(core: Core, world: World) -> None:
    telegram, first = await booked(core, world, 11, ClientData("Анна", PHONE), Channel.TELEGRAM)
    core.clock.on(minutes=1)  # type: ignore[attr-defined]  # the test's clock
    vk, second = await booked(core, world, 13, ClientData("Аня", OTHER_PHONE), Channel.VK)
    opened = await core.linking.open(await link_of(core, world, telegram), vk)
    assert opened.what is Opening.MERGED
    assert opened.client.id == first.client_id, "the older card stays when no phone is proved"
    assert await coming(core, world, telegram) == await coming(core, world, vk) == {first.id, second.id}
    left = await core.clients.get(world.owner(), second.client_id)
    assert (left.merged_into, left.phone, left.email) == (first.client_id, None, None)
    [*_, entry] = await core.bookings.timeline(world.owner(), second.id)
    assert (entry.event, entry.before) == ("client_merged", {"client_id": str(second.client_id)})
    assert entry.after == {"client_id": str(first.client_id)}


async def test_every_visit_that_moves_is_drawn_again(core: Core, world: World) -> None:
    """Also behind more visits that the card which stays has had all along."""
    await join(core, world)
    telegram, _ = await booked(core, world, 11, ClientData("Анна", PHONE), Channel.TELEGRAM)
    for hour in (12, 14):
        wish = world.wish(world.at(hour), client=None, identity_id=telegram.id)
        await core.bookings.create(await core.clients.actor(world.id, telegram.id), wish)
    core.clock.on(minutes=1)  # type: ignore[attr-defined]  # the test's clock
    vk, moved = await booked(core, world, 16, ClientData("Аня", OTHER_PHONE), Channel.VK)
    by_telegram = Recorder()
    outbox = sweep(core, by_telegram, Recorder(Channel.VK))
    await outbox.drain()
    before = len(by_telegram.given)
    await core.linking.open(await link_of(core, world, telegram), vk)
    await outbox.drain()
    drawn = [each.message.booking_id for each in by_telegram.given[before:] if each.edit_only]
    assert drawn == [moved.id]


async def test_the_card_with_a_proved_phone_stays(core: Core, world: World) -> None:
    vk, _ = await booked(core, world, 11, ClientData("Аня", OTHER_PHONE), Channel.VK)
    core.clock.on(minutes=1)  # type: ignore[attr-defined]  # the test's clock
    proved = ClientData("Анна", PHONE, phone_verified=True)
    telegram, second = await booked(core, world, 13, proved, Channel.TELEGRAM)
    opened = await core.linking.open(await link_of(core, world, vk), telegram)
    assert opened.client.id == second.client_id
    assert (opened.client.phone, opened.client.phone_verified) == (PHONE, True)


async def test_two_proved_phones_are_two_people(core: Core, world: World) -> None:
    one = ClientData("Анна", PHONE, phone_verified=True)
    other = ClientData("Анна", OTHER_PHONE, phone_verified=True)
    telegram, first = await booked(core, world, 11, one, Channel.TELEGRAM)
    vk, second = await booked(core, world, 13, other, Channel.VK)
    code = await link_of(core, world, telegram)
    with pytest.raises(TwoPhones):
        await core.linking.open(code, vk)
    assert await coming(core, world, telegram) == {first.id}
    assert await coming(core, world, vk) == {second.id}


async def test_what_waits_to_be_sent_follows_the_client(core: Core, world: World, clock: Hands) -> None:
    """Reminders of both visits go where the client wants them, wherever the visit was booked."""
    telegram, first = await booked(core, world, 19, ClientData("Анна", PHONE), Channel.TELEGRAM)
    vk, second = await booked(core, world, 18, ClientData("Аня", PHONE), Channel.VK)
    by_telegram, by_vk = Recorder(), Recorder(Channel.VK)
    outbox = sweep(core, by_telegram, by_vk)
    await outbox.drain()
    await core.linking.open(await link_of(core, world, telegram), vk)
    await core.clients.prefer(await core.clients.actor(world.id, vk.id), Channel.VK)
    clock.to(world.at(17, 5))
    await outbox.drain()
    assert not by_telegram.of(MessageKind.REMINDER)
    [reminder] = by_vk.of(MessageKind.REMINDER)
    assert [visit.id for visit in reminder.together] == [second.id, first.id]


async def test_a_link_is_good_once(core: Core, world: World) -> None:
    telegram, _ = await booked(core, world, 11, ClientData("Анна", PHONE), Channel.TELEGRAM)
    code = await link_of(core, world, telegram)
    vk, stranger = await meet(core, "Анна", Channel.VK), await meet(core, "Ева", Channel.VK)
    await core.linking.open(code, vk)
    for look in (core.linking.peek, core.linking.open):
        with pytest.raises(LinkInvalid):
            await look(code, stranger)
    assert await core.clients.find(world.id, stranger.id) is None
    again = await core.linking.open(code, vk)
    assert again.what is Opening.SAME, "an event that is served twice has one effect"


async def test_a_link_gets_too_old(core: Core, world: World, clock: Hands) -> None:
    telegram, _ = await booked(core, world, 11, ClientData("Анна", PHONE), Channel.TELEGRAM)
    code = await link_of(core, world, telegram)
    clock.to(clock.now() + LINK_LIFE)
    vk = await meet(core, "Анна", Channel.VK)
    for look in (core.linking.peek, core.linking.open):
        with pytest.raises(LinkInvalid):
            await look(code, vk)


async def test_a_look_at_a_link_says_whose_it_is_and_leaves_it_unused(
    core: Core, world: World, clock: Hands
) -> None:
    who = ClientData("Анна Тайная", PHONE)
    telegram, booking = await booked(core, world, 11, who, Channel.TELEGRAM)
    code, vk = await link_of(core, world, telegram), await meet(core, "Анна", Channel.VK)
    asked = Peeked(LinkKind.CLIENT, world.id, "Анна")
    assert [await core.linking.peek(code, vk) for _ in range(2)] == [asked, asked]
    assert await core.clients.find(world.id, vk.id) is None
    assert await core.linking.peek(code, telegram) == replace(asked, known=True), "one's own"
    assert (await core.linking.open(code, vk)).what is Opening.LINKED
    clock.to(clock.now() + LINK_LIFE)
    assert await core.linking.peek(code, vk) == replace(asked, known=True), "used by the same one before"
    code = await core.linking.of_booking(await core.clients.actor(world.id, telegram.id), booking.id)
    eva = await meet(core, "Ева", Channel.VK)
    assert await core.linking.peek(code, eva) == Peeked(LinkKind.BOOKING, world.id), "with nobody's name"


@pytest.mark.parametrize("code", ["link_", "link_nobody-made-this", "link_" + "a" * 70, "link_жук", ""])
async def test_made_up_links(core: Core, world: World, code: str) -> None:
    who = await meet(core)
    for look in (core.linking.peek, core.linking.open):
        with pytest.raises(LinkInvalid):
            await look(code, who)


async def test_another_businesss_own_bot_opens_nothing(core: Core, world: World) -> None:
    rival = await make_business(core.uow, slug="rival")
    async with core.uow.begin() as tx:
        await tx.people.bind_account(Account(Channel.VK, "666", rival.id))
    telegram, _ = await booked(core, world, 11, ClientData("Анна", PHONE), Channel.TELEGRAM)
    code = await link_of(core, world, telegram)
    seen = await core.clients.see(
        replace(await meet(core, "Анна", Channel.VK), id=UUID(int=1), account_key="666")
    )
    for look in (core.linking.peek, core.linking.open):
        with pytest.raises(LinkInvalid):
            await look(code, seen)


async def test_only_clients_get_links(core: Core, world: World) -> None:
    rival = await make_business(core.uow, slug="rival")
    telegram, booking = await booked(core, world, 11, ClientData("Анна", PHONE), Channel.TELEGRAM)
    stranger, _ = await booked(core, world, 13, ClientData("Ева", OTHER_PHONE), Channel.VK)
    own = await core.clients.actor(world.id, telegram.id)
    for actor in (world.visitor(), world.owner()):
        with pytest.raises(NotFound):
            await core.linking.of_client(actor, world.id)
    with pytest.raises(NotFound):
        await core.linking.of_client(own, rival.id)
    for actor in (world.visitor(), world.owner(), await core.clients.actor(world.id, stranger.id)):
        with pytest.raises(NotFound):
            await core.linking.of_booking(actor, booking.id)


async def test_of_two_who_open_one_link_at_once_one_gets_in(core: Core, world: World) -> None:
    telegram, _ = await booked(core, world, 11, ClientData("Анна", PHONE), Channel.TELEGRAM)
    code = await link_of(core, world, telegram)
    people = [await meet(core, f"Гость {number}", Channel.VK) for number in range(6)]
    ends = await asyncio.gather(*(core.linking.open(code, who) for who in people), return_exceptions=True)
    assert sum(not isinstance(end, BaseException) for end in ends) == 1
    assert {type(end) for end in ends if isinstance(end, BaseException)} == {LinkInvalid}
    linked = [who for who in people if await core.clients.find(world.id, who.id) is not None]
    assert len(linked) == 1


async def test_one_who_opens_a_link_twice_at_once(core: Core, world: World) -> None:
    telegram, first = await booked(core, world, 11, ClientData("Анна", PHONE), Channel.TELEGRAM)
    vk, second = await booked(core, world, 13, ClientData("Аня", PHONE), Channel.VK)
    code = await link_of(core, world, telegram)
    await asyncio.gather(*(core.linking.open(code, vk) for _ in range(4)))
    assert await coming(core, world, vk) == {first.id, second.id}


async def test_links_in_both_directions_at_once(core: Core, world: World) -> None:
    telegram, first = await booked(core, world, 11, ClientData("Анна", PHONE), Channel.TELEGRAM)
    vk, second = await booked(core, world, 13, ClientData("Аня", PHONE), Channel.VK)
    there, back = await link_of(core, world, telegram), await link_of(core, world, vk)
    await asyncio.gather(core.linking.open(there, vk), core.linking.open(back, telegram))
    assert await coming(core, world, telegram) == await coming(core, world, vk) == {first.id, second.id}


async def test_bookings_made_while_cards_merge_are_not_lost(core: Core, world: World) -> None:
    telegram, first = await booked(core, world, 11, ClientData("Анна", PHONE), Channel.TELEGRAM)
    core.clock.on(minutes=1)  # type: ignore[attr-defined]  # the test's clock
    vk, second = await booked(core, world, 12, ClientData("Аня", PHONE), Channel.VK)
    gone = await core.clients.actor(world.id, vk.id)
    code = await link_of(core, world, telegram)
    wishes = [
        world.wish(world.at(hour), client=None, identity_id=vk.id, source=BookingSource.VK, consent=False)
        for hour in (14, 15, 16, 17)
    ]
    made = await asyncio.gather(
        *(core.bookings.create(gone, wish) for wish in wishes[:2]),
        core.linking.open(code, vk),
        *(core.bookings.create(gone, wish) for wish in wishes[2:]),
    )
    booked_now = {each.id for each in made if isinstance(each, Booking)}
    assert await coming(core, world, vk) == {first.id, second.id, *booked_now}


# --- a proved phone


async def test_a_proved_phone_makes_two_cards_one(core: Core, world: World) -> None:
    proved = ClientData("Анна", PHONE, phone_verified=True)
    telegram, first = await booked(core, world, 11, proved, Channel.TELEGRAM)
    vk, second = await booked(core, world, 13, ClientData("Аня", PHONE), Channel.VK)
    assert second.client_id != first.client_id
    card = await core.linking.prove_phone(world.id, vk.id, PHONE)
    assert card is not None
    assert card.id == first.client_id
    assert await coming(core, world, telegram) == {first.id, second.id}


async def test_a_proved_phone_of_nobody_else_stands_on_the_card(core: Core, world: World) -> None:
    vk, _ = await booked(core, world, 13, ClientData("Аня", OTHER_PHONE), Channel.VK)
    await core.linking.prove_phone(world.id, vk.id, "8 900 123-45-67")
    card = await card_of(core, world, vk)
    assert (card.phone, card.phone_verified) == (PHONE, True)
    assert await core.linking.prove_phone(world.id, (await meet(core)).id, PHONE) is None, "no card yet"


async def test_a_proved_phone_counts_in_every_business(core: Core, world: World) -> None:
    elsewhere, third = [await make_business(core.uow, slug=slug) for slug in ("elsewhere", "third")]
    proved = ClientData("Анна", PHONE, phone_verified=True)
    _, first = await booked(core, elsewhere, 11, proved, Channel.TELEGRAM)
    await booked(core, third, 11, proved, Channel.TELEGRAM)
    vk, _ = await booked(core, world, 11, ClientData("Аня", OTHER_PHONE), Channel.VK)
    told = {"identity_id": vk.id, "source": BookingSource.VK}
    typed = ClientData("Аня", OTHER_PHONE)
    await core.bookings.create(elsewhere.visitor(), elsewhere.wish(elsewhere.at(13), client=typed, **told))
    own = replace(typed, phone_verified=True)
    await core.bookings.create(third.visitor(), third.wish(third.at(13), client=own, **told))
    card = await core.linking.prove_phone(world.id, vk.id, PHONE)
    assert card is not None
    assert (card.phone, card.phone_verified) == (PHONE, True)
    assert (await card_of(core, elsewhere, vk)).id == first.client_id
    assert (await card_of(core, third, vk)).phone == OTHER_PHONE, "two proved phones stay two people"


async def test_a_card_that_was_merged_meanwhile_prefers_nothing(core: Core, world: World) -> None:
    telegram, _ = await booked(core, world, 11, ClientData("Анна", PHONE), Channel.TELEGRAM)
    core.clock.on(minutes=1)  # type: ignore[attr-defined]  # the test's clock
    vk, _ = await booked(core, world, 13, ClientData("Аня", OTHER_PHONE), Channel.VK)
    before = await core.clients.actor(world.id, vk.id)
    await core.linking.open(await link_of(core, world, telegram), vk)
    with pytest.raises(NotFound):
        await core.clients.prefer(before, None)


async def test_two_who_prove_one_phone_at_once_become_one(core: Core, world: World) -> None:
    people = [
        (await booked(core, world, hour, ClientData("Анна", OTHER_PHONE), channel))[0]
        for hour, channel in ((11, Channel.VK), (13, Channel.TELEGRAM), (15, Channel.VK))
    ]
    await asyncio.gather(*(core.linking.prove_phone(world.id, who.id, PHONE) for who in people))
    cards = [await card_of(core, world, who) for who in people]
    assert len({card.id for card in cards}) == 1
    assert cards[0].phone_verified


# --- a booking from the web


async def from_the_web(core: Core, world: World, hour: int) -> Booking:
    """A booking by a page's visitor."""
    wish = world.wish(world.at(hour), client=ClientData("Ольга", PHONE))
    return await core.bookings.create(world.visitor(), wish)


def as_client(world: World, booking: Booking) -> Actor:
    """Whoever has the booking's visit key."""
    return Actor(ActorKind.CLIENT, booking.client_id, world.id)


async def test_a_booking_from_the_web_comes_alone(core: Core, world: World) -> None:
    mine = await from_the_web(core, world, 11)
    anothers = await from_the_web(core, world, 13)
    assert mine.client_id == anothers.client_id, "one typed phone, maybe two people"
    code = await core.linking.of_booking(as_client(world, mine), mine.id)
    opener = await meet(core, "Оля", Channel.VK)
    opened = await core.linking.open(code, opener)
    assert (opened.what, opened.booking_id) == (Opening.BOOKING, mine.id)
    assert await coming(core, world, opener) == {mine.id}
    card = await card_of(core, world, opener)
    assert (card.name, card.phone, card.phone_verified) == ("Ольга", PHONE, False)
    assert await core.clients.has_consent(card.id)


async def test_a_typed_phone_tells_nothing_of_whose_it_is(core: Core, world: World, clock: Hands) -> None:
    """The card with that phone was there before, with somebody else's name and address."""
    whose = ClientData("Анна Смирнова", PHONE, "anna@example.org")
    await core.bookings.create(world.owner(), world.wish(world.at(11), client=whose))
    clock.on(minutes=1)
    booking = await from_the_web(core, world, 13)
    [made, *_] = await core.bookings.timeline(as_client(world, booking), booking.id)
    assert made.actor_name == "Ольга"
    opener = await meet(core, "Оля", Channel.VK)
    await core.linking.open(await core.linking.of_booking(as_client(world, booking), booking.id), opener)
    card = await card_of(core, world, opener)
    assert (card.name, card.phone, card.email) == ("Ольга", PHONE, None)


async def test_its_reminders_come_along(core: Core, world: World, clock: Hands) -> None:
    booking = await from_the_web(core, world, 18)
    vk = Recorder(Channel.VK)
    outbox = sweep(core, vk)
    await outbox.drain()
    code = await core.linking.of_booking(as_client(world, booking), booking.id)
    await core.linking.open(code, await meet(core, "Оля", Channel.VK))
    clock.to(world.at(16, 5))
    await outbox.drain()
    assert vk.to_clients() == [MessageKind.REMINDER]


async def confirming(core: Core, *, auto: bool = True) -> World:
    rules = BookingRules(web_confirmation=WebConfirmation.MESSENGER, auto_confirm=auto)
    return await make_business(core.uow, slug="careful", rules=rules)


@pytest.mark.parametrize(("auto", "end"), [(True, BookingStatus.CONFIRMED), (False, BookingStatus.PENDING)])
async def test_the_web_waits_for_its_client(core: Core, clock: Hands, auto: bool, end: BookingStatus) -> None:
    world = await confirming(core, auto=auto)
    _, master = await join(core, world)
    booking = await from_the_web(core, world, 12)
    assert (booking.status, booking.awaits_client) == (BookingStatus.PENDING, True)
    assert booking.expires_at == clock.now() + timedelta(minutes=30)
    telegram = Recorder()
    outbox = sweep(core, telegram)
    await outbox.drain()
    assert not telegram.given, "nobody is asked before the client has shown up"
    code = await core.linking.of_booking(as_client(world, booking), booking.id)
    opened = await core.linking.open(code, await meet(core, "Оля", Channel.VK))
    assert opened.what is Opening.CONFIRMED
    now = await core.bookings.get(world.owner(), booking.id)
    assert (now.status, now.awaits_client) == (end, False)
    assert (now.expires_at is None) == auto
    await outbox.drain()
    [card] = telegram.of(MessageKind.STAFF_NEW_BOOKING)
    assert card.identity.id == master.id


async def test_whom_the_web_did_not_hear_from_loses_the_time(core: Core, clock: Hands) -> None:
    world = await confirming(core)
    await join(core, world)
    booking = await from_the_web(core, world, 12)
    code = await core.linking.of_booking(as_client(world, booking), booking.id)
    clock.on(minutes=30)
    await core.bookings.expire(booking.id)
    telegram = Recorder()
    await sweep(core, telegram).drain()
    assert not telegram.given, "the master never heard of it"
    with pytest.raises(LinkInvalid):
        await core.linking.open(code, await meet(core))
    await core.bookings.create(world.visitor(), world.wish(world.at(12)))


async def test_the_master_may_take_it_without_waiting(core: Core, world: World) -> None:
    careful = await confirming(core)
    booking = await from_the_web(core, careful, 12)
    taken = (await core.bookings.confirm(careful.owner(), booking.id)).booking
    assert (taken.status, taken.awaits_client) == (BookingStatus.CONFIRMED, False)
    code = await core.linking.of_booking(as_client(careful, booking), booking.id)
    opened = await core.linking.open(code, await meet(core, "Оля", Channel.VK))
    assert opened.what is Opening.BOOKING


async def test_only_the_unknown_of_the_plain_web_wait(core: Core) -> None:
    world = await confirming(core)
    _, known = await booked(core, world, 11, ClientData("Анна", PHONE), Channel.TELEGRAM)
    by_phone = await core.bookings.create(world.owner(), world.wish(world.at(13), source=BookingSource.PHONE))
    assert {known.status, by_phone.status} == {BookingStatus.CONFIRMED}


async def test_moving_does_not_give_more_time(core: Core, clock: Hands) -> None:
    world = await confirming(core)
    await join(core, world)
    booking = await from_the_web(core, world, 12)
    clock.on(minutes=20)
    moved = (await core.bookings.reschedule(as_client(world, booking), booking.id, world.at(15))).booking
    assert (moved.awaits_client, moved.expires_at) == (True, booking.expires_at)
    telegram = Recorder()
    await sweep(core, telegram).drain()
    assert not telegram.given


async def test_a_series_from_the_web_waits_and_comes_together(core: Core) -> None:
    world = await confirming(core)
    wish = world.wish(world.at(12), client=ClientData("Ольга", PHONE))
    series = await core.bookings.create_series(world.visitor(), wish, SeriesPlan(times=3, every_weeks=1))
    assert all(each.awaits_client for each in series.bookings)
    first = series.bookings[0]
    code = await core.linking.of_booking(as_client(world, first), first.id)
    opener = await meet(core, "Оля", Channel.VK)
    await core.linking.open(code, opener)
    assert await coming(core, world, opener) == {each.id for each in series.bookings}
    stand = {(await core.bookings.get(world.owner(), each.id)).status for each in series.bookings}
    assert stand == {BookingStatus.CONFIRMED}
    assert first.local_start.date() == MONDAY
