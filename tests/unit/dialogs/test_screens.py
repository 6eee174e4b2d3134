"""Every step of every flow is shown for Telegram and for VK, in Russian and English, with businesses from
empty to large, within the messenger's limits and with no text missing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from bots.dialogs.assembly import build_dialogs
from bots.dialogs.context import Context
from bots.dialogs.fit import fit
from bots.dialogs.flows import book_path, close_day, desk, home, language, linking, mine, move, offer, series
from bots.dialogs.flows import help as help_flow
from bots.dialogs.flows.draft import BookData, write_items
from bots.dialogs.layout import layout
from core.domain.actor import SYSTEM, Actor, ActorKind, Role
from core.domain.booking import Booking, BookingSource
from core.domain.catalog import Catalogue
from core.domain.client import MAX_COMMENT, MAX_NAME, Channel, Identity
from core.domain.visit import SlotQuery, VisitItem, from_minutes, to_minutes
from core.services.booking import ClientData, CreateBooking
from deploy.clock import new_id
from locales import LOCALES, texts
from tests.support.dialog import CAPS, SIGNER, City, app_of, check
from tests.unit.dialogs.sizes import business

DIALOGS = build_dialogs()
SIZES = {
    "empty": {"services": 0, "masters": 0},
    "no masters": {"services": 5, "masters": 0},
    "one of all": {"services": 1, "masters": 1},
    "five": {"services": 5, "masters": 2},
    "ten in one group": {"services": 10, "masters": 5, "categories": 0},
    "thirty": {"services": 30, "masters": 20},
    "long names": {"services": 12, "masters": 12, "long": True, "places": 3},
    "thirty long names": {"services": 30, "masters": 20, "long": True, "categories": 14},
}


@dataclass
class Setting:
    """A business with somebody who has bookings and somebody who decides."""

    city: City
    catalogue: Catalogue
    client: Identity
    member: Identity
    booking: Booking | None = None

    def context(self, who: Identity, messenger: str, locale: str, public_url: str) -> Context:
        """One event's surroundings."""
        return Context(
            app=app_of(self.city.core, public_url),
            caps=CAPS[messenger],
            texts=texts(locale),
            now=self.city.clock.now(),
            identity=replace(who, locale=locale),
            business_id=self.catalogue.business.id,
        )


async def setting(size: str) -> Setting:
    """Open a business of that size, with one booking where there is something to book."""
    city = City()
    catalogue = await city.open(business(**SIZES[size]))  # type: ignore[arg-type]  # names of its arguments
    client, member = await _meet(city, "1"), await _meet(city, "2")
    code = await city.core.team.create_invite(
        SYSTEM, catalogue.business.id, role=Role.OWNER, name="Я" * MAX_NAME
    )
    await city.core.team.accept_invite(code, member.id)
    made = Setting(city, catalogue, client, member)
    if catalogue.bookable_services():
        made.booking = await _book(made)
    return made


async def _meet(city: City, number: str) -> Identity:
    return await city.core.clients.see(
        Identity(new_id(), Channel.TELEGRAM, "1", number, "Ольга", None, "ru", reachable=True)
    )


async def _book(made: Setting) -> Booking:
    service = made.catalogue.bookable_services()[0]
    items = (VisitItem(service.id, None, service.addon_ids),)
    starts = await made.city.core.availability.next(
        made.catalogue.business.id, _query(items, made.catalogue), limit=1
    )
    return await made.city.core.bookings.create(
        Actor(ActorKind.ANONYMOUS),
        CreateBooking(
            business=made.catalogue.business.id,
            items=items,
            start=from_minutes(starts[0].start),
            source=BookingSource.TELEGRAM,
            client=ClientData(name="Я" * MAX_NAME, phone="+79001234567", phone_verified=True),
            identity_id=made.client.id,
            comment="Ы" * MAX_COMMENT,
            consent=True,
            location_id=next(iter(made.catalogue.locations)),
        ),
    )


def _query(items: tuple[VisitItem, ...], catalogue: Catalogue) -> SlotQuery:
    return SlotQuery(items=items, location_id=next(iter(catalogue.locations)))


def drafts(made: Setting) -> Iterator[BookData]:
    """Bookings in the making: of the first service, of a group, of three at once."""
    services = made.catalogue.bookable_services()
    place = str(next(iter(made.catalogue.locations)))
    staff = next(iter(made.catalogue.staff))
    common = BookData(
        location=place,
        month="2026-12",
        day="2026-11-24",
        start=to_minutes(made.booking.start) if made.booking else 0,
        held_until=int(made.city.clock.now().timestamp()) + 170,
        form="f",
        name="Я" * MAX_NAME,
        phone="+79001234567",
        comment="Ы" * MAX_COMMENT,
        category=str(next(iter(made.catalogue.categories), "")),
    )
    wholes = [
        (VisitItem(services[0].id, staff, services[0].addon_ids),),
        (VisitItem(services[-1].id),),
        tuple(VisitItem(service.id, staff) for service in services[:3] if service.capacity == 1),
    ]
    for items in wholes:
        yield replace(common, items=write_items(items), any_staff=items[0].staff_id is None)
        yield replace(common, items=write_items(items), day="2026-11-29", part="evening", month="nonsense")


def places(made: Setting) -> Iterator[tuple[str, str, Any, Identity]]:
    """Every (flow, step) with data to show, and who sees it."""
    client, member = made.client, made.member
    for step in (home.HOME_STEP, home.CHOOSE):
        yield home.FLOW, step, home.HomeData(), client
        yield home.FLOW, step, home.HomeData(), member
    for step in (help_flow.HELP, help_flow.UNKNOWN):
        yield help_flow.FLOW, step, help_flow.HelpData(), client
    yield language.FLOW, language.FLOW, language.LanguageData(), client
    yield desk.FLOW, desk.DESK, desk.DeskData(), member
    staff = str(next(iter(made.catalogue.staff), ""))
    for first, last in (("2026-11-23", "2026-11-23"), ("2026-11-24", "2027-01-20")):
        for step in DIALOGS.flows[close_day.FLOW].steps:
            closing = close_day.CloseData("", first, last, "2026-12", "offer", 12, 7, 3, 2)
            yield close_day.FLOW, step, closing, member
            yield close_day.FLOW, step, replace(closing, staff=staff, action="cancel", month=""), member
    for step in (mine.LIST, mine.PAST):
        yield mine.FLOW, step, mine.MineData(), client
    for step in DIALOGS.flows[linking.FLOW].steps:
        for who in (client, member):
            data = linking.LinkingData("link_" + "a" * 32, "vk", made.client.name)
            yield linking.FLOW, step, data, who
    for step in (book_path.NOTHING, book_path.CATEGORY, book_path.SERVICE):
        yield book_path.FLOW, step, BookData(), client
    if made.booking is not None:
        yield from _places_of(made, made.booking)


def _places_of(made: Setting, stored: Booking) -> Iterator[tuple[str, str, Any, Identity]]:
    """Those that need something bookable or a booking."""
    client, member = made.client, made.member
    booking, start, day = str(stored.id), to_minutes(stored.start), "2026-11-24"
    for data in drafts(made):
        for step in DIALOGS.flows[book_path.FLOW].steps:
            for who in (client, member):
                yield book_path.FLOW, step, data, who
    for step in (mine.ONE, mine.CANCEL, mine.CANCELLED):
        yield mine.FLOW, step, mine.MineData(booking), client
    for step in (desk.REQUEST, desk.DECLINE):
        yield desk.FLOW, step, desk.DeskData(booking), member
    moving = move.MoveData(month="2026-11", day=day, part="evening", booking=booking, start=start + 60)
    for step in DIALOGS.flows[move.FLOW].steps:
        yield move.FLOW, step, moving, client
    repeating = series.SeriesData(booking, every=2, times=4, number=1)
    for step in DIALOGS.flows[series.FLOW].steps:
        yield series.FLOW, step, repeating, client
        yield series.FLOW, step, replace(repeating, every=4, times=12, number=11), client
    offering = offer.OfferData(
        day="2026-11-24", booking=booking, starts=[start + 60, start + 120, start + 180]
    )
    for step in DIALOGS.flows[offer.FLOW].steps:
        yield offer.FLOW, step, offering, member
        yield offer.FLOW, step, replace(offering, starts=[]), member


@pytest.mark.parametrize("size", SIZES)
async def test_every_screen_fits(size: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    made = await setting(size)
    shown: set[tuple[str, str]] = set()
    for flow, step, data, who in places(made):
        shown.add((flow, step))
        for messenger, caps in CAPS.items():
            for locale in LOCALES:
                ctx = made.context(
                    who, messenger, locale, "https://example.org" if who is made.client else ""
                )
                screen = await DIALOGS.flows[flow].steps[step].view(ctx, data)
                page, pages = 0, 1
                while page < pages:
                    laid = layout(screen, ctx.texts, caps, rev=999_999_999, signer=SIGNER, page=page)
                    check(laid, caps)
                    assert len(laid.plain) < 3000, (flow, step, laid.plain)
                    page, pages = page + 1, min(_pages(screen, caps), 4)
    assert [record.getMessage() for record in caplog.records] == []
    if made.booking is not None:
        assert shown == {(flow.name, step) for flow in DIALOGS.flows.values() for step in flow.steps}


def _pages(screen: Any, caps: Any) -> int:
    return fit(screen, caps).pages


@pytest.mark.parametrize("size", ["five", "long names"])
async def test_labels_say_enough_on_narrow_buttons(size: str) -> None:
    made = await setting(size)
    ctx = made.context(made.client, "vk", "ru", "")
    items = write_items([VisitItem(made.catalogue.bookable_services()[0].id)])
    data = replace(next(drafts(made)), items=items)
    screen = await DIALOGS.flows[book_path.FLOW].steps[book_path.MASTER].view(ctx, data)
    laid = layout(screen, ctx.texts, ctx.caps, rev=1, signer=SIGNER)
    buttons = [button.label for row in laid.rows for button in row if button.label not in {"Назад", "‹", "›"}]
    assert all(any(character.isdigit() for character in label[-5:]) for label in buttons), buttons
