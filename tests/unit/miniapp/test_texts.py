"""Every text that the pages ask for is in both catalogues, none is idle, and both fill the same places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.pofile import read_po

from core.domain.client import Channel
from core.domain.visit import Refusal
from locales import LOCALES, texts

ROOT = Path(__file__).parents[3]
AREAS = ("app", "web")
_CALL = re.compile(r"""\b(?:t|n)\(\s*["']([a-z_.0-9]+)["']\s*[,)]""")
_EITHER = re.compile(r"""["']((?:app|web|cancel|summary)\.[a-z_.0-9]+)["']""")

#: Texts whose ids are put together.
PUT_TOGETHER = {
    *(f"app.in.{channel}" for channel in Channel),
    *(f"app.channel.{channel}" for channel in Channel),
    *(f"web.problem.{kind}{more}" for kind in ("lost", "trouble") for more in ("", ".more")),
    *(f"web.point.{item}{more}" for item in ("chat", "truth", "yours") for more in ("", ".more")),
}


def _sources() -> Iterator[str]:
    for folder in ("webapp/miniapp", "webapp/pages", "webapp/docs"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in {".py", ".html"}:
                yield path.read_text(encoding="utf-8")


WANTED = {
    msgid
    for text in _sources()
    for pattern in (_CALL, _EITHER)
    for msgid in pattern.findall(text)
    if not msgid.endswith((".", ".css", ".js", ".json"))
} | PUT_TOGETHER


def _catalogue(locale: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for area in AREAS:
        with (ROOT / "locales" / locale / f"{area}.po").open("rb") as file:
            for message in read_po(file, locale=locale):
                if isinstance(message.id, str) and message.id:
                    found[message.id] = (str(message.string),)
                elif message.id:
                    found[message.id[0]] = tuple(message.string or ())
    return found


def _places(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name)


@pytest.mark.parametrize("locale", LOCALES)
def test_no_text_is_missing_and_none_is_idle(locale: str) -> None:
    words = texts(locale)
    assert {msgid for msgid in WANTED if msgid not in words} == set()
    refusals = {f"app.not_offered.{reason}" for reason in Refusal}
    assert set(_catalogue(locale)) - WANTED - refusals == set()


def test_both_languages_fill_the_same_places() -> None:
    russian, english = _catalogue("ru"), _catalogue("en")
    assert russian.keys() == english.keys()
    for msgid, forms in russian.items():
        assert {_places(form) for form in (*forms, *english[msgid])} == {_places(forms[0])}, msgid
