"""As whom somebody stands to a booking that a button names: its client, or one of the business's people.

The button is only a claim. Strangers get NotFound, whatever it says.
"""

from __future__ import annotations

from uuid import UUID

from bots.dialogs.context import Context
from core.domain.actor import Actor
from core.domain.booking import Booking
from core.domain.errors import NotFound


async def as_client(ctx: Context, booking_id: UUID) -> tuple[Actor, Booking]:
    """The client of this booking; their conversation is with its business from now on. Raises NotFound."""
    business_id = await ctx.app.bookings.business_of(booking_id)
    actor = await ctx.app.clients.actor(business_id, ctx.identity.id, ctx.identity.name)
    booking = await ctx.app.bookings.get(actor, booking_id)
    await ctx.use_business(business_id)
    return actor, booking


async def as_member(ctx: Context, booking_id: UUID) -> tuple[Actor, Booking]:
    """One of the people of its business who may see this booking. Raises NotFound."""
    business_id = await ctx.app.bookings.business_of(booking_id)
    actor = await ctx.app.team.actor(business_id, ctx.identity.id)
    if actor is None:
        raise NotFound(what="booking")
    booking = await ctx.app.bookings.get(actor, booking_id)
    await ctx.use_business(business_id)
    return actor, booking


async def member_of(ctx: Context) -> Actor:
    """As whom they work: for the business they talk to, else for the first of theirs. Raises NotFound."""
    actors = await ctx.app.team.actors(ctx.identity.id)
    if not actors:
        raise NotFound(what="business")
    actor = next((each for each in actors if each.business_id == ctx.business_id), actors[0])
    assert actor.business_id is not None
    await ctx.use_business(actor.business_id)
    return actor
