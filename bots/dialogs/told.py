"""A message on its way, with all that its words need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from bots.dialogs.cards import Decision
from core.domain.booking import Booking
from core.domain.catalog import Catalogue
from core.domain.client import Client
from core.domain.visit import from_minutes
from core.ports.channels import Delivery


@dataclass(frozen=True, slots=True)
class Told:
    """What a message is about, as it stands when it is worded; ``params`` are those of
    :mod:`core.services.messages` and :mod:`core.services.bulk_messages`.
    """

    booking: Booking
    catalogue: Catalogue
    client: Client | None
    now: datetime
    decision: Decision
    reader: UUID | None
    params: Mapping[str, object]
    client_reachable: bool = True
    together: tuple[Booking, ...] = ()

    @property
    def target(self) -> str:
        """What the buttons are about."""
        return str(self.booking.id)

    @property
    def by_business(self) -> bool:
        """Whether somebody of the business did it."""
        return self.decision.actor_kind not in {"client", "anonymous"}

    @property
    def old_start(self) -> datetime | None:
        """When it was before the move."""
        start = self.params.get("old_start")
        return from_minutes(start) if isinstance(start, int) else None

    @property
    def starts(self) -> tuple[datetime, ...]:
        """The starts offered, or those of a series."""
        return instants(self.params.get("starts"))

    @property
    def minutes(self) -> int:
        """How long before the visit a reminder was to come."""
        minutes = self.params.get("minutes")
        return minutes if isinstance(minutes, int) else 0

    @property
    def kind(self) -> str:
        """Which message did not get through."""
        return str(self.params.get("kind", ""))


def told_of(delivery: Delivery, booking: Booking, now: datetime) -> Told:
    """A delivery about ``booking``, worded at ``now``."""
    params = delivery.message.params
    return Told(
        booking=booking,
        catalogue=delivery.catalogue,
        client=delivery.client,
        now=now,
        decision=Decision(
            event=str(params.get("event", "")),
            actor_kind=str(params.get("actor_kind", "")),
            actor_name=str(params.get("actor_name", "")),
            reason=str(params.get("reason", "")),
        ),
        reader=delivery.member.staff_id if delivery.member is not None else None,
        params=params,
        client_reachable=delivery.client_reachable,
        together=delivery.together,
    )


def instants(value: object) -> tuple[datetime, ...]:
    """Epoch minutes out of JSON."""
    return tuple(from_minutes(int(start)) for start in value) if isinstance(value, Sequence) else ()
