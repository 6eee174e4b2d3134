"""The world: what it keeps, what it forgets, how it comes back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bots.sandbox.calls import mask
from bots.sandbox.clock import ShiftableClock
from bots.sandbox.faults import FaultKind, Faults
from bots.sandbox.hands import Hands, Refused
from bots.sandbox.limits import WorldLimits
from bots.sandbox.model import Author, Button, ButtonKind, Messenger, Panel, Span
from bots.sandbox.telegram.messenger import TelegramMessenger
from bots.sandbox.telegram.rules import TelegramRules
from bots.sandbox.views import chat_view
from bots.sandbox.world import Unknown, World

START = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def small_world(**limits: int) -> World:
    return World(ShiftableClock(source=lambda: START), WorldLimits(**limits))


def hands_of(world: World) -> Hands:
    return Hands(world, {Messenger.TELEGRAM: TelegramMessenger(world, TelegramRules())})


def test_comes_back_from_disk_as_it_was() -> None:
    world = small_world()
    bot = world.add_bot(Messenger.TELEGRAM, "77:AA", "salon_bot", "Салон")
    anna = world.add_person("Анна", "Смирнова", phone="+79160000001")
    hands = hands_of(world)
    chat, start = hands.open(anna, "https://t.me/salon_bot?start=b_demo")
    assert start == "b_demo"
    hands.start(chat, start)
    hands.send_photo(chat, caption="так")
    world.post(
        chat,
        Author.BOT,
        "hi",
        spans=[Span("bold", 0, 2)],
        rows=((Button("Go", ButtonKind.CALLBACK, "go"),),),
    )
    world.set_panel(chat, Panel(((Button("Номер", ButtonKind.CONTACT),),)))
    hands.press(chat, 3, 0, 0)
    world.typing(chat, timedelta(seconds=5))

    again = small_world()
    again.load(world.dump())
    twin = again.chat(anna.id, bot.id)
    assert twin is not None
    assert twin.typing_until is None
    chat.typing_until = None
    assert chat_view(twin, again.bot(bot.id), again.person(anna.id), START) == chat_view(
        chat, bot, anna, START
    )
    assert again.feed(again.bot(bot.id)) == world.feed(bot)
    assert again.state.files == world.state.files
    assert again.dump() == world.dump()


def test_refuses_a_state_that_is_none() -> None:
    with pytest.raises(ValueError, match="validation error"):
        small_world().load(b'{"people": 1}')


def test_is_bounded() -> None:
    world = small_world(messages_per_chat=3, presses=4, feed=5, people=2, files=2, file_bytes=10, bots=1)
    bot = world.add_bot(Messenger.TELEGRAM, "77:AA", "salon_bot", "Салон")
    chat = world.open_chat(world.add_person("Анна"), bot)
    hands = hands_of(world)
    for number in range(20):
        hands.send(chat, str(number))
        hands.press_data(chat, 1, "x")
        world.store_file(bot, "documents", "a.ics", "text/calendar", b"1234")
    assert [message.text for message in chat.messages] == ["17", "18", "19"]
    assert len(world.state.presses) == 4
    assert len(world.feed(bot).items) == 5
    assert len(world.state.files) == 2
    world.store_file(bot, "documents", "big.ics", "text/calendar", b"123456789")
    assert [file.name for file in world.state.files.values()] == ["big.ics"]
    world.add_person("Борис")
    with pytest.raises(ValueError, match="full"):
        world.add_person("Вера")
    with pytest.raises(ValueError, match="full"):
        world.add_bot(Messenger.TELEGRAM, "78:AA", "other_bot", "Другой")


def test_a_known_bot_keeps_its_chats_when_its_token_changes() -> None:
    world = small_world()
    bot = world.add_bot(Messenger.TELEGRAM, "77:AA", "salon_bot", "Салон")
    chat = world.open_chat(world.add_person("Анна"), bot)
    again = world.add_bot(Messenger.TELEGRAM, "77:BB", "salon_bot", "Салон 2")
    assert again is bot
    assert world.open_chat(world.person(chat.person_id), again) is chat
    assert world.bot_by_token(Messenger.TELEGRAM, "77:AA") is None
    assert world.bot_by_token(Messenger.VK, "77:BB") is None
    with pytest.raises(ValueError, match="taken"):
        world.add_bot(Messenger.TELEGRAM, "78:AA", "Salon_Bot", "Чужой")
    with pytest.raises(ValueError, match="number"):
        world.add_bot(Messenger.TELEGRAM, "token", "other_bot", "Чужой")


@pytest.mark.parametrize(
    "link",
    ["salon_bot", "@salon_bot", "t.me/salon_bot", "https://t.me/salon_bot", "tg://resolve?domain=salon_bot"],
)
def test_links_lead_to_bots(link: str) -> None:
    world = small_world()
    bot = world.add_bot(Messenger.TELEGRAM, "77:AA", "salon_bot", "Салон")
    chat, start = hands_of(world).open(world.add_person("Анна"), link)
    assert (chat.bot_id, start) == (bot.id, "")


def test_the_phone_refuses_what_a_phone_refuses() -> None:
    world = small_world()
    world.add_bot(Messenger.TELEGRAM, "77:AA", "salon_bot", "Салон")
    silent = world.add_person("Безномерный", phone="")
    hands = hands_of(world)
    chat, _ = hands.open(silent, "salon_bot")
    for refused in (
        lambda: hands.send(chat, "  "),
        lambda: hands.share_contact(chat),
        lambda: hands.start(chat, "с пробелом"),
        lambda: hands.start(chat, "x" * 65),
        lambda: hands.open(silent, "https://example.com/?x"),
        lambda: hands.press_panel(chat, 0, 0),
    ):
        with pytest.raises(Refused):
            refused()
    with pytest.raises(Unknown):
        hands.open(silent, "nobody_bot")
    with pytest.raises(Unknown):
        hands.delete_message(chat, 99)
    assert chat.messages == []


def test_a_text_over_the_limit_is_split_as_the_app_splits_it() -> None:
    world = small_world()
    bot = world.add_bot(Messenger.TELEGRAM, "77:AA", "salon_bot", "Салон")
    chat = world.open_chat(world.add_person("Анна"), bot)
    written = hands_of(world).send(chat, "я" * 4097)
    assert [len(message.text) for message in written] == [4096, 1]


def test_events_after_a_revision_or_none_when_they_are_forgotten() -> None:
    world = small_world(events=3)
    before = world.cursor
    world.add_person("Анна")
    assert [kind for _, kind, _ in world.since(before) or []] == ["person"]
    assert world.since(world.cursor) == []
    for name in "БВГД":
        world.add_person(name)
    assert world.since(before) is None
    assert world.since("nonsense") is None
    assert small_world().since(world.cursor) is None


def test_faults_are_taken_in_order_and_only_by_their_method() -> None:
    faults = Faults()
    faults.plan(FaultKind.SERVER_ERROR, "sendMessage", count=2)
    faults.plan(FaultKind.DROP)
    assert faults.take("getUpdates") is None
    for kind in (FaultKind.SERVER_ERROR, FaultKind.SERVER_ERROR, FaultKind.DROP):
        fault = faults.take("SendMessage")
        assert fault is not None
        assert fault.kind is kind
    assert faults.take("sendMessage") is None
    with pytest.raises(ValueError, match="at least"):
        faults.plan(FaultKind.HANG, count=0)


def test_the_log_hides_tokens_and_long_values() -> None:
    world = small_world(calls=2, call_text=50)
    for number in range(3):
        world.calls.write(
            at=START,
            direction="call",
            bot="salon_bot",
            token="77:secret",
            method=f"method{number}",
            params={"text": "x" * 100},
            status=200,
            answer={"ok": True},
            ms=1.234,
        )
    first, last = world.calls.latest()
    assert (first.method, last.method, last.token, last.ms) == ("method1", "method2", "77:***", 1.2)
    assert "secret" not in str(last)
    assert len(last.params["shortened"]) == 51
    assert mask("no colon") == "***"
