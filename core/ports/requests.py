"""Requests that carry a key of their own, so that sending them again has no second effect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """A request as it is told from others.

    ``business_id`` and ``caller`` say whose key it is, ``operation`` is the method and the path, ``key_hash``
    a digest of the key, ``fingerprint`` the SHA-256 of what was sent.
    """

    business_id: UUID | None
    caller: str
    operation: str
    key_hash: bytes
    fingerprint: bytes


class StoredAnswer(NamedTuple):
    """What was answered. ``headers``: those that the caller needs again, and no others."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class KnownRequest(NamedTuple):
    """A request as it is kept.

    ``id`` stays the same however often the request is worked on. ``locked_at`` (UTC): since when somebody
    works on it; ``mine``: it is whoever asks. ``answer``: None until it is done.
    """

    id: UUID
    fingerprint: bytes
    locked_at: datetime
    mine: bool
    answer: StoredAnswer | None


class RequestRepository(Protocol):
    """Keyed requests and their answers."""

    async def take(
        self, request: KeyedRequest, new_id: UUID, now: datetime, *, stale: datetime, expires_at: datetime
    ) -> KnownRequest | None:
        """Keep a new request as ``new_id``; or take over one that was left unfinished before ``stale`` (UTC);
        or find the one there is. None when it came and went at this moment: ask again.
        """
        ...

    async def finish(self, request_id: UUID, answer: StoredAnswer) -> None:
        """Keep the answer, unless there is one."""
        ...

    async def release(self, request_id: UUID, locked_at: datetime) -> None:
        """Nobody works on it any more, if it was who took it at ``locked_at``: the next one may at once."""
        ...

    async def remove(self, request_id: UUID, locked_at: datetime) -> None:
        """It never was, if nobody has taken it since ``locked_at``."""
        ...

    async def forget(self, now: datetime) -> int:
        """Delete what has expired; how many."""
        ...
