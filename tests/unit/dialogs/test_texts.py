"""Every text the dialogs ask for is in both catalogues, with the same places to fill, and none is idle."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.pofile import read_po

from bots.dialogs.failures import POLICIES, TYPED
from bots.dialogs.flows.desk import REASONS
from bots.dialogs.flows.picking import PARTS
from core.domain.booking import BookingStatus
from core.domain.client import Channel
from core.domain.errors import DomainError, PolicyRefused
from core.domain.message import MessageKind
from locales import LOCALES

ROOT = Path(__file__).parents[3]
AREAS = ("dialogs", "closing", "linking", "notices", "series", "failures")

TO_CLIENTS = {kind for kind in MessageKind if not kind.value.startswith("staff_")} - {MessageKind.CARD_UPDATE}
DECIDED = set(BookingStatus) - {BookingStatus.PENDING, BookingStatus.CONFIRMED}


def _codes(base: type[DomainError]) -> Iterator[str]:
    yield base.code
    for sub in base.__subclasses__():
        yield from _codes(sub)


#: Texts whose ids are put together in code.
PUT_TOGETHER = {
    *(f"status.{status}" for status in BookingStatus),
    *(f"failure.transition.{status}" for status in BookingStatus),
    *(f"card.status.{status}" for status in DECIDED),
    *(f"already.{status}" for status in (BookingStatus.CONFIRMED, BookingStatus.CANCELLED)),
    *(f"unreachable.kind.{kind}" for kind in TO_CLIENTS),
    *(f"decline.reason.{reason}" for reason in REASONS),
    *(f"part.{part}" for part, _ in PARTS),
    *(f"channel.{channel}" for channel in Channel),
    *(f"failure.{code}" for code in _codes(DomainError) if code != "transition_refused"),
    *(f"failure.policy.{rule}" for rule in POLICIES),
    *(f"failure.invalid.{field}.{issue}" for field, issue in TYPED),
}


def _calls() -> Iterator[tuple[str, str, frozenset[str]]]:
    """Calls of ``t`` and ``n`` with plain ids: (function, id, names of the values given)."""
    for path in (ROOT / "bots" / "dialogs").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            if node.func.id not in {"t", "n"} or not node.args:
                continue
            first = node.args[0]
            ids = [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first]
            for each in ids:
                if isinstance(each, ast.Constant) and isinstance(each.value, str):
                    yield node.func.id, each.value, frozenset(k.arg or "" for k in node.keywords)


def _places(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name)


def _catalogue(locale: str) -> dict[str, tuple[str, ...]]:
    """Texts by id: one, or all plural forms."""
    found: dict[str, tuple[str, ...]] = {}
    for area in AREAS:
        with (ROOT / "locales" / locale / f"{area}.po").open("rb") as file:
            for message in read_po(file, locale=locale):
                if not message.id:
                    continue
                if isinstance(message.id, str):
                    found[message.id] = (str(message.string),)
                else:
                    found[message.id[0]] = tuple(message.string or ())
    return found


CALLS = tuple(_calls())


@pytest.mark.parametrize("locale", LOCALES)
def test_no_text_is_missing_and_none_is_idle(locale: str) -> None:
    wanted = {msgid for _, msgid, _ in CALLS} | PUT_TOGETHER
    there = set(_catalogue(locale))
    assert wanted - there == set()
    assert there - wanted == set()


@pytest.mark.parametrize("locale", LOCALES)
def test_texts_say_something_in_every_form(locale: str) -> None:
    forms = {"ru": 3, "en": 2}[locale]
    for msgid, texts in _catalogue(locale).items():
        assert all(text.strip() for text in texts), msgid
        assert len(texts) in {1, forms}, msgid


def test_both_languages_fill_the_same_places() -> None:
    russian, english = _catalogue("ru"), _catalogue("en")
    for msgid, texts in russian.items():
        assert {_places(text) for text in (*texts, *english[msgid])} == {_places(texts[0])}, msgid


def test_code_gives_every_value_that_a_text_has_a_place_for() -> None:
    russian = _catalogue("ru")
    for function, msgid, given in CALLS:
        places = _places(russian[msgid][0]) - ({"count"} if function == "n" else set())
        assert places == given, msgid
        assert (len(russian[msgid]) > 1) == (function == "n"), msgid


def test_policies_of_the_core_have_words() -> None:
    raised = set()
    for path in (ROOT / "core").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == PolicyRefused.__name__
                and isinstance(node.args[0], ast.Constant)
            ):
                raised.add(node.args[0].value)
    assert raised == POLICIES
