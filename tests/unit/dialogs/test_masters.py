"""The master's side: cards, decisions, offers, the day."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bots.dialogs.event import RawPress
from core.domain.actor import SYSTEM, Actor, ActorKind, Role
from core.domain.booking import BookingStatus
from tests.support.dialog import City
from tests.support.world import World
from tests.unit.dialogs.conftest import Hire, book_manicure

MESSENGERS = pytest.mark.parametrize("messenger", ["telegram", "vk"])


@MESSENGERS
async def test_one_press_changes_every_card_and_says_who(
    city: City, world: World, hire: Hire, messenger: str
) -> None:
    anna = await hire("Анна", staff=world.anna, messenger=messenger)
    owner = await hire("Вера", messenger=messenger)
    olga = city.person("Ольга")
    await book_manicure(olga)
    await city.deliver()
    for reader in (anna, owner):
        assert "Новая заявка" in reader.text
        assert "Ольга · +7 900 •••-45-67 · впервые" in reader.text
    card = owner.button("Подтвердить")
    await anna.presses("Подтвердить")
    await city.deliver()
    for reader in (anna, owner):
        assert "✅ Подтверждено: Анна" in reader.text
        assert "Подтвердить" not in reader.labels
    assert "Запись подтверждена ✅" in olga.text
    await owner.does(RawPress(card[1].value, card[0]))
    assert owner.toast == "Уже подтверждено: Анна"


async def test_deciding_one_opens_the_next(city: City, world: World, hire: Hire) -> None:
    anna = await hire("Анна", staff=world.anna)
    for number, name in enumerate(("Ольга", "Вера", "Юля")):
        await book_manicure(city.person(name), phone=f"+7900123456{number}", pick=number)
    await city.deliver()
    await anna.presses("Подтвердить")
    assert anna.toast == "Подтверждено, клиент уже знает"
    assert "Новая заявка" in anna.text
    await anna.presses("Отказать")
    await anna.presses("Мастер приболел")
    await anna.presses("Подтвердить")
    assert "Все заявки разобраны." in anna.text
    statuses = sorted(booking.status for booking in city.state.bookings.values())
    assert statuses == [BookingStatus.CANCELLED, BookingStatus.CONFIRMED, BookingStatus.CONFIRMED]


async def test_a_reason_reaches_the_client(city: City, world: World, hire: Hire) -> None:
    anna = await hire("Анна", staff=world.anna, language="en")
    olga = city.person("Ольга")
    await book_manicure(olga)
    await city.deliver()
    await anna.presses("Decline")
    await anna.presses("The specialist is unwell")
    await city.deliver()
    assert "вас не смогут принять" in olga.text
    assert "Мастер приболел" in olga.text  # in the business's language
    await olga.presses("Другое время")
    assert "Когда вам удобно?" in olga.text


async def test_a_typed_reason(city: City, world: World, hire: Hire) -> None:
    anna = await hire("Анна", staff=world.anna)
    olga = city.person("Ольга")
    await book_manicure(olga)
    await city.deliver()
    await anna.presses("Отказать")
    await anna.says("Ремонт в кабинете, простите")
    await city.deliver()
    assert "Ремонт в кабинете, простите" in olga.text


@MESSENGERS
async def test_offered_times_are_taken_with_one_press(
    city: City, world: World, hire: Hire, messenger: str
) -> None:
    anna = await hire("Анна", staff=world.anna, messenger=messenger)
    olga = city.person("Ольга", messenger)
    await book_manicure(olga)
    await city.deliver()
    await anna.presses("Предложить другое")
    await anna.presses("Сегодня")
    await anna.presses("Добавить ещё")
    await anna.presses("Ср")
    assert "Выбрано 2 окошка." in anna.text
    await anna.presses("Отправить 2 варианта")
    assert "Отправлено 2 варианта" in anna.text
    await city.deliver()
    assert "Предлагаем другое время" in olga.text
    await olga.presses("Ср 10:00")
    await city.deliver()
    (booking,) = city.state.bookings.values()
    assert booking.status is BookingStatus.CONFIRMED
    assert booking.local_start.strftime("%d %H:%M") == "25 10:00"
    assert "Запись подтверждена ✅" in olga.text
    assert "Запись перенесена" in anna.text


async def test_an_offer_taken_by_somebody_else_is_told(city: City, world: World, hire: Hire) -> None:
    anna = await hire("Анна", staff=world.anna)
    olga = city.person("Ольга")
    await book_manicure(olga)
    await city.deliver()
    await anna.presses("Предложить другое")
    await anna.presses("Ср 10:00")
    await anna.presses("Отправить 1 вариант")
    await city.deliver()
    await book_manicure(city.person("Вера"), pick=2, phone="+79001234560")
    await olga.presses("Ср 10:00")
    assert olga.toast == "Это окошко уже не свободно. Выберите другое."
    assert "Рядом свободно:" in olga.text
    near = olga.labels[0]
    await olga.presses(near)
    await olga.presses("Перенести")
    await city.deliver()
    assert "Просьба о переносе отправлена" in olga.text
    assert "Клиент просит другое время" in anna.text


async def test_an_offered_time_that_was_closed_leads_to_the_nearest(
    city: City, world: World, hire: Hire
) -> None:
    anna = await hire("Анна", staff=world.anna)
    olga = city.person("Ольга")
    await book_manicure(olga)
    await city.deliver()
    await anna.presses("Предложить другое")
    await anna.presses("Ср 10:00")
    await anna.presses("Отправить 1 вариант")
    await city.deliver()
    await city.core.admin.create_exception(world.owner(), world.id, {"date": "2026-11-25", "type": "closed"})
    await olga.presses("Ср 10:00")
    assert olga.toast == "Это окошко уже не свободно. Выберите другое."
    assert "Рядом свободно:" in olga.text
    assert not [label for label in olga.labels if label.startswith("Ср")]


async def test_an_unanswered_offer_holds_no_deadline_against_the_client(
    city: City, world: World, hire: Hire
) -> None:
    anna = await hire("Анна", staff=world.anna)
    olga = city.person("Ольга")
    await book_manicure(olga)
    await city.deliver()
    await anna.presses("Подтвердить")
    await city.deliver()
    week, now = 7 * 24 * 60, city.state.catalogues[world.id]
    strict = replace(now.business.rules, reschedule_until_minutes=week, cancel_until_minutes=week)
    await city.open(replace(now, version=now.version + 1, business=replace(now.business, rules=strict)))
    await olga.presses("Перенести")
    assert olga.toast is not None
    assert olga.toast.startswith("Перенести отсюда можно не позже")
    await anna.presses("Предложить другое")
    await anna.presses("Ср 10:00")
    await anna.presses("Отправить 1 вариант")
    await city.deliver()
    offer = {label: olga.button(label) for label in ("Своё время", "Отменить")}
    for label, words in (("Своё время", "Перенос · "), ("Отменить", "Отменить запись?")):
        await olga.does(RawPress(offer[label][1].value, offer[label][0]))
        assert words in olga.text
    await olga.presses("Да, отменить")
    (booking,) = city.state.bookings.values()
    assert booking.status is BookingStatus.CANCELLED


async def test_a_press_on_a_card_that_is_out_of_date_decides_nothing(
    city: City, world: World, hire: Hire
) -> None:
    anna = await hire("Анна", staff=world.anna)
    olga = city.person("Ольга")
    await book_manicure(olga)
    await city.deliver()
    shown = {label: anna.button(label) for label in ("Подтвердить", "Отказать")}
    await olga.presses("Перенести")
    await olga.presses("Завтра")
    await olga.presses("Перенести")
    (moved,) = city.state.bookings.values()
    for message_id, button in shown.values():
        await anna.does(RawPress(button.value, message_id))
        assert anna.toast == "Запись успела измениться. Посмотрите на неё ещё раз."
        assert city.state.bookings[moved.id] == moved
    assert "10:15–11:15" in anna.chat.messages[shown["Подтвердить"][0]].plain
    await anna.presses("Подтвердить")
    assert city.state.bookings[moved.id].status is BookingStatus.CONFIRMED


async def test_a_request_that_changed_while_it_was_read(city: City, world: World, hire: Hire) -> None:
    anna = await hire("Анна", staff=world.anna)
    olga = city.person("Ольга")
    await book_manicure(olga)
    (asked,) = city.state.bookings.values()
    await anna.start()
    await anna.presses("1 заявка")
    client = Actor(ActorKind.CLIENT, asked.client_id, world.id)
    await city.core.bookings.reschedule(client, asked.id, world.at(16))
    await anna.presses("Подтвердить")
    assert "Запись успела измениться" in anna.text
    assert "16:00–17:00" in anna.text
    assert city.state.bookings[asked.id].status is BookingStatus.PENDING
    await anna.presses("Отказать")
    await anna.presses("Без причины")
    (declined,) = city.state.bookings.values()
    assert declined.status is BookingStatus.CANCELLED


async def test_a_request_on_a_closed_day_is_not_confirmed(city: City, world: World, hire: Hire) -> None:
    anna = await hire("Анна", staff=world.anna)
    await book_manicure(city.person("Ольга"))
    await city.deliver()
    await city.core.admin.create_exception(world.owner(), world.id, {"date": "2026-11-24", "type": "closed"})
    await anna.presses("Подтвердить")
    assert anna.toast is not None
    assert anna.toast.startswith("На это время записать уже нельзя")
    (booking,) = city.state.bookings.values()
    assert booking.status is BookingStatus.PENDING


async def test_what_was_confirmed_is_cancelled_and_everybody_hears(
    city: City, world: World, hire: Hire
) -> None:
    anna = await hire("Анна", staff=world.anna)
    owner = await hire("Вера")
    olga = city.person("Ольга")
    await book_manicure(olga)
    await city.deliver()
    await anna.presses("Подтвердить")
    await city.deliver()
    await owner.presses("Отменить")
    assert "Отменить визит?" in owner.text
    await owner.presses("Мастер приболел")
    assert owner.toast == "Визит отменён, клиент уже знает"
    await city.deliver()
    assert "К сожалению, ваш визит отменён" in olga.text
    assert "Мастер приболел" in olga.text
    assert "Запись отменена" in anna.text


async def test_how_a_visit_went_is_told_on_its_card(city: City, world: World, hire: Hire) -> None:
    anna = await hire("Анна", staff=world.anna)
    olga = city.person("Ольга")
    await book_manicure(olga)
    await city.deliver()
    await anna.presses("Подтвердить")
    await city.deliver()
    (booking,) = city.state.bookings.values()
    card = anna.button("Отменить")[0]
    city.clock.to(booking.start)
    await anna.does(RawPress(anna.button("Предложить другое")[1].value, card))
    assert anna.toast == "Этот визит уже начался."
    labels = [button.label for row in anna.chat.messages[card].rows for button in row]
    assert labels == ["Пришёл", "Не пришёл", "Готово", "Телефон"]
    for label, status in (
        ("Пришёл", BookingStatus.IN_PROGRESS),
        ("Готово", BookingStatus.COMPLETED),
        ("Не пришёл", BookingStatus.NO_SHOW),
        ("Готово", BookingStatus.COMPLETED),
    ):
        await anna.presses(label)
        assert city.state.bookings[booking.id].status is status
        await city.deliver()


async def test_the_whole_phone_is_asked_for(city: City, world: World, hire: Hire) -> None:
    anna = await hire("Анна", staff=world.anna)
    await book_manicure(city.person("Ольга"))
    await city.deliver()
    await anna.presses("Телефон")
    assert anna.text == "Ольга · +7 900 123-45-67"


async def test_the_day(city: City, world: World, hire: Hire) -> None:
    anna = await hire("Анна", staff=world.anna)
    await book_manicure(city.person("Ольга"), pick=0)
    await anna.start()
    assert "Сегодня, пн 23 ноября: 1 запись" in anna.text
    assert "10:00–11:00 · Ольга · Маникюр · ждёт ответа" in anna.text
    assert "Завтра, вт 24 ноября: записей нет" in anna.text
    await anna.presses("Записаться как клиент")
    await anna.presses("Мой день")
    assert "1 запись" in anna.text


@pytest.mark.parametrize("code", ["join_nonsense", "join_", "join_" + "x" * 200, "join_я"])
async def test_an_invite_that_is_none(city: City, world: World, code: str) -> None:
    olga = city.person("Ольга")
    await olga.start(code)
    assert "Приглашение уже использовано или устарело" in olga.text
    assert "Записаться" in olga.labels


async def test_an_invite_works_once(city: City, world: World, hire: Hire) -> None:
    code = await city.core.team.create_invite(SYSTEM, world.id, role=Role.MASTER, staff_id=world.anna)
    anna, other = city.person("Анна"), city.person("Другая")
    await anna.start(code)
    assert "Анна, вы в команде: Студия «Окошко»" in anna.text
    await other.start(code)
    assert "Приглашение уже использовано" in other.text
