"""The whole story over HTTP: a client books, the business decides, the visit is moved and cancelled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.domain.actor import SYSTEM, Role
from core.domain.booking import BookingStatus
from tests.support.story import LONDON_BOT, STUDIO_BOT, Story, first_time, later_time, pick_last_day

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_newcomer_books_with_six_taps_and_with_two_the_next_time(story: Story) -> None:
    client = await story.client("Софья Белова")
    taps = ["Записаться", "Маникюр", "Любой мастер"]
    for tap in taps:
        await client.press(tap)
    await client.press(first_time(client))
    await client.give_phone()
    summary = client.screen.message_id
    await client.press("Согласиться и записаться")
    receipt = await client.wait_for("Заявка отправлена")
    assert len(taps) + len(["time", "contact", "summary"]) <= 6
    assert receipt.id == summary, "the summary becomes the receipt"

    await client.send("/start")
    assert "Как в прошлый раз" in client.screen.text
    await client.press("Ближайшее")
    await client.press("Записаться")
    await client.wait_for("Заявка отправлена")
    assert len(await story.visits("Софья Белова")) == 2


async def test_one_press_confirms_on_every_phone_and_says_who(story: Story) -> None:
    client = await story.client("Алиса Орлова")
    assert "Студия „Окошко“" in client.screen.text
    await story.book(client)

    anna, owner = await story.anna(), await story.owner()
    card = await story.card(anna, "Алиса Орлова")
    assert "+7 916 •••-45-01" in card.text
    owners = await story.card(owner, "Алиса Орлова")
    [[confirm, *_], *_] = owners.rows
    await anna.press("Подтвердить", on=card)
    for chat, copy in ((anna, card), (owner, owners)):
        decided = await chat.wait_for("Подтверждено: Анна Смирнова", "Алиса Орлова")
        assert decided.id == copy.id, "the card itself is edited"
    confirmed = await client.wait_for("Запись подтверждена")
    assert [[label.text for label in row] for row in confirmed.rows] == [
        ["В календарь", "Как доехать"],
        ["Перенести", "Отменить"],
    ]
    assert (await story.visit("Алиса Орлова")).status == BookingStatus.CONFIRMED

    late = await owner.press_data(confirm.value, message_id=owners.id)
    assert (late.toast, late.alert) == ("Уже подтверждено: Анна Смирнова", True)


async def test_a_request_is_declined_without_a_reason(story: Story) -> None:
    client = await story.client("Нина Котова")
    await story.book(client)
    anna = await story.anna()
    await anna.press("Отказать", on=await story.card(anna, "Нина Котова"))
    assert "Отказать клиенту?" in anna.screen.text
    await anna.press("Без причины")
    told = await client.wait_for("не смогут принять")
    assert "Мастер" not in told.text
    assert told.buttons == ["Другое время"]
    assert (await story.visit("Нина Котова")).status == BookingStatus.CANCELLED
    owner = await story.owner()
    await owner.wait_for("Отказано: Анна Смирнова", "Нина Котова")

    await client.press("Другое время", on=told)
    assert "Когда вам удобно" in client.screen.text
    assert "Маникюр · Анна Смирнова" in client.screen.text


@pytest.mark.parametrize(
    ("name", "reason"),
    [("Юлия Шубина", "Мастер приболел"), ("Яна Гусева", "Прорвало трубу, <b>потоп</b> & всё")],
)
async def test_a_request_is_declined_with_a_reason(story: Story, name: str, reason: str) -> None:
    client = await story.client(name)
    await story.book(client)
    anna = await story.anna()
    await anna.press("Отказать", on=await story.card(anna, name))
    if anna.screen.has(reason):
        await anna.press(reason)
    else:
        await anna.send(reason)
    told = await client.wait_for("не смогут принять")
    assert reason in told.text


async def test_another_time_offered_by_the_master_is_taken_by_one_press(story: Story) -> None:
    client = await story.client("Лидия Жукова")
    await story.book(client)
    before = await story.visit("Лидия Жукова")
    anna = await story.anna()
    await anna.press("Предложить другое", on=await story.card(anna, "Лидия Жукова"))
    await anna.press(first_time(anna))
    await anna.press("Добавить ещё")
    await anna.press(later_time(anna))
    await anna.press("Отправить 2 варианта")
    offer = await client.wait_for("Предлагаем другое время")
    assert offer.buttons[2:] == ["Своё время", "Отменить"]

    await client.press(offer.buttons[0], on=offer)
    moved = await client.wait_for("подтверждена", "Было:")
    assert moved.id == offer.id, "the offer becomes the receipt"
    after = await story.visit("Лидия Жукова")
    assert (after.id, after.status) == (before.id, BookingStatus.CONFIRMED)
    assert after.start != before.start
    await story.card(anna, "Лидия Жукова", saying="Подтверждено")


async def test_a_client_cancels_after_being_asked_once(story: Story) -> None:
    client = await story.client("Рита Попова")
    receipt = await story.book(client)
    await client.press("Отменить", on=receipt)
    assert "Отменить запись?" in client.screen.text
    assert (await story.visit("Рита Попова")).status == BookingStatus.PENDING
    await client.press("Оставить")
    assert (await story.visit("Рита Попова")).status == BookingStatus.PENDING

    await client.press("Отменить")
    await client.press("Да, отменить")
    assert "Запись отменена" in client.screen.text
    assert (await story.visit("Рита Попова")).status == BookingStatus.CANCELLED
    anna = await story.anna()
    await anna.wait_for("Клиент отменил запись", "Рита Попова", "Время снова свободно")

    await client.press("Другое время")
    assert "Когда вам удобно" in client.screen.text


async def test_a_move_keeps_the_booking_and_moves_its_reminders(story: Story) -> None:
    client = await story.client("Ева Лаптева")
    await story.book(client)
    await story.confirm("Ева Лаптева")
    receipt = await client.wait_for("Запись подтверждена")
    before = await story.visit("Ева Лаптева")
    due = await story.reminders_due(before)
    assert due

    await client.press("Перенести", on=receipt)
    await pick_last_day(client)
    assert "Перенести запись?" in client.screen.text
    await client.press("Перенести")
    await client.wait_for("Просьба о переносе отправлена", "Было:")
    asked = await story.visit("Ева Лаптева")
    assert (asked.id, asked.status) == (before.id, BookingStatus.PENDING)
    assert not await story.reminders_due(asked), "nothing is promised yet"
    anna = await story.anna()
    card = await story.card(anna, "Ева Лаптева", saying="Клиент просит другое время")
    await anna.press("Подтвердить", on=card)
    await client.wait_for("Запись подтверждена")
    after = await story.visit("Ева Лаптева")
    assert (after.start, after.status) == (asked.start, BookingStatus.CONFIRMED)
    assert after.start > before.start
    later = await story.reminders_due(after)
    assert min(later) > max(due), "no reminder of the old time is left"


async def test_the_visit_goes_into_the_phones_calendar(story: Story) -> None:
    client = await story.client("Майя Зотова")
    receipt = await story.book(client)
    await client.press("В календарь", on=receipt)
    calendar = ics(await client.download(".ics"))
    visit = await story.visit("Майя Зотова")
    assert moment(calendar["DTSTART"]) == visit.start
    assert "Маникюр" in calendar["SUMMARY"]
    assert "Тверская" in calendar["LOCATION"]
    assert str(visit.id) in calendar["UID"]

    await client.press("Как доехать", on=receipt)
    assert any(bubble.kind in {"venue", "location"} for bubble in client.history)


def ics(content: bytes) -> dict[str, str]:
    """The properties of the only event of an iCalendar file (RFC 5545): unfolded, without parameters."""
    assert content.endswith(b"END:VCALENDAR\r\n")
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    text = content.decode().replace("\r\n ", "")
    event = text.partition("BEGIN:VEVENT\r\n")[2].partition("END:VEVENT")[0]
    pairs = [line.partition(":")[::2] for line in event.split("\r\n") if line]
    return {name.partition(";")[0]: value for name, value in pairs}


def moment(written: str) -> datetime:
    """A UTC moment of an iCalendar file."""
    return datetime.strptime(written, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


async def test_the_language_is_switched_and_stays(story: Story) -> None:
    client = await story.client("Роман Ким")
    await client.press("Язык")
    await client.press("English")
    assert client.screen.has("Book")
    await client.send("/start")
    await client.press("Book")
    await client.press("Маникюр")
    await client.press("Анна")
    await client.press(later_time(client))
    await client.give_phone()
    await client.press("Agree")
    receipt = await client.wait_for("Request sent")
    assert "₽" in receipt.text
    await story.confirm("Роман Ким")
    await client.wait_for("confirmed")


async def test_an_invite_works_once(story: Story) -> None:
    start = await story.demo.core.team.create_invite(SYSTEM, "demo", role=Role.OWNER, name="Пётр Новый")
    link = f"https://t.me/{STUDIO_BOT}?start={start}"
    chat = await story.sandbox.person("Пётр Новый").open(link)
    assert "Пётр Новый, вы в команде" in chat.screen.text
    assert await story.value("SELECT count(*) FROM members WHERE name = 'Пётр Новый'") == 1

    thief = await story.sandbox.person("Чужой Человек").open(link)
    assert "Приглашение уже использовано или устарело" in thief.screen.text
    assert thief.screen.has("Записаться")
    assert not thief.screen.has("Мой день")
    stranger = await story.sandbox.person("Ещё Один").open(f"https://t.me/{STUDIO_BOT}?start=join_nonsense")
    assert "Приглашение уже использовано или устарело" in stranger.screen.text


async def test_deep_links(story: Story) -> None:
    lost = await story.sandbox.person("Глеб Сомов").open(f"https://t.me/{STUDIO_BOT}?start=b_nowhere")
    assert "По этой ссылке ничего не нашлось" in lost.screen.text
    assert lost.screen.has("Записаться")
    led = await story.sandbox.person("Павел Дымов").open(f"https://t.me/{STUDIO_BOT}?start=b_demo-london")
    assert "Little Window Barbers" in led.screen.text


async def test_london_in_english_confirms_by_itself(story: Story) -> None:
    client = await story.client("Oscar Finch", bot=LONDON_BOT, language="en", phone="+447700900123")
    assert "Little Window Barbers" in client.screen.text
    await client.press("Book")
    await client.press("Beard trim")
    await client.press("James")
    await client.press(later_time(client))
    await client.give_phone()
    assert "£15" in client.screen.text
    await client.press("Agree and book")
    receipt = await client.wait_for("You're booked")
    visit = await story.visit("Oscar Finch")
    assert visit.status == BookingStatus.CONFIRMED
    assert f"{visit.start.astimezone(ZoneInfo('Europe/London')):%H:%M}" in receipt.text
    james = await story.sandbox.person("James Cole").open(LONDON_BOT)
    await james.wait_for("New booking", "Oscar Finch")


async def test_a_visit_is_repeated(story: Story) -> None:
    """The last one here, for it moves the clock: what was chosen then is chosen now."""
    client = await story.client("Инна Рудова")
    await story.book(client)
    await story.confirm("Инна Рудова")
    await client.wait_for("Запись подтверждена")
    visit = await story.visit("Инна Рудова")
    await story.sandbox.move_to(visit.start + timedelta(hours=3))
    await client.send("мои записи")
    assert "Предстоящих записей пока нет" in client.screen.text
    await client.press("Прошедшие")
    await client.press(client.screen.rows[0][0].text)
    await client.press("Повторить")
    assert "Маникюр · Анна Смирнова" in client.screen.text
    await client.press(first_time(client))
    await client.press("Записаться")
    await client.wait_for("Заявка отправлена")
    first, second = await story.visits("Инна Рудова")
    assert second.start > first.start
