"""What goes beside a booking as a message of its own: the calendar file, the way there."""

from __future__ import annotations

from bots.dialogs.context import Context
from bots.dialogs.screen import File, Line, Place, Screen, bold, line, t
from bots.dialogs.words import dotted, raw, when
from core.domain.actor import Actor
from core.domain.booking import Booking
from core.domain.catalog import Business, Location


async def calendar_message(ctx: Context, actor: Actor, booking: Booking) -> Screen:
    """The visit as a file for the calendar of the phone."""
    name, content = await ctx.app.bookings.calendar(actor, booking.id)
    return Screen(
        lines=(line(t("calendar_file.text", when=when(booking.start, ctx.now, booking.zone))),),
        file=File(name, "text/calendar", content),
        keep=True,
    )


async def route_message(ctx: Context, booking: Booking) -> Screen:
    """Where the visit takes place."""
    catalogue = await ctx.catalogue()
    return place_message(catalogue.business, catalogue.locations.get(booking.location_id))


def place_message(business: Business, location: Location | None) -> Screen:
    """An address with its directions, on the map where its point is known."""
    if location is None:
        return Screen(lines=(line(t("route.unknown")),), keep=True)
    directions: tuple[Line, ...] = (line(raw(location.directions, 1000)),) if location.directions else ()
    place = None
    if location.latitude is not None and location.longitude is not None:
        place = Place(location.latitude, location.longitude, business.name, location.address)
    return Screen(
        lines=(dotted(bold(raw(business.name)), raw(location.address)), *directions), place=place, keep=True
    )
