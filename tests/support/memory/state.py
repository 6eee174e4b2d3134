"""The rows of all tables, in memory."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime
from uuid import UUID

from core.domain.actor import Role
from core.domain.booking import Booking, TimelineEntry
from core.domain.catalog import Catalogue
from core.domain.client import Account, Channel, Client, ClientLink, Consent, Identity
from core.domain.closure import Closure
from core.domain.member import Member
from core.domain.message import OutgoingMessage
from core.domain.visit import Claim
from core.ports.repositories import NewSession

Invite = tuple[UUID, Role, UUID | None, str, datetime]


@dataclass
class State:
    """All rows."""

    catalogues: dict[UUID, Catalogue] = field(default_factory=dict)
    bookings: dict[UUID, Booking] = field(default_factory=dict)
    claims: dict[UUID, tuple[Claim, ...]] = field(default_factory=dict)
    sessions: dict[UUID, NewSession] = field(default_factory=dict)
    session_claims: dict[UUID, tuple[Claim, ...]] = field(default_factory=dict)
    timeline: dict[UUID, tuple[TimelineEntry, ...]] = field(default_factory=dict)
    clients: dict[UUID, Client] = field(default_factory=dict)
    links: dict[tuple[UUID, UUID], UUID] = field(default_factory=dict)
    consents: dict[tuple[UUID, str, str], Consent] = field(default_factory=dict)
    identities: dict[UUID, Identity] = field(default_factory=dict)
    members: dict[UUID, Member] = field(default_factory=dict)
    member_links: dict[UUID, tuple[UUID, ...]] = field(default_factory=dict)
    invites: dict[bytes, Invite] = field(default_factory=dict)
    one_time_links: dict[bytes, ClientLink] = field(default_factory=dict)
    accounts: dict[tuple[Channel, str], Account] = field(default_factory=dict)
    outbox: dict[str, OutgoingMessage] = field(default_factory=dict)
    dropped: dict[UUID, str] = field(default_factory=dict)
    closures: dict[UUID, Closure] = field(default_factory=dict)
    closed: dict[UUID, datetime] = field(default_factory=dict)

    def copy(self) -> State:
        """Rows are frozen, so the tables are all there is to copy."""
        return State(**{each.name: dict(getattr(self, each.name)) for each in fields(self)})

    def restore(self, earlier: State) -> None:
        """Undo everything since ``earlier``."""
        for each in fields(self):
            setattr(self, each.name, getattr(earlier, each.name))


class Rows:
    def __init__(self, state: State) -> None:
        self._s = state


def overlap(one: Claim, other: Claim) -> bool:
    same = (one.resource_id, one.lane) == (other.resource_id, other.lane)
    return same and (
        (one.lead < other.end and other.lead < one.end)
        or (one.start < other.trail and other.start < one.trail)
    )
