"""``GET /businesses/{business}/availability``: free starts, the API's hottest path.

The answer is written as text in one go: it is made of times, numbers and ids only, and there can be
thousands of starts.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from aiohttp import web

from core.domain.visit import DayStarts, SlotQuery
from webapp.access import caller_of, hold_owner_of
from webapp.answers import Kept, KeptAnswer
from webapp.api import schemas_visits as visits
from webapp.api.moments import CLOCK, MINUTES, frame, stamp
from webapp.api.operation import Access, Operation, Param, Tag
from webapp.api.schemas import date as local_date
from webapp.api.visit_inputs import read_items, read_place, to_move
from webapp.inputs import query_inputs
from webapp.wiring import SERVICES


async def show(request: web.Request) -> web.Response:
    """Free starts of a visit, of one master or any, on local dates ``from`` to ``to`` inclusive.

    What the caller holds themselves is free to them. The business's own people may ask for what clients
    aren't offered: within the notice, after the cut-off, beyond the horizon, what isn't booked online.
    """
    caller = await caller_of(request)
    inputs = query_inputs(request)
    items = read_items(inputs)
    seats, location_id = read_place(inputs)
    moved, by_business = inputs.uuid("booking_id"), inputs.flag("by_business")
    first = inputs.date("from", required=True)
    last = inputs.date("to", required=True)
    inputs.only()
    inputs.check()
    assert first is not None
    assert last is not None
    services = request.app[SERVICES]
    catalogue = await services.catalogues.peek(request.match_info["business"])
    if by_business:
        caller.require_booker(catalogue.business.id)
    query = SlotQuery(items, location_id, seats, by_business=by_business)
    query = await to_move(request, query, moved, catalogue.business.id)
    owner = hold_owner_of(request, caller.identity)
    days = await services.availability.days(catalogue.business.id, query, first, last, owner=owner)
    return KeptAnswer(_WRITTEN.of(days, catalogue.business.zone))


class Written:
    """What was written of the answers given last: the service hands the same object out while it stands."""

    def __init__(self, kept: int = 256) -> None:
        self._kept = kept
        self._pages: OrderedDict[int, tuple[tuple[DayStarts, ...], ZoneInfo, Kept]] = OrderedDict()

    def of(self, days: tuple[DayStarts, ...], zone: ZoneInfo) -> Kept:
        """As :func:`render`."""
        page = self._pages.get(id(days))
        # Kept along, the object can't have left its place in memory to another one.
        if page is not None and page[0] is days and page[1] is zone:
            self._pages.move_to_end(id(days))
            return page[2]
        written = Kept(render(days, zone))
        self._pages[id(days)] = days, zone, written
        if len(self._pages) > self._kept:
            self._pages.popitem(last=False)
        return written


_WRITTEN: Final = Written()


def render(days: Iterable[DayStarts], zone: ZoneInfo) -> bytes:
    """``{"timezone", "days": [{"date", "slots": [{"start_ts", "end_ts", "staff_ids"}]}]}``.

    A slot of a group service tells ``seats_left`` too, one that the gap rule has marked its ``rank``.
    """
    ids: dict[tuple[UUID, ...], str] = {}
    written: list[str] = []
    for day in days:
        around = frame(zone, day.date)
        begins, before, after = around.begins, around.before, around.after
        # The clock of a whole day, where it fits: without a call for each time.
        last = MINUTES if around.steady else 0
        slots: list[str] = []
        for start, end, staff_ids, seats_left, rank in day.starts:
            staff = ids.get(staff_ids)
            if staff is None:
                staff = ids[staff_ids] = ",".join(f'"{staff_id}"' for staff_id in staff_ids)
            seats = "" if seats_left is None else f',"seats_left":{seats_left}'
            if rank:
                seats += f',"rank":{rank}'
            if begins <= start and end - begins < last:
                slots.append(
                    f'{{"start_ts":"{before}{CLOCK[start - begins]}{after}",'
                    f'"end_ts":"{before}{CLOCK[end - begins]}{after}","staff_ids":[{staff}]{seats}}}'
                )
            else:
                slots.append(
                    f'{{"start_ts":"{stamp(start, around, zone)}",'
                    f'"end_ts":"{stamp(end, around, zone)}","staff_ids":[{staff}]{seats}}}'
                )
        written.append(f'{{"date":"{day.date.isoformat()}","slots":[{",".join(slots)}]}}')
    return f'{{"timezone":"{zone.key}","days":[{",".join(written)}]}}'.encode()


OPERATIONS: Final = (
    Operation(
        "GET",
        "/businesses/{business}/availability",
        show,
        "listAvailability",
        Tag.AVAILABILITY,
        Access.PUBLIC,
        query=(
            *visits.ITEMS,
            visits.MOVED,
            visits.BY_BUSINESS,
            Param("from", local_date(), required=True, about="First local date"),
            Param("to", local_date(), required=True, about="Last local date, at most 62 days in all"),
        ),
        headers=(visits.VISITOR,),
        answers={200: visits.AVAILABILITY},
        refuses=("FORBIDDEN",),
    ),
)
