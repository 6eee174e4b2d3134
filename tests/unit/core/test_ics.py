"""The calendar file, read back by the rules of RFC 5545."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.booking import BookingStatus
from core.domain.ics import calendar_text, escape, fold
from tests.unit.core.samples import NOON, booking


def lines_of(text: str) -> dict[str, str]:
    """Property values by name, unfolded."""
    assert text.endswith("\r\n")
    unfolded = text.replace("\r\n ", "")
    return dict(line.split(":", 1) for line in unfolded.split("\r\n") if line)


def made(**changes: object) -> dict[str, str]:
    text = calendar_text(
        replace(booking(), **changes),  # type: ignore[arg-type]
        now=NOON - timedelta(days=1),
        summary="Маникюр, покрытие; укрепление · Студия «Окошко»",
        location="Тверская, 12",
    )
    return lines_of(text)


def test_a_visit_as_an_event() -> None:
    event = made()
    assert event["DTSTART"] == "20261125T090000Z"
    assert event["DTEND"] == "20261125T100000Z"
    assert event["METHOD"] == "PUBLISH"
    assert event["STATUS"] == "CONFIRMED"
    assert event["SUMMARY"] == "Маникюр\\, покрытие\\; укрепление · Студия «Окошко»"
    assert event["LOCATION"] == "Тверская\\, 12"


def test_a_moved_visit_is_the_same_event_and_a_later_edition() -> None:
    first, second = made(), made(version=4, start=NOON + timedelta(days=1))
    assert first["UID"] == second["UID"]
    assert (first["SEQUENCE"], second["SEQUENCE"]) == ("1", "4")


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        (BookingStatus.PENDING, "TENTATIVE"),
        (BookingStatus.CONFIRMED, "CONFIRMED"),
        (BookingStatus.CANCELLED, "CANCELLED"),
        (BookingStatus.EXPIRED, "CANCELLED"),
    ],
)
def test_status(status: BookingStatus, shown: str) -> None:
    assert made(status=status)["STATUS"] == shown


@given(st.text(alphabet=st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=400))
def test_folded_lines_are_short_whole_characters_and_come_back(line: str) -> None:
    pieces = list(fold(line))
    assert all(len(piece.encode()) <= 75 for piece in pieces)
    assert pieces[0] + "".join(piece[1:] for piece in pieces[1:]) == line
    assert all(piece.startswith(" ") for piece in pieces[1:])


@given(st.text(max_size=60))
def test_escaped_text_has_no_line_ends(text: str) -> None:
    assert not {"\n", "\r"} & set(escape(text))
