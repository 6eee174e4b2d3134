"""The owner's work on hours: schedules of staff, dated exceptions, and which bookings an exception would
hit.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final
from uuid import UUID, uuid5

from core.domain.actor import Actor
from core.domain.booking import Booking
from core.domain.catalog import Catalogue, StaffMember
from core.domain.errors import NotFound
from core.domain.schedule import Cycle, DatedException, ExceptionType, Parity, WorkingRule
from core.services.catalog_editing import CatalogCases
from core.services.fields import Fields, wall_text
from core.services.visits_hit import visits_hit

MAX_EXCEPTION_DAYS: Final = 366
"""Longest run of dates that are closed or opened in one call."""


class CatalogHours(CatalogCases):
    """See the module. All raise NotFound for strangers, Forbidden for others than managers, InvalidInput."""

    async def set_schedule(self, actor: Actor, staff_id: UUID, data: Mapping[str, object]) -> StaffMember:
        """A staff member's weekly hours (``weekly``), ``breaks`` and ``follows_location``, in place of the
        old.

        Breaks and the following stay as they are when not named; naming hours ends the following.
        """
        async with self._editing(await self._staff_business(actor, staff_id)) as edit:
            member = edit.catalogue.staff[staff_id]
            fields = Fields(data)
            weekly, breaks = fields.objects("weekly"), fields.objects("breaks")
            rules = member.rules if weekly is None else _intervals(weekly, edit.catalogue)
            pauses = member.breaks if breaks is None else _intervals(breaks, edit.catalogue)
            follows = fields.boolean("follows_location", default=member.follows_location and weekly is None)
            fields.finish()
            await edit.tx.catalogue.set_schedule(edit.catalogue.business.id, staff_id, rules, pauses, follows)
        return (await self._catalogues.of_staff(staff_id)).staff[staff_id]

    async def exceptions(self, actor: Actor, business: UUID | str) -> tuple[DatedException, ...]:
        """The dated exceptions from yesterday on, by date."""
        business_id = await self._managed(actor, business)
        catalogue = await self._catalogues.get(business_id)
        return tuple(sorted(catalogue.exceptions, key=lambda each: (each.date, each.start or 0, each.id)))

    async def create_exception(
        self, actor: Actor, business: UUID | str, data: Mapping[str, object], *, new_id: UUID | None = None
    ) -> DatedException:
        """Close or open a date; or the exception that has this id already.

        Bookings it hits stand until somebody deals with them (:meth:`affected`).
        """
        business_id = await self._managed(actor, business)
        async with self._editing(business_id) as edit:
            for each in edit.catalogue.exceptions:
                if each.id == new_id:
                    return each
            exception = exception_of(edit.catalogue, Fields(data), new_id or self._new_id())
            await edit.tx.catalogue.save_exception(business_id, exception)
        return exception

    async def create_exceptions(
        self, actor: Actor, business: UUID | str, data: Mapping[str, object], *, new_id: UUID | None = None
    ) -> Sequence[DatedException]:
        """The same on each date from ``date`` to ``date_until``, both included, such as a leave; by date.

        With ``new_id`` the same call makes the same ones again.
        """
        business_id = await self._managed(actor, business)
        first, last = _dates(Fields(data))
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        each = {name: value for name, value in data.items() if name != "date_until"}
        async with self._editing(business_id) as edit:
            found = [
                exception_of(
                    edit.catalogue,
                    Fields({**each, "date": day.isoformat()}),
                    self._new_id() if new_id is None else uuid5(new_id, day.isoformat()),
                )
                for day in days
            ]
            await edit.tx.catalogue.save_exceptions(business_id, found)
        return found

    async def update_exception(
        self, actor: Actor, exception_id: UUID, data: Mapping[str, object]
    ) -> DatedException:
        """Change a dated exception; fields that aren't named stay."""
        business_id = await self._exception_business(actor, exception_id)
        async with self._editing(business_id) as edit:
            current = next((each for each in edit.catalogue.exceptions if each.id == exception_id), None)
            if current is None:
                raise NotFound(what="exception")
            merged = {**exception_json(current), **data}
            exception = exception_of(edit.catalogue, Fields(merged), exception_id)
            await edit.tx.catalogue.save_exception(business_id, exception)
        return exception

    async def delete_exception(self, actor: Actor, exception_id: UUID) -> None:
        """The date is an ordinary one again."""
        business_id = await self._exception_business(actor, exception_id)
        async with self._editing(business_id) as edit:
            if not await edit.tx.catalogue.delete_exception(business_id, exception_id):
                raise NotFound(what="exception")

    async def affected(
        self, actor: Actor, business: UUID | str, exception: DatedException
    ) -> Sequence[Booking]:
        """The open bookings within the time that an exception closes, by start; none for one that opens."""
        business_id = await self._managed(actor, business)
        async with self._uow.read() as tx:
            return await visits_hit(tx, business_id, (exception,))

    async def _staff_business(self, actor: Actor, staff_id: UUID) -> UUID:
        async with self._uow.read() as tx:
            business_id = await tx.catalogue.business_of_staff(staff_id)
        return await self._managed_owner(actor, business_id, "staff")

    async def _exception_business(self, actor: Actor, exception_id: UUID) -> UUID:
        async with self._uow.read() as tx:
            business_id = await tx.catalogue.business_of_exception(exception_id)
        return await self._managed_owner(actor, business_id, "exception")


def _intervals(entries: Sequence[Fields], catalogue: Catalogue) -> tuple[WorkingRule, ...]:
    """``{"weekday", "start", "end"}`` with, where needed, ``parity``, ``cycle``, ``location_id``,
    ``valid_from`` and ``valid_until``. Intervals of one weekday don't overlap.
    """
    rules = [_interval(entry, catalogue) for entry in entries]
    plain = sorted(
        (rule.weekday, rule.start, rule.end, index)
        for index, rule in enumerate(rules)
        if rule.weekday is not None
        and not (rule.parity or rule.cycle or rule.location_id or rule.valid_from or rule.valid_until)
    )
    for (weekday, _, end, _), (next_weekday, start, _, index) in itertools.pairwise(plain):
        if weekday == next_weekday and start < end:
            raise entries[index].fault("start", "overlaps")
    return tuple(rules)


def _interval(entry: Fields, catalogue: Catalogue) -> WorkingRule:
    start, end = entry.wall("start"), entry.wall("end")
    if start is None:
        raise entry.fault("start", "required")
    if end is None:
        raise entry.fault("end", "required")
    if start >= end:
        raise entry.fault("end", "before_start")
    location_id = entry.uuid("location_id")
    if location_id is not None and location_id not in catalogue.locations:
        raise entry.fault("location_id", "not_found")
    rule = WorkingRule(
        start=start,
        end=end,
        weekday=entry.optional_integer("weekday", None, 0, 6),
        parity=entry.choice("parity", Parity, Parity.ODD) if entry.raw("parity") is not None else None,
        cycle=_cycle(entry.inner("cycle")),
        location_id=location_id,
        valid_from=entry.day("valid_from"),
        valid_until=entry.day("valid_until"),
    )
    if rule.weekday is None and rule.parity is None and rule.cycle is None:
        raise entry.fault("weekday", "required")
    if rule.valid_from and rule.valid_until and rule.valid_until < rule.valid_from:
        raise entry.fault("valid_until", "before_from")
    entry.finish()
    return rule


def _cycle(fields: Fields | None) -> Cycle | None:
    if fields is None:
        return None
    anchor = fields.day("anchor")
    if anchor is None:
        raise fields.fault("anchor", "required")
    cycle = Cycle(anchor, fields.integer("on", None, 1, 60), fields.integer("off", None, 0, 60))
    fields.finish()
    return cycle


def _dates(fields: Fields) -> tuple[date, date]:
    """``date`` and ``date_until``, which may be the same. Raises InvalidInput."""
    first, last = fields.day("date"), fields.day("date_until")
    if first is None:
        raise fields.fault("date", "required")
    if last is None:
        raise fields.fault("date_until", "required")
    if last < first:
        raise fields.fault("date_until", "before_from")
    if (last - first).days >= MAX_EXCEPTION_DAYS:
        raise fields.fault("date_until", "too_long", max_days=MAX_EXCEPTION_DAYS)
    return first, last


def exception_of(catalogue: Catalogue, fields: Fields, exception_id: UUID) -> DatedException:
    """The exception that these fields describe, with this id. Raises InvalidInput."""
    fields.same("id", str(exception_id))
    day = fields.day("date")
    if day is None:
        raise fields.fault("date", "required")
    exception = DatedException(
        id=exception_id,
        date=day,
        type=fields.choice("type", ExceptionType, None),
        start=fields.wall("start_time"),
        end=fields.wall("end_time"),
        staff_id=fields.uuid("staff_id"),
        location_id=fields.uuid("location_id"),
        reason=fields.text("reason", "", shortest=0, longest=200),
    )
    fields.finish()
    if exception.staff_id is not None and exception.staff_id not in catalogue.staff:
        raise fields.fault("staff_id", "not_found")
    if exception.location_id is not None and exception.location_id not in catalogue.locations:
        raise fields.fault("location_id", "not_found")
    member = None if exception.staff_id is None else catalogue.staff[exception.staff_id]
    if member is not None and exception.location_id not in {None, *member.location_ids}:
        raise fields.fault("location_id", "not_of_staff")
    if (exception.start is None) != (exception.end is None):
        raise fields.fault("end_time" if exception.end is None else "start_time", "required")
    if exception.start is None and exception.type is not ExceptionType.CLOSED:
        raise fields.fault("start_time", "required")
    if exception.start is not None and exception.end is not None and exception.start >= exception.end:
        raise fields.fault("end_time", "before_start")
    return exception


def exception_json(exception: DatedException) -> dict[str, object]:
    """A dated exception under its public names."""
    return {
        "id": str(exception.id),
        "date": exception.date.isoformat(),
        "type": exception.type.value,
        "start_time": None if exception.start is None else wall_text(exception.start),
        "end_time": None if exception.end is None else wall_text(exception.end),
        "staff_id": str(exception.staff_id) if exception.staff_id else None,
        "location_id": str(exception.location_id) if exception.location_id else None,
        "reason": exception.reason,
    }


def schedule_json(member: StaffMember) -> dict[str, object]:
    """A schedule under its public names; what isn't set of a rotation is left out."""
    return {
        "weekly": [_rule_json(rule) for rule in member.rules],
        "breaks": [_rule_json(rule) for rule in member.breaks],
        "follows_location": member.follows_location,
    }


def _rule_json(rule: WorkingRule) -> dict[str, object]:
    shown: dict[str, object] = {"start": wall_text(rule.start), "end": wall_text(rule.end)}
    if rule.weekday is not None:
        shown = {"weekday": rule.weekday, **shown}
    if rule.parity is not None:
        shown["parity"] = rule.parity.value
    if rule.cycle is not None:
        anchor = rule.cycle.anchor.isoformat()
        shown["cycle"] = {"anchor": anchor, "on": rule.cycle.on, "off": rule.cycle.off}
    if rule.location_id is not None:
        shown["location_id"] = str(rule.location_id)
    if rule.valid_from is not None:
        shown["valid_from"] = rule.valid_from.isoformat()
    if rule.valid_until is not None:
        shown["valid_until"] = rule.valid_until.isoformat()
    return shown
