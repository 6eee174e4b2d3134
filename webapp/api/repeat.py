"""A booking that was asked for twice under one ``Idempotency-Key`` is one booking, for as long as it is kept.

That outlives what :mod:`webapp.idempotency` remembers. Whose key it is, is the service's business: equal keys
of two callers have nothing to do with each other.
"""

from __future__ import annotations

import hashlib

from aiohttp import web

from core.domain.booking import Booking, Segment
from core.domain.visit import VisitItem
from core.services.booking import CreateBooking
from webapp.errors import Issue, Refused, refused
from webapp.idempotency import HEADER, given_key


def request_key(request: web.Request) -> str | None:
    """The request's own name, None without the header. Raises Refused for a key that is none."""
    given = given_key(request)
    return None if given is None else f"api:{hashlib.sha256(given.encode()).hexdigest()}"


def check_same(booking: Booking, command: CreateBooking) -> None:
    """The booking that a key led to is what this request asks for.

    Raises Refused (422) when the key was used for another request.
    """
    if command.request_key is None:
        return
    same = (
        booking.start == command.start
        and len(booking.segments) == len(command.items)
        and all(map(_is_same, booking.segments, command.items))
        and booking.seats == command.seats
        and booking.comment == command.comment.strip()
    )
    if not same:
        raise reused()


def reused() -> Refused:
    """A refusal to be raised: the key was used for another request."""
    return refused("IDEMPOTENCY_KEY_REUSED", Issue(HEADER, "reused"))


def _is_same(segment: Segment, item: VisitItem) -> bool:
    return (
        segment.service_id == item.service_id
        and item.staff_id in {None, segment.staff_id}
        and {line.addon_id for line in segment.addons} == set(item.addon_ids)
    )
