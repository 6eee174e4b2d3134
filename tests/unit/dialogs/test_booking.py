"""Booking by chat: few taps, nothing lost, every mishap has its answer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.domain.booking import BookingStatus
from core.domain.catalog import BookingRules
from core.domain.client import MAX_COMMENT
from tests.support.dialog import City, Person
from tests.support.world import World, make_business
from tests.unit.dialogs.conftest import book_manicure

MESSENGERS = pytest.mark.parametrize("messenger", ["telegram", "vk"])


async def to_contact(person: Person) -> None:
    """A newcomer, up to the question for the phone."""
    await person.start()
    await person.presses("Записаться")
    await person.presses("Маникюр")
    await person.presses("Любой мастер")
    await person.presses("Завтра")


async def test_a_newcomer_needs_six_taps_with_two_masters(city: City, world: World) -> None:
    olga = city.person("Ольга")
    await olga.start()
    for label in ("Записаться", "Маникюр", "Любой мастер", "Завтра 10:00"):
        await olga.presses(label)
    await olga.shares("79001234567")
    await olga.presses("Согласиться и записаться")
    await city.deliver()
    assert olga.taps <= 6
    assert "Заявка отправлена" in olga.text
    (booking,) = city.state.bookings.values()
    client = city.state.clients[booking.client_id]
    assert (client.phone, client.phone_verified, client.name) == ("+79001234567", True, "Ольга")
    assert booking.status is BookingStatus.PENDING


@MESSENGERS
async def test_somebody_who_was_here_needs_two(city: City, world: World, messenger: str) -> None:
    olga = city.person("Ольга", messenger)
    await book_manicure(olga)
    city.clock.on(days=2)
    await olga.start()
    assert "Как в прошлый раз — маникюр, Анна?" in olga.text
    olga.taps = 0
    await olga.presses("Ближайшее")
    await olga.presses("Записаться")
    await city.deliver()
    assert olga.taps <= 2
    assert "Заявка отправлена" in olga.text
    assert len(city.state.bookings) == 2


async def test_one_message_is_edited_in_place_and_becomes_the_receipt(city: City, world: World) -> None:
    olga = city.person("Ольга")
    await to_contact(olga)
    await olga.shares("79001234567")
    before = list(olga.chat.messages)
    assert len(before) == 1
    await olga.presses("Согласиться")
    await city.deliver()
    assert list(olga.chat.messages) == before
    assert olga.labels == ["В календарь", "Как доехать", "Перенести", "Отменить"]


async def test_auto_confirmed_says_booked_and_promises_only_reminders_there_will_be(city: City) -> None:
    await make_business(city.uow)
    olga = city.person("Ольга")
    await book_manicure(olga, pick=0)
    await city.deliver()
    assert "Вы записаны ✅" in olga.text
    assert "Напомню" not in olga.text  # it begins within the hour
    later = city.person("Вера")
    await book_manicure(later, pick=1, phone="+79001234568")
    await city.deliver()
    assert "Напомню за сутки и за 2 часа." in later.text


@MESSENGERS
async def test_back_from_every_step_keeps_what_was_typed(city: City, world: World, messenger: str) -> None:
    olga = city.person("Ольга", messenger)
    await to_contact(olga)
    await olga.says("8 (900) 123-45-67")
    await olga.presses("Комментарий")
    await olga.says("Можно чуть пораньше?")
    assert "Можно чуть пораньше?" in olga.text
    await olga.presses("Назад")
    await olga.presses("Назад")
    await olga.presses("Завтра")
    assert "Проверьте запись" in olga.text
    assert "+7 900 123-45-67" in olga.text
    assert "Можно чуть пораньше?" in olga.text
    for _ in range(9):
        if "Назад" not in olga.labels:
            break
        await olga.presses("Назад")
    assert "Пн–Сб 10–20" in olga.text


async def test_only_days_with_a_free_start_can_be_pressed(city: City, world: World) -> None:
    olga = city.person("Ольга")
    await olga.start()
    for label in ("Записаться", "Маникюр", "Анна", "Выбрать день"):
        await olga.presses(label)
    cells = [button.label for row in olga.screen.rows[1:-2] for button in row]
    assert cells[:7] == ["23", "24", "25", "26", "27", "28", "·"]
    assert cells[7] == "30"
    shown = olga.screen
    await olga.presses("·")
    assert olga.screen == shown
    await olga.presses("›")
    assert "Декабрь 2026" in " ".join(olga.labels)
    await olga.presses("5")
    assert "сб 5 декабря" in olga.text


async def test_vk_lists_the_days_and_parts_of_the_day(city: City, world: World) -> None:
    olga = city.person("Ольга", "vk")
    await olga.start()
    for label in ("Записаться", "Маникюр", "Анна", "Выбрать день"):
        await olga.presses(label)
    seen = set(olga.labels)
    await olga.presses("›")
    assert "Пн 30 нояб" in olga.labels
    assert "Вс 29 нояб" not in seen | set(olga.labels)
    await olga.presses("Пн 30 нояб")
    await olga.presses("Вечер")
    assert olga.labels[0] == "17:00"


class TestSlotGone:
    """Somebody was faster."""

    async def test_before_it_was_chosen(self, city: City, world: World) -> None:
        olga, vera = city.person("Ольга"), city.person("Вера")
        for person in (olga, vera):
            await person.start()
            for label in ("Записаться", "Маникюр", "Анна"):
                await person.presses(label)
        await olga.presses("Завтра 10:00")
        await vera.presses("Завтра 10:00")
        assert "Это окошко только что заняли." in vera.text
        assert vera.labels[:3] == ["Завтра 11:00", "Завтра 11:15", "Завтра 11:30"]
        await vera.presses("Завтра 11:00")
        assert "Как с вами связаться" in vera.text

    async def test_what_is_typed_then_and_can_not_be(self, city: City, world: World) -> None:
        olga, vera = city.person("Ольга"), city.person("Вера")
        for person in (olga, vera):
            await person.start()
            for label in ("Записаться", "Маникюр", "Анна"):
                await person.presses(label)
        await olga.presses("Завтра 10:00")
        await vera.presses("Завтра 10:00")
        await vera.says("01.01.2020")
        assert "Этот день уже прошёл" in vera.text
        assert "Это окошко только что заняли." in vera.text
        await vera.presses("Завтра 11:00")
        assert "Как с вами связаться" in vera.text

    async def test_between_choosing_and_booking(self, city: City, world: World) -> None:
        olga = city.person("Ольга")
        await olga.start()
        for label in ("Записаться", "Маникюр", "Анна", "Завтра 10:00"):
            await olga.presses(label)
        await olga.says("+79001234567")
        city.clock.on(minutes=10)
        await city.core.bookings.create(
            world.visitor(), world.wish(world.at(10, day=city.clock.now().date() + timedelta(days=1)))
        )
        await olga.presses("Согласиться")
        assert "Это окошко только что заняли." in olga.text
        await olga.presses("Завтра 11:00")
        assert "Проверьте запись" in olga.text
        assert "+7 900 123-45-67" in olga.text

    async def test_any_master_becomes_another_one(self, city: City, world: World) -> None:
        olga = city.person("Ольга")
        await to_contact(olga)
        await olga.says("+79001234567")
        assert "Маникюр · Анна" in olga.text
        city.clock.on(minutes=10)
        tomorrow = city.clock.now().date() + timedelta(days=1)
        await city.core.bookings.create(world.visitor(), world.wish(world.at(10, day=tomorrow)))
        await olga.presses("Согласиться")
        await city.deliver()
        assert "Заявка отправлена" in olga.text
        assert "Мария" in olga.text

    async def test_passed_while_thinking(self, city: City, world: World) -> None:
        olga = city.person("Ольга")
        await olga.start()
        for label in ("Записаться", "Маникюр", "Анна", "Сегодня 10:00"):
            await olga.presses(label)
        await olga.says("+79001234567")
        city.clock.on(hours=2)
        await olga.presses("Согласиться")
        assert "На это время записаться уже нельзя." in olga.text
        assert "Рядом свободно" in olga.text


class TestBadInput:
    """Each has a clear answer, and nothing is lost."""

    @pytest.mark.parametrize("typed", ["12345", "123", "+7 900 12", "9" * 200])
    async def test_a_phone_that_is_none(self, city: City, world: World, typed: str) -> None:
        olga = city.person("Ольга")
        await to_contact(olga)
        await olga.says(typed)
        assert "Не похоже на номер телефона" in olga.text
        await olga.says("89001234567")
        assert "Проверьте запись" in olga.text

    async def test_ones_own_contact_is_remembered_in_the_messenger(self, city: City, world: World) -> None:
        """So that the Mini App fills in its form with it; a typed phone is not, nor somebody else's."""
        olga = city.person("Ольга")
        await to_contact(olga)
        await olga.says("+79007654321")
        (identity,) = city.state.identities.values()
        assert identity.phone is None
        anna = city.person("Анна")
        await to_contact(anna)
        await anna.shares("79001234567")
        assert [each.phone for each in city.state.identities.values()] == [None, "+79001234567"]

    @MESSENGERS
    async def test_a_phone_that_is_known_is_not_asked_for(
        self, city: City, world: World, messenger: str
    ) -> None:
        """Shared in the Mini App, or at another business of the same bot."""
        olga = city.person("Ольга", messenger)
        await olga.start()
        (identity,) = city.state.identities.values()
        await city.core.clients.set_phone(identity.id, "+79001234567")
        await to_contact(olga)
        assert "Проверьте запись" in olga.text
        assert "Ольга · +7 900 123-45-67" in olga.text
        await olga.presses("Изменить")
        await olga.presses("Телефон")
        await olga.says("8 916 765 43 21")
        assert "Ольга · +7 916 765-43-21" in olga.text
        await olga.presses("Изменить")
        await olga.presses("Время")
        await olga.presses(olga.labels[1])
        await olga.presses("Согласиться")
        (client,) = city.state.clients.values()
        assert (client.phone, client.phone_verified) == ("+79167654321", False)

    async def test_a_known_phone_is_the_messengers_word(self, city: City, world: World) -> None:
        olga = city.person("Ольга")
        await olga.start()
        await olga.shares("79001234567")
        taps = olga.taps
        await to_contact(olga)
        await olga.presses("Согласиться")
        assert olga.taps - taps <= 5
        (client,) = city.state.clients.values()
        assert (client.phone, client.phone_verified) == ("+79001234567", True)

    async def test_somebody_elses_contact(self, city: City, world: World) -> None:
        olga = city.person("Ольга")
        await to_contact(olga)
        await olga.shares("79007654321", own=False)
        assert "Это номер другого человека" in olga.text
        assert not city.state.clients

    @pytest.mark.parametrize(
        ("typed", "answer"),
        [
            ("Я" * 300, "Слишком длинное имя"),
            ("🌸🌸🌸", "В имени нужны буквы"),
            ("   ", "Напишите, пожалуйста, имя"),
        ],
    )
    async def test_a_name_that_is_none(self, city: City, world: World, typed: str, answer: str) -> None:
        olga = city.person("🌸")
        await to_contact(olga)
        await olga.says("+79001234567")
        assert "Как вас зовут?" in olga.text
        await olga.says(typed)
        assert answer in olga.text
        await olga.says("Ольга")
        assert "Ольга · +7 900 123-45-67" in olga.text

    async def test_a_comment_of_4097_characters(self, city: City, world: World) -> None:
        olga = city.person("Ольга")
        await to_contact(olga)
        await olga.says("+79001234567")
        await olga.presses("Комментарий")
        await olga.says("ы" * 4097)
        assert f"уместится {MAX_COMMENT} знаков" in olga.text
        await olga.says("Спасибо")
        assert "Спасибо" in olga.text

    @MESSENGERS
    async def test_words_where_a_button_is_expected(self, city: City, world: World, messenger: str) -> None:
        olga = city.person("Ольга", messenger)
        await olga.start()
        await olga.presses("Записаться")
        await olga.says("абракадабра")
        assert "Не совсем понял" in olga.text
        assert "На что вас записать?" in olga.text
        await olga.says("маникюр")
        assert "К кому записать?" in olga.text
        await olga.says("анна")
        assert "Когда вам удобно?" in olga.text
        await olga.sends("sticker")
        assert "Пока понимаю только слова и кнопки." in olga.text
        await olga.says("отмена")
        assert "всё остаётся как есть" in olga.text

    @pytest.mark.parametrize(
        ("typed", "answer"),
        [
            ("вчера", "Этот день уже прошёл: вс 22 ноября"),
            ("01.11.2026", "Этот день уже прошёл"),
            ("2 февраля 2031", "Не совсем понял"),
            ("02.02.2031", "Так далеко запись ещё не открыта"),
            ("в воскресенье", "окошек не осталось"),
            ("31.02", "Не совсем понял"),
            ("в субботу", "Во сколько вам удобно сб 28 ноября?"),
            ("завтра в 12:05", "окошка нет. Вот что есть в этот день."),
            ("завтра в 12:15", "Как с вами связаться"),
            ("25 ноября 18:00", "Как с вами связаться"),
        ],
    )
    async def test_typed_days_and_times(self, city: City, world: World, typed: str, answer: str) -> None:
        olga = city.person("Ольга")
        await olga.start()
        for label in ("Записаться", "Маникюр", "Анна"):
            await olga.presses(label)
        await olga.says(typed)
        assert answer in olga.text

    async def test_a_name_with_markup_stays_a_name(self, city: City, world: World) -> None:
        olga = city.person("<b>Ольга</b> & Ко")
        await book_manicure(olga)
        await city.deliver()
        (client,) = city.state.clients.values()
        assert client.name == "<b>Ольга</b> & Ко"


async def test_add_ons_and_a_second_service(city: City, world: World) -> None:
    olga = city.person("Ольга")
    await olga.start()
    for label in ("Записаться", "Маникюр", "Анна", "Дополнить", "Дизайн", "Ещё услуга", "Педикюр", "Готово"):
        await olga.presses(label)
    assert "Маникюр + Дизайн + Педикюр · Анна · 2 ч 45 мин · 4 000 ₽" in olga.text
    await olga.presses("Завтра 10:00")
    await olga.says("+79001234567")
    assert "10:00–12:45" in olga.text
    await olga.presses("Согласиться")
    (booking,) = city.state.bookings.values()
    assert [segment.service_title for segment in booking.segments] == ["Маникюр", "Педикюр"]
    assert booking.total.minor == 400_000


async def test_seats_of_a_group(city: City, world: World) -> None:
    olga = city.person("Ольга")
    await olga.start()
    await olga.presses("Записаться")
    await olga.presses("Йога")
    assert "· 4 места" in olga.labels[0]
    await olga.presses("Дополнить")
    await olga.presses("2 места")
    await olga.presses("Готово")
    await olga.presses("Завтра")
    await olga.says("+79001234567")
    assert "1 200 ₽ · 2 места" in olga.text
    await olga.presses("Согласиться")
    (booking,) = city.state.bookings.values()
    assert booking.seats == 2
    vera = city.person("Вера")
    await vera.start()
    await vera.presses("Записаться")
    await vera.presses("Йога")
    assert "Завтра 10:00 · 2 места" in vera.labels


async def test_changing_one_thing_asks_only_that(city: City, world: World) -> None:
    olga = city.person("Ольга")
    await to_contact(olga)
    await olga.says("+79001234567")
    await olga.presses("Изменить")
    await olga.presses("Мастера")
    await olga.presses("Мария")
    await olga.presses("Сегодня")
    assert "Проверьте запись" in olga.text
    assert "Маникюр · Мария" in olga.text
    await olga.presses("Изменить")
    await olga.presses("Имя")
    await olga.says("Оля")
    assert "Оля · +7 900 123-45-67" in olga.text


async def test_consent_text_is_one_tap_away_and_consent_is_kept(city: City, world: World) -> None:
    olga = city.person("Ольга")
    await to_contact(olga)
    await olga.says("+79001234567")
    await olga.says("да")
    assert not city.state.bookings
    await olga.presses("Текст согласия")
    assert "152-ФЗ" in olga.text
    await olga.presses("Назад")
    await olga.presses("Согласиться")
    (consent,) = city.state.consents.values()
    assert consent.purpose == "personal_data"


async def test_a_typed_phone_of_another_client_opens_nothing_of_theirs(city: City, world: World) -> None:
    vera, olga = city.person("Вера"), city.person("Ольга")
    await book_manicure(vera)
    await book_manicure(olga, master="Мария")
    await olga.command("my")
    assert [label for label in olga.labels if "Маникюр" in label] == ["Завтра 10:00 · Маникюр"]
    assert len(city.state.clients) == 2


async def test_too_many_open_bookings_are_refused_in_words(city: City) -> None:
    await make_business(city.uow, rules=BookingRules(max_active_per_client=1))
    olga = city.person("Ольга")
    await book_manicure(olga)
    await book_manicure_again(olga)
    assert olga.toast is not None
    assert "много предстоящих записей" in olga.toast
    assert len(city.state.bookings) == 1


async def book_manicure_again(person: Person) -> None:
    """The way of somebody who was here."""
    await person.start()
    await person.presses("Ближайшее")
    await person.presses("Записаться")


async def test_held_start_is_given_up_with_the_booking(city: City, world: World) -> None:
    olga, vera = city.person("Ольга"), city.person("Вера")
    await olga.start()
    for label in ("Записаться", "Маникюр", "Анна", "Завтра 10:00"):
        await olga.presses(label)
    await olga.says("стоп")
    await vera.start()
    for label in ("Записаться", "Маникюр", "Анна", "Завтра 10:00"):
        await vera.presses(label)
    assert "Как с вами связаться" in vera.text
