"""One-time links and merging cards in memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from core.domain.client import ClientLink
from tests.support.memory.state import Rows


class Links(Rows):
    async def add(self, code_hash: bytes, link: ClientLink) -> None:
        self._s.one_time_links[code_hash] = link

    async def find(self, code_hash: bytes) -> ClientLink | None:
        return self._s.one_time_links.get(code_hash)

    async def use(self, code_hash: bytes, identity_id: UUID, now: datetime) -> bool:
        link = self._s.one_time_links.get(code_hash)
        if link is None or link.used_by is not None or link.expires_at <= now:
            return False
        self._s.one_time_links[code_hash] = replace(link, used_by=identity_id)
        return True

    async def merge(self, gone: UUID, kept: UUID, now: datetime) -> Sequence[UUID]:
        moved = [each.id for each in self._s.bookings.values() if each.client_id == gone]
        await self.hand_over(moved, kept, now)
        for key, client_id in list(self._s.links.items()):
            if client_id == gone:
                self._s.links[key] = kept
        for (client_id, purpose, version), consent in list(self._s.consents.items()):
            if client_id == gone:
                self._s.consents.setdefault((kept, purpose, version), replace(consent, client_id=kept))
        for hashed, link in list(self._s.one_time_links.items()):
            if link.client_id == gone:
                self._s.one_time_links[hashed] = replace(link, client_id=kept)
        left = self._s.clients[gone]
        self._s.clients[gone] = replace(left, merged_into=kept, phone=None, phone_verified=False, email=None)
        return moved

    async def hand_over(self, booking_ids: Collection[UUID], client_id: UUID, now: datetime) -> None:
        for booking_id in booking_ids:
            self._s.bookings[booking_id] = replace(self._s.bookings[booking_id], client_id=client_id)
        for key, message in list(self._s.outbox.items()):
            if message.booking_id in booking_ids and message.client_id is not None:
                self._s.outbox[key] = replace(message, client_id=client_id)
