"""What updates mean."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.dialogs.event import Command, Contact, Other, RawPress, Typed
from bots.dialogs.runtime import Sender
from bots.telegram.inbound import Astray, Elsewhere, Inbound, Reached, lane_of, read
from core.domain.client import Channel

ANNA = {
    "id": 1001,
    "is_bot": False,
    "first_name": "Анна",
    "last_name": "Б.",
    "username": "anna",
    "language_code": "ru",
}
CHAT = {"id": 1001, "type": "private", "first_name": "Анна"}
SENDER = Sender(Channel.TELEGRAM, "42", "1001", "1001", "Анна Б.", "anna", "ru")


def message(**fields: Any) -> dict[str, Any]:
    return {"update_id": 1, "message": {"message_id": 5, "date": 1, "from": ANNA, "chat": CHAT} | fields}


def incoming(update: dict[str, Any]) -> object:
    found = read(update, "42", "okoshko_bot")
    assert isinstance(found, Inbound)
    assert found.sender == SENDER
    return found.incoming


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("маникюр завтра", Typed("маникюр завтра")),
        ("/start", Command("start")),
        ("/start b_demo", Command("start", "b_demo")),
        ("/Start@okoshko_bot   join_abc ", Command("start", "join_abc")),
        ("/help\nрасскажи", Command("help", "расскажи")),
        ("/ start", Typed("/ start")),
        ("/старт", Typed("/старт")),
        ("1/2", Typed("1/2")),
        ("🙂", Typed("🙂")),
    ],
)
def test_words_and_commands(text: str, event: object) -> None:
    assert incoming(message(text=text)) == event


@pytest.mark.parametrize(
    ("card", "event"),
    [
        (
            {"phone_number": "79161234501", "first_name": "Анна", "user_id": 1001},
            Contact("+79161234501", "Анна", own=True),
        ),
        (
            {"phone_number": "+79161234501", "first_name": "Анна", "last_name": "Б.", "user_id": 1001},
            Contact("+79161234501", "Анна Б.", own=True),
        ),
        (
            {"phone_number": "+79161234502", "first_name": "Мама", "user_id": 1002},
            Contact("+79161234502", "Мама", own=False),
        ),
        (
            {"phone_number": "8 916 1234502", "first_name": "Мама"},
            Contact("8 916 1234502", "Мама", own=False),
        ),
    ],
)
def test_a_contact_is_own_only_with_the_sender_s_id(card: dict[str, Any], event: Contact) -> None:
    assert incoming(message(contact=card)) == event


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"sticker": {}}, "sticker"),
        ({"voice": {}}, "voice"),
        ({"photo": [], "caption": "вот"}, "photo"),
        ({"location": {}}, "location"),
        ({"venue": {}, "location": {}}, "venue"),
        ({"animation": {}, "document": {}}, "animation"),
        ({"dice": {}}, "dice"),
        ({"web_app_data": {"data": "x", "button_text": "y"}}, "web_app_data"),
        ({"something_of_tomorrow": {}}, "unknown"),
    ],
)
def test_everything_else_a_person_sends_gets_an_event(fields: dict[str, Any], kind: str) -> None:
    assert incoming(message(**fields)) == Other(kind)


def test_an_album_is_known_by_its_group() -> None:
    found = read(message(photo=[], media_group_id="77"), "42")
    assert isinstance(found, Inbound)
    assert found.album == "77"


def press(**fields: Any) -> dict[str, Any]:
    query = {"id": "9", "from": ANNA, "chat_instance": "1", "data": "7.0"}
    return {"update_id": 2, "callback_query": query | fields}


def test_a_press_names_its_message_even_when_that_is_gone() -> None:
    there = read(press(message={"message_id": 5, "date": 1, "chat": CHAT, "text": "x"}), "42")
    gone = read(press(message={"message_id": 5, "date": 0, "chat": {"id": 1001, "type": "private"}}), "42")
    for found in (there, gone):
        assert isinstance(found, Inbound)
        assert found.incoming == RawPress("7.0", "5")
        assert found.query_id == "9"
        assert found.sender == SENDER


def test_a_press_without_data_is_still_a_press() -> None:
    update = press(message={"message_id": 5, "chat": CHAT})
    del update["callback_query"]["data"]
    found = read(update, "42")
    assert isinstance(found, Inbound)
    assert found.incoming == RawPress("", "5")


def test_a_press_outside_of_private_chats_only_stops_its_spinner() -> None:
    assert read(press(message={"message_id": 5, "chat": {"id": -5, "type": "group"}}), "42") == Astray(
        "9", "-5"
    )
    assert read(press(inline_message_id="abc"), "42") == Astray("9", "1001")


@pytest.mark.parametrize(("status", "reachable"), [("kicked", False), ("member", True)])
def test_blocking_and_coming_back(status: str, reachable: bool) -> None:
    update = {
        "update_id": 3,
        "my_chat_member": {"chat": CHAT, "from": ANNA, "new_chat_member": {"status": status}},
    }
    assert read(update, "42") == Reached("1001", reachable)
    update["my_chat_member"]["chat"] = {"id": -7, "type": "group"}  # type: ignore[index]
    assert read(update, "42") is None


def test_leave_to_write_makes_reachable() -> None:
    assert read(message(write_access_allowed={}), "42") == Reached("1001", reachable=True)


@pytest.mark.parametrize(
    ("text", "answered"),
    [("/start", True), ("/start@Okoshko_bot", True), ("/start@other_bot", False), ("всем привет", False)],
)
def test_in_groups_only_our_commands_get_a_word(text: str, answered: bool) -> None:
    update = message(text=text, chat={"id": -100, "type": "supergroup"})
    assert read(update, "42", "okoshko_bot") == (Elsewhere("-100", "ru") if answered else None)


@pytest.mark.parametrize(
    "update",
    [
        {"update_id": 1},
        {"update_id": 1, "edited_message": message()["message"] | {"text": "x"}},
        {
            "update_id": 1,
            "channel_post": {"message_id": 1, "chat": {"id": -1, "type": "channel"}, "text": "/start"},
        },
        message(pinned_message={}),
        message(successful_payment={}),
        message(text="x", **{"from": {"id": 7, "is_bot": True, "first_name": "Бот"}}),
        {"update_id": 1, "message": "words"},
        {"update_id": 1, "message": {"chat": None, "text": "x"}},
        {"update_id": 1, "callback_query": {"id": "1"}},
        {"update_id": 1, "my_chat_member": {"chat": CHAT}},
    ],
)
def test_what_means_nothing(update: dict[str, Any]) -> None:
    assert read(update, "42", "okoshko_bot") is None


def test_lanes_are_persons() -> None:
    assert lane_of(message(text="x")) == "1001"
    assert lane_of(press()) == "1001"
    assert lane_of({"update_id": 1, "channel_post": {"chat": {"id": -5}}}) == "-5"
    assert lane_of({"update_id": 1}) == ""


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("private"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["id", "from", "chat", "type", "text", "message", "contact", "message_id", "data", "status"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(st.sampled_from(["message", "callback_query", "my_chat_member", "poll"]), junk)
def test_junk_never_breaks_the_reader(kind: str, body: Any) -> None:
    update = {"update_id": 1, kind: body}
    assert isinstance(lane_of(update), str)
    read(update, "42", "okoshko_bot")
