"""Messages about several visits at once: series of them, closed days."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Final, NamedTuple

from bots.dialogs import verb_names as verbs
from bots.dialogs.cards import PHONE, card_lines, decided_lines
from bots.dialogs.screen import BLANK, Line, Row, Screen, Tone, Verb, bold, line, n, quote, t
from bots.dialogs.told import Told, instants
from bots.dialogs.values import Day
from bots.dialogs.words import (
    address,
    booking_masters,
    booking_title,
    dotted,
    on_button,
    raw,
    when,
    when_short,
)
from core.domain.booking import OPEN, BookingStatus
from core.domain.message import MessageKind
from core.domain.visit import from_minutes, to_minutes

#: Visits of a closed day that get buttons in one message.
_MOST_VISITS: Final = 5


# --- series, to the client


def _series_booked(told: Told) -> Screen:
    booking, starts = told.booking, _starts(told)
    waits = booking.status is BookingStatus.PENDING
    title = n("series.requested", len(starts)) if waits else n("series.booked", len(starts))
    after = t("notice.created_next") if waits else t("series.reminders")
    return Screen(
        lines=(
            line(bold(title)),
            dotted(booking_title(booking), booking_masters(booking)),
            *_listed(told, starts),
            dotted(
                t("series.price", price=booking.total) if booking.total.minor else None,
                n("booking.seats", booking.seats) if booking.seats > 1 else None,
            ),
            dotted(raw(told.catalogue.business.name), address(told.catalogue, booking.location_id)),
            BLANK,
            line(after),
        ),
        rows=(
            (Verb(t("button.mine"), verbs.LIST, told.target),),
            (Verb(t("series.cancel"), verbs.CANCEL_SERIES, told.target, tone=Tone.DANGER),),
        )
        if booking.status in OPEN
        else (),
        keep=True,
    )


def _series_cancelled(told: Told) -> Screen:
    starts = _starts(told)
    match told.decision.event:
        case "decline":
            title = n("series.declined", len(starts))
        case "expire":
            title = n("series.expired", len(starts))
        case _:
            title = n("series.cancelled", len(starts))
    return Screen(
        lines=(
            line(bold(title)),
            line(booking_title(told.booking)),
            *_listed(told, starts),
            line(raw(told.catalogue.business.name)),
            *_reason(told),
            BLANK,
            line(t("notice.try_again")),
        ),
        rows=((Verb(t("cancel.other_time"), verbs.AGAIN, told.target, tone=Tone.MAIN),),),
        keep=True,
    )


# --- series, to the business


def _staff_series(told: Told) -> Screen:
    booking, starts = told.booking, _starts(told)
    waits = booking.status is BookingStatus.PENDING
    title = n("series.card_request", len(starts)) if waits else n("series.card_new", len(starts))
    phone = Verb(t("card.phone"), PHONE, told.target)
    decide: Row = (
        Verb(t("series.card_confirm"), verbs.CONFIRM_SERIES, told.target, tone=Tone.MAIN),
        Verb(t("series.card_decline"), verbs.DECLINE_SERIES, told.target, tone=Tone.DANGER),
    )
    return Screen(
        lines=(
            *card_lines(booking, told.client, told.now, title=title, reader=told.reader),
            *((BLANK, line(t("series.also")), *_listed(told, starts[1:])) if starts[1:] else ()),
            *decided_lines(booking, told.decision),
        ),
        rows=(decide, (phone,)) if waits else (),
        keep=True,
    )


def _staff_series_cancelled(told: Told) -> Screen:
    starts = _starts(told)
    count = len(starts)
    expired = told.decision.event == "expire"
    title = n("series.card_expired", count) if expired else n("series.card_cancelled", count)
    return Screen(
        lines=(
            *card_lines(told.booking, told.client, told.now, title=title, reader=told.reader),
            *_listed(told, starts[1:]),
            *_reason(told),
            BLANK,
            line(t("card.free_again")),
        ),
        keep=True,
    )


# --- a closed day


class _Visit(NamedTuple):
    """A visit of a closed day as the message tells of it."""

    booking: str
    start: datetime
    title: str
    offers: tuple[datetime, ...]


def _day_closed(told: Told) -> Screen:
    visits = _visits(told)
    offered = told.decision.event == "offer_times"
    day = Day(_date(told), told.now.astimezone(told.booking.zone).date())
    title = t("closed.title", day=day) if _until(told) is None else t("closed.title_days")
    many = any(visit.offers for visit in visits)
    question = t("notice.try_again") if not offered else t("notice.offer_choose") if many else t("closed.own")
    rows = _offered_rows(told, visits) if offered else _again_rows(visits)
    return Screen(
        lines=(
            line(bold(title)),
            *(dotted(when(visit.start, told.now, told.booking.zone), raw(visit.title)) for visit in visits),
            line(raw(told.catalogue.business.name)),
            *_reason(told),
            BLANK,
            line(t("closed.kept")) if offered else line(n("closed.cancelled", len(visits))),
            line(question),
        ),
        rows=rows,
        keep=True,
    )


def _again_rows(visits: Sequence[_Visit]) -> tuple[Row, ...]:
    if len(visits) == 1:
        return ((Verb(t("cancel.other_time"), verbs.AGAIN, visits[0].booking, tone=Tone.MAIN),),)
    return tuple(
        (Verb(t("closed.again", title=on_button(visit.title)), verbs.AGAIN, visit.booking),)
        for visit in visits[:_MOST_VISITS]
    )


def _offered_rows(told: Told, visits: Sequence[_Visit]) -> tuple[Row, ...]:
    """The offered starts that are still ahead; then one visit's own way out, or the list of several."""
    zone = told.booking.zone
    alone = len(visits) == 1
    rows: list[Row] = []
    for visit in visits[:_MOST_VISITS]:
        for start in visit.offers:
            if start <= told.now:
                continue
            moment = when_short(start, told.now, zone)
            label = moment if alone else t("closed.pick", title=on_button(visit.title, 16), when=moment)
            verb = verbs.ACCEPT if alone else verbs.ACCEPT_ONE
            rows.append((Verb(label, verb, visit.booking, str(to_minutes(start))),))
    if alone:
        target = visits[0].booking
        cancel = Verb(t("button.cancel"), verbs.CANCEL, target, tone=Tone.DANGER)
        rows.append((Verb(t("notice.own_time"), verbs.MOVE, target), cancel))
    else:
        rows.append((Verb(t("button.mine"), verbs.LIST, told.target),))
    return tuple(rows)


def _staff_day_closed(told: Told) -> Screen:
    day = Day(_date(told), told.now.astimezone(told.booking.zone).date())
    until, offered = _until(told), told.params.get("action") == "offer"
    title = t("closed.card_title", day=day)
    if until is not None:
        title = t("closed.card_title_days", first=day, last=Day(until, day.today))
    return Screen(
        lines=(
            line(bold(title)),
            line(t("closed.card_offered" if offered else "closed.card_cancelled")),
            *_reason(told),
        ),
        keep=True,
    )


# --- what they share


def _starts(told: Told) -> tuple[datetime, ...]:
    return told.starts or (told.booking.start,)


def _listed(told: Told, starts: Sequence[datetime]) -> tuple[Line, ...]:
    return tuple(line(when(start, told.now, told.booking.zone)) for start in starts)


def _reason(told: Told) -> tuple[Line, ...]:
    return (line(quote(raw(told.decision.reason, 300))),) if told.decision.reason else ()


def _date(told: Told) -> date:
    value = told.params.get("date")
    return date.fromisoformat(value) if isinstance(value, str) else told.booking.local_start.date()


def _until(told: Told) -> date | None:
    """The last date, where several are meant."""
    value = told.params.get("until")
    return date.fromisoformat(value) if isinstance(value, str) else None


def _visits(told: Told) -> tuple[_Visit, ...]:
    """The visits that the message names; that of its booking, where it names none."""
    value = told.params.get("visits")
    found = [each for each in value if isinstance(each, Mapping)] if isinstance(value, Sequence) else []
    return tuple(
        _Visit(
            str(each["booking"]),
            from_minutes(int(each["start"])),
            str(each["title"]),
            instants(each["offers"]),
        )
        for each in found
    ) or (_Visit(told.target, told.booking.start, booking_title(told.booking).text, ()),)


BULK: Final[Mapping[MessageKind, Callable[[Told], Screen]]] = {
    MessageKind.SERIES_BOOKED: _series_booked,
    MessageKind.SERIES_CANCELLED: _series_cancelled,
    MessageKind.DAY_CLOSED: _day_closed,
    MessageKind.STAFF_SERIES: _staff_series,
    MessageKind.STAFF_SERIES_CANCELLED: _staff_series_cancelled,
    MessageKind.STAFF_DAY_CLOSED: _staff_day_closed,
}
