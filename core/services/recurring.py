"""Visits that come again: a series is checked visit by visit by the one validator, and booked as a whole.

What can't be had comes back with the nearest starts that can; nothing is booked until every visit has a start
or is left out in so many words. Then all of them are made in one transaction, under the locks of everything
they may take, so that two series over the same weeks come one after the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from core.domain.actor import Actor
from core.domain.booking import OPEN, Booking, BookingSource
from core.domain.catalog import Catalogue
from core.domain.errors import Forbidden, InvalidInput, SeriesConflict, TransitionRefused, TryAgain
from core.domain.placement import claims_of, opened, place, with_claims
from core.domain.recurrence import Occurrence, SeriesPlan, laid_out
from core.domain.slots import nearest_starts, resources_of, span_of
from core.domain.visit import Claim, Refusal, from_minutes
from core.ports.holds import Held
from core.ports.repositories import SentCopy
from core.ports.unit_of_work import Transaction
from core.services.booking_base import is_own, may_decide
from core.services.booking_build import plan_of
from core.services.booking_client import ClientCards
from core.services.booking_create import (
    CREATE,
    BookingCreation,
    CreateBooking,
    LostClaims,
    Request,
    check_instant,
    lock_keys,
    named,
    resource_keys,
    snapshot,
)
from core.services.booking_read import items_of
from core.services.bulk_messages import BulkAnnouncer
from core.services.messages import Change
from core.services.reading import Reading, check_query, with_held

REPEAT: Final = "repeat"
OFFERS: Final = 3
_NEAR: Final = timedelta(days=6)
_TRIES: Final = 6


@dataclass(frozen=True, slots=True)
class Series:
    """A series as it was made: its visits by start, the one it grew from first if there was one."""

    id: UUID
    bookings: tuple[Booking, ...]


class _Refused(Exception):
    """Not every visit can be had: rolls everything back."""


class _Stale(Exception):
    """The catalogue changed since it was read: rolls back, and all is done again."""

    def __init__(self, version: int) -> None:
        super().__init__(version)
        self.version = version


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A checked series. ``grown_from``: the booking that is its first visit already."""

    request: Request
    plan: SeriesPlan
    grown_from: Booking | None

    def occurrences(self, catalogue: Catalogue) -> list[Occurrence]:
        """The visits, by the wall clock of their place."""
        start, place_id = self.request.command.start, self.request.command.location_id
        zone = catalogue.locations[place_id].zone if place_id else catalogue.business.zone
        return laid_out(start, zone, self.plan, booked=self.grown_from is not None)


class RecurringBookings(BookingCreation):
    """See the module."""

    async def preview_series(
        self, actor: Actor, command: CreateBooking, plan: SeriesPlan
    ) -> tuple[Occurrence, ...]:
        """Each visit of the series as it stands now, with offers where it can't be had. Books nothing.

        Raises as :meth:`create_series`, but for SeriesConflict.
        """
        wanted, catalogue = await self._wanted(actor, command, plan)
        return await self._checked_visits(wanted, catalogue)

    async def create_series(self, actor: Actor, command: CreateBooking, plan: SeriesPlan) -> Series:
        """Book all visits of the series that aren't left out, in one transaction.

        ``command.start`` is the first visit's. The same ``request_key`` again returns the series that it
        made. Raises SeriesConflict, and as :meth:`create`; InvalidInput (``every_weeks``, ``times``,
        ``replaced``, ``left_out``; ``request_key`` when a booking by itself was made with it).
        """
        wanted, catalogue = await self._wanted(actor, command, plan)
        wanted = replace(wanted, request=await self._joined(wanted.request, catalogue))
        return await self._made(wanted, catalogue)

    async def preview_repeat(
        self, actor: Actor, booking_id: UUID, plan: SeriesPlan
    ) -> tuple[Occurrence, ...]:
        """What :meth:`repeat` would book. Raises as it does, but for SeriesConflict."""
        wanted, catalogue = await self._grown(actor, booking_id, plan, None, None)
        return await self._checked_visits(wanted, catalogue)

    async def repeat(
        self,
        actor: Actor,
        booking_id: UUID,
        plan: SeriesPlan,
        *,
        request_key: str | None = None,
        shown_in: SentCopy | None = None,
    ) -> Series:
        """Make a booking the first visit of a series: the others are booked, with the same masters.

        Raises SeriesConflict, NotFound, Forbidden, TransitionRefused when it is over, InvalidInput
        (``left_out``) when no other is left, and as :meth:`create`.
        """
        wanted, catalogue = await self._grown(actor, booking_id, plan, request_key, shown_in)
        if plan.left_out >= set(range(1, plan.times)):
            raise InvalidInput("left_out", "out_of_range", min=1, max=plan.times - 1)
        return await self._made(wanted, catalogue)

    async def _wanted(
        self, actor: Actor, command: CreateBooking, plan: SeriesPlan, grown_from: Booking | None = None
    ) -> tuple[_Wanted, Catalogue]:
        plan.check()
        for start in plan.replaced.values():
            check_instant("replaced", start)
        if grown_from is not None and (0 in plan.replaced or 0 in plan.left_out):
            raise InvalidInput("replaced" if 0 in plan.replaced else "left_out", "is_booked")
        catalogue = await self._catalogues.get(command.business)
        wanted = _Wanted(self._checked(actor, command, catalogue), plan, grown_from)
        check_query(catalogue, wanted.request.query)
        return wanted, catalogue

    async def _grown(
        self,
        actor: Actor,
        booking_id: UUID,
        plan: SeriesPlan,
        request_key: str | None,
        shown_in: SentCopy | None,
    ) -> tuple[_Wanted, Catalogue]:
        booking, _ = await self._with_catalogue(actor, booking_id)
        if not is_own(actor, booking) and not may_decide(actor, booking):
            raise Forbidden
        _check_goes_on(booking, self._clock.now())
        command = CreateBooking(
            business=booking.business_id,
            items=items_of(booking),
            start=booking.start,
            source=booking.source if is_own(actor, booking) else BookingSource.ADMIN,
            client_id=booking.client_id,
            seats=booking.seats,
            location_id=booking.location_id,
            request_key=request_key,
            shown_in=shown_in,
        )
        return await self._wanted(actor, command, plan, booking)

    async def _checked_visits(self, wanted: _Wanted, catalogue: Catalogue) -> tuple[Occurrence, ...]:
        """Each visit placed beside those before it."""
        request, claims = wanted.request, list[Claim]()
        checked: list[Occurrence] = []
        for visit in wanted.occurrences(catalogue):
            if not visit.taken:
                checked.append(visit)
                continue
            day = visit.start.astimezone(catalogue.business.zone).date()
            reading = await self._read(request, catalogue, day, day)
            catalogue = reading.catalogue
            busy = with_claims(reading.busy, claims)
            placement = place(catalogue, request.query, visit.start, busy, request.now)
            if isinstance(placement, Refusal):
                offers = await self._offers(request, catalogue, visit.start, claims)
                checked.append(replace(visit, refusal=placement, offers=offers))
            else:
                claims += claims_of(opened(placement, self._new_id))
                checked.append(visit)
        return tuple(checked)

    async def _offers(
        self, request: Request, catalogue: Catalogue, around: datetime, claims: Sequence[Claim]
    ) -> tuple[datetime, ...]:
        """The nearest starts within a week's reach that don't meet the series' other visits."""
        zone = catalogue.business.zone
        first, last = (around - _NEAR).astimezone(zone).date(), (around + _NEAR).astimezone(zone).date()
        first = max(first, request.now.astimezone(zone).date())
        if last < first:
            return ()
        reading = await self._read(request, catalogue, first, last)
        found = nearest_starts(
            reading.catalogue,
            request.query,
            with_claims(reading.busy, claims),
            request.now,
            first,
            last,
            around=around,
            limit=OFFERS,
        )
        return tuple(from_minutes(start.start) for start in found)

    async def _made(self, wanted: _Wanted, catalogue: Catalogue) -> Series:
        request = wanted.request
        held: Sequence[Held] = ()
        if not request.command.override:
            held = await self._holds.others(
                catalogue.business.id,
                resources_of(catalogue, request.query),
                request.command.hold_owner,
                int(request.now.timestamp()),
            )
        for _ in range(_TRIES):
            try:
                series = await self._uow.run(partial(self._write_series, wanted, catalogue, held))
            except _Stale as stale:
                catalogue = await self._catalogues.fresher(catalogue, stale.version) or catalogue
            except LostClaims:
                continue
            except _Refused:
                checked = await self._checked_visits(wanted, catalogue)
                if any(visit.refusal is not None for visit in checked):
                    raise SeriesConflict(checked) from None
            else:
                if request.command.hold_owner is not None:
                    await self._holds.release(catalogue.business.id, request.command.hold_owner)
                return series
        raise TryAgain

    async def _write_series(
        self, wanted: _Wanted, catalogue: Catalogue, held: Sequence[Held], tx: Transaction
    ) -> Series:
        """The transaction."""
        request, business_id = wanted.request, catalogue.business.id
        query = request.query
        resources = resources_of(catalogue, query)
        await tx.bookings.lock([*lock_keys(request, business_id), *resource_keys(resources)])
        if request.request_key is not None:
            made = await tx.bookings.by_request(business_id, request.request_key)
            if made is not None and made.series_id is None:
                raise InvalidInput("request_key", "reused")
            if made is not None and made.series_id is not None:
                return Series(made.series_id, tuple(await tx.bookings.of_series(made.series_id)))
        series_id, first = await self._first(tx, wanted)
        cards = ClientCards(self._new_id)
        client = await cards.resolve(tx, catalogue, request.person, request.now)
        source, given = request.command.source, request.command.consent
        await cards.consent(tx, client, request.person, given=given, source=source, now=request.now)
        visits = [visit for visit in wanted.occurrences(catalogue) if visit.taken]
        await self._check_open_limit(tx, catalogue, request, client, more=len(visits))
        change = Change(CREATE, named(request, client), request.now)
        bookings: list[Booking] = []
        for visit in sorted(visits, key=lambda visit: visit.start):
            day = visit.start.astimezone(catalogue.business.zone).date()
            span = span_of(catalogue, query, day, day)
            reading = await tx.bookings.busy(business_id, resources, span)
            if reading.version > catalogue.version:
                raise _Stale(reading.version)
            placement = place(catalogue, query, visit.start, with_held(reading.busy, held), request.now)
            if isinstance(placement, Refusal):
                raise _Refused
            plan = plan_of(catalogue, placement, new_id=self._new_id)
            self._check_own_chair(request.actor, plan)
            booking = replace(
                self._booking(catalogue, request, plan, client),
                series_id=series_id,
                request_key=None if bookings else request.request_key,
            )
            if not await tx.bookings.add(booking, plan.claims, plan.sessions, under=catalogue.version):
                raise LostClaims
            after = snapshot(booking, request.query)
            await self._note(tx, booking, change, after={**after, "series_id": str(series_id)})
            bookings.append(booking)
        if not any(booking.awaits_client for booking in bookings):
            await BulkAnnouncer(self._new_id).series_made(
                tx,
                bookings,
                change,
                catalogue.business.messages,
                shown_in=request.command.shown_in,
                to_client=not request.command.quiet,
            )
        return Series(series_id, (*first, *bookings))

    async def _first(self, tx: Transaction, wanted: _Wanted) -> tuple[UUID, tuple[Booking, ...]]:
        """The series' name, and the booking it grows from, made its first visit."""
        if wanted.grown_from is None:
            return self._new_id(), ()
        actor, now = wanted.request.actor, wanted.request.now
        booking = await self._seen(tx, actor, wanted.grown_from.id, for_update=True)
        _check_goes_on(booking, now)
        if booking.start != wanted.grown_from.start or booking.staff_ids != wanted.grown_from.staff_ids:
            raise TransitionRefused(status=booking.status, event=REPEAT)
        if booking.series_id is not None:
            return booking.series_id, (booking,)
        series_id = self._new_id()
        joined = replace(booking, series_id=series_id, version=booking.version + 1, updated_at=now)
        if not await tx.bookings.join_series(joined, expected_version=booking.version):
            raise TryAgain
        change = Change(REPEAT, actor, now)
        await self._note(tx, joined, change, after={"series_id": str(series_id)})
        await BulkAnnouncer(self._new_id).joined(tx, joined, change)
        return series_id, (joined,)

    async def _read(self, request: Request, catalogue: Catalogue, first: date, last: date) -> Reading:
        return await self._reader.read(
            catalogue,
            request.query,
            first,
            last,
            now=request.now,
            owner=request.command.hold_owner,
            with_holds=not request.command.override,
        )


def _check_goes_on(booking: Booking, now: datetime) -> None:
    """A booking that can be the first of more. Raises TransitionRefused."""
    if booking.status not in OPEN or booking.end <= now or booking.awaits_client:
        raise TransitionRefused(status=booking.status, event=REPEAT)
