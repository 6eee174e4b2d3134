"""Clients, messenger users and members in memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from core.domain.actor import Role
from core.domain.booking import BookingStatus
from core.domain.client import Account, Channel, Client, Consent, Identity
from core.domain.member import Member
from deploy.clock import new_id
from tests.support.memory.state import Rows


class Clients(Rows):
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

    async def businesses_of(self, identity_id: UUID) -> Sequence[UUID]:
        return sorted(business_id for business_id, known in self._s.links if known == identity_id)

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
        known = [self._s.identities[key[1]] for key, linked in self._s.links.items() if linked == client_id]
        first = self._s.clients[client_id].preferred_channel
        return sorted(known, key=lambda each: (not each.reachable, each.channel is not first))


class People(Rows):
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

    async def enter(self, identity: Identity, now: datetime) -> Identity:
        for known in self._s.identities.values():
            same = (known.channel, known.account_key, known.external_id)
            if same == (identity.channel, identity.account_key, identity.external_id):
                identity = replace(known, reachable=known.reachable or identity.reachable)
                break
        self._s.identities[identity.id] = identity
        return identity

    async def set_phone(self, identity_id: UUID, phone: str, now: datetime) -> None:
        self._s.identities[identity_id] = replace(self._s.identities[identity_id], phone=phone)

    async def phone_of(self, identity_id: UUID) -> str | None:
        """The newest."""
        return self._s.identities[identity_id].phone

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
        return [
            member
            for member in self._s.members.values()
            if member.business_id == business_id and member.decides(staff_ids)
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
        catalogue = self._s.catalogues[business_id]
        self._s.catalogues[business_id] = replace(catalogue, version=catalogue.version + 1)
        self._s.member_links[member.id] = (identity_id,)
        return member

    async def accounts(self) -> Sequence[Account]:
        return list(self._s.accounts.values())

    async def bind_account(self, account: Account) -> None:
        self._s.accounts[account.channel, account.key] = account
