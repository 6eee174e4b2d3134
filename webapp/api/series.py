"""Visits that come again: looked at, booked as a whole, the rest of them cancelled."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from aiohttp import web

from core.domain.catalog import Catalogue
from core.domain.errors import InvalidInput, SeriesConflict
from core.domain.recurrence import Occurrence, SeriesPlan
from core.services.booking import CreateBooking
from webapp.access import Caller, booking_actor
from webapp.answers import json_answer, listed
from webapp.api import schemas_visits as visits
from webapp.api.booking import api_names, asked_booking
from webapp.api.booking_json import booking_json
from webapp.api.moments import iso
from webapp.api.operation import Access, Operation, Tag
from webapp.api.repeat import reused
from webapp.api.schemas import obj
from webapp.errors import Refused, fault_of
from webapp.inputs import Inputs, json_object, path_id
from webapp.visit_key import Visit
from webapp.wiring import METRICS, SERVICES, VISIT_KEYS


async def preview(request: web.Request) -> web.Response:
    """Every visit of a series as it stands now, with offers where it can't be had. Nothing is booked."""
    caller, command, plan = await _asked(request)
    services = request.app[SERVICES]
    with api_names():
        found = await services.bookings.preview_series(caller.actor, command, plan)
    zone = _zone(await services.catalogues.get(command.business), command)
    ready = all(visit.refusal is None for visit in found)
    return json_answer({"ready": ready, "occurrences": [_occurrence_json(visit, zone) for visit in found]})


async def create(request: web.Request) -> web.Response:
    """Book a series: every visit that isn't left out, or none of them.

    Who has neither token nor session gets a visit key for each booking.
    """
    caller, command, plan = await _asked(request)
    services = request.app[SERVICES]
    try:
        with api_names():
            series = await services.bookings.create_series(caller.actor, command, plan)
    except SeriesConflict as error:
        zone = _zone(await services.catalogues.get(command.business), command)
        told = [_occurrence_json(visit, zone) for visit in error.occurrences]
        raise Refused(fault_of(error).with_extra(occurrences=told)) from None
    except InvalidInput as error:
        raise (reused() if error.field == "request_key" else error) from None
    for _ in series.bookings:
        request.app[METRICS].booked(command.source)
    answer: dict[str, object] = {
        "series_id": str(series.id),
        "bookings": [booking_json(booking) for booking in series.bookings],
    }
    if caller.identity is None and not caller.actor.is_business_side:
        keys = request.app[VISIT_KEYS]
        answer["visit_keys"] = {
            str(booking.id): keys.make(Visit(booking.id, booking.client_id, booking.business_id))
            for booking in series.bookings
        }
    return json_answer(answer, status=201)


async def show(request: web.Request) -> web.Response:
    """The visits of a booking's series, by start."""
    booking_id = path_id(request, "booking")
    actor = await booking_actor(request, booking_id)
    found = await request.app[SERVICES].bookings.series(actor, booking_id)
    return listed([booking_json(booking) for booking in found])


async def cancel_rest(request: web.Request) -> web.Response:
    """Cancel a visit and the later ones of its series; those that were."""
    booking_id = path_id(request, "booking")
    actor = await booking_actor(request, booking_id)
    inputs = Inputs(await json_object(request))
    reason = inputs.text("reason") or ""
    inputs.only()
    inputs.check()
    outcome = await request.app[SERVICES].bookings.cancel_rest(actor, booking_id, reason)
    return listed([booking_json(booking) for booking in outcome.changed])


async def _asked(request: web.Request) -> tuple[Caller, CreateBooking, SeriesPlan]:
    """The first visit, as for one booking, and ``every_weeks``, ``times``, ``replaced`` (``[{"number",
    "start_ts"}]``) and ``left_out`` (``[number]``). Raises Refused (422).
    """
    asked: list[SeriesPlan] = []

    def read_plan(inputs: Inputs) -> None:
        weeks = inputs.integer("every_weeks", required=True)
        times = inputs.integer("times", required=True)
        replaced: dict[int, datetime] = {}
        for each in inputs.objects("replaced") or []:
            number = each.integer("number", required=True)
            start = each.moment("start_ts", required=True)
            each.only()
            if number is not None and start is not None:
                replaced[number] = start
        left_out = frozenset(inputs.integers("left_out"))
        asked.append(SeriesPlan(weeks or 0, times or 0, replaced, left_out))

    caller, command = await asked_booking(request, read_plan)
    return caller, command, asked[0]


def _zone(catalogue: Catalogue, command: CreateBooking) -> ZoneInfo:
    place = catalogue.locations.get(command.location_id) if command.location_id else None
    return place.zone if place else catalogue.business.zone


def _occurrence_json(visit: Occurrence, zone: ZoneInfo) -> dict[str, object]:
    """``state``: ``free``, ``refused`` (with ``reason`` and ``offers``) or ``left_out``."""
    state = "left_out" if visit.left_out else "free" if visit.refusal is None else "refused"
    return {
        "number": visit.number,
        "wanted_ts": iso(visit.wanted, zone),
        "start_ts": iso(visit.start, zone),
        "state": state,
        "reason": visit.refusal.value if visit.refusal else None,
        "offers": [iso(start, zone) for start in visit.offers],
    }


_SERIES: Final = "/businesses/{business}/bookings/series"
_REFUSALS: Final = ("NOT_FOUND", "FORBIDDEN", "SLOT_CONFLICT", "SLOT_NOT_OFFERED", "POLICY_REFUSED")

OPERATIONS: Final = (
    Operation(
        "POST",
        f"{_SERIES}/preview",
        preview,
        "previewSeries",
        Tag.SERIES,
        Access.PUBLIC,
        body=visits.NEW_SERIES,
        answers={200: visits.SERIES_PREVIEW},
        refuses=_REFUSALS,
    ),
    Operation(
        "POST",
        _SERIES,
        create,
        "createSeries",
        Tag.SERIES,
        Access.PUBLIC,
        body=visits.NEW_SERIES,
        answers={201: visits.SERIES},
        refuses=(*_REFUSALS, "SERIES_CONFLICT", "CONSENT_REQUIRED"),
    ),
    Operation(
        "GET",
        "/bookings/{id}/series",
        show,
        "listSeries",
        Tag.SERIES,
        Access.BOOKING,
        answers={200: visits.BOOKINGS},
    ),
    Operation(
        "POST",
        "/bookings/{id}/series/cancel",
        cancel_rest,
        "cancelRestOfSeries",
        Tag.SERIES,
        Access.BOOKING,
        body=obj({}, {"reason": visits.REASON}),
        answers={200: visits.BOOKINGS},
        refuses=("TRANSITION_REFUSED", "POLICY_REFUSED"),
    ),
)
