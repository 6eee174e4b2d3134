"""The business's list of clients: searched, read, mended. A client has their own card alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Final
from uuid import UUID

from core.domain.actor import DECIDERS, Actor, ActorKind, Role, Scope
from core.domain.client import Client, clean_name
from core.domain.errors import Forbidden, InvalidInput, NotFound
from core.ports.repositories import BookingFilter, ClientPage, Page
from core.ports.unit_of_work import Transaction, UnitOfWork
from core.services.booking_client import clean_email
from core.services.booking_read import MAX_PAGE
from core.services.catalogues import Catalogues
from core.services.fields import Fields

MAX_SEARCH: Final = 100
"""Longest text to search for, in characters."""


class ClientDirectory:
    """See the module. All raise NotFound for strangers, Forbidden for others of the business.

    A master knows the clients who have been booked with them, and does not search the others.
    """

    def __init__(self, uow: UnitOfWork, catalogues: Catalogues) -> None:
        self._uow = uow
        self._catalogues = catalogues

    async def search(
        self,
        actor: Actor,
        business: UUID | str,
        text: str = "",
        *,
        limit: int = 50,
        cursor: str | None = None,
    ) -> ClientPage:
        """Clients whose name has ``text`` in it, or whose phone has its digits (three at least); newest
        first.

        Raises InvalidInput (``limit``, ``cursor``, ``q``).
        """
        _check_limit(limit)
        if len(text) > MAX_SEARCH:
            raise InvalidInput("q", "too_long", max=MAX_SEARCH)
        business_id = (await self._catalogues.peek(business)).business.id
        actor.require_business(business_id)
        if not actor.is_business_side or actor.role is Role.MASTER:
            raise Forbidden
        actor.require_scope(Scope.CLIENTS_READ)
        async with self._uow.read() as tx:
            return await tx.clients.search(business_id, text.strip(), limit=limit, cursor=cursor)

    async def get(self, actor: Actor, client_id: UUID) -> Client:
        """One card."""
        async with self._uow.read() as tx:
            return await _seen(tx, actor, client_id)

    async def bookings(
        self, actor: Actor, client_id: UUID, *, limit: int = 50, cursor: str | None = None
    ) -> Page:
        """A client's bookings by start; a master sees those of the own chair.

        Raises InvalidInput (``limit``, ``cursor``).
        """
        _check_limit(limit)
        async with self._uow.read() as tx:
            client = await _seen(tx, actor, client_id)
            if actor.is_business_side:
                actor.require_scope(Scope.BOOKINGS_READ)
            where = BookingFilter(client_id=client_id)
            if actor.role is Role.MASTER:
                where = replace(where, staff_id=actor.staff_id)
            return await tx.bookings.list(client.business_id, where, limit=limit, cursor=cursor)

    async def change(self, actor: Actor, client_id: UUID, data: Mapping[str, object]) -> Client:
        """Change ``name`` and ``email``; what isn't named stays.

        The client themselves may, and whoever makes bookings for them. Raises InvalidInput.
        """
        return await self._uow.run(partial(self._change, actor, client_id, data))

    async def _change(
        self, actor: Actor, client_id: UUID, data: Mapping[str, object], tx: Transaction
    ) -> Client:
        # A booking that is made just now writes the card too.
        await tx.bookings.lock([f"client:{client_id}"])
        client = await _seen(tx, actor, client_id)
        if actor.is_business_side and actor.kind is not ActorKind.SYSTEM:
            if actor.role not in DECIDERS:
                raise Forbidden
            actor.require_scope(Scope.BOOKINGS_WRITE)
        fields = Fields(data)
        changed = replace(
            client,
            name=clean_name(fields.text("name", client.name, longest=1000)),
            email=_email(fields, client.email),
        )
        fields.finish()
        return client if changed == client else await tx.clients.save(changed)


async def _found(tx: Transaction, client_id: UUID) -> Client:
    client = await tx.clients.get(client_id)
    if client is None or client.merged_into is not None:
        raise NotFound(what="client")
    return client


async def _seen(tx: Transaction, actor: Actor, client_id: UUID) -> Client:
    """A card that exists for this actor. Raises NotFound, Forbidden."""
    client = await _found(tx, client_id)
    if actor.kind is ActorKind.SYSTEM:
        return client
    own = actor.kind is ActorKind.CLIENT and actor.id == client_id
    if actor.business_id != client.business_id or not (own or actor.is_business_side):
        raise NotFound(what="client")
    if own:
        return client
    actor.require_scope(Scope.CLIENTS_READ)
    if actor.role is Role.MASTER:
        if actor.staff_id is None:
            raise NotFound(what="client")
        where = BookingFilter(client_id=client_id, staff_id=actor.staff_id)
        if not (await tx.bookings.list(client.business_id, where, limit=1)).items:
            raise NotFound(what="client")
    return client


def _email(fields: Fields, now: str | None) -> str | None:
    """``email``; null or empty removes it."""
    if not fields.has("email"):
        return now
    return clean_email(fields.text("email", "", shortest=0, longest=1000))


def _check_limit(limit: int) -> None:
    if not 1 <= limit <= MAX_PAGE:
        raise InvalidInput("limit", "out_of_range", min=1, max=MAX_PAGE)
