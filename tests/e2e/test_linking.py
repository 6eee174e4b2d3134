"""One person in two messengers, over HTTP: a one-time link, one history, reminders where they are wanted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bots.sandbox.client import ChatClient
from tests.support.story import STUDIO_BOT, STUDIO_VK, Story

pytestmark = pytest.mark.asyncio(loop_scope="module")

NAMES = {STUDIO_BOT: "Telegram", STUDIO_VK: "VK"}


def other_of(story: Story) -> str:
    """The studio's bot in the messenger that clients of this story have not written in."""
    return STUDIO_VK if story.bot == STUDIO_BOT else STUDIO_BOT


async def link_from(story: Story, chat: ChatClient, *, mine: str = "мои записи") -> str:
    """From «Мои записи» to the address that the button of the other messenger leads to."""
    there = NAMES[other_of(story)]
    await chat.send(mine)
    await chat.press(there)
    await chat.press(there)
    [address] = [button for row in chat.screen.rows for button in row if button.kind == "url"]
    return address.value


async def open_link(
    story: Story, name: str, link: str, *, language: str = "ru", answer: str = "Связать"
) -> ChatClient:
    """Somebody follows a link, and answers the question before cards are joined."""
    chat = await story.sandbox.person(name, language=language).open(link)
    await chat.press(answer)
    return chat


async def test_a_link_joins_both_messengers_and_the_preferred_one_reminds(story: Story) -> None:
    """Booked in one, linked and reminded in the other; blocked there, reminded in the first again."""
    name = "Ольга Обоих"
    here = await story.client(name)
    await story.book(here)
    await story.confirm(name)
    await here.wait_for("Запись подтверждена")
    visit = await story.visit(name)

    there = await open_link(story, name, await link_from(story, here))
    assert "это вы, и записи теперь общие" in there.screen.text
    assert f"Знаю вас здесь: {NAMES[other_of(story)]}, {NAMES[story.bot]}" in there.screen.text
    assert "Пишу вам там, где вы писали последний раз" in there.screen.text
    await there.press(NAMES[other_of(story)])
    assert there.screen.toast == "Хорошо, учту"
    assert f"Пишу вам в {NAMES[other_of(story)]}" in there.screen.text
    await there.send("мои записи")
    assert there.screen.has("Маникюр"), "the same visits"
    assert await story.value("SELECT count(*) FROM clients WHERE name = $1", name) == 1

    await story.sandbox.move_to(visit.start - timedelta(hours=23, minutes=50))
    await there.wait_for("Ждём вас завтра", "Маникюр")
    await here.refresh()
    assert not any(bubble.says("Ждём вас завтра") for bubble in here.history)

    await there.block()
    await story.sandbox.move_to(visit.start - timedelta(hours=1, minutes=55))
    reminder = await here.wait_for("Через 2 часа")
    await here.press("Буду", on=reminder)
    assert (await here.wait_for("Ждём вас ✅")).id == reminder.id
    anna = await story.anna()
    await anna.wait_for("Клиент обещал прийти", name)
    assert not any(bubble.says("Не получилось написать", name) for bubble in anna.history)


async def test_two_cards_of_one_person_become_one(story: Story) -> None:
    """Booked in both before anybody knew: afterwards each shows both visits, and cancels either."""
    name = "Дарья Дважды"
    here = await story.client(name)
    await story.book(here)
    there = await story.client(name, bot=other_of(story))
    await story.book(there, master="Мария")
    assert await story.value("SELECT count(*) FROM clients WHERE name = $1", name) == 2

    await open_link(story, name, await link_from(story, here))
    await there.refresh()
    assert "это вы, и записи теперь общие" in there.screen.text
    for chat in (here, there):
        await chat.send("мои записи")
        assert len([label for label in chat.screen.buttons if "Маникюр" in label]) == 2
    first, second = await story.visits(name)
    shown = min((first, second), key=lambda visit: visit.start)
    await there.press("Маникюр")
    await there.press("Отменить")
    await there.press("Да, отменить")
    await there.wait_for("отменена")
    after = {visit.id: visit.status for visit in await story.visits(name)}
    assert after[shown.id] == "cancelled"
    assert len(set(after.values())) == 2, "the other one stands"


async def test_a_link_is_good_for_one_person(story: Story) -> None:
    here = await story.client("Марта Первая")
    await story.book(here)
    link = await link_from(story, here)
    await open_link(story, "Марта Первая", link)
    stranger = await story.sandbox.person("Чужая Рука").open(link)
    assert "Ссылка уже использована или устарела" in stranger.screen.text
    await stranger.send("мои записи")
    assert "Предстоящих записей пока нет" in stranger.screen.text
    again = await story.sandbox.person("Марта Первая").open(link)
    assert "Всё уже связано" in again.screen.text


async def test_a_strangers_link_can_be_declined(story: Story) -> None:
    """Whoever is tricked into opening it is told what would come of it, and shares nothing."""
    trickster = await story.client("Хитрая Лиса")
    await story.book(trickster)
    link = await link_from(story, trickster)
    victim = await story.sandbox.person("Доверчивая Душа").open(link)
    assert "Хитрая · " in victim.screen.text
    assert "Лиса" not in victim.screen.text
    assert "только если взяли ссылку сами" in victim.screen.text
    await victim.press("Не надо")
    assert "всё остаётся как есть" in victim.screen.text
    await victim.send("мои записи")
    assert "Предстоящих записей пока нет" in victim.screen.text
    there = await open_link(story, "Хитрая Лиса", link)
    assert "это вы, и записи теперь общие" in there.screen.text, "it was left unused"


async def test_a_link_in_english(story: Story) -> None:
    name, there = "Nora Field", NAMES[other_of(story)]
    here = await story.client(name, language="en")
    await here.press("Book")
    await here.choose("Маникюр")
    await here.choose("Анна")
    await here.press(here.screen.rows[0][-1].text)
    await here.give_phone()
    await here.press("Agree and book")
    await here.wait_for("Request sent")
    link = await link_from(story, here, mine="my bookings")
    assert f"Open {there}" in here.screen.text
    opened = await open_link(story, name, link, language="en", answer="Link")
    assert "I know you now, and your bookings are in one place" in opened.screen.text
    await opened.send("my bookings")
    assert opened.screen.has("Маникюр")
