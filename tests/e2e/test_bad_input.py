"""What people do wrong in a chat, over HTTP: each has a clear answer, and nothing is half done."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from bots.sandbox.client import ChatClient
from core.domain.booking import BookingStatus
from tests.support.story import LONDON_BOT, STUDIO_BOT, Story, first_time, later_time

pytestmark = pytest.mark.asyncio(loop_scope="module")

QUESTION = "Как с вами связаться?"
#: Where contacts can be shared at all.
in_telegram = pytest.mark.parametrize("story", [STUDIO_BOT], indirect=True)


async def at_contact(story: Story, name: str) -> ChatClient:
    """A new client who is asked for their phone."""
    client = await story.client(name)
    await story.ask(client)
    assert QUESTION in client.screen.text
    return client


@pytest.mark.parametrize("typed", ["12345", "+7 000 000-00-00", "89161234567890123", "звоните жене"])
async def test_a_phone_that_is_none(story: Story, typed: str) -> None:
    client = await at_contact(story, f"Телефон {typed[:5]}")
    await client.send(typed)
    assert "Не похоже на номер телефона" in client.screen.text
    assert QUESTION in client.screen.text


async def test_a_typed_phone_is_as_good_as_a_shared_one(story: Story) -> None:
    client = await at_contact(story, "Пишет Цифрами")
    await client.send("8 (916) 555-44-33")
    assert "+7 916 555-44-33" in client.screen.text
    await client.press("Согласиться и записаться")
    await client.wait_for("Заявка отправлена")


@in_telegram
async def test_a_contact_of_somebody_else(story: Story) -> None:
    client = await at_contact(story, "Чужой Контакт")
    friend = await story.sandbox.person("Подруга").ensure()
    for whose in (friend, None):
        await client.share_contact(phone="+79161112233", first_name="Подруга", user_id=whose)
        assert "Это номер другого человека" in client.screen.text
        assert QUESTION in client.screen.text
    assert "+7 916 111-22-33" not in client.screen.text
    await client.give_phone()
    assert "Проверьте запись" in client.screen.text
    assert "+7 916 111-22-33" not in client.screen.text


@in_telegram
async def test_a_contact_that_nobody_asked_for(story: Story) -> None:
    client = await story.client("Рано Поделилась")
    friend = await story.sandbox.person("Подруга").ensure()
    await client.share_contact(phone="+79161112233", first_name="Подруга", user_id=friend)
    assert "Номер сейчас не нужен" in client.screen.text
    await client.share_contact()
    assert "Номер" not in client.screen.text, "the Mini App may have asked for it"
    await story.ask(client)
    assert "Проверьте запись" in client.screen.text, "known, so it is not asked for"


async def test_names_that_are_none(story: Story) -> None:
    client = await story.client("🌸🌸")
    await story.ask(client)
    await client.give_phone()
    assert "Как вас зовут?" in client.screen.text, "a profile's name without letters is no name"
    for typed, answer in (
        ("🌸", "В имени нужны буквы"),
        ("Я" * 300, "Слишком длинное имя"),
        ("…", "нужны буквы"),
    ):
        await client.send(typed)
        assert answer in client.screen.text
        assert "Как вас зовут?" in client.screen.text
    nasty = "Жан-Поль <b>О'Нил</b> & Ко"
    await client.send(nasty)
    assert nasty in client.screen.text
    await client.press("Согласиться и записаться")
    await client.wait_for("Заявка отправлена")
    anna = await story.anna()
    await story.card(anna, nasty)


async def test_dates_and_times_that_can_not_be_had(story: Story) -> None:
    client = await story.client("Машина Времени")
    await client.press("Записаться")
    await client.press("Маникюр")
    await client.press("Анна")
    for typed, answer in (
        ("вчера", "Этот день уже прошёл"),
        ("01.01.2020", "Этот день уже прошёл"),
        ("31.12.2099", "Так далеко запись ещё не открыта"),
        ("завтра 03:00", "окошка нет"),
        ("в воскресенье", "окошек не осталось"),
    ):
        await client.send(typed)
        assert answer in client.screen.text, typed
        assert "Маникюр · Анна Смирнова" in client.screen.text
    assert await story.visits("Машина Времени") == []


async def test_a_slot_that_was_just_taken(story: Story) -> None:
    """Nobody is left with nothing: the nearest three are offered."""
    quick, slow = await story.client("Быстрая Клиентка"), await story.client("Неспешная Клиентка")
    for chat in (quick, slow):
        await chat.press("Записаться")
        await chat.press("Маникюр")
        await chat.press("Анна")
    wanted = later_time(quick)
    assert later_time(slow) == wanted
    await quick.press(wanted)
    await slow.press(wanted)
    assert "Это окошко только что заняли" in slow.screen.text
    assert "Рядом свободно" in slow.screen.text
    offered = [label.text for label in slow.screen.rows[0]]
    assert len(offered) == 3
    assert wanted not in offered
    await quick.give_phone()
    await quick.press("Согласиться и записаться")
    await quick.wait_for("Заявка отправлена")

    await slow.press(offered[0])
    await slow.give_phone()
    await slow.press("Согласиться и записаться")
    await slow.wait_for("Заявка отправлена")
    assert (await story.visit("Быстрая Клиентка")).start != (await story.visit("Неспешная Клиентка")).start


async def test_a_slot_that_went_by_while_the_summary_was_read(story: Story) -> None:
    client = await story.client("Долго Думала")
    await client.press("Записаться")
    await client.press("Маникюр")
    await client.press("Любой")
    await client.press(first_time(client))
    await client.give_phone()
    assert "Проверьте запись" in client.screen.text
    await story.sandbox.advance(timedelta(hours=12))
    await client.press("Согласиться и записаться")
    assert "На это время записаться уже нельзя" in client.screen.text
    assert len(client.screen.rows[0]) == 3
    assert await story.visits("Долго Думала") == []


async def test_a_foreign_booking_in_a_button(story: Story) -> None:
    """A signed button proves nothing: who presses is looked up anew."""
    owner, thief = await story.client("Хозяйка Записи"), await story.client("Любопытный Сосед")
    receipt = await story.book(owner)
    foreign = {label.text: label.value for row in receipt.rows for label in row}
    for label in ("Отменить", "Перенести", "В календарь", "Как доехать"):
        screen = await thief.press_data(foreign[label])
        assert "Этого здесь нет" in screen.toast, label
        assert screen.alert is (story.bot == STUDIO_BOT), "VK has no alerts"
    assert "Хозяйка" not in "".join(bubble.text for bubble in thief.history)

    anna = await story.anna()
    card = await story.card(anna, "Хозяйка Записи")
    for button in (button for row in card.rows for button in row):
        screen = await thief.press_data(story.carried(button.value))
        assert "Этого здесь нет" in screen.toast, button.text
    james = await story.sandbox.person("James Cole").open(LONDON_BOT)
    await james.press_data(card.rows[0][0].value)
    assert (await story.visit("Хозяйка Записи")).status == BookingStatus.PENDING


async def test_forged_and_broken_buttons(story: Story) -> None:
    client = await story.client("Умелые Руки")
    receipt = await story.book(client)
    cancel = receipt.rows[1][1].value
    forged = cancel[:-1] + ("A" if cancel[-1] != "A" else "B")
    for data in (forged, "~x.", "1.0.0", "999999999.999", "drop table", "{}", "ё" * 30):
        screen = await client.press_data(data)
        assert screen.toast == "Это сообщение устарело", data
        assert "вот свежее" in client.screen.text
    assert (await story.visit("Умелые Руки")).status == BookingStatus.PENDING


async def test_words_where_a_button_is_expected(story: Story) -> None:
    client = await story.client("Любит Поговорить")
    await client.press("Записаться")
    await client.press("Маникюр")
    for typed in ("а можно с собачкой?", "%s {name} <b>", "\u202eтскет йынтарбо", "٣:٠٠"):
        await client.send(typed)
        assert "Не совсем понял" in client.screen.text
        assert "К кому записать?" in client.screen.text
    await client.send("анна")
    assert "Когда вам удобно" in client.screen.text


async def test_stickers_voices_and_pictures(story: Story) -> None:
    client = await story.client("Шлёт Стикеры")
    await client.press("Записаться")
    await client.press("Маникюр")
    sends = (client.send_sticker, client.send_voice, client.send_photo)
    for send in (*sends, partial(client.send_location, 55.75, 37.61)):
        await send()
        assert "Пока понимаю только слова и кнопки" in client.screen.text
        assert client.screen.has("Любой мастер")


async def test_the_4097th_character(story: Story) -> None:
    """The app cuts a long text in two messages; neither becomes half of a comment."""
    client = await at_contact(story, "Пишет Романы")
    await client.send("ы" * 5000)
    assert QUESTION in client.screen.text
    await client.give_phone()
    await client.press("Комментарий")
    await client.send("Слово " * 833)
    assert "Длинновато" in client.screen.text
    assert "Слово" not in client.screen.text.replace("пару слов", "")
    await client.send("Нюд, без дизайна")
    await client.press("Согласиться и записаться")
    await client.wait_for("Заявка отправлена")
    anna = await story.anna()
    card = await story.card(anna, "Пишет Романы")
    assert "Нюд, без дизайна" in card.text


async def test_unknown_commands(story: Story) -> None:
    client = await story.client("Знает Команды")
    for typed in ("/nonsense", "/", "/start хм", "/book@another_bot"):
        await client.send(typed)
        assert client.screen.buttons
