"""Outgoing messages in memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from core.domain.message import MessageKind, OutgoingMessage
from tests.support.memory.state import Rows


class Outbox(Rows):
    async def add(self, messages: Sequence[OutgoingMessage]) -> None:
        for message in messages:
            self._s.outbox.setdefault(message.dedup_key, message)

    async def drop_for_booking(self, booking_id: UUID, kinds: Collection[MessageKind]) -> None:
        for message in self._s.outbox.values():
            if message.booking_id == booking_id and message.kind in kinds:
                self._s.dropped[message.id] = "stale"

    async def sent_cards(self, booking_id: UUID, kinds: Collection[MessageKind]) -> Sequence[OutgoingMessage]:
        return [
            message
            for message in self._s.outbox.values()
            if message.booking_id == booking_id
            and message.kind in kinds
            and message.id not in self._s.dropped
        ]
