"""What testers see and press."""

from __future__ import annotations

from typing import Any

from bots.sandbox.screen import Label, Screen, pick


def message(number: int, text: str, *labels: str, author: str = "bot") -> dict[str, Any]:
    rows = [[{"label": label, "kind": "callback", "value": label, "style": ""}] for label in labels]
    return {"id": number, "author": author, "text": text, "rows": rows}


def test_the_screen_is_the_last_message_with_buttons() -> None:
    chat = {
        "panel": None,
        "messages": [
            message(1, "old", "A"),
            message(2, "menu", "Book"),
            message(3, "file"),
            message(4, "hi", author="person"),
        ],
    }
    screen = Screen.of(chat, [{"text": "", "alert": False}, {"text": "saved", "alert": True}])
    assert (screen.message_id, screen.text, screen.buttons) == (2, "menu", ["Book"])
    assert (screen.toast, screen.alert) == ("saved", True)


def test_a_panel_belongs_to_the_last_message() -> None:
    panel = {"rows": [[{"label": "Share", "kind": "contact", "value": "", "style": ""}]]}
    chat = {"panel": panel, "messages": [message(1, "menu", "Book"), message(2, "your number?")]}
    screen = Screen.of(chat, [])
    assert (screen.text, screen.buttons) == ("your number?", ["Share"])
    assert screen.has("share")
    assert not screen.has("book")
    assert "[Share]" in screen.describe()


def test_nothing_was_said_yet() -> None:
    screen = Screen.of({"panel": None, "messages": []}, [])
    assert (screen.text, screen.message_id, screen.buttons) == ("", 0, [])


def test_the_nearest_label_wins() -> None:
    rows = tuple(
        (Label(text, "callback", text),) for text in ("Не записаться", "Записаться ещё", "Записаться")
    )
    for wanted, row in (("записаться", 2), ("Записаться е", 1), ("не", 0), ("ещё", 1)):
        found = pick(rows, wanted)
        assert found is not None
        assert found[0] == row
    assert pick(rows, "нет такой") is None
