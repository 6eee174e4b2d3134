"""The businesses of this deployment."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from webapp.access import caller_of
from webapp.answers import listed
from webapp.api import schemas_catalog as shapes
from webapp.api import schemas_visits as visits
from webapp.api.booking_query import read_limit
from webapp.api.operation import Access, Operation, Tag
from webapp.api.schemas import listing
from webapp.inputs import query_inputs
from webapp.wiring import SERVICES

_MAX_PAGE: Final = 200


async def index(request: web.Request) -> web.Response:
    """The businesses that can be booked here, by their names in addresses."""
    await caller_of(request)
    inputs = query_inputs(request)
    limit = read_limit(inputs)
    if not 1 <= limit <= _MAX_PAGE:
        inputs.blame("limit", "out_of_range")
    cursor = inputs.text("cursor") or ""
    inputs.only()
    inputs.check()
    found = await request.app[SERVICES].catalogues.list()
    # A slug is its own cursor: it stays the same whatever is added before it.
    rest = sorted((slug, name, key) for key, slug, name in found if slug > cursor)
    shown = [{"id": str(key), "slug": slug, "name": name} for slug, name, key in rest[:limit]]
    return listed(shown, rest[limit - 1][0] if len(rest) > limit else None)


OPERATIONS: Final = (
    Operation(
        "GET",
        "/businesses",
        index,
        "listBusinesses",
        Tag.BUSINESSES,
        Access.PUBLIC,
        query=visits.PAGING,
        answers={200: listing(shapes.BUSINESS_LINE)},
    ),
)
