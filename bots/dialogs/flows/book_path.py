"""The way through a booking: which step comes next for what is known already, and taking hold of a start."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime
from typing import Final

from bots.dialogs.context import Context
from bots.dialogs.event import Event
from bots.dialogs.flows.common import general
from bots.dialogs.flows.draft import (
    TYPED_FIELDS,
    BookData,
    changed,
    has_choice_of_master,
    masters_for,
    query_of,
    read_items,
    write_items,
)
from bots.dialogs.flows.picking import DAY, Ask
from bots.dialogs.screen import BLANK, Line, Span, Style, Words, bold, line, t
from bots.dialogs.transition import Go, NotMine, Start, Transition
from bots.dialogs.words import dotted, items_masters, items_price, items_title, minutes, raw
from core.domain.catalog import Catalogue, Location, Service
from core.domain.client import Client, clean_name
from core.domain.errors import InvalidInput, SlotConflict, SlotNotOffered
from core.domain.visit import VisitItem, from_minutes
from core.domain.visit_parts import items_minutes

FLOW: Final = "book"

NOTHING: Final = "nothing"
CATEGORY: Final = "category"
SERVICE: Final = "service"
PLACE: Final = "place"
MASTER: Final = "master"
EXTRAS: Final = "extras"
SECOND: Final = "second"
GONE: Final = "gone"
MISSED: Final = "missed"
CONTACT: Final = "contact"
NAME: Final = "name"
COMMENT: Final = "comment"
CONSENT: Final = "consent"
SUMMARY: Final = "summary"
EDIT: Final = "edit"

#: More services than this are chosen by category first.
MANY_SERVICES: Final = 12


async def forward(ctx: Context, data: BookData) -> tuple[str, BookData]:
    """The next step to be asked, with what needs no question filled in: no tap is wasted."""
    catalogue = await ctx.catalogue()
    if not data.items:
        services = catalogue.bookable_services()
        if not services:
            return NOTHING, data
        if len(services) > 1:
            by_category = len(services) > MANY_SERVICES and len(categories(catalogue)) > 1
            return (CATEGORY if by_category and not data.category else SERVICE), data
        data = replace(data, items=write_items([VisitItem(services[0].id)]))
    places = places_of(catalogue, data)
    if len(places) > 1 and data.location is None:
        return PLACE, data
    if read_items(data.items)[0].staff_id is None and not data.any_staff:
        masters = masters_for(catalogue, data)
        if not masters:
            return NOTHING, data
        if has_choice_of_master(catalogue, data):
            return MASTER, data
        data = with_master(catalogue, data, str(masters[0].id) if len(masters) == 1 else None)
    if data.start is None:
        return DAY, data
    return await _who(ctx, data)


async def _who(ctx: Context, data: BookData) -> tuple[str, BookData]:
    client = await ctx.client()
    if not data.phone and (client is None or client.phone is None):
        # Shared once, in the Mini App or at another business of this bot: it is shown for consent, not asked.
        proved = await ctx.app.clients.phone_of(ctx.identity.id)
        if proved is None:
            return CONTACT, data
        data = replace(data, phone=proved, verified=True)
    if client is None and not data.name:
        data = replace(data, name=usable_name(ctx.identity.name))
        if not data.name:
            return NAME, data
    return SUMMARY, data


def usable_name(raw_name: str) -> str:
    """A messenger's name as a client's name; empty when it is none (an emoji, a row of dots)."""
    try:
        return clean_name(raw_name)
    except InvalidInput:
        return ""


def person(data: BookData, client: Client | None) -> tuple[str, str]:
    """Name and phone that the booking will be made for."""
    name = data.name or (client.name if client else "")
    return name, data.phone or (client.phone if client and client.phone else "")


def with_master(catalogue: Catalogue, data: BookData, staff_id: str | None) -> BookData:
    """The visit with this master for everything that they do; None: with any."""
    items = []
    for item in read_items(data.items):
        masters = (member.id for member in catalogue.staff_of(item.service_id))
        staff = next((master for master in masters if str(master) == staff_id), None)
        items.append(VisitItem(item.service_id, staff, item.addon_ids))
    return changed(data, items=write_items(items), any_staff=staff_id is None)


def categories(catalogue: Catalogue) -> list[tuple[str, str, list[Service]]]:
    """Bookable services by category: (id or empty, title or empty, services), in display order."""
    found: dict[str, list[Service]] = {}
    for service in catalogue.bookable_services():
        known = service.category_id if service.category_id in catalogue.categories else None
        found.setdefault(str(known) if known else "", []).append(service)
    order = sorted(catalogue.categories.values(), key=lambda each: (each.position, each.title, each.id))
    listed = [(str(each.id), each.title, found[str(each.id)]) for each in order if str(each.id) in found]
    return [*listed, ("", "", found[""])] if "" in found else listed


def places_of(catalogue: Catalogue, data: BookData) -> list[Location]:
    """Where the first service is done."""
    items = read_items(data.items)
    if not items:
        return []
    ids = catalogue.places_of(items[0].service_id)
    places = [place for place in catalogue.locations.values() if place.id in ids]
    return sorted(places, key=lambda place: (place.position, place.name))


async def ask_of(ctx: Context, data: BookData) -> Ask:
    """What the calendar is asked for this visit."""
    catalogue = await ctx.catalogue()
    return Ask(catalogue, query_of(data), (*heading(catalogue, data), BLANK), ctx.owner)


def heading(catalogue: Catalogue, data: BookData) -> tuple[Line, ...]:
    """«Маникюр · Мария · 60 мин · 1 500 ₽», and what a group is about."""
    items = read_items(data.items)
    who: Words | None = items_masters(catalogue, items)
    if who is None and data.any_staff:
        who = t("master.any_word")
    first = dotted(
        bold(items_title(catalogue, items)),
        who,
        minutes(items_minutes(catalogue, items)),
        items_price(catalogue, items, data.seats),
    )
    about = catalogue.services[items[0].service_id].description if len(items) == 1 else ""
    return (first, line(Span(raw(about, 240), Style.ITALIC))) if about else (first,)


async def choose_start(ctx: Context, data: BookData, start: int) -> tuple[str, BookData]:
    """Take hold of a start, and where that leads; its loss leads to the nearest ones."""
    moment = from_minutes(start)
    chosen = changed(data, start=start, form=secrets.token_urlsafe(12))
    try:
        held = await ctx.app.holding.hold(await _business(ctx), query_of(data), moment, ctx.owner)
    except SlotConflict:
        return GONE, chosen
    except SlotNotOffered:
        return MISSED, chosen
    return await forward(
        ctx,
        replace(
            chosen,
            parts=[part.written() for part in held.parts],
            held_until=int(held.expires_at.timestamp()) if held.expires_at else 0,
        ),
    )


async def _business(ctx: Context) -> str:
    return str((await ctx.catalogue()).business.id)


async def go_on(ctx: Context, data: BookData, *, push: bool = True, note: Words | None = None) -> Go:
    """To the next step that has a question."""
    step, data = await forward(ctx, data)
    return Go(data, step, push=push, note=note)


async def go_choose(ctx: Context, data: BookData, start: int, *, push: bool = True) -> Go:
    """To what choosing this start leads to."""
    step, data = await choose_start(ctx, data, start)
    return Go(data, step, push=push)


async def start_booking(
    ctx: Context, data: BookData | None = None, *, note: Words | None = None, keep_trail: bool = True
) -> Start:
    """Begin a booking at the first step that has a question."""
    step, filled = await forward(ctx, data or BookData())
    return Start(FLOW, step, filled, note=note, keep_trail=keep_trail)


async def start_booking_at(ctx: Context, data: BookData, start: int) -> Start:
    """Begin a booking with a start already chosen."""
    step, filled = await choose_start(ctx, data, start)
    return Start(FLOW, step, filled, keep_trail=True)


async def otherwise(ctx: Context, data: BookData, event: Event, *, note: Words | None = None) -> Transition:
    """What a step doesn't answer itself; who leaves gives up the time they held."""
    transition = general(event, carry=TYPED_FIELDS, stop="home")
    if isinstance(transition, Start) and data.start is not None:
        await ctx.app.holding.release(await _business(ctx), ctx.owner)
    if isinstance(transition, NotMine) and note is not None:
        return NotMine(note)
    return transition


def hold_minutes(data: BookData, now: datetime) -> int:
    """Whole minutes for which the start stays held, rounded up; 0 when it is not any more."""
    return max(0, -(-(data.held_until - int(now.timestamp())) // 60))
