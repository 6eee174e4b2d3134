"""One person in two messengers, as the dialogs lead them through it."""

from __future__ import annotations

import pytest

from bots.dialogs.layout import ButtonKind
from core.domain.actor import Actor, ActorKind
from core.domain.client import Channel
from core.services.booking import ClientData
from tests.support.dialog import City, Person
from tests.support.world import World
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


@pytest.mark.parametrize(("here", "there"), [("telegram", "vk"), ("vk", "telegram")])
async def test_a_link_opens_the_same_records_in_the_other_messenger(
    city: City, world: World, here: str, there: str
) -> None:
    olga, again = await booked(city, here), city.person("Оля", there)
    code = await link_from(olga, there)
    await again.start(code)
    assert "это вы, и записи теперь общие" in again.text
    await again.command("my")
    assert any(label.startswith("Завтра 10:00 · Маникюр") for label in again.labels)


async def test_where_to_be_written_to_is_the_clients_choice(city: City, world: World) -> None:
    olga, again = await booked(city, "telegram"), city.person("Оля", "vk")
    await again.start(await link_from(olga, "vk"))
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
    await city.person("Оля", "vk").start(code)
    stranger = city.person("Ева", "vk")
    await stranger.start(code)
    assert "Ссылка уже использована или устарела" in stranger.text
    assert "Записаться" in stranger.labels


async def test_two_proved_phones_stay_apart_kindly(city: City, world: World) -> None:
    olga, vk = await booked(city, "telegram"), await booked(city, "vk", pick=2)
    for identity in list(city.state.identities.values()):
        phone = "+79161112233" if identity.channel is Channel.VK else "+79001234567"
        await city.core.linking.prove_phone(world.id, identity.id, phone)
    await vk.start(await link_from(olga, "vk"))
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
