"""What an outgoing message says: each kind as a screen, in the reader's language when it is laid out.

A message is a row of kind and parameters (:mod:`core.services.messages`); the booking is shown as it stands
now. Buttons are signed verbs, because a notice outlives every session.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from bots.dialogs import verb_names as verbs
from bots.dialogs.bulk_notices import BULK
from bots.dialogs.cards import card_lines, card_rows, decided_lines
from bots.dialogs.screen import BLANK, Line, Row, Screen, T, Tone, Verb, Words, bold, line, n, quote, t
from bots.dialogs.told import Told, told_of
from bots.dialogs.values import Clock
from bots.dialogs.words import (
    address,
    booking_masters,
    booking_title,
    day_words,
    dotted,
    phone_words,
    raw,
    when,
    when_short,
    when_span,
)
from core.domain.booking import OPEN, BookingStatus
from core.domain.message import MessageKind, reminder_times
from core.ports.channels import Delivery

_HOUR: Final = 60
#: The argument of «Приду» that is meant for all visits of that day.
DAY: Final = "day"
_NEAR: Final = timedelta(minutes=20)


def notice(delivery: Delivery, now: datetime) -> Screen | None:
    """The screen of a message at ``now``; None when its booking is not there."""
    if delivery.booking is None:
        return None
    return _WORDS[delivery.message.kind](told_of(delivery, delivery.booking, now))


# --- to the client


def _receipt(told: Told, title: T, *more: Line) -> Screen:
    """A booking that stands: what, when, where, and all that can be done with it."""
    return Screen(
        lines=(line(bold(title)), *_facts(told), *more),
        rows=_receipt_rows(told),
        keep=True,
    )


def _facts(told: Told) -> tuple[Line, ...]:
    booking, catalogue = told.booking, told.catalogue
    return (
        line(when_span(booking.start, booking.end, told.now, booking.zone)),
        dotted(
            booking_title(booking),
            booking_masters(booking),
            t("price.exact", price=booking.total) if booking.total.minor else None,
            n("booking.seats", booking.seats) if booking.seats > 1 else None,
        ),
        dotted(raw(catalogue.business.name), address(catalogue, booking.location_id)),
    )


def _receipt_rows(told: Told) -> tuple[Row, ...]:
    booking, target = told.booking, told.target
    if booking.status not in OPEN or booking.start <= told.now:
        return ()
    keep: Row = (
        Verb(t("button.calendar"), verbs.CALENDAR, target),
        Verb(t("button.route"), verbs.ROUTE, target),
    )
    change: Row = (
        Verb(t("button.move"), verbs.MOVE, target),
        Verb(t("button.cancel"), verbs.CANCEL, target, tone=Tone.DANGER),
    )
    return (keep, change)


def _created(told: Told) -> Screen:
    if told.booking.status is BookingStatus.CONFIRMED:
        return _confirmed(told)
    return _receipt(told, t("notice.created"), BLANK, line(t("notice.created_next")))


def _confirmed(told: Told) -> Screen:
    title = t("notice.booked") if told.decision.event == "create" else t("notice.confirmed")
    return _receipt(told, title, *_reminder_promise(told))


def _reminder_promise(told: Told) -> tuple[Line, ...]:
    """«Напомню за сутки и за 2 часа» – those reminders that there will be."""
    times = reminder_times(told.booking, told.catalogue.business.messages, told.now)
    if not times or told.booking.status is not BookingStatus.CONFIRMED:
        return ()
    before = [_before(minutes) for minutes, _ in times]
    words: T = before[0]
    for following in before[1:]:
        words = t("remind.and", first=words, second=following)
    return (BLANK, line(t("remind.promise", times=words)))


def _before(minutes: int) -> T:
    if minutes == 24 * _HOUR:
        return t("remind.day")
    if minutes % (24 * _HOUR) == 0:
        return n("remind.days", minutes // (24 * _HOUR))
    if minutes % _HOUR == 0:
        return n("remind.hours", minutes // _HOUR)
    return n("remind.minutes", minutes)


def _over(told: Told, title: T) -> Screen:
    """A booking that will not take place: why, and the way to another one."""
    booking = told.booking
    reason: tuple[Line, ...] = (line(quote(raw(told.decision.reason, 300))),) if told.decision.reason else ()
    return Screen(
        lines=(
            line(bold(title)),
            dotted(when(booking.start, told.now, booking.zone), booking_title(booking)),
            line(raw(told.catalogue.business.name)),
            *reason,
            BLANK,
            line(t("notice.try_again")),
        ),
        rows=((Verb(t("cancel.other_time"), verbs.AGAIN, told.target, tone=Tone.MAIN),),),
        keep=True,
    )


def _declined(told: Told) -> Screen:
    return _over(told, t("notice.declined"))


def _cancelled(told: Told) -> Screen:
    return _over(told, t("notice.cancelled_by_business") if told.by_business else t("notice.cancelled"))


def _expired(told: Told) -> Screen:
    return _over(told, t("notice.expired"))


def _moved(told: Told) -> Screen:
    title = t("notice.moved_by_business") if told.by_business else t("notice.moved")
    if told.params.get("accepted"):
        title = t("notice.accepted")
    was: tuple[Line, ...] = ()
    if told.old_start is not None:
        was = (line(t("move.from", when=when(told.old_start, told.now, told.booking.zone))),)
    waits = told.booking.status is BookingStatus.PENDING
    if waits and not told.by_business:
        title = t("notice.move_asked")
    after = (BLANK, line(t("notice.created_next"))) if waits else _reminder_promise(told)
    return _receipt(told, title, *was, *after)


def _offer(told: Told) -> Screen:
    booking = told.booking
    choices: list[Row] = [
        (
            Verb(
                when_short(start, told.now, booking.zone),
                verbs.ACCEPT,
                told.target,
                str(int(start.timestamp()) // 60),
            ),
        )
        for start in told.starts
        if start > told.now
    ]
    own: Row = (
        Verb(t("notice.own_time"), verbs.MOVE, told.target),
        Verb(t("button.cancel"), verbs.CANCEL, told.target, tone=Tone.DANGER),
    )
    return Screen(
        lines=(
            line(bold(t("notice.offer"))),
            dotted(booking_title(booking), booking_masters(booking)),
            line(t("move.now", when=when(booking.start, told.now, booking.zone))),
            BLANK,
            line(t("notice.offer_choose")),
        ),
        rows=(*choices, own) if booking.status in OPEN else (),
        keep=True,
    )


def _reminder(told: Told) -> Screen:
    booking = told.booking
    if len(told.together) > 1:
        return _day_reminder(told)
    what = dotted(booking_title(booking), booking_masters(booking))
    where = dotted(raw(told.catalogue.business.name), address(told.catalogue, booking.location_id))
    rows: list[Row] = []
    target = told.target
    if booking.attendance_confirmed_at is None:
        rows.append((Verb(t("reminder.will_come"), verbs.WILL_COME, target, tone=Tone.MAIN),))
    rows.append(
        (
            Verb(t("button.move"), verbs.MOVE, target),
            Verb(t("reminder.wont_come"), verbs.CANCEL, target, tone=Tone.DANGER),
        )
    )
    rows.append((Verb(t("button.route"), verbs.ROUTE, target),))
    return Screen(lines=(line(bold(_reminder_title(told))), what, where), rows=tuple(rows), keep=True)


def _day_reminder(told: Told) -> Screen:
    """Several visits of one day: a promise for all of them, changes in the list."""
    visits, target, first = told.together, told.target, told.booking
    day = day_words(first.local_start.date(), told.now, first.zone)
    rows: list[Row] = [
        (Verb(t("button.mine"), verbs.LIST, target), Verb(t("button.route"), verbs.ROUTE, target))
    ]
    if any(visit.attendance_confirmed_at is None for visit in visits):
        rows.insert(0, (Verb(t("reminder.will_come"), verbs.WILL_COME, target, DAY, tone=Tone.MAIN),))
    listed = [
        dotted(t("time.only", time=Clock(visit.local_start)), booking_title(visit), booking_masters(visit))
        for visit in visits
    ]
    where = dotted(raw(told.catalogue.business.name), address(told.catalogue, first.location_id))
    return Screen(
        lines=(line(bold(n("reminder.visits", len(visits), day=day))), *listed, where),
        rows=tuple(rows),
        keep=True,
    )


def _reminder_title(told: Told) -> Words:
    """«Через 2 часа, в 18:30, ждём вас» when that is so; one moved before the quiet hours names the day."""
    booking = told.booking
    left = booking.start - told.now
    hours = told.minutes // _HOUR
    on_time = abs(left - timedelta(minutes=told.minutes)) <= _NEAR
    if on_time and 0 < told.minutes < 24 * _HOUR and told.minutes % _HOUR == 0:
        return n("reminder.hours", hours, time=t("time.only", time=Clock(booking.local_start)))
    return t("reminder.day", when=when(booking.start, told.now, booking.zone))


# --- to the business


def _staff_new(told: Told) -> Screen:
    waits = told.booking.status is BookingStatus.PENDING
    return _card(told, t("card.title_request") if waits else t("card.title_new"))


def _staff_moved(told: Told) -> Screen:
    was: tuple[Line, ...] = ()
    if told.old_start is not None:
        was = (line(t("move.from", when=when(told.old_start, told.now, told.booking.zone))),)
    asked = told.booking.status is BookingStatus.PENDING and not told.by_business
    return _card(told, t("card.title_move_asked" if asked else "card.title_moved"), *was)


def card_screen(told: Told) -> Screen:
    """The card as the booking stands now."""
    waits = told.booking.status is BookingStatus.PENDING
    return _card(told, t("card.title_request") if waits else t("card.title"))


def _card(told: Told, title: T, *more: Line) -> Screen:
    return Screen(
        lines=(
            *card_lines(told.booking, told.client, told.now, title=title, reader=told.reader),
            *more,
            *_call_them(told),
            *decided_lines(told.booking, told.decision),
        ),
        rows=card_rows(told.booking, told.now),
        keep=True,
    )


def _call_them(told: Told) -> tuple[Line, ...]:
    """A client whom nobody can write to has a phone at most."""
    coming = told.booking.status in OPEN and told.booking.start > told.now
    if told.client_reachable or not coming:
        return ()
    phone = told.client.phone if told.client else None
    return (line(t("card.call", phone=phone_words(phone)) if phone else t("card.cant_write")),)


def _staff_cancelled(told: Told) -> Screen:
    if told.decision.event == "expire":
        title = t("card.title_expired")
    else:
        title = t("card.title_cancelled_by_business" if told.by_business else "card.title_cancelled")
    reason: tuple[Line, ...] = (line(quote(raw(told.decision.reason, 300))),) if told.decision.reason else ()
    lines = card_lines(told.booking, told.client, told.now, title=title, reader=told.reader)
    return Screen(lines=(*lines, *reason, BLANK, line(t("card.free_again"))), keep=True)


def _staff_attendance(told: Told) -> Screen:
    name = raw(told.client.name) if told.client else t("card.somebody")
    return Screen(
        lines=(
            line(bold(t("card.coming", name=name))),
            dotted(when(told.booking.start, told.now, told.booking.zone), booking_title(told.booking)),
        ),
        keep=True,
    )


def _staff_unreachable(told: Told) -> Screen:
    client = told.client
    name = raw(client.name) if client else t("card.somebody")
    phone = client.phone if client else None
    return Screen(
        lines=(
            line(bold(t("unreachable.title"))),
            line(t("unreachable.who", name=name, what=t(f"unreachable.kind.{told.kind}"))),
            dotted(when(told.booking.start, told.now, told.booking.zone), booking_title(told.booking)),
            BLANK,
            line(t("unreachable.call", phone=phone_words(phone)) if phone else t("unreachable.no_phone")),
        ),
        keep=True,
    )


_WORDS: Final[dict[MessageKind, Callable[[Told], Screen]]] = {
    MessageKind.BOOKING_CREATED: _created,
    MessageKind.BOOKING_CONFIRMED: _confirmed,
    MessageKind.BOOKING_DECLINED: _declined,
    MessageKind.BOOKING_CANCELLED: _cancelled,
    MessageKind.BOOKING_MOVED: _moved,
    MessageKind.BOOKING_EXPIRED: _expired,
    MessageKind.OFFER_TIMES: _offer,
    MessageKind.REMINDER: _reminder,
    MessageKind.STAFF_NEW_BOOKING: _staff_new,
    MessageKind.STAFF_BOOKING_MOVED: _staff_moved,
    MessageKind.STAFF_BOOKING_CANCELLED: _staff_cancelled,
    MessageKind.STAFF_ATTENDANCE: _staff_attendance,
    MessageKind.STAFF_UNREACHABLE: _staff_unreachable,
    MessageKind.CARD_UPDATE: card_screen,
    **BULK,
}
