"""What becomes of a row of the outbox when its time has come: judged by what is true now, with the ways to
its reader in order; or dropped, or put off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from core.domain.actor import ActorKind
from core.domain.booking import OPEN, Booking
from core.domain.catalog import Catalogue
from core.domain.client import Channel, Client, Identity
from core.domain.member import Member
from core.domain.message import MessageKind, OutgoingMessage, after_quiet, lost_sense, reminded_together
from core.ports.channels import Delivery
from core.ports.clock import Clock, NewId
from core.ports.repositories import ClaimedMessage, SentCopy
from core.ports.unit_of_work import Transaction
from core.services.booking_create import CREATE

_CARD_WAIT: Final = timedelta(seconds=2)
_CARD_PATIENCE: Final = timedelta(minutes=10)
#: How long a message is left to the process that has its bot, before others do without it.
ELSEWHERE_PATIENCE: Final = timedelta(hours=1)
_ELSEWHERE_AGAIN: Final = timedelta(seconds=30)
#: How many coming visits of a client are looked at for those of one day.
_DAY_VISITS: Final = 20


class Dropped(NamedTuple):
    """Not to be sent, and why."""

    reason: str


class Postponed(NamedTuple):
    """Not to be sent yet."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Letter:
    """A row with all that sending needs: whom to try, in order."""

    message: OutgoingMessage
    catalogue: Catalogue
    addresses: Sequence[Identity]
    booking: Booking | None
    client: Client | None
    member: Member | None
    edit_target: SentCopy | None
    client_reachable: bool = True
    together: tuple[Booking, ...] = ()


class Letters:
    """Opens rows. ``own``: the bots and communities that this process can write by; ``elsewhere``: those
    that only others have.
    """

    def __init__(self, clock: Clock, new_id: NewId, own: frozenset[tuple[Channel, str]]) -> None:
        self._clock = clock
        self._new_id = new_id
        self.own = own
        self.elsewhere: frozenset[tuple[Channel, str]] = frozenset()

    async def open(
        self, tx: Transaction, claimed: ClaimedMessage, catalogue: Catalogue
    ) -> Letter | Dropped | Postponed:
        """Judge the row by what is true now, and find its addresses."""
        message, now = claimed.message, self._clock.now()
        together: tuple[Booking, ...] = ()
        booking = await tx.bookings.get(message.booking_id) if message.booking_id else None
        reason = lost_sense(message, booking, now)
        if reason is not None:
            return Dropped(reason)
        if message.kind is MessageKind.REMINDER and booking is not None:
            # Due by day and late: what was down at noon does not wake anybody at night.
            morning = after_quiet(now, catalogue.business.messages, booking.zone)
            if morning > now:
                return Postponed(morning)
            together = await self._together(tx, booking, message)
            if together[0].id != booking.id:
                return Dropped("told_together")
        if message.edit_of is not None and claimed.edit_target is None:
            # The card to be edited is on its way itself; it will show the present state, but maybe an older
            # one.
            late = now - message.due_at > _CARD_PATIENCE
            return Dropped("card_not_sent") if late else Postponed(now + _CARD_WAIT)
        about = message.client_id or (booking.client_id if booking is not None else None)
        client = await tx.clients.get(about) if about is not None else None
        member = await tx.people.member(message.member_id) if message.member_id else None
        target = claimed.edit_target or _shown_in(message)
        addresses = list(await self._known(tx, message))
        if target is not None:
            addresses.sort(
                key=lambda each: (each.channel, each.account_key) != (target.channel, target.account_key)
            )
        reachable = [each for each in addresses if each.reachable and _account(each) in self.own]
        first = next((each for each in addresses if each.reachable), None)
        waited = now - message.due_at >= ELSEWHERE_PATIENCE
        if first is not None and _account(first) in self.elsewhere and not waited:
            return Postponed(now + _ELSEWHERE_AGAIN)
        if member is not None and reachable:
            others = [each for each in addresses if each.reachable and each != reachable[0]]
            await self._share(tx, message, [each for each in others if self._has(each)])
            reachable = reachable[:1]
        letter = Letter(message, catalogue, reachable, booking, client, member, target, together=together)
        if not reachable:
            tells = message.client_id is not None and (bool(addresses) or _is_news(message))
            return letter if tells else Dropped("no_channel")
        if member is not None and booking is not None and booking.status in OPEN and client is not None:
            theirs = await tx.clients.identities(client.id)
            return replace(letter, client_reachable=any(each.reachable for each in theirs))
        return letter

    async def _together(
        self, tx: Transaction, booking: Booking, message: OutgoingMessage
    ) -> tuple[Booking, ...]:
        """The visits of the day that are told of at once, first that whose reminder does: the others' own
        ones go.

        One that was booked after the first one's reminder has gone out has its own.
        """
        minutes = int(str(message.params.get("minutes", 0)))
        now = self._clock.now()
        coming = await tx.bookings.of_client(booking.client_id, since=now, limit=_DAY_VISITS)
        visits = reminded_together(booking, [each for each in coming if each.start > now], minutes)
        earlier = [each for each in visits if (each.start, each.id) < (booking.start, booking.id)]
        for each in earlier:
            if await tx.outbox.reminder_waits(each.id, minutes):
                return visits
        mine = visits[len(earlier) :]
        if later := [each.id for each in mine[1:]]:
            await tx.outbox.drop_reminders(later, minutes, now)
        return mine

    async def _known(self, tx: Transaction, message: OutgoingMessage) -> Sequence[Identity]:
        if message.client_id is not None:
            return await tx.clients.identities(message.client_id)
        if message.member_id is None:
            return ()
        known = await tx.people.member_identities(message.member_id)
        if message.identity_id is None:
            return known
        return [each for each in known if each.id == message.identity_id]

    def _has(self, identity: Identity) -> bool:
        """Whether anybody can write to them."""
        return _account(identity) in self.own | self.elsewhere

    async def _share(self, tx: Transaction, message: OutgoingMessage, others: Sequence[Identity]) -> None:
        """A member is told in each of their messengers: this row takes the first, a row of its own each
        other.
        """
        if message.edit_of is None and message.identity_id is None and others:
            await tx.outbox.add(
                [
                    replace(
                        message,
                        id=self._new_id(),
                        identity_id=each.id,
                        dedup_key=f"{message.dedup_key}:{each.id}",
                    )
                    for each in others
                ]
            )


def delivery_of(letter: Letter, identity: Identity) -> Delivery:
    """The letter on its way to one of its addresses."""
    reader, target = letter.member or letter.client, letter.edit_target
    if target is not None and (target.channel, target.account_key) != (
        identity.channel,
        identity.account_key,
    ):
        target = None
    return Delivery(
        message=letter.message,
        identity=identity,
        locale=identity.locale or (reader.locale if reader else letter.catalogue.business.locale),
        catalogue=letter.catalogue,
        booking=letter.booking,
        client=letter.client,
        member=letter.member,
        edit_target=target,
        edit_only=letter.message.edit_of is not None,
        client_reachable=letter.client_reachable,
        together=letter.together,
    )


def _account(identity: Identity) -> tuple[Channel, str]:
    return identity.channel, identity.account_key


def _is_news(message: OutgoingMessage) -> bool:
    """Whether a client who is in no messenger would want to know it all the same: what the business did to a
    booking later on. What they did themselves they know, and reminders are a courtesy.
    """
    params = message.params
    by_client = params.get("actor_kind") in {ActorKind.CLIENT, ActorKind.ANONYMOUS}
    return message.kind is not MessageKind.REMINDER and not by_client and params.get("event") != CREATE


def _shown_in(message: OutgoingMessage) -> SentCopy | None:
    """The dialog's message that a client's row is to be an edit of."""
    value = message.params.get("shown_in")
    if message.kind is MessageKind.CARD_UPDATE or not isinstance(value, list | tuple) or len(value) != 4:
        return None
    channel, account_key, peer_id, external_id = (str(part) for part in value)
    return SentCopy(Channel(channel), account_key, peer_id, external_id)
