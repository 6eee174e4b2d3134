"""A booking in progress, as the query string of its address: reload and back lose nothing.

==== =============================================================================================
s    a service of the visit: its id, ``~`` and the master's, ``.`` and the id of each add-on
a    an add-on as a form without script sends it: the service's id, ``.`` and the add-on's
l    the place, where the business has several
n    seats in a group, when more than one
m    the booking that is being moved; the services are its own
d, c the day, and the month that is open: ``2026-11-26``, ``2026-11``
t    the start, in epoch minutes
w    whom the held start is with, in the order of the visit: of each service who leads, then who assists
p    the place of the held start, where any would do
k    the form's own name: sent twice, it books once
lang the language, where the reader chose one: inside a messenger's frame no cookie would keep it
==== =============================================================================================

Ids are UUIDs in base64url, 22 characters. Nothing personal stands in an address, and nothing that opens
somebody's booking. What can't be read is left out, for people cut and mistype addresses.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from core.domain.visit import SlotQuery, VisitItem
from locales import LOCALES

MOST_ITEMS: Final = 10
MOST_ADDONS: Final = 20
MOST_SEATS: Final = 50
MOST_PLACED: Final = 4 * MOST_ITEMS

_ID: Final = re.compile(r"[A-Za-z0-9_-]{22}")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MONTH: Final = re.compile(r"\d{4}-\d{2}", re.ASCII)
_NUMBER: Final = re.compile(r"\d{1,10}", re.ASCII)
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")
#: Starts of the years 1971 to 2199, in epoch minutes.
_STARTS: Final = range(525_600, 121_000_000)
_YEARS: Final = range(1971, 2200)


@dataclass(frozen=True, slots=True)
class Flow:
    """See the module. ``month`` is its first day; ``moves`` the booking that is being moved."""

    items: tuple[VisitItem, ...] = ()
    place: UUID | None = None
    seats: int = 1
    moves: UUID | None = None
    day: date | None = None
    month: date | None = None
    start: int | None = None
    placed: tuple[UUID, ...] = ()
    placed_at: UUID | None = None
    key: str = ""
    lang: str = ""

    def pairs(self) -> list[tuple[str, str]]:
        """Names and values, for an address or a form's hidden fields."""
        return list(self._pairs())

    def query(self) -> str:
        """The query string."""
        return urlencode(self.pairs(), safe="~")

    def slots(self) -> SlotQuery:
        """What is asked of the calendar."""
        return SlotQuery(
            items=self.items, location_id=self.place, seats=self.seats, ignore_booking=self.moves
        )

    def _pairs(self) -> Iterator[tuple[str, str]]:
        for item in self.items:
            yield "s", write_item(item)
        if self.place is not None:
            yield "l", short(self.place)
        if self.seats > 1:
            yield "n", str(self.seats)
        if self.moves is not None:
            yield "m", short(self.moves)
        if self.day is not None:
            yield "d", self.day.isoformat()
        if self.month is not None:
            yield "c", f"{self.month:%Y-%m}"
        if self.start is not None:
            yield "t", str(self.start)
        for staff_id in self.placed:
            yield "w", short(staff_id)
        if self.placed_at is not None:
            yield "p", short(self.placed_at)
        if self.key:
            yield "k", self.key
        if self.lang:
            yield "lang", self.lang


def read_flow(pairs: Iterable[tuple[str, str]]) -> Flow:
    """The booking that an address or a form tells of."""
    items: dict[UUID, VisitItem] = {}
    extras: list[tuple[UUID, UUID]] = []
    placed: list[UUID] = []
    single: dict[str, str] = {}
    for name, value in pairs:
        if name == "s":
            if (item := read_item(value)) is not None:
                items.setdefault(item.service_id, item)
        elif name == "a":
            service, _, addon = value.partition(".")
            ids = read_id(service), read_id(addon)
            if ids[0] is not None and ids[1] is not None:
                extras.append((ids[0], ids[1]))
        elif name == "w":
            if (staff := read_id(value)) is not None:
                placed.append(staff)
        else:
            single.setdefault(name, value)
    for service_id, addon_id in extras:
        if (known := items.get(service_id)) is not None and addon_id not in known.addon_ids:
            items[service_id] = VisitItem(service_id, known.staff_id, (*known.addon_ids, addon_id))
    return Flow(
        items=tuple(_bounded(item) for item in list(items.values())[:MOST_ITEMS]),
        place=read_id(single.get("l", "")),
        seats=_number(single.get("n", ""), range(1, MOST_SEATS + 1)) or 1,
        moves=read_id(single.get("m", "")),
        day=_date(single.get("d", ""), _DAY),
        month=_date(single.get("c", ""), _MONTH),
        start=_number(single.get("t", ""), _STARTS),
        placed=tuple(placed[:MOST_PLACED]),
        placed_at=read_id(single.get("p", "")),
        key=single["k"] if _KEY.fullmatch(single.get("k", "")) else "",
        lang=single["lang"] if single.get("lang") in LOCALES else "",
    )


def write_item(item: VisitItem) -> str:
    """``<service>~<master>.<add-on>.<add-on>``."""
    master = f"~{short(item.staff_id)}" if item.staff_id is not None else ""
    return ".".join([f"{short(item.service_id)}{master}", *map(short, item.addon_ids)])


def read_item(text: str) -> VisitItem | None:
    """What :func:`write_item` wrote; None when it is anything else."""
    head, *addons = text.split(".")
    service, tilde, master = head.partition("~")
    service_id = read_id(service)
    staff_id = read_id(master)
    addon_ids = [read_id(addon) for addon in addons]
    if service_id is None or (tilde and staff_id is None) or None in addon_ids:
        return None
    known = (addon for addon in addon_ids if addon is not None)
    return VisitItem(service_id, staff_id, tuple(dict.fromkeys(known)))


def short(identifier: UUID) -> str:
    """An id in 22 characters."""
    return base64.urlsafe_b64encode(identifier.bytes).decode().rstrip("=")


def read_id(text: str) -> UUID | None:
    """The id that :func:`short` wrote, in its one spelling."""
    if not _ID.fullmatch(text):
        return None
    found = UUID(bytes=base64.urlsafe_b64decode(f"{text}=="))
    return found if short(found) == text else None


def _bounded(item: VisitItem) -> VisitItem:
    return VisitItem(item.service_id, item.staff_id, item.addon_ids[:MOST_ADDONS])


def _number(text: str, allowed: range) -> int | None:
    number = int(text) if _NUMBER.fullmatch(text) else None
    return number if number is not None and number in allowed else None


def _date(text: str, form: re.Pattern[str]) -> date | None:
    if not form.fullmatch(text):
        return None
    try:
        found = date.fromisoformat(text if form is _DAY else f"{text}-01")
    except ValueError:
        return None
    return found if found.year in _YEARS else None
