"""What a client does with bookings that are there, from the list and from lasting buttons."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from bots.dialogs.event import RawPress
from bots.dialogs.verb_names import WILL_COME
from bots.dialogs.verbs import VERBS
from core.domain.booking import Booking, BookingStatus
from tests.support.dialog import SIGNER, City, Person
from tests.support.world import World
from tests.unit.dialogs.conftest import Hire, book_manicure

MESSENGERS = pytest.mark.parametrize("messenger", ["telegram", "vk"])


async def booked(city: City, name: str = "Ольга", messenger: str = "telegram", **how: object) -> Person:
    """Somebody with a receipt in the chat."""
    person = city.person(name, messenger)
    await book_manicure(person, **how)  # type: ignore[arg-type]  # the helper's own
    await city.deliver()
    return person


def only(city: City) -> Booking:
    """The one booking."""
    (booking,) = city.state.bookings.values()
    return booking


@MESSENGERS
async def test_list_and_one(city: City, world: World, messenger: str) -> None:
    olga = await booked(city, messenger=messenger)
    await olga.command("my")
    await olga.presses("Завтра 10:00 · Маникюр")
    assert "Запись ждёт подтверждения" in olga.text
    assert "Завтра, вт 24 ноября, 10:00–11:00" in olga.text
    await olga.presses("Назад")
    await olga.presses("Прошедшие")
    assert "Прошедших визитов пока нет." in olga.text


async def test_moving_keeps_the_booking(city: City, world: World) -> None:
    olga = await booked(city)
    before = only(city)
    await olga.presses("Перенести")
    assert "Завтра 10:00" not in olga.labels  # it is there already
    await olga.presses("Завтра")
    assert "Было: завтра, вт 24 ноября, 10:00" in olga.text
    await olga.presses("Перенести")
    await city.deliver()
    after = only(city)
    assert "Просьба о переносе отправлена" in olga.text
    assert (after.id, after.reschedules) == (before.id, 1)
    assert after.start != before.start


@MESSENGERS
async def test_moving_may_be_to_another_master(city: City, world: World, messenger: str) -> None:
    olga = await booked(city, messenger=messenger)
    await olga.presses("Перенести")
    await olga.presses("Другой мастер")
    assert [label for label in olga.labels if label in {"Анна", "Мария"}] == ["Мария"]
    await olga.presses("Мария")
    assert "Мария" in olga.text
    await olga.presses("Завтра 10:00")
    await olga.presses("Перенести")
    await city.deliver()
    assert only(city).staff_ids == {world.maria}
    assert "Мария" in olga.text


async def test_cancelling_asks_once_and_says_what_is_lost(city: City, world: World) -> None:
    olga = await booked(city)
    await olga.presses("Отменить")
    assert "Окошко сразу достанется другим." in olga.text
    await olga.presses("Оставить")
    assert only(city).status is BookingStatus.PENDING
    await olga.presses("Отменить")
    await olga.presses("Да, отменить")
    assert "Запись отменена" in olga.text
    assert only(city).status is BookingStatus.CANCELLED
    await olga.presses("Другое время")
    assert "Когда вам удобно?" in olga.text


async def test_a_cancelled_one_says_so_on_its_old_buttons(city: City, world: World) -> None:
    olga = await booked(city)
    receipt = olga.chat.messages[list(olga.chat.messages)[-1]]
    message_id = list(olga.chat.messages)[-1]
    await olga.presses("Отменить")
    await olga.presses("Да, отменить")
    for row in receipt.rows:
        for button in row:
            if button.label == "Перенести":
                await olga.does(RawPress(button.value, message_id))
                assert olga.toast == "Эта запись уже отменена."
            if button.label == "Отменить":
                await olga.does(RawPress(button.value, message_id))
                assert "Эта запись уже отменена." in olga.text


async def test_too_late_to_cancel_says_whom_to_ask(city: City, world: World, hire: Hire) -> None:
    olga = await booked(city, pick=0)
    anna = await hire("Анна", staff=world.anna)
    await city.deliver()
    await anna.command("start")
    await anna.presses("1 заявка")
    await anna.presses("Подтвердить")
    await city.deliver()
    await olga.presses("Перенести")
    assert olga.toast is not None
    assert "не позже чем за 2 ч до визита" in olga.toast
    await olga.presses("Отменить")
    assert "Отменить отсюда можно не позже" in olga.text
    assert only(city).status is BookingStatus.CONFIRMED


@MESSENGERS
async def test_calendar_file_and_route(city: City, world: World, messenger: str) -> None:
    olga = await booked(city, messenger=messenger)
    await olga.presses("В календарь")
    file = olga.screen.file
    assert file is not None
    assert file.name == "okoshko-2026-11-24.ics"
    assert b"BEGIN:VCALENDAR" in file.content
    await olga.presses("Как доехать")
    assert "Тверская, 12" in olga.text


async def test_repeating_a_past_visit(city: City, world: World) -> None:
    olga = await booked(city)
    city.clock.on(days=3)
    await olga.command("my")
    await olga.presses("Прошедшие")
    await olga.presses(olga.labels[0])
    await olga.presses("Повторить")
    await olga.presses(olga.labels[0])
    await olga.presses("Записаться")
    assert len(city.state.bookings) == 2


async def test_a_foreign_booking_in_a_button_does_not_exist(city: City, world: World) -> None:
    await booked(city)
    stranger = city.person("Чужой")
    await stranger.start()
    target = only(city).id
    for verb in VERBS:
        await stranger.does(RawPress(SIGNER.verb(verb, target, "1"), stranger_message(stranger)))
        assert stranger.toast is not None
        assert "возможно, запись не ваша" in stranger.toast
        unknown = UUID(int=7)
        await stranger.does(RawPress(SIGNER.verb(verb, unknown), stranger_message(stranger)))
        assert "возможно, запись не ваша" in (stranger.toast or "")
    assert only(city).status is BookingStatus.PENDING
    assert "Ольга" not in "".join(laid.plain for laid in stranger.chat.messages.values())


def stranger_message(person: Person) -> str:
    """The newest message of a chat."""
    return list(person.chat.messages)[-1]


async def test_promise_to_come_is_kept_and_told(city: City, world: World, hire: Hire) -> None:
    anna = await hire("Анна", staff=world.anna)
    olga = await booked(city)
    await anna.presses("Подтвердить")
    await city.deliver()
    city.clock.on(hours=23)
    await city.deliver()
    assert "Буду" in olga.labels
    await olga.presses("Буду")
    assert olga.toast == "Отлично, ждём вас"
    assert "Ждём вас ✅" in olga.text
    assert only(city).attendance_confirmed_at is not None
    await city.deliver()
    assert "Ольга придёт" in anna.text


async def test_will_come_takes_no_cancelled_booking(city: City, world: World, hire: Hire) -> None:
    anna = await hire("Анна", staff=world.anna)
    olga = await booked(city)
    await anna.presses("Подтвердить")
    await city.deliver()
    city.clock.on(hours=23)
    await city.deliver()
    await anna.presses("Отменить")
    await anna.presses("Без причины")
    await olga.presses("Буду")
    assert olga.toast == "Эта запись уже отменена."
    assert only(city).attendance_confirmed_at is None


async def test_one_promise_for_all_visits_of_a_day(city: City, world: World) -> None:
    olga = await booked(city)
    [identity] = city.state.identities.values()
    first = only(city)
    wish = world.wish(first.start + timedelta(hours=3), client=None, consent=False, identity_id=identity.id)
    later = await city.core.bookings.create(await city.core.clients.actor(world.id, identity.id), wish)
    for booking in (first, later):
        await city.core.bookings.confirm(world.owner(), booking.id)
    await olga.does(RawPress(SIGNER.verb(WILL_COME, first.id, "day"), "1"))
    promised = [each.attendance_confirmed_at is not None for each in city.state.bookings.values()]
    assert promised == [True, True]
