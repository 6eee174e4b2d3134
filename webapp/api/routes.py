"""The operations of the API, and their addresses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from aiohttp import web

from webapp.api import (
    auth,
    availability,
    availability_questions,
    booking,
    booking_status,
    businesses,
    catalog,
    clients,
    closures,
    events,
    health,
    holds,
    links,
    me,
    members,
    offers,
    openapi,
    parts,
    schedule,
    series,
    sessions,
    tokens,
)
from webapp.api.operation import PREFIX, Handler, Operation

_FEATURES: Final[tuple[Operation, ...]] = (
    *availability.OPERATIONS,
    *availability_questions.OPERATIONS,
    *holds.OPERATIONS,
    *booking.OPERATIONS,
    *booking_status.OPERATIONS,
    *offers.OPERATIONS,
    *links.OPERATIONS,
    *sessions.OPERATIONS,
    *series.OPERATIONS,
    *businesses.OPERATIONS,
    *catalog.OPERATIONS,
    *schedule.OPERATIONS,
    *closures.OPERATIONS,
    *parts.OPERATIONS,
    *clients.OPERATIONS,
    *auth.OPERATIONS,
    *me.OPERATIONS,
    *members.OPERATIONS,
    *tokens.OPERATIONS,
    *events.OPERATIONS,
    *health.OPERATIONS,
)
OPERATIONS: Final = (*_FEATURES, openapi.operation(_FEATURES))
"""All of them, in the order of their description."""

#: A GET has its HEAD beside it.
_METHODS: Final[Mapping[str, Callable[[str, Handler], web.RouteDef]]] = {
    "GET": web.get,
    "POST": web.post,
    "PUT": web.put,
    "PATCH": web.patch,
    "DELETE": web.delete,
}


def routes() -> list[web.AbstractRouteDef]:
    """Every route. What has an id of its own is found under it, and under its business too."""
    return [
        *(
            _METHODS[each.method](f"{PREFIX}{each.path}", each.handler)
            for operation in OPERATIONS
            for each in operation.everywhere()
        ),
        web.get("/metrics", health.metrics),
    ]
