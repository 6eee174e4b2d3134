"""What changed, told as it happens: to the pages that are open, whichever process they hang on.

A change is told after its commit and never instead of it: who misses one sees the truth at the next look.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias
from uuid import UUID

from core.domain.booking import BookingStatus


@dataclass(frozen=True, slots=True)
class SlotsChanged:
    """Time was taken or given back: by a booking, a move, a hold.

    ``spans``: from and until, epoch minutes, buffers included. ``resources``: whose time: staff, rooms,
    sessions. Nothing in it tells of a client.
    """

    business_id: UUID
    spans: frozenset[tuple[int, int]]
    resources: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class BookingChanged:
    """A booking was made or changed. ``event`` is the name under which its history keeps it.

    ``former_staff_ids``: who worked in it before and does no more. ``client_id`` is there to tell whose it
    is, and goes nowhere else.
    """

    business_id: UUID
    booking_id: UUID
    client_id: UUID
    event: str
    status: BookingStatus
    start: datetime
    staff_ids: frozenset[UUID]
    version: int
    former_staff_ids: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class CatalogueChanged:
    """The catalogue has a new version: services, staff, hours, closed days, rules."""

    business_id: UUID
    version: int


Change: TypeAlias = SlotsChanged | BookingChanged | CatalogueChanged


class News(Protocol):
    """Where changes are brought that have happened."""

    def publish(self, changes: Sequence[Change]) -> None:
        """Tell everybody soon. Never fails and never waits; what comes close together is told as one."""
        ...


class Audience(Protocol):
    """Who is told, in each process that has listeners.

    ``number``: the place of a change among all changes of all businesses. They come in this order, each is
    one more than the one before, and all processes see the same.
    """

    def began(self, number: int) -> None:
        """From now on everything after ``number`` is told; what was before may have been missed."""
        ...

    def lost(self) -> None:
        """Nothing is told for now, but for what this process does itself."""
        ...

    def arrived(self, number: int | None, change: Change) -> None:
        """A change; None: one of this process, told while there is no telling the others."""
        ...
