"""Laid screens as HTML and keyboards: read back by the emulator's parser, the real server's twin."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.dialogs.layout import ButtonKind, Laid, LaidButton, LaidSpan, layout
from bots.dialogs.payload import Signer
from bots.dialogs.screen import (
    AskContact,
    Inert,
    Link,
    OpenApp,
    Raw,
    Screen,
    Style,
    Tone,
    Verb,
    act,
    bold,
    line,
)
from bots.sandbox.model import utf16_length
from bots.sandbox.telegram.html import parse_html
from bots.telegram.caps import CAPS
from bots.telegram.render import NothingToSay, app_address, html, keyboard, render
from locales import texts

SIGNER = Signer(b"key")
TARGET = "01933f9c-0000-7000-8000-000000000001"
NASTY = '<b>Анна</b> & "Ко" <script>alert(1)</script> 👩‍👧 &lt;'


def laid_of(screen: Screen, locale: str = "ru") -> Laid:
    return layout(screen, texts(locale), CAPS, rev=7, signer=SIGNER)


def spans_of(*pairs: tuple[str, Style]) -> tuple[LaidSpan, ...]:
    return tuple(LaidSpan(text, style) for text, style in pairs)


text = st.text(alphabet=st.characters(codec="utf-8"), min_size=1, max_size=30)
links = st.none() | st.just('https://example.com/?a=1&b="2"')


@given(st.lists(st.builds(LaidSpan, text, st.sampled_from(Style), links), max_size=12))
def test_whatever_people_write_comes_out_as_they_wrote_it(spans: list[LaidSpan]) -> None:
    shown, _ = parse_html(html(spans))
    assert shown == "".join(span.text for span in spans)


def test_names_are_escaped_and_styles_kept() -> None:
    shown, entities = parse_html(
        html((LaidSpan(NASTY, Style.BOLD), LaidSpan(" и "), LaidSpan("ссылка", link='https://e.ru/?q=<">&x')))
    )
    assert shown == f"{NASTY} и ссылка"
    assert [(e.kind, e.url) for e in entities] == [("bold", ""), ("text_link", 'https://e.ru/?q=<">&x')]
    assert entities[0].length == utf16_length(NASTY)


def test_a_quote_of_two_lines_is_one_quote() -> None:
    spans = spans_of(("раз", Style.QUOTE), ("\n", Style.PLAIN), ("два", Style.QUOTE), ("\n", Style.PLAIN))
    assert html(spans) == "<blockquote>раз\nдва</blockquote>\n"
    apart = spans_of(("раз", Style.QUOTE), ("\n", Style.PLAIN), ("два", Style.PLAIN))
    assert html(apart) == "<blockquote>раз</blockquote>\nдва"


@pytest.mark.parametrize("filler", ["я", "🙂", "<", "&"])
def test_the_4097th_character_is_cut_with_an_ellipsis(filler: str) -> None:
    laid = laid_of(Screen((line(bold(Raw("Имя"))), line(Raw(filler * 5000)))))
    shown, _ = parse_html(render(laid, "").text)
    assert 4090 <= utf16_length(shown) <= 4096
    assert shown.endswith("…")


@given(
    st.lists(st.lists(st.integers(0, 12), min_size=1, max_size=3), min_size=1, max_size=4), st.integers(1, 14)
)
def test_no_way_of_cutting_passes_the_limit(sizes: list[list[int]], limit: int) -> None:
    caps = replace(CAPS, text=limit)
    lines = tuple(line(*(Raw("я🙂"[size % 2] * size) for size in row)) for row in sizes)
    laid = layout(Screen(lines), texts("ru"), caps, rev=1, signer=SIGNER)
    whole = "\n".join("".join("я🙂"[size % 2] * size for size in row) for row in sizes)
    assert utf16_length(laid.plain) <= limit
    assert laid.plain == whole or laid.plain.endswith("…")
    assert laid.plain == whole or utf16_length(whole) >= limit


def test_inline_buttons() -> None:
    laid = laid_of(
        Screen(
            (line(Raw("Проверьте запись")),),
            rows=(
                (act(Raw("Записаться"), "book", tone=Tone.MAIN), Inert(Raw(" "))),
                (Verb(Raw("Отменить"), "cx", TARGET, "a", Tone.DANGER),),
                (Link(Raw("Карта"), "https://yandex.ru/maps?text=a&b"), OpenApp(Raw("Открыть"), "my")),
            ),
        )
    )
    made = keyboard(laid, "https://okoshko.example")
    assert made is not None
    first, second, third = made["inline_keyboard"]
    assert first[0] == {"text": "Записаться", "style": "primary", "callback_data": "7.0"}
    assert first[1]["text"].strip()
    assert second[0]["style"] == "danger"
    assert len(second[0]["callback_data"].encode()) <= 64
    assert SIGNER.read(second[0]["callback_data"]) is not None
    assert third == [
        {"text": "Карта", "url": "https://yandex.ru/maps?text=a&b"},
        {"text": "Открыть", "web_app": {"url": "https://okoshko.example/app/my"}},
    ]


def test_buttons_that_lead_nowhere_are_left_out() -> None:
    laid = laid_of(
        Screen((line(Raw("x")),), rows=((OpenApp(Raw("Открыть")),), (Link(Raw("Сайт"), "http://localhost"),)))
    )
    assert keyboard(laid, "") == {"inline_keyboard": [[{"text": "Сайт", "url": "http://localhost"}]]}
    assert keyboard(laid, "https://okoshko.example", plain=True) is None
    linked = Laid((LaidSpan("x", link="bad"),), ())
    assert render(linked, "", plain=True).text == "x"


def test_asking_for_a_contact_is_a_reply_keyboard() -> None:
    laid = laid_of(
        Screen(
            (line(Raw("Ваш телефон?")),),
            rows=(
                (AskContact(Raw("Отправить номер")),),
                (act(Raw("Назад"), "back"), Link(Raw("x"), "https://e.ru")),
            ),
        )
    )
    assert laid.reply
    assert keyboard(laid, "") == {
        "keyboard": [[{"text": "Отправить номер", "request_contact": True}], [{"text": "Назад"}]],
        "resize_keyboard": True,
        "one_time_keyboard": True,
    }


def test_a_payload_over_the_limit_never_leaves() -> None:
    laid = Laid((LaidSpan("x"),), ((LaidButton("x", ButtonKind.PRESS, "я" * 33),),))
    with pytest.raises(AssertionError):
        keyboard(laid, "")


def test_a_screen_without_words_is_our_mistake() -> None:
    with pytest.raises(NothingToSay):
        render(Laid((LaidSpan("\n"),), ()), "")


def test_pictures_are_previews_and_other_links_have_none() -> None:
    assert render(laid_of(Screen((line(Raw("x")),))), "").preview == {"is_disabled": True}
    shown = render(laid_of(Screen((line(Raw("x")),), picture="https://e.ru/a.jpg")), "").preview
    assert shown == {"url": "https://e.ru/a.jpg", "prefer_large_media": True, "show_above_text": True}


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("", "https://e.ru/app"),
        ("/my", "https://e.ru/app/my"),
        ("b/demo?x=1", "https://e.ru/app/b/demo?x=1"),
        ("?startapp=b_demo", "https://e.ru/app?startapp=b_demo"),
    ],
)
def test_mini_app_addresses(path: str, address: str) -> None:
    assert app_address("https://e.ru", path) == address
