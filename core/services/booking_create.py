"""Making a booking: checked by the one validator, written by one transaction, judged by PostgreSQL.

The start is placed on a reading of taken time; the claims may still be lost to somebody faster. Then
everything is rolled back, read again and placed again, so that «any master» becomes another one when the
first has just been taken. From the second try on the resources are locked first, so that many who want the
last place of one session don't lose to each other again and again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from core.domain.actor import DECIDERS, Actor, ActorKind, Role, Scope
from core.domain.booking import Booking, BookingSource, BookingStatus, client_expiry_of, expiry_of
from core.domain.catalog import Catalogue, WebConfirmation
from core.domain.client import Client, clean_comment
from core.domain.errors import Forbidden, InvalidInput, PolicyRefused, SlotConflict, TryAgain, TwoPhones
from core.domain.placement import place
from core.domain.slots import resources_of, span_of
from core.domain.visit import Placement, Refusal, SlotQuery, VisitItem
from core.domain.visit_rules import has_daily_limits, rules_of_query
from core.ports.repositories import SentCopy
from core.ports.unit_of_work import Transaction
from core.services.booking_base import BookingCases
from core.services.booking_build import Plan, plan_of, refused
from core.services.booking_client import ClientCards, ClientData, Person, read_person
from core.services.joining import CardsChanged, Joining
from core.services.messages import Change
from core.services.reading import Reading, with_held

CREATE: Final = "create"
MAX_REQUEST_KEY: Final = 200
_TRIES: Final = 6
_YEARS: Final = (1971, 2199)


@dataclass(frozen=True, slots=True)
class CreateBooking:
    """What is asked for.

    ``start`` is an aware instant on a whole minute. ``client``: who it is for, where no card is known yet
    or they say something new; ``client_id``: a card, for the business's people; ``identity_id``: the
    messenger user who books. ``consent``: to the processing of personal data, given now. ``hold_owner``:
    whose hold doesn't stand in the way and is released. ``request_key``: one for each form shown; repeating
    it returns the first booking. ``shown_in``: the dialog's message that the client's confirmation shall be
    an edit of. ``override`` (of the offer's rules, for managers), ``by_business`` (without the rules that are
    the clients' alone, for all of the business who make bookings) and ``quiet`` (the client gets no message)
    are the business's.
    """

    business: UUID | str
    items: tuple[VisitItem, ...]
    start: datetime
    source: BookingSource
    client: ClientData | None = None
    client_id: UUID | None = None
    identity_id: UUID | None = None
    comment: str = ""
    consent: bool = False
    seats: int = 1
    location_id: UUID | None = None
    hold_owner: str | None = None
    request_key: str | None = None
    shown_in: SentCopy | None = None
    override: bool = False
    by_business: bool = False
    quiet: bool = False


class LostClaims(Exception):
    """Somebody was faster, or the rules have changed: rolls the transaction back, and the start is placed
    again.
    """


@dataclass(frozen=True, slots=True)
class Request:
    """A checked command."""

    actor: Actor
    command: CreateBooking
    query: SlotQuery
    person: Person
    comment: str
    request_key: str | None
    now: datetime


class BookingCreation(BookingCases):
    """See the module."""

    async def create(self, actor: Actor, command: CreateBooking) -> Booking:
        """Book. The same ``request_key`` again returns the booking that it made.

        Raises InvalidInput (``start``, ``items``, ``seats``, ``name``, ``phone``, ``email``, ``comment``),
        ConsentRequired, NotFound for what isn't this business's, Forbidden, SlotNotOffered with the reason,
        SlotConflict, PolicyRefused (``too_many_open``).
        """
        catalogue = await self._catalogues.peek(command.business)
        request = await self._joined(self._checked(actor, command, catalogue), catalogue)
        return await self._create(request, catalogue)

    async def _joined(self, request: Request, catalogue: Catalogue) -> Request:
        """A phone that a messenger vouches for may show that who books has another card here: the two become
        one first, in a transaction of its own.
        """
        person, said = request.person, request.person.said
        if person.actor.is_business_side or said is None or said.phone is None or not said.phone_verified:
            return request
        work = partial(
            Joining(self._new_id).by_phone,
            business_id=catalogue.business.id,
            phone=said.phone,
            client_id=person.client_id,
            identity_id=person.identity_id,
            now=request.now,
        )
        for _ in range(_TRIES):
            try:
                kept = await self._uow.run(work)
            except CardsChanged:
                continue
            except TwoPhones:
                return request
            if person.client_id is None or kept is None:
                return request
            return replace(request, person=replace(person, client_id=kept.id))
        raise TryAgain

    async def _create(self, request: Request, catalogue: Catalogue) -> Booking:
        command = request.command
        day = command.start.astimezone(catalogue.business.zone).date()
        wanted = (catalogue.business.id, command.items, command.start)
        attempt = 0
        while attempt < _TRIES:
            reading = await self._reader.read(
                catalogue,
                request.query,
                day,
                day,
                now=request.now,
                owner=command.hold_owner,
                with_holds=not command.override,
            )
            catalogue = reading.catalogue
            placement = place(catalogue, request.query, command.start, reading.busy, request.now)
            if isinstance(placement, Refusal):
                return await self._repeated(catalogue, request, placement)
            if not self._turnstile.enter(wanted):
                await self._turnstile.out(wanted)
                continue
            try:
                booking, is_new = await self._uow.run(
                    partial(self._write, request, reading, placement, attempt > 0)
                )
            except LostClaims:
                attempt += 1
                continue
            finally:
                self._turnstile.leave(wanted)
            if is_new and command.hold_owner is not None:
                await self._holds.release(catalogue.business.id, command.hold_owner)
            return booking
        raise SlotConflict(start=command.start)

    def _checked(self, actor: Actor, command: CreateBooking, catalogue: Catalogue) -> Request:
        """Everything that can be judged without the calendar."""
        business_id = catalogue.business.id
        if actor.kind is ActorKind.CLIENT or actor.is_business_side:
            actor.require_business(business_id)
        actor.require_scope(Scope.BOOKINGS_WRITE)
        if actor.is_business_side and actor.kind is not ActorKind.SYSTEM:
            if actor.role not in DECIDERS | {Role.MASTER}:
                raise Forbidden
        elif not actor.is_business_side and command.quiet:
            raise Forbidden
        if command.override and not actor.may_override:
            raise Forbidden
        if command.by_business:
            actor.require_booker()
        check_instant("start", command.start)
        person = read_person(
            actor,
            catalogue,
            self._phones,
            client_id=command.client_id,
            identity_id=command.identity_id,
            said=command.client,
        )
        return Request(
            actor=actor,
            command=command,
            query=SlotQuery(
                items=command.items,
                location_id=command.location_id,
                seats=command.seats,
                override=command.override,
                by_business=command.by_business,
            ),
            person=person,
            comment=clean_comment(command.comment),
            request_key=_scoped_key(person, command),
            now=self._clock.now(),
        )

    async def _repeated(self, catalogue: Catalogue, request: Request, refusal: Refusal) -> Booking:
        """A refused start may be one's own first tap's."""
        if request.request_key is not None:
            async with self._uow.read() as tx:
                first = await tx.bookings.by_request(catalogue.business.id, request.request_key)
            if first is not None:
                return first
        raise refused(refusal, request.command.start)

    async def _write(
        self, request: Request, reading: Reading, placement: Placement, again: bool, tx: Transaction
    ) -> tuple[Booking, bool]:
        """The transaction: the booking, and whether it is new."""
        catalogue, command = reading.catalogue, request.command
        business_id = catalogue.business.id
        plan = plan_of(catalogue, placement, new_id=self._new_id)
        limited = has_daily_limits(rules_of_query(catalogue, request.query))
        locked = resources_of(catalogue, request.query) if again or limited else _crossing(plan)
        await tx.bookings.lock([*lock_keys(request, business_id), *resource_keys(locked)])
        if request.request_key is not None:
            first = await tx.bookings.by_request(business_id, request.request_key)
            if first is not None:
                return first, False
        if again or limited:
            plan = await self._placed_again(tx, request, reading, plan)
        self._check_own_chair(request.actor, plan)
        cards = ClientCards(self._new_id)
        client = await cards.resolve(tx, catalogue, request.person, request.now)
        if client is not cards.made:
            await self._check_open_limit(tx, catalogue, request, client)
        await cards.consent(
            tx,
            client,
            request.person,
            given=command.consent,
            source=command.source,
            now=request.now,
        )
        booking = self._booking(catalogue, request, plan, client)
        change = Change(CREATE, named(request, client), request.now)
        await self._note(tx, booking, change, after=snapshot(booking, request.query))
        if not booking.awaits_client:
            await self._announcer.created(
                tx,
                booking,
                change,
                catalogue.business.messages,
                deciders=catalogue.deciders(booking.staff_ids),
                shown_in=command.shown_in,
                to_client=not command.quiet,
            )
        # Last, for all that goes before can be written together with it.
        if not await tx.bookings.add(booking, plan.claims, plan.sessions, under=catalogue.version):
            raise LostClaims
        return booking, True

    async def _placed_again(self, tx: Transaction, request: Request, reading: Reading, plan: Plan) -> Plan:
        """Under the locks, what is free is free: read and place once more. Raises as :meth:`create`."""
        catalogue, query, start = reading.catalogue, request.query, request.command.start
        day = start.astimezone(catalogue.business.zone).date()
        fresh = await tx.bookings.busy(
            catalogue.business.id, resources_of(catalogue, query), span_of(catalogue, query, day, day)
        )
        placement = place(catalogue, query, start, with_held(fresh.busy, reading.held), request.now)
        if isinstance(placement, Refusal):
            raise refused(placement, start)
        return plan_of(catalogue, placement, new_id=self._new_id)

    def _check_own_chair(self, actor: Actor, plan: Plan) -> None:
        """A master books their own chair only. Raises Forbidden."""
        if actor.role is Role.MASTER and plan.staff_ids != {actor.staff_id}:
            raise Forbidden

    async def _check_open_limit(
        self, tx: Transaction, catalogue: Catalogue, request: Request, client: Client, more: int = 1
    ) -> None:
        """How many coming bookings a client may have with ``more`` of them; the business's people may go
        beyond.
        """
        most = rules_of_query(catalogue, request.query).max_active_per_client
        if most is None or request.actor.is_business_side:
            return
        if await tx.bookings.count_open(client.id, since=request.now) + more > most:
            raise PolicyRefused("too_many_open", count=most)

    def _booking(self, catalogue: Catalogue, request: Request, plan: Plan, client: Client) -> Booking:
        awaits = _awaits_client(catalogue, request)
        rules = rules_of_query(catalogue, request.query)
        confirmed = not awaits and (request.actor.is_business_side or rules.auto_confirm)
        expiry = expiry_of(plan.start, rules, request.now)
        if awaits:
            expiry = client_expiry_of(plan.start, request.now)
        return Booking(
            id=self._new_id(),
            business_id=catalogue.business.id,
            client_id=client.id,
            location_id=plan.location_id,
            status=BookingStatus.CONFIRMED if confirmed else BookingStatus.PENDING,
            source=request.command.source,
            start=plan.start,
            end=plan.end,
            zone=catalogue.locations[plan.location_id].zone,
            segments=plan.segments,
            total=plan.total,
            created_at=request.now,
            updated_at=request.now,
            seats=request.command.seats,
            comment=request.comment,
            expires_at=None if confirmed else expiry,
            request_key=request.request_key,
            awaits_client=awaits,
        )


def check_instant(field: str, moment: datetime) -> None:
    """An instant that a visit can begin at. Raises InvalidInput: no offset, not a whole minute, absurd
    year.
    """
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise InvalidInput(field, "no_offset")
    if moment.second or moment.microsecond:
        raise InvalidInput(field, "not_a_minute")
    if not _YEARS[0] <= moment.year <= _YEARS[1]:
        raise InvalidInput(field, "out_of_range")


def _awaits_client(catalogue: Catalogue, request: Request) -> bool:
    """Whether somebody unknown books on the plain web, where the business wants to see them in a
    messenger.
    """
    unknown = request.actor.kind is ActorKind.ANONYMOUS and request.person.identity_id is None
    wanted = catalogue.business.rules.web_confirmation is WebConfirmation.MESSENGER
    return wanted and unknown and request.command.source is BookingSource.WEB


def resource_keys(resources: frozenset[UUID]) -> Iterator[str]:
    """The names under which masters, rooms and sessions are locked."""
    return (f"resource:{resource}" for resource in resources)


def snapshot(booking: Booking, query: SlotQuery | None = None) -> dict[str, object]:
    """What of a booking goes into its history; of the ``query`` by which it was placed, whether that was
    against the rules.
    """
    said = {} if query is None else {"override": query.override, "by_business": query.by_business}
    return {
        **{name: True for name, is_so in said.items() if is_so},
        "status": booking.status.value,
        "start": booking.start.isoformat(),
        "end": booking.end.isoformat(),
        "staff_ids": sorted(str(staff_id) for staff_id in booking.staff_ids),
    }


def _crossing(plan: Plan) -> frozenset[UUID]:
    """Claims on several resources at once could wait for each other crosswise; one alone can't."""
    return plan.resources if len(plan.resources) > 1 else frozenset()


def lock_keys(request: Request, business_id: UUID) -> Sequence[str]:
    """What makes one person's requests come one after the other."""
    keys = list(request.person.lock_keys(business_id))
    if request.request_key is not None:
        keys.append(f"request:{business_id}:{request.request_key}")
    return keys


def _scoped_key(person: Person, command: CreateBooking) -> str | None:
    """A request key is its sender's own: nobody gets another one's booking by guessing a key."""
    if command.request_key is None:
        return None
    if not command.request_key or len(command.request_key) > MAX_REQUEST_KEY:
        raise InvalidInput("request_key", "too_long", max=MAX_REQUEST_KEY)
    typed = person.said.phone if person.said is not None else None
    sender = person.identity_id or person.actor.id or typed or "-"
    return f"{sender}:{command.request_key}"


def named(request: Request, client: Client) -> Actor:
    """Who is written into the history: a newcomer is the client from now on, by the name that they said: the
    card that they were put on for a typed phone may bear somebody else's.
    """
    if request.actor.is_business_side:
        return request.actor
    said = request.person.said
    name = client.name if said is None else said.name
    return Actor(ActorKind.CLIENT, id=client.id, business_id=client.business_id, name=name)
