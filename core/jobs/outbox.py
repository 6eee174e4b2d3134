"""Sending what the outbox holds.

Any number of processes may sweep: rows are claimed by ``SKIP LOCKED`` under a lease, so that each goes out
once and what a crash left behind goes out when its lease has run out. Before sending, the booking is read
again and what has lost its sense is dropped. Words are the messengers' business
(:mod:`core.ports.channels`), pace and retries are ours.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final, NamedTuple

from core.domain.actor import SYSTEM
from core.domain.booking import Booking
from core.domain.catalog import Catalogue
from core.domain.client import Channel, Client, Identity
from core.domain.message import (
    MAX_ATTEMPTS,
    MessageKind,
    OutgoingMessage,
    after_quiet,
    lost_sense,
    retry_delay,
)
from core.jobs.pace import Limits, Pace
from core.ports.channels import (
    Delivery,
    Failed,
    Gone,
    Rejected,
    RetryAfter,
    Sender,
    SendResult,
    Sent,
    Unreachable,
)
from core.ports.clock import Clock, NewId
from core.ports.repositories import ClaimedMessage, Member, SentCopy
from core.ports.unit_of_work import Transaction, UnitOfWork
from core.services.catalogues import Catalogues
from core.services.messages import Announcer, Change

log = logging.getLogger(__name__)

#: By the messengers' documents: Telegram 30 messages a second and one a second in a chat, VK 20 calls a
#: second.
LIMITS: Final[Mapping[Channel, Limits]] = {Channel.TELEGRAM: Limits(30), Channel.VK: Limits(20)}

_CARD_WAIT: Final = timedelta(seconds=2)
_CARD_PATIENCE: Final = timedelta(minutes=10)


class Dropped(NamedTuple):
    """Not to be sent, and why."""

    reason: str


class Postponed(NamedTuple):
    """Not to be sent yet."""

    until: datetime


@dataclass(frozen=True, slots=True)
class _Letter:
    """A row with all that sending needs: whom to try, in order."""

    message: OutgoingMessage
    catalogue: Catalogue
    addresses: Sequence[Identity]
    booking: Booking | None
    client: Client | None
    member: Member | None
    edit_target: SentCopy | None


class OutboxSweep:
    """Sends due messages. ``senders`` by channel; a channel without one is as good as unreachable.

    ``concurrency`` bounds what is under way at once, ``lease_seconds`` how long a crashed process keeps its
    rows, ``send_timeout`` (seconds) how long a messenger may take to answer.
    """

    def __init__(
        self,
        *,
        uow: UnitOfWork,
        catalogues: Catalogues,
        clock: Clock,
        senders: Mapping[Channel, Sender],
        new_id: NewId,
        limits: Mapping[Channel, Limits] = LIMITS,
        pace: Pace | None = None,
        concurrency: int = 48,
        lease_seconds: int = 120,
        send_timeout: float = 30.0,
    ) -> None:
        self._uow = uow
        self._catalogues = catalogues
        self._clock = clock
        self._senders = senders
        self._new_id = new_id
        self._announcer = Announcer(new_id)
        self._limits = limits
        self._pace = pace or Pace()
        self._concurrency = concurrency
        self._lease = lease_seconds
        self._send_timeout = send_timeout
        self._stopping = False

    async def run_once(self) -> int:
        """Send one batch of what is due now; how many rows were taken."""
        claimed = await self._claim(self._concurrency)
        await asyncio.gather(*(self._handle(each, time.monotonic()) for each in claimed))
        return len(claimed)

    async def drain(self) -> int:
        """Send until nothing is due; how many rows were taken. Rows are claimed as places become free, so
        that an urgent one never waits behind a whole mailing.
        """
        taken = 0
        under_way: set[asyncio.Task[None]] = set()
        try:
            while True:
                room = self._concurrency - len(under_way)
                claimed = [] if self._stopping or not room else await self._claim(room)
                taken += len(claimed)
                now = time.monotonic()
                under_way |= {asyncio.create_task(self._handle(each, now)) for each in claimed}
                if not under_way:
                    return taken
                if not claimed or len(under_way) >= self._concurrency:
                    _, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
        finally:
            # Cancelled from outside: what has been claimed is sent, or its lease would hold it back.
            if under_way:
                await asyncio.wait(under_way)

    def stop(self) -> None:
        """Claim nothing more; what is under way is finished."""
        self._stopping = True

    async def _claim(self, limit: int) -> Sequence[ClaimedMessage]:
        async with self._uow.begin() as tx:
            return await tx.outbox.claim(self._clock.now(), limit=limit, lease_seconds=self._lease)

    async def _handle(self, claimed: ClaimedMessage, claimed_at: float) -> None:
        message = claimed.message
        try:
            await self._deliver(claimed, claimed_at)
        except Exception:
            # One bad row must not stop the others; its lease lets it be tried again, with the attempt
            # counted.
            log.exception("message %s (%s) could not be handled", message.id, message.kind)

    async def _deliver(self, claimed: ClaimedMessage, claimed_at: float) -> None:
        # Before the transaction: inside one, it would ask for another connection.
        catalogue = await self._catalogues.peek(claimed.message.business_id)
        async with self._uow.begin() as tx:
            letter = await self._open(tx, claimed, catalogue)
        if not isinstance(letter, _Letter):
            await self._settle(claimed, letter)
            return
        for identity in letter.addresses:
            result = await self._send(letter, identity, claimed_at)
            if not isinstance(result, Unreachable):
                await self._settle(claimed, result, identity)
                return
            log.info("message %s: %s unreachable (%s)", letter.message.id, identity.channel, result.reason)
            async with self._uow.begin() as tx:
                await tx.people.set_reachable(
                    identity.channel, identity.account_key, identity.external_id, False, self._clock.now()
                )
        await self._give_up(letter)

    async def _open(
        self, tx: Transaction, claimed: ClaimedMessage, catalogue: Catalogue
    ) -> _Letter | Dropped | Postponed:
        """Judge the row by what is true now, and find its addresses."""
        message, now = claimed.message, self._clock.now()
        booking = await tx.bookings.get(message.booking_id) if message.booking_id else None
        reason = lost_sense(message, booking, now)
        if reason is not None:
            return Dropped(reason)
        if message.kind is MessageKind.REMINDER and booking is not None:
            # Due by day and late: what was down at noon does not wake anybody at night.
            morning = after_quiet(now, catalogue.business.messages, booking.zone)
            if morning > now:
                return Postponed(morning)
        if message.edit_of is not None and claimed.edit_target is None:
            # The card to be edited is on its way itself; it will show the present state, but maybe an older
            # one.
            late = now - message.due_at > _CARD_PATIENCE
            return Dropped("card_not_sent") if late else Postponed(now + _CARD_WAIT)
        about = message.client_id or (booking.client_id if booking is not None else None)
        client = await tx.clients.get(about) if about is not None else None
        member = await tx.people.member(message.member_id) if message.member_id else None
        target = claimed.edit_target or _shown_in(message)
        addresses = [each for each in await self._known(tx, message) if each.channel in self._senders]
        if target is not None:
            addresses.sort(
                key=lambda each: (each.channel, each.account_key) != (target.channel, target.account_key)
            )
        reachable = [each for each in addresses if each.reachable]
        if member is not None and reachable:
            reachable = await self._share(tx, message, reachable)
        if not reachable:
            letter = _Letter(message, catalogue, (), booking, client, member, target)
            return letter if addresses and message.client_id is not None else Dropped("no_channel")
        return _Letter(message, catalogue, reachable, booking, client, member, target)

    async def _known(self, tx: Transaction, message: OutgoingMessage) -> Sequence[Identity]:
        if message.client_id is not None:
            return await tx.clients.identities(message.client_id)
        if message.member_id is None:
            return ()
        known = await tx.people.member_identities(message.member_id)
        if message.identity_id is None:
            return known
        return [each for each in known if each.id == message.identity_id]

    async def _share(
        self, tx: Transaction, message: OutgoingMessage, addresses: list[Identity]
    ) -> list[Identity]:
        """A member is told in each of their messengers: this row takes the first, a row of its own each
        other.
        """
        first, *others = addresses
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
        return [first]

    async def _send(self, letter: _Letter, identity: Identity, claimed_at: float) -> SendResult | Postponed:
        limits = self._limits.get(identity.channel, Limits())
        account = f"{identity.channel}:{identity.account_key}"
        wait = self._pace.chat_wait(account, identity.external_id, limits)
        if wait > 1.0 / limits.chat_per_second:
            return Postponed(self._clock.now() + timedelta(seconds=wait))
        await asyncio.sleep(wait)
        await self._pace.turn(account, limits)
        if time.monotonic() - claimed_at > self._lease - self._send_timeout:
            # Another process may be about to take it: give it back rather than send it twice.
            return Postponed(self._clock.now())
        result = await self._ask(_delivery(letter, identity))
        if isinstance(result, RetryAfter):
            log.warning("%s asks to wait %.0f s", account, result.seconds)
            self._pace.pause(account, result.seconds, limits)
        return result

    async def _ask(self, delivery: Delivery) -> SendResult:
        sender = self._senders[delivery.identity.channel]
        try:
            async with asyncio.timeout(self._send_timeout):
                return await sender.send(delivery)
        except TimeoutError:
            return Failed("timeout")
        except Exception as error:
            log.exception("sender of %s failed", delivery.identity.channel)
            return Failed(type(error).__name__)

    async def _settle(
        self,
        claimed: ClaimedMessage,
        result: SendResult | Dropped | Postponed,
        identity: Identity | None = None,
    ) -> None:
        """Write down how it went."""
        await self._uow.run(partial(self._record, claimed, result))
        if isinstance(result, Failed | Rejected):
            channel = identity.channel if identity else "-"
            log.warning("message %s by %s: %s", claimed.message.id, channel, result.error)

    async def _record(
        self, claimed: ClaimedMessage, result: SendResult | Dropped | Postponed, tx: Transaction
    ) -> None:
        now, message_id = self._clock.now(), claimed.message.id
        match result:
            case Sent(copy):
                await tx.outbox.mark_sent(message_id, copy, now)
            case Dropped(reason):
                await tx.outbox.mark_dropped(message_id, reason, now)
            case Gone():
                await tx.outbox.mark_dropped(message_id, "message_gone", now)
            case Postponed(until):
                await tx.outbox.postpone(message_id, until, now)
            case RetryAfter(seconds):
                await tx.outbox.postpone(message_id, now + timedelta(seconds=seconds), now)
            case Rejected(error):
                await tx.outbox.mark_failed(message_id, error, None, now)
            case Failed(error):
                again = None
                if claimed.attempts < MAX_ATTEMPTS:
                    jitter = random.random()  # noqa: S311 - spreads retries, keeps no secret
                    again = now + retry_delay(max(claimed.attempts, 1), jitter)
                await tx.outbox.mark_failed(message_id, error, again, now)
            case Unreachable(reason):
                await tx.outbox.mark_dropped(message_id, reason, now)

    async def _give_up(self, letter: _Letter) -> None:
        """Nobody could be reached: the row ends here, and for a client somebody of the business is told,
        once.
        """
        message = letter.message

        async def work(tx: Transaction) -> None:
            now = self._clock.now()
            if message.client_id is not None and letter.booking is not None:
                change = Change("unreachable", SYSTEM, now)
                await self._announcer.unreachable(tx, letter.booking, change, message.kind)
            await tx.outbox.mark_dropped(message.id, "unreachable", now)

        await self._uow.run(work)


def _delivery(letter: _Letter, identity: Identity) -> Delivery:
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
    )


def _shown_in(message: OutgoingMessage) -> SentCopy | None:
    """The dialog's message that a client's row is to be an edit of."""
    value = message.params.get("shown_in")
    if message.kind is MessageKind.CARD_UPDATE or not isinstance(value, list | tuple) or len(value) != 4:
        return None
    channel, account_key, peer_id, external_id = (str(part) for part in value)
    return SentCopy(Channel(channel), account_key, peer_id, external_id)
