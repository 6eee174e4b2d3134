"""Buttons pressed late, twice, on messages that are gone; a bot that is blocked; a messenger in trouble."""

from __future__ import annotations

import asyncio

import pytest

from core.domain.booking import BookingStatus
from tests.support.story import STUDIO_BOT, Story, later_time

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_an_old_button_brings_the_fresh_screen(story: Story) -> None:
    client = await story.client("Старые Кнопки")
    [[book], *_] = client.screen.rows
    card = client.screen.message_id
    await client.press("Записаться")
    await client.press("Маникюр")
    stale = await client.press_data(book.value, message_id=card)
    assert stale.toast == "Это сообщение устарело"
    assert "К кому записать?" in stale.text
    assert "вот свежее" in stale.text
    await client.press("Анна")
    assert "Когда вам удобно" in client.screen.text


async def test_an_old_message_is_not_left_with_buttons(story: Story) -> None:
    client = await story.client("Пишет Словами")
    for words in ("записаться", "маникюр", "анна"):
        await client.send(words)
    with_buttons = [bubble for bubble in client.history if bubble.author == "bot" and bubble.rows]
    assert len(with_buttons) == 1, "the screen comes down and leaves nothing to press by mistake"


@pytest.mark.parametrize("times", [2, 5])
async def test_a_nervous_finger_books_once(story: Story, times: int) -> None:
    name = f"Нервный Палец {times}"
    client = await story.client(name)
    await story.ask(client)
    await client.give_phone()
    await client.press("Согласиться и записаться", times=times)
    await client.wait_for("Заявка отправлена")
    assert len(await story.visits(name)) == 1
    anna = await story.anna()
    await story.card(anna, name)
    assert len([bubble for bubble in anna.history if bubble.says("Новая заявка", name)]) == 1


async def test_two_phones_of_the_business_press_at_once(story: Story) -> None:
    client = await story.client("Два Решения")
    await story.book(client)
    anna, owner = await story.anna(), await story.owner()
    cards = [await story.card(anna, "Два Решения"), await story.card(owner, "Два Решения")]
    await asyncio.gather(
        anna.press("Подтвердить", on=cards[0]),
        owner.press("Подтвердить", on=cards[1]),
    )
    toasts = {anna.screen.toast, owner.screen.toast}
    assert "Подтверждено, клиент уже знает" in toasts
    assert any(toast.startswith("Уже подтверждено: ") for toast in toasts)
    await client.wait_for("Запись подтверждена")
    assert len([bubble for bubble in client.history if bubble.says("Запись подтверждена")]) == 1


async def test_a_screen_that_was_deleted_comes_anew(story: Story) -> None:
    client = await story.client("Чистит Чат")
    await client.press("Записаться")
    await client.press("Маникюр")
    choose_anna = next(label for row in client.screen.rows for label in row if label.text.startswith("Анна"))
    gone = client.screen.message_id
    await client.delete()
    assert client.screen.message_id != gone
    await client.press_data(choose_anna.value, message_id=gone)
    assert "Когда вам удобно" in client.screen.text
    assert client.screen.message_id > gone


async def test_a_receipt_whose_message_was_deleted_comes_anew(story: Story) -> None:
    """The end of a booking is an edit of the summary; without it there is still an end."""
    client = await story.client("Стёрла Экран")
    await story.ask(client)
    await client.give_phone()
    [[agree], *_] = client.screen.rows
    gone = client.screen.message_id
    await client.delete()
    await client.press_data(agree.value, message_id=gone)
    receipt = await client.wait_for("Заявка отправлена")
    assert receipt.id > gone
    await client.delete(receipt)
    await story.confirm("Стёрла Экран")
    confirmed = await client.wait_for("Запись подтверждена")
    assert confirmed.buttons


async def test_an_emptied_chat_begins_anew(story: Story) -> None:
    client = await story.client("Всё Удалила")
    await client.press("Записаться")
    await client.delete_chat()
    assert client.screen.text == ""
    await client.start()
    assert client.screen.has("Записаться")


async def test_who_blocked_the_bot_is_noted_and_may_come_back(story: Story) -> None:
    client = await story.client("Ушла Вернулась")
    await story.book(client)
    await client.block()
    await story.confirm("Ушла Вернулась")
    anna = await story.anna()
    told = await anna.wait_for("Не получилось написать клиенту", "Ушла Вернулась")
    assert "запись подтверждена" in told.text
    assert "Позвоните" in told.text
    reachable = "SELECT reachable FROM identities WHERE name = 'Ушла Вернулась'"
    assert await story.value(reachable) is False

    await client.unblock()
    await client.start()
    assert "Вы записаны" in client.screen.text
    assert await story.value(reachable) is True
    await client.send("мои записи")
    await client.press(client.screen.rows[0][0].text)
    assert "Запись подтверждена" in client.screen.text


@pytest.mark.parametrize("kind", ["server_error", "too_many", "drop"])
async def test_a_messenger_in_trouble_costs_time_and_nothing_else(story: Story, kind: str) -> None:
    name = f"Сбой {kind}"
    client = await story.client(name)
    await story.ask(client)
    await client.give_phone()
    await story.sandbox.fail(kind, "editMessageText" if story.bot == STUDIO_BOT else "messages.edit")
    await client.press("Согласиться и записаться")
    await client.wait_for("Заявка отправлена")
    assert len(await story.visits(name)) == 1


async def test_a_conversation_that_redis_forgot_begins_at_home(story: Story) -> None:
    """A button means what it meant when it was shown, or nothing: its label is not taken for an answer."""
    client = await story.client("Потерянная Нить")
    await story.ask(client)
    await client.give_phone()
    [[agree], *_] = client.screen.rows
    await story.demo.core.redis.flushdb()
    screen = await client.press_data(agree.value)
    assert "устарело" in screen.text
    assert screen.has("Записаться")
    assert await story.visits("Потерянная Нить") == []

    await client.press("Записаться")
    await client.press("Маникюр")
    await client.press("Анна")
    await client.press(later_time(client))
    await client.give_phone()
    await client.press("Согласиться и записаться")
    await client.wait_for("Заявка отправлена")
    assert (await story.visit("Потерянная Нить")).status == BookingStatus.PENDING
