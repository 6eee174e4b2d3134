"""Long polling: ``getUpdates`` in a loop of our own.

A batch is confirmed, by the offset of the next call, only when it has been taken in; until then Telegram
keeps it. Troubles are waited out, each longer than the one before.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from aiogram import Bot
from aiogram.exceptions import AiogramError, TelegramConflictError, TelegramRetryAfter
from aiogram.methods import DeleteWebhook

from bots.telegram.calls import GetUpdates
from bots.telegram.inbound import ALLOWED_UPDATES
from bots.telegram.outgoing import told

_log = logging.getLogger(__name__)

Update = dict[str, Any]

#: Seconds that a call is open for when nothing happens, and what the network may add.
POLL_SECONDS: Final = 25
_SLACK: Final = 15

_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 30.0


class Poller:
    """``take`` stores a batch; when it raises, the batch is fetched again.

    ``pause`` and ``longest`` (seconds) bound the waiting after a failure.
    """

    def __init__(
        self,
        bot: Bot,
        take: Callable[[Sequence[Update]], Awaitable[None]],
        *,
        pause: float = _FIRST_PAUSE,
        longest: float = _LONGEST_PAUSE,
    ) -> None:
        self._bot = bot
        self._take = take
        self._first, self._longest = pause, longest
        self._pause = pause
        self._offset: int | None = None
        self._webhook_gone = False

    async def run(self) -> None:
        """Poll until cancelled."""
        while True:
            try:
                await self._round()
                self._pause = self._first
            except TelegramRetryAfter as error:
                await asyncio.sleep(error.retry_after)
            except TelegramConflictError as error:
                # A webhook was set behind our back, or another process polls for this bot.
                self._webhook_gone = False
                await self._wait(f"another receiver of updates: {error.message}")
            except AiogramError as error:
                await self._wait(told(error))
            except Exception:  # noqa: BLE001 - the batch is kept by Telegram and fetched again
                _log.exception("updates could not be taken in", extra={"bot": self._bot.id})
                await self._wait("storing failed")

    async def _round(self) -> None:
        if not self._webhook_gone:
            await self._bot(DeleteWebhook(drop_pending_updates=False))
            self._webhook_gone = True
        updates = await self._bot(
            GetUpdates(offset=self._offset, timeout=POLL_SECONDS, allowed_updates=list(ALLOWED_UPDATES)),
            request_timeout=POLL_SECONDS + _SLACK,
        )
        if updates:
            await self._take(updates)
            self._offset = max(int(update["update_id"]) for update in updates) + 1

    async def _wait(self, why: str) -> None:
        # Two pollers of one bot would otherwise end each other's calls in step for ever.
        seconds = self._pause * random.uniform(0.8, 1.2)  # noqa: S311 - spreads retries, keeps no secret
        _log.warning("polling pauses: %s", why, extra={"bot": self._bot.id, "seconds": round(seconds, 1)})
        self._pause = min(self._pause * 2, self._longest)
        await asyncio.sleep(seconds)
