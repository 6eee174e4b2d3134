"""What visits look like over HTTP: free starts, holds, bookings and their history, series, group sessions,
clients.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from core.domain.actor import ActorKind
from core.domain.booking import BookingSource, BookingStatus
from core.domain.client import MAX_COMMENT, MAX_NAME, Channel
from core.domain.recurrence import MAX_VISITS, MAX_WEEKS
from core.domain.visit import Refusal
from core.services.clients import LOCALES
from webapp.access import VISITOR as VISITOR_HEADER
from webapp.api.examples import with_example
from webapp.api.operation import Coding, Param
from webapp.api.schemas import (
    Component,
    Schema,
    array,
    boolean,
    constant,
    date,
    described,
    either,
    integer,
    listing,
    mapping,
    minutes,
    money,
    nullable,
    obj,
    one_of,
    string,
    uuid,
)
from webapp.api.schemas import moment as instant
from webapp.inputs import MAX_LIST

ZONE: Final = string(about="The zone that the offsets are of", example="Europe/Moscow")
_SEATS: Final = integer(1, 200, about="Seats of a group service; 1 when nothing is said")

ITEM: Final = Component(
    "VisitItem",
    obj(
        {"service_id": uuid()},
        {
            "staff_id": uuid("Left out: anybody who does it"),
            "addon_ids": array(uuid(), most=MAX_LIST),
        },
        about="One service of a visit",
    ),
)
VISIT: Final[Mapping[str, Schema]] = {
    "service_id": uuid("What is booked; `items` instead for several services in a row"),
    "staff_id": uuid("Left out: anybody who does it"),
    "addon_ids": array(uuid(), most=MAX_LIST),
    "items": array(ITEM, least=1, most=MAX_LIST, about="Several services, one after another"),
    "seats": _SEATS,
    "location_id": uuid("Left out: wherever there is room"),
}
_ONE_OR_SEVERAL: Final = [{"required": ["service_id"]}, {"required": ["items"]}]
ITEMS: Final[tuple[Param, ...]] = (
    Param("service_id", uuid(), about="What is to be booked; or `items`, for several services in a row"),
    Param("staff_id", uuid(), about="Left out: anybody who does it"),
    Param("addon_ids", array(uuid(), most=MAX_LIST), coding=Coding.COMMAS),
    Param(
        "items",
        array(ITEM, least=1, most=MAX_LIST),
        coding=Coding.JSON,
        about="Several services, one after another, instead of the three before",
    ),
    Param("seats", _SEATS),
    Param("location_id", uuid(), about="Left out: wherever there is room"),
)


MOVED: Final = Param(
    "booking_id", uuid(), about="The caller's booking that is to be moved: its own time isn't in the way"
)
_BY_BUSINESS: Final = boolean(
    "For the business's people who make bookings: without the rules that are the clients' alone, which are "
    "notice, cut-off, horizon and «not booked online»"
)
BY_BUSINESS: Final = Param("by_business", _BY_BUSINESS)


def visit_body(required: Mapping[str, Schema], optional: Mapping[str, Schema]) -> dict[str, object]:
    """What visit is meant, and what more is said; ``service_id`` or ``items``, not both."""
    return {**obj(required, {**VISIT, **optional}), "oneOf": _ONE_OR_SEVERAL}


SLOT: Final = Component(
    "Slot",
    obj(
        {
            "start_ts": instant(),
            "end_ts": instant(),
            "staff_ids": array(
                uuid(),
                about="Who is free for it, or could be one of those who do it together; of several services, "
                "for the first",
            ),
        },
        {
            "seats_left": integer(1, about="Of a group service"),
            "rank": integer(
                0, 1, about="1: it leaves free time that nobody can book; left out where it is 0"
            ),
        },
        about="A start that can be booked",
    ),
)
AVAILABILITY: Final = Component(
    "Availability",
    obj({"timezone": ZONE, "days": array(obj({"date": date(), "slots": array(SLOT)}))}),
)
FREE_DATES: Final = Component("FreeDates", obj({"timezone": ZONE, "dates": array(date())}))
STARTS: Final = Component("Starts", obj({"timezone": ZONE, "slots": array(SLOT)}))
_ADDED: Final = obj(
    {"id": uuid(), "title": string(), "duration_minutes": minutes(), "price": money()},
    about="An add-on of a service",
)
_PART: Final[Mapping[str, Schema]] = {
    "service_id": uuid(),
    "service_title": string(),
    "staff_id": uuid("Who leads, where several do it together"),
    "staff_name": string(),
    "assistants": array(obj({"id": uuid(), "name": string()}), about="Who does it together with `staff_id`"),
    "start_ts": instant(),
    "end_ts": instant(),
    "price": money("With its add-ons and for all seats, in minor units"),
    "addons": array(_ADDED),
}
HELD_SEGMENT: Final = Component(
    "HeldSegment",
    obj({**_PART, "location_id": uuid()}, about="One service of a visit, as it would be booked"),
)
HOLD: Final = Component(
    "Hold",
    obj(
        {
            "start_ts": instant(),
            "end_ts": instant(),
            "staff_ids": array(uuid()),
            "segments": array(HELD_SEGMENT, least=1),
            "price": money("Of all segments, in minor units"),
            "currency": string(),
            "expires_at": nullable(
                instant(), "When it is given up by itself; null where nothing could be kept, for once"
            ),
        },
        about="A start that is kept for one visitor for a few minutes",
    ),
)
NEW_HOLD: Final = Component(
    "NewHold",
    with_example(
        visit_body({"start_ts": instant()}, {"by_business": _BY_BUSINESS}),
        "service_id",
        "staff_id",
        "start_ts",
    ),
)

SEGMENT: Final = Component(
    "Segment",
    obj(
        {
            **_PART,
            "buffer_before": minutes(),
            "buffer_after": minutes(),
            "session_id": nullable(uuid(), "The group session"),
            "room_ids": array(uuid()),
        },
        about="One service of a visit, as it was booked",
    ),
)
_CARD: Final[Mapping[str, Schema]] = {
    "id": uuid(),
    "name": string(example="Анна"),
    "phone": nullable(string(), "E.164"),
    "phone_verified": boolean("A messenger vouches for the phone"),
    "email": nullable(string()),
}
BOOKING: Final = Component(
    "Booking",
    obj(
        {
            "id": uuid(),
            "business_id": uuid(),
            "location_id": uuid(),
            "client_id": uuid(),
            "status": one_of(BookingStatus),
            "source": one_of(BookingSource, "Where it was made"),
            "start_ts": instant(),
            "end_ts": instant(),
            "timezone": ZONE,
            "service_id": uuid("Of the first segment"),
            "staff_id": uuid("Of the first segment"),
            "seats": integer(1),
            "series_id": nullable(uuid(), "The series that it belongs to"),
            "price": money("Of all segments, in minor units"),
            "currency": string(),
            "segments": array(SEGMENT, least=1),
            "comment": string(),
            "cancel_reason": string(),
            "reschedules": integer(0, about="How often its client has moved it"),
            "version": integer(1, about="Grows with every change"),
            "awaits_client": boolean("Pending until its client opens its link in a messenger"),
            "expires_at": nullable(instant(), "When an unconfirmed one gives up its time"),
            "created_at": instant(),
            "updated_at": instant(),
        },
        {"client": obj(_CARD, about="For the people of the business")},
        about="A visit",
    ),
)
ONE_BOOKING: Final = obj({"booking": BOOKING})
BOOKINGS: Final = listing(BOOKING)
_VISIT_KEY: Final = string(
    pattern="^okov_[A-Za-z0-9_-]{86}$",
    example=f"okov_{'0' * 86}",
    about="A bearer token for this one booking; only for who has none of the business's",
)
MADE_BOOKING: Final = obj({"booking": BOOKING}, {"visit_key": _VISIT_KEY})

CLIENT_DATA: Final = with_example(
    obj(
        {
            "name": string(least=1, most=2000, about=f"{MAX_NAME} characters once trimmed", example="Анна"),
        },
        {
            "phone": string(
                least=1,
                most=2000,
                about="In any spelling. Left out only where a messenger vouches for the phone of a session",
                example="+7 900 123-45-67",
            ),
            "email": string(most=2000),
        },
    ),
    "name",
    "phone",
)
NEW_BOOKING_FIELDS: Final[Mapping[str, Schema]] = {
    "start_ts": instant(),
    "consent": constant(True, "The client agrees to the processing of personal data"),
}
NEW_BOOKING_MORE: Final[Mapping[str, Schema]] = {
    "client": described(CLIENT_DATA, "Left out only by a client who has signed in and is known here"),
    "comment": string(most=2000, about=f"{MAX_COMMENT} characters once trimmed"),
    "override": boolean("Against the rules of the offer; for managers. What is taken stays taken."),
    "by_business": _BY_BUSINESS,
    "as_client": boolean("One of the business's people, by a session, books for themselves"),
}
_SHOWN: Final = ("service_id", "start_ts", "client", "consent")
NEW_BOOKING: Final = Component(
    "NewBooking", with_example(visit_body(NEW_BOOKING_FIELDS, NEW_BOOKING_MORE), *_SHOWN)
)
RESCHEDULE: Final = Component(
    "Reschedule",
    obj(
        {"start_ts": instant()},
        {
            "staff_id": uuid("Left out: with whom it is now"),
            "override": boolean("Against the rules of the offer; for managers"),
            "by_business": _BY_BUSINESS,
        },
    ),
)
REASON: Final = string(most=2000, about="In words, for the other side")

ENTRY: Final = Component(
    "TimelineEntry",
    obj(
        {
            "id": uuid(),
            "at": instant(),
            "event": string(about="What happened", example="confirm"),
            "actor": obj({"kind": one_of(ActorKind), "name": string()}),
            "reason": string(),
            "before": mapping({}, about="What the values were that it changed"),
            "after": mapping({}, about="What they became"),
        },
        about="One thing that happened to a booking",
    ),
)

_PLAN: Final[Mapping[str, Schema]] = {
    "every_weeks": integer(1, MAX_WEEKS),
    "times": integer(2, MAX_VISITS, about="Visits in all"),
}
_NUMBER: Final = integer(0, MAX_VISITS - 1, about="Which visit, from 0")
_PLAN_MORE: Final[Mapping[str, Schema]] = {
    "replaced": array(
        obj({"number": _NUMBER, "start_ts": instant()}), most=MAX_LIST, about="Visits with other starts"
    ),
    "left_out": array(_NUMBER, most=MAX_LIST, about="Visits to do without"),
}
NEW_SERIES: Final = Component(
    "NewSeries",
    with_example(
        visit_body({**NEW_BOOKING_FIELDS, **_PLAN}, {**NEW_BOOKING_MORE, **_PLAN_MORE}), *_SHOWN, *_PLAN
    ),
)
OCCURRENCE: Final = Component(
    "Occurrence",
    obj(
        {
            "number": integer(0),
            "wanted_ts": instant("When it falls"),
            "start_ts": instant("When it would be"),
            "state": one_of(("free", "refused", "left_out")),
            "reason": nullable(one_of(Refusal), "Why it can't be had then"),
            "offers": array(instant(), about="The nearest starts that can, best first"),
        },
        about="One visit of a series",
    ),
)
SERIES_PREVIEW: Final = Component(
    "SeriesPreview", obj({"ready": boolean("All can be had as asked"), "occurrences": array(OCCURRENCE)})
)
SERIES: Final = Component(
    "Series",
    obj(
        {"series_id": uuid(), "bookings": array(BOOKING)},
        {"visit_keys": mapping(_VISIT_KEY, about="The key of each booking, by its id")},
    ),
)

SESSION: Final = Component(
    "GroupSession",
    obj(
        {
            "id": uuid(),
            "service_id": uuid(),
            "staff_id": uuid(),
            "location_id": uuid(),
            "start_ts": instant(),
            "end_ts": instant(),
            "capacity": integer(1),
            "seats_taken": integer(0),
            "seats_left": integer(),
            "bookings": array(
                obj(
                    {
                        "id": uuid(),
                        "status": one_of(BookingStatus),
                        "seats": integer(1),
                        "comment": string(),
                        "client": obj({"id": uuid(), "name": string(), "phone": nullable(string())}),
                    }
                )
            ),
        },
        about="A class at one time and who comes to it",
    ),
)

_PREFERRED: Final = nullable(
    one_of(Channel), "The messenger that they want to be written to; null: the one used last"
)
CLIENT: Final = Component(
    "Client",
    obj(
        {
            **_CARD,
            "business_id": uuid(),
            "locale": one_of(LOCALES),
            "preferred_channel": _PREFERRED,
            "visits": integer(0, about="Visits that took place"),
            "created_at": instant(),
        },
        about="One who books, as one business knows them",
    ),
)
CLIENT_CHANGES: Final = Component(
    "ClientChanges",
    obj(
        {},
        {
            "name": string(least=1, most=1000, example="Анна"),
            "email": nullable(string(most=1000, example="anna@example.org")),
        },
        about="What is not named stays as it is",
    ),
)

RANGE: Final[tuple[Param, ...]] = (
    Param("from", either(date(), instant()), about="A local date, or an instant"),
    Param("to", either(date(), instant()), about="A local date, inclusive, or an instant, exclusive"),
)
VISITOR: Final = Param(
    VISITOR_HEADER,
    string(pattern="^[A-Za-z0-9_-]{16,64}$", example="c2b1f0a37d5e4d6c"),
    about="A random name that a page gives itself: whose hold it is. A session needs none.",
)
PAGING: Final[tuple[Param, ...]] = (
    Param("limit", integer(1, 200), about="Most items of a page; 50 when nothing is said"),
    Param("cursor", described(string(least=1, most=500), ""), about="`next_cursor` of the page before"),
)
