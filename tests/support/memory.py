"""The core's ports in memory, for tests of what stands above them: real services with no database.

Transactions are serial and roll back; claims that overlap are refused, as PostgreSQL refuses them. What only
the database can show (races, plans, constraints) is tested on the database.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from typing import TypeVar, cast
from uuid import UUID

from core.domain.actor import Role
from core.domain.booking import OCCUPIES, OPEN, Booking, BookingStatus, TimelineEntry
from core.domain.catalog import Catalogue
from core.domain.client import Account, Channel, Client, Consent, Identity
from core.domain.errors import NotFound
from core.domain.message import MessageKind, OutgoingMessage
from core.domain.schedule import DatedException
from core.domain.visit import Busy, BusyClaim, BusySession, Claim, DayLoad
from core.ports.holds import Held
from core.ports.repositories import BookingFilter, BusyReading, Member, NewSession, Page
from core.ports.unit_of_work import Transaction, UnitOfWork
from deploy.clock import new_id

T = TypeVar("T")
_Invite = tuple[UUID, Role, UUID | None, str, datetime]


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
    invites: dict[bytes, _Invite] = field(default_factory=dict)
    accounts: dict[tuple[Channel, str], Account] = field(default_factory=dict)
    outbox: dict[str, OutgoingMessage] = field(default_factory=dict)
    dropped: dict[UUID, str] = field(default_factory=dict)

    def copy(self) -> State:
        """Rows are frozen, so the tables are all there is to copy."""
        return State(**{each.name: dict(getattr(self, each.name)) for each in fields(self)})

    def restore(self, earlier: State) -> None:
        """Undo everything since ``earlier``."""
        for each in fields(self):
            setattr(self, each.name, getattr(earlier, each.name))


class MemoryUnitOfWork:
    """The ``UnitOfWork`` port."""

    def __init__(self) -> None:
        self.state = State()
        self._tx = cast(Transaction, _Transaction(self.state))

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Transaction]:
        """All or nothing."""
        earlier = self.state.copy()
        try:
            yield self._tx
        except BaseException:
            self.state.restore(earlier)
            raise

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Transaction]:
        """The newest state."""
        yield self._tx

    async def run(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Once: nothing has to be tried again here."""
        async with self.begin() as tx:
            return await work(tx)


def memory() -> tuple[UnitOfWork, State]:
    """A unit of work and its rows, to look at."""
    uow = MemoryUnitOfWork()
    return uow, uow.state


class _Transaction:
    def __init__(self, state: State) -> None:
        self.catalogue = _Catalogues(state)
        self.bookings = _Bookings(state)
        self.clients = _Clients(state)
        self.people = _People(state)
        self.outbox = _Outbox(state)


class _Rows:
    def __init__(self, state: State) -> None:
        self._s = state


class _Catalogues(_Rows):
    async def add(self, catalogue: Catalogue) -> None:
        self._s.catalogues[catalogue.business.id] = catalogue

    async def save_exception(self, business_id: UUID, exception: DatedException) -> None:
        old = self._s.catalogues[business_id]
        kept = tuple(each for each in old.exceptions if each.id != exception.id)
        self._s.catalogues[business_id] = replace(old, version=old.version + 1, exceptions=(*kept, exception))

    async def find(self, business: UUID | str) -> tuple[UUID, int] | None:
        for each in self._s.catalogues.values():
            if business in {each.business.id, each.business.slug}:
                return each.business.id, each.version
        return None

    async def load(self, business_id: UUID, since: date) -> Catalogue:
        if business_id not in self._s.catalogues:
            raise NotFound(what="business")
        return self._s.catalogues[business_id]

    async def list_businesses(self) -> Sequence[tuple[UUID, str, str]]:
        found = [
            (each.business.id, each.business.slug, each.business.name) for each in self._s.catalogues.values()
        ]
        return sorted(found, key=lambda row: row[2])


def _overlap(one: Claim, other: Claim) -> bool:
    same = (one.resource_id, one.lane) == (other.resource_id, other.lane)
    return same and (
        (one.lead < other.end and other.lead < one.end)
        or (one.start < other.trail and other.start < one.trail)
    )


class _Bookings(_Rows):
    def _active(self, *, ignore: UUID | None = None) -> Iterable[tuple[UUID | None, UUID | None, Claim]]:
        for booking_id, claims in self._s.claims.items():
            if booking_id != ignore:
                yield from ((booking_id, None, claim) for claim in claims)
        for session_id, claims in self._s.session_claims.items():
            yield from ((None, session_id, claim) for claim in claims)

    async def busy(
        self,
        business_id: UUID,
        resources: Collection[UUID],
        span: tuple[int, int],
        *,
        ignore_booking: UUID | None = None,
        loads: bool = True,
    ) -> BusyReading:
        claims: dict[UUID, list[BusyClaim]] = defaultdict(list)
        for booking_id, session_id, claim in self._active(ignore=ignore_booking):
            if claim.resource_id in resources and claim.lead < span[1] and claim.trail > span[0]:
                claims[claim.resource_id].append(
                    BusyClaim(
                        claim.lead, claim.start, claim.end, claim.trail, claim.lane, booking_id, session_id
                    )
                )
        sessions: dict[UUID, list[BusySession]] = defaultdict(list)
        for session in self._s.sessions.values():
            seats = [
                (claim.lane, booking_id)
                for booking_id, _, claim in self._active()
                if claim.resource_id == session.id and booking_id is not None
            ]
            seats.sort()
            sessions[session.staff_id].append(
                BusySession(
                    session.id,
                    session.service_id,
                    session.staff_id,
                    session.start,
                    session.end,
                    len(seats),
                    session.location_id,
                    tuple(booking_id for _, booking_id in seats),
                    tuple(lane for lane, _ in seats),
                )
            )
        catalogue = self._s.catalogues[business_id]
        busy = Busy(
            {
                key: tuple(sorted(found, key=lambda each: (each.start, each.lane)))
                for key, found in claims.items()
            },
            {key: tuple(sorted(found, key=lambda each: each.start)) for key, found in sessions.items()},
            self._loads(catalogue, ignore_booking) if loads else {},
        )
        return BusyReading(catalogue.version, busy)

    def _loads(self, catalogue: Catalogue, ignore: UUID | None) -> Mapping[tuple[UUID, date], DayLoad]:
        found: dict[tuple[UUID, date], DayLoad] = {}
        for booking in self._s.bookings.values():
            if booking.status not in OCCUPIES or booking.id == ignore:
                continue
            for segment in booking.segments:
                day = segment.start.astimezone(catalogue.business.zone).date()
                load = found.get((segment.staff_id, day), DayLoad(0, 0))
                minutes = int((segment.end - segment.start).total_seconds()) // 60
                found[segment.staff_id, day] = DayLoad(load.visits + 1, load.minutes + minutes)
        return found

    async def lock(self, keys: Collection[str]) -> None:
        """Transactions are serial."""

    def _take(self, booking: Booking, claims: Sequence[Claim], sessions: Sequence[NewSession]) -> bool:
        taken = [claim for _, _, claim in self._active(ignore=booking.id)]
        if any(_overlap(claim, other) for claim in claims for other in taken):
            return False
        for session in sessions:
            self._s.sessions[session.id] = session
            self._s.session_claims[session.id] = tuple(c for c in claims if c.session_id == session.id)
        self._s.claims[booking.id] = tuple(claim for claim in claims if claim.session_id is None)
        self._s.bookings[booking.id] = booking
        self._close_sessions()
        return True

    def _close_sessions(self) -> None:
        seats = {claim.resource_id for claims in self._s.claims.values() for claim in claims}
        for session_id in [each for each in self._s.sessions if each not in seats]:
            del self._s.sessions[session_id]
            self._s.session_claims.pop(session_id, None)

    async def add(self, booking: Booking, claims: Sequence[Claim], sessions: Sequence[NewSession]) -> bool:
        return self._take(booking, claims, sessions)

    async def get(self, booking_id: UUID, *, for_update: bool = False) -> Booking | None:
        return self._s.bookings.get(booking_id)

    async def save_status(self, booking: Booking, *, expected_version: int) -> bool:
        if self._s.bookings[booking.id].version != expected_version:
            return False
        self._s.bookings[booking.id] = booking
        if booking.status not in OCCUPIES:
            self._s.claims.pop(booking.id, None)
            self._close_sessions()
        return True

    async def move(
        self,
        booking: Booking,
        claims: Sequence[Claim],
        sessions: Sequence[NewSession],
        *,
        expected_version: int,
    ) -> bool:
        if self._s.bookings[booking.id].version != expected_version:
            return False
        return self._take(booking, claims, sessions)

    async def add_timeline(self, entry: TimelineEntry) -> None:
        self._s.timeline[entry.booking_id] = (*self._s.timeline.get(entry.booking_id, ()), entry)

    async def timeline(self, booking_id: UUID) -> Sequence[TimelineEntry]:
        return self._s.timeline.get(booking_id, ())

    def _sorted(self, of: Callable[[Booking], bool]) -> list[Booking]:
        return sorted(filter(of, self._s.bookings.values()), key=lambda each: (each.start, each.id))

    async def list(
        self, business_id: UUID, where: BookingFilter, *, limit: int, cursor: str | None = None
    ) -> Page:
        def fits(each: Booking) -> bool:
            return (
                each.business_id == business_id
                and (where.start_from is None or each.start >= where.start_from)
                and (where.start_until is None or each.start < where.start_until)
                and (where.staff_id is None or where.staff_id in each.staff_ids)
                and (where.client_id is None or where.client_id == each.client_id)
                and (where.statuses is None or each.status in where.statuses)
            )

        return Page(self._sorted(fits)[:limit], None)

    async def by_request(self, business_id: UUID, request_key: str) -> Booking | None:
        for each in self._s.bookings.values():
            if (each.business_id, each.request_key) == (business_id, request_key):
                return each
        return None

    async def of_client(self, client_id: UUID, *, since: datetime, limit: int) -> Sequence[Booking]:
        alive = OPEN | {BookingStatus.IN_PROGRESS}
        return self._sorted(lambda b: b.client_id == client_id and b.end > since and b.status in alive)[
            :limit
        ]

    async def past_of_client(self, client_id: UUID, *, until: datetime, limit: int) -> Sequence[Booking]:
        over = {BookingStatus.CANCELLED, BookingStatus.EXPIRED}
        found = self._sorted(lambda b: b.client_id == client_id and b.start < until and b.status not in over)
        return found[::-1][:limit]

    async def of_series(self, series_id: UUID) -> Sequence[Booking]:
        return self._sorted(lambda b: b.series_id == series_id)

    async def join_series(self, booking: Booking, *, expected_version: int) -> bool:
        if self._s.bookings[booking.id].version != expected_version:
            return False
        self._s.bookings[booking.id] = booking
        return True

    async def count_open(self, client_id: UUID, *, since: datetime) -> int:
        return len(self._sorted(lambda b: b.client_id == client_id and b.start > since and b.status in OPEN))

    async def next_pending(self, business_id: UUID, staff_id: UUID | None, after: datetime) -> Booking | None:
        found = self._sorted(
            lambda b: (
                b.business_id == business_id
                and b.status is BookingStatus.PENDING
                and b.start > after
                and (staff_id is None or staff_id in b.staff_ids)
            )
        )
        return found[0] if found else None


class _Clients(_Rows):
    def _with_visits(self, client: Client | None) -> Client | None:
        if client is None:
            return None
        done = [
            b
            for b in self._s.bookings.values()
            if (b.client_id, b.status) == (client.id, BookingStatus.COMPLETED)
        ]
        return replace(client, visits=len(done))

    async def get(self, client_id: UUID) -> Client | None:
        return self._with_visits(self._s.clients.get(client_id))

    async def by_phone(self, business_id: UUID, phone: str, *, verified: bool) -> Client | None:
        linked = set(self._s.links.values())
        for each in sorted(self._s.clients.values(), key=lambda client: client.created_at):
            same = (each.business_id, each.phone, each.phone_verified) == (business_id, phone, verified)
            if same and (verified or each.id not in linked):
                return self._with_visits(each)
        return None

    async def by_identity(self, business_id: UUID, identity_id: UUID) -> Client | None:
        client_id = self._s.links.get((business_id, identity_id))
        return await self.get(client_id) if client_id else None

    async def add(self, client: Client) -> None:
        self._s.clients[client.id] = client

    async def save(self, client: Client) -> Client:
        if client.id not in self._s.clients and client.phone_verified and client.phone is not None:
            found = await self.by_phone(client.business_id, client.phone, verified=True)
            if found is not None:
                return found
        self._s.clients[client.id] = client
        return client

    async def link(self, client_id: UUID, identity_id: UUID) -> None:
        self._s.links[self._s.clients[client_id].business_id, identity_id] = client_id

    async def add_consent(self, consent: Consent) -> None:
        self._s.consents.setdefault((consent.client_id, consent.purpose, consent.version), consent)

    async def has_consent(self, client_id: UUID, purpose: str, version: str) -> bool:
        return (client_id, purpose, version) in self._s.consents

    async def identities(self, client_id: UUID) -> Sequence[Identity]:
        return [self._s.identities[key[1]] for key, linked in self._s.links.items() if linked == client_id]


class _People(_Rows):
    async def see(self, identity: Identity, now: datetime) -> Identity:
        for known in self._s.identities.values():
            same = (known.channel, known.account_key, known.external_id)
            if same == (identity.channel, identity.account_key, identity.external_id):
                identity = replace(known, name=identity.name, username=identity.username, reachable=True)
                break
        self._s.identities[identity.id] = identity
        return identity

    async def set_locale(self, identity_id: UUID, locale: str) -> None:
        self._s.identities[identity_id] = replace(self._s.identities[identity_id], locale=locale)

    async def set_business(self, identity_id: UUID, business_id: UUID) -> None:
        self._s.identities[identity_id] = replace(self._s.identities[identity_id], business_id=business_id)

    async def set_reachable(
        self, channel: Channel, account_key: str, external_id: str, reachable: bool, now: datetime
    ) -> None:
        for known in list(self._s.identities.values()):
            if (known.channel, known.account_key, known.external_id) == (channel, account_key, external_id):
                self._s.identities[known.id] = replace(known, reachable=reachable)

    async def members_of_identity(self, identity_id: UUID) -> Sequence[Member]:
        return [m for m in self._s.members.values() if identity_id in self._s.member_links.get(m.id, ())]

    async def member(self, member_id: UUID) -> Member | None:
        return self._s.members.get(member_id)

    async def member_identities(self, member_id: UUID) -> Sequence[Identity]:
        return [self._s.identities[each] for each in self._s.member_links.get(member_id, ())]

    async def deciders(self, business_id: UUID, staff_ids: Collection[UUID]) -> Sequence[Member]:
        boss = {Role.OWNER, Role.OPS_MANAGER, Role.OPERATOR}
        return [
            member
            for member in self._s.members.values()
            if member.business_id == business_id and (member.role in boss or member.staff_id in staff_ids)
        ]

    async def add_invite(  # noqa: PLR0917 - the port's
        self,
        code_hash: bytes,
        business_id: UUID,
        role: Role,
        staff_id: UUID | None,
        name: str,
        expires_at: datetime,
        now: datetime,
    ) -> None:
        self._s.invites[code_hash] = (business_id, role, staff_id, name, expires_at)

    async def use_invite(self, code_hash: bytes, identity_id: UUID, now: datetime) -> Member | None:
        invite = self._s.invites.get(code_hash)
        if invite is None or invite[4] <= now:
            return None
        del self._s.invites[code_hash]
        business_id, role, staff_id, name, _ = invite
        member = Member(new_id(), business_id, role, name, "ru", staff_id)
        self._s.members[member.id] = member
        self._s.member_links[member.id] = (identity_id,)
        return member

    async def accounts(self) -> Sequence[Account]:
        return list(self._s.accounts.values())

    async def bind_account(self, account: Account) -> None:
        self._s.accounts[account.channel, account.key] = account


class _Outbox(_Rows):
    async def add(self, messages: Sequence[OutgoingMessage]) -> None:
        for message in messages:
            self._s.outbox.setdefault(message.dedup_key, message)

    async def drop_for_booking(self, booking_id: UUID, kinds: Collection[MessageKind]) -> None:
        for message in self._s.outbox.values():
            if message.booking_id == booking_id and message.kind in kinds:
                self._s.dropped[message.id] = "stale"

    async def sent_cards(self, booking_id: UUID, kinds: Collection[MessageKind]) -> Sequence[OutgoingMessage]:
        return [
            message
            for message in self._s.outbox.values()
            if message.booking_id == booking_id
            and message.kind in kinds
            and message.id not in self._s.dropped
        ]


class MemoryHolds:
    """The ``Holds`` port."""

    def __init__(self) -> None:
        self._held: dict[tuple[UUID, str], tuple[Held, ...]] = {}

    def _alive(self, business_id: UUID, now: int) -> Iterable[Held]:
        for (business, _), held in self._held.items():
            if business == business_id:
                yield from (each for each in held if each.expires_at > now)

    async def take(self, business_id: UUID, owner: str, claims: Sequence[Held], now: int) -> bool:
        """All of them or none."""
        for claim in claims:
            for other in self._alive(business_id, now):
                one, two = Claim(*claim[:6]), Claim(*other[:6])
                if other.owner != owner and _overlap(one, two):
                    return False
        self._held[business_id, owner] = tuple(claims)
        return True

    async def release(self, business_id: UUID, owner: str) -> None:
        """Give it up."""
        self._held.pop((business_id, owner), None)

    async def others(
        self, business_id: UUID, resources: Collection[UUID], owner: str | None, now: int
    ) -> Sequence[Held]:
        """What the others hold."""
        held = self._alive(business_id, now)
        return [each for each in held if each.owner != owner and each.resource_id in resources]

    async def mine(self, business_id: UUID, owner: str, now: int) -> Sequence[Held]:
        """What the owner holds."""
        return [each for each in self._alive(business_id, now) if each.owner == owner]
