"""What the catalogue looks like over HTTP: business, services, staff, hours, and what they refer to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from core.domain.catalog import (
    MAX_DURATION,
    PriceKind,
    RoomNeed,
)
from core.domain.schedule import ExceptionType, Parity
from core.services.catalog_fields import MAX_PRICE
from core.services.clients import LOCALES
from core.services.fields import DAY
from webapp.api.schemas import (
    Component,
    Schema,
    array,
    boolean,
    date,
    described,
    integer,
    minutes,
    money,
    nullable,
    number,
    obj,
    one_of,
    string,
    uuid,
    wall,
)
from webapp.api.schemas_rules import (
    BOOKING_RULES,
    MESSAGE_RULES,
    MESSAGES_IN,
    RULES_IN,
    SERVICE_RULES,
    SERVICE_RULES_IN,
)

_POSITION: Final = integer(0, 30_000, about="Its place in lists, smallest first")
_TITLE: Final = string(least=1, most=120, example="Маникюр")
_PHOTO: Final = nullable(
    string(most=500, pattern=r"^(?:https?://|/).*$", example="https://example.org/maria.jpg"),
    "An address of a picture: `https://…` or a path here",
)
_PHONE: Final = nullable(string(most=40, example="+74950000012"), "E.164; sent in any spelling")
_ZONE: Final = string(least=1, most=64, about="An IANA time zone", example="Europe/Moscow")


def read_only(schema: Schema) -> dict[str, object]:
    """A field that is told and can't be set; it may be sent back as it was told."""
    if isinstance(schema, Component):
        return {"allOf": [schema], "readOnly": True}
    return {**schema, "readOnly": True}


_HOURS: Final = obj(
    {"weekday": integer(0, 6, about="0 is Monday"), "start": wall(), "end": wall(example="20:00")},
    about="Open from `start` to `end`; several a day don't overlap",
)
_ID: Final[Mapping[str, Schema]] = {"id": read_only(uuid())}

_LOCATION: Final[Mapping[str, Schema]] = {
    "name": string(least=1, most=120),
    "address": string(most=300, example="Москва, Тверская, 12"),
    "directions": string(most=2000, about="How to find it"),
    "latitude": nullable(number(-90, 90)),
    "longitude": nullable(number(-180, 180)),
    "timezone": _ZONE,
    "position": _POSITION,
    "weekly": array(_HOURS, most=200),
}
LOCATION: Final = Component("Location", obj({**_ID, **_LOCATION}, about="A branch and its hours"))
_CATEGORY: Final[Mapping[str, Schema]] = {"title": _TITLE, "position": _POSITION}
CATEGORY: Final = Component("Category", obj({**_ID, **_CATEGORY}, about="A heading of services"))
_ROOM: Final[Mapping[str, Schema]] = {
    "location_id": uuid(),
    "title": _TITLE,
    "kind": string(most=60, about="In the business's own words: chair, cabinet"),
    "places": integer(1, 200, about="How many visits fit in at once"),
}
ROOM: Final = Component("Room", obj({**_ID, **_ROOM}, about="A room, chair or apparatus of a location"))
_ADDON: Final[Mapping[str, Schema]] = {
    "title": _TITLE,
    "duration_minutes": minutes(0, MAX_DURATION, about="Minutes that it adds to a visit"),
    "price": money(most=MAX_PRICE),
    "position": _POSITION,
}
ADDON: Final = Component("AddOn", obj({**_ID, **_ADDON}, about="A small extra to a service"))


def _made(name: str, fields: Mapping[str, Schema], required: str) -> Component:
    rest = {key: schema for key, schema in fields.items() if key != required}
    return Component(f"New{name}", obj({required: fields[required]}, {**_ID, **rest}))


def _changed(name: str, fields: Mapping[str, Schema]) -> Component:
    return Component(f"{name}Changes", obj({}, {**_ID, **fields}, about="What is not named stays as it is"))


#: Of each kind of part, by its name in addresses: as it is told, made and changed.
PARTS: Final[Mapping[str, tuple[Component, Component, Component]]] = {
    "locations": (LOCATION, _made("Location", _LOCATION, "name"), _changed("Location", _LOCATION)),
    "rooms": (ROOM, _made("Room", _ROOM, "title"), _changed("Room", _ROOM)),
    "categories": (CATEGORY, _made("Category", _CATEGORY, "title"), _changed("Category", _CATEGORY)),
    "addons": (ADDON, _made("AddOn", _ADDON, "title"), _changed("AddOn", _ADDON)),
}

_SLUG: Final = read_only(string(about="Its name in addresses", example="demo"))

_BUSINESS: Final[Mapping[str, Schema]] = {
    "name": string(least=1, most=120, example="Студия «Окошко»"),
    "timezone": _ZONE,
    "currency": string(pattern="^[A-Z]{3}$", about="ISO 4217", example="RUB"),
    "locale": one_of(LOCALES),
    "tagline": string(most=160),
    "description": string(most=4000),
    "phone": _PHONE,
    "photo_url": _PHOTO,
}
_WITHIN: Final[Mapping[str, Schema]] = {
    "locations": read_only(array(LOCATION)),
    "categories": read_only(array(CATEGORY)),
    "rooms": read_only(array(ROOM)),
    "addons": read_only(array(ADDON)),
}
BUSINESS: Final = Component(
    "Business",
    obj(
        {**_ID, "slug": _SLUG, **_BUSINESS, "booking_rules": BOOKING_RULES, **_WITHIN},
        {"messages": MESSAGE_RULES},
        about="A business and every rule that shapes its offer. `messages` is for its own people.",
    ),
)
BUSINESS_CHANGES: Final = Component(
    "BusinessChanges",
    obj(
        {},
        {
            **_ID,
            "slug": _SLUG,
            **_BUSINESS,
            "booking_rules": obj({}, RULES_IN),
            "messages": MESSAGES_IN,
            **_WITHIN,
        },
        about="What is not named stays as it is",
    ),
)
BUSINESS_LINE: Final = Component(
    "BusinessLine",
    obj(
        {"id": uuid(), "slug": string(example="demo"), "name": string()},
        about="A business in a list",
    ),
)

_IDS: Final = array(uuid(), most=500)
_CURRENCY: Final = read_only(string(about="The business's", example="RUB"))
_SERVICE: Final[Mapping[str, Schema]] = {
    "title": _TITLE,
    "duration_minutes": minutes(1, MAX_DURATION),
    "price": money(most=MAX_PRICE),
    "buffer_before": minutes(
        0,
        DAY // 2,
        about="Minutes that staff and rooms need before a visit. Between two visits there is the larger of "
        "the first one's `buffer_after` and the second one's `buffer_before`, not their sum; between "
        "services of one visit by one staff member there is none",
    ),
    "buffer_after": minutes(
        0, DAY // 2, about="Minutes that staff and rooms need after a visit, see `buffer_before`"
    ),
    "capacity": integer(1, 200, about="Seats at one start; more than one makes it a group service"),
    "staff_needed": integer(
        1,
        4,
        about="Masters who do it together, all of them taken for all of it: it lasts as long as the slowest "
        "of them needs and costs what it costs with the one who leads; never a group service",
    ),
    "price_kind": one_of(PriceKind, "Exactly `price`, at least `price`, or `price` to `price_max`"),
    "price_max": nullable(money(most=MAX_PRICE)),
    "description": string(most=4000),
    "category_id": nullable(uuid()),
    "online": boolean("Clients can book it themselves"),
    "processing": nullable(
        obj({"offset": minutes(1, MAX_DURATION), "minutes": minutes(1, MAX_DURATION)}),
        "Within the visit the staff member is free for so long, so much after its start",
    ),
    "room_ids": described(_IDS, "Rooms that it may or must have"),
    "room_need": one_of(RoomNeed, "Whether it takes all of them or any one"),
    "addon_ids": described(_IDS, "Add-ons that go with it"),
    "staff_ids": described(_IDS, "Who does it"),
    "colour": string(most=20),
    "photo_url": _PHOTO,
    "position": _POSITION,
    "archived": boolean("Out of the offer"),
}
_SERVICE_IN: Final[Mapping[str, Schema]] = {
    **_SERVICE,
    "currency": _CURRENCY,
    "booking_rules": SERVICE_RULES_IN,
}
SERVICE: Final = Component(
    "Service",
    obj({**_ID, **_SERVICE, "currency": _CURRENCY, "booking_rules": SERVICE_RULES}, about="What is booked"),
)
NEW_SERVICE: Final = Component(
    "NewService", obj({"title": _TITLE}, {k: v for k, v in _SERVICE_IN.items() if k != "title"})
)
SERVICE_CHANGES: Final = _changed("Service", _SERVICE_IN)

_STAFF: Final[Mapping[str, Schema]] = {
    "name": string(least=1, most=80, example="Мария Иванова"),
    "service_ids": described(
        _IDS, "All that they do. Sent without `offers`, durations and prices stay as they are"
    ),
    "profession": string(most=80),
    "bio": string(most=2000),
    "photo_url": _PHOTO,
    "location_ids": described(_IDS, "Where they work"),
    "priority": integer(-1000, 1000, about="Who is taken first where the rule says `priority`"),
    "position": _POSITION,
    "archived": boolean("Works here no more"),
}
_OFFERS: Final = array(
    obj({"service_id": uuid(), "duration_minutes": minutes(1, MAX_DURATION), "price": money()}),
    about="Length and price of each service as this one does it",
)
_OFFERS_IN: Final = array(
    obj(
        {"service_id": uuid()},
        {
            "duration_minutes": nullable(minutes(1, MAX_DURATION), "Null: the service's"),
            "price": nullable(money(most=MAX_PRICE), "Null: the service's"),
        },
    ),
    most=500,
    about="All that they do, with durations and prices of their own. What is not named, or is the one that "
    "holds anyway, stays as it is. With `service_ids` too, both have to name the same services",
)
STAFF: Final = Component(
    "StaffMember",
    obj(
        {**_ID, **_STAFF, "offers": _OFFERS},
        {"phone": _PHONE},
        about="Who provides services. `phone` is for the business's own people.",
    ),
)
NEW_STAFF: Final = Component(
    "NewStaffMember",
    obj(
        {"name": _STAFF["name"]},
        {**{k: v for k, v in _STAFF.items() if k != "name"}, "phone": _PHONE, "offers": _OFFERS_IN},
    ),
)
STAFF_CHANGES: Final = _changed("StaffMember", {**_STAFF, "phone": _PHONE, "offers": _OFFERS_IN})

_RULE: Final = Component(
    "WorkingRule",
    obj(
        {"start": wall(), "end": wall(example="20:00")},
        {
            "weekday": integer(0, 6, about="0 is Monday"),
            "parity": one_of(Parity, "On days of the month that are odd, or even"),
            "cycle": obj(
                {
                    "anchor": date("The first working day"),
                    "on": integer(1, 60, about="Working days"),
                    "off": integer(0, 60, about="Free days after them"),
                }
            ),
            "location_id": uuid("Works there then; else wherever they work"),
            "valid_from": date(),
            "valid_until": date(),
        },
        about="Working time on the days that fit all that is said: a weekday, a parity or a cycle at least",
    ),
)
_SCHEDULE: Final[Mapping[str, Schema]] = {
    "weekly": array(_RULE, most=200),
    "breaks": array(_RULE, most=200),
    "follows_location": boolean("No hours of their own: works whenever the location is open"),
}
SCHEDULE: Final = Component("Schedule", obj(_SCHEDULE))
NEW_SCHEDULE: Final = Component(
    "NewSchedule",
    obj(
        {},
        _SCHEDULE,
        about="Takes the place of the old one. Breaks and the following stay as they are when not named; "
        "naming hours ends the following.",
    ),
)

_CLOSED: Final[Mapping[str, Schema]] = {
    "reason": string(most=200, example="Праздник"),
    "start_time": nullable(wall(), "Null, with `end_time`: all day"),
    "end_time": nullable(wall(example="20:00")),
    "staff_id": nullable(uuid(), "Of this staff member alone"),
    "location_id": nullable(
        uuid(), "Of this location alone; with `staff_id`, of their time there, which has to be one of theirs"
    ),
}
_EXCEPTION: Final[Mapping[str, Schema]] = {
    "date": date(),
    "type": one_of(ExceptionType, "Closed, or open at other hours than usual"),
    **_CLOSED,
}
EXCEPTION: Final = Component(
    "DatedException", obj({**_ID, **_EXCEPTION}, about="A date that is not as other days")
)
NEW_EXCEPTION: Final = Component(
    "NewDatedException",
    obj(
        {"date": _EXCEPTION["date"], "type": _EXCEPTION["type"]},
        {
            **_ID,
            "date_until": nullable(
                date(), "The last of several dates, at most 366 in all: the answer is their list then"
            ),
            **_CLOSED,
        },
    ),
)
EXCEPTION_CHANGES: Final = _changed("DatedException", _EXCEPTION)
CLOSED_TIME: Final = _CLOSED
CLOSED_EXCEPTION: Final = obj(
    {"id": nullable(uuid(), "Null when it was only tried"), **_EXCEPTION}, about="What closes the time"
)
