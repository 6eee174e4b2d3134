"""What VK's events mean."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.dialogs.event import Command, Other, RawPress, Typed
from bots.vk.abilities import Abilities
from bots.vk.inbound import Astray, Inbound, Joined, Person, Reached, lane_of, read

ANNA = Person("1001", "1001")


def event(kind: str, body: Any) -> dict[str, Any]:
    return {"type": kind, "group_id": 5, "event_id": "x", "v": "5.199", "object": body}


def message(client_info: Any = None, **fields: Any) -> dict[str, Any]:
    body = {"id": 9, "date": 1, "from_id": 1001, "peer_id": 1001, "text": "", "attachments": []} | fields
    return event("message_new", {"message": body, "client_info": client_info})


def incoming(given: dict[str, Any]) -> object:
    found = read(given)
    assert isinstance(found, Inbound)
    assert found.person == ANNA
    return found.incoming


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("маникюр завтра", Typed("маникюр завтра")),
        (" маникюр ", Typed(" маникюр ")),
        ("Начать", Command("start")),
        ("  начать ", Command("start")),
        ("Start", Command("start")),
        ("/start b_demo", Command("start", "b_demo")),
        ("/help", Command("help")),
        ("join_AbC-1_2", Command("start", "join_AbC-1_2")),
        ("b_demo", Command("start", "b_demo")),
        ("b_", Typed("b_")),
        ("/старт", Typed("/старт")),
    ],
)
def test_words_and_commands(text: str, said: object) -> None:
    assert incoming(message(text=text)) == said


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        ('{"command":"start"}', Command("start")),
        ('{"p":"5.1"}', RawPress("5.1")),
        ('{"p":"5.1","x":1}', RawPress("5.1")),
        ('{"p":5}', RawPress("")),
        ('{"button":1}', RawPress("")),
        ('{"command":"help"}', RawPress("")),
        ("[1]", RawPress("")),
        ("{", RawPress("")),
        ("", RawPress("")),
        ("[" * 100_000, RawPress("")),
        ('{"p":"' + "a" * 300 + '"}', RawPress("")),
    ],
)
def test_a_text_button_s_payload_is_not_trusted(payload: str, said: object) -> None:
    assert incoming(message(text="10:00", payload=payload)) == said


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"attachments": [{"type": "sticker"}]}, "sticker"),
        ({"attachments": [{"type": "audio_message"}]}, "voice"),
        ({"attachments": [{"type": "photo"}]}, "photo"),
        ({"attachments": [{"type": "doc"}]}, "document"),
        ({"attachments": [{"type": "wall"}]}, "unknown"),
        ({"geo": {"type": "point"}}, "location"),
        ({}, "unknown"),
    ],
)
def test_everything_else_has_a_kind(fields: dict[str, Any], kind: str) -> None:
    assert incoming(message(**fields)) == Other(kind)


def test_words_count_more_than_what_goes_with_them() -> None:
    given = message(text="вот", attachments=[{"type": "photo"}])
    assert incoming(given) == Typed("вот")


def test_the_app_tells_what_it_can() -> None:
    info = {"button_actions": ["text"], "keyboard": True, "inline_keyboard": False, "lang_id": 3}
    found = read(message(info, text="привет", ref="b_demo"))
    assert isinstance(found, Inbound)
    assert found.abilities == Abilities(inline=False, keyboard=True, actions=frozenset({"text"}))
    assert (found.language, found.ref) == ("en", "b_demo")


@pytest.mark.parametrize("ref", [None, "", "a b", "x" * 65, 5, "<script>"])
def test_a_link_s_parameter_is_checked(ref: object) -> None:
    found = read(message(text="привет", ref=ref))
    assert isinstance(found, Inbound)
    assert found.ref is None


@pytest.mark.parametrize(
    ("body", "press"),
    [
        ({"payload": {"p": "5.1"}, "conversation_message_id": 7}, RawPress("5.1", "7")),
        ({"payload": '{"p":"5.1"}', "conversation_message_id": 7}, RawPress("5.1", "7")),
        ({"payload": {"p": "5.1"}}, RawPress("5.1")),
        ({"payload": None, "conversation_message_id": 7}, RawPress("", "7")),
        ({"payload": "мусор", "conversation_message_id": True}, RawPress("")),
    ],
)
def test_presses(body: dict[str, Any], press: RawPress) -> None:
    found = read(event("message_event", {"user_id": 1001, "peer_id": 1001, "event_id": "e1"} | body))
    assert found == Inbound(press, ANNA, query="e1")


def test_a_press_among_several_people_only_stops_its_spinner() -> None:
    body = {"user_id": 1001, "peer_id": 2_000_000_001, "event_id": "e1", "payload": {"p": "5.1"}}
    assert read(event("message_event", body)) == Astray("e1", "1001", "2000000001")


def test_permissions() -> None:
    assert read(event("message_allow", {"user_id": 1001, "key": "b_demo"})) == Reached(
        ANNA, reachable=True, key="b_demo"
    )
    assert read(event("message_allow", {"user_id": 1001, "key": ""})) == Reached(ANNA, reachable=True)
    assert read(event("message_deny", {"user_id": 1001})) == Reached(ANNA, reachable=False)
    assert read(event("group_join", {"user_id": 1001, "join_type": "join"})) == Joined(ANNA)


@pytest.mark.parametrize(
    "given",
    [
        message(from_id=-5, text="мы сами"),
        message(peer_id=2_000_000_001, text="в беседе"),
        message(action={"type": "chat_invite_user"}),
        message(from_id="1001"),
        message(from_id=True),
        event("message_new", {}),
        event("message_new", None),
        event("message_event", {"user_id": 1001}),
        event("message_allow", {}),
        event("group_join", {"user_id": 0}),
        event("wall_post_new", {"id": 1}),
        {},
        {"type": "message_new"},
    ],
)
def test_what_is_none_of_our_business(given: dict[str, Any]) -> None:
    assert read(given) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
FIELDS = st.sampled_from(
    [
        "message",
        "from_id",
        "peer_id",
        "user_id",
        "payload",
        "event_id",
        "text",
        "ref",
        "attachments",
        "action",
    ]
)


@given(
    st.sampled_from(["message_new", "message_event", "message_allow", "message_deny", "group_join", "x"]),
    JSON | st.dictionaries(FIELDS, JSON | st.dictionaries(FIELDS, JSON)),
)
def test_nothing_breaks_the_reader(kind: str, body: Any) -> None:
    given_event = event(kind, body)
    read(given_event)
    assert isinstance(lane_of(given_event), str)


def test_a_person_s_events_have_one_lane() -> None:
    assert lane_of(message(text="x")) == "1001"
    assert lane_of(event("message_event", {"user_id": 1001})) == "1001"
    assert lane_of(event("message_deny", {"user_id": 1001})) == "1001"
    assert lane_of(event("x", [])) == ""
