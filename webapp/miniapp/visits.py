"""Visits that were booked: one, all of one's own, moving and cancelling."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from aiohttp import web

from core.domain.actor import SYSTEM, ActorKind
from core.domain.booking import (
    OPEN,
    Booking,
    BookingStatus,
    check_client_cancel,
    check_client_reschedule,
)
from core.domain.catalog import Catalogue
from core.domain.errors import DomainError, NotFound, PolicyRefused
from core.domain.visit import VisitItem
from core.domain.visit_rules import rules_of_booking
from core.services.clients import repeat_query
from locales import Texts
from webapp.access import Visitor, visitor_in
from webapp.miniapp.flow import Flow, read_id, short
from webapp.miniapp.owner import opened_by, read_key, visit_actor, visit_of
from webapp.miniapp.picker import waiting
from webapp.miniapp.said import (
    booking_masters,
    booking_title,
    kind_words,
    map_url,
    span_said,
    span_words,
)
from webapp.miniapp.screen import (
    Links,
    catalogue_of,
    flow_of,
    is_fragment,
    posted,
    screen,
    words_of,
)
from webapp.pages.said import spoken_phone
from webapp.wiring import CALENDAR_LINKS, OUTSIDE, SERVICES

_MOST: Final = 30
_MOST_KEYS: Final = 40
#: How a visit's state looks: waiting, firm, over, off.
_TONES: Final = {
    BookingStatus.PENDING: "waiting",
    BookingStatus.DEPOSIT_REQUIRED: "waiting",
    BookingStatus.CONFIRMED: "firm",
    BookingStatus.IN_PROGRESS: "firm",
    BookingStatus.COMPLETED: "over",
}


@dataclass(frozen=True, slots=True)
class VisitView:
    """A visit and what its client can do with it. ``policy``: until when that is; ``late``: why not (any
    more).
    """

    id: str
    title: str
    masters: str
    when: str
    price: str
    seats: str
    address: str
    directions: str
    map_url: str
    status: str
    tone: str
    comment: str
    coming: bool
    calendar: str
    visit_url: str
    move_url: str
    repeat_url: str
    can_move: bool
    can_cancel: bool
    policy: str
    late: str


def visit_view(
    request: web.Request,
    catalogue: Catalogue,
    flow: Flow,
    booking: Booking,
    words: Texts,
    *,
    offered: bool = False,
) -> VisitView:
    """A visit as its client sees it. ``offered``: the business waits for them to choose another time."""
    now = request.app[SERVICES].clock.now()
    location = catalogue.locations.get(booking.location_id)
    links = Links(catalogue.business.slug, Flow(lang=flow.lang))
    coming = booking.start > now and booking.status in OPEN
    can_move, can_cancel, late = _allowed(catalogue, booking, now, words, offered=offered)
    name = f"visit/{short(booking.id)}"
    return VisitView(
        id=short(booking.id),
        title=booking_title(booking),
        masters=booking_masters(booking, words),
        when=span_said(booking.start, booking.end, now, booking.zone, words),
        price=words.money(booking.total.minor, booking.total.currency) if booking.total.minor else "",
        seats=words.n("app.people", booking.seats) if booking.seats > 1 else "",
        address=location.address if location is not None else "",
        directions=location.directions if location is not None else "",
        map_url=map_url(location) if location is not None else "",
        status=words.t(f"status.{booking.status}"),
        tone=_TONES.get(booking.status, "off"),
        comment=booking.comment,
        coming=coming,
        calendar=request.app[CALENDAR_LINKS].path(booking.id),
        visit_url=links.plain(name),
        move_url=links.to("time", moves=booking.id),
        repeat_url=_repeat(catalogue, booking, links),
        can_move=coming and can_move,
        can_cancel=coming and can_cancel,
        policy=_policy(catalogue, booking, now, words) if coming else "",
        late=late if coming else "",
    )


def _allowed(
    catalogue: Catalogue, booking: Booking, now: datetime, words: Texts, *, offered: bool
) -> tuple[bool, bool, str]:
    """Whether its client may move it, cancel it, and what to tell if not."""
    rules = rules_of_booking(catalogue, booking)
    refused: list[DomainError] = []
    for check in (check_client_reschedule, check_client_cancel):
        try:
            check(booking, rules, now, offered=offered)
        except PolicyRefused as error:
            refused.append(error)
        else:
            refused.append(NotFound())
    can = [isinstance(each, NotFound) for each in refused]
    late = [kind_words(each, words) for each in refused if not isinstance(each, NotFound)]
    return can[0], can[1], late[-1] if late else ""


def _policy(catalogue: Catalogue, booking: Booking, now: datetime, words: Texts) -> str:
    """Until when a visit can be changed, told before anybody asks."""
    minutes = rules_of_booking(catalogue, booking).cancel_until_minutes
    deadline = booking.start - timedelta(minutes=minutes)
    if booking.status is BookingStatus.PENDING:
        return words.t("app.policy_pending")
    if now > deadline:
        return ""
    local = deadline.astimezone(booking.zone)
    today = now.astimezone(booking.zone).date()
    when = words.t("app.when", day=words.day(local.date(), today), time=words.time(local))
    return words.t("app.policy", when=when, before=span_words(minutes, words))


def _repeat(catalogue: Catalogue, booking: Booking, links: Links) -> str:
    """Where the same is booked once more; empty when it isn't offered any more."""
    query = repeat_query(catalogue, booking)
    if query is None:
        return ""
    items: tuple[VisitItem, ...] = query.items
    place = query.location_id if len(catalogue.locations) > 1 else None
    return links.to("time", items=items, place=place)


# --- one visit


async def show(request: web.Request) -> web.Response:
    """A visit."""
    catalogue = await catalogue_of(request)
    flow = flow_of(request)
    if not is_fragment(request):
        return waiting(request, catalogue, flow, "app.visit_title")
    visitor = await visitor_in(request, catalogue.business.id)
    booking = await _booking(request, visitor)
    if booking is None:
        return screen(request, "unknown", catalogue, flow)
    return visit_screen(request, catalogue, flow, booking, visitor, offered=await _offered(request, booking))


async def _offered(request: web.Request, booking: Booking) -> bool:
    return await request.app[SERVICES].bookings.has_open_offer(booking)


def visit_screen(
    request: web.Request,
    catalogue: Catalogue,
    flow: Flow,
    booking: Booking,
    visitor: Visitor,
    *,
    fresh: bool = False,
    key: str = "",
    moved: bool = False,
    fault: str = "",
    offered: bool = False,
) -> web.Response:
    """A visit; ``fresh``: it was booked this moment, ``key`` is what this device keeps of it."""
    words = words_of(request, catalogue, flow)
    view = visit_view(request, catalogue, flow, booking, words, offered=offered)
    outside = request.app[OUTSIDE]
    reached = visitor.identity is not None and visitor.identity.reachable
    return screen(
        request,
        "visit",
        catalogue,
        flow,
        address=view.visit_url if fresh or moved else None,
        replaces=fresh or moved,
        target="#screen" if fresh or moved else None,
        tell=_told(view, booking, key) if fresh or moved else None,
        visit=view,
        fresh=fresh,
        moved=moved,
        fault=fault,
        pending=booking.status is BookingStatus.PENDING,
        reminders=_reminders(catalogue, words) if view.coming and reached else "",
        connect=view.coming and not reached and bool(outside.links(catalogue.business)),
        awaits=booking.awaits_client and view.coming,
        phone=spoken_phone(catalogue.business.phone),
    )


def _told(view: VisitView, booking: Booking, key: str) -> dict[str, object]:
    """What the page's script learns: to be kept on this device, and to be felt."""
    if not key:
        return {"okoshko:done": {}}
    kept = {"id": view.id, "key": key, "end": int(booking.end.timestamp())}
    return {"okoshko:booked": kept, "okoshko:done": {}}


def _reminders(catalogue: Catalogue, words: Texts) -> str:
    """«Напомню за 1 день и за 2 ч.»"""
    minutes = catalogue.business.messages.reminders_minutes
    if not minutes:
        return ""
    said = [words.t("app.before", span=span_words(each, words)) for each in minutes]
    return words.t("app.reminders", when=words.join(said))


async def _booking(request: web.Request, visitor: Visitor) -> Booking | None:
    """The visit that the address names, if it is the asker's; None for anything else."""
    booking_id = read_id(request.match_info["visit"])
    try:
        return await visit_of(request, visitor, booking_id) if booking_id is not None else None
    except NotFound:
        return None


async def connect(request: web.Request) -> web.Response:
    """Links into the messengers, good once: whoever opens one looks after this visit there from then on."""
    await posted(request)
    catalogue = await catalogue_of(request)
    flow = flow_of(request)
    visitor = await visitor_in(request, catalogue.business.id)
    booking = await _booking(request, visitor)
    if booking is None:
        raise NotFound(what="booking")
    actor = await visit_actor(request, visitor, booking.id)
    code = await request.app[SERVICES].linking.of_booking(actor, booking.id)
    joined = request.app[OUTSIDE].links(catalogue.business, code)
    return screen(request, "connect", catalogue, flow, joined=joined)


async def cancel(request: web.Request) -> web.Response:
    """Ask once more before a visit is cancelled, and say what that means."""
    catalogue = await catalogue_of(request)
    flow = flow_of(request)
    if not is_fragment(request):
        return waiting(request, catalogue, flow, "app.cancel_title")
    visitor = await visitor_in(request, catalogue.business.id)
    booking = await _booking(request, visitor)
    if booking is None:
        return screen(request, "unknown", catalogue, flow)
    words = words_of(request, catalogue, flow)
    return screen(
        request,
        "cancel",
        catalogue,
        flow,
        visit=visit_view(request, catalogue, flow, booking, words, offered=await _offered(request, booking)),
        phone=spoken_phone(catalogue.business.phone),
    )


async def cancelled(request: web.Request) -> web.Response:
    """Cancel a visit."""
    await posted(request)
    catalogue = await catalogue_of(request)
    flow = flow_of(request)
    visitor = await visitor_in(request, catalogue.business.id)
    booking = await _booking(request, visitor)
    if booking is None:
        return screen(request, "unknown", catalogue, flow)
    words = words_of(request, catalogue, flow)
    fault = ""
    try:
        outcome = await request.app[SERVICES].bookings.cancel(
            await visit_actor(request, visitor, booking.id), booking.id
        )
        booking = outcome.booking
    except DomainError as error:
        fault = kind_words(error, words)
    return visit_screen(request, catalogue, flow, booking, visitor, moved=not fault, fault=fault)


# --- all of them


async def mine(request: web.Request) -> web.Response:
    """One's own visits: an outline, until script sends the keys that this device keeps."""
    catalogue = await catalogue_of(request)
    return screen(request, "mine", catalogue, flow_of(request), listed=False)


async def mine_listed(request: web.Request) -> web.Response:
    """One's own visits here: of the session, and of the keys that come with the request."""
    form = await posted(request)
    catalogue = await catalogue_of(request)
    flow = flow_of(request)
    visitor = await visitor_in(request, catalogue.business.id)
    found = await _own(request, visitor)
    for key in form.text("keys").split()[:_MOST_KEYS]:
        visit = read_key(request, key)
        if visit is None or visit.business_id != catalogue.business.id or visit.booking_id in found:
            continue
        try:
            booking = await opened_by(request, visit)
        except NotFound:
            continue
        found[booking.id] = booking
    words = words_of(request, catalogue, flow)
    order = sorted(found.values(), key=lambda each: each.start)
    views = [visit_view(request, catalogue, flow, booking, words) for booking in order]
    return screen(
        request,
        "mine",
        catalogue,
        flow,
        listed=True,
        coming=[view for view in views if view.coming],
        past=[view for view in reversed(views) if not view.coming],
    )


async def _own(request: web.Request, visitor: Visitor) -> dict[object, Booking]:
    if visitor.actor.kind is not ActorKind.CLIENT:
        return {}
    bookings = request.app[SERVICES].bookings
    coming = await bookings.coming(visitor.actor, limit=_MOST)
    past = await bookings.past(visitor.actor, limit=_MOST)
    return {booking.id: booking for booking in (*past, *coming)}


async def calendar_file(request: web.Request) -> web.Response:
    """A visit for a calendar. The address itself says that whoever has it may read this."""
    booking_id = request.app[CALENDAR_LINKS].read(request.match_info["code"])
    if booking_id is None:
        raise NotFound(what="booking")
    name, content = await request.app[SERVICES].bookings.calendar(SYSTEM, booking_id)
    return web.Response(
        body=content,
        content_type="text/calendar",
        charset="utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-cache",
            "X-Robots-Tag": "noindex",
        },
    )
