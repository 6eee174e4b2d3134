"""``Idempotency-Key``: the same request sent again makes no second booking and gets the first one's answer.

Whose key it is, is the service's business: equal keys of two callers have nothing to do with each other.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

from aiohttp import web

from core.domain.booking import Booking, Segment
from core.domain.visit import VisitItem
from core.services.booking import CreateBooking
from webapp.errors import Issue, refused

HEADER: Final = "Idempotency-Key"
_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")


def request_key(request: web.Request) -> str | None:
    """The request's own name, None without the header. Raises Refused for a key that is none."""
    given = request.headers.get(HEADER)
    if given is None:
        return None
    if not _KEY.fullmatch(given):
        raise refused("INVALID_INPUT", Issue(HEADER, "not_a_key"))
    return f"api:{hashlib.sha256(given.encode()).hexdigest()}"


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
        raise refused("IDEMPOTENCY_KEY_REUSED", Issue(HEADER, "reused"))


def _is_same(segment: Segment, item: VisitItem) -> bool:
    return (
        segment.service_id == item.service_id
        and item.staff_id in {None, segment.staff_id}
        and {line.addon_id for line in segment.addons} == set(item.addon_ids)
    )
