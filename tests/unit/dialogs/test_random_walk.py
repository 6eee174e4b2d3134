"""Whatever people do, in whatever order, each of them gets an answer, and nothing breaks underneath."""

from __future__ import annotations

import logging
import random

import pytest

from bots.dialogs.assembly import build_dialogs
from bots.dialogs.event import Command, Contact, Incoming, Other, RawPress, Typed
from bots.dialogs.layout import ButtonKind
from bots.dialogs.screen import Tone
from bots.dialogs.session import Session
from core.domain.actor import SYSTEM, Role
from core.domain.catalog import BookingRules
from tests.support.dialog import City, Person
from tests.support.world import make_business

EVENTS = 10_000
WORDS = (
    "записаться", "мои записи", "отмена", "назад", "привет", "помощь", "язык", "english", "по-русски",
    "маникюр", "Анна", "завтра", "вчера", "в субботу", "15:00", "завтра 12:30", "01.01.2020", "30 февраля",
    "+79001234567", "12345", "8 900 000-00-01", "да", "", " ", "?", "🌸", "Ольга", "ы" * 4097, "<b>&lt;",
    "/", "%s {name} {", "0", "\u0000", "٣:٠٠", "²", "1" * 50, "перенести", "book", "haircut friday 3pm",
)  # fmt: skip
PAYLOADS = (
    "", "0.0", "1.0", "999999999.999", "-1.0", "abc", "~c.x.y.z", "{}", "1.0.0", "ё",
    "~zz." + "A" * 22 + "..AAAAAAAAAAA",
)  # fmt: skip
COMMANDS = (
    ("start", ""), ("start", "b_okoshko"), ("start", "b_nothing"), ("start", "join_x"), ("start", "хм"),
    ("book", ""), ("my", ""), ("help", ""), ("language", ""), ("nonsense", "1"),
)  # fmt: skip


def something(person: Person, dice: random.Random) -> Incoming:
    """Anything that a messenger can bring."""
    messages = [(key, laid) for key, laid in person.chat.messages.items() if laid.rows]
    chance = dice.random()
    if messages and chance < 0.8:
        # Mostly the newest message, sometimes any one that is still there.
        key, laid = messages[-1] if dice.random() < 0.8 else dice.choice(messages)
        buttons = [button for row in laid.rows for button in row]
        main = [button for button in buttons if button.tone is Tone.MAIN]
        button = dice.choice(main if main and dice.random() < 0.3 else buttons)
        if button.kind is ButtonKind.CONTACT:
            return Contact(dice.choice(("79001234567", "+79001234568", "12")), "Ольга", dice.random() < 0.8)
        return Typed(button.label) if laid.reply else RawPress(button.value, key)
    if chance < 0.9:
        return Typed(dice.choice(WORDS))
    if chance < 0.93:
        return RawPress(dice.choice(PAYLOADS), dice.choice((None, "1", messages[-1][0] if messages else "9")))
    if chance < 0.97:
        return Command(*dice.choice(COMMANDS))
    if chance < 0.985:
        return Contact("79007654321", "🌸", dice.random() < 0.5)
    return Other(dice.choice(("sticker", "voice", "photo", "location")))


@pytest.mark.parametrize("seed", range(4))
async def test_nobody_is_left_without_an_answer(seed: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    dice = random.Random(seed)
    city = City()
    rules = BookingRules(auto_confirm=bool(seed % 2), max_active_per_client=4)
    world = await make_business(city.uow, rules=rules)
    crowd = [
        city.person("Ольга"),
        city.person("🌸", "vk"),
        city.person("Emily", language="en"),
        city.person("Я" * 300, "vk", "en"),
    ]
    for staff, name, messenger in ((world.anna, "Анна", "telegram"), (None, "Вера", "vk")):
        member = city.person(name, messenger)
        role = Role.MASTER if staff else Role.OWNER
        await member.start(
            await city.core.team.create_invite(SYSTEM, world.id, role=role, staff_id=staff, name=name)
        )
        crowd.append(member)
    seen: set[tuple[str, str]] = set()
    for _ in range(EVENTS // 4):
        person = dice.choice(crowd)
        await person.does(something(person, dice))
        place = Session.load(city.sessions.stored[person.session_key]).place
        if place is not None:
            seen.add((place.flow, place.step))
        if dice.random() < 0.05:
            city.clock.on(minutes=dice.choice((1, 5, 60, 600)))
        if dice.random() < 0.2:
            await city.deliver()
        if dice.random() < 0.02:
            city.restarted()
    assert [record.getMessage() for record in caplog.records] == []
    assert len(city.state.bookings) > 5, "people who press anything book something"
    every = {(flow.name, step) for flow in build_dialogs().flows.values() for step in flow.steps}
    assert len(seen) > 0.7 * len(every), every - seen
