"""Clients of a business, who they are in messengers, and what they agreed to."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from asyncpg import Record

from core.domain.client import Channel, Client, Consent, Identity
from core.ports.repositories import ClientPage
from storage.repositories.client_list import condition, read_cursor, write_cursor
from storage.repositories.identity_rows import IDENTITY, identity_of
from storage.session import Session

_E164: Final = re.compile(r"\+[0-9]{7,15}", re.ASCII)
# ``visits`` counts those that took place.
_SELECT: Final = """
SELECT c.*, (SELECT count(*) FROM bookings AS b WHERE b.client_id = c.id AND b.status = 'completed') AS visits
FROM clients AS c
"""
_BY_TYPED_PHONE: Final = f"""
{_SELECT} WHERE c.business_id = $1 AND c.phone = $2 AND NOT c.phone_verified
  AND NOT EXISTS (SELECT FROM client_identities AS l WHERE l.client_id = c.id)
ORDER BY c.created_at, c.id LIMIT 1
"""
_BY_IDENTITY: Final = f"""
{_SELECT} JOIN client_identities AS l ON l.client_id = c.id WHERE l.business_id = $1 AND l.identity_id = $2
"""
_BUSINESSES: Final = "SELECT business_id FROM client_identities WHERE identity_id = $1 ORDER BY business_id"
_UPDATE: Final = """
UPDATE clients SET name = $3, phone = $4, phone_verified = $5, email = $6, locale = $7, preferred_channel = $8
WHERE id = $1 AND business_id = $2
"""
_INSERT: Final = """
INSERT INTO clients (id, business_id, name, phone, phone_verified, email, locale, preferred_channel, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (business_id, phone) WHERE phone_verified DO NOTHING
"""
_LINK: Final = """
INSERT INTO client_identities (business_id, identity_id, client_id)
SELECT business_id, $2, id FROM clients WHERE id = $1
ON CONFLICT (business_id, identity_id) DO UPDATE SET client_id = excluded.client_id
"""
_HAS_CONSENT: Final = """
SELECT EXISTS (SELECT FROM consents WHERE client_id = $1 AND purpose = $2 AND version = $3 AND withdrawn_at IS NULL)
"""
_IDENTITIES: Final = f"""
SELECT {IDENTITY} FROM identities AS i JOIN client_identities AS l ON l.identity_id = i.id
JOIN clients AS c ON c.id = l.client_id
WHERE l.client_id = $1
ORDER BY i.reachable DESC, coalesce(i.channel = c.preferred_channel, false) DESC, i.last_seen_at DESC, i.id
"""


def client_of(row: Record) -> Client:
    """A client."""
    return Client(
        id=row["id"],
        business_id=row["business_id"],
        name=row["name"],
        phone=row["phone"],
        phone_verified=row["phone_verified"],
        email=row["email"],
        locale=row["locale"],
        created_at=row["created_at"],
        visits=row["visits"],
        preferred_channel=Channel(row["preferred_channel"]) if row["preferred_channel"] else None,
        merged_into=row["merged_into"],
    )


class Clients:
    """See :class:`core.ports.repositories.ClientRepository`."""

    def __init__(self, connection: Session) -> None:
        self._connection = connection

    async def get(self, client_id: UUID) -> Client | None:
        """By id."""
        return await self._one(f"{_SELECT} WHERE c.id = $1", client_id)

    async def many(self, client_ids: Collection[UUID]) -> Sequence[Client]:
        """One round trip."""
        found = await self._connection.fetch(f"{_SELECT} WHERE c.id = ANY($1)", list(client_ids))
        return [client_of(row) for row in found]

    async def search(
        self, business_id: UUID, text: str, *, limit: int, cursor: str | None = None
    ) -> ClientPage:
        """One more row than asked for tells whether there is a next page."""
        where, words = condition(text)
        after = read_cursor(cursor)
        found = await self._connection.fetch(f"{_SELECT} {where}", business_id, *after, limit + 1, *words)
        items = [client_of(row) for row in found[:limit]]
        more = len(found) > limit
        return ClientPage(items, write_cursor(items[-1].created_at, items[-1].id) if more else None)

    async def by_phone(self, business_id: UUID, phone: str, *, verified: bool) -> Client | None:
        """The one who proved it, or the oldest card with it that nobody is linked to.

        Most who book are new: that there is no card at all is asked together with the transaction's begin.
        """
        if self._connection.fresh and _E164.fullmatch(phone):
            known = f"SELECT FROM clients WHERE business_id = '{business_id}' AND phone = '{phone}' LIMIT 1"
            if not await self._connection.begin_with(known):
                return None
        if verified:
            return await self._one(
                f"{_SELECT} WHERE c.business_id = $1 AND c.phone = $2 AND c.phone_verified",
                business_id,
                phone,
            )
        return await self._one(_BY_TYPED_PHONE, business_id, phone)

    async def by_identity(self, business_id: UUID, identity_id: UUID) -> Client | None:
        """Who this messenger user is here."""
        return await self._one(_BY_IDENTITY, business_id, identity_id)

    async def businesses_of(self, identity_id: UUID) -> Sequence[UUID]:
        """By the index on messenger users."""
        return [row["business_id"] for row in await self._connection.fetch(_BUSINESSES, identity_id)]

    async def add(self, client: Client) -> None:
        """Put off."""
        self._connection.add_card(
            {
                "id": client.id,
                "business_id": client.business_id,
                "name": client.name,
                "phone": client.phone,
                "phone_verified": client.phone_verified,
                "email": client.email,
                "locale": client.locale,
                "created_at": client.created_at,
            }
        )

    async def save(self, client: Client) -> Client:
        """A verified phone that another client has already stays that client's, who comes back."""
        values = (
            client.name,
            client.phone,
            client.phone_verified,
            client.email,
            client.locale,
            client.preferred_channel,
        )
        status = await self._connection.execute(_UPDATE, client.id, client.business_id, *values)
        if status.endswith(" 1"):
            return client
        status = await self._connection.execute(
            _INSERT, client.id, client.business_id, *values, client.created_at
        )
        if status.endswith(" 1") or client.phone is None:
            return client
        return await self.by_phone(client.business_id, client.phone, verified=True) or client

    async def link(self, client_id: UUID, identity_id: UUID) -> None:
        """A messenger user is one client of a business; a later link replaces an earlier one."""
        await self._connection.execute(_LINK, client_id, identity_id)

    async def add_consent(self, consent: Consent) -> None:
        """Once for one purpose and version. Put off."""
        self._connection.add_consent(
            {
                "id": consent.id,
                "client_id": consent.client_id,
                "purpose": consent.purpose,
                "version": consent.version,
                "channel": consent.channel,
                "granted_at": consent.granted_at,
            }
        )

    async def has_consent(self, client_id: UUID, purpose: str, version: str) -> bool:
        """Whether it stands."""
        stands: bool = await self._connection.fetchval(_HAS_CONSENT, client_id, purpose, version)
        return stands

    async def identities(self, client_id: UUID) -> Sequence[Identity]:
        """Reachable ones first, of them those of the preferred channel, of them the last used."""
        return [identity_of(row) for row in await self._connection.fetch(_IDENTITIES, client_id)]

    async def _one(self, sql: str, *args: object) -> Client | None:
        row = await self._connection.fetchrow(sql, *args)
        return None if row is None else client_of(row)
