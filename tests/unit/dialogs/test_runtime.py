"""Old, doubled, foreign and broken presses, restarts, faults underneath: each has its answer."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import NoReturn
from uuid import UUID

import pytest

from bots.dialogs.event import RawPress
from bots.dialogs.payload import Signer
from bots.dialogs.session import Session
from core.domain.client import Account, Channel
from core.domain.errors import TryAgain
from deploy.clock import new_id
from tests.support.dialog import SIGNER, Answered, City
from tests.support.world import World, make_business
from tests.unit.dialogs.conftest import book_manicure


async def test_an_old_button_is_answered_with_a_fresh_screen_below(city: City, world: World) -> None:
    olga = city.person("Ольга")
    await olga.start()
    old = olga.button("Мои записи")
    await olga.presses("Записаться")
    await olga.does(RawPress(old[1].value, old[0]))
    assert olga.toast == "Это сообщение устарело"
    assert olga.text.startswith("Это сообщение устарело — вот свежее.")
    assert "На что вас записать?" in olga.text
    assert len(olga.chat.messages) == 1


@pytest.mark.parametrize(
    "payload",
    ["", "чужое", "1.999", "{}", "~c.AAAA.x.y", Signer(b"other").verb("c", UUID(int=7)), "0" * 200],
    ids=["empty", "words", "no such button", "json", "short", "another key", "long"],
)
async def test_a_foreign_or_broken_press(city: City, world: World, payload: str) -> None:
    olga = city.person("Ольга")
    await olga.start()
    await olga.does(RawPress(payload, "777"))
    assert olga.toast == "Это сообщение устарело"
    assert "Записаться" in olga.labels


async def test_an_unknown_signed_verb_is_outdated(city: City, world: World) -> None:
    olga = city.person("Ольга")
    await olga.start()
    await olga.does(RawPress(SIGNER.verb("zzz", new_id()), "1"))
    assert olga.toast == "Это сообщение устарело"


async def test_a_double_tap_books_once(city: City, world: World) -> None:
    olga = city.person("Ольга")
    await olga.start()
    for label in ("Записаться", "Маникюр", "Анна", "Завтра"):
        await olga.presses(label)
    await olga.says("+79001234567")
    message_id, button = olga.button("Согласиться")
    presses = [Answered(), Answered()]
    await asyncio.gather(
        *(
            city.runtime.handle(RawPress(button.value, message_id), olga.sender, olga.chat, press)
            for press in presses
        )
    )
    assert len(city.state.bookings) == 1
    assert len(olga.chat.messages) == 1
    await city.deliver()
    assert "Заявка отправлена" in olga.text


async def test_a_crash_between_booking_and_session_books_once(city: City, world: World) -> None:
    olga = city.person("Ольга")
    await olga.start()
    for label in ("Записаться", "Маникюр", "Анна", "Завтра"):
        await olga.presses(label)
    await olga.says("+79001234567")
    before = dict(city.sessions.stored)
    button = olga.button("Согласиться")
    await olga.presses("Согласиться")
    city.sessions.stored = before  # the process died before it could write
    city.restarted()
    await olga.does(RawPress(button[1].value, button[0]))
    assert len(city.state.bookings) == 1


async def test_a_restart_forgets_nothing(city: City, world: World) -> None:
    olga = city.person("Ольга")
    await olga.start()
    await olga.presses("Записаться")
    city.restarted()
    await olga.presses("Маникюр")
    assert "К кому записать?" in olga.text


async def test_a_deleted_message_is_sent_anew(city: City, world: World) -> None:
    olga = city.person("Ольга")
    await olga.start()
    message_id, button = olga.button("Записаться")
    del olga.chat.messages[message_id]
    await olga.does(RawPress(button.value, message_id))
    assert "На что вас записать?" in olga.text


async def test_a_lost_session_begins_at_home(city: City, world: World) -> None:
    olga = city.person("Ольга")
    await olga.start()
    old = olga.button("Записаться")
    city.sessions.stored.clear()
    await olga.does(RawPress(old[1].value, old[0]))
    assert "Это сообщение устарело — вот свежее." in olga.text
    assert "Записаться" in olga.labels


async def test_an_unreadable_session_begins_anew(
    city: City, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    olga = city.person("Ольга")
    await olga.start()
    city.sessions.stored[olga.session_key] = b"\x00 not json"
    await olga.says("привет")
    assert "Записаться" in olga.labels
    assert "session unreadable" in caplog.text


async def test_a_place_that_another_release_wrote_leads_home(city: City, world: World) -> None:
    olga = city.person("Ольга")
    await olga.start()
    session = Session.load(city.sessions.stored[olga.session_key])
    assert session.place is not None
    session.place = replace(session.place, step="gone_step", data={"what": 1})
    city.sessions.stored[olga.session_key] = session.dump()
    await olga.says("что-то")
    assert "Не совсем понял" in olga.text


async def test_a_fault_underneath_has_a_word_and_the_way_on(
    city: City, world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "bots.dialogs.runtime")
    olga = city.person("Ольга")
    await olga.start()

    async def broken(*_: object, **__: object) -> NoReturn:
        raise RuntimeError("the database is away")

    with monkeypatch.context() as patch:
        patch.setattr(city.core.availability, "days", broken)
        await olga.presses("Записаться")
        await olga.presses("Маникюр")
        assert "мы уже разбираемся" in olga.text
        assert "Записаться" in olga.labels
        patch.setattr(city.core.catalogues, "recent", broken)
        await olga.presses("Записаться")
        assert "мы уже разбираемся" in olga.text
    await olga.says("привет")
    assert "Записаться" in olga.labels


async def test_a_refusal_keeps_the_place(city: City, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    olga = city.person("Ольга")
    await olga.start()
    for label in ("Записаться", "Маникюр", "Анна"):
        await olga.presses(label)

    async def busy(*_: object, **__: object) -> NoReturn:
        raise TryAgain

    monkeypatch.setattr(city.core.holding, "hold", busy)
    await olga.presses("Завтра")
    assert olga.toast == "Сейчас слишком много желающих. Попробуйте, пожалуйста, через минуту."
    assert "Когда вам удобно?" in olga.text
    await olga.says("завтра 12:00")
    assert "слишком много желающих" in olga.text
    assert "Когда вам удобно?" in olga.text


async def test_somebody_who_blocked_us_is_noted(city: City, world: World) -> None:
    olga = city.person("Ольга")
    await olga.start()
    olga.chat.blocked = True
    press = Answered()
    _, button = olga.button("Записаться")
    await city.runtime.handle(RawPress(button.value, "1"), olga.sender, olga.chat, press)
    (identity,) = city.state.identities.values()
    assert not identity.reachable


async def test_language_is_the_profiles_until_it_is_chosen(city: City, world: World) -> None:
    emily = city.person("Emily", language="en-GB")
    await emily.start()
    assert "Book" in emily.labels
    await emily.presses("Language")
    await emily.presses("Русский")
    assert "Записаться" in emily.labels
    city.sessions.stored.clear()
    await emily.start()
    assert "Записаться" in emily.labels
    await emily.says("english")
    assert "Book" in emily.labels


class TestWhichBusiness:
    """One bot, several businesses."""

    async def test_a_deep_link_chooses(self, city: City) -> None:
        await make_business(city.uow)
        await make_business(city.uow, slug="other", zone="Europe/London")
        olga = city.person("Ольга")
        await olga.start()
        assert "Куда вас записать?" in olga.text
        await olga.start("b_other")
        assert "Пн–Сб 10–20" in olga.text
        await olga.start()  # the last one is remembered
        assert "Пн–Сб 10–20" in olga.text
        await olga.start("b_nothing")
        assert "По этой ссылке ничего не нашлось" in olga.text

    async def test_a_business_is_chosen_by_hand(self, city: City) -> None:
        await make_business(city.uow)
        await make_business(city.uow, slug="other")
        for begin in ("book", "my"):
            olga = city.person("Ольга")
            await olga.command(begin)
            await olga.presses("Студия")
            assert "Записаться" in olga.labels

    async def test_a_bot_of_its_own_needs_no_choice(self, city: City) -> None:
        await make_business(city.uow)
        own = await make_business(city.uow, slug="own")
        async with city.uow.begin() as tx:
            await tx.people.bind_account(Account(Channel.TELEGRAM, "1", own.id))
        olga = city.person("Ольга")
        await olga.start()
        (identity,) = city.state.identities.values()
        assert identity.business_id == own.id

    async def test_nobody_there(self, city: City) -> None:
        olga = city.person("Ольга")
        await olga.start()
        assert "Здесь пока никто не принимает" in olga.text
        await olga.says("записаться")
        assert "Здесь пока никто не принимает" in olga.text

    async def test_a_receipt_of_another_business_still_works(self, city: City, world: World) -> None:
        await make_business(city.uow, slug="other")
        olga = city.person("Ольга")
        await olga.start("b_okoshko")
        await olga.presses("Записаться")
        for label in ("Маникюр", "Анна", "Завтра"):
            await olga.presses(label)
        await olga.says("+79001234567")
        await olga.presses("Согласиться")
        await city.deliver()
        receipt = olga.button("Перенести")
        await olga.start("b_other")
        await olga.does(RawPress(receipt[1].value, receipt[0]))
        assert "Сейчас: завтра, вт 24 ноября, 10:00" in olga.text


async def test_help_does_not_lose_the_booking_under_way(city: City, world: World) -> None:
    olga = city.person("Ольга")
    await olga.start()
    await olga.presses("Записаться")
    await olga.presses("Маникюр")
    await olga.command("help")
    assert "Чем помочь?" in olga.text
    await olga.presses("Назад")
    assert "К кому записать?" in olga.text


async def test_nothing_is_understood_at_home(city: City, world: World) -> None:
    olga = city.person("Ольга")
    await olga.start()
    await olga.says("какая-то чепуха")
    assert "Не совсем понял." in olga.text
    assert "Можно написать, например" in olga.text
    await olga.presses("Записаться")
    assert "На что вас записать?" in olga.text
    await book_manicure(olga)
