"""The master's card of a booking: who comes, when, for what; how it was decided, and by whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from bots.dialogs.screen import BLANK, Line, Row, T, Tone, Verb, Words, bold, line, n, quote, t
from bots.dialogs.words import booking_masters, booking_title, dotted, raw, when_span
from core.domain.booking import OPEN, Booking, BookingStatus
from core.domain.client import Client, mask_phone

CONFIRM: Final = "c"
DECLINE: Final = "d"
OFFER: Final = "o"
PHONE: Final = "p"
START: Final = "g"
COMPLETE: Final = "f"
NO_SHOW: Final = "n"


@dataclass(frozen=True, slots=True)
class Decision:
    """What was done last, and by whom."""

    event: str = ""
    actor_kind: str = ""
    actor_name: str = ""
    reason: str = ""


def card_lines(
    booking: Booking,
    client: Client | None,
    now: datetime,
    *,
    title: Words,
    reader: UUID | None = None,
) -> tuple[Line, ...]:
    """``reader``: the staff member who reads it; they know whose chair it is."""
    who = raw(client.name) if client else t("card.somebody")
    comment: tuple[Line, ...] = (line(quote(raw(booking.comment, 500))),) if booking.comment else ()
    own = reader is not None and booking.staff_ids == {reader}
    return (
        line(bold(title)),
        dotted(
            who,
            raw(mask_phone(client.phone)) if client and client.phone else None,
            _visits(client) if client else None,
        ),
        line(when_span(booking.start, booking.end, now, booking.zone)),
        dotted(
            booking_title(booking),
            t("price.exact", price=booking.total) if booking.total.minor else None,
            n("booking.seats", booking.seats) if booking.seats > 1 else None,
            None if own else booking_masters(booking),
        ),
        *comment,
    )


def _visits(client: Client) -> T:
    return n("card.visits", client.visits) if client.visits else t("card.first_visit")


def decided_lines(booking: Booking, decision: Decision) -> tuple[Line, ...]:
    """How it stands: «Подтверждено: Анна»."""
    words = _decided(booking, decision)
    lines: tuple[Line, ...] = (BLANK, line(words)) if words is not None else ()
    if booking.attendance_confirmed_at is not None and booking.status is BookingStatus.CONFIRMED:
        lines += (line(t("card.will_come")),)
    if decision.reason and booking.status is BookingStatus.CANCELLED:
        lines += (line(quote(raw(decision.reason, 300))),)
    return lines


def _decided(booking: Booking, decision: Decision) -> T | None:
    name = raw(decision.actor_name)
    by_client = decision.actor_kind == "client"
    match booking.status, decision.event:
        case BookingStatus.PENDING, "offer_times":
            return t("card.offered", name=name)
        case BookingStatus.PENDING, _:
            return None
        case BookingStatus.CONFIRMED, "confirm":
            return t("card.confirmed_by", name=name)
        case BookingStatus.CONFIRMED, "offer_times":
            return t("card.offered", name=name)
        case BookingStatus.CONFIRMED, _:
            return t("card.confirmed")
        case BookingStatus.CANCELLED, "decline":
            return t("card.declined_by", name=name)
        case BookingStatus.CANCELLED, "cancel" if by_client:
            return t("card.cancelled_by_client")
        case BookingStatus.CANCELLED, "cancel":
            return t("card.cancelled_by", name=name)
        case status, _:
            return t(f"card.status.{status.value}")


def card_rows(booking: Booking, now: datetime) -> tuple[Row, ...]:
    """What can still be decided; once the visit has begun, how it went. What the client could have changed
    meanwhile is decided on the version that the card shows.
    """
    if booking.start <= now:
        return _begun_rows(booking)
    if booking.status not in OPEN:
        return ()
    target, version = str(booking.id), str(booking.version)
    phone = Verb(t("card.phone"), PHONE, target)
    offer = Verb(t("card.offer"), OFFER, target)
    if booking.status is BookingStatus.CONFIRMED:
        return ((offer, Verb(t("card.cancel"), DECLINE, target, version, tone=Tone.DANGER)), (phone,))
    decline = Verb(t("card.decline"), DECLINE, target, version, tone=Tone.DANGER)
    if booking.status is BookingStatus.PENDING:
        return ((Verb(t("card.confirm"), CONFIRM, target, version, tone=Tone.MAIN), decline), (offer, phone))
    return ((offer, decline), (phone,))


def _begun_rows(booking: Booking) -> tuple[Row, ...]:
    """A wrong press can be taken back."""
    target = str(booking.id)
    start = Verb(t("card.start"), START, target, tone=Tone.MAIN)
    complete = Verb(t("card.complete"), COMPLETE, target)
    no_show = Verb(t("card.no_show"), NO_SHOW, target)
    match booking.status:
        case BookingStatus.CONFIRMED:
            return (start, no_show), (complete, Verb(t("card.phone"), PHONE, target))
        case BookingStatus.IN_PROGRESS:
            return ((complete, no_show),)
        case BookingStatus.COMPLETED:
            return ((no_show,),)
        case BookingStatus.NO_SHOW:
            return ((complete,),)
    return ()
