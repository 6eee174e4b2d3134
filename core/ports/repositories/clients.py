"""What the core asks of the database about clients."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple, Protocol
from uuid import UUID

from core.domain.client import Client, Consent, Identity


class ClientPage(NamedTuple):
    """A keyset page of clients and the cursor of the next one, None at the end."""

    items: Sequence[Client]
    next_cursor: str | None


class ClientRepository(Protocol):
    """Clients of a business, their identities and consents."""

    async def get(self, client_id: UUID) -> Client | None:
        """One client."""
        ...

    async def many(self, client_ids: Collection[UUID]) -> Sequence[Client]:
        """Those of them that there are."""
        ...

    async def search(
        self, business_id: UUID, text: str, *, limit: int, cursor: str | None = None
    ) -> ClientPage:
        """Clients with ``text`` in their name (ё is е, case counts not) or its digits in their phone, newest
        first; all of them for no text; none that were merged. Raises InvalidInput for a cursor that is none.
        """
        ...

    async def by_phone(self, business_id: UUID, phone: str, *, verified: bool) -> Client | None:
        """By E.164 phone: the one client who proved that it is theirs (``verified``), or else the oldest card
        with it as a typed one that no messenger user is linked to.
        """
        ...

    async def by_identity(self, business_id: UUID, identity_id: UUID) -> Client | None:
        """The client whom this messenger user is, in this business."""
        ...

    async def businesses_of(self, identity_id: UUID) -> Sequence[UUID]:
        """Where this messenger user is a client, by id."""
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
        """How to reach a client, reachable ones first, of them those of the preferred channel, of them the
        last used."""
        ...
