"""A service that two masters do together, by chat in both messengers."""

from __future__ import annotations

import pytest

from tests.support.story import Story, first_time, later_time

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAIRS = ("Анна Смирнова и Мария Иванова", "Мария Иванова и Анна Смирнова")


def names_both(text: str) -> bool:
    """Who leads is whoever has less to do that day."""
    return any(pair in text for pair in PAIRS)


async def workers(story: Story, name: str) -> int:
    """How many of the claims that a client's bookings hold are of masters."""
    found: int = await story.value(
        "SELECT count(*) FROM claims k JOIN bookings b ON b.id = k.booking_id"
        " JOIN clients c ON c.id = b.client_id JOIN staff s ON s.id = k.resource_id"
        " WHERE c.name = $1 AND k.active",
        name,
    )
    return found


async def test_both_are_booked_without_a_question_whom_and_either_confirms(story: Story) -> None:
    client = await story.client("Инна Маркова")
    await client.press("Записаться")
    await client.choose("В четыре руки")
    assert "Любой мастер" not in client.screen.buttons, "both are needed: there is nobody to choose"
    await client.press(later_time(client))
    await client.give_phone()
    assert names_both(client.screen.text)
    await client.press("Согласиться и записаться")
    receipt = await client.wait_for("Заявка отправлена")
    assert names_both(receipt.text)
    assert await workers(story, "Инна Маркова") == 2

    anna = await story.anna()
    card = await story.card(anna, "Инна Маркова")
    assert names_both(card.text)
    await anna.press("Подтвердить", on=card)
    confirmed = await client.wait_for("Запись подтверждена")
    assert names_both(confirmed.text)

    before = await story.visit("Инна Маркова")
    await client.press("Перенести", on=confirmed)
    assert "Другой мастер" not in client.screen.buttons
    await client.press(first_time(client))
    await client.press("Перенести")
    await client.wait_for("Было:")
    after = await story.visit("Инна Маркова")
    assert after.id == before.id
    assert after.start != before.start
    assert await workers(story, "Инна Маркова") == 2


async def test_the_same_again_is_with_both(story: Story) -> None:
    client = await story.client("Римма Дорохова")
    await client.press("Записаться")
    await client.choose("В четыре руки")
    await client.press(later_time(client))
    await client.give_phone()
    await client.press("Согласиться и записаться")
    await client.wait_for("Заявка отправлена")

    await client.send("/start")
    assert "Как в прошлый раз" in client.screen.text
    await client.press("Ближайшее")
    assert names_both(client.screen.text)
    await client.press("Записаться")
    await client.wait_for("Заявка отправлена")
    assert await workers(story, "Римма Дорохова") == 4
