"""Outgoing messages in memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import cast
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

    async def drop_day_closed(self, booking_ids: Collection[UUID]) -> None:
        named = {str(each) for each in booking_ids}
        for message in self._s.outbox.values():
            told = cast("list[dict[str, object]]", message.params.get("visits", []))
            if message.kind is MessageKind.DAY_CLOSED and {each["booking"] for each in told} <= named:
                self._s.dropped[message.id] = "stale"

    async def sent_cards(self, booking_id: UUID, kinds: Collection[MessageKind]) -> Sequence[OutgoingMessage]:
        return [
            message
            for message in self._s.outbox.values()
            if message.booking_id == booking_id
            and message.kind in kinds
            and message.id not in self._s.dropped
        ]
