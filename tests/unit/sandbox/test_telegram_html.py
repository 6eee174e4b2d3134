"""Telegram's HTML, read as the real server reads it."""

from __future__ import annotations

import html as stdlib_html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.sandbox.model import Span, utf16_length
from bots.sandbox.telegram.errors import ApiError
from bots.sandbox.telegram.html import BrokenMarkup, parse_html
from bots.sandbox.telegram.texts import formatted, found


@pytest.mark.parametrize(
    ("source", "text", "spans"),
    [
        ("plain", "plain", []),
        ("<b>a</b>", "a", [Span("bold", 0, 1)]),
        ("<strong>a</strong><em>b</em>", "ab", [Span("bold", 0, 1), Span("italic", 1, 1)]),
        ("<b>a<i>b</i></b>", "ab", [Span("italic", 1, 1), Span("bold", 0, 2)]),
        ("😀<u>я</u>", "😀я", [Span("underline", 2, 1)]),
        ("<s>x</s><del>y</del>", "xy", [Span("strikethrough", 0, 1), Span("strikethrough", 1, 1)]),
        ('<a href="https://a.example/?x=1&amp;y=2">go</a>', "go", [
            Span("text_link", 0, 2, "https://a.example/?x=1&y=2")
        ]),
        ("<tg-spoiler>x</tg-spoiler>", "x", [Span("spoiler", 0, 1)]),
        ('<span class="tg-spoiler">x</span>', "x", [Span("spoiler", 0, 1)]),
        ('<pre><code class="language-python">x</code></pre>', "x", [Span("pre", 0, 1, "", "python")]),
        ("<blockquote expandable>x</blockquote>", "x", [Span("expandable_blockquote", 0, 1)]),
        ("&lt;b&gt; &amp; &quot; &#1103; &#x44f; &nbsp;", '<b> & " я я &nbsp;', []),
        ("<B>a</b>", "a", [Span("bold", 0, 1)]),
        ("<b></b>x", "x", []),
        ("a > b", "a > b", []),
    ],
)  # fmt: skip
def test_parses(source: str, text: str, spans: list[Span]) -> None:
    assert parse_html(source) == (text, spans)


@pytest.mark.parametrize(
    ("source", "refusal"),
    [
        ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        ("<b>я</i>", 'Unmatched end tag at byte offset 5, expected "</b>", found "</i>"'),
        ("<div>a</div>", 'Unsupported start tag "div" at byte offset 0'),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("1 <2", "Unclosed start tag at byte offset 2"),
        ("1 < 2 >", 'Unsupported start tag "" at byte offset 2'),
        ("Имя <3 >", 'Unsupported start tag "3" at byte offset 7'),
        ('<a href="x>y', 'Unclosed start tag "a" at byte offset 0'),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<a href=http://x>y</a>", "Unexpected end of name token at byte offset 8"),
        ('<a ="x">y</a>', 'Empty attribute name in the tag "a" at byte offset 0'),
        ("<a href>y</a>", "Expected equal sign"),
    ],
)
def test_refuses(source: str, refusal: str) -> None:
    with pytest.raises(BrokenMarkup) as broken:
        parse_html(source)
    assert refusal in str(broken.value)


@given(st.text())
def test_escaped_text_comes_through_unchanged(text: str) -> None:
    escaped = stdlib_html.escape(text, quote=True).replace("&#x27;", "'")
    assert parse_html(f"<b>{escaped}</b>")[0] == text


@given(st.text(alphabet="<>/ab i=\"'&;#я😀", max_size=30))
def test_any_markup_is_parsed_or_refused(source: str) -> None:
    try:
        text, spans = parse_html(source)
    except BrokenMarkup:
        return
    assert all(span.offset >= 0 and span.offset + span.length <= utf16_length(text) for span in spans)


def shape(
    source: str, mode: str = "HTML", entities: object = None, limit: int = 100
) -> tuple[str, tuple[Span, ...]]:
    return formatted(source, mode, entities, most=100, limit=limit, what="message")


def test_trims_and_moves_entities() -> None:
    assert shape("  \n<b> a </b> b ") == ("a  b", (Span("bold", 0, 2),))


def test_counts_utf16_units_after_parsing() -> None:
    assert shape("<b>" + "😀" * 50 + "</b>")[0] == "😀" * 50
    with pytest.raises(ApiError, match="message is too long"):
        shape("😀" * 51)


def test_takes_given_entities_and_checks_them() -> None:
    bold = {"type": "bold", "offset": 0, "length": 2}
    assert shape("ab", "", [bold]) == ("ab", (Span("bold", 0, 2),))
    for wrong in ({**bold, "length": 3}, {**bold, "offset": -1}, {**bold, "type": "shout"}, "bold"):
        with pytest.raises(ApiError):
            shape("ab", "", [wrong])


@pytest.mark.parametrize("mode", ["MarkdownV2", "Markdown", "BBCode"])
def test_other_modes_are_refused(mode: str) -> None:
    with pytest.raises(ApiError) as refused:
        shape("*a*", mode)
    assert refused.value.code == 400


def test_finds_links_commands_and_mentions() -> None:
    text = "см. https://a.example/b, /start и @okoshko_bot, a@b.ru #маникюр 10/20"
    assert {(span.kind, text[span.offset : span.offset + span.length]) for span in found(text)} == {
        ("url", "https://a.example/b"),
        ("bot_command", "/start"),
        ("mention", "@okoshko_bot"),
        ("email", "a@b.ru"),
        ("hashtag", "#маникюр"),
    }
