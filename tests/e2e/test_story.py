"""The whole story over HTTP: a client books, the master decides, the clock moves, the reminder comes."""

from __future__ import annotations

from datetime import datetime, timedelta

from bots.sandbox.client import SandboxClient
from core.domain.booking import BookingStatus
from deploy.demo.show import Demo
from tests.e2e.conftest import Story, first_time


async def statuses(demo: Demo, client_name: str) -> list[str]:
    """Statuses of a client's bookings, as the database has them."""
    found = await demo.core.database.pool.fetch(
        "SELECT b.status FROM bookings b JOIN clients c ON c.id = b.client_id WHERE c.name = $1 ORDER BY b.created_at",
        client_name,
    )
    return [row["status"] for row in found]


async def start_of(demo: Demo, client_name: str) -> datetime:
    """When a client's only booking starts."""
    moment: datetime = await demo.core.database.pool.fetchval(
        "SELECT b.start_at FROM bookings b JOIN clients c ON c.id = b.client_id WHERE c.name = $1", client_name
    )
    return moment


async def test_from_start_to_reminder(demo: Demo, sandbox: SandboxClient, story: Story) -> None:
    client = await story.client()
    assert "Студия" in client.screen.text
    await story.book(client)

    anna = await story.anna()
    card = await anna.wait_for("Новая заявка")
    assert "Алиса Орлова" in card.text
    assert "+7 916 •••-45-01" in card.text
    owner = await story.owner()
    await owner.wait_for("Новая заявка")

    await anna.press("Подтвердить", on=card)
    for chat in (anna, owner):
        decided = await chat.wait_for("Подтверждено")
        assert "Анна Смирнова" in decided.text
    confirmed = await client.wait_for("Запись подтверждена")
    assert [["В календарь", "Как доехать"], ["Перенести", "Отменить"]] == [
        [label.text for label in row] for row in confirmed.rows
    ]
    assert await statuses(demo, "Алиса Орлова") == [BookingStatus.CONFIRMED]

    start = await start_of(demo, "Алиса Орлова")
    await sandbox.move_to(start - timedelta(hours=23, minutes=50))
    await client.wait_for("Ждём вас завтра")
    await sandbox.move_to(start - timedelta(hours=1, minutes=55))
    reminder = await client.wait_for("Через 2 часа")
    await client.press("Буду", on=reminder)
    await anna.wait_for("придёт")


async def test_at_most_six_taps_for_a_new_client_and_two_for_the_next_time(story: Story) -> None:
    client = await story.client()
    taps = ["Записаться", "Маникюр", "Любой мастер"]
    for tap in taps:
        await client.press(tap)
    await client.press(first_time(client))
    await client.share_contact()
    await client.press("Согласиться и записаться")
    await client.wait_for("Заявка отправлена")
    assert len(taps) + 3 <= 6

    await client.send("/start")
    assert "Как в прошлый раз" in client.screen.text
    await client.press("Ближайшее")
    await client.press("Записаться")
    await client.wait_for("Заявка отправлена")


async def test_a_decline_frees_the_time_and_tells_the_client(demo: Demo, story: Story) -> None:
    client = await story.client()
    await story.book(client)
    anna = await story.anna()
    card = await anna.wait_for("Новая заявка")
    await anna.press("Отказать", on=card)
    if "Отказать" in [label.text for row in anna.screen.rows for label in row]:
        await anna.press("Отказать")
    await client.wait_for("не получится")
    assert await statuses(demo, "Алиса Орлова") == [BookingStatus.CANCELLED]


async def test_another_time_offered_by_the_master_is_taken_by_one_press(demo: Demo, story: Story) -> None:
    client = await story.client()
    await story.book(client)
    anna = await story.anna()
    card = await anna.wait_for("Новая заявка")
    await anna.press("Предложить другое", on=card)
    await anna.press(anna.screen.rows[0][0].text)
    await anna.press("Отправить")
    offer = await client.wait_for("предлагает")
    await client.press(offer.rows[0][0].text, on=offer)
    await client.wait_for("подтверждена")
    assert await statuses(demo, "Алиса Орлова") == [BookingStatus.CONFIRMED]
