"""One person in several messengers, or first on the web: shown by a one-time link, or by a proved phone.

A link is good once and for half an hour. Opened in a messenger, one that somebody asked for in another
messenger makes both theirs, with one card and one history; one that belongs to a booking from the web brings
that booking (with the rest of its series) to whoever opens it, and nothing else of the web's card: a typed
phone may be somebody else's.

Who opens a link that a stranger has sent would share their own visits with that stranger. So a link of a card
is looked at first (:meth:`Linking.peek`), and opened once its opener has been asked.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Final, TypeVar
from uuid import UUID

from core.domain.actor import Actor, ActorKind
from core.domain.booking import Booking, BookingStatus, expiry_of
from core.domain.catalog import Catalogue
from core.domain.client import (
    CONSENT_VERSION,
    PERSONAL_DATA,
    Client,
    ClientLink,
    Consent,
    Identity,
)
from core.domain.errors import LinkInvalid, NotFound, TryAgain, TwoPhones
from core.domain.visit_rules import rules_of_booking
from core.ports.unit_of_work import Transaction
from core.services.booking_base import BookingCases
from core.services.booking_create import CREATE
from core.services.bulk_messages import BulkAnnouncer
from core.services.catalog_editing import region_of
from core.services.joining import CardsChanged, Joining, identity_key, lock_cards, note_new_card, present_card
from core.services.messages import Change
from core.services.standing import CATALOGUE_TRIES, StaleCatalogue, refusal_of
from core.services.tokens import digest

PREFIX: Final = "link_"
LINK_LIFE: Final = timedelta(minutes=30)
#: How the history calls it that a booking from the web came into a messenger.
LINKED: Final = "linked"
_BYTES: Final = 24
_TRIES: Final = 4

T = TypeVar("T")


class Opening(StrEnum):
    """What came of opening a link. ``SAME``: nothing new, it had been so before."""

    LINKED = "linked"
    MERGED = "merged"
    BOOKING = "booking"
    CONFIRMED = "confirmed"
    SAME = "same"


class LinkKind(StrEnum):
    """What a link is of: a client's card, or one booking."""

    CLIENT = "client"
    BOOKING = "booking"


@dataclass(frozen=True, slots=True)
class Peeked:
    """What opening a link would do. ``name``: the first name on the card, empty for a booking. ``known``:
    the opener has that card already, so that opening it would change nothing.
    """

    kind: LinkKind
    business_id: UUID
    name: str = ""
    known: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """``client``: who the opener is from now on. ``booking_id``: the booking that the link was of."""

    what: Opening
    client: Client
    booking_id: UUID | None = None


class Linking(BookingCases):
    """See the module."""

    async def of_client(self, actor: Actor, business_id: UUID) -> str:
        """A start parameter (``link_…``, as :meth:`Team.create_invite`'s) for the client's other messenger.

        Raises NotFound for anybody but a client of this business.
        """
        if actor.kind is not ActorKind.CLIENT or actor.id is None or actor.business_id != business_id:
            raise NotFound(what="client")
        async with self._uow.begin() as tx:
            client = await present_card(tx, actor.id)
            return await self._made(tx, business_id, client_id=client.id)

    async def of_booking(self, actor: Actor, booking_id: UUID) -> str:
        """The same for one booking, by its client. Raises NotFound."""
        async with self._uow.begin() as tx:
            booking = await self._seen(tx, actor, booking_id)
            if actor.kind is not ActorKind.CLIENT:
                raise NotFound(what="booking")
            return await self._made(tx, booking.business_id, booking_id=booking.id)

    async def peek(self, start: str, identity: Identity) -> Peeked:
        """What :meth:`open` would do for this messenger user; the link stays unused.

        Raises LinkInvalid (as ``open`` does).
        """
        _, link = await self._found(start, identity)
        async with self._uow.read() as tx:
            own = await tx.clients.by_identity(link.business_id, identity.id)
            card = None if link.client_id is None else await present_card(tx, link.client_id)
        used = link.used_by is not None
        if (used and own is None) or (not used and link.expires_at <= self._clock.now()):
            raise LinkInvalid
        if card is None:
            return Peeked(LinkKind.BOOKING, link.business_id)
        known = used or (own is not None and own.id == card.id)
        first_name = next(iter(card.name.split()), "")
        return Peeked(LinkKind.CLIENT, link.business_id, first_name, known)

    async def open(self, start: str, identity: Identity) -> Opened:
        """A messenger user opens a link (with or without ``link_``). Again is no fault.

        Raises LinkInvalid (unknown, another's, too old), TwoPhones, TryAgain.
        """
        hashed, link = await self._found(start, identity)
        catalogue = await self._catalogues.get(link.business_id)
        for _ in range(CATALOGUE_TRIES):
            try:
                return await self._surely(partial(self._open, catalogue, hashed, link, identity))
            except StaleCatalogue as stale:
                catalogue = await self._catalogues.fresher(catalogue, stale.version) or catalogue
        raise TryAgain

    async def _found(self, start: str, identity: Identity) -> tuple[bytes, ClientLink]:
        """The link with the hash of its code, if it may be this user's. Raises LinkInvalid."""
        code = start.removeprefix(PREFIX)
        if not code or len(code) > 64 or not code.isascii():
            raise LinkInvalid
        hashed = digest(code)
        async with self._uow.read() as tx:
            link = await tx.links.find(hashed)
            accounts = await tx.people.accounts()
        if link is None or link.used_by not in {None, identity.id}:
            raise LinkInvalid
        here = (identity.channel, identity.account_key)
        bound = next((each.business_id for each in accounts if (each.channel, each.key) == here), None)
        if bound not in {None, link.business_id}:
            # Another business's own bot: it has no say in this one's cards.
            raise LinkInvalid
        return hashed, link

    async def prove_phone(self, business_id: UUID, identity_id: UUID, phone: str) -> Client | None:
        """A messenger vouches for this user's phone: their card has it from now on, and becomes one with
        the card that proved it before. None for somebody who has no card here yet: their first booking will
        see to it.

        The same wherever else they have a card, but where it has proved another phone than that other one:
        there, both stay. Raises InvalidInput (``phone``), TwoPhones, TryAgain.
        """
        catalogue = await self._catalogues.peek(business_id)
        parsed = self._phones.parse(phone, region_of(catalogue))
        async with self._uow.read() as tx:
            known = await tx.clients.businesses_of(identity_id)
        for each in known:
            if each != business_id:
                with suppress(TwoPhones):
                    await self._surely(partial(self._prove, each, identity_id, parsed))
        return await self._surely(partial(self._prove, business_id, identity_id, parsed))

    async def _surely(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        for _ in range(_TRIES):
            try:
                return await self._uow.run(work)
            except CardsChanged:
                continue
        raise TryAgain

    # --- links

    async def _made(
        self,
        tx: Transaction,
        business_id: UUID,
        *,
        client_id: UUID | None = None,
        booking_id: UUID | None = None,
    ) -> str:
        code, now = secrets.token_urlsafe(_BYTES), self._clock.now()
        link = ClientLink(business_id, client_id, booking_id, now, now + LINK_LIFE)
        await tx.links.add(digest(code), link)
        return PREFIX + code

    async def _open(
        self, catalogue: Catalogue, hashed: bytes, link: ClientLink, identity: Identity, tx: Transaction
    ) -> Opened:
        now, business_id = self._clock.now(), link.business_id
        own = await tx.clients.by_identity(business_id, identity.id)
        target = link.client_id
        if link.booking_id is not None:
            booking = await tx.bookings.get(link.booking_id)
            target = booking.client_id if booking is not None else None
        if target is None:
            raise LinkInvalid
        cards = {target} if own is None else {target, own.id}
        await lock_cards(tx, business_id, cards, identity_key(business_id, identity.id))
        again = await tx.clients.by_identity(business_id, identity.id)
        if (again and again.id) != (own and own.id):
            raise CardsChanged
        if not await tx.links.use(hashed, identity.id, now):
            used = await tx.links.find(hashed)
            if used is None or used.used_by != identity.id or own is None:
                raise LinkInvalid
            return Opened(Opening.SAME, own, link.booking_id)
        if link.booking_id is not None:
            return await self._bring(tx, catalogue, link.booking_id, identity=identity, own=own, now=now)
        card = await present_card(tx, target)
        if own is None:
            await tx.clients.link(card.id, identity.id)
            return Opened(Opening.LINKED, card)
        if own.id == card.id:
            return Opened(Opening.SAME, own)
        return Opened(Opening.MERGED, await Joining(self._new_id).merge(tx, card, own, now))

    # --- a booking from the web

    async def _bring(
        self,
        tx: Transaction,
        catalogue: Catalogue,
        booking_id: UUID,
        *,
        identity: Identity,
        own: Client | None,
        now: datetime,
    ) -> Opened:
        """The booking becomes the opener's, and is confirmed by that if it waited for it."""
        booking = await tx.bookings.get(booking_id)
        if booking is not None and booking.series_id is None:
            booking = await tx.bookings.get(booking_id, for_update=True)
        if booking is None:
            raise LinkInvalid
        was = booking.client_id
        bookings = [booking]
        if booking.series_id is not None:
            series = sorted(await tx.bookings.of_series(booking.series_id), key=lambda each: each.id)
            found = [await tx.bookings.get(each.id, for_update=True) for each in series]
            bookings = [each for each in found if each is not None and each.client_id == was]
            bookings.sort(key=lambda each: (each.start, each.id))
        client = own or await self._own_card(tx, booking, identity, now)
        change = Change(LINKED, Actor(ActorKind.CLIENT, client.id, client.business_id, name=client.name), now)
        if client.id != was:
            await tx.links.hand_over([each.id for each in bookings], client.id, now)
            await note_new_card(tx, self._new_id, [each.id for each in bookings], change, was)
        waiting = [each for each in bookings if each.awaits_client and each.status is BookingStatus.PENDING]
        if waiting:
            await self._confirm(tx, catalogue, waiting, client, change)
            return Opened(Opening.CONFIRMED, client, booking_id)
        for each in bookings if client.id != was else ():
            await self._announcer.redrawn(tx, replace(each, client_id=client.id), change)
        return Opened(Opening.BOOKING if client.id != was else Opening.SAME, client, booking_id)

    async def _own_card(self, tx: Transaction, booking: Booking, identity: Identity, now: datetime) -> Client:
        """A card of the opener's own, with what was typed on the web, and the consent that was given
        there. What else the web's card says may have been written there by or for somebody else.
        """
        typed = await present_card(tx, booking.client_id)
        history = await tx.bookings.timeline(booking.id)
        said = (
            each.actor_name
            for each in history
            if each.event == CREATE and each.actor_kind == ActorKind.CLIENT.value
        )
        card = Client(
            id=self._new_id(),
            business_id=booking.business_id,
            name=next(said, "") or identity.name,
            phone=typed.phone,
            phone_verified=False,
            email=typed.email if typed.created_at == booking.created_at else None,
            locale=identity.locale or typed.locale,
            created_at=now,
        )
        await tx.clients.save(card)
        await tx.clients.link(card.id, identity.id)
        if await tx.clients.has_consent(typed.id, PERSONAL_DATA, CONSENT_VERSION):
            source = booking.source.value
            await tx.clients.add_consent(
                Consent(self._new_id(), card.id, PERSONAL_DATA, CONSENT_VERSION, source, booking.created_at)
            )
        return card

    async def _confirm(
        self,
        tx: Transaction,
        catalogue: Catalogue,
        waiting: Sequence[Booking],
        client: Client,
        change: Change,
    ) -> None:
        """From here on they are as if they had been made in the messenger; one that could not stand where it
        is any more waits for the business's word.
        """
        made: list[Booking] = []
        for booking in waiting:
            rules = rules_of_booking(catalogue, booking)
            stands = await refusal_of(tx, catalogue, booking, change.now) is None
            confirmed = stands and rules.auto_confirm
            changed = replace(
                booking,
                client_id=client.id,
                status=BookingStatus.CONFIRMED if confirmed else BookingStatus.PENDING,
                expires_at=None if confirmed else expiry_of(booking.start, rules, change.now),
                awaits_client=False,
                version=booking.version + 1,
                updated_at=change.now,
            )
            await self._swap(tx, changed, booking.version)
            await self._note(tx, changed, change, {"status": booking.status}, {"status": changed.status})
            made.append(changed)
        messages = catalogue.business.messages
        if len(made) > 1:
            await BulkAnnouncer(self._new_id).series_made(tx, made, change, messages, to_client=False)
        else:
            deciders = await tx.people.deciders(made[0].business_id, made[0].staff_ids)
            await self._announcer.created(tx, made[0], change, messages, deciders=deciders, to_client=False)

    # --- a proved phone

    async def _prove(
        self, business_id: UUID, identity_id: UUID, phone: str, tx: Transaction
    ) -> Client | None:
        joining = Joining(self._new_id)
        card = await joining.by_phone(
            tx, business_id, phone, client_id=None, identity_id=identity_id, now=self._clock.now()
        )
        await tx.people.set_phone(identity_id, phone, self._clock.now())
        if card is None or (card.phone == phone and card.phone_verified):
            return card
        return await tx.clients.save(replace(card, phone=phone, phone_verified=True))
