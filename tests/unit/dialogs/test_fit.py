"""Fitting and laying out: pure, within any messenger's limits, nothing lost."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.dialogs.fit import PAGE, DoesNotFit, Fitted, fit
from bots.dialogs.layout import layout, shorten
from bots.dialogs.payload import ScreenPress, Signer, VerbPress, screen_payload
from bots.dialogs.screen import (
    Act,
    Button,
    Choices,
    Inert,
    Link,
    OpenApp,
    Raw,
    Row,
    Screen,
    Verb,
    act,
    line,
)
from bots.telegram.caps import CAPS as TELEGRAM
from bots.vk.caps import CAPS as VK
from locales import texts
from tests.support.dialog import SIGNER, check

CAPS = st.sampled_from([TELEGRAM, VK])
LABELS = st.text(min_size=1, max_size=80).map(Raw)
BUTTONS: st.SearchStrategy[Button] = st.one_of(
    st.builds(act, LABELS, st.just("a"), st.integers()),
    st.builds(Link, LABELS, st.just("https://example.org")),
    st.builds(OpenApp, LABELS),
)
FIXED = st.lists(st.lists(BUTTONS, min_size=1, max_size=2).map(tuple), max_size=2).map(tuple)


def pressable(fitted: Fitted) -> list[Act]:
    """Buttons that are neither arrows nor of the fixed rows."""
    return [b for row in fitted.rows for b in row if isinstance(b, Act) and b.action.name == "choice"]


@given(
    caps=CAPS,
    count=st.integers(0, 60),
    columns=st.integers(1, 8),
    fixed=FIXED,
    grid=st.booleans(),
)
def test_every_choice_is_on_exactly_one_page(
    caps: object, count: int, columns: int, fixed: tuple[Row, ...], grid: bool
) -> None:
    limits = VK if caps is VK else TELEGRAM
    items = tuple(act(Raw(str(i)), "choice", i) for i in range(count))
    screen = Screen((line(Raw("?")),), Choices(items, columns, grid), fixed)
    first = fit(screen, limits)
    found: list[object] = []
    for page in range(first.pages):
        fitted = fit(screen, limits, page)
        assert fitted.page == page
        check(layout(screen, texts("ru"), limits, rev=1, signer=SIGNER, page=page), limits)
        found += [button.action.args[0] for button in pressable(fitted)]
    assert found == list(range(count))


@given(st.integers(-5, 100), st.integers(1, 40))
def test_a_page_that_is_not_there_is_the_nearest_one(page: int, count: int) -> None:
    screen = Screen((line(Raw("?")),), Choices(tuple(act(Raw("x"), "choice", i) for i in range(count))))
    fitted = fit(screen, VK, page)
    assert fitted.page == max(0, min(page, fitted.pages - 1))


def test_arrows_keep_their_places_and_wrap_around() -> None:
    back = act(Raw("Назад"), "back")
    items = tuple(act(Raw(str(i)), "choice", i) for i in range(30))
    screen = Screen((line(Raw("?")),), Choices(items), ((back,),))
    pages = fit(screen, VK).pages
    for page in range(pages):
        last = fit(screen, VK, page).rows[-1]
        assert last[0] == back
        arrows = [button.action for button in last[1:] if isinstance(button, Act)]
        assert [(each.name, each.args[0]) for each in arrows] == [
            (PAGE, (page - 1) % pages),
            (PAGE, (page + 1) % pages),
        ]


def test_a_grid_becomes_its_pressable_cells_where_it_can_not_be_shown() -> None:
    cells = tuple(act(Raw(str(i)), "choice", i) if i % 3 == 0 else Inert(Raw("·")) for i in range(21))
    screen = Screen((line(Raw("?")),), Choices(cells, 7, grid=True))
    assert [len(row) for row in fit(screen, TELEGRAM).rows] == [7, 7, 7]
    assert len(pressable(fit(screen, VK))) == 7
    assert all(not isinstance(button, Inert) for row in fit(screen, VK).rows for button in row)


def test_fixed_rows_that_are_too_many_are_found_out() -> None:
    rows = tuple((act(Raw(str(i)), "a"),) for i in range(7))
    with pytest.raises(DoesNotFit):
        fit(Screen((line(Raw("?")),), rows=rows), VK)


@given(st.text(max_size=200), st.integers(1, 64))
def test_shortened_labels_fit(text: str, limit: int) -> None:
    short = shorten(text, limit)
    assert len(short) <= limit
    assert text == short or short.endswith("…")


@given(CAPS, st.text(max_size=9000), st.sampled_from(["ru", "en"]))
def test_any_text_fits(caps: object, text: str, locale: str) -> None:
    limits = VK if caps is VK else TELEGRAM
    laid = layout(Screen((line(Raw("!")), line(Raw(text)))), texts(locale), limits, rev=1, signer=SIGNER)
    assert limits.measure(laid.plain) <= limits.text


@given(st.binary(max_size=40), st.uuids(), st.from_regex(r"[A-Za-z0-9_-]{0,16}", fullmatch=True))
def test_a_signed_verb_comes_back_and_no_other_key_makes_it(key: bytes, target: object, arg: str) -> None:
    signer = Signer(key)
    payload = signer.verb("c", target, arg)  # type: ignore[arg-type]  # a UUID
    assert len(payload.encode()) <= 58
    assert signer.read(payload) == VerbPress("c", target, arg)  # type: ignore[arg-type]  # as above
    assert Signer(key + b"x").read(payload) is None
    assert signer.read(payload[:-1] + ("A" if payload[-1] != "A" else "B")) is None


@given(st.integers(0, 999_999_999), st.integers(0, 999))
def test_a_screens_press_comes_back(rev: int, index: int) -> None:
    assert SIGNER.read(screen_payload(rev, index)) == ScreenPress(rev, index)


@given(st.text(max_size=70))
def test_foreign_payloads_mean_nothing(payload: str) -> None:
    read = SIGNER.read(payload)
    assert read is None or isinstance(read, ScreenPress)


def test_labels_of_verbs_do_not_matter_to_their_payload() -> None:
    target = "00000000-0000-0000-0000-000000000001"
    one = Verb(Raw("А"), "c", target)
    screens = [Screen((line(Raw("?")),), rows=((each,),)) for each in (one, replace(one, label=Raw("Б")))]
    laid = [layout(each, texts("ru"), VK, rev=9, signer=SIGNER) for each in screens]
    assert laid[0].rows[0][0].value == laid[1].rows[0][0].value
    assert laid[0].digest() != laid[1].digest()
