"""The same visit once more."""

from __future__ import annotations

from bots.dialogs.context import Context
from bots.dialogs.flows.book_path import start_booking
from bots.dialogs.flows.draft import BookData, write_items
from bots.dialogs.transition import Start
from core.domain.booking import Booking
from core.domain.errors import NotFound
from core.services.clients import repeat_query


async def start_again(ctx: Context, booking: Booking) -> Start:
    """Book the same once more. Raises NotFound when it is not offered any more."""
    query = repeat_query(await ctx.catalogue(), booking)
    if query is None:
        raise NotFound(what="service")
    return await start_booking(
        ctx,
        BookData(
            items=write_items(query.items),
            any_staff=query.items[0].staff_id is None,
            location=str(query.location_id) if query.location_id else None,
        ),
    )
