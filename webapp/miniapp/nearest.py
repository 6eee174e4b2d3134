"""«Ближайшее: чт, 18:30» of every service in one request, asked for when the page stands already.

The calendar is asked once for each service; the answers are shared by all visitors for a few seconds, and
those who come while they are being made wait for the same ones.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

from aiohttp import web

from core.domain.catalog import Catalogue
from core.domain.visit import FreeStart, SlotQuery, VisitItem, from_minutes
from core.services.availability import Availability
from webapp.miniapp.flow import Flow, short
from webapp.miniapp.said import soon_said, zone_of
from webapp.miniapp.screen import Links, catalogue_of, flow_of, screen, words_of
from webapp.wiring import SERVICES

_FRESH_SECONDS: Final = 20.0
_KEPT: Final = 200
_AT_ONCE: Final = 4


class _Known(NamedTuple):
    version: int
    until: float
    starts: asyncio.Task[dict[UUID, FreeStart]]


class NearestStarts:
    """The first free start of each service, by business."""

    def __init__(self) -> None:
        self._known: OrderedDict[UUID, _Known] = OrderedDict()

    async def of(self, catalogue: Catalogue, availability: Availability) -> dict[UUID, FreeStart]:
        """By service; those without one are left out."""
        business_id = catalogue.business.id
        time = asyncio.get_running_loop().time()
        known = self._known.get(business_id)
        if known is None or known.version != catalogue.version or known.until < time:
            task = asyncio.create_task(_ask(catalogue, availability))
            known = _Known(catalogue.version, time + _FRESH_SECONDS, task)
            self._known[business_id] = known
            self._known.move_to_end(business_id)
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
        try:
            return await asyncio.shield(known.starts)
        except BaseException:
            if known.starts.done() and self._known.get(business_id) is known:
                del self._known[business_id]
            raise


NEAREST: Final = web.AppKey("nearest", NearestStarts)


async def _ask(catalogue: Catalogue, availability: Availability) -> dict[UUID, FreeStart]:
    turns = asyncio.Semaphore(_AT_ONCE)

    async def first(service_id: UUID) -> Sequence[FreeStart]:
        async with turns:
            query = SlotQuery(items=(VisitItem(service_id),))
            return await availability.next(catalogue.business.id, query, limit=1)

    services = [service.id for service in catalogue.bookable_services()]
    found = await asyncio.gather(*(first(each) for each in services))
    return {service_id: starts[0] for service_id, starts in zip(services, found, strict=True) if starts}


async def show(request: web.Request) -> web.Response:
    """The lines that go under the services, each to its place."""
    catalogue = await catalogue_of(request)
    flow = flow_of(request)
    words = words_of(request, catalogue, flow)
    services = request.app[SERVICES]
    now = services.clock.now()
    zone = zone_of(catalogue, None)
    starts = await request.app[NEAREST].of(catalogue, services.availability)
    links = Links(catalogue.business.slug, Flow(lang=flow.lang))
    soon = []
    for service_id, start in starts.items():
        moment = from_minutes(start.start)
        day = moment.astimezone(zone).date()
        address = links.to("time", items=(VisitItem(service_id),), day=day)
        soon.append((short(service_id), soon_said(moment, now, zone, words), address))
    full = [short(each.id) for each in catalogue.bookable_services() if each.id not in starts]
    return screen(request, "nearest", catalogue, flow, soon=soon, full=full)
