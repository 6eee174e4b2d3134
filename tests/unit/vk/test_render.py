"""What a laid screen is in VK."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.dialogs.layout import ButtonKind, Laid, LaidButton, LaidSpan
from bots.dialogs.screen import Style, Tone
from bots.sandbox.model import ButtonKind as Shown
from bots.sandbox.vk.errors import VkError
from bots.sandbox.vk.keyboard import read_keyboard
from bots.sandbox.vk.rules import VkRules
from bots.vk.abilities import Abilities
from bots.vk.caps import CAPS
from bots.vk.render import Where, escape, render

HERE = Where(220001, 7)
OLD = Abilities(actions=frozenset({"text", "open_link"}))


def press(label: str, value: str = "1.0", tone: Tone = Tone.PLAIN) -> LaidButton:
    return LaidButton(label, ButtonKind.PRESS, value, tone)


def laid(*rows: tuple[LaidButton, ...], text: str = "Когда удобно?") -> Laid:
    return Laid((LaidSpan(text),), rows)


def buttons(rendered: str | None) -> list[list[dict[str, Any]]]:
    assert rendered is not None
    found: list[list[dict[str, Any]]] = json.loads(rendered)["buttons"]
    return found


def test_presses_are_callbacks_with_a_payload_of_ours() -> None:
    keyboard = render(
        laid((press("10:00", "5.1", Tone.MAIN), press("Отмена", "5.2", Tone.DANGER))), HERE
    ).keyboard
    assert json.loads(keyboard or "") == {
        "inline": True,
        "buttons": [
            [
                {
                    "action": {"type": "callback", "label": "10:00", "payload": '{"p":"5.1"}'},
                    "color": "primary",
                },
                {
                    "action": {"type": "callback", "label": "Отмена", "payload": '{"p":"5.2"}'},
                    "color": "negative",
                },
            ]
        ],
    }


def test_links_and_apps() -> None:
    screen = laid(
        (LaidButton("Карта", ButtonKind.LINK, "https://maps.example/1"),),
        (LaidButton("Приложение", ButtonKind.APP, "/?b=demo"),),
    )
    link, app = (row[0]["action"] for row in buttons(render(screen, HERE).keyboard))
    assert link == {"type": "open_link", "label": "Карта", "link": "https://maps.example/1"}
    assert app == {
        "type": "open_app",
        "app_id": 7,
        "owner_id": -220001,
        "hash": "?b=demo",
        "label": "Приложение",
    }
    assert render(screen, HERE, plain=True).keyboard is None
    assert len(buttons(render(screen, Where(220001)).keyboard)) == 1


def test_an_app_without_callbacks_gets_texts_with_the_same_payload() -> None:
    (row,) = buttons(render(laid((press("10:00", "5.1"),)), Where(220001, 7, OLD)).keyboard)
    assert row[0]["action"] == {"type": "text", "label": "10:00", "payload": '{"p":"5.1"}'}


def test_an_app_without_links_gets_them_in_the_text() -> None:
    screen = laid((LaidButton("Карта", ButtonKind.LINK, "https://maps.example/1"),))
    rendered = render(screen, Where(220001, None, Abilities(actions=frozenset({"text"}))))
    assert rendered.keyboard is None
    assert rendered.text == "Когда удобно?\nКарта: https://maps.example/1"


def test_an_app_without_inline_buttons_gets_them_below_and_put_away() -> None:
    where = Where(220001, None, Abilities(inline=False))
    shown = json.loads(render(laid((press("10:00"),)), where).keyboard or "")
    assert (shown["inline"], len(shown["buttons"])) == (False, 1)
    away = json.loads(render(laid(), where).keyboard or "")
    assert away["buttons"] == []
    nothing = Where(220001, None, Abilities(inline=False, keyboard=False))
    assert render(laid((press("10:00"),)), nothing).keyboard is None


def test_looks_become_plain_words() -> None:
    spans = (
        LaidSpan("Маникюр", Style.BOLD),
        LaidSpan("\n"),
        LaidSpan("подешевле", Style.QUOTE),
        LaidSpan("\n"),
        LaidSpan("Сайт", link="https://okoshko.example"),
        LaidSpan(" "),
        LaidSpan("https://a.example", link="https://a.example"),
    )
    assert render(Laid(spans, ()), HERE).text == (
        "Маникюр\n«подешевле»\nСайт: https://okoshko.example https://a.example"
    )


@pytest.mark.parametrize(
    "written",
    [
        "[club1|Банк]",
        "[id1|Анна]",
        "[https://vk.com/x|сюда]",
        "@id1 (Анна)",
        "*club1 (Банк)",
        "Пишите @all",
    ],
)
def test_people_s_words_are_no_markup(written: str) -> None:
    escaped = escape(written)
    assert escaped != written
    assert escaped.replace("\u2060", "") == written


@pytest.mark.parametrize("written", ["anna@mail.ru", "2*3", "[скобки]", "a|b", "5 * 7", "«Ко» & <b>"])
def test_ordinary_words_stay_as_they_are(written: str) -> None:
    assert escape(written) == written


def test_a_text_within_the_limit() -> None:
    assert len(render(laid(text="[a|b]" * 800), HERE).text) <= CAPS.text


LABELS = st.text(st.characters(exclude_categories=["Cs"]), max_size=CAPS.label)
PAYLOADS = st.from_regex(
    r"[0-9]{1,9}\.[0-9]{1,3}|~[a-z]{1,4}\.[A-Za-z0-9_-]{22}\.\.[A-Za-z0-9_-]{11}", fullmatch=True
)


@given(st.lists(st.lists(st.builds(press, LABELS, PAYLOADS), min_size=1, max_size=5), max_size=2))
def test_every_keyboard_of_ours_is_one_that_vk_takes(rows: list[list[LaidButton]]) -> None:
    for abilities in (Abilities(), OLD, Abilities(inline=False)):
        rendered = render(laid(*(tuple(row) for row in rows)), Where(220001, 7, abilities))
        keyboard = read_keyboard(rendered.keyboard or "", VkRules())
        shown = keyboard.rows or (keyboard.panel.rows if keyboard.panel else ())
        assert [len(row) for row in shown] == [len(row) for row in rows]
        assert all(button.kind in {Shown.CALLBACK, Shown.TEXT} for row in shown for button in row)


def test_the_emulator_is_stricter_than_we_are_careless() -> None:
    many = json.loads(render(laid((press("1"),)), HERE).keyboard or "")
    many["buttons"] *= 7
    with pytest.raises(VkError) as refused:
        read_keyboard(json.dumps(many), VkRules())
    assert refused.value.code == 911
