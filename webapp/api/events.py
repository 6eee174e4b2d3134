"""``GET /events``: what changes, as it happens, as a stream of server-sent events.

Each event is a hint to look again, never the truth itself. A stream that breaks is taken up with
``Last-Event-ID``; the event ``reset`` says that something was missed, and that everything has to be looked at
anew.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final
from uuid import UUID

import orjson
from aiohttp import web

from core.domain.actor import Actor, ActorKind
from core.domain.catalog import Catalogue
from core.domain.errors import DomainError
from core.domain.visit import from_minutes
from core.ports.events import BookingChanged, CatalogueChanged, Change, SlotsChanged
from core.services.live import Kind, Told, Viewer, viewer_of
from webapp.access import CALLER, actor_in, caller_of
from webapp.api.moments import iso
from webapp.api.operation import Access, Coding, Operation, Param, Tag
from webapp.api.schemas import array, one_of, string
from webapp.inputs import Inputs, query_inputs
from webapp.wiring import SERVICES, STREAMS

_log = logging.getLogger(__name__)

_MAX_DIGITS: Final = 18
#: Never the number of a change: one who comes back with what is no number has missed what there was.
_UNKNOWN: Final = -1
_KEPT: Final = 256


async def stream(request: web.Request) -> web.StreamResponse:
    """What changes in a business, as it happens: a stream of server-sent events.

    - ``slots`` {"business_id", "dates", "staff_ids"}: free time on these local dates may be another. No
      ``staff_ids``: anybody's.
    - ``catalogue`` {"version"}: services, staff, hours, closed days or rules are others, and so may be all
      free time.
    - ``booking`` {"id", "event", "status", "start_ts", "staff_ids", "version"}: for the people of the
      business (a master: own visits) and for clients (own visits). A master whose visit went to a colleague
      gets {"id", "event": "left"}.
    - ``reset`` {}: something was missed; look at everything anew.

    Every event has an ``id``; with ``Last-Event-ID`` a stream goes on where it broke. It ends when the token
    that it was opened with does, and when the server stops.
    """
    inputs = query_inputs(request)
    slug = inputs.text("business", required=True, max_length=200)
    wanted = _kinds(inputs)
    inputs.only()
    inputs.check()
    assert slug is not None
    services = request.app[SERVICES]
    business_id = (await services.catalogues.peek(slug)).business.id
    viewer = await _viewer(request, business_id, wanted)

    async def write(told: Sequence[Told]) -> bytes:
        catalogue = await services.catalogues.peek(business_id)
        return b"".join(_WRITTEN.of(each, viewer, catalogue) for each in told)

    async def still_good() -> bool:
        request.pop(CALLER, None)
        try:
            return await _viewer(request, business_id, wanted) == viewer
        except DomainError:
            return False
        except Exception:  # noqa: BLE001 - whatever it is, nobody knows whether the token is good
            _log.warning("a listener can't be recognised", exc_info=True)
            return False

    return await request.app[STREAMS].serve(
        request, viewer, _since(request), write=write, still_good=still_good
    )


def _kinds(inputs: Inputs) -> frozenset[Kind] | None:
    said = inputs.text("kinds", max_length=100)
    if said is None:
        return None
    try:
        return frozenset(map(Kind, said.split(",")))
    except ValueError:
        inputs.blame("kinds", "unknown")
        return None


def _since(request: web.Request) -> int | None:
    said = request.headers.get("Last-Event-ID")
    if not said:
        return None
    return int(said) if said.isascii() and said.isdigit() and len(said) <= _MAX_DIGITS else _UNKNOWN


async def _viewer(request: web.Request, business_id: UUID, wanted: frozenset[Kind] | None) -> Viewer:
    """Raises Unauthorized, NotFound and Forbidden."""
    caller = await caller_of(request)
    visit = caller.visit
    if visit is not None and visit.business_id == business_id:
        actor = Actor(ActorKind.CLIENT, id=visit.client_id, business_id=business_id)
        return viewer_of(actor, business_id, wanted, booking_id=visit.booking_id)
    actor = await actor_in(request, business_id)
    if caller.user is not None and actor.kind is ActorKind.ANONYMOUS and wanted is not None:
        # Signed in and no client here yet: there is nothing of theirs to hear, and no fault in asking.
        wanted -= {Kind.BOOKINGS}
    return viewer_of(actor, business_id, wanted)


class _Written:
    """What was written last of what everybody hears: a thousand pages get the same bytes."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, tuple[Change, Catalogue, bytes]] = OrderedDict()

    def of(self, told: Told, viewer: Viewer, catalogue: Catalogue) -> bytes:
        """One event of the stream."""
        change = told.change
        if change is None:
            return _event(told.number, "reset", {})
        if isinstance(change, BookingChanged):
            return _event(told.number, "booking", _booking(change, viewer, catalogue))
        kept = self._kept.get(id(change))
        if kept is not None and kept[0] is change and kept[1] is catalogue:
            return kept[2]
        written = (
            _event(told.number, "slots", _slots(change, catalogue))
            if isinstance(change, SlotsChanged)
            else _event(told.number, "catalogue", _catalogue(change))
        )
        self._kept[id(change)] = change, catalogue, written
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return written


_WRITTEN: Final = _Written()


def _event(number: int | None, name: str, data: dict[str, object]) -> bytes:
    begun = b"" if number is None else b"id: %d\n" % number
    return b"%bevent: %b\ndata: %b\n\n" % (begun, name.encode(), orjson.dumps(data))


def _slots(change: SlotsChanged, catalogue: Catalogue) -> dict[str, object]:
    zone = catalogue.business.zone
    dates: set[date] = set()
    for begins, ends in change.spans:
        day = from_minutes(begins).astimezone(zone).date()
        last = from_minutes(max(begins, ends - 1)).astimezone(zone).date()
        while day <= last:
            dates.add(day)
            day += timedelta(days=1)
    # A room that is taken keeps everybody from it.
    anybody = any(resource in catalogue.rooms for resource in change.resources)
    staff = [] if anybody else sorted(str(each) for each in change.resources if each in catalogue.staff)
    return {"business_id": str(change.business_id), "dates": sorted(dates), "staff_ids": staff}


def _booking(change: BookingChanged, viewer: Viewer, catalogue: Catalogue) -> dict[str, object]:
    if not viewer.still_sees(change):
        return {"id": str(change.booking_id), "event": "left"}
    return {
        "id": str(change.booking_id),
        "event": change.event,
        "status": change.status.value,
        "start_ts": iso(change.start, catalogue.business.zone),
        "staff_ids": sorted(map(str, change.staff_ids)),
        "version": change.version,
    }


def _catalogue(change: CatalogueChanged) -> dict[str, object]:
    return {"version": change.version}


OPERATIONS: Final = (
    Operation(
        "GET",
        "/events",
        stream,
        "listenToEvents",
        Tag.EVENTS,
        Access.PUBLIC,
        query=(
            Param("business", string(most=200), required=True, about="Id or slug"),
            Param(
                "kinds",
                array(one_of(tuple(kind.value for kind in Kind)), least=1),
                about="Only these; `bookings` needs a token. Without it: all that the caller may hear",
                coding=Coding.COMMAS,
            ),
        ),
        headers=(Param("Last-Event-ID", string(), about="The id of the last event that was heard"),),
        answers={200: string(about="Events as WHATWG's HTML writes them")},
        media="text/event-stream",
        refuses=("NOT_FOUND", "FORBIDDEN"),
    ),
)
