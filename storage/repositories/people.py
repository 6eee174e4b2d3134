"""Messenger users, members of businesses, invites, and our own bots and communities."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from core.domain.actor import Role
from core.domain.client import Account, Channel, Identity
from core.domain.member import Member
from storage.repositories.identity_rows import IDENTITY, MEMBER, MEMBERS, identity_of, member_of
from storage.session import Statements

_SEE: Final = f"""
INSERT INTO identities AS i (id, channel, account_key, external_id, name, username, profile_locale, reachable, business_id,
                             created_at, last_seen_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
ON CONFLICT (channel, account_key, external_id) DO UPDATE
SET name = excluded.name, username = excluded.username, reachable = excluded.reachable,
    profile_locale = coalesce(excluded.profile_locale, i.profile_locale), last_seen_at = excluded.last_seen_at
RETURNING {IDENTITY}
"""
# Who opens the Mini App has not written to us: that they may be written to is never taken back by it, and told only
# where the messenger says so. What it doesn't tell stays.
_ENTER: Final = f"""
INSERT INTO identities AS i (id, channel, account_key, external_id, name, username, profile_locale, reachable, business_id,
                             created_at, last_seen_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
ON CONFLICT (channel, account_key, external_id) DO UPDATE
SET name = coalesce(nullif(excluded.name, ''), i.name), username = coalesce(excluded.username, i.username),
    reachable = i.reachable OR excluded.reachable, profile_locale = coalesce(excluded.profile_locale, i.profile_locale),
    last_seen_at = excluded.last_seen_at
RETURNING {IDENTITY}
"""
_SET_PHONE: Final = "UPDATE identities SET phone = $2, phone_verified_at = $3 WHERE id = $1"
_MEMBERS: Final = f"""
SELECT {MEMBER} FROM members AS m JOIN member_identities AS l ON l.member_id = m.id
WHERE l.identity_id = $1 AND NOT m.archived ORDER BY m.created_at, m.id
"""
# Members are a part of the catalogue, and its version is raised first: bookings look at it before they refer to members.
_CHANGED: Final = "UPDATE businesses SET catalog_version = catalog_version + 1 WHERE id = $1"
_CHANGED_OF: Final = """
UPDATE businesses SET catalog_version = catalog_version + 1 WHERE id = (SELECT business_id FROM members WHERE id = $1)
"""
_UNLINK_MEMBER: Final = "DELETE FROM member_identities WHERE member_id = $1"
_MEMBER_IDENTITIES: Final = f"""
SELECT {IDENTITY} FROM identities AS i JOIN member_identities AS l ON l.identity_id = i.id
WHERE l.member_id = $1 ORDER BY i.reachable DESC, i.last_seen_at DESC, i.id
"""
_ADD_INVITE: Final = """
INSERT INTO invites (code_hash, business_id, role, staff_id, name, expires_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_USE_INVITE: Final = """
UPDATE invites SET used_at = $3, used_by = $2
WHERE code_hash = $1 AND used_at IS NULL AND expires_at > $3 RETURNING business_id, role, staff_id, name
"""
# One person is one member of a business: who is one already gets the invite's role and chair on top. An owner
# stays one, and a master's invite takes nothing from those who decide anyway.
_RAISE_MEMBER: Final = f"""
UPDATE members AS m
SET role = CASE WHEN m.role = 'owner' OR $3 = 'master' AND m.role IN ('ops_manager', 'operator') THEN m.role ELSE $3 END,
    staff_id = coalesce(m.staff_id, $4)
WHERE m.id = coalesce(
    (SELECT x.id FROM members AS x WHERE x.business_id = $1 AND x.staff_id = $4 AND NOT x.archived),
    (SELECT l.member_id FROM member_identities AS l JOIN members AS x ON x.id = l.member_id
     WHERE l.identity_id = $2 AND x.business_id = $1 AND NOT x.archived ORDER BY x.created_at, x.id LIMIT 1))
RETURNING {MEMBER}
"""
_ADD_MEMBER: Final = f"""
INSERT INTO members AS m (business_id, role, staff_id, name, locale, created_at)
SELECT $1, $3, $4, coalesce(nullif($5, ''), (SELECT name FROM staff WHERE id = $4), i.name),
       coalesce(i.chosen_locale, i.profile_locale, b.locale), $6
FROM identities AS i, businesses AS b WHERE i.id = $2 AND b.id = $1
RETURNING {MEMBER}
"""
_LINK_MEMBER: Final = """
INSERT INTO member_identities (member_id, identity_id, linked_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
"""
_BIND: Final = """
INSERT INTO messenger_accounts (channel, key, business_id) VALUES ($1, $2, $3)
ON CONFLICT (channel, key) DO UPDATE SET business_id = excluded.business_id
"""
_REACHABLE: Final = """
UPDATE identities SET reachable = $4, last_seen_at = CASE WHEN $4 THEN $5 ELSE last_seen_at END
WHERE channel = $1 AND account_key = $2 AND external_id = $3
"""


class People:
    """See :class:`core.ports.repositories.PeopleRepository`."""

    def __init__(self, connection: Statements) -> None:
        self._connection = connection

    async def see(self, identity: Identity, now: datetime) -> Identity:
        """The stored one."""
        return await self._meet(_SEE, identity, now)

    async def enter(self, identity: Identity, now: datetime) -> Identity:
        """The stored one."""
        return await self._meet(_ENTER, identity, now)

    async def set_phone(self, identity_id: UUID, phone: str, now: datetime) -> None:
        """The newest."""
        await self._connection.execute(_SET_PHONE, identity_id, phone, now)

    async def phone_of(self, identity_id: UUID) -> str | None:
        """The newest."""
        row = await self._connection.fetchrow("SELECT phone FROM identities WHERE id = $1", identity_id)
        return row["phone"] if row is not None else None

    async def _meet(self, sql: str, identity: Identity, now: datetime) -> Identity:
        row = await self._connection.fetchrow(
            sql,
            identity.id,
            identity.channel,
            identity.account_key,
            identity.external_id,
            identity.name,
            identity.username,
            identity.locale,
            identity.reachable,
            identity.business_id,
            now,
        )
        assert row is not None
        return identity_of(row)

    async def set_locale(self, identity_id: UUID, locale: str) -> None:
        """Their choice."""
        await self._connection.execute(
            "UPDATE identities SET chosen_locale = $2 WHERE id = $1", identity_id, locale
        )

    async def set_business(self, identity_id: UUID, business_id: UUID) -> None:
        """Whom they talk to."""
        await self._connection.execute(
            "UPDATE identities SET business_id = $2 WHERE id = $1", identity_id, business_id
        )

    async def set_reachable(
        self, channel: Channel, account_key: str, external_id: str, reachable: bool, now: datetime
    ) -> None:
        """One who was never seen is no fault."""
        await self._connection.execute(_REACHABLE, channel, account_key, external_id, reachable, now)

    async def members_of_identity(self, identity_id: UUID) -> Sequence[Member]:
        """Oldest membership first."""
        return [member_of(row) for row in await self._connection.fetch(_MEMBERS, identity_id)]

    async def members(self, business_id: UUID) -> Sequence[Member]:
        """Oldest membership first."""
        return [member_of(row) for row in await self._connection.fetch(MEMBERS, business_id)]

    async def archive_member(self, member_id: UUID) -> None:
        """Without the messengers, an archived one is nobody, even if they should be back."""
        await self._connection.execute(_CHANGED_OF, member_id)
        await self._connection.execute(_UNLINK_MEMBER, member_id)
        await self._connection.execute("UPDATE members SET archived = true WHERE id = $1", member_id)

    async def member(self, member_id: UUID) -> Member | None:
        """By id."""
        row = await self._connection.fetchrow(f"SELECT {MEMBER} FROM members AS m WHERE m.id = $1", member_id)
        return None if row is None else member_of(row)

    async def member_identities(self, member_id: UUID) -> Sequence[Identity]:
        """Reachable and last used first."""
        return [identity_of(row) for row in await self._connection.fetch(_MEMBER_IDENTITIES, member_id)]

    async def deciders(self, business_id: UUID, staff_ids: Collection[UUID]) -> Sequence[Member]:
        """Oldest membership first."""
        return [member for member in await self.members(business_id) if member.decides(staff_ids)]

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
        """Keep the hash."""
        await self._connection.execute(
            _ADD_INVITE, code_hash, business_id, role, staff_id, name, expires_at, now
        )

    async def use_invite(self, code_hash: bytes, identity_id: UUID, now: datetime) -> Member | None:
        """The update takes it, so of two that come at once one is late."""
        connection = self._connection
        invite = await connection.fetchrow(_USE_INVITE, code_hash, identity_id, now)
        if invite is None:
            return None
        await connection.execute(_CHANGED, invite["business_id"])
        who = (invite["business_id"], identity_id, invite["role"], invite["staff_id"])
        row = await connection.fetchrow(_RAISE_MEMBER, *who)
        if row is None:
            row = await connection.fetchrow(_ADD_MEMBER, *who, invite["name"], now)
        assert row is not None
        await connection.execute(_LINK_MEMBER, row["id"], identity_id, now)
        return member_of(row)

    async def accounts(self) -> Sequence[Account]:
        """By channel and key."""
        found = await self._connection.fetch(
            "SELECT channel, key, business_id FROM messenger_accounts ORDER BY channel, key"
        )
        return [Account(Channel(row["channel"]), row["key"], row["business_id"]) for row in found]

    async def bind_account(self, account: Account) -> None:
        """Insert or update."""
        await self._connection.execute(_BIND, account.channel, account.key, account.business_id)
