"""What the core asks of the database about messenger users and the business's own people."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from core.domain.actor import Role
from core.domain.client import Account, Channel, Identity
from core.domain.member import Member


class PeopleRepository(Protocol):
    """Messenger users, members of businesses, invites."""

    async def see(self, identity: Identity, now: datetime) -> Identity:
        """Insert or refresh (name, username, locale, reachable, last seen) a messenger user; the stored one
        comes back, with its own id, chosen locale and business.
        """
        ...

    async def enter(self, identity: Identity, now: datetime) -> Identity:
        """As :meth:`see`, for who opened the Mini App: they haven't written to us, so ``reachable`` only ever
        makes them reachable; an empty name or an unknown username changes nothing.
        """
        ...

    async def set_phone(self, identity_id: UUID, phone: str, now: datetime) -> None:
        """The phone (E.164) that the messenger vouches for."""
        ...

    async def phone_of(self, identity_id: UUID) -> str | None:
        """The newest of these; None for who never shared one."""
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

    async def members(self, business_id: UUID) -> Sequence[Member]:
        """Those of a business who are not archived, oldest membership first."""
        ...

    async def archive_member(self, member_id: UUID) -> None:
        """Somebody leaves: none of their messengers is a member's any more, and their chair is free."""
        ...

    async def member(self, member_id: UUID) -> Member | None:
        """One member."""
        ...

    async def member_identities(self, member_id: UUID) -> Sequence[Identity]:
        """How to reach a member."""
        ...

    async def deciders(self, business_id: UUID, staff_ids: Collection[UUID]) -> Sequence[Member]:
        """Those who decide on a booking with these staff (:meth:`core.domain.member.Member.decides`), oldest
        membership first.
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
