"""The shapes of closing dates."""

from __future__ import annotations

from typing import Final

from core.domain.closure import MAX_DAYS, ClosureAction
from webapp.api.schemas import Component, array, boolean, date, integer, nullable, obj, one_of
from webapp.api.schemas_catalog import CLOSED_EXCEPTION, CLOSED_TIME

NEW_CLOSURE: Final = Component(
    "NewClosure",
    obj(
        {"date": date(), "action": one_of(ClosureAction, "Cancel the visits, or offer them other times")},
        {
            "date_until": nullable(date(), f"The last date, closed too; {MAX_DAYS} dates at most"),
            **CLOSED_TIME,
            "dry_run": boolean("Only count"),
        },
    ),
)
CLOSURE: Final = Component(
    "Closure",
    obj(
        {
            "dry_run": boolean(),
            "exception": CLOSED_EXCEPTION,
            "exceptions": array(CLOSED_EXCEPTION, about="Of each date; the first is the one above"),
            "action": one_of(ClosureAction),
            "visits": integer(0, about="Visits that it meets"),
            "clients": integer(0, about="Clients that they are of"),
            "cancelled": integer(0),
            "declined": integer(0, about="Of those that nobody had confirmed yet"),
            "offered": integer(0),
            "told": integer(0, about="Clients who were written to now"),
            "without_times": integer(0, about="Of those offered, for which there was no other time to name"),
            "unfinished": integer(0, about="Visits that could not be dealt with now and will be soon"),
        }
    ),
)
