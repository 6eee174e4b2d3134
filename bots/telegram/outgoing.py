"""One bot's way out: paced, repeated where that is safe, its troubles told in four words.

Every call of a bot goes through here, whether a dialog answers or the outbox delivers, so that they share the
pace.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Final, TypeVar

from aiogram import Bot
from aiogram.exceptions import (
    AiogramError,
    TelegramBadRequest,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.methods import TelegramMethod

from bots.common.pace import Manner, Pace
from bots.dialogs.present import Busy, NotShown, Unreachable
from bots.telegram.bot import NeverSent, mask_tokens

R = TypeVar("R")

_log = logging.getLogger(__name__)

#: What a 400 says when the person, not the message, is the trouble. Words as they are widely seen.
_NOBODY: Final = ("chat not found", "user not found", "peer_id_invalid", "user is deactivated")


class Outgoing:
    """``pauses``: seconds between the tries of a call that failed for no fault of its own."""

    def __init__(self, bot: Bot, pace: Pace, *, pauses: Sequence[float] = (0.3, 1.0)) -> None:
        self.bot = bot
        self.pace = pace
        self._pauses = tuple(pauses)

    async def call(
        self,
        method: TelegramMethod[R],
        *,
        chat: str,
        manner: Manner,
        cost: float = 1.0,
        repeatable: bool = False,
    ) -> R:
        """Call ``method`` for ``chat``. ``cost``: in messages, 0 for what is not limited. ``repeatable``: to
        do it twice is to do it once.

        Raises Unreachable, Busy, NotShown, and ``TelegramBadRequest`` for the caller to understand.
        """
        pauses = list(self._pauses)
        waited = 0.0
        while True:
            send = await self.pace.turn(chat, cost=cost, urgency=manner.urgency) if cost else None
            try:
                result = await self.bot(method)
            except TelegramRetryAfter as error:
                self.pace.refused(chat, error.retry_after)
                waited += error.retry_after
                _log.info("asked to wait", extra={"bot": self.bot.id, "seconds": error.retry_after})
                if waited > manner.patience:
                    raise Busy(error.retry_after) from None
                if not cost:
                    await asyncio.sleep(error.retry_after)
            except TelegramForbiddenError as error:
                raise Unreachable(error.message) from None
            except (TelegramBadRequest, TelegramEntityTooLarge) as error:
                if any(words in error.message.lower() for words in _NOBODY):
                    raise Unreachable(error.message) from None
                raise
            except AiogramError as error:
                if not pauses or not (repeatable or _had_no_effect(error)):
                    raise NotShown(told(error)) from None
                await asyncio.sleep(pauses.pop(0))
            else:
                if send is not None:
                    self.pace.answered(send)
                return result


def _had_no_effect(error: AiogramError) -> bool:
    """Whether the call surely, or almost surely, did nothing. A sent message whose answer got lost is not
    such: sending it again shows it twice.
    """
    return isinstance(error, NeverSent | TelegramServerError)


def told(error: AiogramError) -> str:
    """What is wrong, in a line for the log: no token, nothing that a person wrote."""
    if isinstance(error, TelegramNetworkError | TelegramServerError | TelegramBadRequest):
        return mask_tokens(f"{type(error).__name__}: {error.message}")
    return type(error).__name__
