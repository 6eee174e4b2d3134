"""The rules of bookings and messages over HTTP: a business's, and what a service has of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Final

from core.domain.catalog import AnyStaffChoice, GapMode, ServiceRules, WebConfirmation
from core.services.fields import DAY
from webapp.api.schemas import (
    Component,
    Schema,
    array,
    boolean,
    date,
    described,
    either,
    integer,
    minutes,
    nullable,
    obj,
    one_of,
    string,
)

_NOTICE: Final = 90 * DAY
_DAY_TIME: Final = string(pattern=r"^(?:[01][0-9]|2[0-3]):[0-5][0-9]$", about="`HH:MM`", example="10:00")
_DAY_TIME_IN: Final = either(_DAY_TIME, integer(0, DAY - 1), about="`HH:MM`, or minutes after midnight")

#: What binds clients alone: the business's own people may book sooner and later.
_CLIENTS: Final = ". For clients: the business's own people are not bound by it"
_RULES: Final[Mapping[str, Schema]] = {
    "slot_step_minutes": minutes(1, DAY, about="Minutes between two starts"),
    "grid_start": described(_DAY_TIME, "Where the steps are counted from, each local date anew"),
    "min_notice_minutes": minutes(0, _NOTICE, about=f"Minutes from now to the earliest start{_CLIENTS}"),
    "horizon_days": integer(0, 366, about=f"The last date offered is this many days after today{_CLIENTS}"),
    "horizon_until": nullable(date(), f"No later date is offered; null: no end{_CLIENTS}"),
    "same_day_cutoff": nullable(
        _DAY_TIME, f"From this time on, today is not offered any more; null: never{_CLIENTS}"
    ),
    "auto_confirm": boolean("Bookings need nobody's confirmation"),
    "pending_minutes": minutes(1, 30 * DAY, about="How long an unconfirmed booking keeps its time"),
    "buffers_within_hours": boolean(
        "Buffers too lie within working hours: all is done by closing time, tidying up included. Otherwise "
        "only the visit itself must, and buffers may reach past opening and closing"
    ),
    "max_visits_per_day": nullable(
        integer(1, 1000), "Of one staff member on a local date, whatever the service; null: no limit"
    ),
    "max_minutes_per_day": nullable(
        minutes(1, DAY),
        "Minutes of visits of one staff member on a local date, without buffers; null: no limit",
    ),
    "max_active_per_client": nullable(integer(1, 1000), "Coming bookings of one client; null: no limit"),
    "cancel_until_minutes": minutes(0, _NOTICE, about="A client may cancel until this long before the start"),
    "reschedule_until_minutes": minutes(
        0, _NOTICE, about="A client may move a booking until this long before the start"
    ),
    "max_reschedules": nullable(integer(0, 1000), "How often a client may move a booking; null: no limit"),
    "any_staff": one_of(AnyStaffChoice, "Who is taken when any staff member will do"),
    "gap_mode": one_of(GapMode, "What becomes of starts that leave a remainder nobody can book"),
    "web_confirmation": one_of(
        WebConfirmation, "What a booking from the web by somebody unknown needs besides a typed phone"
    ),
}
RULES_IN: Final[Mapping[str, Schema]] = {
    **_RULES,
    "grid_start": _DAY_TIME_IN,
    "same_day_cutoff": nullable(_DAY_TIME_IN),
}
BOOKING_RULES: Final = Component("BookingRules", obj(_RULES, about="What shapes the offer"))

MESSAGES: Final[Mapping[str, Schema]] = {
    "reminders_minutes": array(
        integer(10, 30 * DAY), most=5, about="How long before the start clients are reminded, in minutes"
    ),
    "quiet_from": described(_DAY_TIME, "From then on clients are not written to of our own accord"),
    "quiet_until": _DAY_TIME,
}
MESSAGE_RULES: Final = Component("MessageRules", obj(MESSAGES, about="How clients are written to"))


def _own(schema: Schema) -> dict[str, object]:
    """The same without a word on what it means there, or null: the business's."""
    assert not isinstance(schema, Component)
    bare = {name: value for name, value in schema.items() if name != "description"}
    return bare if _takes_null(bare) else nullable(bare)


def _takes_null(schema: Mapping[str, object]) -> bool:
    kinds, kind = schema.get("anyOf"), schema.get("type")
    return (isinstance(kinds, list) and {"type": "null"} in kinds) or (
        isinstance(kind, list) and "null" in kind
    )


#: The rules that a service may have values of its own for, in the order in which they are told.
_OF_SERVICE: Final = tuple(each.name for each in fields(ServiceRules))
SERVICE_RULES: Final = Component(
    "ServiceRules",
    obj(
        {name: _own(_RULES[name]) for name in _OF_SERVICE},
        about="Its own values of the business's rules, with the same meaning; null: the business's. A visit "
        "of several services has the grid (`slot_step_minutes`, `grid_start`) of its first one and of all "
        "else the strictest: the longest notice, the nearest horizon, the smallest limit, the earliest "
        "deadline",
    ),
)
SERVICE_RULES_IN: Final = obj({}, {name: _own(RULES_IN[name]) for name in _OF_SERVICE})
MESSAGES_IN: Final = obj({}, {**MESSAGES, "quiet_from": _DAY_TIME_IN, "quiet_until": _DAY_TIME_IN})
