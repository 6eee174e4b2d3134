"""Nobody is written to who forbade it; who comes soon is asked to allow it, once, as they press something."""

from __future__ import annotations

from dataclasses import replace

from core.domain.client import Channel
from tests.support.dialog import City, Person
from tests.support.world import World
from tests.unit.dialogs.conftest import book_manicure

ASK = "Разрешите сообщения — напомню о визите"


async def forbidden(city: City, person: Person) -> None:
    """What VK tells when somebody forbids the community to write."""
    sender = person.sender
    await city.core.clients.set_reachable(sender.channel, sender.account, sender.user, reachable=False)
    await city.runtime.estranged(sender.channel, sender.account, sender.user)


def reachable(city: City) -> bool:
    [identity] = [each for each in city.state.identities.values() if each.channel is Channel.VK]
    return identity.reachable


async def test_who_forbade_it_and_comes_soon_is_asked_once(city: City, world: World) -> None:
    olga = city.person("Ольга", "vk")
    await book_manicure(olga)
    await city.deliver()
    await olga.command("my")
    await forbidden(city, olga)
    await olga.presses("Прошедшие")
    assert olga.toast == ASK
    assert not reachable(city), "a press allows nothing"
    await olga.presses("Назад")
    assert olga.toast != ASK


async def test_who_writes_allows_it(city: City, world: World) -> None:
    olga = city.person("Ольга", "vk")
    await book_manicure(olga)
    await city.deliver()
    await forbidden(city, olga)
    await olga.says("мои записи")
    assert reachable(city)
    await olga.presses("Прошедшие")
    assert olga.toast != ASK


async def test_nobody_is_asked_without_a_visit(city: City, world: World) -> None:
    olga = city.person("Ольга", "vk")
    await olga.start()
    await forbidden(city, olga)
    await olga.presses("Записаться")
    assert olga.toast != ASK


async def test_a_press_in_a_closed_chat_is_answered_with_the_question(city: City, world: World) -> None:
    olga = city.person("Ольга", "vk")
    await book_manicure(olga)
    await city.deliver()
    await olga.command("my")
    olga.chat.blocked = True
    await olga.presses("Прошедшие")
    assert olga.toast == ASK
    assert not reachable(city)


async def test_where_they_wrote_last_is_noted_while_they_talk(city: City, world: World) -> None:
    olga = city.person("Ольга", "telegram")
    await olga.start()
    seen = city.state.identities.copy()
    city.clock.on(minutes=11)
    olga.sender = replace(olga.sender, name="Ольга Ким")
    await olga.says("привет")
    assert [each.name for each in city.state.identities.values()] == ["Ольга Ким"]
    assert seen != city.state.identities
