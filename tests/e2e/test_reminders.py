"""The clock moves: reminders come to those who are expected, with buttons that mean something."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.domain.booking import BookingStatus
from tests.support.story import STUDIO_BOT, Story, pick_last_day

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_reminders_come_to_those_who_are_expected(story: Story) -> None:
    """One comes, one has cancelled, one has blocked the bot, one was moved to another day."""
    comes, cancelled = await story.client("Ирина Придёт"), await story.client("Лена Передумала")
    blocked, moved = await story.client("Олег Заблокировал"), await story.client("Надя Перенесла")
    names = ["Ирина Придёт", "Лена Передумала", "Олег Заблокировал", "Надя Перенесла"]
    for chat, name in zip((comes, cancelled, blocked, moved), names, strict=True):
        await story.book(chat)
        await story.confirm(name)
        await chat.wait_for("Запись подтверждена")
    await cancelled.press("Отменить")
    await cancelled.press("Да, отменить")
    await blocked.block()
    await moved.press("Перенести")
    await pick_last_day(moved)
    await moved.press("Перенести")
    await moved.wait_for("Просьба о переносе отправлена")
    anna = await story.anna()
    asked = await story.card(anna, "Надя Перенесла", saying="Клиент просит другое время")
    await anna.press("Подтвердить", on=asked)

    visits = {name: await story.visit(name) for name in names}
    start = visits["Ирина Придёт"].start
    assert visits["Олег Заблокировал"].start - start < timedelta(hours=10), "all on one day"
    await story.sandbox.move_to(start - timedelta(hours=23, minutes=50))
    assert "Маникюр" in (await comes.wait_for("Ждём вас завтра")).text
    await story.sandbox.move_to(visits["Олег Заблокировал"].start - timedelta(hours=23, minutes=50))
    told = await anna.wait_for("Не получилось написать клиенту", "Олег Заблокировал")
    assert "напоминание о визите" in told.text
    await story.sandbox.move_to(start - timedelta(hours=1, minutes=55))
    reminder = await comes.wait_for("Через 2 часа")

    await comes.press("Буду", on=reminder)
    assert comes.screen.toast == "Отлично, ждём вас"
    assert (await comes.wait_for("Ждём вас ✅")).id == reminder.id
    await anna.wait_for("Ирина Придёт придёт")
    await anna.wait_for("Клиент обещал прийти", "Ирина Придёт")
    for chat in (cancelled, moved):
        await chat.refresh()
        assert not any(bubble.says("Ждём вас") or bubble.says("Через 2 часа") for bubble in chat.history)
    assert await story.value("SELECT count(*) FROM outbox WHERE status = 'dead'") == 0

    await blocked.unblock()
    await blocked.start()
    assert "Вы записаны" in blocked.screen.text

    await story.sandbox.move_to(visits["Надя Перенесла"].start - timedelta(hours=23, minutes=50))
    await moved.wait_for("Ждём вас завтра")


async def test_a_reminder_of_what_was_cancelled_meanwhile_promises_nothing(story: Story) -> None:
    client = await story.client("Света Отменила")
    await story.book(client)
    await story.confirm("Света Отменила")
    await client.wait_for("Запись подтверждена")
    visit = await story.visit("Света Отменила")
    await story.sandbox.move_to(visit.start - timedelta(hours=23, minutes=50))
    reminder = await client.wait_for("Ждём вас завтра")
    [[will_come, *_], *_] = reminder.rows
    await client.press("Не приду", on=reminder)
    assert "Отменить запись?" in client.screen.text
    assert (await story.visit("Света Отменила")).status == BookingStatus.CONFIRMED
    await client.press("Да, отменить")

    screen = await client.press_data(will_come.value, message_id=reminder.id)
    assert screen.toast == "Эта запись уже отменена."
    assert screen.alert is (story.bot == STUDIO_BOT), "VK has no alerts"
    assert (await story.visit("Света Отменила")).status == BookingStatus.CANCELLED
    promised = "SELECT attendance_confirmed_at IS NOT NULL FROM bookings WHERE id = $1"
    assert await story.value(promised, visit.id) is False


async def test_a_request_that_nobody_answered_ends_with_a_word(story: Story) -> None:
    client = await story.client("Вера Ждала")
    await story.book(client)
    visit = await story.visit("Вера Ждала")
    await story.sandbox.move_to(visit.start - timedelta(minutes=1))
    told = await client.wait_for("Заявку не успели подтвердить")
    assert told.buttons == ["Другое время"]
    assert (await story.visit("Вера Ждала")).status == BookingStatus.EXPIRED
    anna = await story.anna()
    await anna.wait_for("Заявка осталась без ответа", "Вера Ждала")
