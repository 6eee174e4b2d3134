"""Bookings with their claims, as the services would write them, for tests of the storage alone."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from core.domain.booking import AddOnLine, Booking, BookingSource, BookingStatus, Segment, TimelineEntry
from core.domain.client import Client
from core.domain.money import Money
from core.domain.visit import Claim, to_minutes
from core.ports.repositories import NewSession
from core.ports.unit_of_work import Transaction, UnitOfWork
from deploy.clock import new_id
from tests.support.world import World

_phones = itertools.count(1)


class Visit(NamedTuple):
    """What goes into :meth:`core.ports.repositories.BookingRepository.add`."""

    booking: Booking
    claims: Sequence[Claim]
    sessions: Sequence[NewSession] = ()


async def new_client(uow: UnitOfWork, world: World, now: datetime, name: str = "Ольга") -> Client:
    """A client with a typed phone of their own."""
    client = Client(new_id(), world.id, name, f"+7901{next(_phones):07d}", False, None, "ru", created_at=now)
    async with uow.begin() as tx:
        return await tx.clients.save(client)


def booking_of(
    world: World, client: Client, start: datetime, segments: Sequence[Segment], **changes: object
) -> Booking:
    """A confirmed booking of these segments, made at the moment the client was."""
    booking = Booking(
        id=new_id(),
        business_id=world.id,
        client_id=client.id,
        location_id=world.location,
        status=BookingStatus.CONFIRMED,
        source=BookingSource.TELEGRAM,
        start=start,
        end=max(segment.end for segment in segments),
        zone=world.zone,
        segments=tuple(segments),
        total=Money(sum(segment.price for segment in segments), "RUB"),
        created_at=client.created_at,
        updated_at=client.created_at,
    )
    return replace(booking, **changes)  # type: ignore[arg-type]  # names are checked by the dataclass


def visit(
    world: World,
    client: Client,
    start: datetime,
    *,
    staff: UUID | None = None,
    minutes: int = 60,
    before: int = 0,
    after: int = 0,
    addon: bool = False,
    **changes: object,
) -> Visit:
    """One manicure, of Anna unless said otherwise, with buffers of ``before`` and ``after`` minutes."""
    staff = staff or world.anna
    end = start + timedelta(minutes=minutes)
    segment = Segment(
        id=new_id(),
        service_id=world.manicure,
        service_title="Маникюр",
        staff_id=staff,
        staff_name="Анна",
        start=start,
        end=end,
        buffer_before=before,
        buffer_after=after,
        price=150_000,
        addons=(AddOnLine(world.design, "Дизайн", 15, 30_000),) if addon else (),
    )
    at = to_minutes(start)
    claim = Claim(staff, 0, at - before, at, at + minutes, at + minutes + after)
    return Visit(booking_of(world, client, start, (segment,), **changes), (claim,))


def yoga(
    world: World,
    client: Client,
    start: datetime,
    *,
    seats: Sequence[int] = (0,),
    session: UUID | None = None,
    **changes: object,
) -> Visit:
    """Seats in Maria's yoga: in a standing session, or in one that is opened."""
    end = start + timedelta(minutes=60)
    first, last = to_minutes(start), to_minutes(end)
    session_id = session or new_id()
    segment = Segment(
        id=new_id(),
        service_id=world.yoga,
        service_title="Йога",
        staff_id=world.maria,
        staff_name="Мария",
        start=start,
        end=end,
        buffer_before=0,
        buffer_after=0,
        price=60_000,
        session_id=session_id,
    )
    claims = [Claim(session_id, lane, first, first, last, last) for lane in seats]
    opened: list[NewSession] = []
    if session is None:
        claims.append(Claim(world.maria, 0, first, first, last, last, session_id))
        opened.append(NewSession(session_id, world.yoga, world.maria, world.location, first, last, 4))
    claims.sort()
    booking = booking_of(world, client, start, (segment,), seats=len(seats), **changes)
    return Visit(booking, claims, opened)


async def add(uow: UnitOfWork, made: Visit) -> Booking:
    """Write it; it has to succeed."""
    async with uow.begin() as tx:
        assert await tx.bookings.add(*made)
    return made.booking


async def try_add(uow: UnitOfWork, made: Visit) -> bool:
    """Write it, or nothing at all, as the services do."""

    async def work(tx: Transaction) -> bool:
        if not await tx.bookings.add(*made):
            raise Lost
        return True

    try:
        return await uow.run(work)
    except Lost:
        return False


class Lost(Exception):
    """Rolls back."""


def entry_of(booking: Booking, event: str, at: datetime) -> TimelineEntry:
    """A line of history by the system."""
    return TimelineEntry(new_id(), booking.id, at, event, "system", None, "system")
