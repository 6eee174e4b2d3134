"""Whose booking it is. A typed phone opens nobody's card; a proved one does.

peers: a user linked to a client's card by equal names.
"""

from __future__ import annotations

from dataclasses import replace

from core.domain.booking import BookingSource
from core.services.booking import ClientData
from tests.support.world import Core, World, meet

PHONE = "+79001234567"


async def book_as(core: Core, world: World, hour: int, who: ClientData, **changes: object) -> str:
    """Book by a new messenger user; the id of the card that the booking went to."""
    identity = await meet(core, who.name)
    wish = world.wish(world.at(hour), client=who, identity_id=identity.id)
    booking = await core.bookings.create(world.visitor(), replace(wish, **changes))  # type: ignore[arg-type]
    return str(booking.client_id)


async def test_a_stranger_who_types_anothers_phone_gets_a_card_of_their_own(core: Core, world: World) -> None:
    anna = await meet(core, "Анна")
    first = await core.bookings.create(
        world.visitor(),
        world.wish(world.at(11), client=ClientData("Анна", PHONE, phone_verified=True), identity_id=anna.id),
    )
    stranger = await meet(core, "Анна")
    second = await core.bookings.create(
        world.visitor(),
        world.wish(world.at(13), client=ClientData("Анна", PHONE), identity_id=stranger.id),
    )
    assert second.client_id != first.client_id
    actor = await core.clients.actor(world.id, stranger.id)
    assert [booking.id for booking in await core.bookings.coming(actor)] == [second.id]
    client = await core.clients.get(actor, second.client_id)
    assert (client.phone, client.phone_verified) == (PHONE, False)


async def test_a_proved_phone_leads_to_the_card_that_the_business_wrote(core: Core, world: World) -> None:
    by_phone = world.wish(world.at(11), client=ClientData("Анна", "8 900 123-45-67"))
    written = await core.bookings.create(world.owner(), by_phone)
    client = await book_as(core, world, 13, ClientData("Анна", PHONE, phone_verified=True))
    assert client == str(written.client_id)
    card = await core.clients.get(world.owner(), written.client_id)
    assert card.phone_verified


async def test_one_person_in_two_messengers_is_one_client_by_a_proved_phone(core: Core, world: World) -> None:
    who = ClientData("Анна", PHONE, phone_verified=True)
    assert await book_as(core, world, 11, who) == await book_as(core, world, 13, who)


async def test_a_typed_phone_does_not_lead_to_the_card_that_the_business_wrote(
    core: Core, world: World
) -> None:
    written = await core.bookings.create(
        world.owner(), world.wish(world.at(11), client=ClientData("Анна", PHONE))
    )
    assert await book_as(core, world, 13, ClientData("Анна", PHONE)) != str(written.client_id)


async def test_a_page_never_adds_to_a_card_that_somebody_can_look_into(core: Core, world: World) -> None:
    linked = await book_as(core, world, 11, ClientData("Анна", PHONE, phone_verified=True))
    wish = world.wish(world.at(13), client=ClientData("Кто-то", PHONE))
    page = await core.bookings.create(world.visitor(), wish)
    assert str(page.client_id) != linked
    again = await core.bookings.create(world.visitor(), replace(wish, start=world.at(15)))
    assert again.client_id == page.client_id, "but a page's guests with one phone are one"


async def test_the_business_books_for_the_client_whose_phone_it_types(core: Core, world: World) -> None:
    linked = await book_as(core, world, 11, ClientData("Анна", PHONE, phone_verified=True))
    walk_in = world.wish(world.at(13), client=ClientData("Аня", PHONE), source=BookingSource.ADMIN)
    booking = await core.bookings.create(world.owner(), walk_in)
    assert str(booking.client_id) == linked
    card = await core.clients.get(world.owner(), booking.client_id)
    assert card.name == "Анна", "a card is named by its client"


async def test_what_a_client_says_of_themselves_replaces_what_stood(core: Core, world: World) -> None:
    identity = await meet(core, "Оля")
    wish = world.wish(
        world.at(11), client=ClientData("Оля", PHONE, phone_verified=True), identity_id=identity.id
    )
    await core.bookings.create(world.visitor(), wish)
    newer = ClientData("Ольга Ким", "+7 916 111-22-33", email="olga@example.org")
    await core.bookings.create(world.visitor(), replace(wish, start=world.at(13), client=newer))
    card = await core.clients.find(world.id, identity.id)
    assert card is not None
    assert (card.name, card.phone, card.email) == ("Ольга Ким", "+79161112233", "olga@example.org")
    assert not card.phone_verified, "another number is another claim"
    same = replace(
        wish, start=world.at(15), client=ClientData("Ольга Ким", "+79161112233", phone_verified=True)
    )
    await core.bookings.create(world.visitor(), same)
    card = await core.clients.find(world.id, identity.id)
    assert card is not None
    assert card.phone_verified


async def test_who_proves_a_phone_that_their_other_card_proved_has_one_card(core: Core, world: World) -> None:
    first = await book_as(core, world, 11, ClientData("Анна", PHONE, phone_verified=True))
    other = await meet(core, "Анна")
    wish = world.wish(world.at(13), client=ClientData("Анна", "+79161112233"), identity_id=other.id)
    earlier = await core.bookings.create(world.visitor(), wish)
    later = replace(wish, start=world.at(15), client=ClientData("Анна", PHONE, phone_verified=True))
    booking = await core.bookings.create(await core.clients.actor(world.id, other.id), later)
    assert str(booking.client_id) == first
    assert str((await core.bookings.get(world.owner(), earlier.id)).client_id) == first


async def test_a_phone_that_another_proved_stays_a_typed_one_for_who_proved_their_own(
    core: Core, world: World
) -> None:
    await book_as(core, world, 11, ClientData("Анна", PHONE, phone_verified=True))
    other = await meet(core, "Олег")
    own = ClientData("Олег", "+79161112233", phone_verified=True)
    wish = world.wish(world.at(13), client=own, identity_id=other.id)
    await core.bookings.create(world.visitor(), wish)
    later = replace(wish, start=world.at(15), client=ClientData("Олег", PHONE, phone_verified=True))
    await core.bookings.create(world.visitor(), later)
    card = await core.clients.find(world.id, other.id)
    assert card is not None
    assert (card.phone, card.phone_verified) == (PHONE, False)
