"""One person in two messengers, as the dialogs lead them through it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bots.dialogs.event import RawPress
from bots.dialogs.layout import ButtonKind
from core.domain.actor import Actor, ActorKind
from core.domain.client import Channel
from core.services.booking import ClientData
from tests.support.dialog import City, Person
from tests.support.world import World, make_business
from tests.unit.dialogs.conftest import book_manicure

NAMES = {"telegram": "Telegram", "vk": "VK"}


async def booked(city: City, messenger: str, **how: object) -> Person:
    person = city.person("Ольга", messenger)
    await book_manicure(person, **how)  # type: ignore[arg-type]  # the helper's own
    await city.deliver()
    return person


def code_in(person: Person) -> str:
    """The start parameter of the link on the screen."""
    [url] = [b.value for row in person.screen.rows for b in row if b.kind is ButtonKind.LINK]
    return url.rpartition("=")[2]


async def link_from(person: Person, other: str) -> str:
    await person.command("my")
    await person.presses(f"Связать с {NAMES[other]}")
    await person.presses(f"Связать с {NAMES[other]}")
    assert "действует полчаса" in person.text
    return code_in(person)


async def agrees(person: Person, code: str) -> None:
    """They open a link and say that it is theirs."""
    await person.start(code)
    await person.presses("Связать")


@pytest.mark.parametrize(("here", "there"), [("telegram", "vk"), ("vk", "telegram")])
async def test_a_link_opens_the_same_records_in_the_other_messenger(
    city: City, world: World, here: str, there: str
) -> None:
    olga, again = await booked(city, here), city.person("Оля", there)
    code = await link_from(olga, there)
    await agrees(again, code)
    assert "это вы, и записи теперь общие" in again.text
    await again.command("my")
    assert any(label.startswith("Завтра 10:00 · Маникюр") for label in again.labels)


@pytest.mark.parametrize(("here", "there"), [("telegram", "vk"), ("vk", "telegram")])
async def test_before_cards_are_joined_the_opener_is_asked(
    city: City, world: World, here: str, there: str
) -> None:
    """A stranger's link would show the opener's visits to the stranger."""
    trickster, victim = await booked(city, here), await booked(city, there, pick=2)
    [card, _] = city.state.clients.values()
    city.state.clients[card.id] = replace(card, name="Ольга Тайная")
    code = await link_from(trickster, there)
    await victim.start(code)
    assert victim.labels == ["Связать", "Не надо"]
    assert victim.text.startswith("Ольга · ")
    assert "Связать этот чат с этой карточкой?" in victim.text
    assert "только если взяли ссылку сами" in victim.text
    for hidden in ("Тайная", "900"):
        assert hidden not in victim.text
    assert len(city.state.links) == len(set(city.state.links.values())) == 2, "nothing is joined yet"

    await victim.presses("Не надо")
    assert "всё остаётся как есть" in victim.text
    assert "Мои записи" in victim.labels
    await trickster.command("my")
    assert len([label for label in trickster.labels if "Маникюр" in label]) == 1
    await agrees(city.person("Оля", there), code)
    assert len(city.state.links) == 3, "it was left unused"


@pytest.mark.parametrize("words", ["Не надо", "отмена", "назад"])
async def test_the_question_is_declined_in_words_too(city: City, world: World, words: str) -> None:
    olga, again = await booked(city, "telegram"), city.person("Оля", "vk")
    await again.start(await link_from(olga, "vk"))
    await again.says(words)
    assert "Записаться" in again.labels
    assert len(city.state.links) == 1


@pytest.mark.parametrize("words", ["Связать", "да", "что это?"])
async def test_only_the_button_joins(city: City, world: World, words: str) -> None:
    olga, again = await booked(city, "telegram"), city.person("Оля", "vk")
    await again.start(await link_from(olga, "vk"))
    await again.says(words)
    assert len(city.state.links) == 1


async def test_the_question_outlives_a_restart_and_old_buttons(city: City, world: World) -> None:
    olga, again = await booked(city, "telegram"), city.person("Оля", "vk")
    await again.start(await link_from(olga, "vk"))
    message_id, old = again.button("Связать")
    await again.says("что это?")
    city.restarted()
    await again.does(RawPress(old.value, message_id))
    assert again.labels == ["Связать", "Не надо"], "an old button joins nothing, and the question stands"
    assert len(city.state.links) == 1
    city.restarted()
    await again.presses("Связать")
    assert "это вы, и записи теперь общие" in again.text


async def test_a_link_that_gets_too_old_before_the_answer(city: City, world: World) -> None:
    olga, again = await booked(city, "telegram"), city.person("Оля", "vk")
    await again.start(await link_from(olga, "vk"))
    city.clock.on(minutes=31)
    await again.presses("Связать")
    assert "Ссылка уже использована или устарела" in again.text
    assert "Записаться" in again.labels
    assert len(city.state.links) == 1


async def test_ones_own_link_asks_nothing(city: City, world: World) -> None:
    """Opened where it was made, or once more: nothing is left to be joined."""
    olga, again = await booked(city, "telegram"), city.person("Оля", "vk")
    code = await link_from(olga, "vk")
    await olga.start(code)
    assert "Всё уже связано" in olga.text
    await agrees(again, code)
    assert "это вы, и записи теперь общие" in again.text, "a mistaken opening has not used it up"
    await again.start(code)
    assert "Всё уже связано" in again.text


async def test_where_to_be_written_to_is_the_clients_choice(city: City, world: World) -> None:
    olga, again = await booked(city, "telegram"), city.person("Оля", "vk")
    await agrees(again, await link_from(olga, "vk"))
    assert "Пишу вам там, где вы писали последний раз" in again.text
    await again.presses("VK")
    assert again.toast == "Хорошо, учту"
    assert "Пишу вам в VK" in again.text
    [client] = city.state.clients.values()
    assert client.preferred_channel is Channel.VK
    await again.presses("Там, где я пишу")
    [client] = city.state.clients.values()
    assert client.preferred_channel is None


async def test_a_used_link_is_told_kindly(city: City, world: World) -> None:
    olga = await booked(city, "telegram")
    code = await link_from(olga, "vk")
    await agrees(city.person("Оля", "vk"), code)
    stranger = city.person("Ева", "vk")
    await stranger.start(code)
    assert "Ссылка уже использована или устарела" in stranger.text
    assert "Записаться" in stranger.labels


async def test_two_proved_phones_stay_apart_kindly(city: City, world: World) -> None:
    olga, vk = await booked(city, "telegram"), await booked(city, "vk", pick=2)
    for identity in list(city.state.identities.values()):
        phone = "+79161112233" if identity.channel is Channel.VK else "+79001234567"
        await city.core.linking.prove_phone(world.id, identity.id, phone)
    await agrees(vk, await link_from(olga, "vk"))
    assert "подтверждены разные телефоны" in vk.text


async def test_a_shared_contact_proves_the_phone_and_finds_the_other_card(city: City, world: World) -> None:
    vk, olga = await booked(city, "vk"), await booked(city, "telegram", pick=2)
    [identity] = [each for each in city.state.identities.values() if each.channel is Channel.VK]
    await city.core.linking.prove_phone(world.id, identity.id, "+79001234567")
    await olga.command("my")
    await olga.presses("Связать с VK")
    await olga.presses("Подтвердить номер")
    await olga.shares("79001234567", own=False)
    assert "Это номер другого человека" in olga.text
    await olga.shares("79001234567")
    assert "Номер подтверждён" in olga.text
    await vk.command("my")
    assert len([label for label in vk.labels if "Маникюр" in label]) == 2


async def test_a_contact_of_the_mini_app_leaves_the_screen_alone(city: City, world: World) -> None:
    """``requestContact`` brings it here, where nobody waits for it."""
    vk, olga = await booked(city, "vk"), city.person("Оля", "telegram")
    (identity,) = city.state.identities.values()
    await city.core.linking.prove_phone(world.id, identity.id, "+79001234567")
    await book_manicure(olga, pick=2, phone="+79007654321")
    await city.deliver()
    await olga.start()
    before = olga.text
    await olga.shares("79001234567")
    assert olga.text.startswith(before.split("\n", 1)[0]), "no word of not having understood"
    assert "Номер" not in olga.text
    await vk.command("my")
    assert len([label for label in vk.labels if "Маникюр" in label]) == 2, "it shows whose card it is"


async def test_a_contact_where_nothing_is_on_the_screen_is_thanked_for(city: City, world: World) -> None:
    olga = await booked(city, "telegram")
    await olga.shares("79001234567")
    assert olga.text == "Спасибо, номер записал."
    assert [each.phone for each in city.state.identities.values()] == ["+79001234567"]
    [client] = city.state.clients.values()
    assert client.phone_verified


async def test_a_contact_out_of_turn_that_is_no_phone(city: City, world: World) -> None:
    olga = city.person()
    await olga.start()
    await olga.shares("12")
    assert "Не похоже на номер телефона" in olga.text
    assert "Записаться" in olga.labels


async def test_a_contact_of_two_proved_phones_is_told_kindly(city: City, world: World) -> None:
    olga = await booked(city, "telegram")
    await booked(city, "vk", pick=2)
    await olga.shares("79001234567")
    (other,) = [each for each in city.state.identities.values() if each.channel is Channel.VK]
    await city.core.linking.prove_phone(world.id, other.id, "+79161112233")
    await olga.shares("79161112233")
    assert "подтверждены разные телефоны" in olga.text
    assert len(city.state.clients) == 2


async def test_a_contact_before_any_business_was_chosen(city: City, world: World) -> None:
    await make_business(city.uow, slug="other")
    olga = city.person()
    await olga.start()
    await olga.shares("79001234567")
    assert [each.phone for each in city.state.identities.values()] == ["+79001234567"]
    assert "Студия «Окошко»" in olga.labels


async def test_a_booking_from_the_web_is_opened_in_a_messenger(city: City, world: World) -> None:
    wish = world.wish(world.at(15), client=ClientData("Ольга", "+79001234567"))
    booking = await city.core.bookings.create(world.visitor(), wish)
    actor = Actor(ActorKind.CLIENT, booking.client_id, world.id)
    code = await city.core.linking.of_booking(actor, booking.id)
    olga = city.person("Оля", "vk")
    await olga.start(code)
    assert "Готово: запись теперь здесь" in olga.text
    assert "Запись ждёт подтверждения" in olga.text
    assert "Перенести" in olga.labels


async def test_who_has_not_booked_has_nothing_to_link(city: City, world: World) -> None:
    olga = city.person()
    await olga.start()
    await olga.presses("Мои записи")
    assert not any(label.startswith("Связать") for label in olga.labels)
