"""What a list of bookings is asked for: which of them, in which order, how many."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from core.domain.booking import BookingSource, BookingStatus
from core.ports.repositories import BookingFilter, BookingOrder
from webapp.api import schemas_visits as visits
from webapp.api.operation import Coding, Param
from webapp.api.schemas import Schema, array, one_of, uuid
from webapp.inputs import Inputs, parse_date

_PAGE: Final = 50
_FILTERS: Final = ("staff_id", "client_id", "status", "source")

#: By the field that is sorted by; a minus sign in front turns the order round.
ORDERS: Final[Mapping[str, BookingOrder]] = {
    "start_ts": BookingOrder.START,
    "-start_ts": BookingOrder.LATEST,
    "created_at": BookingOrder.CREATED,
    "-created_at": BookingOrder.NEWEST,
}

_Word = TypeVar("_Word", bound=StrEnum)


def _filter(name: str, schema: Schema, about: str, coding: Coding = Coding.PLAIN) -> tuple[Param, ...]:
    return (
        Param(name, schema, about=about, coding=coding),
        Param(f"filter[{name}]", schema, about=f"The same as `{name}`", coding=coding),
    )


QUERY: Final = (
    *visits.RANGE,
    *_filter("staff_id", uuid(), "With this staff member"),
    *_filter("client_id", uuid(), "Of this client"),
    *_filter("status", array(one_of(BookingStatus), least=1), "In one of these", Coding.COMMAS),
    *_filter("source", array(one_of(BookingSource), least=1), "Made by one of these", Coding.COMMAS),
    Param("sort", one_of(ORDERS), about="By start when nothing is said; a cursor is of one order"),
    *visits.PAGING,
)


def read_where(inputs: Inputs, zone: ZoneInfo) -> BookingFilter:
    """The conditions. Local dates are of ``zone``."""
    names = {name: _named(inputs, name) for name in _FILTERS}
    return BookingFilter(
        start_from=read_bound(inputs, "from", zone, extra_days=0),
        start_until=read_bound(inputs, "to", zone, extra_days=1),
        staff_id=inputs.uuid(names["staff_id"]),
        client_id=inputs.uuid(names["client_id"]),
        statuses=_words(inputs, names["status"], BookingStatus),
        sources=_words(inputs, names["source"], BookingSource),
    )


def read_order(inputs: Inputs) -> BookingOrder:
    """By start where nothing is said."""
    wanted = inputs.text("sort")
    if wanted is not None and wanted not in ORDERS:
        inputs.blame("sort", "unknown")
    return ORDERS.get(wanted or "", BookingOrder.START)


def read_bound(inputs: Inputs, name: str, zone: ZoneInfo, *, extra_days: int) -> datetime | None:
    """A limit of a range of time: a local date's midnight, ``extra_days`` later, or an instant."""
    text = inputs.text(name)
    day = parse_date(text) if text else None
    if day is None:
        return inputs.moment(name)
    if not date(1971, 1, 1) <= day <= date(2199, 12, 30):
        inputs.blame(name, "out_of_range")
        return None
    return datetime.combine(day + timedelta(days=extra_days), time(), tzinfo=zone)


def read_limit(inputs: Inputs) -> int:
    """How many; the service says how many at most."""
    text = inputs.text("limit", max_length=5)
    if text is None:
        return _PAGE
    if not (text.isascii() and text.isdigit()):
        inputs.blame("limit", "not_a_number")
        return _PAGE
    return int(text)


def _named(inputs: Inputs, name: str) -> str:
    """By which of its two names a condition is given."""
    long = f"filter[{name}]"
    if inputs.has(long) and inputs.has(name):
        inputs.blame(long, "given_twice")
    return long if inputs.has(long) else name


def _words(inputs: Inputs, name: str, kind: type[_Word]) -> frozenset[_Word] | None:
    """Several, with commas between."""
    text = inputs.text(name)
    if text is None:
        return None
    given = {word.strip() for word in text.split(",")}
    if not given <= set(kind):
        inputs.blame(name, "unknown")
        return None
    return frozenset(kind(word) for word in given)
