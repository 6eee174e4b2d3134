"""What the core asks of the database, in its own words.

Implemented by ``storage.repositories``; nothing here waits for anything but the database.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple, Protocol
from uuid import UUID

from core.domain.actor import Role
from core.domain.booking import Booking, BookingStatus, TimelineEntry
from core.domain.catalog import (
    AddOn,
    Catalogue,
    Category,
    Location,
    Offer,
    Room,
    Service,
    StaffMember,
)
from core.domain.client import Account, Channel, Client, Consent, Identity
from core.domain.message import MessageKind, OutgoingMessage
from core.domain.schedule import DatedException, WorkingRule
from core.domain.visit import Busy, Claim


class BusyReading(NamedTuple):
    """Busy time together with the catalogue's version it was read under: a stale snapshot shows by it."""

    version: int
    busy: Busy


class Page(NamedTuple):
    """A keyset page: rows in order and the cursor of the next one, None at the end."""

    items: Sequence[Booking]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class BookingFilter:
    """Which bookings of a business to list; None is no condition.

    ``start_from`` inclusive, ``start_until`` exclusive (UTC).
    """

    start_from: datetime | None = None
    start_until: datetime | None = None
    staff_id: UUID | None = None
    client_id: UUID | None = None
    statuses: frozenset[BookingStatus] | None = None


class CataloguePart(StrEnum):
    """What services and staff refer to."""

    LOCATION = "location"
    ROOM = "room"
    CATEGORY = "category"
    ADDON = "addon"


Part = Location | Room | Category | AddOn


class CatalogueRepository(Protocol):
    """The catalogue of a business. Each write raises its version in the same transaction."""

    async def find(self, business: UUID | str) -> tuple[UUID, int] | None:
        """Id and catalogue version of a business by id or slug."""
        ...

    async def load(self, business_id: UUID, since: date) -> Catalogue:
        """The whole snapshot, with dated exceptions from ``since`` on. Raises NotFound."""
        ...

    async def list_businesses(self) -> Sequence[tuple[UUID, str, str]]:
        """(id, slug, name) of all businesses, by name."""
        ...

    async def add(self, catalogue: Catalogue) -> None:
        """A new business with everything in its catalogue: locations, rooms, categories, add-ons, services,
        staff with their schedules and offers, dated exceptions. Raises InvalidInput (``slug``, ``taken``).
        """
        ...

    async def save_business(self, business_id: UUID, changes: Mapping[str, object]) -> None:
        """Change columns of a business (name, description, contacts, rules …); keys are the fields of
        ``Business``. A new ``zone`` goes to those of its locations too that had the old one.
        """
        ...

    async def save_service(self, business_id: UUID, service: Service) -> None:
        """Insert or update a service with its rooms and add-ons."""
        ...

    async def save_staff(self, business_id: UUID, member: StaffMember) -> None:
        """Insert or update a staff member, without their schedule and offers."""
        ...

    async def set_offers(self, business_id: UUID, staff_id: UUID, offers: Sequence[Offer]) -> None:
        """What a staff member does, in place of what they did."""
        ...

    async def set_schedule(
        self,
        business_id: UUID,
        staff_id: UUID,
        rules: Sequence[WorkingRule],
        breaks: Sequence[WorkingRule],
        follows_location: bool,
    ) -> None:
        """A staff member's weekly rules and breaks, in place of the old ones."""
        ...

    async def save_part(self, business_id: UUID, part: Part) -> None:
        """Insert or update a location with its hours, a room, a category or an add-on."""
        ...

    async def delete_part(self, business_id: UUID, part: CataloguePart, part_id: UUID) -> bool:
        """Remove one; False when there is none. Raises InvalidInput (``id``, ``in_use``) while something that
        can't do without refers to it.
        """
        ...

    async def business_of_part(self, part: CataloguePart, part_id: UUID) -> UUID | None:
        """The business that has it."""
        ...

    async def save_exception(self, business_id: UUID, exception: DatedException) -> None:
        """Insert or update a dated exception."""
        ...

    async def delete_exception(self, business_id: UUID, exception_id: UUID) -> bool:
        """Remove a dated exception; False when there is none."""
        ...

    async def business_of_staff(self, staff_id: UUID) -> UUID | None:
        """The business a staff member works for."""
        ...

    async def business_of_service(self, service_id: UUID) -> UUID | None:
        """The business that has this service."""
        ...

    async def business_of_exception(self, exception_id: UUID) -> UUID | None:
        """The business that has this dated exception."""
        ...


class BookingRepository(Protocol):
    """Bookings with their segments, claims, sessions and timeline."""

    async def busy(
        self,
        business_id: UUID,
        resources: Collection[UUID],
        span: tuple[int, int],
        *,
        ignore_booking: UUID | None = None,
        loads: bool = True,
    ) -> BusyReading:
        """Active claims and sessions of these resources within ``span`` (epoch minutes), with daily loads
        (local dates of the business's zone).
        """
        ...

    async def lock(self, keys: Collection[str]) -> None:
        """Transaction-level advisory locks, taken in sorted order: moves of the same resources, daily limits,
        a client's limits.
        """
        ...

    async def add(self, booking: Booking, claims: Sequence[Claim], sessions: Sequence[NewSession]) -> bool:
        """Insert a booking with segments and claims (sorted by resource, lane, start; ``ON CONFLICT DO
        NOTHING``).

        False, with nothing worth keeping written, when any claim was lost: the caller leaves the transaction
        by raising.
        """
        ...

    async def get(self, booking_id: UUID, *, for_update: bool = False) -> Booking | None:
        """One booking, locked until the end of the transaction if asked."""
        ...

    async def save_status(self, booking: Booking, *, expected_version: int) -> bool:
        """Write status, expiry, reason, attendance and version by compare-and-swap; claims and emptied
        sessions become inactive when the status no longer occupies time.
        """
        ...

    async def move(
        self,
        booking: Booking,
        claims: Sequence[Claim],
        sessions: Sequence[NewSession],
        *,
        expected_version: int,
    ) -> bool:
        """Replace segments and claims of a booking in place.

        False when a claim was lost or the version is another.
        """
        ...

    async def add_timeline(self, entry: TimelineEntry) -> None:
        """Append to a booking's history."""
        ...

    async def timeline(self, booking_id: UUID) -> Sequence[TimelineEntry]:
        """A booking's history, oldest first."""
        ...

    async def list(
        self, business_id: UUID, where: BookingFilter, *, limit: int, cursor: str | None = None
    ) -> Page:
        """Bookings by start, then id. Raises InvalidInput for a cursor that is none."""
        ...

    async def by_request(self, business_id: UUID, request_key: str) -> Booking | None:
        """The booking that this submit of a form made before."""
        ...

    async def of_series(self, series_id: UUID) -> Sequence[Booking]:
        """All bookings of a series, whatever became of them, by start."""
        ...

    async def join_series(self, booking: Booking, *, expected_version: int) -> bool:
        """Write ``series_id`` and version of a booking that is there, by compare-and-swap."""
        ...

    async def sessions(
        self, business_id: UUID, since: datetime, until: datetime, staff_id: UUID | None = None
    ) -> Sequence[GroupSession]:
        """Group sessions that stand and begin within ``[since, until)``, by start."""
        ...

    async def in_sessions(self, session_ids: Collection[UUID]) -> Sequence[Booking]:
        """The bookings that hold seats in these sessions, by the time they were made."""
        ...

    async def of_client(self, client_id: UUID, *, since: datetime, limit: int) -> Sequence[Booking]:
        """A client's coming bookings (any open or running one that ends after ``since``), by start."""
        ...

    async def past_of_client(self, client_id: UUID, *, until: datetime, limit: int) -> Sequence[Booking]:
        """A client's bookings that began before ``until`` and were not cancelled or expired, newest first."""
        ...

    async def count_open(self, client_id: UUID, *, since: datetime) -> int:
        """How many open coming bookings a client has."""
        ...

    async def conflicting(self, business_id: UUID, claims: Sequence[Claim]) -> UUID | None:
        """A booking that holds one of these claims, to be shown to whom it may be."""
        ...

    async def due_to_expire(self, now: datetime, limit: int) -> Sequence[UUID]:
        """Bookings whose ``expires_at`` has come."""
        ...

    async def next_pending(self, business_id: UUID, staff_id: UUID | None, after: datetime) -> Booking | None:
        """The next booking that waits for a decision."""
        ...


class NewSession(NamedTuple):
    """A group session to be opened together with its first booking; epoch minutes."""

    id: UUID
    service_id: UUID
    staff_id: UUID
    location_id: UUID
    start: int
    end: int
    capacity: int


class GroupSession(NamedTuple):
    """A group session as it stands. ``start`` and ``end`` are UTC instants."""

    id: UUID
    service_id: UUID
    staff_id: UUID
    location_id: UUID
    start: datetime
    end: datetime
    capacity: int


class ClientRepository(Protocol):
    """Clients of a business, their identities and consents."""

    async def get(self, client_id: UUID) -> Client | None:
        """One client."""
        ...

    async def many(self, client_ids: Collection[UUID]) -> Sequence[Client]:
        """Those of them that there are."""
        ...

    async def by_phone(self, business_id: UUID, phone: str, *, verified: bool) -> Client | None:
        """By E.164 phone: the one client who proved that it is theirs (``verified``), or else the oldest card
        with it as a typed one that no messenger user is linked to.
        """
        ...

    async def by_identity(self, business_id: UUID, identity_id: UUID) -> Client | None:
        """The client whom this messenger user is, in this business."""
        ...

    async def add(self, client: Client) -> None:
        """A new card, whose phone nobody has proved: such a one can't meet another."""
        ...

    async def save(self, client: Client) -> Client:
        """Insert or update by id.

        A *verified* phone of a business belongs to one client (a partial unique index): an insert that meets
        it returns the one there is. Unverified phones are not unique: somebody who types another one's number
        gets a card of their own, see :mod:`core.services.booking_client`.
        """
        ...

    async def link(self, client_id: UUID, identity_id: UUID) -> None:
        """This messenger user is this client."""
        ...

    async def add_consent(self, consent: Consent) -> None:
        """Keep a consent; the same purpose and version twice is once."""
        ...

    async def has_consent(self, client_id: UUID, purpose: str, version: str) -> bool:
        """Whether this consent stands."""
        ...

    async def identities(self, client_id: UUID) -> Sequence[Identity]:
        """How to reach a client, reachable and last used first."""
        ...


class Member(NamedTuple):
    """Somebody of the business's side. ``staff_id``: the staff member they are."""

    id: UUID
    business_id: UUID
    role: Role
    name: str
    locale: str
    staff_id: UUID | None


class PeopleRepository(Protocol):
    """Messenger users, members of businesses, invites."""

    async def see(self, identity: Identity, now: datetime) -> Identity:
        """Insert or refresh (name, username, locale, reachable, last seen) a messenger user; the stored one
        comes back, with its own id, chosen locale and business.
        """
        ...

    async def set_locale(self, identity_id: UUID, locale: str) -> None:
        """The language they chose; it wins over the profile's."""
        ...

    async def set_business(self, identity_id: UUID, business_id: UUID) -> None:
        """The business they talk to now."""
        ...

    async def set_reachable(
        self, channel: Channel, account_key: str, external_id: str, reachable: bool, now: datetime
    ) -> None:
        """They blocked or unblocked us."""
        ...

    async def members_of_identity(self, identity_id: UUID) -> Sequence[Member]:
        """Which businesses this messenger user belongs to, and as what."""
        ...

    async def member(self, member_id: UUID) -> Member | None:
        """One member."""
        ...

    async def member_identities(self, member_id: UUID) -> Sequence[Identity]:
        """How to reach a member."""
        ...

    async def deciders(self, business_id: UUID, staff_ids: Collection[UUID]) -> Sequence[Member]:
        """Who gets the card of a booking with these staff: those staff members themselves, owners, managers
        and operators.
        """
        ...

    async def add_invite(
        self,
        code_hash: bytes,
        business_id: UUID,
        *,
        role: Role,
        staff_id: UUID | None,
        name: str,
        expires_at: datetime,
        now: datetime,
    ) -> None:
        """Keep a one-time invite by the hash of its code."""
        ...

    async def use_invite(self, code_hash: bytes, identity_id: UUID, now: datetime) -> Member | None:
        """Take an invite that is unused and not too old, once: make (or find) the member and link the
        messenger user. None when there is none to take.
        """
        ...

    async def accounts(self) -> Sequence[Account]:
        """Bots and communities bound to businesses."""
        ...

    async def bind_account(self, account: Account) -> None:
        """Bind a bot or community to a business, or make it shared."""
        ...


class ClaimedMessage(NamedTuple):
    """An outgoing message taken for sending, with where its edit goes when it is one.

    ``attempts`` counts this one. ``edit_target`` None: what it edits has not been sent (yet).
    """

    message: OutgoingMessage
    attempts: int
    edit_target: SentCopy | None


class SentCopy(NamedTuple):
    """Where a sent message ended up."""

    channel: Channel
    account_key: str
    peer_id: str
    external_id: str


class Backlog(NamedTuple):
    """How the outbox stands: messages due and not sent, the age of the oldest in seconds, dead ones."""

    due: int
    oldest_seconds: float
    dead: int


class OutboxRepository(Protocol):
    """Outgoing messages."""

    async def add(self, messages: Sequence[OutgoingMessage]) -> None:
        """Queue; a ``dedup_key`` that is there already is left alone. Listeners are woken at the commit."""
        ...

    async def drop_for_booking(self, booking_id: UUID, kinds: Collection[MessageKind]) -> None:
        """Queued messages of a booking that have lost their sense."""
        ...

    async def sent_cards(self, booking_id: UUID, kinds: Collection[MessageKind]) -> Sequence[OutgoingMessage]:
        """Messages about a booking to members that were sent or will be (queued, being sent).

        An edit of each is queued behind it.
        """
        ...

    async def claim(self, now: datetime, *, limit: int, lease_seconds: int) -> Sequence[ClaimedMessage]:
        """Take due messages by ``FOR UPDATE SKIP LOCKED``: most urgent first; a lease that ran out counts as
        free.
        """
        ...

    async def mark_sent(self, message_id: UUID, copy: SentCopy, now: datetime) -> None:
        """It went out."""
        ...

    async def mark_dropped(self, message_id: UUID, reason: str, now: datetime) -> None:
        """It has lost its sense and will not go out."""
        ...

    async def mark_failed(
        self, message_id: UUID, error: str, next_attempt_at: datetime | None, now: datetime
    ) -> None:
        """Try again at that time (UTC); None: dead, kept for replay."""
        ...

    async def postpone(self, message_id: UUID, due_at: datetime, now: datetime) -> None:
        """Put a claimed message back until ``due_at`` (UTC).

        It is no failure: the attempts are as they were before the claim.
        """
        ...

    async def replay(self, message_id: UUID, now: datetime) -> bool:
        """Queue a dead message again."""
        ...

    async def next_due(self) -> datetime | None:
        """When the earliest queued message is due."""
        ...

    async def backlog(self, now: datetime) -> Backlog:
        """How the outbox stands now."""
        ...


class InboxEvent(NamedTuple):
    """An incoming event, stored before it is worked on.

    ``lane``: events of one lane are processed in order of arrival.
    """

    source: str
    event_id: str
    lane: str
    payload: Mapping[str, object]


class InboxRepository(Protocol):
    """Incoming events: each is stored once and takes effect once, though delivered twice."""

    async def put(self, events: Sequence[InboxEvent], now: datetime) -> Sequence[InboxEvent]:
        """Store; those that were not there before come back."""
        ...

    async def pending(self, source: str, *, limit: int) -> Sequence[InboxEvent]:
        """Stored and not yet done, oldest first: what a crash left behind."""
        ...

    async def done(self, source: str, event_ids: Collection[str], now: datetime) -> None:
        """They took effect."""
        ...

    async def forget(self, before: datetime) -> int:
        """Delete what was done before that time (UTC); how many."""
        ...


class ApiToken(NamedTuple):
    """A personal API token: never the token itself."""

    id: UUID
    business_id: UUID
    role: Role
    name: str


class TokenRepository(Protocol):
    """Personal API tokens, by hash."""

    async def add(self, token: ApiToken, token_hash: bytes, now: datetime) -> None:
        """Keep a new token's hash."""
        ...

    async def by_hash(self, token_hash: bytes) -> ApiToken | None:
        """The token that has this hash and is not revoked."""
        ...
