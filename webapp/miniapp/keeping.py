"""A time that is kept while its form is filled in, what it is for, and what is said when it has gone."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

from aiohttp import web

from core.domain.booking import Booking
from core.domain.catalog import Catalogue
from core.domain.errors import SlotConflict, SlotNotOffered
from core.domain.visit import VisitItem, from_minutes, to_minutes
from core.services.holding import HeldStart
from locales import Texts
from webapp.access import Visitor
from webapp.miniapp.flow import Flow
from webapp.miniapp.picker import What, time_screen, what_of
from webapp.miniapp.said import (
    items_minutes,
    kind_words,
    map_url,
    place_of,
    soon_said,
    span_said,
    zone_of,
)
from webapp.miniapp.screen import Links, words_of
from webapp.wiring import METRICS, SERVICES


@dataclass(frozen=True, slots=True)
class Held:
    """A time that is kept: for how many seconds from now, and how it is said. ``go_on``: where its form is;
    empty on the form itself, and where something else is being chosen.
    """

    left: int
    said: str
    go_on: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What will be booked."""

    what: What
    when: str
    address: str
    map_url: str


async def held_now(request: web.Request, catalogue: Catalogue, flow: Flow, visitor: Visitor) -> Held | None:
    """What this visitor holds; with a chosen start in the flow, only that one."""
    if visitor.hold_owner is None:
        return None
    services = request.app[SERVICES]
    mine = await services.holding.mine(catalogue.business.id, visitor.hold_owner)
    if mine is None or (flow.start is not None and mine.start != from_minutes(flow.start)):
        return None
    now = services.clock.now()
    words = words_of(request, catalogue, flow)
    return Held(
        left=max(0, int((mine.expires_at - now).total_seconds())),
        go_on=_go_on(catalogue, flow, mine),
        said=soon_said(mine.start, now, zone_of(catalogue, flow.place), words),
    )


def _go_on(catalogue: Catalogue, flow: Flow, mine: HeldStart) -> str:
    """Back to the form of what is held, if it is this visit that is being chosen."""
    minutes = to_minutes(mine.end) - to_minutes(mine.start)
    if flow.start is not None or flow.moves is not None or items_minutes(catalogue, flow.items) != minutes:
        return ""
    return Links(catalogue.business.slug, flow).to(
        "who",
        start=to_minutes(mine.start),
        placed=mine.staff_ids,
        key=secrets.token_urlsafe(12),
    )


def summary_of(request: web.Request, catalogue: Catalogue, flow: Flow, words: Texts) -> Summary:
    """What this flow will book."""
    now = request.app[SERVICES].clock.now()
    start = flow.start or 0
    until = start + items_minutes(catalogue, placed_items(catalogue, flow))
    place = place_of(catalogue, flow.place)
    return Summary(
        what=what_of(catalogue, flow, words),
        when=span_said(from_minutes(start), from_minutes(until), now, zone_of(catalogue, flow.place), words),
        address=place.address if place is not None else "",
        map_url=map_url(place) if place is not None else "",
    )


def placed_items(catalogue: Catalogue, flow: Flow) -> tuple[VisitItem, ...]:
    """The services with those masters whom the held time is with: what was shown is what is booked.

    ``placed`` names each master once, so several of them for more services than masters say nothing certain.
    """
    items = flow.items
    masters = flow.placed * len(items) if len(flow.placed) == 1 else flow.placed
    if len(masters) != len(items):
        return items
    if any(
        (staff, item.service_id) not in catalogue.offers for staff, item in zip(masters, items, strict=True)
    ):
        return items
    return tuple(replace(item, staff_id=staff) for item, staff in zip(items, masters, strict=True))


async def gone(
    request: web.Request,
    catalogue: Catalogue,
    flow: Flow,
    visitor: Visitor,
    error: SlotConflict | SlotNotOffered,
    *,
    booking: Booking | None = None,
) -> web.Response:
    """The picker again, with the nearest times to the one that can't be had."""
    request.app[METRICS].conflicted()
    words = words_of(request, catalogue, flow)
    moment = from_minutes(flow.start or 0)
    day = moment.astimezone(zone_of(catalogue, flow.place)).date()
    fresh = replace(flow, start=None, placed=(), key="", day=day, month=None)
    return await time_screen(
        request,
        catalogue,
        fresh,
        visitor,
        booking=booking,
        gone=moment,
        said=kind_words(error, words) if isinstance(error, SlotNotOffered) else words.t("app.gone"),
        address=Links(catalogue.business.slug, fresh).to("time"),
    )
