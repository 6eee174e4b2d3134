"""What is asked of the calendar besides all free starts: which days of a month have any, the next ones, the
nearest to a time.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from datetime import date
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from aiohttp import web

from core.domain.visit import FreeStart, SlotQuery, from_minutes
from webapp.access import caller_of, visitor_in
from webapp.answers import json_answer
from webapp.api import schemas_visits as visits
from webapp.api.moments import iso
from webapp.api.operation import Access, Operation, Param, Tag
from webapp.api.schemas import integer, moment, string
from webapp.api.visit_inputs import read_items, read_place, to_move
from webapp.inputs import Inputs, query_inputs
from webapp.wiring import SERVICES

_MONTH: Final = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_YEARS: Final = (1971, 2198)
_USUAL: Final = 3
_MOST: Final = 20


async def days(request: web.Request) -> web.Response:
    """The local dates of a month that have a free start."""
    inputs, query, moved = _asked(request)
    month = _month(inputs)
    inputs.only()
    inputs.check()
    assert month is not None
    services = request.app[SERVICES]
    business = (await services.catalogues.peek(request.match_info["business"])).business
    query, owner = await _as_asked_by(request, query, moved, business.id)
    last = month.replace(day=monthrange(month.year, month.month)[1])
    found = await services.availability.month(business.id, query, month, last, owner=owner)
    dates = [day.isoformat() for day in sorted(found)]
    return json_answer({"timezone": business.zone.key, "dates": dates})


async def following(request: web.Request) -> web.Response:
    """The earliest free starts from now on; ``per_day`` spreads them over several dates."""
    inputs, query, moved = _asked(request)
    limit, per_day = _limit(inputs), _per_day(inputs)
    inputs.only()
    inputs.check()
    services = request.app[SERVICES]
    business = (await services.catalogues.peek(request.match_info["business"])).business
    query, owner = await _as_asked_by(request, query, moved, business.id)
    found = await services.availability.next(business.id, query, limit=limit, per_day=per_day, owner=owner)
    return _starts(found, business.zone)


async def nearest(request: web.Request) -> web.Response:
    """The free starts nearest to a time, such as one that has just been taken; by how near they are."""
    inputs, query, moved = _asked(request)
    limit = _limit(inputs)
    around = inputs.moment("around", required=True)
    inputs.only()
    inputs.check()
    assert around is not None
    services = request.app[SERVICES]
    business = (await services.catalogues.peek(request.match_info["business"])).business
    query, owner = await _as_asked_by(request, query, moved, business.id)
    found = await services.availability.nearest(business.id, query, around, limit=limit, owner=owner)
    return _starts(found, business.zone)


def _asked(request: web.Request) -> tuple[Inputs, SlotQuery, UUID | None]:
    """What is asked, and for which booking that is to be moved."""
    inputs = query_inputs(request)
    items = read_items(inputs)
    seats, location_id = read_place(inputs)
    query = SlotQuery(items, location_id, seats, by_business=inputs.flag("by_business"))
    return inputs, query, inputs.uuid("booking_id")


async def _as_asked_by(
    request: web.Request, query: SlotQuery, moved: UUID | None, business_id: UUID
) -> tuple[SlotQuery, str | None]:
    """The question as the caller's, and whose holds don't stand in the way."""
    if query.by_business:
        (await caller_of(request)).require_booker(business_id)
    owner = (await visitor_in(request, business_id)).hold_owner
    return await to_move(request, query, moved, business_id), owner


def _month(inputs: Inputs) -> date | None:
    """The first day of ``month``."""
    text = inputs.text("month", required=True)
    if text is None:
        return None
    found = _MONTH.fullmatch(text)
    if found is None:
        inputs.blame("month", "not_a_month")
        return None
    year, month = int(found[1]), int(found[2])
    if not _YEARS[0] <= year <= _YEARS[1]:
        inputs.blame("month", "out_of_range")
        return None
    return date(year, month, 1)


def _limit(inputs: Inputs) -> int:
    given = inputs.integer("limit")
    limit = _USUAL if given is None else given
    if not 1 <= limit <= _MOST:
        inputs.blame("limit", "out_of_range")
    return limit


def _per_day(inputs: Inputs) -> int | None:
    given = inputs.integer("per_day")
    if given is not None and not 1 <= given <= _MOST:
        inputs.blame("per_day", "out_of_range")
    return given


def _starts(found: Iterable[FreeStart], zone: ZoneInfo) -> web.Response:
    return json_answer({"timezone": zone.key, "slots": [_slot(start, zone) for start in found]})


def _slot(start: FreeStart, zone: ZoneInfo) -> dict[str, object]:
    shown: dict[str, object] = {
        "start_ts": iso(from_minutes(start.start), zone),
        "end_ts": iso(from_minutes(start.end), zone),
        "staff_ids": [str(staff_id) for staff_id in start.staff_ids],
    }
    if start.seats_left is not None:
        shown["seats_left"] = start.seats_left
    if start.rank:
        shown["rank"] = start.rank
    return shown


_PATH: Final = "/businesses/{business}/availability"
_LIMIT: Final = Param("limit", integer(1, _MOST), about=f"{_USUAL} when nothing is said")
_PER_DAY: Final = Param("per_day", integer(1, _MOST), about="So many of one date at most; left out: all")

OPERATIONS: Final = (
    Operation(
        "GET",
        f"{_PATH}/days",
        days,
        "listFreeDates",
        Tag.AVAILABILITY,
        Access.PUBLIC,
        query=(
            *visits.ITEMS,
            visits.MOVED,
            visits.BY_BUSINESS,
            Param(
                "month",
                string(pattern="^[0-9]{4}-(0[1-9]|1[0-2])$", example="2026-11"),
                required=True,
            ),
        ),
        headers=(visits.VISITOR,),
        answers={200: visits.FREE_DATES},
        refuses=("FORBIDDEN",),
    ),
    Operation(
        "GET",
        f"{_PATH}/next",
        following,
        "listNextStarts",
        Tag.AVAILABILITY,
        Access.PUBLIC,
        query=(*visits.ITEMS, visits.MOVED, visits.BY_BUSINESS, _LIMIT, _PER_DAY),
        headers=(visits.VISITOR,),
        answers={200: visits.STARTS},
        refuses=("FORBIDDEN",),
    ),
    Operation(
        "GET",
        f"{_PATH}/nearest",
        nearest,
        "listNearestStarts",
        Tag.AVAILABILITY,
        Access.PUBLIC,
        query=(
            *visits.ITEMS,
            visits.MOVED,
            visits.BY_BUSINESS,
            Param("around", moment(), required=True),
            _LIMIT,
        ),
        headers=(visits.VISITOR,),
        answers={200: visits.STARTS},
        refuses=("FORBIDDEN",),
    ),
)
