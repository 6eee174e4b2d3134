"""Sending what the outbox holds.

Any number of processes may sweep: rows are claimed by ``SKIP LOCKED`` under a lease, so that each goes out
once and what a crash left behind goes out when its lease has run out. Before sending, the booking is read
again and what has lost its sense is dropped. Words are the messengers' business
(:mod:`core.ports.channels`), pace and retries are ours. All that is logged about a message names what caused
it.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Final

from core.domain.actor import SYSTEM
from core.domain.client import Channel, Identity
from core.domain.message import MAX_ATTEMPTS, retry_delay
from core.jobs.letters import ELSEWHERE_PATIENCE, Dropped, Letter, Letters, Postponed, delivery_of
from core.jobs.pace import Limits, Pace
from core.ports.cause import caused_by
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
from core.ports.repositories import ClaimedMessage
from core.ports.unit_of_work import Transaction, UnitOfWork
from core.services.catalogues import Catalogues
from core.services.messages import Announcer, Change

log = logging.getLogger(__name__)

#: By the messengers' documents: Telegram 30 messages a second and one a second in a chat, VK 20 calls a
#: second.
LIMITS: Final[Mapping[Channel, Limits]] = {Channel.TELEGRAM: Limits(30), Channel.VK: Limits(20)}

#: How often (seconds) it is looked which bots there are.
_ACCOUNTS_SECONDS: Final = 60.0


class OutboxSweep:
    """Sends due messages. ``senders`` by channel. What is to go out by a bot that only another process has is
    left to that for a while; a bot that nobody has is as good as unreachable.

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
        own = frozenset((channel, key) for channel, each in senders.items() for key in each.accounts)
        self._letters = Letters(clock, new_id, own)
        self._looked_at: float | None = None

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
        now = self._clock.now()
        async with self._uow.begin() as tx:
            if self._looked_at is None or time.monotonic() - self._looked_at > _ACCOUNTS_SECONDS:
                known = {(each.channel, each.key) for each in await tx.people.accounts()}
                self._letters.elsewhere = frozenset(known) - self._letters.own
                self._looked_at = time.monotonic()
            return await tx.outbox.claim(
                now,
                limit=limit,
                lease_seconds=self._lease,
                accounts=self._letters.own if self._letters.elsewhere else None,
                waited_since=now - ELSEWHERE_PATIENCE,
            )

    async def _handle(self, claimed: ClaimedMessage, claimed_at: float) -> None:
        message = claimed.message
        with caused_by(message.request_id):
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
            letter = await self._letters.open(tx, claimed, catalogue)
        if not isinstance(letter, Letter):
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

    async def _send(self, letter: Letter, identity: Identity, claimed_at: float) -> SendResult | Postponed:
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
        result = await self._ask(delivery_of(letter, identity))
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

    async def _give_up(self, letter: Letter) -> None:
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
