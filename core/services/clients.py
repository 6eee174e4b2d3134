"""Messenger users and the clients they are: who asks, what they had last time, how they may be reached."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from core.domain.actor import Actor, ActorKind, Scope
from core.domain.booking import Booking
from core.domain.catalog import Catalogue
from core.domain.client import CONSENT_VERSION, PERSONAL_DATA, Channel, Client, Identity
from core.domain.errors import InvalidInput, NotFound
from core.domain.visit import FreeStart, SlotQuery, VisitItem
from core.ports.clock import Clock
from core.ports.unit_of_work import UnitOfWork
from core.services.availability import Availability
from core.services.booking_read import items_of
from core.services.catalogues import Catalogues

LOCALES: Final = ("ru", "en")
_LOOK_BACK: Final = 5


@dataclass(frozen=True, slots=True)
class LastVisit:
    """«Как в прошлый раз»: the newest visit that can be had again, as a query, with its nearest starts."""

    booking: Booking
    query: SlotQuery
    starts: tuple[FreeStart, ...]


class Clients:
    """See the module."""

    def __init__(
        self, uow: UnitOfWork, catalogues: Catalogues, availability: Availability, clock: Clock
    ) -> None:
        self._uow = uow
        self._catalogues = catalogues
        self._availability = availability
        self._clock = clock

    async def see(self, identity: Identity) -> Identity:
        """Note a messenger user; what we know of them comes back, language and business they chose too.

        ``reachable`` True: they wrote to us; otherwise that we may write to them is as we knew it.
        """
        async with self._uow.begin() as tx:
            note = tx.people.see if identity.reachable else tx.people.enter
            return await note(identity, self._clock.now())

    async def set_locale(self, identity_id: UUID, locale: str) -> None:
        """The language they chose. Raises InvalidInput (``locale``, ``unknown``)."""
        if locale not in LOCALES:
            raise InvalidInput("locale", "unknown")
        async with self._uow.begin() as tx:
            await tx.people.set_locale(identity_id, locale)

    async def set_business(self, identity_id: UUID, business_id: UUID) -> None:
        """The business they talk to now."""
        async with self._uow.begin() as tx:
            await tx.people.set_business(identity_id, business_id)

    async def business_of_account(self, channel: Channel, account_key: str) -> UUID | None:
        """The business that a bot or community of ours serves alone; None when it is shared."""
        async with self._uow.read() as tx:
            accounts = await tx.people.accounts()
        found = (each.business_id for each in accounts if (each.channel, each.key) == (channel, account_key))
        return next(found, None)

    async def set_reachable(
        self, channel: Channel, account_key: str, external_id: str, *, reachable: bool
    ) -> None:
        """They blocked us, or let us write again."""
        async with self._uow.begin() as tx:
            await tx.people.set_reachable(channel, account_key, external_id, reachable, self._clock.now())

    async def find(self, business_id: UUID, identity_id: UUID) -> Client | None:
        """The client that this messenger user is here; None before the first booking."""
        async with self._uow.read() as tx:
            return await tx.clients.by_identity(business_id, identity_id)

    async def actor(self, business_id: UUID, identity_id: UUID, name: str = "") -> Actor:
        """On whose behalf this messenger user acts as a client: their card's, or nobody's yet."""
        client = await self.find(business_id, identity_id)
        if client is None:
            return Actor(ActorKind.ANONYMOUS, business_id=business_id, name=name)
        return Actor(ActorKind.CLIENT, id=client.id, business_id=business_id, name=client.name)

    async def has_consent(self, client_id: UUID) -> bool:
        """Whether the consent to the present text on personal data stands."""
        async with self._uow.read() as tx:
            return await tx.clients.has_consent(client_id, PERSONAL_DATA, CONSENT_VERSION)

    async def get(self, actor: Actor, client_id: UUID) -> Client:
        """A card: one's own, or any of the own business for its people. Raises NotFound."""
        async with self._uow.read() as tx:
            client = await tx.clients.get(client_id)
        if client is None or not _may_see(actor, client):
            raise NotFound(what="client")
        actor.require_scope(Scope.CLIENTS_READ)
        return client

    async def channels_of(self, client_id: UUID) -> tuple[Channel, ...]:
        """The messengers in which a client is known, each once, first that in which they are written to."""
        async with self._uow.read() as tx:
            known = await tx.clients.identities(client_id)
        return tuple(dict.fromkeys(each.channel for each in known))

    async def prefer(self, actor: Actor, channel: Channel | None) -> Client:
        """Where the client who asks wants to be written to; None: where they wrote last.

        Raises NotFound for anybody but a client, InvalidInput (``preferred_channel``, ``not_linked``).
        """
        if actor.kind is not ActorKind.CLIENT or actor.id is None:
            raise NotFound(what="client")
        async with self._uow.begin() as tx:
            # A booking that is made just now writes the card too, and a link may make it another one's.
            await tx.bookings.lock([f"client:{actor.id}"])
            client = await tx.clients.get(actor.id)
            if client is None or client.merged_into is not None or client.business_id != actor.business_id:
                raise NotFound(what="client")
            known = {each.channel for each in await tx.clients.identities(client.id)}
            if channel is not None and channel not in known:
                raise InvalidInput("preferred_channel", "not_linked")
            return await tx.clients.save(replace(client, preferred_channel=channel))

    async def business_of(self, client_id: UUID) -> UUID:
        """Whose client it is: for finding out as whom somebody stands to them. It tells nothing else.

        Raises NotFound.
        """
        async with self._uow.read() as tx:
            client = await tx.clients.get(client_id)
        if client is None:
            raise NotFound(what="client")
        return client.business_id

    async def set_phone(self, identity_id: UUID, phone: str) -> None:
        """The phone (E.164) that the messenger vouches for: forms are filled in with it from now on."""
        async with self._uow.begin() as tx:
            await tx.people.set_phone(identity_id, phone, self._clock.now())

    async def phone_of(self, identity_id: UUID) -> str | None:
        """That phone; None for who never shared one."""
        async with self._uow.read() as tx:
            return await tx.people.phone_of(identity_id)

    async def last_visit(
        self, business_id: UUID, client_id: UUID, *, limit: int = 3, owner: str | None = None
    ) -> LastVisit | None:
        """The newest of the last few visits, past or coming, that is still offered, with the nearest starts.

        A master who has left or doesn't do it any more becomes any master; None when none can be had again.
        """
        catalogue = await self._catalogues.peek(business_id)
        now = self._clock.now()
        async with self._uow.read() as tx:
            coming = await tx.bookings.of_client(client_id, since=now, limit=1)
            past = await tx.bookings.past_of_client(client_id, until=now, limit=_LOOK_BACK)
        for booking in (*past, *coming):
            query = repeat_query(catalogue, booking)
            if booking.business_id == business_id and query is not None:
                starts = await self._availability.next(business_id, query, limit=limit, owner=owner)
                return LastVisit(booking, query, starts)
        return None


def hold_owner(identity: Identity) -> str:
    """The name under which a messenger user holds slots, wherever they take them."""
    return f"{identity.channel}:{identity.account_key}:{identity.external_id}"


def repeat_query(catalogue: Catalogue, booking: Booking) -> SlotQuery | None:
    """The same visit once more, as far as it is offered now; None when a service of it is not."""
    items = []
    for item in items_of(booking):
        service = catalogue.services.get(item.service_id)
        if service is None or service.archived or not service.online:
            return None
        masters = {member.id for member in catalogue.staff_of(service.id)}
        if len(masters) < service.staff_needed:
            return None
        addons = tuple(addon for addon in item.addon_ids if addon in service.addon_ids)
        staff_id = item.staff_id if item.staff_id in masters else None
        others = tuple(each for each in item.assistant_ids if staff_id is not None and each in masters)
        items.append(VisitItem(item.service_id, staff_id, addons, others))
    location = booking.location_id if booking.location_id in catalogue.locations else None
    return SlotQuery(items=tuple(items), location_id=location)


def _may_see(actor: Actor, client: Client) -> bool:
    if actor.kind is ActorKind.SYSTEM:
        return True
    if actor.business_id != client.business_id:
        return False
    return actor.is_business_side or (actor.kind is ActorKind.CLIENT and actor.id == client.id)
