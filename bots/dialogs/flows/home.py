"""The business's card: where a client begins and returns to. «Как в прошлый раз» is one tap away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from bots.dialogs.access import as_client
from bots.dialogs.context import Context
from bots.dialogs.event import Event, Typed
from bots.dialogs.flow import Flow, Step
from bots.dialogs.flows.book_path import start_booking, start_booking_at
from bots.dialogs.flows.book_what import service_named
from bots.dialogs.flows.common import general, pressed
from bots.dialogs.flows.draft import BookData, write_items
from bots.dialogs.flows.keepsakes import place_message
from bots.dialogs.screen import (
    BLANK,
    Button,
    Choices,
    Line,
    OpenApp,
    Row,
    Screen,
    Span,
    Style,
    Tone,
    act,
    bold,
    line,
    t,
)
from bots.dialogs.transition import Answer, Start, Transition
from bots.dialogs.words import (
    booking_title,
    dotted,
    first_location,
    hours_lines,
    items_title,
    raw,
    when,
    when_short,
    within,
    zone_of,
)
from core.domain.catalog import Catalogue
from core.domain.errors import NotFound
from core.domain.visit import SlotQuery, from_minutes
from core.services.clients import LastVisit, repeat_query

FLOW: Final = "home"
HOME_STEP: Final = "home"
CHOOSE: Final = "choose"

_BOOK: Final = "book"
_MINE: Final = "mine"
_ROUTE: Final = "route"
_HELP: Final = "help"
_LANGUAGE: Final = "language"
_NEAREST: Final = "nearest"
_OTHER_TIME: Final = "other_time"
_OTHER: Final = "other"
_DESK: Final = "desk"
_BUSINESS: Final = "business"


@dataclass(frozen=True, slots=True)
class HomeData:
    """Nothing to remember."""


async def settle(ctx: Context) -> bool:
    """Know the business they talk to: the one they chose, the bot's own, or the only one. False: several."""
    if ctx.business_id is not None:
        return True
    own = await ctx.app.clients.business_of_account(ctx.identity.channel, ctx.identity.account_key)
    if own is None:
        known = await ctx.app.catalogues.list()
        if len(known) != 1:
            return False
        own = known[0][0]
    await ctx.use_business(own)
    return True


# --- the card


async def _view(ctx: Context, _: HomeData) -> Screen:
    if not await settle(ctx):
        return await _choose_view(ctx, _)
    catalogue = await ctx.catalogue()
    client = await ctx.client()
    last = None
    if client is not None:
        last = await ctx.app.clients.last_visit(catalogue.business.id, client.id, owner=ctx.owner)
    lines = [*_card(catalogue, ctx), *await _coming(ctx)]
    rows: list[Row] = []
    if client is not None and last is not None:
        lines += [BLANK, line(_again_words(client.name, catalogue, last))]
        rows += _again_rows(ctx, catalogue, last)
    else:
        rows.append((act(t("button.book"), _BOOK, tone=Tone.MAIN),))
    rows.append((act(t("button.mine"), _MINE), act(t("button.route"), _ROUTE)))
    if ctx.app.has_app:
        rows.append((OpenApp(t("button.app"), f"?b={catalogue.business.slug}"),))
    rows.append((act(t("button.help"), _HELP), act(t("button.language"), _LANGUAGE)))
    if await ctx.member_actor(catalogue.business.id) is not None:
        rows.append((act(t("button.desk"), _DESK),))
    return Screen(lines=tuple(lines), rows=tuple(rows))


def _card(catalogue: Catalogue, ctx: Context) -> list[Line]:
    business = catalogue.business
    place = first_location(catalogue)
    lines = [dotted(bold(raw(business.name)), raw(business.tagline))]
    if hours := hours_lines(catalogue, ctx.now):
        lines.append(hours)
    if place is not None and place.address:
        lines.append(line(raw(place.address)))
    if business.description:
        lines += [BLANK, line(Span(raw(business.description, 300), Style.ITALIC))]
    return lines


async def _coming(ctx: Context) -> list[Line]:
    for booking in await ctx.app.bookings.coming(await ctx.actor(), limit=1):
        words = t(
            "home.coming",
            when=when(booking.start, ctx.now, booking.zone),
            title=within(booking_title(booking)),
        )
        return [BLANK, line(words)]
    return []


def _again_words(name: str, catalogue: Catalogue, last: LastVisit) -> Span:
    items = last.query.items
    titles = within(items_title(catalogue, items))
    master = catalogue.staff.get(items[0].staff_id) if items[0].staff_id else None
    if master is None:
        return Span(t("home.again", name=raw(name), title=titles))
    return Span(t("home.again_with", name=raw(name), title=titles, master=raw(master.name)))


def _again_rows(ctx: Context, catalogue: Catalogue, last: LastVisit) -> list[Row]:
    rows: list[Row] = []
    booking = str(last.booking.id)
    if last.starts:
        start = last.starts[0].start
        nearest = when_short(from_minutes(start), ctx.now, zone_of(catalogue, last.query.location_id))
        rows.append((act(t("home.nearest", when=nearest), _NEAREST, booking, start, tone=Tone.MAIN),))
    rows.append((act(t("home.other_time"), _OTHER_TIME, booking), act(t("home.other_service"), _OTHER)))
    return rows


async def _on(ctx: Context, _: HomeData, event: Event) -> Transition:
    if (args := pressed(event, _BUSINESS)) is not None:
        await ctx.use_business(UUID(str(args[0])))
        return Start(FLOW)
    if pressed(event, _MINE) is not None:
        return Start("mine", keep_trail=True)
    if pressed(event, _HELP) is not None:
        return Start("help", keep_trail=True)
    if pressed(event, _LANGUAGE) is not None:
        return Start("language", keep_trail=True)
    if pressed(event, _DESK) is not None:
        return Start("desk")
    if pressed(event, _BOOK, _OTHER) is not None:
        return await start_booking(ctx)
    if pressed(event, _ROUTE) is not None:
        catalogue = await ctx.catalogue()
        return Answer(extra=(place_message(catalogue.business, first_location(catalogue)),))
    if (args := pressed(event, _NEAREST, _OTHER_TIME)) is not None:
        return await _again(ctx, *args)
    if isinstance(event, Typed) and ctx.business_id is not None:
        service = service_named(await ctx.catalogue(), event.text)
        if service is not None:
            return await start_booking(ctx, BookData(items=[[str(service.id), None, []]]))
    return general(event)


async def _again(ctx: Context, booking_id: object, start: object = None) -> Start:
    _, booking = await as_client(ctx, UUID(str(booking_id)))
    query = repeat_query(await ctx.catalogue(), booking)
    if query is None:
        raise NotFound(what="service")
    data = data_of(query)
    return (
        await start_booking_at(ctx, data, start) if isinstance(start, int) else await start_booking(ctx, data)
    )


def data_of(query: SlotQuery) -> BookData:
    """A booking to be made of this query."""
    return BookData(
        items=write_items(query.items),
        any_staff=query.items[0].staff_id is None,
        location=str(query.location_id) if query.location_id else None,
    )


# --- which business


async def _choose_view(ctx: Context, _: HomeData) -> Screen:
    known = await ctx.app.catalogues.list()
    buttons: tuple[Button, ...] = tuple(
        act(raw(name, 40), _BUSINESS, str(business_id)) for business_id, _, name in known
    )
    if not buttons:
        return Screen(lines=(line(t("choose.none")),))
    return Screen(
        lines=(line(t("choose.question")),),
        choices=Choices(buttons),
        rows=((act(t("button.language"), _LANGUAGE),),),
    )


home = Flow(
    name=FLOW,
    first=HOME_STEP,
    data=HomeData,
    steps={HOME_STEP: Step(_view, _on), CHOOSE: Step(_choose_view, _on)},
    resting=True,
)
