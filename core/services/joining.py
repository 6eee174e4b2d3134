"""Two cards that turn out to be one person's become one.

Only a proof joins cards: a phone that a messenger vouches for, or a one-time link that somebody opened. Cards
that proved different phones stay apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from core.domain.actor import Actor, ActorKind
from core.domain.booking import TimelineEntry
from core.domain.client import Client, keeper_of
from core.domain.errors import NotFound, TwoPhones
from core.ports.clock import NewId
from core.ports.unit_of_work import Transaction
from core.services.messages import Announcer, Change

MERGED: Final = "client_merged"
#: More visits to come than anybody has.
_MOST_COMING: Final = 1000


async def lock_cards(tx: Transaction, business_id: UUID, client_ids: Iterable[UUID], *more: str) -> None:
    """Wait for what these clients are doing in their messengers, and keep them waiting; to be the first
    thing of a transaction. Bookings lock the same names, see ``Person.lock_keys``.
    """
    keys = set(more)
    for client_id in set(client_ids):
        keys.add(f"client:{client_id}")
        keys |= {identity_key(business_id, each.id) for each in await tx.clients.identities(client_id)}
    await tx.bookings.lock(keys)


def identity_key(business_id: UUID, identity_id: UUID) -> str:
    """The name under which a messenger user who has no card yet is locked."""
    return f"identity:{business_id}:{identity_id}"


async def present_card(tx: Transaction, client_id: UUID) -> Client:
    """The card, or the one that has taken its place. Raises NotFound."""
    client = await tx.clients.get(client_id)
    if client is not None and client.merged_into is not None:
        client = await tx.clients.get(client.merged_into)
    if client is None:
        raise NotFound(what="client")
    return client


class CardsChanged(Exception):
    """Other cards are concerned than those that were locked: everything is to be looked at again."""


class Joining:
    """Merges locked cards, inside the caller's transaction."""

    def __init__(self, new_id: NewId) -> None:
        self._new_id = new_id
        self._announcer = Announcer(new_id)

    async def by_phone(
        self,
        tx: Transaction,
        business_id: UUID,
        phone: str,
        *,
        client_id: UUID | None,
        identity_id: UUID | None,
        now: datetime,
    ) -> Client | None:
        """The card of somebody whose messenger vouches for ``phone``, one with the card that proved it
        before; None when they have none yet. Raises TwoPhones, CardsChanged.
        """
        own, other = await self._two(tx, business_id, client_id, identity_id, phone)
        if own is None:
            return None
        cards = {own.id} if other is None else {own.id, other.id}
        await lock_cards(tx, business_id, cards, f"phone:{business_id}:{phone}")
        now_own, now_other = await self._two(tx, business_id, client_id, identity_id, phone)
        if now_own is None or (now_own.id, now_other and now_other.id) != (own.id, other and other.id):
            raise CardsChanged
        return now_own if now_other is None else await self.merge(tx, now_other, now_own, now)

    async def _two(
        self,
        tx: Transaction,
        business_id: UUID,
        client_id: UUID | None,
        identity_id: UUID | None,
        phone: str,
    ) -> tuple[Client | None, Client | None]:
        """Their own card, and the one whose owner proved the phone."""
        own = None
        if client_id is not None:
            own = await present_card(tx, client_id)
        elif identity_id is not None:
            own = await tx.clients.by_identity(business_id, identity_id)
        return own, await tx.clients.by_phone(business_id, phone, verified=True)

    async def merge(self, tx: Transaction, one: Client, other: Client, now: datetime) -> Client:
        """The card that stays, with everything of both. Raises TwoPhones."""
        if one.id == other.id:
            return one
        kept = keeper_of(one, other)
        if kept is None:
            raise TwoPhones
        gone = other if kept.id == one.id else one
        coming = await tx.bookings.of_client(gone.id, since=now, limit=_MOST_COMING)
        moved = await tx.links.merge(gone.id, kept.id, now)
        whole = replace(
            kept,
            phone=kept.phone or gone.phone,
            email=kept.email or gone.email,
            preferred_channel=kept.preferred_channel or gone.preferred_channel,
            visits=kept.visits + gone.visits,
        )
        if whole != kept:
            await tx.clients.save(whole)
        change = Change(MERGED, Actor(ActorKind.CLIENT, whole.id, whole.business_id, name=whole.name), now)
        await note_new_card(tx, self._new_id, moved, change, gone.id)
        for booking in coming:
            await self._announcer.redrawn(tx, replace(booking, client_id=whole.id), change)
        return whole


async def note_new_card(
    tx: Transaction, new_id: NewId, booking_ids: Iterable[UUID], change: Change, was: UUID
) -> None:
    """Write into the history of bookings that they are another card's now; the actor of ``change`` is its
    client.
    """
    for booking_id in booking_ids:
        await tx.bookings.add_timeline(
            TimelineEntry(
                id=new_id(),
                booking_id=booking_id,
                at=change.now,
                event=change.event,
                actor_kind=change.actor.kind.value,
                actor_id=change.actor.id,
                actor_name=change.actor.name,
                before={"client_id": str(was)},
                after={"client_id": str(change.actor.id)},
            )
        )
