"""A time that is kept while its form is filled in, what it is for, and what is said when it has gone."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from aiohttp import web

from core.domain.booking import Booking
from core.domain.catalog import Catalogue
from core.domain.crews import with_masters
from core.domain.errors import SlotConflict, SlotNotOffered
from core.domain.visit import SlotQuery, VisitItem, from_minutes, to_minutes
from core.domain.visit_parts import VisitPart, expected_parts, placed_items
from core.services.holding import HeldStart
from locales import Texts
from webapp.access import Visitor
from webapp.miniapp.flow import Flow
from webapp.miniapp.picker import What, time_screen, what_of
from webapp.miniapp.said import (
    items_masters,
    items_price,
    items_title,
    kind_words,
    place_said,
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
class PartLine:
    """One service of several: when, what with which extras, with whom, for how much."""

    time: str
    title: str
    masters: str
    price: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What will be booked; ``parts`` where it is several services."""

    what: What
    when: str
    place: str
    parts: tuple[PartLine, ...] = ()


async def held_now(request: web.Request, catalogue: Catalogue, flow: Flow, visitor: Visitor) -> Held | None:
    """What this visitor holds; with a chosen start in the flow, only that one."""
    return held_said(request, catalogue, flow, await kept(request, catalogue, flow, visitor))


async def kept(request: web.Request, catalogue: Catalogue, flow: Flow, visitor: Visitor) -> HeldStart | None:
    """The same as it was placed."""
    if visitor.hold_owner is None:
        return None
    mine = await request.app[SERVICES].holding.mine(catalogue.business.id, visitor.hold_owner)
    return mine if mine and (flow.start is None or mine.start == from_minutes(flow.start)) else None


def held_said(request: web.Request, catalogue: Catalogue, flow: Flow, mine: HeldStart | None) -> Held | None:
    """How a kept time is shown; None when nobody keeps it."""
    if mine is None or mine.expires_at is None:
        return None
    now = request.app[SERVICES].clock.now()
    words = words_of(request, catalogue, flow)
    return Held(
        left=max(0, int((mine.expires_at - now).total_seconds())),
        go_on=_go_on(catalogue, flow, mine),
        said=soon_said(mine.start, now, zone_of(catalogue, mine.location_id), words),
    )


def _go_on(catalogue: Catalogue, flow: Flow, mine: HeldStart) -> str:
    """Back to the form of what is held, if it is this visit that is being chosen."""
    if flow.start is not None or flow.moves is not None or not _is_of(flow, mine.parts):
        return ""
    return Links(catalogue.business.slug, placed(catalogue, flow, mine)).to(
        "who", start=to_minutes(mine.start), key=secrets.token_urlsafe(12)
    )


def placed(catalogue: Catalogue, flow: Flow, mine: HeldStart) -> Flow:
    """The flow with whom, and of several places where, a start was placed."""
    staff = tuple(staff_id for part in mine.parts for staff_id in part.staff_ids)
    anywhere = flow.place is None and len(catalogue.locations) > 1
    return replace(flow, placed=staff, placed_at=mine.location_id if anywhere else None)


def _is_of(flow: Flow, parts: Sequence[VisitPart]) -> bool:
    """Whether these are the services of this flow, with the same extras."""
    wanted = [(item.service_id, set(item.addon_ids)) for item in flow.items]
    return wanted == [(part.service_id, set(part.addon_ids)) for part in parts]


def summary_of(
    catalogue: Catalogue, flow: Flow, mine: HeldStart | None, now: datetime, words: Texts
) -> Summary:
    """What this flow will book: as it is held, else as it is expected."""
    query = placed_query(catalogue, flow)
    parts = mine.parts if mine is not None and _is_of(flow, mine.parts) else ()
    parts = parts or expected_parts(catalogue, query, flow.start or 0)
    items, place = placed_items(query.items, parts), parts[0].location_id
    start, end = from_minutes(parts[0].start), from_minutes(parts[-1].end)
    what = what_of(catalogue, replace(flow, items=items, placed=()), words)
    several = zip(items, parts, strict=True) if len(parts) > 1 else ()
    return Summary(
        what=replace(what, duration=words.minutes(parts[-1].end - parts[0].start)),
        when=span_said(start, end, now, zone_of(catalogue, place), words),
        place=place_said(catalogue, place),
        parts=tuple(_part_line(catalogue, item, part, words) for item, part in several),
    )


def _part_line(catalogue: Catalogue, item: VisitItem, part: VisitPart, words: Texts) -> PartLine:
    zone = zone_of(catalogue, part.location_id)
    start, end = (words.time(from_minutes(at).astimezone(zone)) for at in (part.start, part.end))
    return PartLine(
        time=f"{start}–{end}",
        title=items_title(catalogue, [item]),
        masters=items_masters(catalogue, [item], words),
        price=items_price(catalogue, [item], 1, words),
    )


def placed_query(catalogue: Catalogue, flow: Flow) -> SlotQuery:
    """The visit with those masters, and at the place, that the held time is with: what was shown is what is
    booked.
    """
    return SlotQuery(
        items=with_masters(catalogue, flow.items, flow.placed),
        location_id=flow.place or flow.placed_at,
        seats=flow.seats,
    )


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
    fresh = replace(flow, start=None, placed=(), placed_at=None, key="", day=day, month=None)
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
