"""Several people at once do whatever comes to mind, over HTTP: nobody is left without an answer."""

from __future__ import annotations

import asyncio
import logging
import random

import pytest

from bots.sandbox.client import ChatClient
from tests.support.story import LONDON_BOT, STUDIO_BOT, STUDIO_VK, Story

pytestmark = pytest.mark.asyncio(loop_scope="module")

CROWD = 12
DEEDS = 25
WORDS = (
    "записаться", "мои записи", "отмена", "назад", "привет", "язык", "english", "по-русски", "маникюр",
    "haircut", "Анна", "завтра", "вчера", "в субботу", "15:00", "завтра 12:30", "30 февраля", "+79001234567",
    "12345", "да", "?", "🌸", "ы" * 300, "<b>&lt;", "/", "/book", "/my", "/help", "/start b_nothing",
    "/start join_x", "%s {name}", "٣:٠٠",
)  # fmt: skip
PAYLOADS = (
    "",
    "0.0",
    "1.0",
    "999999999.999",
    "-1.0",
    "~c.x.y.z",
    "{}",
    "ё",
    "~zz." + "A" * 22 + "..AAAAAAAAAAA",
)


async def something(chat: ChatClient, dice: random.Random, *, contacts: bool) -> None:
    """A deed; the testers' client waits for its answer and complains when there is none."""
    chance = dice.random()
    inline = [label for row in chat.screen.rows for label in row if label.kind == "callback"]
    if chance < 0.6 and inline:
        await chat.press_data(dice.choice(inline).value, times=dice.choice((1, 1, 1, 2)))
    elif chance < 0.72 and chat.screen.panel:
        await chat.give_phone()
    elif chance < 0.84:
        await chat.send(dice.choice(WORDS))
    elif chance < 0.9:
        await chat.press_data(dice.choice(PAYLOADS))
    elif chance < 0.93 and contacts:
        await chat.share_contact(phone="+79007654321", first_name="🌸", user_id=None)
    elif chance < 0.95:
        await chat.delete()
        await chat.send("/start")
    else:
        await dice.choice((chat.send_sticker, chat.send_voice, chat.send_photo))()


async def wander(story: Story, number: int) -> int:
    dice = random.Random(number)
    bot, language = ((STUDIO_BOT, "ru"), (LONDON_BOT, "en"), (STUDIO_VK, "ru"))[number % 3]
    chat = await story.client(f"Прохожий {number}" if number else "🌸", bot=bot, language=language)
    for _ in range(DEEDS):
        await something(chat, dice, contacts=bot != STUDIO_VK)
    await chat.send("/start")
    assert chat.screen.buttons
    return len(chat.history)


@pytest.mark.parametrize("story", [STUDIO_BOT], indirect=True)
async def test_nobody_is_left_without_an_answer(story: Story, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    story.sandbox.patience = 0.2
    story.sandbox.timeout = 30.0
    said = await asyncio.gather(*(wander(story, number) for number in range(CROWD)))
    assert min(said) > 0
    failed = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert failed == [], "\n".join(record.getMessage() for record in failed)
    refused = [call for call in await story.sandbox.calls(count=5000) if call["status"] >= 500]
    assert refused == []
    overlapping = await story.value(
        "WITH open AS (SELECT s.id, s.staff_id, tstzrange(s.start_at, s.end_at) AS during"
        " FROM booking_segments s JOIN bookings b ON b.id = s.booking_id"
        " WHERE b.status IN ('pending', 'confirmed') AND s.session_id IS NULL)"
        " SELECT count(*) FROM open a JOIN open b ON a.staff_id = b.staff_id AND a.id < b.id"
        " AND a.during && b.during"
    )
    assert overlapping == 0
