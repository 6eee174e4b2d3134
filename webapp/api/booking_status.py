"""Deciding a booking: confirmed, cancelled, begun, done, missed."""

from __future__ import annotations

from typing import Final, NamedTuple
from uuid import UUID

from aiohttp import web

from core.domain.actor import Actor
from core.domain.booking import BookingStatus
from core.services.booking import Outcome
from webapp.access import booking_actor
from webapp.api import schemas_visits as visits
from webapp.api.booking import booking_answer
from webapp.api.operation import Access, Operation, Tag
from webapp.api.schemas import boolean, integer, obj, one_of
from webapp.inputs import Inputs, json_object, path_id
from webapp.wiring import SERVICES

SETTABLE: Final = frozenset(
    {
        BookingStatus.CONFIRMED,
        BookingStatus.CANCELLED,
        BookingStatus.IN_PROGRESS,
        BookingStatus.COMPLETED,
        BookingStatus.NO_SHOW,
    }
)
"""Statuses that a caller may ask for; the others come by themselves."""


class _Asked(NamedTuple):
    status: BookingStatus
    reason: str
    version: int | None
    override: bool


async def set_status(request: web.Request) -> web.Response:
    """Confirm, cancel, begin, finish, or note that nobody came. A status it has already is no fault.

    With ``version``, nothing is decided on a booking that has changed since: 409. What can't be had any more
    where it stands is not confirmed, but by a manager's ``override``.
    """
    booking_id = path_id(request, "booking")
    actor = await booking_actor(request, booking_id)
    inputs = Inputs(await json_object(request))
    wanted = inputs.text("status", required=True)
    reason = inputs.text("reason") or ""
    version = inputs.integer("version")
    override = inputs.flag("override")
    inputs.only()
    if wanted is not None and wanted not in SETTABLE:
        inputs.blame("status", "not_settable" if wanted in set(BookingStatus) else "unknown")
    if version is not None and version < 1:
        inputs.blame("version", "out_of_range")
    inputs.check()
    asked = _Asked(BookingStatus(wanted or ""), reason, version, override)
    outcome = await _decide(request, actor, booking_id, asked)
    return await booking_answer(request, actor, outcome.booking)


async def _decide(request: web.Request, actor: Actor, booking_id: UUID, asked: _Asked) -> Outcome:
    bookings = request.app[SERVICES].bookings
    wanted, reason, version, override = asked
    match wanted:
        case BookingStatus.CONFIRMED:
            return await bookings.confirm(actor, booking_id, version=version, override=override)
        case BookingStatus.IN_PROGRESS:
            return await bookings.start(actor, booking_id, version=version)
        case BookingStatus.COMPLETED:
            return await bookings.complete(actor, booking_id, version=version)
        case BookingStatus.NO_SHOW:
            return await bookings.no_show(actor, booking_id, version=version)
    # A request that the business turns down was never a visit: its client hears of a refusal.
    pending = (await bookings.get(actor, booking_id)).status is BookingStatus.PENDING
    if pending and actor.is_business_side:
        return await bookings.decline(actor, booking_id, reason, version=version)
    return await bookings.cancel(actor, booking_id, reason, version=version)


OPERATIONS: Final = (
    Operation(
        "POST",
        "/bookings/{id}/status",
        set_status,
        "setBookingStatus",
        Tag.BOOKINGS,
        Access.BOOKING,
        body=obj(
            {"status": one_of(sorted(SETTABLE))},
            {
                "reason": visits.REASON,
                "version": integer(1, about="Of the booking that was looked at; another one is left alone"),
                "override": boolean("To confirm against the rules of the offer; for managers"),
            },
        ),
        answers={200: visits.ONE_BOOKING},
        refuses=("TRANSITION_REFUSED", "VERSION_MISMATCH", "POLICY_REFUSED", "SLOT_NOT_OFFERED"),
    ),
)
