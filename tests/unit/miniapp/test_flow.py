"""A booking in progress survives its address, and a spoilt address never breaks a page."""

from __future__ import annotations

from datetime import date
from urllib.parse import parse_qsl
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from core.domain.visit import VisitItem
from webapp.miniapp.flow import (
    MOST_ADDONS,
    MOST_ITEMS,
    MOST_PLACED,
    Flow,
    read_flow,
    read_id,
    read_item,
    short,
)

IDS = st.uuids()
ITEMS = st.builds(
    VisitItem,
    service_id=IDS,
    staff_id=st.none() | IDS,
    addon_ids=st.lists(IDS, max_size=4, unique=True).map(tuple),
)
DAYS = st.dates(date(1971, 1, 1), date(2199, 12, 31))
FLOWS = st.builds(
    Flow,
    items=st.lists(ITEMS, max_size=MOST_ITEMS, unique_by=lambda item: item.service_id).map(tuple),
    place=st.none() | IDS,
    seats=st.integers(1, 50),
    moves=st.none() | IDS,
    day=st.none() | DAYS,
    month=st.none() | DAYS.map(lambda day: day.replace(day=1)),
    start=st.none() | st.integers(525_600, 120_999_999),
    placed=st.lists(IDS, max_size=MOST_PLACED).map(tuple),
    placed_at=st.none() | IDS,
    key=st.just("") | st.from_regex(r"[A-Za-z0-9_-]{8,64}", fullmatch=True),
    lang=st.sampled_from(["", "ru", "en"]),
)


@given(FLOWS)
def test_what_is_written_is_read(flow: Flow) -> None:
    assert read_flow(parse_qsl(flow.query())) == flow
    assert read_flow(flow.pairs()) == flow


@given(FLOWS, st.randoms(use_true_random=False))
def test_the_order_of_different_names_does_not_matter(flow: Flow, random: object) -> None:
    by_name: dict[str, list[tuple[str, str]]] = {}
    for pair in flow.pairs():
        by_name.setdefault(pair[0], []).append(pair)
    names = sorted(by_name)
    random.shuffle(names)  # type: ignore[attr-defined]
    assert read_flow(pair for name in names for pair in by_name[name]) == flow


@given(
    st.lists(st.tuples(st.sampled_from("salnmdctwk") | st.just("lang"), st.text(max_size=60)), max_size=20)
)
def test_anything_at_all_is_read_as_something_that_can_be_written(pairs: list[tuple[str, str]]) -> None:
    flow = read_flow(pairs)
    assert read_flow(flow.pairs()) == flow


@given(FLOWS, st.data())
def test_an_address_cut_anywhere_is_still_an_address(flow: Flow, data: st.DataObject) -> None:
    query = flow.query()
    cut = read_flow(parse_qsl(query[: data.draw(st.integers(0, len(query)))]))
    assert len(cut.items) <= len(flow.items)
    assert read_flow(cut.pairs()) == cut


@given(IDS)
def test_an_id_has_one_spelling(identifier: UUID) -> None:
    text = short(identifier)
    assert len(text) == 22
    assert read_id(text) == identifier
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    spellings = [f"{text[:-1]}{letter}" for letter in last]
    same = [each for each in spellings if read_id(each) == identifier]
    assert same == [text]


@given(ITEMS, st.lists(IDS, min_size=1, max_size=3, unique=True))
def test_add_ons_may_come_from_a_form_of_their_own(item: VisitItem, addons: list[UUID]) -> None:
    plain = VisitItem(item.service_id, item.staff_id)
    pairs = [
        ("s", read_written(plain)),
        *(("a", f"{short(item.service_id)}.{short(each)}") for each in addons),
    ]
    assert read_flow(pairs).items == (VisitItem(item.service_id, item.staff_id, tuple(addons)),)
    alone = read_flow([("a", f"{short(item.service_id)}.{short(addons[0])}")])
    assert alone.items == ()


def read_written(item: VisitItem) -> str:
    """The item's own value."""
    ((_, value),) = Flow(items=(item,)).pairs()
    assert read_item(value) == item
    return value


def test_too_much_is_cut() -> None:
    ids = [UUID(int=number) for number in range(1, 60)]
    flow = read_flow([("s", read_written(VisitItem(each, None, tuple(ids[:MOST_ADDONS])))) for each in ids])
    assert len(flow.items) == MOST_ITEMS
    assert read_flow([("n", "51"), ("t", "99999999999"), ("d", "2026-02-30"), ("k", "short")]) == Flow()
