"""What a step may know and use: the person, their business, the services, the time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from bots.dialogs.caps import Caps
from core.domain.actor import Actor, ActorKind
from core.domain.catalog import Business, Catalogue
from core.domain.client import Channel, Client, Identity
from core.domain.errors import NotFound
from core.ports.phones import Phones
from core.ports.repositories import SentCopy
from core.services.availability import Availability
from core.services.booking import Bookings
from core.services.catalogues import Catalogues
from core.services.clients import Clients, hold_owner
from core.services.closing import Closing
from core.services.holding import Holding
from core.services.linking import Linking
from core.services.team import Team
from locales import Texts, texts


class StartLink(Protocol):
    """An address that opens a dialog in a messenger."""

    @property
    def channel(self) -> Channel: ...
    @property
    def url(self) -> str: ...


#: ``(business, start parameter) -> where its dialog is opened with it``, one a messenger.
Links = Callable[[Business, str], Sequence[StartLink]]


def no_links(_business: Business, _start: str) -> Sequence[StartLink]:
    """Nowhere."""
    return ()


@dataclass(frozen=True, slots=True)
class App:
    """The core's services, as the dialogs use them, and addresses.

    ``links``: the addresses at which a business's dialog is opened with a start parameter. ``public_url``:
    where messengers open the Mini App, empty when they can't.
    """

    catalogues: Catalogues
    availability: Availability
    bookings: Bookings
    holding: Holding
    clients: Clients
    team: Team
    phones: Phones
    linking: Linking
    closing: Closing
    links: Links = no_links
    public_url: str = ""

    @property
    def has_app(self) -> bool:
        """Whether a Mini App can be opened."""
        return bool(self.public_url)


@dataclass(slots=True)
class Context:
    """One event's surroundings. Look-ups are made once and kept until the event is over.

    ``shown``: where the screen stands whose button was pressed, so that an outgoing message can be delivered
    into it.
    """

    app: App
    caps: Caps
    texts: Texts
    now: datetime
    identity: Identity
    business_id: UUID | None
    shown: SentCopy | None = None
    _catalogue: Catalogue | None = field(default=None, repr=False)
    _client: Client | None = field(default=None, repr=False)
    _client_known: bool = field(default=False, repr=False)

    async def catalogue(self) -> Catalogue:
        """The business they talk to. Raises NotFound when they chose none yet."""
        if self.business_id is None:
            raise NotFound(what="business")
        if self._catalogue is None:
            self._catalogue = await self.app.catalogues.recent(self.business_id)
        return self._catalogue

    async def client(self) -> Client | None:
        """Who they are to this business, if it knows them."""
        if not self._client_known and self.business_id is not None:
            self._client = await self.app.clients.find(self.business_id, self.identity.id)
            self._client_known = True
        return self._client

    def forget_client(self) -> None:
        """Look the client up again: it has just been made or changed."""
        self._client_known = False

    async def actor(self) -> Actor:
        """They, acting as a client."""
        client = await self.client()
        if client is None:
            return Actor(ActorKind.ANONYMOUS, None, self.business_id, name=self.identity.name)
        return Actor(ActorKind.CLIENT, client.id, self.business_id, name=client.name)

    async def member_actor(self, business_id: UUID) -> Actor | None:
        """They, acting for this business; None when they don't belong to it."""
        return await self.app.team.actor(business_id, self.identity.id)

    @property
    def owner(self) -> str:
        """The name under which this conversation holds slots."""
        return hold_owner(self.identity)

    async def use_business(self, business_id: UUID) -> None:
        """Talk to this business from now on, in every later event too."""
        if self.business_id != business_id:
            await self.app.clients.set_business(self.identity.id, business_id)
            self.business_id = business_id
            self._catalogue = None
            self.forget_client()

    def speak(self, locale: str) -> None:
        """Use this language from now on."""
        self.texts = texts(locale)

    async def today(self) -> date:
        """The business's local date."""
        return self.now.astimezone((await self.catalogue()).business.zone).date()
