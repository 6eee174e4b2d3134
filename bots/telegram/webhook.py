"""Webhooks in, whatever web framework they come through.

The HTTP side hands over the bot's id, the secret header and the body, and gets the status to answer with.
Telegram repeats what was not answered with 2xx, so an update is acknowledged only when it is stored.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol

from bots.common.inbox import NotReady
from bots.common.wire import loads

_log = logging.getLogger(__name__)

#: The header that carries the secret given to ``setWebhook``.
SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 (the name of a header)

OK: Final = 200
BAD_REQUEST: Final = 400
UNAUTHORIZED: Final = 401
NOT_FOUND: Final = 404
UNAVAILABLE: Final = 503


class Receiver(Protocol):
    """A bot that takes updates by webhook."""

    @property
    def webhook_secret(self) -> str | None:
        """What Telegram sends along; None: this bot has no webhook."""
        ...

    async def take(self, updates: list[dict[str, Any]]) -> None:
        """Store updates. Raises NotReady and what the database raises."""
        ...


#: ``receive(bot_id, secret_header, body) -> status``: what the web application is given.
Receive = Callable[[int, str | None, bytes], Awaitable[int]]


def receiver(bots: Mapping[int, Receiver]) -> Receive:
    """The function behind ``POST /hooks/telegram/{bot_id}`` for these bots, by id."""

    async def receive(bot_id: int, secret: str | None, body: bytes) -> int:
        """The HTTP status: 404 unknown bot, 401 wrong secret, 400 no update, 503 try again, 200 stored."""
        bot = bots.get(bot_id)
        if bot is None or bot.webhook_secret is None:
            return NOT_FOUND
        if not _same(secret or "", bot.webhook_secret):
            _log.warning("webhook with a wrong secret", extra={"bot": bot_id})
            return UNAUTHORIZED
        update = _update(body)
        if update is None:
            return BAD_REQUEST
        try:
            await bot.take([update])
        except NotReady:
            return UNAVAILABLE
        except Exception:  # noqa: BLE001 - Telegram will deliver it again
            _log.exception("update could not be stored", extra={"bot": bot_id})
            return UNAVAILABLE
        return OK

    return receive


def _same(given: str, wanted: str) -> bool:
    """In constant time, so that the secret can't be guessed letter by letter."""
    return bool(wanted) and hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())


def _update(body: bytes) -> dict[str, Any] | None:
    try:
        update = loads(body)
    except ValueError:
        return None
    if not isinstance(update, dict):
        return None
    number = update.get("update_id")
    return update if isinstance(number, int) and not isinstance(number, bool) else None
