"""Closing days from the desk: whose, from when to when, what becomes of the visits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bots.dialogs.event import RawPress
from core.domain.actor import Actor, ActorKind
from core.domain.booking import Booking, BookingStatus
from tests.support.dialog import City, Person
from tests.support.world import MONDAY, World
from tests.unit.dialogs.conftest import Hire, book_manicure

MESSENGERS = pytest.mark.parametrize("messenger", ["telegram", "vk"])
TUESDAY = MONDAY + timedelta(days=1)


def standing(city: City) -> list[Booking]:
    """What is not cancelled."""
    return [each for each in city.state.bookings.values() if each.status is not BookingStatus.CANCELLED]


async def booked(city: City, world: World, master: str = "Анна") -> Person:
    """Ольга has asked for Tuesday at ten."""
    olga = city.person("Ольга")
    await book_manicure(olga, master=master)
    await city.deliver()
    assert [each.local_start.date() for each in standing(city)] == [TUESDAY]
    return olga


async def pick(person: Person, day: str, number: str) -> None:
    """A date: a cell of the month, or a line of the list."""
    await person.presses(number if number in person.labels else day)


@MESSENGERS
async def test_a_manager_closes_a_day_and_offers_other_times(
    city: City, world: World, hire: Hire, messenger: str
) -> None:
    olga = await booked(city, world)
    vera = await hire("Вера", messenger=messenger)
    await vera.presses("Закрыть день")
    assert vera.labels[:3] == ["Весь салон", "Анна", "Мария"]
    await vera.presses("Весь салон")
    await pick(vera, "Завтра", "24")
    assert "Первый день: завтра, вт 24 ноября" in vera.text
    await vera.presses("Только этот день")
    assert "Затронет 1 запись у 1 клиента." in vera.text
    await vera.presses("Предложить другое время")
    assert "Закрыто: новых записей на это время не будет." in vera.text
    assert "Предлагаю другое время вместо 1 записи, пишу 1 клиенту." in vera.text
    await city.deliver()
    assert "принять вас завтра, вт 24 ноября не получится" in olga.text
    await olga.presses(olga.labels[0])
    (moved,) = standing(city)
    assert moved.local_start.date() != TUESDAY
    await vera.presses("Мой день")
    assert "Закрыть день" in vera.labels


@MESSENGERS
async def test_a_leave_of_one_master(city: City, world: World, hire: Hire, messenger: str) -> None:
    olga = await booked(city, world)
    vera = await hire("Вера", messenger=messenger)
    await vera.presses("Закрыть день")
    await vera.presses("Анна")
    await vera.says("завтра")
    await vera.says("26.11")
    assert "Анна" in vera.text
    assert "Завтра, вт 24 ноября — чт 26 ноября" in vera.text
    await vera.presses("Отменить 1 запись")
    assert "Отменена 1 запись, пишу 1 клиенту." in vera.text
    await city.deliver()
    assert standing(city) == []
    assert "1 визит отменён." in olga.text
    exceptions = city.state.catalogues[world.id].exceptions
    assert [(each.date - MONDAY).days for each in exceptions] == [1, 2, 3]
    assert {each.staff_id for each in exceptions} == {world.anna}


@MESSENGERS
async def test_a_master_closes_the_own_chair(city: City, world: World, hire: Hire, messenger: str) -> None:
    await booked(city, world, master="Мария")
    anna = await hire("Анна", staff=world.anna, messenger=messenger)
    await anna.presses("Закрыть день")
    assert "Весь салон" not in anna.labels
    await pick(anna, "Завтра", "24")
    await anna.presses("Только этот день")
    assert "Записей на это время нет." in anna.text
    await anna.presses("Закрыть")
    assert "Закрыто" in anna.text
    assert [each.status for each in standing(city)] == [BookingStatus.PENDING]
    (exception,) = city.state.catalogues[world.id].exceptions
    assert (exception.staff_id, exception.date) == (world.anna, TUESDAY)


async def test_two_taps_close_once(city: City, world: World, hire: Hire) -> None:
    await booked(city, world)
    vera = await hire("Вера")
    await vera.presses("Закрыть день")
    await vera.presses("Анна")
    await vera.presses("24")
    await vera.presses("Только этот день")
    message_id, button = vera.button("Предложить")
    _, other = vera.button("Отменить 1")
    await vera.does(RawPress(button.value, message_id))
    await vera.does(RawPress(button.value, message_id))
    assert "пишу 1 клиенту" in vera.text
    assert len([each for each in city.state.outbox.values() if each.kind == "day_closed"]) == 1
    await vera.says("назад")
    assert "Закрыть день" in vera.labels, "what is done is not gone back to"
    await vera.does(RawPress(other.value, message_id))
    assert vera.toast, "the button is outdated by now"
    assert len(standing(city)) == 1
    assert len(city.state.catalogues[world.id].exceptions) == 1


async def test_a_screen_that_stood_over_night(city: City, world: World, hire: Hire) -> None:
    await booked(city, world)
    vera = await hire("Вера")
    await vera.presses("Закрыть день")
    await vera.presses("Весь салон")
    await vera.presses("23")
    await vera.presses("Только этот день")
    city.clock.on(days=1)
    await vera.presses("Закрыть")
    assert "Этот день уже прошёл. Выберите другой." in vera.text
    assert city.state.catalogues[world.id].exceptions == ()


async def test_dates_that_are_none(city: City, world: World, hire: Hire) -> None:
    vera = await hire("Вера")
    await vera.presses("Закрыть день")
    await vera.presses("Весь салон")
    for words, answer in (("вчера", "прош"), ("01.12.2028", "не больше чем на год вперёд")):
        await vera.says(words)
        assert answer in vera.text
    await vera.presses("›")
    await vera.presses("1")
    for words, answer in (("30.11", "не может быть раньше"), ("01.03.2027", "не больше 62 дней")):
        await vera.says(words)
        assert answer in vera.text, words
    await vera.says("05.12")
    assert "Вт 1 декабря — сб 5 декабря" in vera.text
    await vera.presses("Назад")
    await vera.says("отмена")
    assert "Закрыть день" in vera.labels
    assert city.state.catalogues[world.id].exceptions == ()


@MESSENGERS
async def test_a_client_is_told_of_several_days_at_once(
    city: City, world: World, hire: Hire, messenger: str
) -> None:
    anna = await hire("Анна", staff=world.anna, messenger=messenger)
    olga = city.person("Ольга", messenger)
    await book_manicure(olga)
    (booking,) = standing(city)
    client, thursday = Actor(ActorKind.CLIENT, booking.client_id, world.id), TUESDAY + timedelta(days=2)
    more = world.wish(world.at(15, day=thursday), client=None, consent=False)
    await city.core.bookings.create(client, more)
    await city.deliver()
    leave = {"date": str(TUESDAY), "date_until": str(thursday), "action": "offer"}
    before = len(olga.chat.messages)
    await city.core.closing.close(world.owner("Вера"), world.id, leave)
    await city.deliver()
    assert len(olga.chat.messages) == before + 1
    assert "принять вас в эти дни не получится" in olga.text
    assert "приём закрыт" in anna.text
    assert " — " in anna.text
