"""Whose booking it is: the client's card is found, or made, without ever opening somebody else's.

A typed phone proves nothing. So:

- a messenger user has one card in a business, linked to them; the phone they type stands on it, unverified;
- only a phone that the messenger vouches for leads a messenger user to a card that is there: to the one
whose owner proved the same phone (with which a card that they have becomes one), or to one that nobody is
linked to (the business or a web page wrote it down);
- somebody without a messenger (a web page, the API) is put on the oldest card with that typed phone that is
  neither verified nor linked, so that limits count them as one; never on a card that a person can look into;
- the people of the business are trusted with the phones they type: the card that proved the phone comes
first, then an unlinked one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from core.domain.actor import Actor, ActorKind
from core.domain.booking import BookingSource
from core.domain.catalog import Catalogue
from core.domain.client import (
    CONSENT_VERSION,
    PERSONAL_DATA,
    Client,
    Consent,
    clean_name,
)
from core.domain.errors import ConsentRequired, InvalidInput, NotFound
from core.ports.clock import NewId
from core.ports.phones import Phones
from core.ports.unit_of_work import Transaction
from core.services.catalog_editing import region_of
from core.services.clients import LOCALES
from core.services.joining import present_card

_MAX_EMAIL: Final = 254


@dataclass(frozen=True, slots=True)
class ClientData:
    """What somebody says of themselves, as typed. ``phone_verified``: their messenger vouches for the
    phone. ``vouched``: the phone (E.164) that it vouched for earlier, taken where they type none.
    """

    name: str
    phone: str | None = None
    email: str | None = None
    phone_verified: bool = False
    locale: str | None = None
    vouched: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Who books: the card named or linked, and what they say of themselves, checked."""

    actor: Actor
    client_id: UUID | None
    identity_id: UUID | None
    said: ClientData | None

    def lock_keys(self, business_id: UUID) -> Iterator[str]:
        """What to lock so that one person's two bookings at once make one card and keep to the limits."""
        if self.client_id is not None:
            yield f"client:{self.client_id}"
        elif self.identity_id is not None:
            yield f"identity:{business_id}:{self.identity_id}"
        if self.said is not None and self.said.phone is not None:
            yield f"phone:{business_id}:{self.said.phone}"


def read_person(
    actor: Actor,
    catalogue: Catalogue,
    phones: Phones,
    *,
    client_id: UUID | None,
    identity_id: UUID | None,
    said: ClientData | None,
) -> Person:
    """Check what a booking says of its client.

    Raises InvalidInput (``name``, ``phone``, ``email``), NotFound for somebody else's card.
    """
    if actor.kind is ActorKind.CLIENT:
        if client_id not in {None, actor.id}:
            raise NotFound(what="client")
        client_id = actor.id
    elif client_id is not None and not actor.is_business_side:
        raise NotFound(what="client")
    checked = _checked(said, catalogue, phones) if said is not None else None
    unknown = client_id is None and identity_id is None
    if unknown and checked is None:
        raise InvalidInput("name", "empty")
    if unknown and checked is not None and checked.phone is None and not actor.is_business_side:
        raise InvalidInput("phone", "required")
    return Person(actor, client_id, identity_id, checked)


def _checked(said: ClientData, catalogue: Catalogue, phones: Phones) -> ClientData:
    phone = said.vouched
    if said.phone and said.phone.strip():
        phone = phones.parse(said.phone, region_of(catalogue))
    email = clean_email(said.email)
    return ClientData(
        name=clean_name(said.name),
        phone=phone,
        email=email,
        phone_verified=phone is not None and (said.phone_verified or phone == said.vouched),
        locale=said.locale if said.locale in LOCALES else catalogue.business.locale,
    )


def clean_email(raw: str | None) -> str | None:
    """An address, trimmed; None for nothing. Raises InvalidInput (``email``, ``not_an_email``)."""
    email = raw.strip() if raw else ""
    if email and (len(email) > _MAX_EMAIL or not _looks_like_email(email)):
        raise InvalidInput("email", "not_an_email")
    return email or None


def _looks_like_email(text: str) -> bool:
    local, at, domain = text.rpartition("@")
    return bool(at and local and "." in domain.strip(".")) and not any(c.isspace() for c in text)


class ClientCards:
    """Finds or makes the card, inside the booking's transaction. ``made``: the one that was made."""

    def __init__(self, new_id: NewId) -> None:
        self._new_id = new_id
        self.made: Client | None = None

    async def resolve(self, tx: Transaction, catalogue: Catalogue, person: Person, now: datetime) -> Client:
        """See the module. Raises NotFound, InvalidInput when nothing is known and nothing was said."""
        business_id = catalogue.business.id
        if person.client_id is not None:
            client = await present_card(tx, person.client_id)
            if client.business_id != business_id:
                raise NotFound(what="client")
            if person.actor.is_business_side or person.said is None:
                return client
            return await self._refresh(tx, client, person.said)
        if person.identity_id is not None:
            return await self._of_identity(tx, catalogue, person.identity_id, person.said, now)
        if person.said is None:
            raise InvalidInput("name", "empty")
        phone = person.said.phone
        found = None
        if phone is not None:
            if person.actor.is_business_side:
                found = await tx.clients.by_phone(business_id, phone, verified=True)
            found = found or await tx.clients.by_phone(business_id, phone, verified=False)
        return found or await self._new(tx, catalogue, person.said, now)

    async def _of_identity(
        self,
        tx: Transaction,
        catalogue: Catalogue,
        identity_id: UUID,
        said: ClientData | None,
        now: datetime,
    ) -> Client:
        business_id = catalogue.business.id
        client = await tx.clients.by_identity(business_id, identity_id)
        if client is not None:
            return client if said is None else await self._refresh(tx, client, said)
        if said is None:
            raise InvalidInput("name", "empty")
        if said.phone is None:
            raise InvalidInput("phone", "required")
        if said.phone_verified:
            client = await tx.clients.by_phone(business_id, said.phone, verified=True)
            client = client or await tx.clients.by_phone(business_id, said.phone, verified=False)
        if client is None:
            client = await self._new(tx, catalogue, said, now)
        elif not client.phone_verified:
            client = await tx.clients.save(replace(client, phone_verified=True))
        await tx.clients.link(client.id, identity_id)
        return client

    async def _refresh(self, tx: Transaction, client: Client, said: ClientData) -> Client:
        """The client's own words about themselves replace what stood there.

        A phone that another card has proved stays a typed one here: had the two been one person's, they would
        have become one card before (:mod:`core.services.joining`).
        """
        phone, verified = client.phone, client.phone_verified
        if said.phone is not None and (said.phone != phone or (said.phone_verified and not verified)):
            phone, verified = said.phone, said.phone_verified
            if verified:
                owner = await tx.clients.by_phone(client.business_id, phone, verified=True)
                verified = owner is None or owner.id == client.id
        changed = replace(
            client, name=said.name, phone=phone, phone_verified=verified, email=said.email or client.email
        )
        return client if changed == client else await tx.clients.save(changed)

    async def _new(self, tx: Transaction, catalogue: Catalogue, said: ClientData, now: datetime) -> Client:
        card = Client(
            id=self._new_id(),
            business_id=catalogue.business.id,
            name=said.name,
            phone=said.phone,
            phone_verified=said.phone_verified,
            email=said.email,
            locale=said.locale or catalogue.business.locale,
            created_at=now,
        )
        if card.phone_verified:
            return await tx.clients.save(card)
        await tx.clients.add(card)
        self.made = card
        return card

    async def consent(
        self,
        tx: Transaction,
        client: Client,
        person: Person,
        *,
        given: bool,
        source: BookingSource,
        now: datetime,
    ) -> None:
        """Keep the consent to personal data, or find it given earlier. Raises ConsentRequired.

        People of the business who write a client down have it from them in person. Somebody who only typed a
        phone gives it each time: what was once given for that phone may have been given by another.
        """
        if given:
            await tx.clients.add_consent(
                Consent(self._new_id(), client.id, PERSONAL_DATA, CONSENT_VERSION, source.value, now)
            )
            return
        if person.actor.is_business_side:
            return
        known = person.client_id is not None or person.identity_id is not None
        if not known or not await tx.clients.has_consent(client.id, PERSONAL_DATA, CONSENT_VERSION):
            raise ConsentRequired
