"""A messenger that remembers what it was given and answers as it is told."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping

from core.domain.client import Channel
from core.domain.message import MessageKind
from core.jobs.outbox import OutboxSweep
from core.jobs.pace import Limits
from core.ports.channels import Delivery, Gone, SendResult, Sent
from core.ports.repositories import SentCopy
from deploy.clock import new_id
from tests.support.world import Core

#: No waiting in tests that are not about pace.
UNLIMITED = {channel: Limits(100_000, 100_000.0, 1000, 0.0) for channel in Channel}


class Recorder:
    """``given`` are all deliveries; ``answers`` are used up first, then everything is sent."""

    def __init__(self, channel: Channel = Channel.TELEGRAM, *accounts: str) -> None:
        self.channel = channel
        self.accounts = accounts or ("1",)
        self.given: list[Delivery] = []
        self.answers: deque[SendResult | Exception | Callable[[Delivery], SendResult]] = deque()
        self.gate: asyncio.Event | asyncio.Barrier | None = None
        self.begun = asyncio.Event()

    async def send(self, delivery: Delivery) -> SendResult:
        """The port's method."""
        self.given.append(delivery)
        self.begun.set()
        if self.gate is not None:
            await self.gate.wait()
        answer = self.answers.popleft() if self.answers else self._sent(delivery)
        if isinstance(answer, Exception):
            raise answer
        return answer(delivery) if callable(answer) else answer

    def _sent(self, delivery: Delivery) -> SendResult:
        if delivery.edit_only and delivery.edit_target is None:
            return Gone()
        if delivery.edit_target is not None:
            return Sent(delivery.edit_target)
        identity = delivery.identity
        return Sent(
            SentCopy(identity.channel, identity.account_key, identity.external_id, str(len(self.given)))
        )

    def kinds(self) -> list[MessageKind]:
        """The kinds that were delivered, in order."""
        return [delivery.message.kind for delivery in self.given]

    def to_clients(self) -> list[MessageKind]:
        """The kinds that clients got."""
        return [d.message.kind for d in self.given if d.message.client_id is not None]

    def of(self, kind: MessageKind) -> list[Delivery]:
        """The deliveries of one kind."""
        return [delivery for delivery in self.given if delivery.message.kind is kind]


def sweep(
    core: Core,
    *recorders: Recorder,
    limits: Mapping[Channel, Limits] = UNLIMITED,
    concurrency: int = 48,
) -> OutboxSweep:
    """A sweep that delivers to these."""
    return OutboxSweep(
        uow=core.uow,
        catalogues=core.catalogues,
        clock=core.clock,
        senders={recorder.channel: recorder for recorder in recorders},
        new_id=new_id,
        limits=limits,
        concurrency=concurrency,
    )
